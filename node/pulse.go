package node

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	ma "github.com/multiformats/go-multiaddr"
)

const (
	// pulseEvery is the rhythm in which links over QUIC are felt, pulses how many
	// at a time, chosen by chance: all of them in a small network, and in a large
	// one somebody feels each of them soon.
	pulseEvery = time.Second
	pulses     = 16

	// pulseTime without an answer is the end of a link.
	pulseTime = 5 * time.Second
)

// feelPulses finds the links over QUIC whose other end has died. The kernel
// tells when a process with a TCP connection dies. Over QUIC nobody does: a quiet
// link lasts for 30 s more, and a peer that has no way in and was started again
// waits all that time to be dialled. But what arrives there is answered by the
// new process, which knows nothing of it, with a reset.
func (s *supervisor) feelPulses() {
	tick := time.NewTicker(pulseEvery)
	defer tick.Stop()
	felt := make(chan peer.ID, pulses) // never full
	busy := make(map[peer.ID]bool)
	for {
		select {
		case <-s.ctx.Done():
			return
		case id := <-felt:
			delete(busy, id)
			continue
		case <-tick.C:
		}
		for _, id := range s.host.Network().Peers() { // in no order
			if len(busy) == pulses {
				break
			}
			if busy[id] || !s.overQUIC(id) {
				continue
			}
			busy[id] = true
			s.work.Go(func() { // ends after pulseTime, or with s.ctx
				s.feel(id)
				felt <- id
			})
		}
	}
}

// overQUIC tells whether a peer is connected by nothing but QUIC, and directly: of
// the end of a circuit the relay tells, whose own link is felt.
func (s *supervisor) overQUIC(id peer.ID) bool {
	conns := s.host.Network().ConnsToPeer(id)
	return len(conns) > 0 && !slices.ContainsFunc(conns, func(c network.Conn) bool {
		return isCircuit(c.RemoteMultiaddr()) || !hasProtocol(c.RemoteMultiaddr(), ma.P_QUIC_V1)
	})
}

// feel closes the links to a peer that does not answer.
func (s *supervisor) feel(id peer.ID) {
	ctx, cancel := context.WithTimeout(s.ctx, pulseTime)
	defer cancel()
	<-ping.Ping(ctx, s.host, id)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		s.log.Info("a peer does not answer any more; its links are closed", "peer", id)
		_ = s.host.Network().ClosePeer(id)
	}
}
