package node

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

const (
	// A sparse node asks who else is there after contactsFirst, since a way in may
	// be lost as soon as it is found, and then after twice as long each time, up to
	// contactsEvery: others come soon after itself. Until somebody is there it asks
	// at least every retryFirst. fallbacks is how many it dials when all its ways in
	// are lost.
	contactsEvery = 30 * time.Second
	contactsFirst = 100 * time.Millisecond
	fallbacks     = 2
)

// keepContacts learns whom to turn to when the ways in are lost.
func (s *supervisor) keepContacts() {
	for wait := contactsFirst; s.pause(wait); {
		limit := retryFirst
		for _, id := range s.toAsk() {
			ctx, cancel := context.WithTimeout(s.ctx, chaseTime)
			found, err := s.near(ctx, id)
			cancel()
			if err == nil && len(found) > 0 {
				s.mu.Lock()
				s.contacts = found
				s.mu.Unlock()
				limit = contactsEvery
			}
		}
		wait = min(2*wait, limit)
	}
}

// toAsk are the ways in that are connected or, when there are none, others.
func (s *supervisor) toAsk() (ids []peer.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.up {
		if n := s.known[id]; n != nil && n.way != nil {
			ids = append(ids, id)
		}
	}
	if len(ids) > 0 {
		return ids
	}
	for id := range s.up {
		if len(ids) < fallbacks {
			ids = append(ids, id)
		}
	}
	return ids
}

// fallBack connects to others when the ways in are lost. It tries until it has
// reached somebody or a way in is back.
func (s *supervisor) fallBack() {
	delay := retryFirst
	for first := time.Duration(0); s.pause(first); first, delay = delay, min(2*delay, retryLast) {
		reached := s.reachContacts()
		s.mu.Lock()
		done := reached || !s.cutOff()
		s.falling = !done
		s.mu.Unlock()
		if done {
			return
		}
	}
}

// reachContacts dials some of the contacts and says whether anybody was reached.
func (s *supervisor) reachContacts() bool {
	s.mu.Lock()
	contacts := append([]peer.AddrInfo(nil), s.contacts...)
	s.mu.Unlock()
	rand.Shuffle(len(contacts), func(i, j int) { contacts[i], contacts[j] = contacts[j], contacts[i] })
	reached := 0
	for _, info := range contacts {
		if reached == fallbacks || s.ctx.Err() != nil {
			break
		}
		if info.ID == s.host.ID() || s.isWay(info.ID) {
			continue
		}
		if err := s.dial(info); err != nil {
			s.log.Info("cannot reach a peer to fall back on", "peer", info.ID, "err", err)
			continue
		}
		reached++
	}
	return reached > 0
}

func (s *supervisor) isWay(id peer.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.known[id]
	return n != nil && n.way != nil
}
