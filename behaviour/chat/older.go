package chat

import (
	"cmp"
	"slices"
	"time"
)

// What was said before a node joined it fetches when a user wants to read it: it
// asks one who is in the room for what comes before its own logs there, takes in
// what goes up to where they begin, and asks its store again. Nothing of this is
// shown as it comes, counted or passed on.

// older is the search for what was said in a room before the history here begins.
type older struct {
	need    uint64 // messages that the store could not find, and more in later rounds
	until   time.Time
	of      PeerID   // who is asked
	asked   bool     // a turn that says so is under way
	tried   []PeerID // who had nothing
	wants   []Range
	got     map[LogKey][]*Envelope // by number: what does not yet go up to where the log here begins
	bytes   int                    // of got
	before  int                    // bytes at the end of the last turn
	waiting []recalling            // whose questions are asked again
}

// fetchOlder puts off the answer to a user whose question the store could not
// answer in full, if somebody may know more; otherwise it reports false.
func (c *Core) fetchOlder(q recalling, found int) bool {
	r := c.rooms[q.conversation]
	if q.words != "" || r == nil || r.closing || c.drain.on {
		return false
	}
	if q.until.IsZero() {
		q.until = c.now.Add(olderTime)
	} else if !c.now.Before(q.until) {
		return false
	}
	need := uint64(q.n - found)
	if q.window.Since != 0 { // how much was said since then nobody knows
		need = min(need, olderStep)
	}
	need <<= min(q.rounds, 8)
	if r.older != nil {
		r.older.waiting = append(r.older.waiting, q)
		c.recallsPut++
		return true
	}
	wants := r.wants(need)
	o := &older{need: need, until: q.until, wants: wants, got: make(map[LogKey][]*Envelope), waiting: []recalling{q}}
	if r.older = o; len(wants) == 0 || !c.askOlder(r, o) {
		r.older = nil
		return false
	}
	c.recallsPut++
	c.after(o.until.Sub(c.now), func() {
		if r.older == o {
			c.endOlder(r, timeIsUp)
		}
	})
	return true
}

// wants are the ranges before what is kept here, need messages in all and a few
// of each log at least: who wrote the last of them is not known.
func (r *room) wants(need uint64) (wants []Range) {
	edge := func(k LogKey, first uint64) {
		if first > 1 && len(wants) < maxWants {
			wants = append(wants, Range{k, 1, first - 1})
		}
	}
	for _, l := range r.list {
		if !l.frozen && l.head > 0 {
			edge(l.key, l.edge())
		}
	}
	for _, k := range r.floors.list {
		if head, ok := r.floors.head[k]; ok {
			edge(k, head+1)
		}
	}
	for i := range wants {
		w := &wants[i]
		each := max(olderLeast, 2*need/uint64(len(wants)))
		w.First = w.Last + 1 - min(w.Last, each)
	}
	return wants
}

// edge is the number of the first message of a log that is kept here, or would be.
func (l *log) edge() uint64 {
	if l.low > 0 {
		return l.low
	}
	return l.head + 1
}

// askOlder asks the next who may have it, and reports false if there is nobody.
func (c *Core) askOlder(r *room, o *older) bool {
	for _, id := range c.holders(r, "") {
		if len(o.tried) < olderHolders && !slices.Contains(o.tried, id) {
			o.of, o.asked = id, false
			c.wantSync(id, r)
			return true
		}
	}
	return false
}

// wantOlder is what is asked of a peer in a turn about a room.
func (r *room) wantOlder(of PeerID) []Range {
	if r.older == nil || r.older.of != of {
		return nil
	}
	r.older.asked = true
	return r.older.wants
}

// olderCame puts aside an envelope that was asked for, and reports false if it was not.
func (c *Core) olderCame(r *room, from PeerID, e *Envelope) bool {
	o := r.older
	if o == nil || o.of != from || !slices.ContainsFunc(o.wants, func(w Range) bool {
		return w.LogKey == e.Key() && e.Last() >= w.First && e.Last() <= w.Last
	}) {
		return false
	}
	for i := range e.Messages {
		if e.Messages[i].Stamp > StampAt(c.now.Add(maxClock)) {
			c.refuse("stamped in the future")
			return true
		}
	}
	got := o.got[e.Key()]
	i, same := slices.BinarySearchFunc(got, e.First, func(e *Envelope, first uint64) int { return cmp.Compare(e.First, first) })
	if !same && o.bytes+len(e.Raw) <= maxOlderBytes {
		o.got[e.Key()] = slices.Insert(got, i, e)
		o.bytes += len(e.Raw)
	}
	return true
}

// olderTurn goes on after a turn with a peer about a room, and reports whether
// the peer is to be asked for more at once.
func (c *Core) olderTurn(r *room, from PeerID) bool {
	o := r.older
	if o == nil || o.of != from || !o.asked {
		return false
	}
	if c.takeOlder(r, o) {
		c.endOlder(r, someCame)
		return false
	}
	if o.bytes > o.before {
		o.before = o.bytes
		o.narrow()
		return true
	}
	c.olderNext(r, from)
	return false
}

// olderNext asks somebody else, as one had nothing.
func (c *Core) olderNext(r *room, failed PeerID) {
	o := r.older
	if o == nil || o.of != failed || !o.asked {
		return
	}
	o.tried = append(o.tried, failed)
	clear(o.got)
	o.bytes, o.before = 0, 0
	if o.wants = r.wants(o.need); len(o.wants) == 0 || !c.askOlder(r, o) {
		c.endOlder(r, nobodyHas)
	}
}

// narrow asks for what is missing between what came and where the logs here begin.
func (o *older) narrow() {
	for i := range o.wants {
		w := &o.wants[i]
		if got := o.got[w.LogKey]; len(got) > 0 {
			w.First = max(w.First, got[len(got)-1].Last()+1)
		}
	}
}

// takeOlder takes into the history what goes up to where it begins, and reports
// whether there was any. Of all logs together it is kept in the order of Less.
func (c *Core) takeOlder(r *room, o *older) bool {
	var all []*Envelope
	for _, w := range o.wants {
		got := o.got[w.LogKey]
		i := len(got)
		for top := w.Last; i > 0 && got[i-1].Last() == top && (i == len(got) || follows(got[i-1], got[i])); i-- {
			top = got[i-1].First - 1
		}
		if i == len(got) || (r.logs[w.LogKey] == nil && r.full(w.Author)) {
			continue
		}
		l := r.logs[w.LogKey]
		if l == nil {
			r.makePlace(maxLogs)
			l = r.add(w.LogKey)
		}
		if last := got[len(got)-1]; l.edge() == w.Last+1 {
			if last.Last() == l.head {
				l.sum, l.heard = last.Messages[len(last.Messages)-1].Hash, false
			}
			l.low = got[i].First
			all = append(all, got[i:]...)
		}
	}
	slices.SortStableFunc(all, func(a, b *Envelope) int {
		x, y := Placed{a.ID(0), a.Messages[0]}, Placed{b.ID(0), b.Messages[0]}
		switch {
		case Less(x, y):
			return -1
		case Less(y, x):
			return 1
		}
		return 0
	})
	for _, e := range all {
		c.change(Kept{Envelope: e, At: c.now})
	}
	return len(all) > 0
}

// follows says whether b, as its author says, comes right after a.
func follows(a, b *Envelope) bool {
	return b.Prev == (Hash{}) || b.Prev == a.Messages[len(a.Messages)-1].Hash
}

// How a search ends.
type olderEnd uint8

const (
	someCame  olderEnd = iota // it may go on
	nobodyHas                 // of those who can be asked
	timeIsUp
)

// endOlder asks the store again for all who wait.
func (c *Core) endOlder(r *room, how olderEnd) {
	o := r.older
	r.older = nil
	c.recallsPut -= len(o.waiting)
	for _, q := range o.waiting {
		q.rounds++
		if how != someCame {
			q.until, q.more = c.now, how == timeIsUp
		}
		c.recallAgain(q)
	}
}

// olderFor is what is given to a peer that wants what lies before its logs: of each
// the last that it wants, and what comes right before. From memory it is the newest
// of all; the store is asked for all of a range, and what does not go into a turn
// of that is asked for again.
func (c *Core) olderFor(r *room, wants []Range, budget int) (envelopes []*Envelope, stored []Range) {
	next := make(map[LogKey]Range, len(wants))
	for _, w := range wants[:min(len(wants), maxWants)] {
		l := r.logs[w.LogKey]
		if l == nil || l.frozen || w.First > w.Last {
			continue
		}
		next[w.LogKey] = w
		if c.cfg.Durable && l.low > 0 && l.low < l.hot() {
			if s := (Range{w.LogKey, max(w.First, l.low), min(w.Last, l.hot()-1)}); s.First <= s.Last {
				stored = append(stored, s)
			}
		}
	}
	size := 0
	for i := len(r.kept) - 1; i >= 0; i-- {
		e := r.kept[i].envelope
		w, ok := next[e.Key()]
		if !ok || e.Last() != w.Last || e.Last() < w.First {
			continue
		}
		if size += len(e.Raw); size > budget {
			break
		}
		w.Last = e.First - 1
		next[e.Key()] = w
		envelopes = append(envelopes, e)
	}
	slices.Reverse(envelopes)
	return envelopes, stored
}
