package chat

import (
	"slices"
	"time"
)

// road is how an envelope came.
type road uint8

const (
	byGossip road = iota
	bySync
	byDirect
)

// lateAge is how old a message that came by sync may be without being marked late.
const lateAge = 10 * time.Second

func (c *Core) envelopeReceived(from PeerID, e *Envelope) {
	conv, presence := e.Conversation.OfPresence()
	if !presence {
		conv = e.Conversation
	}
	r := c.rooms[conv]
	switch {
	case r == nil || r.closing: // of a channel that shares its topic with one of this node's
	case presence:
		c.sampleClock(from, e)
		c.presenceHeard(r, e)
	default:
		c.take(r, e, byGossip, from)
	}
}

// take lets a verified envelope into a room: what is new and in order is shown,
// what is early waits, what is known is ignored. It reports whether anything
// was shown.
func (c *Core) take(r *room, e *Envelope, by road, from PeerID) bool {
	for i := range e.Messages {
		if e.Messages[i].Stamp > c.latest() {
			c.refuse("stamped in the future")
			return false
		}
	}
	l := r.logs[e.Key()]
	if l == nil {
		if r.full(e.Author) {
			c.refuse("too many logs")
			return false
		}
		if r.retired.head[e.Key()] >= e.Last() {
			return false
		}
		r.makePlace(maxLogs)
		l = c.addLog(r, e.Key())
	}
	if l == r.mine.log && !c.surpassed(r, e) {
		return false // gossip brings one's own words back
	}
	switch {
	case l.frozen:
		c.refuse("from a log that contradicts itself")
		return false
	}
	if held, seq := l.against(e); seq > 0 {
		c.freeze(r, l, proof{Proved{held, e}, seq})
		return false
	}
	switch {
	case e.Last() <= l.head && l.heard && by == byGossip:
		l.head = e.First - 1 // the neighbour was wrong
	case e.Last() <= l.head:
		return false
	}
	before := l.head
	if !r.putEarly(l, e) {
		c.refuse("too much waits for earlier messages")
		return false
	}
	c.advance(r, l, by)
	if l.isStuck && by == byGossip && l.since.Equal(c.now) {
		c.wantSync(from, r) // who passed this on may well have what it needs
	}
	return l.head > before
}

// advance shows what can be shown of l and of the logs that waited for it.
func (c *Core) advance(r *room, l *log, by road) {
	work := []*log{l}
	for len(work) > 0 {
		l, work = work[0], work[1:]
		if !c.advanceOne(r, l, by) {
			continue
		}
		for _, b := range r.blocked[l.key] {
			b.blockedOn = LogKey{}
			work = append(work, b)
		}
		delete(r.blocked, l.key)
	}
}

// advanceOne shows what can be shown of l and reports whether its head moved.
func (c *Core) advanceOne(r *room, l *log, by road) bool {
	before := l.head
	late := false
	var waits Ref
	blocked := false
loop:
	for len(l.early) > 0 && !l.frozen {
		e := l.early[0]
		if e.Last() <= l.head {
			r.popEarly(l)
			continue
		}
		if e.First > l.head+1 {
			blocked, waits = true, Ref{}
			break
		}
		if l.disagrees(e) { // it came before what it contradicts
			c.freeze(r, l, proof{Proved{l.lastShown(), e}, l.head})
			break
		}
		from := c.face(e.Author)
		for i := int(l.head + 1 - e.First); i < len(e.Messages); i++ {
			m := &e.Messages[i]
			if l.skipDeps {
				late, l.skipDeps = true, false
			} else if ref, missing := r.missing(l, m.Deps); missing {
				blocked, waits = true, ref
				break loop
			} else {
				late = false
			}
			l.head, l.sum = e.First+uint64(i), m.Hash
			c.deliver(r, e, i, &from, late, by)
		}
		r.popEarly(l)
		c.kept(r, l, e, false)
		if r.shared {
			c.keep(r, l, e, by)
		}
	}
	if l.head > before {
		if blocked && len(l.early) > 0 && l.early[0].First <= l.head {
			c.moved(r, l) // within an envelope that is not kept yet
		}
		l.gone, l.told, l.heard, l.moved = 0, false, false, c.now
		r.moved(l.key)
	}
	c.setStuck(r, l, blocked, waits, l.head > before)
	return l.head > before
}

// missing returns the first dep that was not shown yet. A log never waits for
// itself; and between two peers, what the other has seen was this node's own.
func (r *room) missing(l *log, deps []Ref) (Ref, bool) {
	if !r.shared {
		return Ref{}, false
	}
	for _, d := range deps {
		if d.Seq != 0 && d.LogKey != l.key && !r.has(d) {
			return d, true
		}
	}
	return Ref{}, false
}

// setStuck keeps account of logs that cannot go on.
func (c *Core) setStuck(r *room, l *log, stuck bool, waits Ref, moved bool) {
	r.block(l, waits.LogKey) // none while a number is missing
	if stuck && (!l.isStuck || moved || l.waits != waits) {
		l.since = c.now
	}
	if stuck && !l.listed {
		l.listed = true
		r.stuck = append(r.stuck, l)
		c.watch(r)
	}
	l.isStuck, l.waits = stuck, waits
}

// deliver shows one message and does what its kind asks for. from is the
// author's face, looked up once per envelope.
func (c *Core) deliver(r *room, e *Envelope, i int, from *Peer, late bool, by road) {
	m := &e.Messages[i]
	c.clock = max(c.clock, m.Stamp)
	c.stir(r)
	if e.Author != c.cfg.Me && c.rename(e.Author, m.Name, m.Stamp) {
		*from = c.face(e.Author)
	}
	age := c.net().Sub(m.Stamp.Time())
	s := Shown{
		ID:   e.ID(i),
		From: *from,
		Kind: m.Kind,
		Text: m.Body,
		At:   c.sentAt(e.Author, m),
		Late: late || (by == bySync && age > lateAge),
	}
	if m.Guest != "" {
		s.From.Guest = c.cleanName(m.Guest)
	}
	if e.Author == c.cfg.Me {
		s.Mine = true
		if by == byGossip || !c.newcomer(r) {
			c.noticeTwin(e.Log, m)
		}
	}
	switch m.Kind {
	case Text, Action:
	case Hello:
		if r != c.lobby {
			return
		}
		if !s.Mine && age < ackAge {
			c.helloHeard(e.ID(i), m.Guest)
		}
	case HelloAck:
		if m.Re == nil || r.shared {
			return
		}
		asked, ok := c.hellos[*m.Re]
		if !ok {
			return
		}
		s.After = c.now.Sub(asked)
	default:
		return
	}
	if r.shared {
		c.spoke(r, e.Author, s.From.Guest, m.Stamp)
		c.showOrCount(r, s, by)
		return
	}
	if u := c.local(m.To); u != nil {
		c.showTo(u, s)
	}
}

// noticeTwin warns once when this node's identity speaks through another node.
// What this one said before it left a channel comes back when it joins again; and
// what an earlier life said may bear a later time, as others' clocks are ahead,
// but that comes with the first syncs.
func (c *Core) noticeTwin(log LogID, m *Message) {
	if c.twin || c.wrote(log) || !m.Stamp.Time().After(c.started.Add(time.Second)) {
		return
	}
	c.twin = true
	c.warn("another node is running as " + c.me.Label() + ": stop one of the two, or direct messages reach either")
}

// watch looks after the stuck logs of a room until there are none.
func (c *Core) watch(r *room) {
	if r.watching {
		return
	}
	r.watching = true
	c.after(gapRetry, func() { c.mendGaps(r) })
}

// isOpen says whether a room is the one in which its conversation goes on.
func (c *Core) isOpen(r *room) bool {
	if r.shared {
		return c.rooms[r.name] == r
	}
	d := c.directs[c.otherParty(r.name)]
	return d != nil && d.room == r
}

func (c *Core) mendGaps(r *room) {
	r.watching = false
	if !c.isOpen(r) {
		return // it was left, and what waits in it is no part of what came of it
	}
	stuck := r.stuck
	r.stuck = nil
	still := stuck[:0]
	for _, l := range stuck {
		if l.isStuck && !l.frozen {
			c.mendGap(r, l)
		}
		l.isStuck = l.isStuck && !l.frozen
		if l.listed = l.isStuck; l.listed {
			still = append(still, l)
		}
	}
	r.stuck = append(still, r.stuck...)
	if len(r.stuck) == 0 {
		return
	}
	c.watch(r)
	// Sync mends shared conversations only; what it did not mend by now is left to the
	// steady rhythm, lest one who never says the first word keeps all busy.
	young := func(l *log) bool { return c.now.Sub(l.since) < gapLimit }
	if r.shared && slices.ContainsFunc(r.stuck, young) {
		c.wantSync(c.partner(r, ""), r)
	}
}

// mendGap tells of a gap that lasts and, when there is no hope, goes on behind it.
func (c *Core) mendGap(r *room, l *log) {
	lasted := c.now.Sub(l.since)
	if l.waits.Seq != 0 { // a dep: order among authors yields in the end, marked late
		if lasted >= gapLimit {
			l.skipDeps = true
			c.advance(r, l, bySync)
		}
		return
	}
	last := l.early[0].First - 1 // of what is missing
	switch {
	case lasted >= gapLimit && l.gone > l.head:
		c.skip(r, l, min(l.gone, last))
	case lasted >= gapHopeless:
		c.skip(r, l, last)
	case lasted >= gapPatience && !l.told:
		l.told = true
		c.tellGap(r, GapSeen{Conversation: r.name, From: c.face(l.key.Author), Missing: last - l.head})
	}
}

// skip goes on behind messages that are not to be had.
func (c *Core) skip(r *room, l *log, last uint64) {
	c.tellGap(r, GapSeen{Conversation: r.name, From: c.face(l.key.Author), Missing: last - l.head, Lost: true})
	l.head, l.sum = last, Hash{}
	c.moved(r, l)
	c.advance(r, l, bySync)
}

// tellGap tells those who are in a shared conversation, or the owner.
func (c *Core) tellGap(r *room, g GapSeen) {
	if r.shared {
		c.tellRoom(r, g)
		return
	}
	c.do(Notify{For: owner, Notification: g})
}
