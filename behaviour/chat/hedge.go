package chat

import "slices"

// Of one room maxFlying turns that are not slow are under way at a time, and while one peer gives
// much, nobody else is asked: whoever is asked gives all that the vector of the
// asker lacks, so what two give at once comes twice, and splitting it by ranges
// would not help, as messages wait for those of other logs that they follow. A turn
// that has no answer after hedgeTime is also asked of somebody else; the later of
// the two answers then brings little that is new.
//
// The next turn does not wait in memory for the store: what a turn brought is
// durable before the next is asked for, as every effect waits for what its call
// has changed (see save.go). So what is not durable is bounded by a turn for each
// peer, maxFlying of them for each room.

// mayAsk says whether a turn with a peer about a room may begin now; otherwise the
// peer has its turn when another is over.
func (r *room) mayAsk(id PeerID) bool {
	if r.flying < maxFlying && (r.feeder == "" || r.feeder == id) {
		return true
	}
	if !slices.Contains(r.queue, id) {
		r.queue = append(r.queue, id)
	}
	return false
}

// launched and landed keep account of the turns under way.
func (c *Core) launched(p *peer) {
	s := &p.sync
	s.turn++
	mine, others := s.turn, false
	for i := range s.under {
		u := &s.under[i]
		u.released = false
		u.room.flying++
		if u.feeds {
			u.room.feeder = p.id
		}
		others = others || c.partner(u.room, p.id) != ""
	}
	if others {
		c.after(hedgeTime, func() {
			if s.busy && s.turn == mine {
				c.hedge(p)
			}
		})
	}
}

func (c *Core) landed(p *peer) {
	for i := range p.sync.under {
		c.release(p, &p.sync.under[i])
	}
}

// release gives the place of a turn to others.
func (c *Core) release(p *peer, u *underway) {
	if u.released {
		return
	}
	u.released = true
	u.room.flying--
	if u.room.feeder == p.id {
		u.room.feeder = ""
	}
}

// hedge asks others what one has not answered for hedgeTime.
func (c *Core) hedge(p *peer) {
	c.counts["syncs asked of another"]++
	for i := range p.sync.under {
		c.release(p, &p.sync.under[i])
	}
	for _, u := range slices.Clone(p.sync.under) {
		if id := c.partner(u.room, p.id); id != "" && c.rooms[u.room.name] == u.room {
			c.wantSync(id, u.room)
		}
		c.nextInLine(u.room)
	}
}

// nextInLine lets those ask who had to wait for a turn about a room.
func (c *Core) nextInLine(r *room) {
	queue := r.queue
	r.queue = nil
	for i, id := range queue {
		if r.flying >= maxFlying || r.feeder != "" {
			r.queue = append(queue[i:len(queue):len(queue)], r.queue...)
			return
		}
		if p := c.roster.byID[id]; p != nil && !p.sync.busy && len(p.sync.wanted) > 0 {
			c.startSync(p)
		}
	}
}
