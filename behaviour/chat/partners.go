package chat

import (
	"slices"
	"time"
)

// spreadWave neighbours at a time are offered what came by sync, spreadPause apart.
const (
	spreadWave  = 4
	spreadPause = 100 * time.Millisecond
)

// spreading is a walk over the neighbours to offer them what came by sync:
// where gossip did not bring it to this node it may not reach those behind it.
type spreading struct {
	queue   []PeerID
	walking bool
}

func (c *Core) startSpread(r *room, except PeerID) {
	r.spread.queue = c.holders(r, except)
	if !r.spread.walking {
		c.spreadOn(r)
	}
}

func (c *Core) spreadOn(r *room) {
	s := &r.spread
	n := min(spreadWave, len(s.queue))
	for _, id := range s.queue[:n] {
		c.wantSync(id, r)
	}
	s.queue = s.queue[n:]
	s.walking = len(s.queue) > 0
	if s.walking {
		c.after(spreadPause, func() { c.spreadOn(r) })
	}
}

// holders are the connected peers other than except who are in a room, in random order.
func (c *Core) holders(r *room, except PeerID) []PeerID {
	all := c.roster.shuffled(c.cfg.Rand, except)
	if r == c.lobby {
		return all
	}
	return slices.DeleteFunc(all, func(id PeerID) bool { return !r.people.has(id) })
}

// partner is a peer other than except to sync a room with: a connected one if
// there is any, or "".
func (c *Core) partner(r *room, except PeerID) PeerID {
	if r == c.lobby {
		return c.roster.random(c.cfg.Rand, except)
	}
	return r.people.random(c.cfg.Rand, func(id PeerID) bool { p := c.roster.byID[id]; return p != nil && p.up }, except)
}

// companion is the partner of a round: every second time any member of a channel,
// lest the few who are connected to each other keep to themselves.
func (c *Core) companion(r *room) PeerID {
	if c.rounds%2 == 0 {
		return r.people.random(c.cfg.Rand, func(PeerID) bool { return true }, "")
	}
	return c.partner(r, "")
}
