package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	ma "github.com/multiformats/go-multiaddr"

	crand "crypto/rand"
)

var errSelf = errors.New("that is this node itself")

// dial connects to an address that a user typed. already says that there was a
// direct connection before, which is left as it is.
func (n *Node) dial(ctx context.Context, addr string) (id peer.ID, already bool, err error) {
	info, err := parseAddr(addr)
	if err != nil {
		return "", false, err
	}
	if info.ID == "" {
		if info.ID, err = whoIsAt(ctx, n.host, info.Addrs[0]); err != nil {
			return "", false, err
		}
	}
	if info.ID == n.host.ID() {
		return "", false, errSelf
	}
	n.super.recall(info.ID)
	if n.host.Network().Connectedness(info.ID) == network.Connected {
		return info.ID, true, nil
	}
	if s, ok := n.host.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(info.ID) // a user asks now
	}
	if !isCircuit(info.Addrs[0]) {
		ctx = network.WithForceDirectDial(ctx, "connect") // even if there is a way through a relay
	}
	if err := n.host.Connect(ctx, info); err != nil {
		return "", false, err
	}
	if n.host.Network().Connectedness(info.ID) == network.NotConnected {
		return "", false, errors.New("it answers and hangs up")
	}
	return info.ID, false, nil
}

// whoIsAt asks who answers at an address: the node dials a made-up peer there, the
// handshake fails, and its error tells who it really is.
func whoIsAt(ctx context.Context, h host.Host, at ma.Multiaddr) (peer.ID, error) {
	_, public, err := crypto.GenerateEd25519Key(crand.Reader)
	if err != nil {
		return "", fmt.Errorf("make up a key: %w", err)
	}
	nobody, err := peer.IDFromPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("make up an id: %w", err)
	}
	defer h.Peerstore().RemovePeer(nobody)
	defer h.Peerstore().ClearAddrs(nobody)
	err = h.Connect(ctx, peer.AddrInfo{ID: nobody, Addrs: []ma.Multiaddr{at}})
	var all *swarm.DialError
	if errors.As(err, &all) {
		for _, one := range all.DialErrors {
			var mismatch sec.ErrPeerIDMismatch
			if errors.As(one.Cause, &mismatch) {
				return mismatch.Actual, nil
			}
			if errors.Is(one.Cause, swarm.ErrDialToSelf) {
				return "", errSelf
			}
		}
	}
	if err == nil {
		return "", errors.New("the peer there has no identity")
	}
	return "", err
}
