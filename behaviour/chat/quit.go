package chat

import "time"

// draining is the time between Quit and the end.
type draining struct {
	on        bool
	stopped   bool
	until     time.Time
	confirmed uint64 // up to here somebody else holds this node's lobby log
	waiting   []unsent
}

// unsent is a lobby line that gossip had nobody to give to: sync hands it over.
type unsent struct {
	origin
	id   MessageID
	text string
}

// awaitSync remembers a line to be reported as sent when a neighbour holds it.
func (c *Core) awaitSync(u unsent) {
	if len(c.drain.waiting) < maxPending {
		c.drain.waiting = append(c.drain.waiting, u)
	}
}

// quit ends the node once what was accepted is with somebody else.
func (c *Core) quit(who asker) {
	if who.user != Owner {
		c.acknowledge(who, "only the owner ends the node")
		return
	}
	c.acknowledge(who, "the node is stopping")
	if c.drain.on {
		return
	}
	c.drain.on = true
	c.drain.until = c.now.Add(DrainTime)
	c.after(DrainTime, func() {})
	if c.unconfirmed() > 0 {
		c.drainSync()
	}
}

// drainSync offers the lobby to the neighbours until one confirms.
func (c *Core) drainSync() {
	if c.drain.stopped || c.unconfirmed() == 0 {
		return
	}
	for i, id := range c.roster.shuffled(c.cfg.Rand, "") {
		if i == spreadWave {
			break
		}
		c.wantSync(id)
	}
	c.after(spreadPause, c.drainSync)
}

// confirm learns from a peer's vector how much of this node's lobby log is safe
// with others.
func (c *Core) confirm(v []LogState) {
	for _, s := range v {
		if s.LogKey == c.lobby.mine.log.key {
			c.drain.confirmed = min(max(c.drain.confirmed, s.Head), c.lobby.mine.next)
		}
	}
	for len(c.drain.waiting) > 0 && c.drain.waiting[0].id.Seq <= c.drain.confirmed {
		u := c.drain.waiting[0]
		c.drain.waiting = c.drain.waiting[1:]
		c.answer(u.asker, Delivery{ID: u.id, Text: u.text, State: Sent, Peers: 1})
	}
}

// unconfirmed counts lobby lines of this life that nobody else is known to hold.
func (c *Core) unconfirmed() int { return int(c.lobby.mine.next - c.drain.confirmed) }

// outbox counts direct messages of users that are on their way.
func (c *Core) outbox() int {
	n := 0
	for _, d := range c.directs {
		for _, p := range d.mine.pending {
			if !p.origin.silent {
				n++
			}
		}
		if d.mine.flight == nil {
			continue
		}
		for _, o := range d.mine.origins {
			if !o.silent {
				n++
			}
		}
	}
	return n
}

// checkDrained ends the node when nothing is left to wait for, or no time.
func (c *Core) checkDrained() {
	if !c.drain.on || c.drain.stopped {
		return
	}
	left := c.unconfirmed() + c.outbox() + c.finding
	alone := len(c.roster.up) == 0 && !c.cfg.Expecting
	if left > 0 && !alone && c.now.Before(c.drain.until) {
		return
	}
	c.drain.stopped = true
	c.tell(Ended{Undelivered: left})
	c.do(Stop{})
}
