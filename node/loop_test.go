package node

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

// listening is a core that writes down what it is given.
type listening struct{ heard chan chat.Event }

func (l listening) HandleEvent(_ time.Time, ev chat.Event) []chat.Effect { l.heard <- ev; return nil }

func (l listening) HandleInstruction(time.Time, chat.Asker, chat.Instruction) []chat.Effect {
	l.heard <- chat.Tick{}
	return nil
}

// counting counts the events.
type counting struct {
	listening
	n *int
}

func (c counting) HandleEvent(now time.Time, ev chat.Event) []chat.Effect {
	*c.n++
	return c.listening.HandleEvent(now, ev)
}

// The store comes first; and while too much waits for it, nobody else.
func TestTheStoreIsHeardFirst(t *testing.T) {
	var told int // what the store has said; only from the loop
	core := listening{make(chan chat.Event, 16)}
	l := &loop{
		instructions: core,
		events:       counting{core, &told},
		wake:         func() time.Time { return time.Now().Add(-time.Second) }, // always wants a Tick
		saturated:    func() bool { return false },
		congested:    func() bool { return told < 3 },
		do:           func(chat.Effect) {},
		hub:          new(hub),
		observer:     observer{slog.New(slog.DiscardHandler)},
	}
	asks, saved, events := make(chan ask, 1), make(chan chat.Event, 3), make(chan chat.Event, 1)
	asks <- ask{in: chat.SayHello{}}
	events <- chat.PeerUp{}
	for n := range uint64(3) {
		saved <- chat.Saved{Through: n + 1}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.run(ctx, asks, saved, events, nil) }() // ends with cancel
	for n := range uint64(3) {
		if ev := <-core.heard; ev != (chat.Saved{Through: n + 1}) {
			t.Fatalf("event %d is %T, want what the store says", n+1, ev)
		}
	}
	for up := false; !up; {
		_, up = (<-core.heard).(chat.PeerUp)
	}
	cancel()
	for {
		select {
		case <-core.heard:
		case err := <-done:
			if err != context.Canceled {
				t.Errorf("ended with %v", err)
			}
			return
		}
	}
}

// A loop that is congested ends with its context all the same.
func TestCongestedLoopEnds(t *testing.T) {
	l := &loop{
		wake:      func() time.Time { return time.Time{} },
		saturated: func() bool { return true },
		congested: func() bool { return true },
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.run(ctx, nil, nil, nil, nil); err != context.Canceled {
		t.Errorf("ended with %v", err)
	}
}
