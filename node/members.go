package node

import (
	"context"
	"errors"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	ma "github.com/multiformats/go-multiaddr"
)

// memberTag keeps the connection manager from closing the link to a member.
const memberTag = "member"

// keep makes the addresses of a way in known for good. The caller holds mu.
func (s *supervisor) keep(n *neighbour) {
	s.host.Peerstore().AddAddrs(n.info.ID, n.info.Addrs, peerstore.PermanentAddrTTL)
	if n.way.member {
		s.host.ConnManager().Protect(n.info.ID, memberTag)
	}
}

// reach dials a neighbour, and learns who it is if that is not known.
func (s *supervisor) reach(n *neighbour, info peer.AddrInfo) error {
	if info.ID != "" {
		return s.dial(info)
	}
	ctx, cancel := context.WithTimeout(s.ctx, chaseTime)
	id, err := whoIsAt(ctx, s.host, info.Addrs[0])
	cancel()
	self := errors.Is(err, errSelf) || id == s.host.ID()
	if err != nil && !self {
		return err
	}
	if !s.learn(n, id, self) {
		return nil // and the chase ends
	}
	return s.dial(peer.AddrInfo{ID: id, Addrs: info.Addrs})
}

// learn notes who answers at the address of a way in, and reports whether it is
// still a neighbour: it is not if it is this node itself, or one that is known by
// another name.
func (s *supervisor) learn(n *neighbour, id peer.ID, self bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unnamed = slices.DeleteFunc(s.unnamed, func(o *neighbour) bool { return o == n })
	if self {
		n.left = true
		s.warn(n.way.name + " is this node itself – it is passed over – leave it out")
		return false
	}
	n.info.ID = id
	same := s.known[id]
	switch {
	case same == nil:
		s.known[id] = n
		s.keep(n)
		if n.up = s.up[id]; n.up {
			n.met = true
		}
		return true
	case same.way == nil:
		same.way = n.way
	default:
		same.way.member = same.way.member || n.way.member
	}
	n.left = true
	same.info.Addrs = ma.Unique(append(same.info.Addrs, n.info.Addrs...))
	s.keep(same)
	if !same.up {
		s.chase(same, 0)
	}
	return false
}

// unlearn forgets who answered at the address of a way in that has not shown
// itself as a node: the next who answers there may be the one. The caller holds
// mu.
func (s *supervisor) unlearn(n *neighbour) {
	if n.way.info.ID != "" || n.met || n.info.ID == "" {
		return
	}
	delete(s.known, n.info.ID)
	s.host.Peerstore().ClearAddrs(n.info.ID)
	s.host.ConnManager().Unprotect(n.info.ID, memberTag)
	n.info.ID = ""
	s.unnamed = append(s.unnamed, n)
}

// forget closes all connections to a peer and keeps it away until the user
// connects to it again, even a way in or a member: he who says so now knows more
// than he who wrote the flags. Safe from any goroutine; it may block for the time
// that closing takes.
func (s *supervisor) forget(id peer.ID) {
	s.gate.shut(id)
	s.mu.Lock()
	if n := s.known[id]; n != nil {
		n.left = true
	}
	if s.memory.drop(id) {
		s.unwritten = true
	}
	s.mu.Unlock()
	_ = s.host.Network().ClosePeer(id)
}

// recall lets a peer come again.
func (s *supervisor) recall(id peer.ID) {
	s.gate.open(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.known[id]; n != nil && n.left && n.way != nil {
		n.left = false
		if !n.up {
			s.chase(n, lostFirst)
		}
	}
}
