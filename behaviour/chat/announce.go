package chat

import (
	"slices"
	"time"
)

// An announcement says who of this node is in a room: Here for each person and
// Gone for each who has left since the last. Whoever hears it adds and removes
// them; whoever is not mentioned for silence is taken to be gone. It is signed
// like any envelope, in a conversation of its own, in which the numbers follow
// the clock: so they only grow, over restarts too.

// presenting is the state of this node's announcements and of what it knows of others'.
type presenting struct {
	agenda  agenda
	allowed allowance
	armed   time.Time // when the timer that looks at the agenda runs; zero: none is set
	next    uint64    // no announcement may have a lower number
	flights int       // announcements under way

	held     int                       // entries of people and of nodes in all rooms
	guests   map[string]map[PeerID]int // in how many rooms each guest is, by name and host
	met      []newcomer                // in the call under way
	sweeping bool                      // a timer looks who has fallen silent
}

// newcomer is a node of which the first sign in a room has come.
type newcomer struct {
	id   PeerID
	room *room
}

// announcing is the state of this node's announcements in one room.
type announcing struct {
	place  int           // in the agenda, from 1; 0: not there
	due    time.Time     // when the next announcement is
	last   time.Time     // when the last one was, or when there was a reason for the first
	begun  bool          // there was one
	asked  time.Time     // when the next one is if it has a reason: gap holds it, not interval; zero: it has none
	linked bool          // a timer announces it afresh for the sake of a new link
	lonely time.Duration // the pause before the next while nobody else is there

	owner bool            // others were told that the owner is here
	told  map[User]string // the guests of whom others were told, under these names
	gone  []departed      // of whom they are still to be told that they are not here any more

	flight *Envelope // under way
	rest   []*Envelope
}

// departed is a guest who has left or, if now is not "", is called that now.
type departed struct{ name, now string }

// members counts the nodes in a room as far as is known, this one included.
func (c *Core) members(r *room) int {
	n := r.people.others()
	if r == c.lobby {
		n = max(n, c.roster.here)
	}
	return n + 1
}

// startAnnouncing begins to tell of this node's users wherever they are.
func (c *Core) startAnnouncing() {
	c.announceRoom(c.lobby)
	for _, r := range c.channels {
		c.announceRoom(r)
	}
}

// announceRoom tells others in a room, soon, who of this node is in it.
func (c *Core) announceRoom(r *room) {
	o := &r.own
	if c.started.IsZero() || c.drain.on || !o.asked.IsZero() || len(r.users) == 0 {
		return
	}
	n := c.members(r)
	o.asked = c.now.Add(c.spread(n))
	if o.last.IsZero() {
		o.last = c.now
	} else if soonest := o.last.Add(gap(n)); o.asked.Before(soonest) {
		o.asked = soonest
	}
	o.lonely = 0
	if o.place == 0 || o.asked.Before(o.due) {
		c.presence.agenda.plan(r, o.asked)
		c.arm()
	}
}

// announceUser tells of a user's new name or status wherever he is.
func (c *Core) announceUser(u *user) {
	for _, p := range u.places {
		if p.room != nil {
			c.announceRoom(p.room)
		}
	}
}

// announceLinks tells of this node where a new link may lead: in the lobby, and
// in channels, if they are few, where the peer is not known to be. Whoever hears of it
// for the first time answers and asks for what was said there, so that a channel that
// was cut in two heals as fast as the lobby, however many of each half know each
// other. The names of channels are told to nobody who is not in them.
func (c *Core) announceLinks(p *peer) {
	if c.started.IsZero() {
		return
	}
	c.announceAfresh(c.lobby)
	if len(c.channels) <= fewChannels {
		for _, r := range c.channels {
			if !r.people.has(p.id) {
				c.announceLink(r)
			}
		}
	}
	c.arm()
}

// announceLink is announceAfresh, linkPause after the last announcement at the earliest.
func (c *Core) announceLink(r *room) {
	wait := linkPause - c.now.Sub(r.own.last)
	if wait <= 0 || r.own.last.IsZero() {
		c.announceAfresh(r)
		return
	}
	if r.own.linked {
		return
	}
	r.own.linked = true
	c.after(wait, func() {
		r.own.linked = false
		if c.rooms[r.name] == r {
			c.announceAfresh(r)
			c.arm()
		}
	})
}

// peerMet tells of this node in the channels where it may be news to a peer: those
// in which it knows nothing of him. Where two parts of a network find each other
// again, both have members enough and know none of the other part's; with the first
// sign of each other they ask for what was said meanwhile.
func (c *Core) peerMet(ev PeerMet) {
	if c.started.IsZero() || len(c.channels) > fewChannels {
		return
	}
	for _, r := range c.channels {
		if _, in := slices.BinarySearch(ev.In, r.name); in && !r.people.has(ev.Peer) {
			c.announceLink(r)
		}
	}
	c.arm()
}

// announceAfresh is announceRoom where a time may have passed while nobody was
// connected: gossip needs a moment before it carries to who is.
func (c *Core) announceAfresh(r *room) {
	if r.own.due.Before(c.now) {
		c.presence.agenda.strike(r)
		r.own.asked = time.Time{}
	}
	c.announceRoom(r)
}

// arm sets the one timer to when the next room is due. Where nobody is
// connected nobody would hear: what is due then waits for somebody to come.
func (c *Core) arm() {
	p := &c.presence
	if len(p.agenda) == 0 || len(c.roster.up) == 0 || c.drain.on {
		return
	}
	at := c.now.Add(p.allowed.wait(c.now))
	if due := p.agenda[0].own.due; due.After(at) {
		at = due
	}
	if !p.armed.IsZero() && !at.Before(p.armed) {
		return
	}
	p.armed = at
	c.after(at.Sub(c.now), func() {
		if p.armed.Equal(at) {
			p.armed = time.Time{}
			c.announceDue()
		}
	})
}

// announceDue announces this node where it is due, as far as it is allowed.
func (c *Core) announceDue() {
	a := &c.presence.agenda
	for len(*a) > 0 && len(c.roster.up) > 0 && !c.drain.on {
		r := (*a)[0]
		if r.own.due.After(c.now) || c.presence.allowed.wait(c.now) > 0 {
			break
		}
		if later := c.tooEarly(r); later.After(c.now) {
			a.plan(r, later)
			continue
		}
		c.announce(r)
	}
	c.arm()
}

// tooEarly returns when a room that is due is to be looked at again, as there are
// more members by now than when that was set; otherwise no later than now.
func (c *Core) tooEarly(r *room) time.Time {
	o, n := &r.own, c.members(r)
	if o.flight != nil {
		return c.now.Add(announceSoon)
	}
	if !o.asked.IsZero() && !o.asked.After(c.now) {
		soonest := o.last.Add(gap(n))
		if !o.begun {
			soonest = o.last.Add(queue(n))
		}
		if !soonest.After(c.now) {
			return c.now
		}
		o.asked = soonest.Add(c.spread(n))
	}
	switch {
	case n == 1:
		return c.now
	case !o.begun:
		return o.asked
	}
	later := o.last.Add(c.draw(n))
	if !o.asked.IsZero() && o.asked.Before(later) {
		return o.asked
	}
	return later
}

// announce tells others in a room who of this node is in it, and plans the next time.
func (c *Core) announce(r *room) {
	o := &r.own
	o.last, o.begun, o.asked = c.now, true, time.Time{}
	wait := c.draw(c.members(r))
	if c.members(r) == 1 {
		o.lonely = min(max(announceMin, 2*o.lonely), lonelyLast)
		wait = c.jitter(o.lonely)
	}
	c.presence.agenda.plan(r, c.now.Add(wait))
	c.publishPresence(r, c.tidings(r))
}
