package chat

import "time"

// announceLeft tells others in a room that a user has left it: at once where they
// are few, else if it is this node's turn; otherwise they see by its silence.
func (c *Core) announceLeft(r *room, u *user) {
	if c.forgo(r, u); len(r.own.gone) > 0 && !c.drain.on && !c.farewell(r) {
		c.announceRoom(r) // if somebody else is left to announce
	}
	if len(r.users) == 0 {
		c.presence.agenda.strike(r)
		r.own.asked = time.Time{}
	}
}

// announceEnd tells everybody that this node goes.
func (c *Core) announceEnd() {
	for _, r := range append([]*room{c.lobby}, c.channels...) {
		for _, u := range r.users {
			c.forgo(r, u)
		}
		if r == c.lobby || r.people.others() > 0 {
			c.farewell(r)
		}
	}
}

// forgo notes that others who were told of a user are to be told that he left.
func (c *Core) forgo(r *room, u *user) {
	o := &r.own
	name, told := o.told[u.id]
	if u.id == Owner {
		told, o.owner = o.owner, false
	}
	delete(o.told, u.id)
	if told && len(o.gone) < maxGuests {
		o.gone = append(o.gone, departed{name: name})
	}
}

// farewell tells who has left a room, now, and reports whether it will be told.
func (c *Core) farewell(r *room) bool {
	o := &r.own
	n := c.members(r)
	switch {
	case len(o.gone) == 0 || len(c.roster.up) == 0 || c.presence.allowed.wait(c.now) > 0:
		return false
	case n >= crowd && c.now.Sub(o.last) < share(n):
		return false
	case o.flight != nil:
		return true // after that
	case n >= crowd:
		o.last = c.now
	}
	c.publishPresence(r, c.partings(r))
	return true
}
