package node

import (
	"context"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// straightEvery is the rhythm in which direct ways to relayed peers are looked
// for; to each of them after retryFirst, then after twice as long each time, to
// retryLast.
const straightEvery = time.Second

// detour is a peer that is connected over a relay only.
type detour struct {
	busy  bool
	next  time.Time
	pause time.Duration
}

// straighten dials the peers directly that are connected over a relay only: who
// was reached through one may well be able to dial back, and a peer that was
// behind one may have moved. libp2p's hole punching tries public addresses only,
// and only once.
func (s *supervisor) straighten() {
	tick := time.NewTicker(straightEvery)
	defer tick.Stop()
	detours := make(map[peer.ID]*detour) // bounded by the connections that there are
	tried := make(chan peer.ID, pulses)  // never full
	busy := 0
	for {
		var now time.Time
		select {
		case <-s.ctx.Done():
			return
		case id := <-tried:
			busy--
			d := detours[id]
			d.busy, d.next, d.pause = false, time.Now().Add(d.pause), min(2*d.pause, retryLast)
			continue
		case now = <-tick.C:
		}
		for id, d := range detours {
			if !d.busy && s.host.Network().Connectedness(id) != network.Limited {
				delete(detours, id)
			}
		}
		for _, id := range s.host.Network().Peers() {
			if s.host.Network().Connectedness(id) != network.Limited || !s.straightable(id) {
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
			s.work.Go(func() { // ends after chaseTime, or with s.ctx
				if err := s.dialStraight(id); err != nil {
					s.log.Debug("no direct way to a relayed peer", "peer", id, "err", err)
				}
				tried <- id
			})
		}
	}
}

// straightable says whether an address is known that leads to a peer directly.
func (s *supervisor) straightable(id peer.ID) bool {
	return slices.ContainsFunc(s.host.Peerstore().Addrs(id), func(a ma.Multiaddr) bool { return !isCircuit(a) })
}

func (s *supervisor) dialStraight(id peer.ID) error {
	ctx, cancel := context.WithTimeout(network.WithForceDirectDial(s.ctx, "straighten"), chaseTime)
	defer cancel()
	return s.host.Connect(ctx, peer.AddrInfo{ID: id})
}
