package chat

import (
	"cmp"
	"slices"
	"time"
)

// Sync is push-pull between two nodes. Each turn carries a state vector and the
// envelopes that the other is known to lack. The initiator's first turn is its
// vector alone; the responder answers with its own and what the initiator
// lacks; turns go on while one side has something for the other.

// maxTurns bounds a sync, so that two nodes that disagree cannot talk for ever.
const maxTurns = 512

// carryTime is how long gossip is given to carry a message to a neighbour before
// sync offers it too.
const carryTime = 500 * time.Millisecond

// syncing is the state of sync with one peer: about some rooms at a time.
type syncing struct {
	busy   bool       // a turn of ours is under way
	wanted []*room    // what the next sync is about, each once
	under  []underway // what the one under way is about
	turns  int
	turn   uint64    // counts all turns
	done   time.Time // when the last one ended well
	fails  int       // since then
	retry  bool      // a timer starts the next after one that failed
	later  []*room   // a timer wants a sync of what was left to gossip
}

// underway is a room that a sync is about.
type underway struct {
	room     *room
	feeds    bool      // the peer has more
	released bool      // it is slow, and another has its place
	sums     [2]uint64 // of my vector and theirs after the last turn
}

// wantSync starts a sync with a peer about a room, or notes that one more is
// wanted. Of the lobby peers that are not connected hold nothing that others do
// not; members of a channel may be few and far.
func (c *Core) wantSync(id PeerID, r *room) {
	p := c.roster.byID[id]
	if p == nil || (!p.up && r == c.lobby) {
		return
	}
	if !slices.Contains(p.sync.wanted, r) {
		p.sync.wanted = append(p.sync.wanted, r)
	}
	if !p.sync.busy {
		c.startSync(p)
	}
}

// startSync begins a sync about what is wanted, as much as a turn takes.
func (c *Core) startSync(p *peer) {
	s := &p.sync
	s.turns, s.under = 0, s.under[:0]
	var deltas []Delta
	states, taken := 0, 0
	var later []*room
	for _, r := range s.wanted {
		if len(deltas) == syncRooms || states > maxLogs {
			break
		}
		taken++
		switch {
		case c.rooms[r.name] != r:
			continue // left meanwhile
		case !r.mayAsk(p.id):
			later = append(later, r)
			continue
		}
		d := c.delta(r, nil)
		d.Want = r.wantOlder(p.id)
		states += len(d.Vector)
		deltas = append(deltas, d)
		s.under = append(s.under, underway{room: r})
	}
	s.wanted = append(later, s.wanted[taken:]...)
	if len(deltas) > 0 {
		c.syncTurn(p, deltas)
	}
}

// delta is one turn about a room: its state and what a peer lacks of it.
func (c *Core) delta(r *room, envelopes []*Envelope) Delta {
	return Delta{Conversation: r.name, Vector: c.vector(r), Envelopes: envelopes, Newcomer: c.newcomer(r)}
}

// newcomer says whether this node has yet to learn where the logs of others
// begin for it. Until then they give it their recent messages, not all they have.
func (c *Core) newcomer(r *room) bool { return r.settled.IsZero() || c.now.Before(r.settled) }

func (c *Core) syncTurn(p *peer, deltas []Delta) {
	p.sync.busy = true
	p.sync.turns++
	c.launched(p)
	c.do(Sync{With: p.id, Deltas: deltas})
}

func (c *Core) linkFormed(id PeerID) {
	p := c.roster.byID[id]
	if p == nil {
		return
	}
	p.linked = c.now
	c.syncAll(p)
	c.announceLinks(p)
}

// syncAll wants a sync about everything that a peer is known to be in.
func (c *Core) syncAll(p *peer) {
	c.wantSync(p.id, c.lobby)
	for _, r := range c.channels {
		if r.people.has(p.id) {
			c.wantSync(p.id, r)
		}
	}
}

// lost mends what a full queue dropped. Coming in, nobody knows whose words it was.
func (c *Core) lost(id PeerID) {
	if id == "" {
		id = c.roster.random(c.cfg.Rand, "")
	}
	c.after(gapRetry, func() {
		if p := c.roster.byID[id]; p != nil {
			c.syncAll(p)
		}
	})
}

// lacks is room.lacking for the peer from, who sent d. What is left to gossip is
// looked at again soon.
func (c *Core) lacks(from PeerID, r *room, d Delta, budget int) (envelopes []*Envelope, more bool) {
	p := c.roster.byID[from]
	if p == nil || !p.up || c.drain.on {
		envelopes, more, _ = r.lacking(d, c.now, c.now, budget)
		return envelopes, more
	}
	envelopes, more, left := r.lacking(d, p.linked, c.now.Add(-carryTime), budget)
	if left && !slices.Contains(p.sync.later, r) {
		if p.sync.later = append(p.sync.later, r); len(p.sync.later) == 1 {
			c.after(2*carryTime, func() {
				later := p.sync.later
				p.sync.later = nil
				for _, r := range later {
					c.wantSync(from, r)
				}
			})
		}
	}
	return envelopes, more
}

// absorb takes in what a turn brought and reports whether it was news that
// gossip had not hinted at.
func (c *Core) absorb(from PeerID, r *room, d Delta) bool {
	if c.newcomer(r) {
		c.learnFloors(r, d.Vector)
	}
	seen := make(map[LogKey]bool)
	forks := contradictions(d.Envelopes)
	news := false
	for _, e := range inTime(d.Envelopes) {
		if e.Conversation != r.name {
			c.refuse("sync of another conversation")
			continue
		}
		if c.olderCame(r, from, e) {
			continue
		}
		if slices.ContainsFunc(forks, func(p proof) bool { return e.Key() == p.Other.Key() && e.Last() >= p.seq }) {
			continue // nobody can say which branch is meant
		}
		l := r.logs[e.Key()]
		hinted := l != nil && l.isStuck
		if !seen[e.Key()] && e.First > 1 && !r.has(Ref{e.Key(), e.First - 1}) {
			// The first that it has for us leaves a gap: it dropped what lies between.
			if l == nil && !r.full(e.Author) {
				r.makePlace(maxLogs)
				l = c.addLog(r, e.Key())
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
	for _, p := range forks {
		if p.Other.Conversation == r.name {
			c.convict(r, p)
		}
	}
	return news
}

// inTime are envelopes in the order in which they were written as far as their
// stamps tell: a peer gives them in the order in which it got them, and one who
// came back and spoke before he had caught up got the latest first. Those of a log
// keep their order whatever is stamped on them.
func inTime(envelopes []*Envelope) []*Envelope {
	type entry struct {
		e  *Envelope
		at Stamp
	}
	entries := make([]entry, len(envelopes))
	last := make(map[LogKey]Stamp)
	for i, e := range envelopes {
		at := max(last[e.Key()], e.Messages[0].Stamp)
		last[e.Key()] = at
		entries[i] = entry{e, at}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.at, b.at) })
	sorted := make([]*Envelope, len(entries))
	for i, x := range entries {
		sorted[i] = x.e
	}
	return sorted
}

// learnFloors learns where the logs begin for this node of which nothing was
// shown yet.
func (c *Core) learnFloors(r *room, v []LogState) {
	for _, s := range v {
		switch l := r.logs[s.LogKey]; {
		case s.From <= 1:
		case l == nil:
			r.floors.set(s.LogKey, s.From-1)
			c.changeSoon(Moved{r.name, LogMark{LogKey: s.LogKey, Head: s.From - 1, Heard: true}})
		case l.head == 0 && l != r.mine.log && len(l.early) > 0 && s.From <= l.early[0].First:
			l.head, l.heard = s.From-1, true
		}
	}
	for _, l := range r.stuck {
		c.advance(r, l, bySync)
	}
}

func (c *Core) syncRequested(ev SyncRequested) {
	reply := make([]Delta, 0, len(ev.Deltas))
	budget, states := syncBytes, 0
	var news []*room
	for _, d := range ev.Deltas {
		r := c.rooms[d.Conversation]
		if r == nil || states > maxLogs || slices.ContainsFunc(reply, func(o Delta) bool { return o.Conversation == d.Conversation }) {
			continue // one turn per conversation
		}
		if c.absorb(ev.From, r, d) {
			news = append(news, r)
		}
		c.confirm(r, ev.From, d.Vector)
		lacks, more := c.lacks(ev.From, r, d, budget)
		lacks, more = c.withEvidence(r, d, lacks, more, budget)
		mine := c.delta(r, lacks)
		mine.More = more
		mine.Stored, mine.Budget = c.stored(r, d), budget
		if len(d.Want) > 0 && len(lacks)+len(mine.Stored) == 0 {
			mine.Envelopes, mine.Stored = c.olderFor(r, d.Want, budget)
			lacks = mine.Envelopes
		}
		reply = append(reply, mine)
		if budget -= weight(lacks); len(mine.Stored) > 0 {
			budget = 0
		}
		states += len(mine.Vector)
	}
	c.do(AnswerSync{Ticket: ev.Ticket, Deltas: reply})
	for _, r := range news {
		c.startSpread(r, ev.From)
	}
}

// weight is the size of envelopes in bytes.
func weight(envelopes []*Envelope) (n int) {
	for _, e := range envelopes {
		n += len(e.Raw)
	}
	return n
}

func (c *Core) syncDone(ev SyncDone) {
	p := c.roster.byID[ev.With]
	if p == nil {
		return
	}
	s := &p.sync
	was := s.under
	c.landed(p)
	defer func() {
		for _, u := range was {
			c.nextInLine(u.room)
		}
	}()
	if ev.Err != "" {
		s.busy = false
		c.syncFailed(p)
		return
	}
	// What the turn brings may want a sync with the same peer: after this one.
	s.done, s.fails = c.now, 0
	var next []Delta
	var under []underway
	budget := syncBytes
	for _, u := range s.under {
		i := slices.IndexFunc(ev.Deltas, func(d Delta) bool { return d.Conversation == u.room.name })
		if i < 0 || c.rooms[u.room.name] != u.room {
			continue
		}
		if mine, more := c.nextTurn(p, &u, ev.Deltas[i], budget); more {
			if budget -= weight(mine.Envelopes); len(mine.Stored) > 0 {
				budget = 0
			}
			next, under = append(next, mine), append(under, u)
		}
	}
	s.under, s.busy = under, false
	switch {
	case len(next) > 0 && p.up && s.turns < maxTurns:
		c.syncTurn(p, next)
	case len(s.wanted) > 0:
		c.startSync(p)
	}
}

// nextTurn takes in a peer's turn about a room and says whether another is worth
// it: when either has something for the other, and the last turn moved anything.
func (c *Core) nextTurn(p *peer, u *underway, d Delta, budget int) (mine Delta, more bool) {
	r := u.room
	if r.settled.IsZero() {
		r.settled = c.now.Add(newFor)
	}
	if c.absorb(p.id, r, d) {
		c.startSpread(r, p.id)
	}
	c.confirm(r, p.id, d.Vector)
	push, rest := c.lacks(p.id, r, d, budget)
	push, _ = c.withEvidence(r, d, push, rest, budget)
	stored := c.stored(r, d)
	if d.More && r.feeder != "" {
		if !slices.Contains(p.sync.wanted, r) {
			p.sync.wanted = append(p.sync.wanted, r)
		}
		return Delta{}, false // another gives already: see then what is left
	}
	u.feeds = d.More
	further := c.olderTurn(r, p.id)
	if len(push) == 0 && len(stored) == 0 && !d.More && !further {
		return Delta{}, false
	}
	mine = c.delta(r, push)
	mine.Want = r.wantOlder(p.id)
	mine.Stored, mine.Budget = stored, budget
	sums := [2]uint64{sum(mine.Vector), sum(d.Vector)}
	// When a turn moved neither side, as one will not have what the other gives,
	// the next would be the same again.
	more = p.sync.turns == 1 || sums != u.sums || further
	u.sums = sums
	return mine, more
}

// syncFailed tries again where nothing came of it yet, or more is wanted.
func (c *Core) syncFailed(p *peer) {
	c.counts["syncs that failed"]++
	s := &p.sync
	s.fails++
	again := p.up && (len(s.wanted) > 0 || s.done.IsZero())
	if again {
		for _, u := range s.under {
			if !slices.Contains(s.wanted, u.room) {
				s.wanted = append(s.wanted, u.room)
			}
		}
	} else {
		s.wanted = nil
	}
	for _, u := range s.under {
		c.olderNext(u.room, p.id)
	}
	s.under = nil
	if again && !s.retry {
		s.retry = true
		c.after(c.jitter(gapRetry<<min(s.fails, 6)), func() {
			s.retry = false
			if p.up && !s.busy {
				c.startSync(p)
			}
		})
	}
}
