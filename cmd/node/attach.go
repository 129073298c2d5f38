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
		return 0, errGone
	}
	return code, nil
}

const attachHelp = `node attach: one more console at a node that runs.

    node attach
    node --peer-no 9 attach
    printf 'join #ops anna\ndeploy done\n' | node attach

node [--data-dir DIR | --peer-no N | --control PATH] [--time] attach [--json]
What you are told and which conversation you are in is this console's alone;
the user is the same. Ctrl-D and \quit leave, and the node runs on.
`
