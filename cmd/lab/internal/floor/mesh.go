package floor

import (
	"context"
	"errors"
	"fmt"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
)

// settle is how long a new mesh is left alone: three heartbeats of the default
// second, after which gossipsub has grafted what it wants.
const settle = 3 * time.Second

// Mesh is a number of hosts that broadcast by gossipsub with its default,
// strict signing, each connected to each.
type Mesh struct {
	hosts  []host.Host
	topics []*pubsub.Topic
	subs   []*pubsub.Subscription
	stop   context.CancelFunc // ends the pubsub goroutines
}

// NewMesh returns when the mesh has settled. queue is the length of the three
// queues that drop what does not fit (peer, validation, subscription); 0 leaves
// them at the default of 32. Close ends the mesh.
func NewMesh(ctx context.Context, nodes, queue int) (*Mesh, error) {
	hosts, err := newHosts(ctx, nodes)
	if err != nil {
		return nil, err
	}
	life, stop := context.WithCancel(context.Background())
	m := &Mesh{hosts: hosts, stop: stop}
	if err := m.join(life, queue); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	select {
	case <-time.After(settle):
		return m, nil
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), m.Close())
	}
}

func (m *Mesh) join(life context.Context, queue int) error {
	var options []pubsub.Option
	var subscription []pubsub.SubOpt
	if queue > 0 {
		options = append(options, pubsub.WithPeerOutboundQueueSize(queue), pubsub.WithValidateQueueSize(queue))
		subscription = append(subscription, pubsub.WithBufferSize(queue))
	}
	for i, h := range m.hosts {
		ps, err := pubsub.NewGossipSub(life, h, options...)
		if err != nil {
			return fmt.Errorf("start gossipsub of host %d: %w", i, err)
		}
		topic, err := ps.Join("floor")
		if err != nil {
			return fmt.Errorf("join topic on host %d: %w", i, err)
		}
		sub, err := topic.Subscribe(subscription...)
		if err != nil {
			return fmt.Errorf("subscribe on host %d: %w", i, err)
		}
		m.topics, m.subs = append(m.topics, topic), append(m.subs, sub)
	}
	return nil
}

// Publish broadcasts from node 0. It does not wait for anybody.
func (m *Mesh) Publish(ctx context.Context, text string) error {
	return m.topics[0].Publish(ctx, []byte(text))
}

// Next appends to heard what a node heard next, its own texts included. One
// goroutine a node may call it.
func (m *Mesh) Next(ctx context.Context, node int, heard []string) ([]string, error) {
	msg, err := m.subs[node].Next(ctx)
	if err != nil {
		return heard, err
	}
	return append(heard, string(msg.Data)), nil
}

// Refused is always 0: gossipsub takes everything and drops what does not fit.
func (m *Mesh) Refused() int { return 0 }

// Close ends the mesh.
func (m *Mesh) Close() error {
	m.stop()
	return closeHosts(m.hosts)
}
