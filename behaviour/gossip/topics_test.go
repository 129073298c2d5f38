package gossip

import (
	"crypto/rand"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"

	"tincan/behaviour/internal/hosttest"
)

// topicsOfANode is the lobby and all shards of channels.
const topicsOfANode = 129

func (n *node) joinAll(t testing.TB) {
	t.Helper()
	n.join(t, topic)
	for i := 1; i < topicsOfANode; i++ {
		n.join(t, fmt.Sprint("shard", i))
	}
}

// inAll says whether n knows other to be in all topics.
func (n *node) inAll(other *node) bool {
	for i := 1; i < topicsOfANode; i++ {
		if !slices.Contains(n.Peers(fmt.Sprint("shard", i)), other.host.ID()) {
			return false
		}
	}
	return slices.Contains(n.Peers(topic), other.host.ID())
}

// A node in all topics that leaves and comes back at once grafts in all of them
// while the others back off from it in all of them. That must not make it a
// shunned peer.
func TestANodeInManyTopicsComesBackAtOnce(t *testing.T) {
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stays := newNode(t, nil)
	stays.joinAll(t)
	live := func() *node {
		n := nodeOn(t, hosttest.New(t, libp2p.Identity(key)), nil)
		n.joinAll(t)
		hosttest.Connect(t, n.host, stays.host)
		hosttest.Eventually(t, "they see each other in all topics", func() bool { return n.inAll(stays) && stays.inAll(n) })
		return n
	}
	heard := func(from, to *node, text string) {
		t.Helper()
		hosttest.Eventually(t, "heard: "+text, func() bool {
			from.publish(t, fmt.Sprint(text, time.Now().UnixNano()))
			select {
			case <-to.got:
				return true
			case <-time.After(10 * time.Millisecond):
				return false
			}
		})
	}
	first := live()
	stays.grafted(t, first.host.ID())
	heard(first, stays, "in the first life")
	began := time.Now()
	for life := 2; life <= 4; life++ {
		first.Close()
		first.host.Close()
		hosttest.Eventually(t, "gone", func() bool {
			// pubsub too must have noticed, or it wipes the next life with this one:
			// what the watchdog of package behaviour is there for.
			return stays.host.Network().Connectedness(first.host.ID()) == network.NotConnected &&
				!slices.Contains(stays.Peers(topic), first.host.ID())
		})
		first = live()
		heard(first, stays, "back")
		heard(stays, first, "welcome")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("three lives took %v", took)
	}
}
