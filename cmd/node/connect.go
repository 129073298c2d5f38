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

const clientHelp = `node client: talk through a node elsewhere, which has --gateway or --web.

    node --peer-no 1 --gateway 4005 --web 5005
    node client 127.0.0.1 4005
    node client --ws 127.0.0.1 5005, or node websock-client 127.0.0.1 5005
    printf 'join #ops bob\nhi\n' | node client --once localhost 4005

node client [--ws] [--name NAME] [--once] <host> <port>: lines go there and the
answers come back; --ws goes by the door for browsers. What is typed before
there is a connection waits for it. When it is lost, another one is made, and
you are where you were: your name, your channels, your current conversation. At
the end of its input it stays and shows what comes; with --once it ends when
the node has answered, with exit code 6 if nobody does.
`
