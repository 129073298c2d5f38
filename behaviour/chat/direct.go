package chat

import (
	"cmp"
	"slices"
	"time"
)

// direct is the conversation with one peer, with what waits to be sent to it.
type direct struct {
	*room
	peer    PeerID
	delay   time.Duration // before the next attempt; 0 while nothing failed
	tries   uint64        // attempts at all, to tell old timers from new ones
	sent    bool          // an attempt is under way
	stale   *Envelope     // what it is with, if that is not in flight any more
	told    bool          // the user knows that what is in flight is held up
	used    time.Time
	refused Ref // the last of its envelopes that was for nobody here, if there was one
	queued  int // what this contributes to roster.pending: nothing while it is held up
	held    int // and to roster.bytes
}

// sayTo accepts a message for one person.
func (c *Core) sayTo(who Asker, u *user, to Person, m Message) {
	m.To = to.Guest
	if to.Peer == c.cfg.Me {
		c.sayHere(who, u, m)
		return
	}
	c.post(to.Peer, m, origin{Asker: who})
}

// sayHere is a direct message between two users of this node: it arrives at once.
func (c *Core) sayHere(who Asker, u *user, m Message) {
	to := c.local(m.To)
	if to == nil || to.ignored[c.person(u)] {
		c.fail(who, UnknownPeer, "nobody here is called "+m.To+" now, or wants to hear you")
		return
	}
	c.locals++
	id := MessageID{DirectWith(c.cfg.Me, c.cfg.Me), Ref{LogKey{c.cfg.Me, c.cfg.Log}, c.locals}}
	p := c.mask(to)
	s := Shown{ID: id, From: c.mask(u), To: &p, Kind: m.Kind, Text: m.Body, At: c.now, Mine: true}
	c.showMine(who, s)
	s.Mine = false
	c.showTo(to, s)
	c.answer(who, Delivery{ID: id, To: &p, Text: m.Body, State: Delivered})
}

// post accepts a message for a peer, or a guest of it, and sends it as soon as
// what went before has arrived.
func (c *Core) post(to PeerID, m Message, o origin) {
	d := c.directs[to]
	if d == nil {
		if !c.roomForDirect() {
			c.failOrigin(o, "too many direct conversations have something to send; try again later")
			return
		}
		d = c.newDirect(to)
	}
	if d.mine.full() || c.roster.bytes >= allowed(o.User, maxDirectsBytes) {
		c.failOrigin(o, "too much is waiting for "+c.face(to).Label()+"; nothing was sent")
		return
	}
	d.used = c.now
	id := c.accept(d.room, m, o)
	c.recount(d)
	if u := c.byUser[o.User]; !o.silent && u != nil {
		p := c.portrayed(Person{to, m.To})
		c.showMine(o.Asker, Shown{ID: id, From: c.mask(u), To: &p, Kind: m.Kind, Text: m.Body, At: c.now, Mine: true})
		if d.mine.flight != nil && d.told {
			c.answer(o.Asker, Delivery{ID: id, To: &p, Text: m.Body, State: Queued, Reason: "behind others for " + p.Label() + " that have not arrived yet"})
		}
	}
	c.flushDirect(d)
}

func (c *Core) failOrigin(o origin, why string) {
	if !o.silent {
		c.fail(o.Asker, Overloaded, why)
	}
}

// newDirect begins a conversation with a peer.
func (c *Core) newDirect(with PeerID) *direct {
	d := &direct{
		room: c.makeRoom(DirectWith(c.cfg.Me, with)),
		peer: with,
		used: c.now,
	}
	c.directs[with] = d
	return d
}

// roomForDirect forgets the longest idle conversation when there are too many.
func (c *Core) roomForDirect() bool {
	if len(c.directs) < maxDirects {
		return true
	}
	var idle []*direct
	for _, d := range c.directs {
		silent := len(d.list) == 1
		if d.mine.flight == nil && len(d.mine.pending) == 0 && (silent || c.now.Sub(d.used) >= directIdle) {
			idle = append(idle, d)
		}
	}
	if len(idle) == 0 {
		return false
	}
	oldest := slices.MinFunc(idle, func(a, b *direct) int {
		return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.peer, b.peer))
	})
	delete(c.directs, oldest.peer)
	c.shelve(oldest.room)
	return true
}

// recount keeps the sums of what waits for all peers, of the owner's for
// Saturated, as recountSession does.
func (c *Core) recount(d *direct) {
	n := len(d.mine.pending) - d.mine.guests
	if d.told || (n > 0 && c.lags(d.mine.pending[0].at)) {
		n = 0
	}
	c.roster.pending += n - d.queued
	d.queued = n
	bytes := d.mine.bytes
	if d.mine.flight != nil {
		bytes += len(d.mine.flight.Raw)
	}
	c.roster.bytes += bytes - d.held
	d.held = bytes
	c.watchPace()
}

// directReceived takes in what a peer sent straight to this node. The sender
// has one envelope on its way at a time, so what lies before Floor is settled.
func (c *Core) directReceived(ev DirectReceived) {
	e := ev.Envelope
	if e.Author != ev.From || ev.From == c.cfg.Me || e.Conversation != DirectWith(c.cfg.Me, ev.From) {
		c.refuse("direct message that is not the sender's to this node")
		c.do(Answer{Ticket: ev.Ticket, Verdict: Refused})
		return
	}
	d := c.directs[ev.From]
	if d == nil {
		if !c.roomForDirect() {
			c.do(Answer{Ticket: ev.Ticket, Verdict: Busy})
			return
		}
		d = c.newDirect(ev.From)
	}
	d.used = c.now
	l := d.logs[e.Key()]
	if l == nil {
		d.makePlace(maxDirectLogs)
		l = d.add(e.Key())
	}
	if floor := min(max(ev.Floor, 1), e.First); floor > l.head+1 {
		if l.head > 0 {
			c.tellGap(d.room, GapSeen{Conversation: d.name, From: c.face(ev.From), Missing: floor - 1 - l.head, Lost: true})
		}
		l.head, l.sum, l.moved = floor-1, Hash{}, c.now
		c.moved(d.room, l)
	}
	if e.First > l.head+1 {
		// The sender says that more is to come before this: it may come in order.
		c.do(Answer{Ticket: ev.Ticket, Verdict: Busy})
		return
	}
	if last := (Ref{e.Key(), e.Last()}); last == d.refused || (!c.welcome(ev.From, e) && e.Last() > l.head) {
		// It comes again when the answer was lost, and then somebody may be here.
		d.refused = last
		l.head, l.sum, l.moved = max(l.head, e.Last()), Hash{}, c.now
		c.moved(d.room, l)
		c.do(Answer{Ticket: ev.Ticket, Verdict: Refused})
		return
	}
	c.take(d.room, e, byDirect, ev.From)
	verdict := Stored
	switch {
	case l.frozen:
		verdict = Forked
	case l.head < e.Last():
		verdict = Busy // something earlier is still missing, or it is from the future
	}
	c.do(Answer{Ticket: ev.Ticket, Verdict: verdict, Last: l.head})
}

// welcome says whether those for whom the messages of a direct envelope are are
// here, and want to hear its author. An envelope of ours is for one person.
func (c *Core) welcome(from PeerID, e *Envelope) bool {
	for i := range e.Messages {
		m := &e.Messages[i]
		u := c.local(m.To)
		if u == nil || u.ignored[Person{from, c.cleanName(m.Guest)}] {
			return false
		}
	}
	return true
}
