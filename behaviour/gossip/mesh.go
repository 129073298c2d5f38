package gossip

import (
	"sync"

	"github.com/libp2p/go-libp2p/core/peer"
)

// A mesh knows who passes on the messages of which topic, as pubsub tells it: at
// most degreeHigh and those who came meanwhile in each of MaxTopics topics.
type mesh struct {
	mu sync.Mutex // guards in
	in map[string]map[peer.ID]struct{}
}

func (m *mesh) graft(p peer.ID, topic string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.in == nil {
		m.in = make(map[string]map[peer.ID]struct{})
	}
	if m.in[topic] == nil {
		m.in[topic] = make(map[peer.ID]struct{})
	}
	m.in[topic][p] = struct{}{}
}

func (m *mesh) prune(p peer.ID, topic string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.in[topic], p)
	if len(m.in[topic]) == 0 {
		delete(m.in, topic)
	}
}

// gone takes a peer out of all topics: of one that has left pubsub prunes nothing.
func (m *mesh) gone(p peer.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for topic, peers := range m.in {
		if delete(peers, p); len(peers) == 0 {
			delete(m.in, topic)
		}
	}
}

// Mesh lists the peers with whom this node passes on the messages of a topic, in no
// order; none if it is not joined.
func (g *Gossip) Mesh(topic string) (peers []peer.ID) {
	m := &g.trace.mesh
	m.mu.Lock()
	defer m.mu.Unlock()
	for p := range m.in[topic] {
		peers = append(peers, p)
	}
	return peers
}
