package ident

import (
	"time"

	"github.com/libp2p/go-libp2p/core/network"
)

// oldConn is the age from which a connection can be one that its peer has left
// behind. Younger ones may be the other half of two dials at the same time, of
// which each side would close the wrong one.
const oldConn = 2 * time.Second

// replaceOld closes the older one of two connections that a peer has opened to
// us. The function returned ends it.
//
// A peer that is killed and started again at once with the same key dials us
// while we still hold its dead connection, over QUIC for 30 s. When that one
// expires at last, pubsub forgets the peer's topics (handleDeadPeers), which the
// peer, being connected, never tells again: each waits for the other. Closing
// the dead connection when the new one comes makes pubsub forget first and be
// told after. Over TCP the same happens, only faster.
//
// A peer that is alive loses a connection that it has replaced itself.
func (i *Ident) replaceOld(age time.Duration) (stop func()) {
	bundle := &network.NotifyBundle{ConnectedF: func(n network.Network, fresh network.Conn) {
		if fresh.Stat().Direction != network.DirInbound {
			return
		}
		for _, c := range n.ConnsToPeer(fresh.RemotePeer()) {
			s := c.Stat()
			// A direct connection next to a relayed one replaces nothing.
			same := s.Direction == network.DirInbound && s.Limited == fresh.Stat().Limited
			if c != fresh && same && time.Since(s.Opened) >= age {
				// Not here: the swarm waits for us. Close of a connection returns
				// by itself.
				i.work.Go(func() { c.Close() })
			}
		}
	}}
	i.host.Network().Notify(bundle)
	return func() { i.host.Network().StopNotify(bundle) }
}
