package chat

import (
	"slices"
	"time"
)

// What a user types just after the end of a session, or after a session that he
// cannot have, is meant for it: the first line within sweptGrace is held, and all
// lines are for as long as he has not been told because a store is slow.

// sweptAway says whether what a user types now is not for where he is.
func (c *Core) sweptAway(u *user) bool {
	switch {
	case u.swept.IsZero():
		return false
	case slices.ContainsFunc(c.saving.parked, func(p parked) bool { return sweeps(p.effect, u) }):
		return true
	}
	recent := c.now.Sub(u.swept) < sweptGrace
	u.swept = time.Time{}
	return recent
}

// sweptNow begins the grace anew: a user is told only now.
func (c *Core) sweptNow(e Effect) {
	if n, ok := e.(Notify); ok && len(n.For) == 1 {
		if u := c.byUser[n.For[0]]; u != nil && !u.swept.IsZero() && sweeps(e, u) {
			u.swept = c.now
		}
	}
}

// sweeps says whether an effect tells a user that he is not in a session.
func sweeps(e Effect, u *user) bool {
	n, ok := e.(Notify)
	if !ok || len(n.For) != 1 || n.For[0] != u.id {
		return false
	}
	switch n := n.Notification.(type) {
	case Failed:
		return true
	case SessionChanged:
		return n.Event == Closed && !n.Mine
	}
	return false
}
