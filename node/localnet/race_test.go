//go:build race

package localnet_test

// slowness is what the race detector costs, at the most.
const slowness = 4
