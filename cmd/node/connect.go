package main

import (
	"io"
	"syscall"

	"tincan/cmd/internal/client"
)

// connect talks through a node elsewhere and returns the exit code. Its first signal
// ends it: there is nothing to be saved.
func connect(s *settings, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, cancel, sig := untilSignal()
	defer cancel()
	code := client.Run(ctx, client.Options{
		Addr: s.remote, In: stdin, Out: stdout, Err: stderr,
		Web: s.ws, Name: s.name, Lobby: s.lobby, Once: s.once,
	})
	if sig.Load() == int32(syscall.SIGINT) {
		return exitInterrupt
	}
	return code
}
