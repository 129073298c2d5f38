package behaviour

import (
	"context"
	"slices"
	"sync"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour/chat"
	"tincan/behaviour/rendezvous"
	"tincan/behaviour/wire"
)

// topics keeps the conversations that this node is in beside the lobby, and what
// is to be done about them: one after the other, in the order of the effects,
// so that a message follows its Subscribe and precedes its Unsubscribe.
type topics struct {
	wake chan struct{} // one token: there may be something waiting

	mu      sync.RWMutex // guards what follows
	waiting []chat.Effect
	in      map[chat.Conversation]string // and its topic
	uses    map[string]int               // how many of in share a topic that is joined
	linked  map[peer.ID]struct{}
	met     map[peer.ID]map[string]bool // in which topics
}

func newTopics() *topics {
	return &topics{
		wake:   make(chan struct{}, 1),
		in:     make(map[chat.Conversation]string),
		uses:   make(map[string]int),
		linked: make(map[peer.ID]struct{}),
		met:    make(map[peer.ID]map[string]bool),
	}
}

// put queues an effect. The core bounds how many wait: it is in so many
// conversations, and publishes in each once at a time.
func (t *topics) put(e chat.Effect) {
	t.mu.Lock()
	t.waiting = append(t.waiting, e)
	t.mu.Unlock()
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// take returns what waits.
func (t *topics) take() []chat.Effect {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.waiting
	t.waiting = nil
	return now
}

// enter notes that the node is in c, and says whether that makes it enter the topic.
func (t *topics) enter(c chat.Conversation, topic string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.in[c]; ok {
		return false
	}
	t.in[c] = topic
	t.uses[topic]++
	return t.uses[topic] == 1
}

// leave is the inverse of enter.
func (t *topics) leave(c chat.Conversation, topic string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.in[c]; !ok {
		return false
	}
	delete(t.in, c)
	t.uses[topic]--
	if t.uses[topic] > 0 {
		return false
	}
	delete(t.uses, topic)
	return true
}

// wants says whether what is said in c, or of the presence in it, is for this
// node: a shard brings other channels too.
func (t *topics) wants(c chat.Conversation) bool {
	if of, ok := c.OfPresence(); ok {
		c = of
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	_, ok := t.in[c]
	return ok || c == chat.Lobby
}

// link notes that a peer's link is to be reported, and says whether that is new.
func (t *topics) link(id peer.ID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.linked[id]
	t.linked[id] = struct{}{}
	return !ok
}

func (t *topics) unlink(id peer.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.linked, id)
}

// meet notes that a peer is to be reported as one met in a topic, and says whether
// it is the first.
func (t *topics) meet(topic string, id peer.ID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	all, waits := t.met[id]
	if !waits {
		all = make(map[string]bool)
		t.met[id] = all
	}
	all[topic] = true
	return !waits
}

// metIn returns the conversations of the topics in which a peer was met since the
// first of them.
func (t *topics) metIn(id peer.ID) (in []chat.Conversation) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for c, topic := range t.in {
		if t.met[id][topic] {
			in = append(in, c)
		}
	}
	delete(t.met, id)
	slices.Sort(in)
	return in
}

func (b *Behaviour) topic(c chat.Conversation) string { return wire.Topic(b.cfg.Network, c) }

// carry gossips an envelope: the lobby's at once, others after what was asked
// before about topics.
func (b *Behaviour) carry(e chat.Publish) {
	if b.topic(e.Envelope.Conversation) == b.lobby {
		b.start(func() { b.publish(e) })
		return
	}
	b.topics.put(e)
}

// runTopics does what waits, until b.ctx ends.
func (b *Behaviour) runTopics() {
	for {
		select {
		case <-b.ctx.Done():
			return
		case <-b.topics.wake:
		}
		for _, e := range b.topics.take() {
			if b.ctx.Err() != nil {
				return
			}
			switch e := e.(type) {
			case chat.Subscribe:
				b.subscribe(e.Conversation)
			case chat.Unsubscribe:
				b.unsubscribe(e.Conversation)
			case chat.Publish:
				b.publish(e)
			}
		}
	}
}

func (b *Behaviour) subscribe(c chat.Conversation) {
	topic := b.topic(c)
	if topic == b.lobby || !b.topics.enter(c, topic) {
		return
	}
	if err := b.gossip.Join(topic); err != nil { // not shared, or the node ends
		b.topics.leave(c, topic)
		b.counts.add("topics that could not be joined")
		b.cfg.Log.Warn("join the topic of a conversation", "conversation", c, "error", err)
		return
	}
	b.rendezvous.Enter(topic)
}

func (b *Behaviour) unsubscribe(c chat.Conversation) {
	if topic := b.topic(c); b.topics.leave(c, topic) {
		b.rendezvous.Leave(topic)
		b.gossip.Leave(topic)
	}
}

// linkedInTopic reports a link with a peer, once for all topics in which it
// forms at a time.
func (b *Behaviour) linkedInTopic(id peer.ID) {
	if !b.topics.link(id) {
		return
	}
	b.start(func() { // ends with b.ctx
		if pause(b.ctx, linkPause) {
			b.topics.unlink(id)
			b.report(chat.LinkFormed{Peer: text(id)})
		}
	})
}

// metInTopic reports a peer that is in the topic of some of this node's channels,
// once for all topics of which it tells at a time.
func (b *Behaviour) metInTopic(topic string, id peer.ID) {
	if !b.topics.meet(topic, id) {
		return
	}
	b.start(func() { // ends with b.ctx
		if !pause(b.ctx, linkPause) {
			return
		}
		if in := b.topics.metIn(id); len(in) > 0 {
			b.report(chat.PeerMet{Peer: text(id), In: in})
		}
	})
}

// InTopic says whether a connected peer has announced that it is in the topic of
// a conversation, and this node is too. Safe from any goroutine.
func (b *Behaviour) InTopic(c chat.Conversation, id peer.ID) bool {
	return slices.Contains(b.gossip.Peers(b.topic(c)), id)
}

// meeting is how members of a shard find each other.
func (b *Behaviour) meeting() rendezvous.Config {
	return rendezvous.Config{
		Ready: func() bool { return b.kad.Size() > 0 },
		Count: func(topic string) int { return len(b.gossip.Peers(topic)) },
		Announce: func(ctx context.Context, topic string) error {
			return b.kad.Provide(ctx, wire.Rendezvous(topic))
		},
		Search: func(ctx context.Context, topic string, n int) ([]peer.AddrInfo, error) {
			return b.kad.Providers(ctx, wire.Rendezvous(topic), n)
		},
		Connected: func(p peer.ID) bool { return b.cfg.Host.Network().Connectedness(p) == network.Connected },
		Connect:   b.meet,
	}
}

// meet connects to a peer that was announced. Nobody waits for it: its back-off
// is respected.
func (b *Behaviour) meet(ctx context.Context, info peer.AddrInfo) (err error) {
	ctx, cancel := context.WithTimeout(ctx, meetTime)
	defer cancel()
	if len(info.Addrs) == 0 {
		if info, err = b.kad.Find(ctx, info.ID); err != nil {
			return err
		}
	}
	return b.cfg.Host.Connect(ctx, info)
}

// shards are the keys in Kademlia that this network agreed upon.
func shards(network string) (accept func(key string) bool) {
	keys := make(map[string]bool, wire.Shards)
	for n := range wire.Shards {
		keys[string(wire.Rendezvous(wire.ShardTopic(network, n)))] = true
	}
	return func(key string) bool { return keys[key] }
}
