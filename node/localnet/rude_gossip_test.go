package localnet_test

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	pspb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	"google.golang.org/protobuf/proto"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire"
	"tincan/behaviour/wire/pb"
	"tincan/node"
)

const meshsub = protocol.ID("/meshsub/1.1.0")

var topic = wire.Topic(node.DemoNetwork, chat.Lobby)

// gossiper is a stranger on the lobby's topic.
type gossiper struct {
	*stranger
	s     network.Stream
	heard chan []byte // the data of messages that node a sent it; what does not fit is dropped
}

func (s *scene) gossiper(t *testing.T, f *forger) *gossiper {
	t.Helper()
	g := &gossiper{heard: make(chan []byte, 64)}
	met := make(chan struct{}, 1)
	g.stranger = s.visit(t, f, map[protocol.ID]network.StreamHandler{meshsub: func(s network.Stream) {
		defer s.Reset()
		for {
			b, err := readFrame(s)
			if err != nil {
				return
			}
			select {
			case met <- struct{}{}:
			default:
			}
			var rpc pspb.RPC
			if proto.Unmarshal(b, &rpc) != nil {
				return
			}
			for _, m := range rpc.Publish {
				select {
				case g.heard <- m.Data:
				default:
				}
			}
		}
	}})
	select {
	case <-met: // pubsub keeps no score of peers that it does not write to
	case <-time.After(prompt):
		t.Fatal("node a does not gossip with the stranger")
	}
	g.s = g.open(meshsub)
	g.send(&pspb.RPC{Subscriptions: []*pspb.RPC_SubOpts{{Subscribe: proto.Bool(true), Topicid: &topic}}})
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); !s.a.InLobby(g.ID()); <-tick.C {
		if time.Since(began) > prompt {
			t.Fatal("node a does not take the stranger for one of the lobby")
		}
	}
	return g
}

// send ignores errors: being thrown out is to be expected.
func (g *gossiper) send(rpc *pspb.RPC) { _ = writeFrame(g.s, marshal(rpc)) }

func (g *gossiper) say(envelopes ...[]byte) {
	rpc := &pspb.RPC{}
	for _, e := range envelopes {
		rpc.Publish = append(rpc.Publish, &pspb.Message{Topic: &topic, Data: e})
	}
	g.send(rpc)
}

// What a stranger says on the lobby's topic, and what users are shown of it.
func TestRudeGossip(t *testing.T) {
	s := newScene(t)
	ia, ib := impostor(s.a), impostor(s.b)
	edit := func(change func(*draft)) func(*forger, string) []byte {
		return func(f *forger, text string) []byte { return f.seal(f.draft(chat.Lobby, text), change) }
	}
	to := func(c func(*forger) chat.Conversation) func(*forger, string) []byte {
		return func(f *forger, text string) []byte { return f.seal(f.draft(c(f), text), nil) }
	}
	const invalid, elsewhere = "gossip that is not valid", "gossip in another conversation's topic"
	cases := []struct {
		name    string
		forge   func(f *forger, text string) []byte
		shown   bool // text, as the stranger's, at both nodes
		counted string
	}{
		{"a civil line", edit(nil), true, ""},
		{"junk", func(*forger, string) []byte { return []byte(rand.Text()) }, false, invalid},
		{"empty", func(*forger, string) []byte { return nil }, false, "invalid"},
		{"author is b, signed by the stranger", edit(func(d *draft) { d.Author = []byte(ib.bin) }), false, invalid},
		{"author is a, signed by the stranger", edit(func(d *draft) { d.Author = []byte(ia.bin) }), false, invalid},
		{"a flipped bit", func(f *forger, text string) []byte {
			e := f.seal(f.draft(chat.Lobby, text), nil)
			e[len(e)/2] ^= 1
			return e
		}, false, invalid},
		{"of another network", edit(func(d *draft) { d.Network = "main" }), false, invalid},
		{"a direct message to a", to(func(f *forger) chat.Conversation { return chat.DirectWith(f.id, s.a.id) }), false, elsewhere},
		{"a direct message to b", to(func(f *forger) chat.Conversation { return chat.DirectWith(f.id, s.b.id) }), false, elsewhere},
		{"for a channel", to(func(*forger) chat.Conversation { return "#channel" }), false, elsewhere},
		{"from the future", edit(func(d *draft) { d.Version = 2 }), false, "messages from a newer version"},
		{"stamp from the future", edit(func(d *draft) { d.message.Stamp = 1<<64 - 1 }), false, "stamped in the future"},
		{"stamp 0", edit(func(d *draft) { d.message.Stamp = 0 }), true, ""},
		{"number 2^63", edit(func(d *draft) { d.First = 1 << 63 }), false, invalid},
		{"number 10^9, nothing before it", edit(func(d *draft) { d.First = 1e9 }), false, ""},
		{"dep on what nobody said", edit(func(d *draft) { // late, after 15 s
			d.message.Deps = append(d.message.Deps, goodRef(newForger()))
		}), false, ""},
		{"dep on its own future", edit(func(d *draft) {
			d.message.Deps = []*pb.Ref{{Author: d.Author, Log: d.Log, Seq: 1 << 62}}
		}), true, ""},
		{"body of 64 KiB and a byte", edit(func(d *draft) { d.message.Body = repeat('x', chat.MaxText+1) }), false, invalid},
		{"a kind from the future", edit(func(d *draft) { d.message.Kind = 1 << 31 }), false, ""},
		{"an answer to a hello, in the lobby", edit(func(d *draft) { d.message.Kind = uint32(chat.HelloAck) }), false, ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			f := newForger()
			g := s.gossiper(t, f)
			before, since := s.counters(t), s.nows()
			text := "a stranger's line " + rand.Text()
			g.say(tc.forge(f, text))
			if tc.shown {
				for i, u := range []*user{s.a, s.b} {
					if _, err := u.find(prompt, since[i], from(f.id, text)); err != nil {
						t.Errorf("the stranger's line at node %d: %v", i, err)
					}
				}
			}
			if tc.counted != "" {
				s.moved(t, before, tc.counted, 1)
			}
			s.talk(t)
			s.only(t, since, func(m chat.Shown) bool { return tc.shown && m.From.ID == f.id && m.Text == text })
		})
	}
	s.recovered(t, 0)
}

func TestRudeGossipFrames(t *testing.T) {
	s := newScene(t)
	since := s.nows()
	f := newForger()
	good := f.seal(f.draft(chat.Lobby, "believe me"), nil)
	message := func(change func(*pspb.Message)) []byte {
		m := &pspb.Message{Topic: &topic, Data: good}
		change(m)
		return marshal(&pspb.RPC{Publish: []*pspb.Message{m}})
	}
	for name, frame := range map[string][]byte{
		"from is set":      message(func(m *pspb.Message) { m.From = []byte(s.b.ID()) }),
		"signature is set": message(func(m *pspb.Message) { m.Signature = repeat(1, 64) }),
		"key is set":       message(func(m *pspb.Message) { m.Key = repeat(1, 36) }),
		"1 MiB of payload": message(func(m *pspb.Message) { m.Data = make([]byte, 1<<20) }),
		"another topic":    message(func(m *pspb.Message) { m.Topic = proto.String("tincan/elsewhere") }),
		"junk":             []byte("\xff\xff\xff\xff" + rand.Text()),
	} {
		t.Run(name, func(t *testing.T) {
			g := s.gossiper(t, newForger())
			g.s.Write(append(binary.AppendUvarint(nil, uint64(len(frame))), frame...))
			s.talk(t)
			s.only(t, since, nothing)
		})
	}
	s.recovered(t, 0)
}

func TestRudeGossipReplays(t *testing.T) {
	s := newScene(t)
	g := s.gossiper(t, newForger())
	since := s.nows()
	s.talk(t)
	var line []byte
	select {
	case line = <-g.heard:
	case <-time.After(prompt):
		t.Fatal("the stranger hears nothing of the lobby")
	}
	before := s.counters(t)
	for range 100 {
		g.say(line, line, line, line, line, line, line, line, line, line)
	}
	s.moved(t, before, "duplicate", 1000)
	s.talk(t)
	for i, u := range []*user{s.a, s.b} {
		seen := make(map[chat.MessageID]int)
		for _, m := range u.shown(since[i]) {
			if seen[m.ID]++; seen[m.ID] > 1 {
				t.Errorf("node %d shows %v again", i, m.ID)
			}
		}
	}
}

// One who signs two messages under one number is believed at most once by those
// who hear of both, and they are told. While a link forms a node may hear of one
// only, so one author after the other tries.
func TestRudeGossipEquivocation(t *testing.T) {
	s := newScene(t)
	g := s.gossiper(t, newForger())
	for range 20 {
		f := newForger()
		since := s.nows()
		g.say(f.seal(f.draft(chat.Lobby, "yes"), nil), f.seal(f.draft(chat.Lobby, "no"), nil))
		told := true
		for i, u := range []*user{s.a, s.b} {
			_, err := u.find(prompt/4, since[i], func(n chat.Notification) bool {
				x, ok := n.(chat.Equivocated)
				return ok && x.Who.ID == f.id && x.Conversation == chat.Lobby && x.Seq == 1
			})
			told = told && err == nil
		}
		if !told {
			continue
		}
		g.say(f.seal(f.draft(chat.Lobby, "maybe"), func(d *draft) { d.First = 2 }))
		s.talk(t)
		for i, u := range []*user{s.a, s.b} {
			var texts []string
			for _, m := range u.shown(since[i]) {
				if m.From.ID == f.id {
					texts = append(texts, m.Text)
				}
			}
			// None, if another's proof came before either of the two.
			if len(texts) > 1 || slices.Contains(texts, "maybe") {
				t.Errorf("node %d shows %q, want one of yes and no at most", i, texts)
			}
		}
		return
	}
	t.Fatal("the users are not told")
}

// 5,000 lines, each well-formed and signed by a stranger: they may be shown,
// and the honest still hear each other.
func TestRudeGossipFlood(t *testing.T) {
	const lines = 5000
	s := newScene(t)
	f := newForger()
	g := s.gossiper(t, f)
	since := s.nows()
	envelopes := make([][]byte, lines)
	for i := range envelopes {
		envelopes[i] = f.seal(f.draft(chat.Lobby, fmt.Sprint("buy ", i)), func(d *draft) { d.First = uint64(i) + 1 })
	}
	done := make(chan time.Duration, 1)
	began := time.Now()
	go func() { // ends when all is written
		for len(envelopes) > 0 {
			n := min(100, len(envelopes))
			g.say(envelopes[:n]...)
			envelopes = envelopes[n:]
		}
		done <- time.Since(began)
	}()
	var longest time.Duration
	var talks int
	for writing := true; writing; talks++ {
		longest = max(longest, s.talk(t))
		select {
		case took := <-done:
			t.Logf("the flood was written in %v", took)
			writing = false
		default:
		}
	}
	longest = max(longest, s.talk(t))
	t.Logf("%d talks, the honest waited %v at most", talks+1, longest)
	s.only(t, since, func(m chat.Shown) bool { return m.From.ID == f.id && strings.HasPrefix(m.Text, "buy ") })
	for i, u := range []*user{s.a, s.b} {
		t.Logf("node %d shows %d of the flood", i, len(u.shown(since[i])))
	}
}

// 2,000 authors that a stranger has made up, each with a line of its own.
func TestRudeGossipSwarm(t *testing.T) {
	const authors = 2000
	s := newScene(t)
	g := s.gossiper(t, newForger())
	since := s.nows()
	for range authors {
		f := newForger()
		g.say(f.seal(f.draft(chat.Lobby, "we are many"), func(d *draft) { d.message.Kind = uint32(chat.Hello) }))
	}
	t.Logf("the honest waited %v", s.talk(t))
	s.only(t, since, func(m chat.Shown) bool { return m.Kind == chat.Hello })
	s.recovered(t, authors*8<<10)
}

func goodRef(f *forger) *pb.Ref { return &pb.Ref{Author: []byte(f.bin), Log: repeat(1, 8), Seq: 1} }
