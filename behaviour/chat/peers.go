package chat

import (
	"math/rand/v2"
	"slices"
	"time"
)

// roster is everybody whom this node knows of.
type roster struct {
	byID    map[PeerID]*peer
	names   map[string]int // how many claim a name, this node included
	up      []PeerID       // connected, in the order in which they came
	here    int            // in the lobby: those of byID who are here
	pending int            // direct messages of the owner that are accepted and not in flight, all peers
	bytes   int            // of direct messages that have not arrived, all peers
}

// peer is what is known of one other node.
type peer struct {
	id      PeerID
	name    string // last claimed, clean
	claim   string // the same as it came
	unsaid  bool   // nobody was told yet that he is here
	claimed Stamp  // when it was claimed: what is older and comes later, by sync, is no claim any more
	no      int
	up      bool
	was     bool      // has been connected
	here    bool      // is in the lobby, as the users were told
	heard   time.Time // when it last said something or was connected
	acked   time.Time // when its hello was last answered
	sync    syncing

	ahead   time.Duration // its clock, of this node's, when that was last seen
	sampled bool          // it was, since the peer is connected

	linked time.Time // since when gossip carries what is new to it, if it does at all
}

// random returns a connected peer other than except, or "".
func (r *roster) random(rnd *rand.Rand, except PeerID) PeerID {
	if len(r.up) == 0 {
		return ""
	}
	p := r.up[rnd.IntN(len(r.up))]
	if p != except {
		return p
	}
	if len(r.up) == 1 {
		return ""
	}
	return r.up[(slices.Index(r.up, p)+1)%len(r.up)]
}

// shuffled returns the connected peers other than except in random order.
func (r *roster) shuffled(rnd *rand.Rand, except PeerID) []PeerID {
	s := make([]PeerID, 0, len(r.up))
	for _, p := range r.up {
		if p != except {
			s = append(s, p)
		}
	}
	rnd.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
	return s
}

// meet returns the roster's entry of a peer, made if need be.
func (c *Core) meet(id PeerID) *peer {
	p := c.roster.byID[id]
	if p == nil {
		c.forgetSomebody()
		p = &peer{id: id, no: c.number(id)}
		c.roster.byID[id] = p
	}
	return p
}

// forgetSomebody makes room in a full roster: the one who is not here and longest
// silent goes, of two equal ones the lesser id.
func (c *Core) forgetSomebody() {
	if len(c.roster.byID) < maxPeers {
		return
	}
	var oldest *peer
	for _, p := range c.roster.byID {
		if p.up || p.here {
			continue
		}
		if oldest == nil || p.heard.Before(oldest.heard) || (p.heard.Equal(oldest.heard) && p.id < oldest.id) {
			oldest = p
		}
	}
	if oldest != nil {
		c.unname(oldest.name)
		c.landed(oldest)
		delete(c.roster.byID, oldest.id)
	}
}

// face is how the owner of a node is shown; to be the author of a message is to
// be heard of.
func (c *Core) face(id PeerID) Peer {
	if id == c.cfg.Me {
		me := c.me
		me.Tagged = c.roster.names[me.Name] > 1
		return me
	}
	p := c.meet(id)
	p.heard = c.now
	return c.shown(p)
}

func (c *Core) shown(p *peer) Peer {
	return Peer{ID: p.id, No: p.no, Name: p.name, Tagged: c.roster.names[p.name] > 1}
}

// portrayed is how a person is shown.
func (c *Core) portrayed(who Person) Peer {
	p := c.face(who.Peer)
	p.Guest = who.Guest
	return p
}

// rename notes what the owner of a node claims to be called at a time of his
// clock, or 0 for now, and reports whether that is news. Those who are where he is are told of it.
func (c *Core) rename(id PeerID, claim string, at Stamp) bool {
	if id == c.cfg.Me {
		c.unname(c.me.Name)
		c.me.Name = c.cleanName(claim)
		c.roster.names[c.me.Name]++
		return true
	}
	p := c.roster.byID[id]
	if p == nil || (at != 0 && at < p.claimed) {
		return false
	}
	p.claimed = max(p.claimed, at)
	if p.claim == claim {
		c.sayCame(p)
		return false
	}
	was := c.shown(p)
	c.unname(p.name)
	p.claim, p.name = claim, c.cleanName(claim)
	c.roster.names[p.name]++
	now := c.shown(p)
	switch {
	case p.unsaid:
		c.sayCame(p)
	case now.Name != was.Name:
		c.tellNeighbours(p, Renamed{Was: was, Now: now})
	}
	return true
}

// unname forgets that somebody claims a name.
func (c *Core) unname(name string) {
	if c.roster.names[name]--; c.roster.names[name] <= 0 {
		delete(c.roster.names, name)
	}
}

func (c *Core) peerUp(id PeerID) {
	p := c.meet(id)
	if p.up {
		return
	}
	p.up, p.was, p.heard = true, true, c.now
	c.firstLink()
	c.roster.up = append(c.roster.up, id)
	c.cameToLobby(p)
	c.announceLinks(p)
	p.sync = syncing{busy: p.sync.busy, under: p.sync.under, turn: p.sync.turn, retry: p.sync.retry, later: p.sync.later}
	p.linked = c.now
	c.syncAll(p)
	c.retryNow(id)
	c.sessionsMay(id)
}

func (c *Core) peerDown(id PeerID) {
	p := c.roster.byID[id]
	if p == nil || !p.up {
		return
	}
	p.up, p.heard, p.sampled = false, c.now, false
	c.roster.up = slices.DeleteFunc(c.roster.up, func(o PeerID) bool { return o == id })
	c.leftEverything(p)
}
