package node

import (
	"github.com/libp2p/go-libp2p/core/peer"
	"testing"

	"github.com/libp2p/go-libp2p/core/network"
)

func TestGateIsBounded(t *testing.T) {
	g, p := newGate(func(peer.ID) bool { return false }), newNumbers()
	for no := 1; no <= maxShut+10; no++ {
		id, _ := p.id(no)
		g.shut(id)
		if g.InterceptPeerDial(id) || g.InterceptSecured(network.DirInbound, id, nil) {
			t.Fatalf("peer %d, kept out last, comes in", no)
		}
	}
	if len(g.out) != maxShut {
		t.Errorf("%d peers are kept out, want %d", len(g.out), maxShut)
	}
	for id := range g.out {
		g.open(id)
		if !g.InterceptPeerDial(id) || !g.InterceptSecured(network.DirOutbound, id, nil) {
			t.Error("who is let in again does not come in")
		}
		return
	}
}
