package chat

import "slices"

// Who gives no sign of life for silence is taken to be gone.

// sweepLater sees to it that somebody looks who has fallen silent.
func (c *Core) sweepLater() {
	if c.presence.sweeping {
		return
	}
	c.presence.sweeping = true
	c.after(announceMin, c.sweep)
}

func (c *Core) sweep() {
	c.presence.sweeping = false
	c.sweepRoom(c.lobby)
	for _, r := range c.channels {
		c.sweepRoom(r)
	}
	if c.presence.held > 0 {
		c.sweepLater()
	}
}

// sweepRoom takes out of a room who has been silent for too long by the rhythm of
// then and by that of today, and forgets who left long ago.
func (c *Core) sweepRoom(r *room) {
	if len(r.people.byNode) == 0 {
		return
	}
	members := c.members(r)
	for _, id := range slices.Clone(r.people.nodes) {
		n := r.people.byNode[id]
		limit := c.now.Add(-silence(max(members, n.members)))
		for i := len(n.people) - 1; i >= 0; i-- {
			if n.people[i].heard.Before(limit) {
				c.leftRoom(r, Person{id, n.people[i].guest}, false)
			}
		}
	}
	limit := c.now.Add(-c.memory(r))
	for id, n := range r.people.byNode {
		if len(n.people) == 0 && n.heard.Before(limit) {
			delete(r.people.byNode, id)
			c.presence.held--
		}
	}
}

// vacated forgets who is in a room that this node is not a part of any more.
func (c *Core) vacated(r *room) {
	for id, n := range r.people.byNode {
		for _, p := range n.people {
			c.countGuest(Person{id, p.guest}, -1)
		}
		c.presence.held -= 1 + len(n.people)
	}
	r.people = attendance{}
	c.presence.agenda.strike(r)
}
