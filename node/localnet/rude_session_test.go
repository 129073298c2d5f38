package localnet_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	"google.golang.org/protobuf/encoding/protowire"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire"
	"tincan/node"
)

var sessionID = protocol.ID(wire.SessionProtocol(node.DemoNetwork))

// frame encodes what the core would say.
func frame(f chat.Frame) []byte {
	b, err := wire.EncodeFrame(&f)
	if err != nil {
		panic(err)
	}
	return b
}

func hello(n uint64, change func(*chat.Frame)) []byte {
	f := chat.Frame{Kind: chat.FrameHello, Fresh: true}
	binary.BigEndian.PutUint64(f.Session[:], n)
	if change != nil {
		change(&f)
	}
	return frame(f)
}

func says(first, ack uint64, texts ...string) []byte {
	f := chat.Frame{Kind: chat.FrameData, First: first, Ack: ack}
	for _, text := range texts {
		f.Messages = append(f.Messages, chat.Message{Stamp: chat.StampAt(time.Now()), Kind: chat.Text, Body: text})
	}
	return frame(f)
}

// changed is a user's word that something happened to a session with somebody.
func changed(with chat.PeerID, what chat.SessionEvent) func(chat.Notification) bool {
	return func(n chat.Notification) bool {
		s, ok := n.(chat.SessionChanged)
		return ok && s.With.ID == with && s.Event == what
	}
}

// What a stranger says on the line of a session, and what a's user is told of it.
func TestRudeSessionFrames(t *testing.T) {
	s := newScene(t)
	ours := s.a.now()
	s.a.do(t, chat.Fork{To: string(s.b.id)})
	if _, err := s.a.find(prompt, ours, changed(s.b.id, chat.Opened)); err != nil {
		t.Fatal(err)
	}
	s.a.do(t, chat.ListSessions{})
	var theirs chat.SessionID
	if _, err := s.a.find(prompt, ours, func(n chat.Notification) bool {
		l, ok := n.(chat.PlaceList)
		for _, p := range l.Places {
			if p.With != nil && p.Side == chat.SideA {
				b, err := hex.DecodeString(strings.TrimPrefix(string(p.Conversation), "session/"))
				if err != nil || copy(theirs[:], b) != len(theirs) {
					t.Errorf("a session in %s", p.Conversation)
				}
			}
		}
		return ok
	}); err != nil {
		t.Fatal(err)
	}
	ack := func(n uint64) []byte { return frame(chat.Frame{Kind: chat.FrameAck, Ack: n}) }
	closing := frame(chat.Frame{Kind: chat.FrameClose, Reason: chat.CloseLeft})
	hi := hello(7, nil)
	long := func(name string) []byte { // a hello that EncodeFrame refuses
		b := protowire.AppendTag(nil, 1, protowire.VarintType)
		b = protowire.AppendVarint(b, 1)
		b = protowire.AppendTag(b, 3, protowire.BytesType)
		b = protowire.AppendBytes(b, repeat(7, 8))
		b = protowire.AppendTag(b, 4, protowire.VarintType)
		b = protowire.AppendVarint(b, 1)
		b = protowire.AppendTag(b, 5, protowire.BytesType)
		return protowire.AppendString(b, name)
	}
	empty := make([]string, 64)
	const never, opened, closed = chat.SessionEvent(0), chat.Opened, chat.Closed
	cases := []struct {
		name   string
		frames [][]byte
		told   chat.SessionEvent // the last that a's user is told of the session; 0: nothing
		says   string            // as the reason for it
		shown  int               // messages
	}{
		{"a civil session", [][]byte{hi, says(1, 0, "one", "two")}, opened, "", 2},
		{"64 empty messages", [][]byte{hi, says(1, 0, empty...)}, opened, "", 64},
		{"a frame of 64 KiB again and again", [][]byte{hi, says(1, 0, strings.Repeat("x", chat.MaxText)), says(1, 0, "other"), says(1, 0, "words")}, opened, "", 1},
		{"69 data before hello", [][]byte{says(1, 0, "x"), hi}, never, "", 0},
		{"69 close before hello", [][]byte{closing, hi}, never, "", 0},
		{"70 hello twice", [][]byte{hi, hi}, closed, "makes no sense", 0},
		{"71 somebody else's session", [][]byte{hello(0, func(f *chat.Frame) { f.Session, f.Fresh = theirs, false }), says(1, 0, "x")}, never, "", 0},
		{"72 close at once", [][]byte{hi, closing, says(1, 0, "x")}, closed, "has left", 0},
		{"72 close twice", [][]byte{hi, closing, closing}, closed, "has left", 0},
		{"74 hello with an acknowledgement", [][]byte{hello(7, func(f *chat.Frame) { f.Ack = 1 })}, never, "", 0},
		{"74 ack beyond what was sent", [][]byte{hi, ack(1)}, closed, "makes no sense", 0},
		{"74 ack of 2^62", [][]byte{hi, ack(1 << 62)}, closed, "makes no sense", 0},
		{"75 resume of what never was", [][]byte{hello(7, func(f *chat.Frame) { f.Fresh = false }), says(1, 0, "x")}, never, "", 0},
		{"data from number 2 on", [][]byte{hi, says(2, 0, "x")}, closed, "makes no sense", 0},
		{"for nobody", [][]byte{hello(7, func(f *chat.Frame) { f.To = "nobody" })}, never, "", 0},
		{"from a name that is none", [][]byte{hello(7, func(f *chat.Frame) { f.From = "\u202e\u200b" })}, never, "", 0},
		{"from 10 kB", [][]byte{long(strings.Repeat("x", 10_000))}, never, "", 0},
		{"from what is not UTF-8", [][]byte{long("\xff")}, never, "", 0},
		{"a kind from the future", [][]byte{hi, frame(chat.Frame{Kind: 99}), says(1, 0, "x")}, opened, "", 1},
		{"junk", [][]byte{hi, []byte("\xff\xff\xff")}, chat.Interrupted, "", 0},
	}
	since := s.nows()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			f := newForger()
			st := s.visit(t, f, map[protocol.ID]network.StreamHandler{sessionID: mute, syncID: mute})
			began := s.a.now()
			line := st.open(sessionID)
			go io.Copy(io.Discard, line) // ends with the stream
			for _, b := range tc.frames {
				_ = writeFrame(line, b) // to be cut off is to be expected
			}
			if tc.told != never {
				i, err := s.a.find(prompt, began, changed(f.id, tc.told))
				if err != nil {
					t.Fatalf("of the session: %v", err)
				}
				s.a.mu.Lock()
				why := s.a.told[i].(chat.SessionChanged).Reason
				s.a.mu.Unlock()
				if !strings.Contains(why, tc.says) {
					t.Errorf("the reason is %q, want one that %q", why, tc.says)
				}
			}
			for n := range tc.shown {
				if _, err := s.a.find(prompt, began, func(n chat.Notification) bool { m, ok := n.(chat.Shown); return ok && m.From.ID == f.id }); err != nil {
					t.Fatalf("message %d: %v", n+1, err)
				}
			}
			s.talk(t)
			if tc.told == never {
				if _, err := s.a.find(0, began, changed(f.id, opened)); err == nil {
					t.Error("a session is open")
				}
			}
			count := 0
			for _, m := range s.a.shown(began) {
				if m.From.ID == f.id {
					count++
				}
			}
			if count != tc.shown {
				t.Errorf("%d messages are shown, want %d", count, tc.shown)
			}
			st.Close()
		})
	}
	s.only(t, since, func(m chat.Shown) bool { return m.Session != 0 && m.From.ID != s.b.id })
	mine := s.b.now()
	s.a.do(t, chat.Say{Text: "still the two of us"})
	if _, err := s.b.find(prompt, mine, from(s.a.id, "still the two of us")); err != nil {
		t.Errorf("the session of the honest: %v", err)
	}
}

// Sessions that strangers ask for without end leave the honest theirs.
func TestRudeForks(t *testing.T) {
	s := newScene(t)
	since := s.a.now()
	opened := func() (n int) {
		s.a.do(t, chat.ListSessions{})
		i, err := s.a.find(prompt, since, func(x chat.Notification) bool { _, ok := x.(chat.PlaceList); return ok })
		if err != nil {
			t.Fatal(err)
		}
		since = i + 1
		s.a.mu.Lock()
		defer s.a.mu.Unlock()
		for _, p := range s.a.told[i].(chat.PlaceList).Places {
			if p.Side != 0 {
				n++
			}
		}
		return n
	}
	t.Run("1,000 from one peer", func(t *testing.T) {
		st := s.visit(t, newForger(), map[protocol.ID]network.StreamHandler{sessionID: mute, syncID: mute})
		for i := range 1000 {
			line := st.open(sessionID)
			_ = writeFrame(line, hello(uint64(i), func(f *chat.Frame) { f.From = fmt.Sprint("guest", i) }))
			if i%8 == 7 {
				_, _ = readFrame(line)
			}
			line.Reset()
		}
		t.Logf("the honest waited %v", s.talk(t))
		if n := opened(); n > 16 {
			t.Errorf("%d sessions are open", n)
		}
		st.Close()
	})
	t.Run("from 20 peers", func(t *testing.T) {
		for range 20 {
			st := s.visit(t, newForger(), map[protocol.ID]network.StreamHandler{sessionID: mute, syncID: mute})
			for i := range 16 {
				line := st.open(sessionID)
				_ = writeFrame(line, hello(uint64(i), func(f *chat.Frame) { f.From = fmt.Sprint("guest", i) }))
				_, _ = readFrame(line)
				line.Reset()
			}
		}
		t.Logf("the honest waited %v", s.talk(t))
		if n := opened(); n > 128 {
			t.Errorf("%d sessions are open", n)
		}
		began := s.a.now()
		s.a.do(t, chat.Fork{To: string(s.b.id)})
		if _, err := s.a.find(prompt, began, changed(s.b.id, chat.Opened)); err != nil {
			t.Errorf("a session of a's own: %v", err)
		}
	})
	s.recovered(t, 0)
}

// A peer that reads, and never says that it has, is told what fits a queue. The
// user hears when that is full; nobody else waits for more than a moment.
func TestDeafSession(t *testing.T) {
	s := newScene(t)
	f := newForger()
	var frames atomic.Int64
	s.visit(t, f, map[protocol.ID]network.StreamHandler{syncID: mute, sessionID: func(line network.Stream) {
		defer line.Reset()
		first, err := readFrame(line)
		if err != nil {
			return
		}
		h, err := wire.DecodeFrame(first)
		if err != nil {
			return
		}
		_ = writeFrame(line, frame(chat.Frame{Kind: chat.FrameHello, Session: h.Session}))
		for {
			if _, err := readFrame(line); err != nil {
				return
			}
			frames.Add(1)
		}
	}})
	since := s.a.now()
	if _, err := s.a.find(prompt, 0, func(n chat.Notification) bool { p, ok := n.(chat.PeerCame); return ok && p.Peer.ID == f.id }); err != nil {
		t.Fatal(err)
	}
	s.a.do(t, chat.Fork{To: string(f.id)})
	if _, err := s.a.find(prompt, since, changed(f.id, chat.Opened)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var longest time.Duration
	text := strings.Repeat("x", 1000)
	for i := range 10_000 {
		began := time.Now()
		if err := s.a.Do(ctx, chat.Owner, "", chat.Say{Text: text}); err != nil {
			t.Fatalf("line %d: %v", i, err)
		}
		longest = max(longest, time.Since(began))
	}
	t.Logf("the longest that a line waited was %v; %d frames left", longest, frames.Load())
	if longest > 2*prompt {
		t.Errorf("a line waited for %v", longest)
	}
	if _, err := s.a.find(prompt, since, func(n chat.Notification) bool { x, ok := n.(chat.Failed); return ok && x.Code == chat.Overloaded }); err != nil {
		t.Errorf("that the queue is full: %v", err)
	}
	s.talk(t)
	s.a.do(t, chat.Leave{})
	if _, err := s.a.find(prompt, since, changed(f.id, chat.Closed)); err != nil {
		t.Errorf("the end of the session: %v", err)
	}
	s.a.mu.Lock()
	s.a.told = nil // what it was told weighs 20 MB
	s.a.mu.Unlock()
	s.recovered(t, 16<<20) // the last words wait for a while
}
