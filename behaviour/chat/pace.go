package chat

import "time"

// What waits for others holds the owner back, so that a paste goes at their pace,
// but only while they have one: whoever does not take what is said to him must not
// keep this node from hearing its users.

// lags says that what was accepted then, and waits at the head of a queue, has
// waited for too long to hold anybody back.
func (c *Core) lags(accepted time.Time) bool { return c.now.Sub(accepted) >= lagTime }

// watchPace sees to it that what holds users back is looked at again.
func (c *Core) watchPace() {
	if c.pacing || !c.crammed() {
		return
	}
	c.pacing = true
	c.after(lagTime/5, func() {
		for _, sessions := range c.sessions.byPeer { // those that are left too
			for _, s := range sessions {
				c.recountSession(s)
			}
		}
		for _, d := range c.directs {
			c.recount(d)
		}
		c.pacing = false
		c.watchPace()
	})
}

// crammed says whether what waits for peers holds this node's users back.
func (c *Core) crammed() bool {
	return c.roster.pending >= maxPending || c.sessions.pending >= maxPending
}

// allowed is what a user may use up of a bound on all of this node's together:
// guests leave half of it to the owner.
func allowed(u User, bound int) int {
	if u == Owner {
		return bound
	}
	return bound / 2
}
