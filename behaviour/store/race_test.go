//go:build race

package store

// raced is that the race detector watches, under which SQLite is ten times slower:
// what is done hundreds of times is then done less often.
const raced = true
