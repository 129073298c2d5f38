package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"tincan/cmd/internal/client"
)

// connect talks through a node elsewhere and returns the exit code. Its first signal
// ends it: there is nothing to be saved.
func connect(s *settings, stdin io.Reader, stdout, stderr io.Writer) int {
	signal.Ignore(syscall.SIGPIPE) // a closed stdout is an error of writing, not the end of the process
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	var interrupted atomic.Bool
	go func() { // ends with ctx
		select {
		case sig := <-signals:
			interrupted.Store(sig == syscall.SIGINT)
			cancel()
		case <-ctx.Done():
		}
	}()
	code := client.Run(ctx, client.Options{
		Addr: s.remote, In: stdin, Out: stdout, Err: stderr,
		Web: s.ws, Name: s.name, Lobby: s.lobby, Once: s.once,
	})
	if interrupted.Load() {
		return exitInterrupt
	}
	return code
}
