package main

import (
	"fmt"
	"io"
	"syscall"

	"tincan/cmd/internal/console"
)

// attach is a console on a running node, and returns the exit code. Its end is not
// the node's.
func attach(s *settings, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	ctx, cancel, sig := untilSignal()
	defer cancel()
	client, err := dial(s)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	code := console.Run(ctx, client, console.Options{
		In: stdin, Out: stdout, Err: stderr,
		JSON: s.json, Once: true, Time: showTime(s.time, stdout),
		Interactive: !s.json && console.Terminal(stdin),
	})
	switch {
	case sig.Load() == int32(syscall.SIGINT):
		code = exitInterrupt
		fallthrough
	case sig.Load() != 0:
		fmt.Fprintln(stderr, "detached; the node runs on")
	case client.Err() != nil:
		return 0, fail(exitNoNode, "the node is gone – its end of the line has closed – start it again; what it had accepted is kept if it keeps things")
	}
	return code, nil
}
