package node

import (
	"context"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/holepunch"
	ma "github.com/multiformats/go-multiaddr"
)

// straightEvery is the rhythm in which direct ways to relayed peers are looked
// for; to each of them after retryFirst, then after twice as long each time, to
// straightLast.
const (
	straightEvery = time.Second
	straightLast  = 30 * time.Second
)

// detour is a peer that is connected over a relay only.
type detour struct {
	busy  bool
	next  time.Time
	pause time.Duration
}

// straighten dials the peers directly that are connected over a relay only: who
// was reached through one may well be able to dial back, and a peer that was
// behind one may have moved. libp2p by itself punches a hole only for those who
// come after it has learnt its own public address, and tries once.
func (s *supervisor) straighten() {
	tick := time.NewTicker(straightEvery)
	defer tick.Stop()
	detours := make(map[peer.ID]*detour) // bounded by the connections that there are
	tried := make(chan peer.ID, pulses)  // never full, even when nobody reads it any more
	busy := 0
	for {
		var now time.Time
		select {
		case <-s.ctx.Done():
			return
		case id := <-tried:
			busy--
			d := detours[id]
			d.busy, d.next, d.pause = false, time.Now().Add(d.pause), min(2*d.pause, straightLast)
			continue
		case now = <-tick.C:
		}
		for id, d := range detours {
			if !d.busy && s.host.Network().Connectedness(id) != network.Limited {
				delete(detours, id)
			}
		}
		for _, id := range s.host.Network().Peers() {
			try := s.wayStraight(id)
			if try == nil {
				continue
			}
			d := detours[id]
			if d == nil {
				d = &detour{pause: retryFirst}
				detours[id] = d
			}
			if d.busy || now.Before(d.next) || busy == pulses {
				continue
			}
			d.busy = true
			busy++
			go func() { // ends after some seconds, or with the host
				if err := try(id); err != nil {
					s.log.Debug("no direct way to a relayed peer", "peer", id, "err", err)
				}
				tried <- id
			}()
		}
	}
}

// wayStraight is what to try for a direct connection to a peer; nil: it has one,
// or nothing can be done from here. Of two peers behind NATs the one that was
// called punches the hole.
func (s *supervisor) wayStraight(id peer.ID) func(peer.ID) error {
	if s.host.Network().Connectedness(id) != network.Limited {
		return nil
	}
	called := slices.ContainsFunc(s.host.Network().ConnsToPeer(id), func(c network.Conn) bool { return c.Stat().Direction == network.DirInbound })
	switch {
	case called && s.canPunch():
		return s.punch.DirectConnect // tries the addresses first
	case slices.ContainsFunc(s.host.Peerstore().Addrs(id), func(a ma.Multiaddr) bool { return !isCircuit(a) }):
		return s.dialStraight
	}
	return nil
}

// canPunch says whether the node knows a public address of its own. Before that
// the hole puncher does not speak its protocol, and DirectConnect would wait.
func (s *supervisor) canPunch() bool {
	return s.punch != nil && slices.Contains(s.host.Mux().Protocols(), holepunch.Protocol)
}

func (s *supervisor) dialStraight(id peer.ID) error {
	ctx, cancel := context.WithTimeout(network.WithForceDirectDial(s.ctx, "straighten"), chaseTime)
	defer cancel()
	return s.host.Connect(ctx, peer.AddrInfo{ID: id})
}
