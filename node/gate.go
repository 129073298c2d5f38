package node

import (
	"sync"

	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// maxShut bounds the peers that are kept out: the user names each of them. At
// the bound one of the others may come back.
const maxShut = 256

// gate keeps peers out that the user has disconnected from, who would come back
// by themselves at once, as whoever loses a neighbour does; and those whom this
// node refuses, as soon as it is certain who is at the other end.
type gate struct {
	refuses func(peer.ID) bool

	mu  sync.Mutex // guards out
	out map[peer.ID]bool
}

var _ connmgr.ConnectionGater = (*gate)(nil)

func newGate(refuses func(peer.ID) bool) *gate {
	return &gate{refuses: refuses, out: make(map[peer.ID]bool)}
}

// shut keeps a peer out until open.
func (g *gate) shut(id peer.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for other := range g.out {
		if len(g.out) < maxShut {
			break
		}
		delete(g.out, other)
	}
	g.out[id] = true
}

func (g *gate) open(id peer.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.out, id)
}

func (g *gate) lets(id peer.ID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.out[id]
}

// The rest is what libp2p asks at each step of a connection.

func (g *gate) InterceptPeerDial(id peer.ID) bool { return g.lets(id) }

func (g *gate) InterceptSecured(_ network.Direction, id peer.ID, _ network.ConnMultiaddrs) bool {
	return g.lets(id) && !g.refuses(id)
}

func (g *gate) InterceptAddrDial(peer.ID, ma.Multiaddr) bool { return true }
func (g *gate) InterceptAccept(network.ConnMultiaddrs) bool  { return true }

func (g *gate) InterceptUpgraded(network.Conn) (bool, control.DisconnectReason) { return true, 0 }
