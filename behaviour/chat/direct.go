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

// asked is what a user wanted of a peer that is being looked for.
type asked struct {
	asker
	SendDirect      // To and Text and Line
	open       bool // OpenDirect instead
}

func (c *Core) sendDirect(who asker, in SendDirect) {
	if why := checkText(in.Text); why != "" {
		c.fail(who, BadText, why)
		return
	}
	if c.stopping(who) {
		return
	}
	c.withPeer(asked{asker: who, SendDirect: in})
}

func (c *Core) openDirect(who asker, to string) {
	c.withPeer(asked{asker: who, SendDirect: SendDirect{To: to}, open: true})
}

func (c *Core) openLobby(who asker) {
	delete(c.current, who.user)
	delete(c.opening, who.user)
	c.answer(who, Notice{"you are in the lobby"})
}

// withPeer goes on with the peer that the user means, at once or when it is found.
func (c *Core) withPeer(a asked) {
	id, known, code, why := c.resolve(a.To)
	switch {
	case code != "":
		c.noPeer(a, code, why)
	case known:
		c.reached(id, a)
	default:
		c.seek(id, a)
	}
}

// seek goes on when the peer is found.
func (c *Core) seek(id PeerID, a asked) {
	if c.finding >= maxFinds {
		c.fail(a.asker, Overloaded, "too many peers are being looked for; try again in a moment")
		return
	}
	c.finding++
	c.finds[id] = append(c.finds[id], a)
	if a.open {
		c.opening[a.user] = id
	}
	if len(c.finds[id]) == 1 {
		c.do(Find{id})
	}
}

// noPeer tells that there is no such peer: a typed line is held, a program's
// instruction fails.
func (c *Core) noPeer(a asked, code FailCode, why string) {
	if a.Line != "" {
		c.hold(a.asker, a.Line, why)
		return
	}
	c.fail(a.asker, code, why)
}

func (c *Core) findDone(ev FindDone) {
	waiting := c.finds[ev.Peer]
	delete(c.finds, ev.Peer)
	c.finding -= len(waiting)
	for _, a := range waiting {
		if a.open && c.opening[a.user] == ev.Peer {
			delete(c.opening, a.user)
		} else if a.open {
			continue // the user has gone elsewhere meanwhile
		}
		if !ev.Found {
			c.noPeer(a, UnknownPeer, "nobody is "+a.To+" as far as can be seen")
			continue
		}
		c.reached(ev.Peer, a)
	}
}

func (c *Core) reached(id PeerID, a asked) {
	c.meet(id)
	if a.open {
		c.current[a.user] = id
		c.answer(a.asker, Notice{"what you type now goes to " + c.face(id).Label() + " alone; \\lobby leads back"})
		return
	}
	c.sayTo(a.asker, id, a.Text)
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

// flushDirect sends what is accepted, if nothing is in flight.
func (c *Core) flushDirect(d *direct) {
	if c.seal(d.room) == nil {
		return
	}
	d.told, d.delay = false, 0
	c.recount(d)
	c.attempt(d)
}

func (c *Core) attempt(d *direct) {
	d.tries++
	d.sent = true
	c.do(Send{To: d.peer, Envelope: d.mine.flight, Floor: d.mine.flight.First})
}

// retryNow does not wait any longer: the peer has come.
func (c *Core) retryNow(id PeerID) {
	if d := c.directs[id]; d != nil && d.mine.flight != nil && !d.sent {
		d.delay = 0
		c.attempt(d)
	}
}

func (c *Core) sendDone(ev SendDone) {
	d := c.directs[ev.To]
	if d == nil || d.mine.flight == nil || ev.Last != d.mine.flight.Last() || !d.sent {
		return
	}
	d.sent = false
	switch ev.Verdict {
	case Stored:
		c.settle(d, Delivered, "")
	case Refused, Malformed:
		c.settle(d, SendFailed, "their node answered: "+ev.Verdict.String())
	default:
		c.tryLater(d, ev)
	}
}

// settle is the end of what is in flight.
func (c *Core) settle(d *direct, s State, reason string) {
	c.report(d, s, reason)
	d.mine.flight = nil
	c.flushDirect(d)
}

// report tells whoever asked what has become of the messages in flight.
func (c *Core) report(d *direct, s State, reason string) {
	e := d.mine.flight
	to := c.face(d.peer)
	for i, o := range d.mine.origins {
		if !o.silent {
			c.answer(o.asker, Delivery{ID: e.ID(i), To: &to, Text: e.Messages[i].Body, State: s, Reason: reason})
		}
	}
}

// tryLater waits before the next attempt, longer each time, or gives up.
func (c *Core) tryLater(d *direct, ev SendDone) {
	why := ev.Err
	if ev.Verdict == Busy {
		why = "their node is busy"
	}
	if c.expired(d) {
		c.settle(d, SendFailed, why+"; given up")
		return
	}
	if !d.told {
		d.told = true
		c.recount(d)
		c.report(d, Queued, why+"; trying again until it arrives")
	}
	d.delay = min(max(2*d.delay, retryFirst), retryLast)
	tries := d.tries
	c.after(c.jitter(d.delay), func() {
		if c.directs[d.peer] == d && d.mine.flight != nil && !d.sent && d.tries == tries {
			c.attempt(d)
		}
	})
}

// expired says whether nothing in flight is worth sending any more.
func (c *Core) expired(d *direct) bool {
	for i := range d.mine.flight.Messages {
		m := &d.mine.flight.Messages[i]
		life := DirectExpiry
		if m.Kind == HelloAck {
			life = AckExpiry
		}
		if c.now.Sub(m.Stamp.Time()) < life {
			return false
		}
	}
	return true
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
		if len(d.list) >= maxDirectLogs {
			d.forgetOldest()
		}
		l = d.add(e.Key())
	}
	if floor := min(max(ev.Floor, 1), e.First); floor > l.head+1 {
		if l.head > 0 {
			c.tell(GapSeen{Conversation: d.name, From: c.face(ev.From), Missing: floor - 1 - l.head, Lost: true})
		}
		l.head = floor - 1
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
