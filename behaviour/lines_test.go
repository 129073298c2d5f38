package behaviour

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"tincan/behaviour/chat"
	"tincan/behaviour/frame"
	"tincan/behaviour/internal/hosttest"
	"tincan/behaviour/session"
	"tincan/behaviour/wire"
)

var (
	hello = &chat.Frame{Kind: chat.FrameHello, Session: chat.SessionID{1}, Fresh: true, Name: "anna"}
	bye   = &chat.Frame{Kind: chat.FrameClose, Reason: chat.CloseLeft}
)

func said(number uint64) *chat.Frame {
	return &chat.Frame{Kind: chat.FrameData, First: number, Messages: []chat.Message{{Kind: chat.Text, Stamp: 1, Body: fmt.Sprint("line ", number)}}}
}

// nextOfLine is the next event that is about a line.
func nextOfLine(t *testing.T, b *Behaviour) chat.Event {
	t.Helper()
	late := time.NewTimer(15 * time.Second)
	defer late.Stop()
	for {
		select {
		case ev := <-b.Events():
			switch ev.(type) {
			case chat.LineDone, chat.FrameReceived, chat.LineClosed:
				return ev
			}
		case <-late.C:
			t.Fatal("nothing is heard of a line")
		}
	}
}

// wantFrame fails the test unless a frame is what is heard next of a line, and
// returns the line.
func wantFrame(t *testing.T, b *Behaviour, from chat.PeerID, want *chat.Frame) chat.Line {
	t.Helper()
	ev, ok := nextOfLine(t, b).(chat.FrameReceived)
	if !ok || ev.From != from || fmt.Sprintf("%+v", ev.Frame) != fmt.Sprintf("%+v", want) {
		t.Fatalf("heard %+v; want %+v from %s", ev, want, from)
	}
	return ev.Line
}

func wantClosed(t *testing.T, b *Behaviour, line chat.Line) {
	t.Helper()
	if ev := nextOfLine(t, b); ev != (chat.LineClosed{Line: line}) {
		t.Fatalf("heard %+v; want that line %d is closed", ev, line)
	}
}

// couple is two behaviours that are connected, with their ids.
func couple(t *testing.T) (a, b *Behaviour, idA, idB chat.PeerID) {
	t.Helper()
	a, b = whole(t), whole(t)
	hosttest.Connect(t, a.cfg.Host, b.cfg.Host)
	return a, b, text(a.cfg.Host.ID()), text(b.cfg.Host.ID())
}

func TestLine(t *testing.T) {
	a, b, idA, idB := couple(t)
	a.Do(chat.OpenLine{Attempt: 7, To: idB, Hello: hello})
	done, ok := nextOfLine(t, a).(chat.LineDone)
	if !ok || done.Attempt != 7 || done.Line == 0 || done.Err != "" {
		t.Fatalf("opened: %+v", done)
	}
	other := wantFrame(t, b, idA, hello)
	b.Do(chat.SendFrame{Line: other, Frame: hello})
	wantFrame(t, a, idB, hello)
	const n = 1000
	for i := range uint64(n) {
		a.Do(chat.SendFrame{Line: done.Line, Frame: said(i + 1)})
		b.Do(chat.SendFrame{Line: other, Frame: said(i + 1)})
	}
	a.Do(chat.SendFrame{Line: done.Line, Frame: &chat.Frame{Kind: 99}})
	for i := range uint64(n) {
		if wantFrame(t, b, idA, said(i+1)) != other || wantFrame(t, a, idB, said(i+1)) != done.Line {
			t.Fatal("on another line")
		}
	}
	wantFrame(t, b, idA, &chat.Frame{Kind: 99})
	a.Do(chat.SendFrame{Line: done.Line, Frame: bye})
	a.Do(chat.CloseLine{Line: done.Line})
	a.Do(chat.SendFrame{Line: done.Line, Frame: bye}) // swallowed
	wantFrame(t, b, idA, bye)
	wantClosed(t, b, other)
	wantClosed(t, a, done.Line)
	b.Do(chat.CloseLine{Line: other})
	b.Do(chat.SendFrame{Line: 12345, Frame: bye})
}

func TestLineToNobody(t *testing.T) {
	b := whole(t)
	for to, want := range map[chat.PeerID]string{text(newHost(t).ID()): errNotFound.Error(), "nonsense": ""} {
		b.Do(chat.OpenLine{Attempt: 3, To: to, Hello: hello})
		ev, ok := nextOfLine(t, b).(chat.LineDone)
		if !ok || ev.Attempt != 3 || ev.Line != 0 || ev.Err == "" || want != "" && ev.Err != want {
			t.Errorf("line to %s: %+v", to, ev)
		}
	}
}

func TestWhyALineBreaks(t *testing.T) {
	reset := &network.StreamError{Remote: true, TransportError: errors.New("read tcp4 127.0.0.1:1->127.0.0.1:2: connection reset by peer")}
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{reset, "the connection broke"},
		{fmt.Errorf("%w: %w", session.ErrTimeout, reset), "the peer was too slow"},
		{session.ErrFull, "the peer does not keep up"},
	} {
		if got := broken(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}

// A line that breaks is closed with the reason, at both ends.
func TestHangupBreaksLines(t *testing.T) {
	a, b, idA, idB := couple(t)
	a.Do(chat.OpenLine{Attempt: 1, To: idB, Hello: hello})
	next[chat.LineDone](t, a)
	wantFrame(t, b, idA, hello)
	conns := a.cfg.Host.Network().ConnsToPeer(b.cfg.Host.ID())
	a.Do(chat.Hangup{Peer: "nonsense"})
	a.Do(chat.Hangup{Peer: idB})
	for _, x := range []*Behaviour{a, b} {
		if ev, ok := nextOfLine(t, x).(chat.LineClosed); !ok || ev.Err != "the connection broke" {
			t.Errorf("heard %+v; want that the line is closed, and why", ev)
		}
	}
	for _, c := range conns { // others may have come since
		hosttest.Eventually(t, "the connection is closed", c.IsClosed)
	}
}

func TestHangupOfTheNode(t *testing.T) {
	b := whole(t)
	hung := make(chan peer.ID, 1)
	b.cfg.Hangup = func(id peer.ID) { hung <- id }
	b.Do(chat.Hangup{Peer: text(b.cfg.Host.ID())})
	if id := <-hung; id != b.cfg.Host.ID() {
		t.Errorf("hung up on %s", id)
	}
}

// What the core cannot have meant is a bug of ours, not of the peer's.
func TestFrameThatCannotBeSent(t *testing.T) {
	b, end := bare(1)
	defer end()
	defer func() {
		if recover() == nil {
			t.Error("nobody says so")
		}
	}()
	b.Do(chat.SendFrame{Line: 1, Frame: &chat.Frame{}})
}

// The core learns nothing of a line that begins with anything but a hello, 69,
// and of others that they are closed when a frame makes no sense.
func TestRudeLines(t *testing.T) {
	encoded := func(f *chat.Frame) []byte { return frame.Append(nil, encodeFrame(f)) }
	garbage := frame.Append(nil, []byte{0xff})
	for _, c := range []struct {
		name  string
		sent  [][]byte
		heard []*chat.Frame // and that the line is closed, if there are any
		count string
	}{
		{"69 data before hello", [][]byte{encoded(said(1))}, nil, "lines that do not begin with a hello"},
		{"69 close before hello", [][]byte{encoded(bye)}, nil, "lines that do not begin with a hello"},
		{"69 a kind from the future before hello", [][]byte{encoded(&chat.Frame{Kind: 9})}, nil, "lines that do not begin with a hello"},
		{"garbage before hello", [][]byte{garbage}, nil, "session frames that are not valid"},
		{"garbage after hello", [][]byte{encoded(hello), garbage}, []*chat.Frame{hello}, "session frames that are not valid"},
		// What follows is for the core to judge, and reaches it.
		{"70 hello twice", [][]byte{encoded(hello), encoded(hello), garbage}, []*chat.Frame{hello, hello}, "session frames that are not valid"},
		{"74 ack beyond sent", [][]byte{encoded(hello), encoded(&chat.Frame{Kind: chat.FrameAck, Ack: wire.MaxSeq}), garbage},
			[]*chat.Frame{hello, {Kind: chat.FrameAck, Ack: wire.MaxSeq}}, "session frames that are not valid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := whole(t)
			rude := newHost(t)
			hosttest.Connect(t, rude, b.cfg.Host)
			s := hosttest.Open(t, rude, b.cfg.Host.ID(), protocol.ID(wire.SessionProtocol("test")))
			for _, f := range c.sent {
				s.Write(f)
			}
			var line chat.Line
			for _, f := range c.heard {
				line = wantFrame(t, b, text(rude.ID()), f)
			}
			if line != 0 {
				if ev, ok := nextOfLine(t, b).(chat.LineClosed); !ok || ev.Line != line || ev.Err == "" {
					t.Errorf("heard %+v; want that line %d is closed, and why", ev, line)
				}
			}
			hosttest.WantReset(t, s)
			b.Do(chat.Inspect{})
			for ev := range b.Events() {
				switch ev := ev.(type) {
				case chat.LineDone, chat.FrameReceived, chat.LineClosed:
					t.Fatalf("heard %+v", ev)
				case chat.Inspected:
					if ev.Counters[c.count] != 1 || ev.Counters["malformed"] != 1 {
						t.Errorf("counters %v, want one %q, one \"malformed\"", ev.Counters, c.count)
					}
					return
				}
			}
		})
	}
}

// A loop that does not read keeps the peer waiting, not this node's memory.
func TestLinesWaitForTheLoop(t *testing.T) {
	b := whole(t)
	rude := newHost(t)
	hosttest.Connect(t, rude, b.cfg.Host)
	s := hosttest.Open(t, rude, b.cfg.Host.ID(), protocol.ID(wire.SessionProtocol("test")))
	s.Write(frame.Append(nil, encodeFrame(hello)))
	wantFrame(t, b, text(rude.ID()), hello)
	long := said(1)
	long.Messages[0].Body = string(make([]byte, chat.MaxText))
	raw := frame.Append(nil, encodeFrame(long))
	sent := 0
	var err error
	for ; err == nil; sent++ {
		s.SetWriteDeadline(time.Now().Add(time.Second))
		_, err = s.Write(raw)
	}
	if !frame.IsTimeout(err) || len(b.events) != maxEvents {
		t.Errorf("after %d frames: %v; %d events wait, want %d", sent, err, len(b.events), maxEvents)
	}
}
