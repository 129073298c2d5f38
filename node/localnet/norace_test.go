//go:build !race

package localnet_test

const slowness = 1
