package chat

import "time"

// draining is the time between Quit and the end.
type draining struct {
	on      bool
	stopped bool
	until   time.Time
}

// unsent is a line that gossip had nobody to give to: sync hands it over.
type unsent struct {
	origin
	id   MessageID
	text string
}

// awaitSync remembers a line to be reported as sent when a neighbour holds it.
func (r *room) awaitSync(u unsent) {
	if len(r.waiting) < maxPending {
		r.waiting = append(r.waiting, u)
	}
}

// quit ends the node once what was accepted is with somebody else.
func (c *Core) quit(who Asker, u *user, in Quit) {
	if u.id != Owner {
		c.leaveNode(who, u)
		return
	}
	c.acknowledge(who, "the node is stopping")
	if c.drain.on {
		return
	}
	c.drain.on = true
	c.drain.until = c.now.Add(DrainTime)
	c.after(DrainTime, func() {})
	c.closeSessions(in.Returning && c.cfg.Durable && c.saving.failing == "")
	c.tellCatchups()
	c.announceEnd()
	if c.unconfirmed() > 0 {
		c.drainSync()
	}
}

// leaveNode is the end of a guest, told to him as the end of the node is to all.
func (c *Core) leaveNode(who Asker, u *user) {
	if u.id == Owner {
		c.fail(who, NotAllowed, `the owner stays; \quit ends the node`)
		return
	}
	c.exit(u)
	c.reply(who, Ended{})
}

// drainSync offers what others may lack to the neighbours until one confirms.
func (c *Core) drainSync() {
	if c.drain.stopped || c.unconfirmed() == 0 {
		return
	}
	for _, r := range append([]*room{c.lobby}, c.channels...) {
		if r.unconfirmed() == 0 {
			continue
		}
		for i, id := range c.holders(r, "") {
			if i == spreadWave {
				break
			}
			c.wantSync(id, r)
		}
	}
	c.after(spreadPause, c.drainSync)
}

// confirm learns from a peer's vector how much of this node's log of a room is
// safe with others.
func (c *Core) confirm(r *room, from PeerID, v []LogState) {
	c.vectorHeard(r, v)
	for _, s := range v {
		if s.LogKey == r.mine.log.key {
			r.holds(from, s.Head)
			r.confirmed = min(max(r.confirmed, s.Head), r.mine.next)
		}
	}
	for len(r.waiting) > 0 && r.waiting[0].id.Seq <= r.confirmed {
		u := r.waiting[0]
		r.waiting = r.waiting[1:]
		c.answer(u.Asker, Delivery{ID: u.id, Text: u.text, State: Sent, Peers: 1})
	}
	c.settleRoom(r)
}

// alone says whether nobody is known who could be given what is said in a shared
// conversation. It is kept as still to be sent then, so that after a restart too
// it is reported when somebody has it.
func (c *Core) alone(r *room) bool {
	if r == c.lobby {
		return len(c.roster.up) == 0
	}
	return r.people.others() == 0
}

// settleRoom notes that all that was said alone in a room has been given to somebody.
func (c *Core) settleRoom(r *room) {
	out := &r.mine
	if out.open == 0 || len(r.waiting) > 0 || (out.flight != nil && out.flight.First <= out.open) {
		return
	}
	c.changeSoon(Settled{r.name, out.log.key, out.open, Sent})
	out.open = 0
}

// unconfirmed counts messages of this life that nobody else is known to hold:
// of the lobby, where somebody may come, and of channels where somebody is.
func (c *Core) unconfirmed() int {
	n := c.lobby.unconfirmed()
	for _, r := range c.channels {
		if r.people.others() > 0 {
			n += r.unconfirmed()
		}
	}
	return n
}

func (r *room) unconfirmed() int { return int(r.mine.next - r.confirmed) }

// outbox counts direct messages of users that are on their way.
func (c *Core) outbox() int {
	n := 0
	for _, d := range c.directs {
		n += d.waiting()
	}
	return n
}

// waiting is outbox for one conversation.
func (d *direct) waiting() (n int) {
	for _, p := range d.mine.pending {
		if !p.origin.silent {
			n++
		}
	}
	if d.mine.flight != nil {
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
	left := c.unconfirmed() + c.outbox() + c.finding + c.sessions.undelivered()
	held := 0 // of these, what is durable and waits for somebody who is not there
	for _, d := range c.directs {
		if c.cfg.Durable && d.told {
			held += d.waiting()
		}
	}
	inStore, elsewhere := c.sessions.lasting()
	if c.cfg.Durable {
		held += inStore
	}
	alone := len(c.roster.up) == 0 && !c.cfg.Expecting
	if (left > held || c.presence.flights > 0) && !alone && c.now.Before(c.drain.until) {
		return
	}
	c.drain.stopped = true
	c.tell(Ended{Undelivered: left, Kept: left > 0 && elsewhere == 0 && c.cfg.Durable && c.saving.failing == ""})
	c.do(Stop{})
}
