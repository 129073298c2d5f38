package localnet_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	pspb "github.com/libp2p/go-libp2p-pubsub/pb"
	"google.golang.org/protobuf/proto"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire"
	"tincan/behaviour/wire/pb"
	"tincan/node"
)

// announces makes a draft an announcement of people, "" being the owner.
func announces(kind chat.Kind, stamp chat.Stamp, people ...string) func(*draft) {
	return func(d *draft) {
		d.First = uint64(stamp)
		for _, p := range people {
			d.Messages = append(d.Messages, marshal(&pb.Message{Kind: uint32(kind), Stamp: uint64(stamp), Guest: p}))
		}
	}
}

// list asks a's node who is in a conversation.
func (u *user) list(t *testing.T, in string) []chat.UserInfo {
	t.Helper()
	since := u.now()
	u.do(t, chat.ListUsers{In: in})
	var users []chat.UserInfo
	if _, err := u.find(prompt, since, func(n chat.Notification) bool {
		l, ok := n.(chat.UserList)
		users = l.Users
		return ok
	}); err != nil {
		t.Fatalf("the users of %s: %v", in, err)
	}
	return users
}

// claimed is how a peer is called in the lobby, and how many guests it has there.
func claimed(users []chat.UserInfo, id chat.PeerID) (names []string, guests int) {
	for _, u := range users {
		switch {
		case u.Peer.ID != id:
		case u.Peer.Guest == "":
			names = append(names, u.Peer.Name)
		default:
			guests++
		}
	}
	return names, guests
}

// What a stranger announces in the lobby, and how many guests a is told that it has.
func TestRudePresence(t *testing.T) {
	s := newScene(t)
	ib := impostor(s.b)
	since := s.nows()
	now := func() chat.Stamp { return chat.StampAt(time.Now()) }
	of := chat.Lobby.Presence()
	many := func(n int) (people []string) {
		for i := range n {
			people = append(people, fmt.Sprint("guest", i))
		}
		return people
	}
	here := func(people ...string) func(*forger) []byte {
		return func(f *forger) []byte { return f.seal(f.draft(of, ""), announces(chat.Here, now(), people...)) }
	}
	stamped := func(d time.Duration) func(*forger) []byte {
		return func(f *forger) []byte {
			return f.seal(f.draft(of, ""), announces(chat.Here, chat.StampAt(time.Now().Add(d)), "ann"))
		}
	}
	kinds := func(kind chat.Kind, c chat.Conversation) func(*forger) []byte {
		return func(f *forger) []byte { return f.seal(f.draft(c, ""), announces(kind, now(), many(256)...)) }
	}
	cases := []struct {
		name   string
		forge  func(f *forger) []byte
		guests int
	}{
		{"three guests", here("ann", "bob", "cid"), 3},
		{"one guest in three spellings", here("ann", " ann ", "a\u200bnn"), 1},
		{"names of nothing", here("\u202e", " ", "peer 3", "7", "Ｌobby"), 0},
		{"256 guests", here(many(256)...), 256},
		{"of b, signed by the stranger", func(f *forger) []byte {
			return f.seal(f.draft(of, ""), func(d *draft) { announces(chat.Here, now(), "ann")(d); d.Author = []byte(ib.bin) })
		}, 0},
		{"nine minutes ahead", stamped(9 * time.Minute), 1},
		{"an hour ahead", stamped(time.Hour), 0},
		{"an hour ago", stamped(-time.Hour), 0},
		{"the greatest stamp", func(f *forger) []byte {
			return f.seal(f.draft(of, ""), func(d *draft) { announces(chat.Here, 1<<62, "ann")(d) })
		}, 0},
		{"in a channel where a is not", kinds(chat.Here, chat.Conversation("#elsewhere").Presence()), 0},
		{"of announcements", kinds(chat.Here, of.Presence()), 0},
		{"256 lines among the announcements", kinds(chat.Text, of), 0},
		{"256 hellos among the announcements", kinds(chat.Hello, of), 0},
		{"256 kinds from the future", kinds(77, of), 0},
		{"256 announcements among the lines", func(f *forger) []byte {
			return f.seal(f.draft(chat.Lobby, ""), func(d *draft) { announces(chat.Here, now(), many(256)...)(d); d.First = 1 })
		}, 0},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			f := newForger()
			g := s.gossiper(t, f)
			g.say(tc.forge(f))
			g.say(f.seal(f.draft(chat.Lobby, "read behind it"), func(d *draft) { d.Log = repeat(5, 8) }))
			if tc.guests > 0 || tc.name[0] == '2' { // what is not valid may end the stranger's say
				if _, err := s.a.find(prompt, since[0], from(f.id, "read behind it")); err != nil {
					t.Error(err)
				}
			}
			s.talk(t)
			if _, guests := claimed(s.a.list(t, "lobby"), f.id); guests != tc.guests {
				t.Errorf("%d guests, want %d", guests, tc.guests)
			}
			g.Close()
		})
	}
	s.only(t, since, func(m chat.Shown) bool { return m.Text == "read behind it" })
	s.recovered(t, 0)
}

// A name that somebody claims is never a key to what is meant for another.
func TestRudeNames(t *testing.T) {
	s := newScene(t)
	s.b.do(t, chat.Rename{Name: "bea"})
	if _, err := s.a.find(prompt, 0, func(n chat.Notification) bool { r, ok := n.(chat.Renamed); return ok && r.Now.Name == "bea" }); err != nil {
		t.Fatal(err)
	}
	for _, claim := range []string{"bea", "lobby", "peer 1502", "1502", string(s.b.id), string(s.b.id[:8]), "bea#1502", "be\u0430"} {
		t.Run(claim, func(t *testing.T) {
			f := newForger()
			g := s.gossiper(t, f)
			since := s.a.now()
			g.say(f.seal(f.draft(chat.Lobby, "me"), func(d *draft) { d.message.Name = claim }))
			if _, err := s.a.find(prompt, since, from(f.id, "me")); err != nil {
				t.Fatal(err)
			}
			for _, to := range []string{"bea", "lobby", "peer 1502", "1502", string(s.b.id), string(s.b.id[:20]), "bea#1502"} {
				text := fmt.Sprint("for ", to)
				since := s.a.now()
				s.a.do(t, chat.SendDirect{To: to, Text: text})
				if _, err := s.a.find(prompt, since, func(n chat.Notification) bool {
					switch n := n.(type) {
					case chat.Failed:
						return true
					case chat.Shown:
						if n.Mine && n.Text == text && n.To.ID != s.b.id {
							t.Errorf("a message to %q goes to %s, who claims to be %q", to, n.To.Label(), claim)
						}
						return n.Mine && n.Text == text
					}
					return false
				}); err != nil {
					t.Errorf("to %q: %v", to, err)
				}
			}
			g.Close()
		})
	}
}

// 10,000 made-up guests, and 2,000 comings and goings: the node keeps to its
// bounds, the honest hear each other, and all is gone with the stranger.
func TestRudePresenceFlood(t *testing.T) {
	s := newScene(t)
	f := newForger()
	g := s.gossiper(t, f)
	g.SetStreamHandler(syncID, mute) // which makes it a node of the network
	of := chat.Lobby.Presence()
	start := chat.StampAt(time.Now())
	for i := range 40 {
		people := make([]string, 256)
		for j := range people {
			people[j] = fmt.Sprintf("guest%d", i*256+j)
		}
		g.say(f.seal(f.draft(of, ""), announces(chat.Here, start+chat.Stamp(i*256), people...)))
	}
	for i := range 2000 {
		kind := []chat.Kind{chat.Gone, chat.Here}[i%2]
		g.say(f.seal(f.draft(of, ""), announces(kind, start+20_000+chat.Stamp(i), "")))
	}
	last := f.seal(f.draft(chat.Lobby, "the end of it"), func(d *draft) { d.Log = repeat(5, 8) })
	s.insist(t, from(f.id, "the end of it"), 0, func() { g.say(last) })
	t.Logf("the honest waited %v", s.talk(t))
	if _, guests := claimed(s.a.list(t, "lobby"), f.id); guests == 0 || guests > 2049 {
		t.Errorf("%d guests of the stranger", guests)
	}
	g.Close()
	deadline := time.Now().Add(prompt)
	for _, guests := claimed(s.a.list(t, "lobby"), f.id); guests > 0; _, guests = claimed(s.a.list(t, "lobby"), f.id) {
		if time.Now().After(deadline) {
			t.Fatalf("%d guests of one who has left", guests)
		}
	}
	for _, u := range []*user{s.a, s.b} {
		u.mu.Lock()
		u.told = nil
		u.mu.Unlock()
	}
	s.recovered(t, 4<<20)
}

// insist says something until a's user is told of it: what is said in a flood may
// be dropped.
func (s *scene) insist(t *testing.T, told func(chat.Notification) bool, since int, say func()) {
	t.Helper()
	for deadline := time.Now().Add(10 * prompt); time.Now().Before(deadline); {
		say()
		if _, err := s.a.find(prompt/10, since, told); err == nil {
			return
		}
	}
	t.Fatal("a stranger is not heard any more")
}

// A node in as many channels as it takes says so, and the lines of channels that
// share a shard with one of its own, but are not, cost next to nothing.
func TestRudeChannels(t *testing.T) {
	s := newScene(t)
	since := s.nows()
	t.Run("names", func(t *testing.T) {
		for typed, want := range map[string]string{
			"": "", " ": "", "#": "", "##": "", "a b": "", "a/b": "", "#\u202eabc": "", "l\u043ebby": "", "\x00": "", "\xff": "",
			strings.Repeat("x", 10<<10): "", strings.Repeat("x", 65): "", "#Ärger": "#ärger", "#🙂": "#🙂", "anna_2": "#anna_2",
		} {
			began := s.a.now()
			s.a.do(t, chat.Join{Channel: typed})
			got := ""
			if _, err := s.a.find(prompt, began, func(n chat.Notification) bool {
				switch n := n.(type) {
				case chat.Joined:
					got = string(n.Conversation)
				case chat.Failed:
				default:
					return false
				}
				return true
			}); err != nil {
				t.Errorf("%.20q: %v", typed, err)
			}
			if got != want {
				t.Errorf("%.20q is %q, want %q", typed, got, want)
			}
		}
		s.a.do(t, chat.OpenLobby{})
	})
	t.Run("of others in the same shard", func(t *testing.T) {
		mine := chat.Conversation("#ärger")
		shard := wire.Topic(node.DemoNetwork, mine)
		other := mine
		for i := 0; other == mine || wire.Topic(node.DemoNetwork, other) != shard; i++ {
			other = chat.Conversation(fmt.Sprint("#other", i))
		}
		f := newForger()
		g := s.gossiper(t, f)
		g.send(&pspb.RPC{Subscriptions: []*pspb.RPC_SubOpts{{Subscribe: proto.Bool(true), Topicid: &shard}}})
		say := func(c chat.Conversation, text string, n int) {
			e := f.seal(f.draft(c, text), func(d *draft) { d.First = uint64(n) })
			g.send(&pspb.RPC{Publish: []*pspb.Message{{Topic: &shard, Data: e}}})
		}
		began := time.Now()
		for i := range 2000 {
			say(other, "not for you", i+1)
			say(other.Presence(), "nor this", i+1)
		}
		s.insist(t, from(f.id, "for you"), since[0], func() { say(mine, "for you", 1) })
		t.Logf("4,000 envelopes of another channel took %v; the honest waited %v", time.Since(began), s.talk(t))
		g.Close()
	})
	s.only(t, since, func(m chat.Shown) bool { return m.Text == "for you" })
	t.Run("20,000 joins", func(t *testing.T) {
		const most = 16 << 10
		began := s.a.now()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		took := time.Now()
		for i := range 20_000 {
			if err := s.a.Do(ctx, chat.Owner, "", chat.Join{Channel: fmt.Sprint("#made-up", i)}); err != nil {
				t.Fatalf("join %d: %v", i, err)
			}
		}
		if _, err := s.a.find(prompt, began, func(n chat.Notification) bool {
			f, ok := n.(chat.Failed)
			return ok && f.Code == chat.Overloaded && strings.Contains(f.Text, "part from one first")
		}); err != nil {
			t.Errorf("that there can be no more: %v", err)
		}
		t.Logf("%v; the honest waited %v", time.Since(took), s.talk(t))
		s.a.do(t, chat.ListSessions{})
		if _, err := s.a.find(prompt, began, func(n chat.Notification) bool {
			l, ok := n.(chat.PlaceList)
			if ok && len(l.Places) != most+1 {
				t.Errorf("in %d conversations, want %d", len(l.Places), most+1)
			}
			return ok
		}); err != nil {
			t.Error(err)
		}
	})
	t.Run("turns about 64 channels", func(t *testing.T) {
		var deltas []*pb.Delta
		for i := range 64 {
			deltas = append(deltas, &pb.Delta{Conversation: fmt.Sprint("#made-up", i)})
		}
		st := s.visit(t, newForger(), nil)
		asked := st.open(syncID)
		began := time.Now()
		for i := range 500 {
			if _, err := exchange(asked, turn(deltas...)); err != nil {
				t.Fatalf("turn %d: %v", i, err)
			}
		}
		t.Logf("500 turns took %v; the honest waited %v", time.Since(began), s.talk(t))
	})
	t.Run("in and out", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		for i := range 100 {
			s.a.do(t, chat.Part{Channel: fmt.Sprint("#made-up", i)})
		}
		before, began := heap(), time.Now()
		for i := range 3000 {
			c := fmt.Sprint("#in-and-out", i%7)
			if err := s.a.Do(ctx, chat.Owner, "", chat.Join{Channel: c}); err != nil {
				t.Fatal(err)
			}
			if err := s.a.Do(ctx, chat.Owner, "", chat.Part{Channel: c}); err != nil {
				t.Fatal(err)
			}
		}
		took := time.Since(began)
		longest := s.talk(t)
		s.a.mu.Lock()
		s.a.told = nil
		s.a.mu.Unlock()
		after := heap()
		t.Logf("3,000 times in and out took %v; %d KiB more; the honest waited %v", took, (int64(after)-int64(before))>>10, longest)
		if after > before+moreHeap {
			t.Errorf("heap of %d KiB, %d before", after>>10, before>>10)
		}
	})
}
