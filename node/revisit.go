package node

import (
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

const (
	// visits is how many remembered peers are dialled at a time, with retryFirst
	// and later more between one lot and the next: a list of dead addresses is gone
	// through in half a minute, and nobody is flooded.
	visits = 16

	// acquainted is with how many peers besides the ways in a node that starts is
	// content: a way in may lie about who else is there, several that were met at
	// different times and places hardly do.
	acquainted = 4

	// visitLast is the greatest pause between two lots.
	visitLast = 30 * time.Second
)

// revisit comes back to peers of earlier runs when the node starts, whether its
// ways in answer or not, and later whenever nobody is connected any more. A
// sparse node does the latter only: it keeps to its ways in while it has one.
func (s *supervisor) revisit() {
	enough, first := s.isAcquainted, time.Duration(0)
	if s.plan.Sparse {
		enough, first = s.hasCompany, silentTime
	}
	for {
		s.visitUntil(enough, first)
		enough, first = s.hasCompany, lostFirst
		select {
		case <-s.alone:
		case <-s.ctx.Done():
			return
		}
	}
}

// visitUntil dials remembered peers, some at a time, until there are enough; or
// if all have been dialled, until there is anybody.
func (s *supervisor) visitUntil(enough func() bool, first time.Duration) {
	began, delay := time.Now(), retryFirst
	queue := s.toVisit()
	for s.pause(first) {
		if enough() {
			return
		}
		some := queue[:min(s.visitsAtATime(), len(queue))]
		queue = queue[len(some):]
		s.visitAll(some)
		if len(queue) == 0 {
			queue, enough = s.toVisit(), s.hasCompany
		}
		if time.Since(began) > eagerFor {
			delay = min(2*delay, visitLast)
		}
		first = delay
	}
}

func (s *supervisor) visitsAtATime() int {
	if s.plan.Sparse {
		return fallbacks
	}
	return visits
}

// visitAll dials some peers and waits for that. Who comes is a neighbour from
// then on, and who does not may come when it is its turn again.
func (s *supervisor) visitAll(some []peer.AddrInfo) {
	var dials sync.WaitGroup
	for _, info := range some {
		dials.Go(func() { // ends after chaseTime, or with s.ctx
			if err := s.dial(info); err != nil {
				s.log.Debug("cannot reach a peer of an earlier run", "peer", info.ID, "err", err)
			}
		})
	}
	dials.Wait()
}

// toVisit are the remembered peers that nobody dials already, in their turn.
func (s *supervisor) toVisit() (infos []peer.AddrInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, info := range s.memory.inTurn() {
		n := s.known[info.ID]
		dialled := n != nil && (n.chasing || n.way != nil)
		if !s.up[info.ID] && !dialled && s.gate.lets(info.ID) && info.ID != s.host.ID() {
			infos = append(infos, info)
		}
	}
	return infos
}

func (s *supervisor) isAcquainted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	others := 0
	for id := range s.up {
		if n := s.known[id]; n == nil || n.way == nil {
			others++
		}
	}
	return others >= acquainted
}

func (s *supervisor) hasCompany() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.up) > 0
}
