// Package kad finds peers that this node is not connected to, by asking those
// that it is connected to: the Kademlia of libp2p, in a network of its own.
//
// It finds them by id, or by a key that they have provided, out of a few keys
// that are agreed upon.
//
// What it finds is a hint. Anybody can answer with addresses of his choosing;
// only a connection proves that a peer is who it is.
package kad

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	dht "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"
)

// The bounds that are ours. The library's own: 40 peers taken from one answer,
// 20 in a bucket of the routing table, 10 questions at a time, 4 MiB a message.
const (
	// lookupTime bounds a lookup: a dead peer costs a dial of 5 s, and a lookup is
	// seldom more than three peers deep. It also bounds the dials that a liar can
	// send us on.
	lookupTime = 30 * time.Second

	// lookups bounds the lookups of this node under way; more wait. Each may have
	// 10 dials under way.
	lookups = 8

	// maxAddrs bounds the addresses of a peer that are believed, or passed on.
	maxAddrs = 16
)

// Config says in which network to look.
type Config struct {
	// Prefix goes before the protocol's name: nodes of other networks are strangers.
	Prefix protocol.ID

	// Bootstrap, if set, tells whom to turn to while the routing table is empty. It
	// may be called from any goroutine, and must not block.
	Bootstrap func() []peer.AddrInfo

	// Client asks and is not asked: for a node that others cannot dial. It can be
	// found all the same, since those that it is connected to tell of it.
	Client bool

	// Refresh keeps the routing table full, which means connections to everybody
	// in a small network. Without it, only connections that exist for other
	// reasons fill it, and Closest.
	Refresh bool

	// Accept, if set, says of which keys, multihashes, it is remembered for others
	// who provides them; they should be few hundred at most. It may be called from
	// any goroutine. Without it nothing is, and Provide and Providers fail.
	Accept func(key string) bool
}

// Kad is a node's part in Kademlia. Its methods are safe from any goroutine.
type Kad struct {
	host   host.Host
	dht    *dht.IpfsDHT
	id     protocol.ID // that is answered
	ctx    context.Context
	cancel context.CancelFunc
	turns  chan struct{} // a token for each lookup under way

	closing sync.Once
	mu      sync.RWMutex // held for reading by lookups: Close waits for them
	err     error        // of Close
}

// New answers the questions of others from now on, unless it is a client, and is
// ready to ask. ctx or Close ends lookups; Close, before h is
// closed, everything.
func New(ctx context.Context, h host.Host, c Config) (*Kad, error) {
	mode := dht.ModeServer
	if c.Client {
		mode = dht.ModeClient
	}
	options := []dht.Option{
		// Not ModeAuto: without a verdict on reachability that would stay a client
		// for ever, and a network of clients finds nobody.
		dht.Mode(mode),
		dht.ProtocolPrefix(c.Prefix),
		dht.DisableValues(), // nobody's, not even our own
		dht.AddressFilter(few),
		// Peers behind a relay are looked for and not asked: the library's questions
		// wait there for a direct way, and hold up the search for that very peer.
		dht.QueryFilter(func(_ any, p peer.AddrInfo) bool { return direct(h, p) }),
		dht.RoutingTableFilter(func(_ any, p peer.ID) bool { return h.Network().Connectedness(p) != network.Limited }),
	}
	if c.Accept != nil {
		options = append(options, providing(c.Accept)...)
	} else {
		options = append(options, dht.DisableProviders())
	}
	if c.Bootstrap != nil {
		options = append(options, dht.BootstrapPeersFunc(c.Bootstrap))
	}
	if !c.Refresh {
		options = append(options, dht.DisableAutoRefresh())
	}
	d, err := dht.New(h, options...)
	if err != nil {
		return nil, fmt.Errorf("start kademlia: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	return &Kad{
		host:   h,
		dht:    d,
		id:     c.Prefix + "/kad/1.0.0",
		ctx:    ctx,
		cancel: cancel,
		turns:  make(chan struct{}, lookups),
	}, nil
}

func few(addrs []ma.Multiaddr) []ma.Multiaddr { return addrs[:min(len(addrs), maxAddrs)] }

// direct says whether a peer can be asked without a relay.
func direct(h host.Host, p peer.AddrInfo) bool {
	switch h.Network().Connectedness(p.ID) {
	case network.Connected:
		return true
	case network.Limited:
		return false
	}
	return slices.ContainsFunc(p.Addrs, func(a ma.Multiaddr) bool {
		_, err := a.ValueForProtocol(ma.P_CIRCUIT)
		return err != nil
	})
}

// Find returns the addresses of a peer: those that the host knows if it is
// connected, else what a lookup brings, which tries to connect to it on the way.
// It takes 30 s at most.
func (k *Kad) Find(ctx context.Context, p peer.ID) (peer.AddrInfo, error) {
	if c := k.host.Network().Connectedness(p); c == network.Connected || c == network.Limited {
		return k.host.Peerstore().PeerInfo(p), nil
	}
	var info peer.AddrInfo
	err := k.lookup(ctx, func(ctx context.Context) (err error) {
		info, err = k.dht.FindPeer(ctx, p)
		return err
	})
	if err != nil {
		return peer.AddrInfo{}, fmt.Errorf("find %s: %w", p, err)
	}
	return info, nil
}

// Closest looks this node itself up and so meets the peers closest to it, who
// are those that must know it for others to find it. It returns who they are,
// closest first.
func (k *Kad) Closest(ctx context.Context) ([]peer.ID, error) {
	var peers []peer.ID
	err := k.lookup(ctx, func(ctx context.Context) (err error) {
		peers, err = k.dht.GetClosestPeers(ctx, string(k.host.ID()))
		return err
	})
	if err != nil {
		return peers, fmt.Errorf("look for the closest peers: %w", err)
	}
	return peers, nil
}

// lookup runs one within the bounds.
func (k *Kad) lookup(ctx context.Context, run func(context.Context) error) error {
	k.mu.RLock()
	defer k.mu.RUnlock()
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	defer context.AfterFunc(k.ctx, cancel)()
	ctx = network.WithAllowLimitedConn(ctx, "kad") // else it waits for a direct way to peers behind a relay
	if err := k.ctx.Err(); err != nil {
		return err
	}
	select {
	case k.turns <- struct{}{}:
		defer func() { <-k.turns }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return run(ctx)
}

// Size is how many peers are in the routing table.
func (k *Kad) Size() int { return k.dht.RoutingTable().Size() }

// Close ends lookups under way, and then the rest; it returns when they have. It
// may be called more than once.
func (k *Kad) Close() error {
	k.closing.Do(func() {
		k.cancel()
		k.mu.Lock()
		defer k.mu.Unlock()
		k.host.RemoveStreamHandler(k.id)
		k.err = k.dht.Close()
	})
	return k.err
}
