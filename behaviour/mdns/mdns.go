// Package mdns finds the nodes of a network on the local network, and lets them
// find this one, by multicast DNS.
//
// What it finds is a hint. Anybody on the local network can claim to be thousands
// of nodes at addresses of his choosing: few of them are believed, and only a
// connection proves that a peer is who it is.
package mdns

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	lan "github.com/libp2p/go-libp2p/p2p/discovery/mdns"
	"golang.org/x/time/rate"
)

const (
	// found and again bound the peers that are told: found at once and in each
	// again, and none twice within it. On a larger local network Kademlia and the
	// neighbours of neighbours bring the rest.
	found = 60
	again = time.Minute

	// dials is how many are told at the same time: each costs a dial that may last
	// until its time-out. More wait, up to found.
	dials = 8

	// renewEvery is how long the library is left alone. It looks at interfaces and
	// addresses only when it starts, forgets a peer that it has told of only when
	// that peer's own word for how long it is good has passed, and keeps all that
	// anybody claims until then.
	renewEvery = 5 * time.Minute
)

// Config says whom to look for and whom to tell. All fields are required.
type Config struct {
	Network string
	Log     *slog.Logger

	// Found is told of a peer that claims to be of the network, at addresses on the
	// local network. It may block until ctx ends, which Close does; up to dials
	// calls run at the same time.
	Found func(ctx context.Context, p peer.AddrInfo)
}

// MDNS is a node's part in multicast DNS.
type MDNS struct {
	c      Config
	host   host.Host
	cancel context.CancelFunc
	work   sync.WaitGroup // run and the tellers
	queue  chan peer.AddrInfo
	sieve  sieve

	dropped atomic.Uint64
}

// New looks for others, and answers them, from now on, as far as the local
// network lets it: where there is none it tries again every renewEvery. End it
// with Close, before h.
func New(h host.Host, c Config) *MDNS {
	ctx, cancel := context.WithCancel(context.Background())
	m := &MDNS{
		c:      c,
		host:   h,
		cancel: cancel,
		queue:  make(chan peer.AddrInfo, found),
		sieve:  sieve{limit: rate.NewLimiter(rate.Every(again/found), found), told: make(map[peer.ID]time.Time)},
	}
	m.work.Go(func() { m.run(ctx) }) // ends with Close
	for range dials {
		m.work.Go(func() { m.tell(ctx) }) // ends with Close
	}
	return m
}

// Close ends it; Found has returned then and is not called any more.
func (m *MDNS) Close() {
	m.cancel()
	m.work.Wait()
}

// Dropped counts the claims that were not told, as too many or not credible.
func (m *MDNS) Dropped() uint64 { return m.dropped.Load() }

// run has the library at work, always with the interfaces and addresses of now.
func (m *MDNS) run(ctx context.Context) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		s := lan.NewMdnsService(m.host, service(m.c.Network), m)
		if err := s.Start(); err != nil {
			m.c.Log.Info("cannot look for nodes on the local network; trying again", "in", renewEvery, "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
		_ = s.Close() // waits for all but the calls of HandlePeerFound, which do not wait
		if ctx.Err() != nil {
			return
		}
	}
}

// HandlePeerFound is called by the library, on a goroutine of its own for each
// claim. It does not wait.
func (m *MDNS) HandlePeerFound(p peer.AddrInfo) {
	if !m.sieve.lets(p.ID, time.Now()) {
		m.dropped.Add(1)
		return
	}
	if p.Addrs = near(p.Addrs, networks()); len(p.Addrs) == 0 {
		m.dropped.Add(1)
		return
	}
	select {
	case m.queue <- p:
	default:
		m.dropped.Add(1)
	}
}

// tell hands on what was found.
func (m *MDNS) tell(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case p := <-m.queue:
			m.c.Found(ctx, p)
		case <-ctx.Done():
		}
	}
}

// service is the name under which the nodes of a network know each other: 15
// letters, digits and hyphens at most (RFC 6763, 7.2), which a network's name is not.
func service(network string) string {
	sum := sha256.Sum256([]byte("tincan/1/mdns\n" + network))
	return "_tincan-" + hex.EncodeToString(sum[:4]) + "._udp"
}
