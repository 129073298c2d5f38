//go:build unix

package main

import (
	"strings"
	"syscall"
	"time"
)

// processCPU is the processor time that this process has used, in user and
// kernel.
func processCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// countGoroutines ends the process by SIGQUIT and counts what the Go runtime
// then prints: no help of the program is needed.
func (c *process) countGoroutines() int {
	c.ended = true
	if err := c.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		return 0
	}
	kill := time.AfterFunc(joinLeave, func() { c.cmd.Process.Kill() })
	defer kill.Stop()
	for range c.lines { // Wait must not come before the last read
	}
	c.cmd.Wait() // exit status 2 is the expected end
	return strings.Count("\n"+c.trouble.String(), "\ngoroutine ")
}
