package localnet_test

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	"google.golang.org/protobuf/proto"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire"
	"tincan/behaviour/wire/pb"
	"tincan/node"
)

// state is a log of an author that nobody has met.
func state(n uint64, from, head uint64) *pb.LogState {
	id := append([]byte{0, 0x24, 8, 1, 0x12, 0x20}, make([]byte, 32)...)
	binary.BigEndian.PutUint64(id[6:], n)
	return &pb.LogState{Author: id, Log: repeat(9, 8), From: from, Head: head}
}

func states(n int, head uint64) (all []*pb.LogState) {
	for i := range n {
		all = append(all, state(uint64(i)+1, 1, head))
	}
	return all
}

func turn(deltas ...*pb.Delta) []byte { return marshal(&pb.SyncFrame{Deltas: deltas}) }

func lobby(vector []*pb.LogState, envelopes ...[]byte) *pb.Delta {
	return &pb.Delta{Conversation: string(chat.Lobby), Vector: vector, Envelopes: envelopes}
}

// What a stranger asks of node a in a turn of a sync, and what comes of it.
func TestRudeSyncTurns(t *testing.T) {
	s := newScene(t)
	ib := impostor(s.b)
	cases := []struct {
		name  string
		turn  func(f *forger, text string) []byte
		hangs bool // a hangs up instead of answering
		shown bool // text, as the stranger's
	}{
		{"an honest turn with an envelope", func(f *forger, text string) []byte {
			return turn(lobby(nil, f.seal(f.draft(chat.Lobby, text), nil)))
		}, false, true},
		{"8,192 logs of nobody", func(*forger, string) []byte { return turn(lobby(states(8192, 5))) }, false, false},
		{"8,193 logs", func(*forger, string) []byte { return turn(lobby(states(8193, 5))) }, true, false},
		{"heads of 2^63-1", func(*forger, string) []byte { return turn(lobby(states(1000, 1<<63-1))) }, false, false},
		{"a head of 2^63", func(*forger, string) []byte { return turn(lobby(states(1, 1<<63))) }, true, false},
		{"a log from 0", func(*forger, string) []byte { return turn(lobby([]*pb.LogState{state(1, 0, 7)})) }, true, false},
		{"a log from beyond its head", func(*forger, string) []byte { return turn(lobby([]*pb.LogState{state(1, 9, 7)})) }, true, false},
		{"the head of b's log, far ahead", func(f *forger, _ string) []byte {
			return turn(lobby([]*pb.LogState{{Author: []byte(ib.bin), Log: repeat(0, 8), From: 1 << 60, Head: 1 << 62}}))
		}, false, false},
		{"an envelope of another network", func(f *forger, text string) []byte {
			return turn(lobby(nil, f.seal(f.draft(chat.Lobby, text), func(d *draft) { d.Network = "main" })))
		}, true, false},
		{"an envelope of b, signed by the stranger", func(f *forger, text string) []byte {
			return turn(lobby(nil, f.seal(f.draft(chat.Lobby, text), func(d *draft) { d.Author = []byte(ib.bin) })))
		}, true, false},
		{"an envelope of another conversation", func(f *forger, text string) []byte {
			return turn(lobby(nil, f.seal(f.draft("#channel", text), nil)))
		}, true, false},
		{"a direct message among the lobby's", func(f *forger, text string) []byte {
			return turn(lobby(nil, f.seal(f.draft(chat.DirectWith(f.id, s.a.id), text), nil)))
		}, true, false},
		{"a direct message by sync", func(f *forger, text string) []byte {
			c := chat.DirectWith(f.id, s.a.id)
			return turn(lobby(nil), &pb.Delta{Conversation: string(c), Envelopes: [][]byte{f.seal(f.draft(c, text), nil)}})
		}, false, false},
		{"asks for what a and b said to each other", func(*forger, string) []byte {
			return turn(lobby(nil), &pb.Delta{Conversation: string(chat.DirectWith(s.a.id, s.b.id))})
		}, false, false},
		{"the lobby twice", func(*forger, string) []byte { return turn(lobby(nil), lobby(nil)) }, true, false},
		{"64 conversations", func(*forger, string) []byte {
			all := []*pb.Delta{lobby(nil)}
			for i := range 63 {
				all = append(all, &pb.Delta{Conversation: fmt.Sprint("#", i), Vector: states(10, 3)})
			}
			return turn(all...)
		}, false, false},
		{"65 conversations", func(*forger, string) []byte {
			var all []*pb.Delta
			for i := range 65 {
				all = append(all, &pb.Delta{Conversation: fmt.Sprint("#", i)})
			}
			return turn(all...)
		}, true, false},
		{"a conversation without a name", func(*forger, string) []byte { return turn(&pb.Delta{}) }, true, false},
		{"4,097 envelopes", func(f *forger, text string) []byte {
			return turn(lobby(nil, make([][]byte, 4097)...))
		}, true, false},
		{"envelopes of nothing", func(f *forger, text string) []byte { return turn(lobby(nil, nil, nil)) }, true, false},
		{"an envelope far behind a gap", func(f *forger, text string) []byte {
			return turn(lobby(nil, f.seal(f.draft(chat.Lobby, text), func(d *draft) { d.First = 1 << 40 })))
		}, false, false},
		{"junk", func(*forger, string) []byte { return []byte("\xff\xff\xff" + rand.Text()) }, true, false},
		{"more than a turn may have", func(*forger, string) []byte { return make([]byte, 1<<20+1) }, true, false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			f := newForger()
			st := s.visit(t, f, nil)
			before, since := s.counters(t), s.nows()
			text := "a stranger's line " + rand.Text()
			answer, err := st.ask(syncID, tc.turn(f, text))
			switch {
			case tc.hangs && err == nil:
				t.Errorf("answered %d bytes", len(answer))
			case !tc.hangs && err != nil:
				t.Errorf("no answer: %v", err)
			}
			if err == nil {
				deltas, err := wire.NewOpener(node.DemoNetwork).DecodeSync(answer)
				if err != nil {
					t.Errorf("the answer: %v", err)
				}
				for _, d := range deltas {
					if d.Conversation != chat.Lobby {
						t.Errorf("a tells of %s", d.Conversation)
					}
				}
			}
			if tc.shown {
				for _, u := range []*user{s.a, s.b} { // a passes on what came to it by sync
					if _, err := u.find(prompt, 0, from(f.id, text)); err != nil {
						t.Errorf("the stranger's line: %v", err)
					}
				}
			}
			s.talk(t)
			s.only(t, since, func(m chat.Shown) bool { return tc.shown && m.From.ID == f.id && m.Text == text })
			if tc.hangs && !strings.HasPrefix(tc.name, "more than") {
				s.moved(t, before, "sync turns that are not valid", 1)
			}
		})
	}
	s.recovered(t, 0)
}

// How strangers answer when node a, which takes them for peers, asks for a sync.
// However they do it, the turns end and the honest go on.
func TestRudeSyncAnswers(t *testing.T) {
	const endless = 3 * 512 // turns: the core's bound for one sync, as gossip may want another meanwhile
	cases := []struct {
		name   string
		answer func(f *forger, n int64) []byte // to the n-th turn; nil: silence
		turns  int64                           // at most, in a second with lines of the honest
		lines  bool                            // the stranger's own are shown
	}{
		{"always more, never anything", func(*forger, int64) []byte {
			d := lobby(nil)
			d.More = true
			return turn(d)
		}, endless, false},
		{"always more, and heads that move", func(_ *forger, n int64) []byte {
			d := lobby(states(3, uint64(n)))
			d.More = true
			return turn(d)
		}, endless, false},
		{"heads that move backwards", func(_ *forger, n int64) []byte {
			d := lobby(states(3, uint64(1<<40-n)))
			d.More = true
			return turn(d)
		}, endless, false},
		{"a new line at each turn", func(f *forger, n int64) []byte {
			d := lobby(states(3, uint64(n)), f.seal(f.draft(chat.Lobby, fmt.Sprint("line no. ", n)), func(d *draft) { d.First = uint64(n) }))
			d.More = true
			return turn(d)
		}, endless, true},
		{"8,192 logs of nobody", func(*forger, int64) []byte { return turn(lobby(states(8192, 1<<62))) }, endless, false},
		{"lacks everything, for ever", func(*forger, int64) []byte { return turn(lobby(nil)) }, endless, false},
		{"junk", func(*forger, int64) []byte { return []byte("\xff\xff") }, 20, false},
		{"nothing", func(*forger, int64) []byte { return nil }, 20, false},
		{"forged", func(f *forger, _ int64) []byte {
			return turn(lobby(nil, f.seal(f.draft(chat.Lobby, "forged"), func(d *draft) { d.Author = []byte(newForger().bin) })))
		}, 20, false},
		{"silence", nil, 20, false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			s := newScene(t)
			since := s.nows()
			var turns atomic.Int64
			f := newForger()
			answer := network.StreamHandler(func(st network.Stream) { turns.Add(1); mute(st) })
			if tc.answer != nil {
				answer = answering(func([]byte) []byte { return tc.answer(f, turns.Add(1)) })
			}
			s.visit(t, f, map[protocol.ID]network.StreamHandler{syncID: answer, directID: mute})
			began := time.Now()
			var longest time.Duration
			for time.Since(began) < time.Second {
				longest = max(longest, s.talk(t))
			}
			n := turns.Load()
			t.Logf("%d turns; the honest waited %v at most", n, longest)
			if n == 0 || n > tc.turns {
				t.Errorf("%d turns, want 1 to %d", n, tc.turns)
			}
			s.only(t, since, func(m chat.Shown) bool {
				return tc.lines && m.From.ID == f.id && strings.HasPrefix(m.Text, "line no. ")
			})
		})
	}
}

// A newcomer believes its first neighbours about where logs begin. One who lies
// about it can hide what was said before; what is said from now on comes by
// gossip and shows that it was a lie.
func TestRudeFloorsDoNotSilenceAnybody(t *testing.T) {
	s := newScene(t)
	f := newForger()
	// The liar learns b's log from a, and says that it begins far above.
	st := s.visit(t, f, nil)
	answer, err := st.ask(syncID, turn(lobby(nil)))
	if err != nil {
		t.Fatal(err)
	}
	var frame pb.SyncFrame
	if err := proto.Unmarshal(answer, &frame); err != nil {
		t.Fatal(err)
	}
	vector := frame.Deltas[0].Vector
	if len(vector) != 2 {
		t.Fatalf("a knows %d logs, want 2", len(vector))
	}
	for _, l := range vector {
		l.From, l.Head = 1<<62, 1<<62
	}
	c, err := node.New(node.Config{PeerNo: 1510, Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
	if err != nil {
		t.Fatal(err)
	}
	u := &user{Node: c, id: chat.PeerID(c.ID().String()), fresh: make(chan struct{})}
	go u.read(c.Subscribe(chat.Owner)) // ends with the node
	ended := make(chan struct{})
	go func() { defer close(ended); _ = c.Run(t.Context()) }() // ends with Quit
	defer func() { u.do(t, chat.Quit{}); <-ended }()

	lied := make(chan struct{}, 100)
	liar := (&scene{a: u}).visit(t, newForger(), map[protocol.ID]network.StreamHandler{syncID: answering(func([]byte) []byte {
		lied <- struct{}{}
		return turn(lobby(vector))
	})})
	defer liar.Close()
	select {
	case <-lied:
	case <-time.After(prompt):
		t.Fatal("nobody asked the liar")
	}
	u.do(t, chat.Connect{Addr: fmt.Sprintf("%s/p2p/%s", s.a.Host().Addrs()[0], s.a.ID())})
	if _, err := u.find(prompt, 0, func(n chat.Notification) bool {
		p, ok := n.(chat.PeerCame)
		return ok && p.Peer.ID == s.a.id
	}); err != nil {
		t.Fatal(err)
	}
	for _, speaker := range []*user{s.a, s.b} {
		var err error
		for range 25 {
			text := "line " + rand.Text()
			speaker.do(t, chat.Broadcast{Text: text})
			if _, err = u.find(200*time.Millisecond, 0, from(speaker.id, text)); err == nil {
				break
			}
		}
		if err != nil {
			t.Errorf("%s is not heard: %v", speaker.id, err)
		}
	}
}
