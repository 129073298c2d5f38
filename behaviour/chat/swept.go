package chat

import (
	"cmp"
	"slices"
	"time"
)

// What a user types just after the end of a session, or after a session that he
// cannot have, is meant for it: the first line within sweptGrace is held, and all
// lines are for as long as he has not been told because a store is slow. So it is at
// each of his seats that another one has taken out of a conversation.

// sweptAway says why what a user types at a seat now is not for where that is, or "".
func (c *Core) sweptAway(at *seat) string {
	why := cmp.Or(at.lost, "you are in no private session now")
	switch {
	case at.swept.IsZero():
		return ""
	case slices.ContainsFunc(c.saving.parked, func(p parked) bool { return sweeps(p.effect, at) }):
		return why
	}
	recent := c.now.Sub(at.swept) < sweptGrace
	at.swept, at.lost = time.Time{}, ""
	if !recent {
		return ""
	}
	return why
}

// sweptNow begins the grace anew: a seat is told only now.
func (c *Core) sweptNow(e Effect) {
	n, ok := e.(Notify)
	if !ok || len(n.For) != 1 {
		return
	}
	if u := c.byUser[n.For[0]]; u != nil {
		for _, at := range u.seats {
			if !at.swept.IsZero() && sweeps(e, at) {
				at.swept = c.now
			}
		}
	}
}

// sweeps says whether an effect tells a seat that it is not where it was.
func sweeps(e Effect, at *seat) bool {
	n, ok := e.(Notify)
	if !ok || len(n.For) != 1 || n.For[0] != at.user.id || !n.Reaches(at.no) {
		return false
	}
	switch n := n.Notification.(type) {
	case Failed, Switched:
		return true
	case SessionChanged:
		return n.Event == Closed && (!n.Mine || n.Elsewhere)
	}
	return false
}
