package chat

import (
	"time"
)

// Sync is push-pull between two nodes. Each turn carries a state vector and the
// envelopes that the other is known to lack. The initiator's first turn is its
// vector alone; the responder answers with its own and what the initiator
// lacks; turns go on while one side has something for the other.

// maxTurns bounds a sync, so that two nodes that disagree cannot talk for ever.
const maxTurns = 512

// activeEvery is the rhythm of sync while something new was shown in the last
// activeFor: the last words of a burst have nobody behind them to show that
// they are missing.
const (
	activeEvery = 5 * time.Second
	activeFor   = 15 * time.Second
)

// carryTime is how long gossip is given to carry a message to a neighbour before
// sync offers it too.
const carryTime = 500 * time.Millisecond

// spreadWave neighbours at a time are offered what came by sync, spreadPause apart.
const (
	spreadWave  = 4
	spreadPause = 100 * time.Millisecond
)

// syncing is the state of sync with one peer.
type syncing struct {
	busy  bool // a turn of ours is under way
	again bool // somebody wanted another sync meanwhile
	turns int
	sums  [2]uint64 // of my vector and theirs after the last turn
	done  time.Time // when the last one ended well
	fails int       // since then
	retry bool      // a timer starts the next after one that failed
	later bool      // a timer starts one for what was left to gossip
}

// syncRound is the steady rhythm: a random neighbour every 30 s, more often
// while people talk or something is missing.
func (c *Core) syncRound() {
	if p := c.roster.random(c.cfg.Rand, ""); p != "" {
		c.wantSync(p)
	}
	every := syncEvery
	if c.now.Sub(c.active) < activeFor || len(c.lobby.stuck) > 0 {
		every = activeEvery
	}
	c.nextRound(every)
}

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
func (c *Core) stir() {
	c.active = c.now
	if !c.started.IsZero() && c.round.Sub(c.now) > 2*activeEvery {
		c.nextRound(activeEvery)
	}
}

// wantSync starts a sync with a connected peer, or notes that one more is wanted.
func (c *Core) wantSync(id PeerID) {
	p := c.roster.byID[id]
	if p == nil || !p.up {
		return
	}
	if p.sync.busy {
		p.sync.again = true
		return
	}
	p.sync.turns = 0
	c.turn(p, []Delta{c.delta(c.lobby, nil)})
}

// delta is one turn about a room: its state and what a peer lacks of it.
func (c *Core) delta(r *room, envelopes []*Envelope) Delta {
	return Delta{Conversation: r.name, Vector: r.vector(), Envelopes: envelopes, Newcomer: c.newcomer()}
}

// newcomer says whether this node has yet to learn where the logs of others
// begin for it. Until then they give it their recent messages, not all they have.
func (c *Core) newcomer() bool { return c.settled.IsZero() || c.now.Before(c.settled) }

func (c *Core) turn(p *peer, deltas []Delta) {
	p.sync.busy = true
	p.sync.turns++
	c.do(Sync{With: p.id, Deltas: deltas})
}

func (c *Core) linkFormed(id PeerID) {
	if p := c.roster.byID[id]; p != nil {
		p.linked = c.now
	}
	c.wantSync(id)
}

// lost mends what a full queue dropped. Coming in, nobody knows whose words it was.
func (c *Core) lost(id PeerID) {
	if id == "" {
		id = c.roster.random(c.cfg.Rand, "")
	}
	c.after(gapRetry, func() { c.wantSync(id) })
}

// lacks is room.lacking for the peer from, who sent d. What is left to gossip is
// looked at again soon.
func (c *Core) lacks(from PeerID, d Delta) (envelopes []*Envelope, more bool) {
	p := c.roster.byID[from]
	if p == nil || !p.up || c.drain.on {
		envelopes, more, _ = c.lobby.lacking(d, c.now, c.now)
		return envelopes, more
	}
	envelopes, more, left := c.lobby.lacking(d, p.linked, c.now.Add(-carryTime))
	if left && !p.sync.later {
		p.sync.later = true
		c.after(2*carryTime, func() {
			p.sync.later = false
			c.wantSync(from)
		})
	}
	return envelopes, more
}

// absorb takes in what a turn brought and reports whether it was news that
// gossip had not hinted at.
func (c *Core) absorb(from PeerID, d Delta) bool {
	r := c.lobby
	if c.newcomer() {
		c.learnFloors(r, d.Vector)
	}
	seen := make(map[LogKey]bool)
	news := false
	for _, e := range d.Envelopes {
		if e.Conversation != r.name {
			c.refuse("sync of another conversation")
			continue
		}
		l := r.logs[e.Key()]
		hinted := l != nil && l.isStuck
		if !seen[e.Key()] && e.First > 1 && !r.has(Ref{e.Key(), e.First - 1}) {
			// The first that it has for us leaves a gap: it dropped what lies between.
			if l == nil && !r.full(e.Author) {
				r.makePlace(maxLogs)
				l = r.add(e.Key())
			}
			if l != nil {
				l.gone = e.First - 1
			}
		}
		seen[e.Key()] = true
		if c.take(r, e, bySync, from) && !hinted {
			news = true
		}
	}
	return news
}

// learnFloors learns where the logs begin for this node of which nothing was
// shown yet.
func (c *Core) learnFloors(r *room, v []LogState) {
	for _, s := range v {
		switch l := r.logs[s.LogKey]; {
		case s.From <= 1:
		case l == nil:
			r.floors.set(s.LogKey, s.From-1)
		case l.head == 0 && l != r.mine.log && len(l.early) > 0 && s.From <= l.early[0].First:
			l.head, l.heard = s.From-1, true
		}
	}
	for _, l := range r.stuck {
		c.advance(r, l, bySync)
	}
}

func (c *Core) syncRequested(ev SyncRequested) {
	reply := make([]Delta, 0, 1)
	news := false
	for _, d := range ev.Deltas {
		if d.Conversation != Lobby {
			continue
		}
		news = c.absorb(ev.From, d) || news
		c.confirm(d.Vector)
		lacks, more := c.lacks(ev.From, d)
		mine := c.delta(c.lobby, lacks)
		mine.More = more
		reply = append(reply, mine)
		break // one turn per conversation
	}
	c.do(AnswerSync{Ticket: ev.Ticket, Deltas: reply})
	if news {
		c.startSpread(ev.From)
	}
}

func (c *Core) syncDone(ev SyncDone) {
	p := c.roster.byID[ev.With]
	if p == nil {
		return
	}
	p.sync.busy = false
	if ev.Err != "" {
		c.counts["syncs that failed"]++
		p.sync.fails++
		if p.up && !p.sync.retry && (p.sync.again || p.sync.done.IsZero()) {
			p.sync.retry = true
			c.after(c.jitter(gapRetry<<min(p.sync.fails, 6)), func() {
				p.sync.retry = false
				c.wantSync(ev.With)
			})
		}
		p.sync.again = false
		return
	}
	p.sync.done, p.sync.fails = c.now, 0
	if c.settled.IsZero() {
		c.settled = c.now.Add(newFor)
	}
	var next []Delta
	for _, d := range ev.Deltas {
		if d.Conversation != Lobby {
			continue
		}
		if c.absorb(ev.With, d) {
			c.startSpread(ev.With)
		}
		c.confirm(d.Vector)
		push, _ := c.lacks(ev.With, d)
		if len(push) > 0 || d.More {
			mine := c.delta(c.lobby, push)
			sums := [2]uint64{sum(mine.Vector), sum(d.Vector)}
			// When a turn moved neither side, as one will not have what the other
			// gives, the next would be the same again.
			if p.sync.turns == 1 || sums != p.sync.sums {
				next = append(next, mine)
			}
			p.sync.sums = sums
		}
		break
	}
	switch {
	case len(next) > 0 && p.up && p.sync.turns < maxTurns:
		c.turn(p, next)
	case p.sync.again:
		p.sync.again = false
		c.wantSync(ev.With)
	}
}

// spreading is a walk over the neighbours to offer them what came by sync:
// where gossip did not bring it to this node it may not reach those behind it.
type spreading struct {
	queue   []PeerID
	walking bool
}

func (c *Core) startSpread(except PeerID) {
	c.spread.queue = c.roster.shuffled(c.cfg.Rand, except)
	if !c.spread.walking {
		c.spreadOn()
	}
}

func (c *Core) spreadOn() {
	n := min(spreadWave, len(c.spread.queue))
	for _, id := range c.spread.queue[:n] {
		c.wantSync(id)
	}
	c.spread.queue = c.spread.queue[n:]
	c.spread.walking = len(c.spread.queue) > 0
	if c.spread.walking {
		c.after(spreadPause, c.spreadOn)
	}
}
