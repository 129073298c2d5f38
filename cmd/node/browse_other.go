//go:build !unix

package main

import "os/exec"

// apart keeps the Ctrl-C that is for this program from another one. Here that is so already.
func apart(*exec.Cmd) {}
