package floor

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
)

const lineProtocol = "/floor/line/1"

// The sizes of what goes over a Line, in bytes: those of a session's frames.
const (
	LineText = TextSize + 28 // a text with what a session says about it
	LineWord = 6             // the word that it has come
)

// What the first byte of a text asks for.
const (
	sayNothing = iota
	sayWord
	sayText
)

// Line is a stream between two hosts that is kept open, and nothing else: at
// each end the one goroutine that reads answers, too.
type Line struct {
	hosts  []host.Host
	stream network.Stream
	frame  [LineText]byte
}

// NewLine makes two connected hosts. Close ends them.
func NewLine(ctx context.Context) (*Line, error) {
	hosts, err := newHosts(ctx, 2)
	if err != nil {
		return nil, err
	}
	l := &Line{hosts: hosts}
	hosts[1].SetStreamHandler(lineProtocol, answerLine)
	if l.stream, err = hosts[0].NewStream(ctx, hosts[1].ID(), lineProtocol); err != nil {
		return nil, errors.Join(fmt.Errorf("open stream: %w", err), l.Close())
	}
	return l, nil
}

// answerLine gives what is asked for until the stream ends.
func answerLine(s network.Stream) {
	defer s.Close()
	frame := make([]byte, LineText)
	for {
		if _, err := io.ReadFull(s, frame); err != nil {
			return
		}
		var answer []byte
		switch frame[0] {
		case sayNothing:
			continue
		case sayWord:
			answer = frame[:LineWord]
		case sayText:
			answer = frame
		}
		if _, err := s.Write(answer); err != nil {
			return
		}
	}
}

// Echo sends a text and waits for one of the same size. Like the other verbs it
// is not to be called by two goroutines at once.
func (l *Line) Echo(context.Context) error { return l.ask(sayText, LineText) }

// Deliver sends a text and waits for the word that it has come.
func (l *Line) Deliver(context.Context) error { return l.ask(sayWord, LineWord) }

// Push sends n texts, one write each, and waits for the word that the last has come.
func (l *Line) Push(_ context.Context, n int) error {
	for range n - 1 {
		if err := l.say(sayNothing); err != nil {
			return err
		}
	}
	return l.ask(sayWord, LineWord)
}

func (l *Line) say(what byte) error {
	l.frame[0] = what
	if _, err := l.stream.Write(l.frame[:]); err != nil {
		return fmt.Errorf("send text: %w", err)
	}
	return nil
}

func (l *Line) ask(what byte, answer int) error {
	if err := l.say(what); err != nil {
		return err
	}
	if _, err := io.ReadFull(l.stream, l.frame[:answer]); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return nil
}

// Close ends both hosts and with them the goroutine that answers.
func (l *Line) Close() error { return closeHosts(l.hosts) }
