package relay

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	ma "github.com/multiformats/go-multiaddr"
	"go.uber.org/goleak"

	"tincan/behaviour/internal/hosttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newHost(t *testing.T) host.Host {
	t.Helper()
	return hosttest.New(t, libp2p.EnableRelay(), libp2p.ForceReachabilityPrivate(), libp2p.DisableIdentifyAddressDiscovery())
}

func everybody(peer.ID) bool { return true }

func always(ma.Multiaddr) bool { return true }

// offering is a host that relays for those who are ours.
func offering(t *testing.T, ours func(peer.ID) bool) (host.Host, *Relay) {
	t.Helper()
	h := newHost(t)
	return h, room(t, h, Config{Offer: true, Ours: ours})
}

// seeking is a host that has to be reached through others.
func seeking(t *testing.T) (host.Host, *Relay) {
	t.Helper()
	h := newHost(t)
	r := room(t, h, Config{Needed: always, Ours: everybody})
	h.Network().Notify(&network.NotifyBundle{
		ConnectedF:    func(network.Network, network.Conn) { r.Look() },
		DisconnectedF: func(network.Network, network.Conn) { r.Look() },
	})
	return h, r
}

func room(t *testing.T, h host.Host, c Config) *Relay {
	t.Helper()
	r, err := New(h, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// link lets a dial b, and waits until both know what the other speaks.
func link(t *testing.T, a, b host.Host, r *Relay) {
	t.Helper()
	hosttest.Connect(t, a, b)
	hosttest.Eventually(t, "identified", func() bool {
		x, _ := b.Peerstore().GetProtocols(a.ID())
		return len(x) > 0
	})
	r.Look()
}

// circuits are the addresses of a host that lead through others.
func circuits(h host.Host) (addrs []ma.Multiaddr) {
	for _, a := range h.Addrs() {
		if _, err := a.ValueForProtocol(ma.P_CIRCUIT); err == nil {
			addrs = append(addrs, a)
		}
	}
	return addrs
}

// via dials a host by way of its relays.
func via(t *testing.T, from, to host.Host) error {
	t.Helper()
	from.Peerstore().ClearAddrs(to.ID())
	from.Peerstore().AddAddrs(to.ID(), circuits(to), peerstore.TempAddrTTL)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	return from.Connect(ctx, peer.AddrInfo{ID: to.ID()})
}

// only lets those in that are named later.
type only struct{ id atomic.Pointer[peer.ID] }

func (o *only) lets(id peer.ID) bool {
	p := o.id.Load()
	return p != nil && *p == id
}
