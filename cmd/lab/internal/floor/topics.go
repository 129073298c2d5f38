package floor

import (
	"context"
	"errors"
	"fmt"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
)

// Topics is hosts with gossipsub as it comes, which enter topics and then say
// nothing.
type Topics struct {
	hosts []host.Host
	subs  []*pubsub.PubSub
	stop  context.CancelFunc // ends the pubsub goroutines
}

// NewTopics makes hosts, each connected to each and to the one at way, if that
// is not "". Close ends them.
func NewTopics(ctx context.Context, nodes int, way string) (*Topics, error) {
	hosts, err := newHosts(ctx, nodes)
	if err != nil {
		return nil, err
	}
	life, stop := context.WithCancel(context.Background())
	t := &Topics{hosts: hosts, stop: stop}
	for i, h := range hosts {
		ps, err := pubsub.NewGossipSub(life, h)
		if err == nil && way != "" {
			err = connect(ctx, h, way)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("start gossipsub of host %d: %w", i, err), t.Close())
		}
		t.subs = append(t.subs, ps)
	}
	return t, nil
}

func connect(ctx context.Context, h host.Host, way string) error {
	to, err := peer.AddrInfoFromString(way)
	if err != nil {
		return err
	}
	return h.Connect(ctx, *to)
}

// Way is the address of the first host, with its id.
func (t *Topics) Way() string {
	return fmt.Sprintf("%s/p2p/%s", t.hosts[0].Addrs()[0], t.hosts[0].ID())
}

// Enter takes a node into a topic.
func (t *Topics) Enter(_ context.Context, node int, name string) error {
	topic, err := t.subs[node].Join(name)
	if err != nil {
		return fmt.Errorf("join topic: %w", err)
	}
	if _, err := topic.Subscribe(); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	return nil
}

// Close ends the hosts.
func (t *Topics) Close() error {
	t.stop()
	return closeHosts(t.hosts)
}
