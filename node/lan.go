package node

import (
	"context"

	"github.com/libp2p/go-libp2p/core/peer"
)

// found is who deals with the nodes found on the local network; nil: nobody
// looks for them.
func (n *Node) found() func(context.Context, peer.AddrInfo) {
	if !n.plan.MDNS || local(n.host.Network().ListenAddresses()) {
		return nil
	}
	return n.visit
}

// visit dials a peer once. From then on it is a neighbour like others. A sparse
// node keeps to the links that it has.
func (n *Node) visit(ctx context.Context, p peer.AddrInfo) {
	if n.plan.Sparse && len(n.host.Network().Peers()) > 0 || n.plan.refuses(p.ID) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, chaseTime)
	defer cancel()
	if err := n.host.Connect(ctx, p); err != nil {
		n.log.Info("cannot reach a peer on the local network", "peer", p.ID, "err", err)
	}
}
