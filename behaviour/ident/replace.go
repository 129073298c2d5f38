package ident

import (
	"time"

	"github.com/libp2p/go-libp2p/core/network"
)

// oldConn is the age from which any connection can be one that its peer has left
// behind. Younger ones may be the other half of two dials at the same time, of
// which each side would close the wrong one; unless they are from the same
// socket.
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
			if c != fresh && replaces(fresh, c, age) {
				// Not here: the swarm waits for us. Close of a connection returns
				// by itself.
				i.work.Go(func() { c.Close() })
			}
		}
	}}
	i.host.Network().Notify(bundle)
	return func() { i.host.Network().StopNotify(bundle) }
}

// replaces says whether a peer that has opened fresh to us cannot have old any
// more, or if old is of that age can do without it.
func replaces(fresh, old network.Conn, age time.Duration) bool {
	s := old.Stat()
	// A direct connection next to a relayed one replaces nothing.
	if s.Direction != network.DirInbound || s.Limited != fresh.Stat().Limited {
		return false
	}
	return time.Since(s.Opened) >= age || sameSockets(fresh, old)
}

// sameSockets says whether two connections are between the same two sockets, as
// those over QUIC are of two lives of a peer that listens on one port. Nobody
// who lives dials the same address twice. A node that was killed in its first
// seconds is known by this alone; if its dead connection stayed, the first
// packet over it would be answered by a stateless reset, and pubsub would forget
// the peer after it was told of its topics.
func sameSockets(a, b network.Conn) bool {
	return !a.Stat().Limited && a.RemoteMultiaddr().Equal(b.RemoteMultiaddr()) && a.LocalMultiaddr().Equal(b.LocalMultiaddr())
}
