package main

import (
	"context"
	"io"
	"slices"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/console"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/jsonl"
	"tincan/cmd/internal/line"
)

// daemon serves a node that has no console, until it has ended, and returns the
// exit code. stdout gets one line, that the node is ready, so that a script can
// wait for it, and one for each of its doors, which may have a secret that is in no
// log; what else the owner has to know goes to stderr; what is said goes to
// those who attach. begin starts the node.
func daemon(ctx context.Context, me front.Client, begin func(), doors []string, json bool, stdout, stderr io.Writer) int {
	sub := me.Subscribe()
	defer sub.Close()
	begin()
	var format line.Formatter
	code := console.OK
	for {
		batch, err := sub.Next(ctx)
		if err != nil {
			return code
		}
		for _, n := range batch {
			to := stderr
			switch note := n.Notification.(type) {
			case chat.Ready:
				to = stdout
			case chat.Notice:
				if slices.Contains(doors, note.Text) {
					to = stdout
				}
			case chat.Warning:
			case chat.Ended:
				if note.Undelivered > 0 {
					code = console.Undelivered
				}
			default:
				continue
			}
			if json {
				_, _ = to.Write(jsonl.Append(nil, n, time.Now()))
				continue
			}
			lines, trouble := format.Append(nil, nil, n)
			_, _ = to.Write(lines) // nobody may read any more: the node runs on
			_, _ = stderr.Write(trouble)
		}
	}
}

const daemonHelp = `node daemon: a node without a console.

    node --peer-no 9 -b 1 daemon
    node --data-dir ~/bot daemon > ready &

node [flags] daemon: takes all flags of a node, reads no input, and writes one
line to stdout when it is ready; the rest goes to stderr. It lets its user in by
a control socket: attach, send, tail and the like, with the same --data-dir,
--peer-no or --control. SIGTERM ends it, with exit code 0.
`
