package chat

import (
	"container/heap"
	"math"
	"time"
)

// The rhythm of announcements is that of RTCP's reports (RFC 3550, 6.2 and 6.3):
// whatever the number of members, all of them together announce themselves
// announceRate times a second at most, and each reckons its own part of that
// from how many it knows of.

// share is the time in which it is each member's turn once.
func share(members int) time.Duration {
	return time.Duration(float64(members) / announceRate * float64(time.Second))
}

// interval is the mean time between two announcements of a member.
func interval(members int) time.Duration { return max(announceMin, share(members)) }

// silence is how long a member may be silent and is still taken to be there.
func silence(members int) time.Duration { return announceMissed * interval(members) }

// gap is the least time between two announcements of a member that has a reason
// for the second. In small rooms it is short: there is no crowd to storm.
func gap(members int) time.Duration { return max(announceSoon, share(members-smallRoom)) }

// queue is how long after its first reason a member waits for its first
// announcement: those who come at once take a part of the rate one after the
// other, besides those who are there.
func queue(members int) time.Duration { return newcomersPart * max(0, share(members-smallRoom)) }

// draw is a random interval between two announcements. The divisor makes up for
// reconsideration, which favours long ones.
func (c *Core) draw(members int) time.Duration {
	return time.Duration(float64(interval(members)) * (0.5 + c.cfg.Rand.Float64()) / (math.E - 1.5))
}

// spread is a random part of the time in which those who have the same reason
// to announce themselves do so. Exponentially more are late than early: however
// many they are, the few who begin are heard before the rest has spoken.
func (c *Core) spread(members int) time.Duration {
	const steep = 9 // e⁹ members: the first is expected at the beginning
	x := math.Log(1+c.cfg.Rand.Float64()*(math.Exp(steep)-1)) / steep
	return time.Duration(x * float64(max(announceSoon, gap(members)/2)))
}

// agenda is the rooms in which this node is to announce itself, the one that is
// due first in front; equal ones by name, so that runs repeat exactly.
type agenda []*room

func (a agenda) Len() int { return len(a) }

func (a agenda) Less(i, j int) bool {
	if a[i].own.due.Equal(a[j].own.due) {
		return a[i].name < a[j].name
	}
	return a[i].own.due.Before(a[j].own.due)
}

func (a agenda) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].own.place, a[j].own.place = i+1, j+1
}

func (a *agenda) Push(x any) {
	r := x.(*room)
	*a = append(*a, r)
	r.own.place = len(*a)
}

func (a *agenda) Pop() any {
	last := len(*a) - 1
	r := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	r.own.place = 0
	return r
}

// plan sets when a room is due, in place of what was set.
func (a *agenda) plan(r *room, due time.Time) {
	r.own.due = due
	if r.own.place == 0 {
		heap.Push(a, r)
		return
	}
	heap.Fix(a, r.own.place-1)
}

// strike takes a room off.
func (a *agenda) strike(r *room) {
	if r.own.place > 0 {
		heap.Remove(a, r.own.place-1)
	}
}

// allowance holds this node to nodeRate announcements a second over all rooms,
// after a burst of nodeBurst.
type allowance struct {
	spent float64   // of the burst
	at    time.Time // when
}

// wait is how long until one more is allowed.
func (a *allowance) wait(now time.Time) time.Duration {
	a.spent = max(0, a.spent-nodeRate*now.Sub(a.at).Seconds())
	a.at = now
	over := a.spent + 1 - nodeBurst
	return max(0, time.Duration(math.Ceil(over/nodeRate*float64(time.Second))))
}

// take uses n of it up. What is begun is not cut short: the next then waits longer.
func (a *allowance) take(n int) { a.spent += float64(n) }

// reconsider scales the time to a room's next announcement, and since the last,
// to the number of members after some have left (RFC 3550, 6.3.4).
func (c *Core) reconsider(r *room, before int) {
	if r.own.place == 0 || share(before) <= announceMin {
		return
	}
	part := float64(c.members(r)) / float64(before)
	scale := func(d time.Duration) time.Duration { return time.Duration(part * float64(d)) }
	r.own.last = c.now.Add(-scale(c.now.Sub(r.own.last)))
	if ahead := r.own.due.Sub(c.now); ahead > 0 {
		c.presence.agenda.plan(r, c.now.Add(scale(ahead)))
		c.arm()
	}
}
