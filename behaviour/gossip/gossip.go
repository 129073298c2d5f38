// Package gossip floods signed envelopes through topics, over gossipsub.
//
//	Publish ──▶ peers in the topic ──▶ Validate (parallel) ──▶ Received (one goroutine)
//	                                        └──▶ the next peers
//
// It is the fast way and not the sure one: queues overflow, meshes have holes.
// What is lost is counted, and Lost says where, for somebody else to repair.
//
// Messages carry no signature, author or number of pubsub's own (StrictNoSign):
// what is in them is signed already. A message's id is the SHA-256 of its data,
// so a copy is known by its content, whoever sends it.
package gossip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

// Errors that callers decide on.
var (
	ErrClosed    = errors.New("gossip is closed")
	ErrNotJoined = errors.New("topic is not joined")
	ErrSize      = errors.New("message is empty or too large")
	ErrTopic     = errors.New("topic name is empty, too long or has control characters")
	ErrTooMany   = errors.New("too many topics")
)

// A Verdict is what Validate thinks of a message.
type Verdict int

const (
	Accept Verdict = iota // deliver it and pass it on
	Ignore                // drop it
	Reject                // drop it, and hold it against the peer it came from
)

// Config says what to do with messages. All functions are required.
type Config struct {
	// MaxMessage is the largest message in bytes; it must be the same on all nodes.
	MaxMessage int

	// Log gets what pubsub has to say.
	Log *slog.Logger

	// Sparse keeps to the connections that there are: no addresses are taken from
	// peers, nor given to them.
	Sparse bool

	// Validate looks at a message from others, once for all its copies, and may
	// return what it has made of data. Called from several goroutines. from is the
	// peer that passed it on, not its author. data may be kept, but never changed:
	// it is what is sent on. A panic counts as Ignore.
	Validate func(from peer.ID, topic string, data []byte) (value any, v Verdict)

	// Received gets the value of every accepted message, in the order in which
	// pubsub delivered them. Called from one goroutine for all topics. It may
	// block: then messages wait, up to the bounds in limits.go.
	Received func(topic string, from peer.ID, value any)

	// Met says that p, which has just come or entered, is in a topic that this node
	// is in. A mesh may be full without it: then it is grafted late or never.
	Met func(topic string, p peer.ID)

	// Grafted says that p passes on the messages of topic from now on: a good time
	// to ask it for what came before. Called from one goroutine, shared with Met and
	// Lost. Repetitions that come in quick succession are one.
	Grafted func(topic string, p peer.ID)

	// Lost says that something to or from p was dropped because a queue was full;
	// p is empty if it was this node's own queue. Repetitions are one.
	Lost func(p peer.ID)
}

// Gossip is a node's part in the gossip. Its methods are safe from any goroutine.
type Gossip struct {
	c      Config
	host   host.Host
	ps     *pubsub.PubSub
	cancel context.CancelFunc
	trace  *tracer
	filter *filter
	inbox  *inbox
	notes  *notices
	unhook func()
	own    sync.WaitGroup // the goroutines of inbox and notes

	mu     sync.RWMutex // guards what follows
	closed bool
	topics map[string]*joined
}

type joined struct {
	topic *pubsub.Topic
	sub   *pubsub.Subscription
}

// New starts gossip on h; ctx or Close ends it. Close it in any case, before h.
func New(ctx context.Context, h host.Host, c Config) (*Gossip, error) {
	ctx, cancel := context.WithCancel(ctx)
	g := &Gossip{
		c:      c,
		host:   h,
		cancel: cancel,
		notes:  newNotices(),
		topics: make(map[string]*joined),
	}
	g.trace = &tracer{notes: g.notes}
	g.inbox = newInbox(g.trace)
	g.filter = newFilter(h, g.trace)
	ps, err := pubsub.NewGossipSub(ctx, h, g.options()...)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start gossipsub: %w", err)
	}
	g.ps = ps
	bundle := &network.NotifyBundle{DisconnectedF: func(n network.Network, conn network.Conn) {
		if p := conn.RemotePeer(); n.Connectedness(p) == network.NotConnected {
			g.filter.forget(p)
		}
	}}
	h.Network().Notify(bundle)
	g.unhook = func() { h.Network().StopNotify(bundle) }
	g.own.Go(func() { g.inbox.run(ctx, c.Received) }) // ended by ctx, so by Close
	g.own.Go(func() { g.notes.run(ctx, &g.c) })       // likewise
	return g, nil
}

// validate is called by pubsub's workers for messages from others, and on
// Publish's goroutine for own ones.
func (g *Gossip) validate(_ context.Context, from peer.ID, m *pubsub.Message) (result pubsub.ValidationResult) {
	if from == g.host.ID() {
		return pubsub.ValidationAccept
	}
	defer func() {
		if r := recover(); r != nil {
			g.trace.panics.Add(1)
			log.Debug("validator panicked", "peer", from, "panic", r)
			result = pubsub.ValidationIgnore
		}
	}()
	if n := len(m.Data); n == 0 || n > g.c.MaxMessage {
		return pubsub.ValidationReject
	}
	value, v := g.c.Validate(from, m.GetTopic(), m.Data)
	switch v {
	case Accept:
		m.ValidatorData = value
		return pubsub.ValidationAccept
	case Reject:
		return pubsub.ValidationReject
	}
	return pubsub.ValidationIgnore
}

// Join makes this node a part of a topic. Joining twice is joining once.
func (g *Gossip) Join(topic string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
		return fmt.Errorf("join %q: %w", topic, ErrClosed)
	case g.topics[topic] != nil:
		return nil
	case !plain(topic):
		return fmt.Errorf("join %q: %w", topic, ErrTopic)
	case len(g.topics) >= MaxTopics:
		return fmt.Errorf("join %q: %w: at most %d", topic, ErrTooMany, MaxTopics)
	}
	t, err := g.ps.Join(topic)
	if err != nil {
		return fmt.Errorf("join %q: %w", topic, err)
	}
	if err := t.SetScoreParams(topicScore()); err != nil {
		t.Close()
		return fmt.Errorf("join %q: %w", topic, err)
	}
	// The filter is the reader: it moves messages to the one inbox of all topics,
	// so that a topic costs neither a goroutine nor a queue.
	sub, err := t.Subscribe(pubsub.WithBufferSize(0), pubsub.WithMessageFilter(g.deliver))
	if err != nil {
		t.Close()
		return fmt.Errorf("subscribe to %q: %w", topic, err)
	}
	g.topics[topic] = &joined{t, sub}
	g.filter.enter(topic)
	return nil
}

// deliver runs in pubsub's loop and must not block.
func (g *Gossip) deliver(m *pubsub.Message) bool {
	if m.ReceivedFrom != g.host.ID() {
		g.inbox.put(m)
	}
	return false
}

// Publish sends data to the peers in a joined topic and says how many they are
// at that time; whether they get it, nobody knows. data must not be changed
// afterwards. The same data again within two minutes is not sent. It may wait
// for pubsub's loop, not for the network.
func (g *Gossip) Publish(ctx context.Context, topic string, data []byte) (peers int, err error) {
	if len(data) == 0 || len(data) > g.c.MaxMessage {
		return 0, fmt.Errorf("publish in %q: %w: %d bytes of at most %d", topic, ErrSize, len(data), g.c.MaxMessage)
	}
	t, err := g.joined(topic)
	if err != nil {
		return 0, fmt.Errorf("publish in %q: %w", topic, err)
	}
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("publish in %q: %w", topic, err)
	}
	peers = len(t.topic.ListPeers())
	if err := t.topic.Publish(ctx, data); err != nil {
		return 0, fmt.Errorf("publish in %q: %w", topic, err)
	}
	return peers, nil
}

// Peers lists the connected peers in a topic, in no order; nil if it is not joined.
func (g *Gossip) Peers(topic string) []peer.ID {
	t, err := g.joined(topic)
	if err != nil {
		return nil
	}
	return t.topic.ListPeers()
}

func (g *Gossip) joined(topic string) (*joined, error) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		return nil, ErrClosed
	}
	if t := g.topics[topic]; t != nil {
		return t, nil
	}
	return nil, ErrNotJoined
}

// Leave ends this node's part in a topic, if it has one. What is waiting for
// Received is still delivered.
func (g *Gossip) Leave(topic string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leave(topic)
}

// leave is Leave with g.mu held.
func (g *Gossip) leave(topic string) {
	t := g.topics[topic]
	if t == nil {
		return
	}
	delete(g.topics, topic)
	g.filter.leave(topic)
	t.sub.Cancel()
	if err := t.topic.Close(); err != nil {
		log.Debug("close topic", "topic", topic, "error", err)
	}
}

// Counters is what happened since New; see tracer for the names.
func (g *Gossip) Counters() map[string]uint64 { return g.trace.counters() }

// Close leaves all topics and ends gossip. It returns when Received, Met, Grafted and
// Lost have returned and will not be called again; it must not be called from
// them. What is waiting is dropped. pubsub's own goroutines end at once after
// it, those that read from peers with their connections.
func (g *Gossip) Close() {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return
	}
	g.closed = true
	for _, topic := range slices.Collect(maps.Keys(g.topics)) {
		g.leave(topic)
	}
	g.mu.Unlock()
	for _, id := range pubsub.GossipSubDefaultProtocols {
		g.host.RemoveStreamHandler(id)
	}
	g.unhook()
	g.cancel()
	g.own.Wait()
}
