package node

import (
	"fmt"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

const (
	// Somebody new is written down after writeAfter, with whoever comes until
	// then; when the others were last seen, every rewriteEvery.
	writeAfter   = 2 * time.Second
	rewriteEvery = 10 * time.Minute
)

// remembers reads whom earlier runs have met, and reports whether there is
// anybody. What cannot be read is begun anew: the node goes on without. Before
// anybody can come.
func (s *supervisor) remembers() bool {
	path := s.plan.peersFile()
	if path == "" {
		return false
	}
	var err error
	if s.memory, err = readMemory(path, s.plan.Network, time.Now()); err != nil {
		s.warn(fmt.Sprintf("cannot read the peers met before in %s – %v – they are forgotten and a new list is begun", printable(path), err))
		s.unwritten = true
	}
	return len(s.memory.peers) > 0
}

// note remembers a peer that is connected. Those who are reached over a relay
// only are not worth it: the relay is.
func (s *supervisor) note(id peer.ID) {
	addrs := s.places(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.gate.lets(id) || !s.memory.met(id, addrs, time.Now(), s.up) {
		return
	}
	s.unwritten = true
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// places are the addresses at which a connected peer may be found again: those
// where it was dialled, then those where it says that it listens. Of the latter
// only those count that can be reached by whom the connections are of: nobody
// out there makes this node dial machines on its own network, and nobody here
// those out there.
func (s *supervisor) places(id peer.ID) (addrs []ma.Multiaddr) {
	var from []scope
	for _, c := range s.host.Network().ConnsToPeer(id) {
		at := c.RemoteMultiaddr()
		if k := scopeOf(at); k != nowhere {
			from = append(from, k)
			if c.Stat().Direction == network.DirOutbound {
				addrs = append(addrs, at)
			}
		}
	}
	said := s.host.Peerstore().Addrs(id) // in no order
	slices.SortFunc(said, ma.Multiaddr.Compare)
	for _, at := range said {
		if slices.Contains(from, scopeOf(at)) {
			addrs = append(addrs, at)
		}
	}
	return addrs
}

// keepMemory writes down who was met.
func (s *supervisor) keepMemory() {
	again := time.NewTicker(rewriteEvery)
	defer again.Stop()
	for {
		select {
		case <-s.news:
			if !s.pause(writeAfter) {
				return
			}
		case <-again.C:
		case <-s.ctx.Done():
			return
		}
		s.writeMemory()
	}
}

// writeMemory brings the file up to date. A node that cannot write goes on
// without; its owner is told once. One goroutine at a time may call it.
func (s *supervisor) writeMemory() {
	path := s.plan.peersFile()
	if path == "" {
		return
	}
	s.mu.Lock()
	up := make([]peer.ID, 0, len(s.up))
	for id := range s.up {
		up = append(up, id)
	}
	s.mu.Unlock()
	for _, id := range up {
		s.note(id)
	}
	s.mu.Lock()
	write := s.unwritten || len(up) > 0
	s.unwritten = false
	data := s.memory.format(s.plan.Network)
	s.mu.Unlock()
	if !write {
		return
	}
	err := writeFile(path, data)
	if err != nil && !s.unwritable {
		s.unwritable = true
		s.warn(fmt.Sprintf("the peers met are not remembered – cannot write %s: %v – make room there, or make it yours to write", printable(path), reason(err)))
	}
}
