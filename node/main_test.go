package node

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"go.uber.org/goleak"

	"tincan/behaviour/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const loopback = "/ip4/127.0.0.1/tcp/0"

// life is a node that runs, with what its owner was told so far.
type life struct {
	*Node
	sub   *Subscription
	told  []chat.Notification
	ended chan error
	end   context.CancelFunc
}

// live runs a node until the test ends or stop is called. It listens on a free
// port of loopback unless the config says where. What is to happen before it runs
// happens between New and Run.
func live(t *testing.T, c Config, before ...func(*Node)) *life {
	t.Helper()
	if len(c.Listen) == 0 {
		c.Listen = []string{loopback}
	}
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, do := range before {
		do(n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &life{Node: n, sub: n.Subscribe(chat.Owner), ended: make(chan error, 1), end: cancel}
	go func() { l.ended <- n.Run(ctx) }() // ends with stop
	t.Cleanup(l.stop)
	return l
}

// stop ends the node and waits for it. It may be called twice.
func (l *life) stop() {
	l.end()
	<-l.finished
}

// addr is where the node can be dialled, with its id.
func (l *life) addr() string {
	return fmt.Sprintf("%s/p2p/%s", l.host.Network().ListenAddresses()[0], l.ID())
}

func (l *life) do(t *testing.T, in chat.Instruction) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := l.Do(ctx, chat.Owner, "", in); err != nil {
		t.Fatalf("%T: %v", in, err)
	}
}

// await waits until the owner has been told something, before or from now on.
func (l *life) await(t *testing.T, within time.Duration, what string, ok func(chat.Notification) bool) chat.Notification {
	t.Helper()
	for _, n := range l.told {
		if ok(n) {
			return n
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	for {
		batch, err := l.sub.Next(ctx)
		if err != nil {
			t.Fatalf("wait %v for %s: %v; told so far: %+v", within, what, err, l.told)
		}
		var found chat.Notification
		for _, n := range batch {
			l.told = append(l.told, n.Notification)
			if found == nil && ok(n.Notification) {
				found = n.Notification
			}
		}
		if found != nil {
			return found
		}
	}
}

// notices are the lines that the owner was told, up to now.
func (l *life) notices() (texts []string) {
	now, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	for {
		batch, err := l.sub.Next(now)
		if err != nil {
			break
		}
		for _, n := range batch {
			l.told = append(l.told, n.Notification)
		}
	}
	for _, n := range l.told {
		if n, ok := n.(chat.Warning); ok {
			texts = append(texts, n.Text)
		}
	}
	return texts
}

// line tells a text that somebody else said.
func line(text string) func(chat.Notification) bool {
	return func(n chat.Notification) bool {
		s, ok := n.(chat.Shown)
		return ok && s.Text == text && !s.Mine
	}
}

func came(id peer.ID) func(chat.Notification) bool {
	return func(n chat.Notification) bool {
		p, ok := n.(chat.PeerCame)
		return ok && p.Peer.ID == chat.PeerID(id.String())
	}
}

// eventually waits for a state that nobody announces.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(began) > within {
			t.Fatalf("%s: not within %v", what, within)
		}
		<-tick.C
	}
	return time.Since(began)
}

func (l *life) connected(to *life) bool {
	return l.host.Network().Connectedness(to.ID()) == network.Connected
}

// meet waits until two nodes are neighbours, and each in the other's lobby.
func meet(t *testing.T, within time.Duration, a, b *life) time.Duration {
	t.Helper()
	return eventually(t, within, fmt.Sprintf("peer %d and peer %d meet", a.plan.PeerNo, b.plan.PeerNo), func() bool {
		return a.InLobby(b.ID()) && b.InLobby(a.ID())
	})
}

// freePort is a port of loopback that nobody listens on, over TCP or UDP.
func freePort(t *testing.T) int {
	t.Helper()
	for range 20 {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		u, err := net.ListenPacket("udp4", fmt.Sprintf("127.0.0.1:%d", port))
		l.Close()
		if err == nil {
			u.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

func tcpAt(port int) string  { return fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", port) }
func quicAt(port int) string { return fmt.Sprintf("/ip4/127.0.0.1/udp/%d/quic-v1", port) }

// demoAt is the address of a demo peer at a place of its own choice.
func demoAt(no int, addr string) string {
	id, err := peer.IDFromPrivateKey(DemoKey(no))
	if err != nil {
		panic(err)
	}
	return addr + "/p2p/" + id.String()
}
