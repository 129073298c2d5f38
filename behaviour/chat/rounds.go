package chat

import "time"

// activeEvery is the rhythm of sync while something new was shown in the last
// activeFor: the last words of a burst have nobody behind them to show that
// they are missing.
const (
	activeEvery = 5 * time.Second
	activeFor   = 15 * time.Second
)

// syncRound is the steady rhythm: a random neighbour every 30 s, more often
// while people talk or something is missing. Channels have their turn a few at a
// time, those that are alive in every round.
func (c *Core) syncRound() {
	c.wantSync(c.partner(c.lobby, ""), c.lobby)
	lively := len(c.lobby.stuck) > 0 || c.alive(c.lobby)
	left := syncRooms
	for _, r := range c.channels {
		if c.alive(r) || len(r.stuck) > 0 {
			lively = true
			c.wantSync(c.companion(r), r)
			left--
		}
	}
	for range min(left, len(c.channels)) {
		c.turn = (c.turn + 1) % len(c.channels)
		r := c.channels[c.turn]
		c.wantSync(c.companion(r), r)
	}
	every := syncEvery
	if lively {
		every = activeEvery
	}
	c.nextRound(every)
}

// alive says whether something was said in a room lately.
func (c *Core) alive(r *room) bool { return !r.active.IsZero() && c.now.Sub(r.active) < activeFor }

// nextRound sets when the next round is, in place of the one that was set.
func (c *Core) nextRound(every time.Duration) {
	c.rounds++
	mine := c.rounds
	wait := c.jitter(every)
	c.round = c.now.Add(wait)
	c.after(wait, func() {
		if c.rounds == mine {
			c.syncRound()
		}
	})
}

// stir notes that something was said, and brings the next round forward.
func (c *Core) stir(r *room) {
	r.active = c.now
	if r.shared && !c.started.IsZero() && c.round.Sub(c.now) > 2*activeEvery {
		c.nextRound(activeEvery)
	}
}
