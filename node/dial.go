package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	ma "github.com/multiformats/go-multiaddr"

	crand "crypto/rand"
)

var errSelf = errors.New("that is this node itself")

// dial connects to an address that a user typed. Without a peer id in it, the
// node dials a made-up peer there: the handshake fails, and its error tells who
// really answers.
func (n *Node) dial(ctx context.Context, addr string) (peer.ID, error) {
	m, err := ma.NewMultiaddr(addr)
	if err != nil {
		return "", fmt.Errorf("it is not a multiaddr: %w", err)
	}
	transport, id := peer.SplitAddr(m)
	if transport == nil {
		return "", errors.New("it has no network address before the peer id")
	}
	if id == "" {
		if id, err = n.whoIsAt(ctx, transport); err != nil {
			return "", err
		}
	}
	if id == n.host.ID() {
		return "", errSelf
	}
	if s, ok := n.host.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(id) // a user asks now
	}
	if err := n.host.Connect(ctx, peer.AddrInfo{ID: id, Addrs: []ma.Multiaddr{transport}}); err != nil {
		return "", err
	}
	return id, nil
}

// whoIsAt asks who answers at an address.
func (n *Node) whoIsAt(ctx context.Context, at ma.Multiaddr) (peer.ID, error) {
	_, public, err := crypto.GenerateEd25519Key(crand.Reader)
	if err != nil {
		return "", fmt.Errorf("make up a key: %w", err)
	}
	nobody, err := peer.IDFromPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("make up an id: %w", err)
	}
	defer n.host.Peerstore().ClearAddrs(nobody)
	err = n.host.Connect(ctx, peer.AddrInfo{ID: nobody, Addrs: []ma.Multiaddr{at}})
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
