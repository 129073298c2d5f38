package behaviour

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/test"

	"tincan/behaviour/chat"
	"tincan/behaviour/gossip"
	"tincan/behaviour/internal/hosttest"
	"tincan/behaviour/wire"
)

// sparse is a whole that makes no links of its own.
func sparse(t testing.TB) *Behaviour {
	t.Helper()
	return with(t, func(c *Config) { c.Sparse = true })
}

// together are channels of one shard.
func together(n int) (channels []chat.Conversation) {
	topic := wire.Topic("test", "#0")
	for i := 0; len(channels) < n; i++ {
		if c := chat.Conversation(fmt.Sprintf("#%d", i)); wire.Topic("test", c) == topic {
			channels = append(channels, c)
		}
	}
	return channels
}

// everywhere is a channel of each shard.
func everywhere() (channels []chat.Conversation) {
	seen := make(map[string]bool)
	for i := 0; len(seen) < wire.Shards; i++ {
		c := chat.Conversation(fmt.Sprintf("#%d", i))
		if topic := wire.Topic("test", c); !seen[topic] {
			seen[topic] = true
			channels = append(channels, c)
		}
	}
	return channels
}

// received waits for envelopes by gossip, in any order, and nothing else meanwhile.
func received(t testing.TB, b *Behaviour, want ...*chat.Envelope) {
	t.Helper()
	receivedBeside(t, b, nil, want...)
}

// receivedBeside is received, but each of some others may come as well, once.
func receivedBeside(t testing.TB, b *Behaviour, others []*chat.Envelope, want ...*chat.Envelope) {
	t.Helper()
	id := func(e *chat.Envelope) string { return e.ID(0).String() }
	missing, allowed := make(map[string]bool), make(map[string]bool)
	for _, e := range want {
		missing[id(e)] = true
	}
	for _, e := range others {
		allowed[id(e)] = true
	}
	for len(missing) > 0 {
		got := id(next[chat.EnvelopeReceived](t, b).Envelope)
		if !missing[got] && !allowed[got] {
			t.Fatalf("received %s, want %v", got, missing)
		}
		delete(missing, got)
		delete(allowed, got)
	}
}

// friends are two that are connected and see each other in the lobby.
func friends(t testing.TB) (a, b *Behaviour) {
	t.Helper()
	a, b = sparse(t), sparse(t)
	hosttest.Connect(t, a.cfg.Host, b.cfg.Host)
	hosttest.Eventually(t, "both are in the lobby", func() bool {
		return a.InLobby(b.cfg.Host.ID()) && b.InLobby(a.cfg.Host.ID())
	})
	return a, b
}

func TestEffectsAboutAChannelKeepTheirOrder(t *testing.T) {
	a, b := friends(t)
	const channel chat.Conversation = "#go"
	b.Do(chat.Subscribe{Conversation: channel})
	say := func(c chat.Conversation, n uint64) *chat.Envelope {
		e := envelope(a, c, n)
		a.Do(chat.Publish{Envelope: e})
		return e
	}
	say(channel, 1)
	if ev := next[chat.Published](t, a); ev.Conversation != channel || ev.Last != 1 || ev.Err == "" {
		t.Errorf("published before Subscribe: %+v", ev)
	}
	a.Do(chat.Subscribe{Conversation: channel})
	second := say(channel, 2)
	if ev := next[chat.Published](t, a); ev.Conversation != channel || ev.Last != 2 || ev.Err != "" {
		t.Errorf("published with Subscribe: %+v", ev)
	}
	hosttest.Eventually(t, "b is in the topic", func() bool { return a.InTopic(channel, b.cfg.Host.ID()) })
	third, fourth := say(channel, 3), say(channel.Presence(), 1)
	a.Do(chat.Unsubscribe{Conversation: channel})
	say(channel, 5)
	a.Do(chat.Subscribe{Conversation: channel})
	for _, want := range []bool{true, true, false} {
		if ev := next[chat.Published](t, a); (ev.Err == "") != want {
			t.Errorf("published around Unsubscribe: %+v, want it to go well: %t", ev, want)
		}
	}
	// The second b may have as well: gossip may know by then that b is in the topic,
	// or offer it later as what was said of late.
	receivedBeside(t, b, []*chat.Envelope{second}, third, fourth)
}

func TestChannelsOfAShardShareATopic(t *testing.T) {
	a, b := friends(t)
	channels := together(3)
	first, second, other := channels[0], channels[1], channels[2]
	in := func() bool { return b.InTopic(first, a.cfg.Host.ID()) }
	for _, c := range channels[:2] {
		b.Do(chat.Subscribe{Conversation: c})
	}
	for _, c := range channels {
		a.Do(chat.Subscribe{Conversation: c})
		a.Do(chat.Subscribe{Conversation: c}) // twice is once
	}
	hosttest.Eventually(t, "a is in the topic", in)
	if !b.InTopic(second, a.cfg.Host.ID()) || !b.InTopic(first.Presence(), a.cfg.Host.ID()) || b.InTopic("#not-here", a.cfg.Host.ID()) {
		t.Error("the topic is that of the channels of the shard and their presence, and no other")
	}

	// b is not in the third: what is said there it passes on, and does not report.
	hosttest.Eventually(t, "b is in the topic", func() bool { return a.InTopic(first, b.cfg.Host.ID()) })
	a.Do(chat.Publish{Envelope: envelope(a, other, 1)})
	a.Do(chat.Publish{Envelope: envelope(a, other.Presence(), 1)})
	said := envelope(a, second, 1)
	a.Do(chat.Publish{Envelope: said})
	received(t, b, said)

	// The last one that leaves it leaves the topic.
	a.Do(chat.Unsubscribe{Conversation: first})
	a.Do(chat.Unsubscribe{Conversation: first})
	a.Do(chat.Unsubscribe{Conversation: second})
	last := envelope(a, second, 2) // its topic is still there
	a.Do(chat.Publish{Envelope: last})
	received(t, b, last)
	if !in() {
		t.Error("a left the topic with a channel left")
	}
	a.Do(chat.Unsubscribe{Conversation: other})
	hosttest.Eventually(t, "a has left the topic", func() bool { return !in() })
	a.Do(chat.Publish{Envelope: envelope(a, other, 2)})
	for {
		if ev := next[chat.Published](t, a); ev.Conversation == other && ev.Last == 2 {
			if ev.Err == "" {
				t.Error("published in a topic that was left")
			}
			break
		}
	}
}

func TestWhatIsNotSharedHasNoTopic(t *testing.T) {
	b := whole(t)
	dm := chat.DirectWith(text(b.cfg.Host.ID()), text(newHost(t).ID()))
	for n, c := range []chat.Conversation{dm, dm.Presence(), "elsewhere"} {
		b.Do(chat.Subscribe{Conversation: c})
		b.Do(chat.Publish{Envelope: envelope(b, c, uint64(n+1))})
		if ev := next[chat.Published](t, b); ev.Err == "" {
			t.Errorf("published: %+v", ev)
		}
		b.Do(chat.Unsubscribe{Conversation: c})
	}
	b.Do(chat.Subscribe{Conversation: chat.Lobby}) // needs none, and harms none
	b.Do(chat.Unsubscribe{Conversation: chat.Lobby})
	b.Do(chat.Publish{Envelope: envelope(b, chat.Lobby.Presence(), 1)})
	if ev := next[chat.Published](t, b); ev.Err != "" {
		t.Errorf("published: %+v", ev)
	}
	b.Do(chat.Subscribe{Conversation: "#go"}) // behind all those before
	b.Do(chat.Publish{Envelope: envelope(b, "#go", 1)})
	if ev := next[chat.Published](t, b); ev.Err != "" {
		t.Errorf("published: %+v", ev)
	}
	b.topics.mu.Lock()
	defer b.topics.mu.Unlock()
	if len(b.topics.in) != 1 || len(b.topics.uses) != 1 {
		t.Errorf("in %v, topics %v", b.topics.in, b.topics.uses)
	}
}

func TestEnvelopesBelongToTheirTopic(t *testing.T) {
	a, b := whole(t), whole(t)
	id := text(a.cfg.Host.ID())
	channels := together(2)
	shard, elsewhere := b.topic(channels[0]), b.topic(everywhere()[1])
	if shard == elsewhere {
		t.Fatal("two shards share a topic")
	}
	for _, tc := range []struct {
		c     chat.Conversation
		topic string
		want  gossip.Verdict
	}{
		{channels[0], shard, gossip.Accept},
		{channels[1], shard, gossip.Accept},
		{channels[0].Presence(), shard, gossip.Accept},
		{channels[0], elsewhere, gossip.Reject},
		{channels[0].Presence(), elsewhere, gossip.Reject},
		{channels[0], b.lobby, gossip.Reject},
		{chat.Lobby, b.lobby, gossip.Accept},
		{chat.Lobby.Presence(), b.lobby, gossip.Accept},
		{chat.Lobby, shard, gossip.Reject},
		{channels[0].Presence().Presence(), shard, gossip.Reject},
		{chat.DirectWith(id, text(b.cfg.Host.ID())), b.lobby, gossip.Reject},
		{"elsewhere", b.lobby, gossip.Reject},
	} {
		if _, got := b.validate("", tc.topic, envelope(a, tc.c, 1).Raw); (got == gossip.Accept) != (tc.want == gossip.Accept) {
			t.Errorf("%q in %s: verdict %d, want %d", tc.c, tc.topic, got, tc.want)
		}
	}
}

// With a peer that shares 128 topics, links form in all of them at once: that is
// an event or two, not 128.
func TestLinksOfManyTopicsAreReportedOnce(t *testing.T) {
	a, b := sparse(t), sparse(t)
	all := everywhere()
	for _, c := range all {
		a.Do(chat.Subscribe{Conversation: c})
		b.Do(chat.Subscribe{Conversation: c})
	}
	joined := func(x *Behaviour) func() bool {
		return func() bool {
			x.topics.mu.RLock()
			defer x.topics.mu.RUnlock()
			return len(x.topics.in) == len(all) && len(x.topics.waiting) == 0
		}
	}
	hosttest.Eventually(t, "a has joined", joined(a))
	hosttest.Eventually(t, "b has joined", joined(b))
	hosttest.Connect(t, a.cfg.Host, b.cfg.Host)
	links := 0
	for end := time.After(time.Second); ; {
		select {
		case ev := <-a.Events():
			if ev, ok := ev.(chat.LinkFormed); ok && ev.Peer == text(b.cfg.Host.ID()) {
				links++
			}
			continue
		case <-end:
		}
		break
	}
	if links < 1 || links > 6 {
		t.Errorf("%d events of links, want one for the lobby and few for the channels", links)
	}
	for _, c := range all {
		if !a.InTopic(c, b.cfg.Host.ID()) {
			t.Fatalf("b is not in the topic of %s", c)
		}
	}
}

// A peer is met in the channels whose topics both are in, those of a shard
// together, and not where only one of the two is.
func TestPeerIsMetInChannels(t *testing.T) {
	a, b := friends(t)
	shared := together(3)
	alone := everywhere()[1]
	for _, c := range []chat.Conversation{shared[1], shared[0], alone} {
		a.Do(chat.Subscribe{Conversation: c})
	}
	hosttest.Eventually(t, "a has joined", func() bool {
		a.topics.mu.RLock()
		defer a.topics.mu.RUnlock()
		return len(a.topics.in) == 3
	})
	b.Do(chat.Subscribe{Conversation: shared[2]})
	ev := next[chat.PeerMet](t, a)
	want := []chat.Conversation{shared[0], shared[1]}
	slices.Sort(want)
	if ev.Peer != text(b.cfg.Host.ID()) || !slices.Equal(ev.In, want) {
		t.Errorf("met %+v, want b in %q", ev, want)
	}
	a.topics.mu.RLock()
	defer a.topics.mu.RUnlock()
	if len(a.topics.met) > 0 {
		t.Error("who was met is still remembered")
	}
}

// Of five nodes in a row the first and the last are in a channel. They meet,
// though no neighbour of either is in it, and hear each other.
func TestMembersMeetAlongAChain(t *testing.T) {
	var all []*Behaviour
	for i := range 5 {
		b := sparse(t)
		if i > 0 {
			hosttest.Connect(t, b.cfg.Host, all[i-1].cfg.Host)
		}
		all = append(all, b)
	}
	first, last := all[0], all[4]
	if c := last.cfg.Host.Network().Connectedness(first.cfg.Host.ID()); c != network.NotConnected {
		t.Fatalf("the ends are %s before", c)
	}
	first.Do(chat.Subscribe{Conversation: "#go"})
	last.Do(chat.Subscribe{Conversation: "#go"})
	hosttest.Eventually(t, "the members see each other in the topic", func() bool {
		return first.InTopic("#go", last.cfg.Host.ID()) && last.InTopic("#go", first.cfg.Host.ID())
	})
	said := envelope(last, "#go", 1)
	last.Do(chat.Publish{Envelope: said})
	received(t, first, said)
}

// A member to sync with may not be connected.
func TestSyncReachesItsPeer(t *testing.T) {
	a, middle, b := sparse(t), sparse(t), sparse(t)
	hosttest.Connect(t, a.cfg.Host, middle.cfg.Host)
	hosttest.Connect(t, b.cfg.Host, middle.cfg.Host)
	hosttest.Eventually(t, "all are known to Kademlia", func() bool { return a.kad.Size() == 1 && middle.kad.Size() == 2 && b.kad.Size() == 1 })
	a.Do(chat.Sync{With: text(b.cfg.Host.ID()), Deltas: []chat.Delta{{Conversation: "#go"}}})
	asked := next[chat.SyncRequested](t, b)
	if asked.From != text(a.cfg.Host.ID()) || len(asked.Deltas) != 1 || asked.Deltas[0].Conversation != "#go" {
		t.Errorf("asked %+v", asked)
	}
	b.Do(chat.AnswerSync{Ticket: asked.Ticket, Deltas: asked.Deltas})
	if ev := next[chat.SyncDone](t, a); ev.Err != "" {
		t.Errorf("sync: %+v", ev)
	}
}

// Who names a member may not know where it is.
func TestMeetWhoHasNoAddress(t *testing.T) {
	a, middle, b := sparse(t), sparse(t), sparse(t)
	hosttest.Connect(t, a.cfg.Host, middle.cfg.Host)
	hosttest.Connect(t, b.cfg.Host, middle.cfg.Host)
	hosttest.Eventually(t, "all are known to Kademlia", func() bool { return a.kad.Size() == 1 && middle.kad.Size() == 2 && b.kad.Size() == 1 })
	if err := a.meet(t.Context(), peer.AddrInfo{ID: b.cfg.Host.ID()}); err != nil {
		t.Fatal(err)
	}
	if c := a.cfg.Host.Network().Connectedness(b.cfg.Host.ID()); c != network.Connected {
		t.Errorf("they are %s", c)
	}
	if err := a.meet(t.Context(), peer.AddrInfo{ID: test.RandPeerIDFatal(t)}); err == nil {
		t.Error("met nobody")
	}
}

// Nobody but the members of a network's shards is remembered in its Kademlia.
func TestShardsAreTheOnlyKeys(t *testing.T) {
	accept := shards("test")
	for n := range wire.Shards {
		if !accept(string(wire.Rendezvous(wire.ShardTopic("test", n)))) {
			t.Errorf("shard %d is not accepted", n)
		}
	}
	for _, topic := range []string{"", "#go", wire.Topic("test", chat.Lobby), wire.ShardTopic("test", wire.Shards), wire.ShardTopic("other", 0)} {
		if accept(string(wire.Rendezvous(topic))) || accept(topic) {
			t.Errorf("%q is accepted", topic)
		}
	}
}

// Close ends what waits about topics, whether or not somebody reads the events.
func TestCloseEndsTopics(t *testing.T) {
	b := whole(t)
	for i := range 1000 {
		c := chat.Conversation(fmt.Sprintf("#%d", i))
		b.Do(chat.Subscribe{Conversation: c})
		b.Do(chat.Publish{Envelope: envelope(b, c, 1)})
		b.Do(chat.Publish{Envelope: envelope(b, c, 2)})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	closed := make(chan struct{})
	go func() { // ends with Close
		b.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-ctx.Done():
		t.Fatal("not closed within 5 s")
	}
}

// BenchmarkPublish is from the effect to its outcome: a channel's must not take
// longer than the lobby's.
func BenchmarkPublish(b *testing.B) {
	for _, c := range []chat.Conversation{chat.Lobby, "#go"} {
		b.Run(string(c), func(b *testing.B) {
			n := whole(b)
			n.Do(chat.Subscribe{Conversation: c})
			for i := uint64(1); b.Loop(); i++ {
				b.StopTimer()
				e := envelope(n, c, i)
				b.StartTimer()
				n.Do(chat.Publish{Envelope: e})
				next[chat.Published](b, n)
			}
		})
	}
}
