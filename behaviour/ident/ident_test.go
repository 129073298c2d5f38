package ident

import (
	"crypto/rand"
	"slices"
	"sync"
	"testing"
	"time"

	"tincan/behaviour/internal/hosttest"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ours = "/test/ident/1"

var (
	tcp  = libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0")
	quic = libp2p.ListenAddrStrings("/ip4/127.0.0.1/udp/0/quic-v1")
)

func speaker(t testing.TB, options ...libp2p.Option) host.Host {
	h := hosttest.New(t, options...)
	h.SetStreamHandler(ours, func(s network.Stream) { s.Reset() })
	return h
}

// A diary is what was told of each peer, "+" for Came and "-" for Left.
type diary struct {
	mu  sync.Mutex // guards all
	all map[peer.ID]string
}

func (d *diary) add(p peer.ID, what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all == nil {
		d.all = make(map[peer.ID]string)
	}
	d.all[p] += what
}

func (d *diary) of(p peer.ID) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.all[p]
}

func watch(t testing.TB, h host.Host, old time.Duration) *diary {
	t.Helper()
	d := &diary{}
	i, err := start(h, Config{
		Speaks: func(all []protocol.ID) bool { return slices.Contains(all, ours) },
		Came:   func(p peer.ID) { d.add(p, "+") },
		Left:   func(p peer.ID) { d.add(p, "-") },
	}, old)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Close)
	return d
}

func TestComeAndGo(t *testing.T) {
	h := hosttest.New(t)
	early, late, stranger := speaker(t), speaker(t), hosttest.New(t)
	hosttest.Connect(t, early, h)
	d := watch(t, h, oldConn)
	hosttest.Connect(t, late, h)
	hosttest.Connect(t, stranger, h)
	hosttest.Eventually(t, "both came", func() bool { return d.of(early.ID()) == "+" && d.of(late.ID()) == "+" })
	late.Close()
	hosttest.Eventually(t, "one left", func() bool { return d.of(late.ID()) == "+-" })
	stranger.SetStreamHandler(ours, func(s network.Stream) { s.Reset() })
	hosttest.Eventually(t, "the stranger learnt our protocol", func() bool { return d.of(stranger.ID()) == "+" })
	stranger.RemoveStreamHandler(ours)
	hosttest.Eventually(t, "and unlearnt it", func() bool { return d.of(stranger.ID()) == "+-" })
	stranger.Close()
	h.Network().ClosePeer(early.ID())
	hosttest.Eventually(t, "the other left", func() bool { return d.of(early.ID()) == "+-" })
	if s := d.of(stranger.ID()); s != "+-" {
		t.Errorf("of the stranger was told %q, want %q", s, "+-")
	}
}

func TestOneOfTwoConnectionsIsNoParting(t *testing.T) {
	h := hosttest.New(t)
	d := watch(t, h, oldConn)
	id := key(t)
	one, two := speaker(t, id), speaker(t, id)
	hosttest.Connect(t, one, h)
	hosttest.Connect(t, two, h)
	hosttest.Eventually(t, "came", func() bool { return d.of(one.ID()) == "+" && len(h.Network().ConnsToPeer(one.ID())) == 2 })
	one.Close()
	hosttest.Eventually(t, "one connection is gone", func() bool { return len(h.Network().ConnsToPeer(one.ID())) == 1 })
	if s := d.of(one.ID()); s != "+" {
		t.Errorf("told %q, want %q", s, "+")
	}
	two.Close()
	hosttest.Eventually(t, "left", func() bool { return d.of(one.ID()) == "+-" })
}

func TestOneWhoFlaps(t *testing.T) {
	h := hosttest.New(t)
	d := watch(t, h, oldConn)
	p, good := speaker(t), speaker(t)
	for range 200 {
		hosttest.Connect(t, p, h)
		p.Network().ClosePeer(h.ID())
		hosttest.Eventually(t, "disconnected", func() bool { return h.Network().Connectedness(p.ID()) == network.NotConnected })
	}
	hosttest.Connect(t, good, h)
	hosttest.Eventually(t, "a good peer came", func() bool { return d.of(good.ID()) == "+" })
	hosttest.Eventually(t, "all told", func() bool { s := d.of(p.ID()); return len(s)%2 == 0 })
	s := d.of(p.ID())
	for n := range s {
		if s[n] != "+-"[n%2] {
			t.Fatalf("told %q, not by turns", s)
		}
	}
}

func TestASlowListenerDoesNotHoldLibp2pUp(t *testing.T) {
	h := hosttest.New(t)
	release, first := make(chan struct{}), make(chan struct{}, 1000)
	i, err := New(h, Config{
		Speaks: func(all []protocol.ID) bool { return slices.Contains(all, ours) },
		Came:   func(peer.ID) { first <- struct{}{}; <-release },
		Left:   func(peer.ID) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	defer close(release)
	p := speaker(t)
	hosttest.Connect(t, p, h)
	<-first
	q := speaker(t)
	for range eventBuffer { // three events each
		hosttest.Connect(t, q, h)
		q.Network().ClosePeer(h.ID())
		hosttest.Eventually(t, "disconnected", func() bool { return h.Network().Connectedness(q.ID()) == network.NotConnected })
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.news) > 2 {
		t.Errorf("news of %d peers are waiting", len(i.news))
	}
}

func key(t testing.TB) libp2p.Option {
	t.Helper()
	k, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return libp2p.Identity(k)
}

func TestKilledAndReplaced(t *testing.T) {
	for name, listen := range map[string]libp2p.Option{"quic": quic, "tcp": tcp} {
		t.Run(name, func(t *testing.T) {
			h := hosttest.New(t, listen)
			const old = 50 * time.Millisecond
			d := watch(t, h, old)
			id := key(t)
			killed := speaker(t, listen, id) // and it never closes its connection
			hosttest.Connect(t, killed, h)
			hosttest.Eventually(t, "it is old", func() bool {
				conns := h.Network().ConnsToPeer(killed.ID())
				return len(conns) == 1 && time.Since(conns[0].Stat().Opened) > old && d.of(killed.ID()) == "+"
			})
			before := h.Network().ConnsToPeer(killed.ID())[0]
			again := speaker(t, listen, id)
			hosttest.Connect(t, again, h)
			hosttest.Eventually(t, "only the new connection is left", func() bool {
				conns := h.Network().ConnsToPeer(again.ID())
				return len(conns) == 1 && conns[0] != before && before.IsClosed()
			})
			if _, err := h.NewStream(t.Context(), again.ID(), ours); err != nil {
				t.Errorf("the new connection does not work: %v", err)
			}
			if s := d.of(again.ID()); s != "+" {
				t.Errorf("told %q, want %q: it was connected all the time", s, "+")
			}
		})
	}
}

func TestTwoDialsAtOnceBothStay(t *testing.T) {
	h := hosttest.New(t, quic)
	watch(t, h, oldConn)
	id := key(t)
	one, two := speaker(t, quic, id), speaker(t, quic, id)
	hosttest.Connect(t, one, h)
	hosttest.Connect(t, two, h)
	hosttest.Eventually(t, "both are here", func() bool { return len(h.Network().ConnsToPeer(one.ID())) == 2 })
	for _, c := range h.Network().ConnsToPeer(one.ID()) {
		if c.IsClosed() {
			t.Error("one of the two was closed")
		}
	}
}
