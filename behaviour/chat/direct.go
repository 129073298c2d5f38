package chat

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"
)

// direct is the conversation with one peer, with what waits to be sent to it.
type direct struct {
	*room
	peer   PeerID
	delay  time.Duration // before the next attempt; 0 while nothing failed
	tries  uint64        // attempts at all, to tell old timers from new ones
	sent   bool          // an attempt is under way
	told   bool          // the user knows that what is in flight is held up
	used   time.Time
	queued int // what this contributes to roster.pending: nothing while it is held up
}

// sayTo accepts a text for one peer.
func (c *Core) sayTo(who asker, to PeerID, text string) {
	if why := checkText(text); why != "" {
		c.fail(who, BadText, why)
		return
	}
	c.post(to, Message{Kind: Text, Body: text}, origin{asker: who})
}

// post accepts a message for one peer and sends it as soon as what went before
// has arrived.
func (c *Core) post(to PeerID, m Message, o origin) {
	d := c.directs[to]
	if d == nil {
		if !c.roomForDirect() {
			c.failOrigin(o, "too many direct conversations have something to send; try again later")
			return
		}
		d = c.newDirect(to)
	}
	if d.mine.full() {
		c.failOrigin(o, "too much is waiting for "+c.face(to).Label()+"; nothing was sent")
		return
	}
	d.used = c.now
	id := c.accept(d.room, m, o)
	c.recount(d)
	if !o.silent {
		p := c.face(to)
		c.answer(o.asker, Shown{ID: id, From: c.me, To: &p, Kind: m.Kind, Text: m.Body, At: c.now, Mine: true})
		if d.mine.flight != nil && d.told {
			c.answer(o.asker, Delivery{ID: id, To: &p, Text: m.Body, State: Queued, Reason: "behind others for " + p.Label() + " that have not arrived yet"})
		}
	}
	c.flushDirect(d)
}

func (c *Core) failOrigin(o origin, why string) {
	if !o.silent {
		c.fail(o.asker, Overloaded, why)
	}
}

// newDirect begins a conversation. How far this node's log was in one that is
// forgotten nobody knows: numbers must not come twice, so whatever begins after
// that begins a new log.
func (c *Core) newDirect(with PeerID) *direct {
	life := c.cfg.Log
	binary.BigEndian.PutUint64(life[:], binary.BigEndian.Uint64(life[:])+c.gone)
	d := &direct{
		room: newRoom(DirectWith(c.cfg.Me, with), LogKey{c.cfg.Me, life}),
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
	c.gone++
	return true
}

// recount keeps the sum of what waits for all peers, for Saturated.
func (c *Core) recount(d *direct) {
	n := len(d.mine.pending)
	if d.told {
		n = 0
	}
	c.roster.pending += n - d.queued
	d.queued = n
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
			c.tell(GapSeen{Conversation: d.name, From: c.face(ev.From), Missing: floor - 1 - l.head, Lost: true})
		}
		l.head, l.moved = floor-1, c.now
	}
	if e.First > l.head+1 {
		// The sender says that more is to come before this: it may come in order.
		c.do(Answer{Ticket: ev.Ticket, Verdict: Busy})
		return
	}
	c.take(d.room, e, byDirect, ev.From)
	verdict := Stored
	if l.head < e.Last() {
		verdict = Busy // something earlier is still missing, or it is from the future
		if l.frozen {
			verdict = Refused
		}
	}
	c.do(Answer{Ticket: ev.Ticket, Verdict: verdict, Last: l.head})
}
