package behaviour

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"

	"tincan/behaviour/chat"
)

// errNotFound says that nobody knows where a peer is.
var errNotFound = errors.New("it is not connected and nobody knows its address")

// ErrStranger says that a peer is connected and does not speak tincan.
var ErrStranger = errors.New("whoever answers there is not a node of this network")

// reach makes sure that there is a connection to a peer: the one there is, else
// by the addresses known, relays among them, else by those that Kademlia finds.
func (b *Behaviour) reach(ctx context.Context, to peer.ID) error {
	h := b.cfg.Host
	if connected(h.Network().Connectedness(to)) {
		return nil
	}
	select {
	case b.dials <- struct{}{}:
		defer func() { <-b.dials }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if s, ok := h.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(to) // somebody wants it now
	}
	if len(h.Peerstore().Addrs(to)) > 0 {
		err := h.Connect(ctx, peer.AddrInfo{ID: to})
		if err == nil {
			return nil
		}
		if errors.Is(err, swarm.ErrGaterDisallowedConnection) {
			return errHungUp
		}
	}
	info, err := b.kad.Find(ctx, to)
	if err != nil || len(info.Addrs) == 0 {
		return errNotFound
	}
	if err := h.Connect(ctx, info); err != nil {
		return fmt.Errorf("it does not answer at its last address: %w", Cause(err))
	}
	return nil
}

func connected(c network.Connectedness) bool {
	return c == network.Connected || c == network.Limited
}

func (b *Behaviour) find(e chat.Find) {
	ctx, cancel := context.WithTimeout(b.ctx, findTime)
	defer cancel()
	id, err := peer.Decode(string(e.Peer))
	if err == nil {
		err = b.reach(ctx, id)
	}
	// While the routing table is empty there was nobody to ask: a node that has
	// just started is still on its way in. And who has just come behind a relay is
	// known there a moment later.
	began := time.Now()
	for errors.Is(err, errNotFound) && (b.kad.Size() == 0 || time.Since(began) < findGrace) && pause(ctx, findAgain) {
		err = b.reach(ctx, id)
	}
	b.report(chat.FindDone{Peer: e.Peer, Found: err == nil})
}

// pause waits, or reports false when ctx ends.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (b *Behaviour) dial(e chat.Dial) {
	ctx, cancel := context.WithTimeout(b.ctx, dialTime)
	defer cancel()
	done := chat.DialDone{Addr: e.Addr}
	id, already, err := b.cfg.Dial(ctx, e.Addr)
	switch {
	case err != nil:
		done.Err = Cause(err).Error()
	case !b.speaksNow(id):
		// Identify has ended by now: what there is to say has been said. Without its
		// addresses nobody dials it again, as gossip would whose stream was on the way.
		b.cfg.Host.Peerstore().ClearAddrs(id)
		_ = b.cfg.Host.Network().ClosePeer(id)
		done.Err = ErrStranger.Error()
	default:
		done.Peer, done.Already = text(id), already
	}
	b.report(done)
}

// inspect tells the state of the links, with a fresh round trip each.
func (b *Behaviour) inspect() {
	h := b.cfg.Host
	var (
		mu    sync.Mutex // guards links
		links []chat.Link
		wait  sync.WaitGroup
	)
	ctx, cancel := context.WithTimeout(b.ctx, pingTime)
	defer cancel()
	meshes := b.meshes()
	turns := make(chan struct{}, maxDials)
	for _, id := range h.Network().Peers() {
		conns := h.Network().ConnsToPeer(id)
		if len(conns) == 0 {
			continue
		}
		best := conns[0]
		for _, c := range conns {
			if best.Stat().Limited {
				best = c // a circuit may be left over next to a direct connection
			}
		}
		l := chat.Link{Peer: text(id), Path: "direct", Addr: best.RemoteMultiaddr().String(), Mesh: meshes[id]}
		if best.Stat().Limited {
			l.Path = "relayed"
		}
		turns <- struct{}{}
		wait.Go(func() { // ends with ctx
			defer func() { <-turns }()
			once, stop := context.WithCancel(network.WithAllowLimitedConn(ctx, "ping"))
			defer stop()
			if r := <-ping.Ping(once, h, id); r.Error == nil {
				l.RTTms = float64(r.RTT.Microseconds()) / 1000
			}
			mu.Lock()
			defer mu.Unlock()
			links = append(links, l)
		})
	}
	wait.Wait()
	counts := make(map[string]uint64)
	b.counts.into(counts)
	for _, room := range []map[string]uint64{b.direct.Counters(), b.sync.Counters(), b.links.Counters(), b.session.Counters(), b.gossip.Counters(), b.relay.Counters()} {
		for reason, n := range room {
			counts[reason] += n
		}
	}
	b.report(chat.Inspected{Links: links, Counters: counts})
}

// Near asks a connected peer who is near this node, without dialling them.
func (b *Behaviour) Near(ctx context.Context, via peer.ID) ([]peer.AddrInfo, error) {
	return b.kad.Near(ctx, via)
}
