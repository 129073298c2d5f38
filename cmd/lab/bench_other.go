//go:build !unix

package main

import "time"

// processCPU is not known here: CPU figures read 0.
func processCPU() time.Duration { return 0 }

// countGoroutines needs a signal that is not to be had here.
func (c *process) countGoroutines() int { return 0 }
