//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// apart keeps the Ctrl-C that is for this program from another one.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
