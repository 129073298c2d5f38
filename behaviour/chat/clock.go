package chat

import (
	"fmt"
	"slices"
	"time"
)

// Three times are told apart.
//
//   - now is for intervals and timers. It never goes back: the times that the core
//     is given carry a monotonic reading, and where they do not (a simulation, a
//     recording) what they go back by is added to all that follow. So no timer waits
//     for a clock that was set back to catch up.
//   - wall is what the machine's clock says. It may be wrong, and jump: forwards when
//     the machine slept, which is most often right, and so it is followed.
//   - net is the time of the network. It is wall, unless most of several peers who
//     are connected have clocks that differ from it by more than clockTolerance,
//     to one side: then it is theirs, and the owner is told. Stamps are net, and what
//     is from the future is so by net: with a clock an hour or a year off a node is
//     heard and hears all the same, in an order that is the others' too.
//
// What a node said before it knew better may bear stamps that nobody takes. When it
// finds out it begins a new life, where what nobody holds is said again. A stamp
// does not say when something happened to anybody who can choose it: it orders, and
// no more. A message whose stamp is not greater than those of its deps lies; it is
// shown after them nevertheless where it is shown live, and in histories it stands
// where its stamp puts it: for all at the same place, which is what counts.

// clockTolerance is how far two clocks may be apart before users are told (PROMISES
// 4, clock skew); machines that keep time over the network are within a second.
const clockTolerance = 2 * time.Minute

// clockPatience is how long after the first clock that differs users are told whose is
// wrong: others who are connected have announced themselves by then, in rooms of
// up to some hundred.
const clockPatience = 10 * time.Second

// clockNotice is the least time between two notices of clocks to the owner.
const clockNotice = time.Hour

// clocks is what is known of the node's own clock.
type clocks struct {
	given  time.Time     // with the call under way
	lead   time.Duration // of now before given
	wall   time.Time     // given, without the monotonic reading
	others time.Duration // how far the clocks of others are ahead, where that matters
	said   Stamp         // the greatest stamp of a message of this node's own
	told   time.Time     // when the owner was last told; zero: never
	asking bool          // a timer tells of clocks that are apart
}

// begin takes the time of a call.
func (c *Core) begin(now time.Time) {
	k := &c.clocks
	wall := now.Round(0)
	back := k.wall.Sub(wall)
	if jumped := wall.Sub(k.wall) - now.Sub(k.given); back > clockTolerance || jumped > clockTolerance {
		for _, id := range c.roster.up { // what was seen by the clock as it was
			c.roster.byID[id].sampled = false
		}
	}
	if ago := k.given.Sub(now); ago > 0 {
		k.lead += ago
	}
	k.given, k.wall = now, wall
	c.now = now
	if k.lead > 0 {
		c.now = now.Add(k.lead)
	}
	clear(c.out)
	c.out = c.out[:0]
	if back > clockTolerance {
		c.tellClock("the clock of this machine went back by " + span(back) + " – messages keep their order all the same")
	}
	c.runTimers()
}

// Wake is when the core wants a Tick, by the clock that it is given; zero when it
// waits for nothing.
func (c *Core) Wake() time.Time {
	first := c.timers.first()
	if first.IsZero() {
		return first
	}
	return first.Add(-c.clocks.lead)
}

// net is the time of the network, as well as this node knows.
func (c *Core) net() time.Time { return c.clocks.wall.Add(c.clocks.others) }

// latest is the greatest stamp that is not from the future.
func (c *Core) latest() Stamp { return StampAt(c.net().Add(maxClock)) }

// stamp is the time for a new message of one's own.
func (c *Core) stamp() Stamp {
	c.clock = c.nextStamp()
	return c.clock
}

// nextStamp is what stamp would return: later than all that was seen.
func (c *Core) nextStamp() Stamp { return max(c.clock+1, StampAt(c.net())) }

// sampleClock learns from an announcement how far the clock of a connected peer is
// ahead of this node's. Only announcements are stamped when they leave; only those
// that come from their author by the connection to it cannot be old ones that
// somebody repeats; and only where the counter is zero the stamp is the clock's,
// not that of some message that was seen. So where one whose clock is less than
// maxClock ahead talks all the time, and all stamps follow his, nobody finds out.
func (c *Core) sampleClock(hop PeerID, e *Envelope) {
	p := c.roster.byID[hop]
	at := e.Messages[0].Stamp
	if hop != e.Author || p == nil || !p.up || at&(1<<16-1) != 0 {
		return
	}
	p.ahead, p.sampled = at.Time().Sub(c.clocks.wall), true
	c.judgeClock()
	if p.ahead.Abs() > clockTolerance && !c.clocks.asking {
		c.clocks.asking = true
		c.after(clockPatience, func() {
			c.clocks.asking = false
			c.tellClocks()
		})
	}
}

// judgeClock decides whether this node's clock is the one that is wrong.
func (c *Core) judgeClock() {
	var ahead []time.Duration // of those who are connected, by how much
	before, behind := 0, 0
	for _, id := range c.roster.up {
		if p := c.roster.byID[id]; p.sampled {
			ahead = append(ahead, p.ahead)
			switch {
			case p.ahead > clockTolerance:
				before++
			case p.ahead < -clockTolerance:
				behind++
			}
		}
	}
	others := time.Duration(0)
	if n := len(ahead); n > 1 && (2*before > n || 2*behind > n) {
		slices.Sort(ahead)
		others = ahead[n/2]
	}
	was := c.clocks.others
	if d := others - was; d.Abs() > clockTolerance || others == 0 {
		c.clocks.others = others
	}
	if c.clocks.others != was {
		for _, id := range c.roster.up { // of what was not taken
			c.syncAll(c.roster.byID[id])
		}
	}
	if agrees := len(ahead) - before - behind; c.clocks.others != 0 || agrees > 0 {
		c.mendStamps()
	}
}

// tellClocks tells the owner whose clock is wrong, when all who are connected have
// had the time to show theirs.
func (c *Core) tellClocks() {
	if d := c.clocks.others; d != 0 {
		way := "behind"
		if d < 0 {
			way = "ahead of"
		}
		c.tellClock(fmt.Sprintf("your clock is %s %s the others' – messages go by theirs – set the clock of this machine", span(d), way))
		return
	}
	sampled := 0
	var wrong *peer
	for _, id := range c.roster.up {
		if p := c.roster.byID[id]; p.sampled {
			if sampled++; p.ahead.Abs() > clockTolerance {
				wrong = p
			}
		}
	}
	switch {
	case wrong == nil:
	case sampled == 1:
		c.tellClock("the clocks of this machine and of " + c.face(wrong.id).Label() + " are " + span(wrong.ahead) + " apart – what the one says that is ahead may not be taken by the other – set the one that is wrong")
	case wrong.ahead > maxClock:
		c.tellClock("the clock of " + c.face(wrong.id).Label() + " is " + span(wrong.ahead) + " ahead – what it says is not taken while that is so")
	}
}

// mendStamps gives up stamps that nobody takes: the next are by the time of the
// network, and where some were used already, in a new log.
func (c *Core) mendStamps() {
	if c.clock > c.latest() {
		c.clock = StampAt(c.net())
		if c.clocks.said <= c.latest() { // the log goes on, and its stamps do not go back
			c.clock = max(c.clock, c.clocks.said)
		}
	}
	if c.clocks.said > c.latest() {
		c.clocks.said = 0
		c.counts["new logs because of a wrong clock"]++
		c.beginLife()
	}
}

// tellClock tells the owner of trouble with this machine's clock, now and then.
func (c *Core) tellClock(text string) {
	if k := &c.clocks; k.told.IsZero() || c.now.Sub(k.told) >= clockNotice {
		k.told = c.now
		c.warn(text)
	}
}

// sentAt is when a message was sent, for showing it: by the clock of its author,
// or by that of this machine if the two are known to differ.
func (c *Core) sentAt(author PeerID, m *Message) time.Time {
	at := m.Stamp.Time()
	if p := c.roster.byID[author]; p != nil && p.sampled && p.ahead.Abs() > clockTolerance {
		at = at.Add(-p.ahead)
	}
	if at.After(c.clocks.wall.Add(clockTolerance)) {
		return c.clocks.wall
	}
	return at
}

// span is a duration as people say it.
func span(d time.Duration) string {
	switch d = d.Abs(); {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()+12)/24)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()+0.5))
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()+0.5))
}
