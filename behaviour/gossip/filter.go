package gossip

import (
	"sync"
	"unicode"
	"unicode/utf8"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

// A filter bounds what peers can make pubsub remember about their topics, in
// total and not only per RPC.
type filter struct {
	host  host.Host
	trace *tracer

	mu   sync.Mutex // guards what follows
	subs map[peer.ID]map[string]struct{}
	ours map[string]struct{} // the topics that this node is in
}

func newFilter(h host.Host, t *tracer) *filter {
	return &filter{host: h, trace: t, subs: make(map[peer.ID]map[string]struct{}), ours: make(map[string]struct{})}
}

// plain says that a topic's name is one that nodes of ours might have.
func plain(topic string) bool {
	if topic == "" || len(topic) > MaxTopic || !utf8.ValidString(topic) {
		return false
	}
	for _, r := range topic {
		if unicode.IsControl(r) {
			return false
		}
	}
	return true
}

// CanSubscribe is asked by pubsub before this node joins a topic.
func (f *filter) CanSubscribe(topic string) bool { return plain(topic) }

// FilterIncomingSubscriptions is called in pubsub's loop, for one RPC at a time.
func (f *filter) FilterIncomingSubscriptions(from peer.ID, subs []*pb.RPC_SubOpts) ([]*pb.RPC_SubOpts, error) {
	if len(subs) > maxSubscriptions {
		f.trace.subscriptions.Add(1)
		return nil, pubsub.ErrTooManySubscriptions
	}
	subs = pubsub.FilterSubscriptions(subs, func(topic string) bool {
		if plain(topic) {
			return true
		}
		f.trace.subscriptions.Add(1)
		return false
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	has, ok := f.subs[from]
	if !ok && !f.room() {
		f.trace.subscriptions.Add(uint64(len(subs)))
		return nil, nil
	}
	if has == nil {
		has = make(map[string]struct{})
	}
	taken := subs[:0]
	for _, s := range subs {
		topic := s.GetTopicid()
		_, known := has[topic]
		switch {
		case !s.GetSubscribe():
			delete(has, topic)
		case known:
		case len(has) >= MaxTopics:
			f.trace.subscriptions.Add(1)
			continue
		default:
			has[topic] = struct{}{}
			if _, ok := f.ours[topic]; ok {
				f.trace.notes.put(notice{topic: topic, peer: from, met: true})
			}
		}
		taken = append(taken, s)
	}
	// A peer that has gone in the meantime was forgotten already.
	if len(has) > 0 && f.host.Network().Connectedness(from) != network.NotConnected {
		f.subs[from] = has
	} else {
		delete(f.subs, from)
	}
	return taken, nil
}

// enter notes that this node is in a topic, leave that it is not any more. They are
// called with the lock of [Gossip] held, for which pubsub's loop never waits.
func (f *filter) enter(topic string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ours[topic] = struct{}{}
}

func (f *filter) leave(topic string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.ours, topic)
}

// room says that one more peer may be remembered. f.mu is held.
func (f *filter) room() bool {
	if len(f.subs) < maxSubscribers {
		return true
	}
	for p := range f.subs {
		if f.host.Network().Connectedness(p) == network.NotConnected {
			delete(f.subs, p)
		}
	}
	return len(f.subs) < maxSubscribers
}

// forget frees the places of a peer that has gone.
func (f *filter) forget(p peer.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.subs, p)
}

// count is how many subscriptions of a peer are remembered.
func (f *filter) count(p peer.ID) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.subs[p])
}
