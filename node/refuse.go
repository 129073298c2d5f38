package node

import (
	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"tincan/behaviour/chat"
)

// refuses tells whether this node has nothing to do with a peer: anybody can be
// a demo peer, so that a node with a key of its own does not talk to any. The
// first question costs deriving all of their ids, some 50 ms, and therefore comes
// with the first connection and not when the node starts.
func (p *plan) refuses(id peer.ID) bool {
	return p.PeerNo == 0 && p.numbers.of(chat.PeerID(id.String())) != 0
}

// refusal holds the connections of a host against refuses, as soon as it is
// certain who is at the other end.
type refusal struct{ plan *plan }

var _ connmgr.ConnectionGater = refusal{}

func (r refusal) InterceptSecured(_ network.Direction, id peer.ID, _ network.ConnMultiaddrs) bool {
	return !r.plan.refuses(id)
}

func (refusal) InterceptPeerDial(peer.ID) bool               { return true }
func (refusal) InterceptAddrDial(peer.ID, ma.Multiaddr) bool { return true }
func (refusal) InterceptAccept(network.ConnMultiaddrs) bool  { return true }

func (refusal) InterceptUpgraded(network.Conn) (bool, control.DisconnectReason) { return true, 0 }
