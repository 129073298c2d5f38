package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

func TestDoAfterTheEnd(t *testing.T) {
	l := live(t, Config{PeerNo: 1401})
	l.stop()
	for range 200 { // there is room in the queue, and a choice to be made
		if err := l.Do(t.Context(), chat.Owner, "", chat.SayHello{}); !errors.Is(err, ErrStopped) {
			t.Fatalf("error %v, want ErrStopped", err)
		}
	}
	if err := <-l.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
}

func TestDoWaitsForTheLoop(t *testing.T) {
	n, err := New(Config{PeerNo: 1402, Listen: []string{loopback}})
	if err != nil {
		t.Fatal(err)
	}
	for range maxAsks { // nobody reads yet
		if err := n.Do(t.Context(), chat.Owner, "", chat.SayHello{}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := n.Do(ctx, chat.Owner, "", chat.SayHello{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with no place: %v, want its context's end", err)
	}
	waiting := make(chan error, 1)
	go func() { waiting <- n.Do(context.Background(), chat.Owner, "", chat.SayHello{}) }() // ends with n
	n.Close()
	if err := <-waiting; !errors.Is(err, ErrStopped) {
		t.Errorf("when the node is closed: %v, want ErrStopped", err)
	}
}

// A saturated core keeps callers waiting, and the network is heard all the same.
func TestDoWaitsWhileSaturated(t *testing.T) {
	var full bool // only from the loop
	l := &loop{
		instructions: coreStub{},
		events:       coreStub{event: func() { full = false }},
		wake:         func() time.Time { return time.Time{} },
		saturated:    func() bool { return full },
		congested:    func() bool { return false },
		do:           func(chat.Effect) {},
		hub:          new(hub),
		observer:     observer{slog.New(slog.DiscardHandler)},
	}
	full = true
	n := &Node{asks: make(chan ask), finished: make(chan struct{})}
	events := make(chan chat.Event)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.run(ctx, n.asks, nil, events, nil) }() // ends with cancel
	defer func() { cancel(); <-done }()

	short, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	if err := n.Do(short, chat.Owner, "", chat.SayHello{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("while saturated: %v, want its context's end", err)
	}
	events <- chat.Tick{}
	if err := n.Do(t.Context(), chat.Owner, "", chat.SayHello{}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

type coreStub struct{ event func() }

func (coreStub) HandleInstruction(time.Time, chat.Asker, chat.Instruction) []chat.Effect {
	return nil
}

func (c coreStub) HandleEvent(time.Time, chat.Event) []chat.Effect { c.event(); return nil }

func TestRunOnce(t *testing.T) {
	l := live(t, Config{PeerNo: 1403})
	l.await(t, time.Second, "ready", func(n chat.Notification) bool { _, ok := n.(chat.Ready); return ok })
	if err := l.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "runs already") {
		t.Errorf("a second Run: %v", err)
	}
	l.Close() // does nothing
	l.do(t, chat.Quit{})
	if err := <-l.ended; err != nil {
		t.Errorf("Run after Quit: %v", err)
	}
	if err := l.Run(t.Context()); err == nil {
		t.Error("Run after the end goes well")
	}
}

func TestCloseWithoutRun(t *testing.T) {
	n, err := New(Config{PeerNo: 1404, Listen: []string{loopback}, Bootstrap: []string{demoAt(1, tcpAt(1))}})
	if err != nil {
		t.Fatal(err)
	}
	sub := n.Subscribe(chat.Owner)
	at := n.host.Network().ListenAddresses()[0].String()
	n.Close()
	n.Close()
	if batch, err := sub.Next(t.Context()); err == nil {
		t.Errorf("a subscriber is told %v", batch)
	}
	if err := n.Run(t.Context()); err == nil {
		t.Error("Run after Close goes well")
	}
	// Its port is free again.
	again, err := New(Config{PeerNo: 1404, Listen: []string{at}})
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

// Two nodes with one number: both speak, both are told, nothing said is lost.
func TestTwinsAreTold(t *testing.T) {
	t.Parallel()
	third := live(t, Config{PeerNo: 1405})
	var twins []*life
	for range 2 {
		l := live(t, Config{PeerNo: 1406, Bootstrap: []string{third.addr()}})
		l.await(t, 5*time.Second, "the third", came(third.ID()))
		twins = append(twins, l)
	}
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	told := func(l *life) bool {
		return slices.ContainsFunc(l.notices(), func(s string) bool { return strings.Contains(s, "another node is running as") })
	}
	began := time.Now()
	said := 0
	for ; !told(twins[0]) || !told(twins[1]); said++ {
		if time.Since(began) > 15*time.Second {
			t.Fatalf("told: the first %v, the second %v", told(twins[0]), told(twins[1]))
		}
		for i, l := range twins {
			l.do(t, chat.Broadcast{Text: fmt.Sprintf("line %d of twin %d", said, i)})
		}
		<-tick.C
	}
	t.Logf("both were told after %v", time.Since(began))
	for i := range twins {
		for n := range said {
			text := fmt.Sprintf("line %d of twin %d", n, i)
			third.await(t, 10*time.Second, text, line(text))
		}
	}
}

// A node that dies without a word and is started again at once with the same
// number and port hears and is heard soon, whatever carried its connections.
func TestRestartAtOnce(t *testing.T) {
	for name, addr := range map[string]func(int) string{"tcp": tcpAt, "quic": quicAt} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			portA, portB := freePort(t), freePort(t)
			a := live(t, Config{PeerNo: 1407, Listen: []string{addr(portA)}})
			b := live(t, Config{PeerNo: 1408, Listen: []string{addr(portB)}, Bootstrap: []string{a.addr()}})
			meet(t, 5*time.Second, a, b)
			// No in-process node can be killed; closing the host under its protocols
			// is the most abrupt end that there is.
			_ = b.host.Close()
			b.end()
			<-b.finished
			began := time.Now()
			b = live(t, Config{PeerNo: 1408, Listen: []string{addr(portB)}, Bootstrap: []string{a.addr()}})
			meet(t, 5*time.Second, a, b)
			a.do(t, chat.Broadcast{Text: "is it you?"})
			b.await(t, 3*time.Second, "the survivor's line", line("is it you?"))
			b.do(t, chat.Broadcast{Text: "it is me"})
			a.await(t, 3*time.Second, "the restarted one's line", line("it is me"))
			t.Logf("heard each other after %v", time.Since(began))
		})
	}
}
