//go:build !race

package store

// raced: see race_test.go.
const raced = false
