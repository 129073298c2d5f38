package localnet_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"

	"tincan/behaviour/chat"
	"tincan/node"
	"tincan/node/localnet"
)

// crowd is a network in which each node has a reader.
type crowd struct {
	*localnet.Net
	subs []*node.Subscription
}

func start(t *testing.T, n int, o localnet.Options) *crowd {
	t.Helper()
	nw, err := localnet.New(context.Background(), 0, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nw.Close)
	c := &crowd{Net: nw}
	for range n {
		nd, err := nw.Add()
		if err != nil {
			t.Fatal(err)
		}
		c.subs = append(c.subs, nd.Subscribe(chat.Owner))
	}
	return c
}

func (c *crowd) do(t *testing.T, i int, in chat.Instruction) {
	t.Helper()
	if err := c.Nodes[i].Do(t.Context(), chat.Owner, "", in); err != nil {
		t.Fatal(err)
	}
}

// hears waits until node i shows a text.
func (c *crowd) hears(t *testing.T, i int, text string) time.Duration {
	t.Helper()
	began := time.Now()
	await(t, c.subs[i], fmt.Sprintf("%q at node %d", text, i), func(n chat.Notification) bool {
		m, ok := n.(chat.Shown)
		return ok && m.Text == text && !m.Mine
	})
	return time.Since(began)
}

// dm sends a direct message from one node to another and waits for it.
func (c *crowd) dm(t *testing.T, from, to int, text string) {
	t.Helper()
	c.do(t, from, chat.SendDirect{To: fmt.Sprint(to + 1), Text: text})
	t.Logf("dm %d→%d took %v", from, to, c.hears(t, to, text))
}

// eventually waits for a state that nobody announces.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	began := time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(began) > within {
			t.Fatalf("not within %v: %s", within, what)
		}
		<-tick.C
	}
	t.Logf("%s: after %v", what, time.Since(began))
}

func (c *crowd) connectedness(i, j int) network.Connectedness {
	return c.Nodes[i].Host().Network().Connectedness(c.Nodes[j].ID())
}

// relays says how many relays a node tells others of.
func (c *crowd) relays(i int) int { return len(c.Nodes[i].Host().Addrs()) }

// path is how node i sees its link to node j.
func (c *crowd) path(t *testing.T, i, j int) (path string) {
	t.Helper()
	c.do(t, i, chat.ListPeers{})
	await(t, c.subs[i], "the list of peers", func(n chat.Notification) bool {
		list, ok := n.(chat.PeerList)
		if ok {
			for _, p := range list.Peers {
				if p.Peer.No == j+1 {
					path = p.Path
				}
			}
		}
		return ok
	})
	return path
}

// Who cannot be dialled takes part like everybody else (D-16).
func TestTwoWhoOnlyDialOutTalkThroughAThird(t *testing.T) {
	c := start(t, 3, localnet.Options{NoListen: []int{1, 2}})
	began := time.Now()
	eventually(t, 5*time.Second, "both can be reached", func() bool { return c.relays(1) > 0 && c.relays(2) > 0 })
	if took := time.Since(began); took > time.Second {
		t.Errorf("reachable after %v, want 1 s at most", took)
	}
	c.do(t, 1, chat.Broadcast{Text: "to the lobby"})
	c.hears(t, 0, "to the lobby")
	c.hears(t, 2, "to the lobby")
	c.dm(t, 1, 2, "one to two")
	c.dm(t, 2, 1, "two to one")
	c.dm(t, 0, 1, "from the middle")
	if got := c.connectedness(1, 2); got != network.Limited {
		t.Errorf("connected as %v, want over a relay only", got)
	}
	if got := c.path(t, 1, 2); got != "relayed" {
		t.Errorf("the path is %q, want relayed", got)
	}
	if c.Nodes[1].InLobby(c.Nodes[2].ID()) {
		t.Error("gossip goes over the relay")
	}
}

// A node that nobody can dial is known to those it has dialled, and found by the
// others by its id.
func TestWhoOnlyDialsOutIsFoundByItsID(t *testing.T) {
	c := start(t, 5, localnet.Options{Sparse: true, Ways: [][]int{{}, {0}, {1}, {2}, {0}}, NoListen: []int{4}})
	eventually(t, 5*time.Second, "it can be reached", func() bool { return c.relays(4) > 0 })
	if got := c.connectedness(3, 4); got != network.NotConnected {
		t.Fatalf("connected as %v before there is need", got)
	}
	c.dm(t, 3, 4, "hello in there")
	c.dm(t, 4, 3, "hello out there")
	// Who can be dialled is dialled, once it has shown itself.
	eventually(t, 5*time.Second, "a direct way replaces the relay", func() bool { return c.connectedness(4, 3) == network.Connected })
	eventually(t, 5*time.Second, "gossip uses it", func() bool { return c.Nodes[4].InLobby(c.Nodes[3].ID()) })
}

func TestAnotherRelayTakesOver(t *testing.T) {
	c := start(t, 6, localnet.Options{NoListen: []int{4, 5}})
	eventually(t, 10*time.Second, "each has three relays", func() bool { return c.relays(4) == 3 && c.relays(5) == 3 })
	c.dm(t, 4, 5, "before")
	for round := range 2 {
		conns := c.Nodes[4].Host().Network().ConnsToPeer(c.Nodes[5].ID())
		if len(conns) == 0 {
			t.Fatal("there is no circuit to cut")
		}
		at := conns[0].RemoteMultiaddr().String()
		for i := range 4 {
			if id := c.Nodes[i].ID().String(); strings.Contains(at, id) {
				t.Logf("round %d: the circuit goes through node %d", round, i)
				c.do(t, i, chat.Quit{})
			}
		}
		eventually(t, 5*time.Second, "the circuit is cut", func() bool { return conns[0].IsClosed() })
		began := time.Now()
		c.dm(t, 4, 5, fmt.Sprint("after ", round))
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("arrived after %v", took)
		}
	}
	eventually(t, 5*time.Second, "the lost relays are replaced or gone", func() bool { return c.relays(4) == 2 && c.relays(5) == 2 })
}
