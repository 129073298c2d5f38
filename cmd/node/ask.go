package main

import (
	"io"
	"time"

	"tincan/behaviour/chat"
)

// answerTime is how long a node may take to answer: to connect to a peer takes
// at most a dial and a lookup.
const answerTime = 10 * time.Second

// askRef is the ref of what a command asks for.
const askRef = "1"

// ask asks a running node one question, shows the answer as its console does, and
// returns the exit code.
func ask(s *settings, stdout, stderr io.Writer) (int, error) {
	v, err := begin(s, stdout, stderr)
	if err != nil {
		return 0, err
	}
	defer v.close()
	if err := v.do(askRef, s.asking.do); err != nil {
		return 0, err
	}
	code, left := exitOK, 1
	if s.command == "connect" {
		left = 2 // that it is tried, and how it went
	}
	late, err := v.hear(answerTime, func(n chat.Notify) error {
		if n.Ref != askRef {
			return nil
		}
		if text := s.asking.drawn(n.Notification); text != "" {
			v.write([]byte(text))
		} else {
			v.show(n)
		}
		if bad, failed := n.Notification.(chat.Failed); failed {
			code, left = codeOf(bad.Code), 1
		}
		if left--; left == 0 {
			return errDone
		}
		return nil
	})
	switch {
	case err != nil:
		return 0, err
	case late:
		return 0, fail(exitOther, "the node has not answered within %v – it may be overloaded – try again", answerTime)
	}
	return v.code(code)
}

const askHelp = `node ls, peers, users, sessions, status, connect: ask a node that runs.

    node ls
    node users '#ops'
    node --peer-no 9 status --json
    node connect 192.168.1.7 4004

node [--data-dir DIR | --peer-no N | --control PATH] COMMAND [--json]
The answer is what the node's console would show. ls and peers are the same;
users takes a conversation, the lobby if there is none; connect takes <ip>
<port> or a multiaddr, and ends with exit code 6 if nobody is there. With 10 no
node runs.
`
