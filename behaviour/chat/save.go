package chat

// What a node tells anybody must not depend on what it could forget: a receipt,
// a message shown, a number used. So whatever one event or instruction changes is
// saved as a whole, and the effects of it, with all that come later, are held
// back until it is durable (the output commit problem: Strom and Yemini,
// "Optimistic Recovery in Distributed Systems", 1985, section 2). While nothing
// can be saved they go out all the same, but for receipts.

// maxParked bounds the effects that wait for the store. Beyond it no
// instructions are taken, and beyond twice that no events but the store's.
const maxParked = 4096

// saving is what has changed and is not known to be durable.
type saving struct {
	changes []Change // of the call under way
	urgent  bool     // its effects depend on them
	after   []Change // that must not be durable before its effects are out
	later   []later  // the same of earlier calls, whose effects are parked
	drafts  []*room  // that have accepted messages since the last save
	untold  []*room  // of which something came in the call under way that users are not told yet

	sessions []*session   // whose notes may have to be written
	numbers  savedNumbers // what noteNumbers says

	asked   uint64 // saves so far
	through uint64 // of these, those that are durable
	need    uint64 // what the effects that come now have to wait for
	parked  []parked
	failing string // why nothing can be saved, or ""

	life  string            // what noteLife says
	notes map[string][]byte // of earlier runs, until they are taken up
}

type parked struct {
	need   uint64
	effect Effect
}

type later struct {
	need   uint64
	change Change
}

// change notes what must be durable before the effects of this call show.
func (c *Core) change(ch Change) {
	if c.keeps(ch) {
		c.saving.changes = append(c.saving.changes, ch)
		c.saving.urgent = true
	}
}

// keeps says whether a change goes to the store: to one that ends with the node only
// what users may want to read. How far logs are the core knows itself.
func (c *Core) keeps(ch Change) bool {
	switch ch.(type) {
	case Kept, Recorded, Settled, Forgotten:
		return c.cfg.Keeps
	}
	return c.cfg.Durable
}

// changeSoon notes what may be forgotten in a crash at the price of doing
// something again.
func (c *Core) changeSoon(ch Change) {
	if c.keeps(ch) {
		c.saving.changes = append(c.saving.changes, ch)
	}
}

// changeAfter notes what is to be forgotten once the users have been told why: if
// the node ends before, they are told then.
func (c *Core) changeAfter(ch Change) {
	if c.keeps(ch) {
		c.saving.after = append(c.saving.after, ch)
	}
}

// saveAfter notes what need not wait for effects any more.
func (c *Core) saveAfter() {
	s := &c.saving
	n := 0
	for n < len(s.later) && (s.later[n].need <= s.through || s.failing != "") {
		c.changeSoon(s.later[n].change)
		n++
	}
	if s.later = s.later[n:]; len(s.later) == 0 {
		s.later = nil
	}
	need := s.need
	if s.urgent {
		need = s.asked + 1
	}
	for _, ch := range s.after {
		if c.cfg.Durable && s.failing == "" && need > s.through {
			s.later = append(s.later, later{need, ch})
		} else {
			c.changeSoon(ch)
		}
	}
	clear(s.after)
	s.after = s.after[:0]
}

// draft notes that a room has accepted a message: if it is in no envelope at the
// end of the call, it is saved on its own.
func (c *Core) draft(r *room) {
	if c.cfg.Keeps && (len(c.saving.drafts) == 0 || c.saving.drafts[len(c.saving.drafts)-1] != r) {
		c.saving.drafts = append(c.saving.drafts, r)
	}
}

// saveDrafts notes what is accepted and in no envelope yet.
func (c *Core) saveDrafts() {
	for _, r := range c.saving.drafts {
		out := &r.mine
		first := out.next - uint64(len(out.pending)) + 1
		for i := range out.pending {
			if seq := first + uint64(i); seq > out.saved {
				m := out.pending[i].Message
				c.change(Drafted{MessageID{r.name, Ref{out.log.key, seq}}, &m})
				out.saved = seq
			}
		}
	}
	c.saving.drafts = c.saving.drafts[:0]
}

// commit returns the effects of a call: what is to be saved, and what need not
// wait for it.
func (c *Core) commit() []Effect {
	if !c.cfg.Keeps {
		return c.out
	}
	c.saveDrafts()
	c.saveUntold()
	c.saveSessions()
	c.saveNumbers()
	c.saveAfter()
	s := &c.saving
	var now []Effect
	if len(s.changes) > 0 {
		s.asked++
		if s.urgent {
			s.need = s.asked
		}
		now = append(now, Save{N: s.asked, Changes: s.changes})
		s.changes, s.urgent = nil, false
	}
	if c.cfg.Durable {
		now = append(now, c.due()...)
	}
	if !c.cfg.Durable || s.failing != "" || s.need <= s.through {
		for _, e := range c.out {
			now = append(now, c.honest(e))
		}
		return now
	}
	for _, e := range c.out {
		s.parked = append(s.parked, parked{s.need, e})
	}
	return now
}

// due takes out what was held back and need not be any more.
func (c *Core) due() (effects []Effect) {
	s := &c.saving
	n := 0
	for n < len(s.parked) && (s.parked[n].need <= s.through || s.failing != "") {
		c.sweptNow(s.parked[n].effect)
		effects = append(effects, c.honest(s.parked[n].effect))
		n++
	}
	clear(s.parked[:n])
	if s.parked = s.parked[n:]; len(s.parked) == 0 {
		s.parked = nil
	}
	return effects
}

// honest is an effect as it may go out: while nothing can be saved there are no
// receipts, and in sessions no acknowledgements of what is not durable.
func (c *Core) honest(e Effect) Effect {
	if c.saving.failing == "" {
		return e
	}
	switch e := e.(type) {
	case Answer:
		if e.Verdict == Stored {
			return Answer{Ticket: e.Ticket, Verdict: Busy}
		}
	case SendFrame:
		var s *session
		if l := c.sessions.lines[e.Line]; l != nil {
			s = l.s
		}
		return SendFrame{e.Line, c.honestFrame(s, e.Frame)}
	case OpenLine:
		return OpenLine{e.Attempt, e.To, c.honestFrame(c.sessions.attempts[e.Attempt], e.Hello)}
	}
	return e
}

// savedUpTo is the store's word of how far it is.
func (c *Core) savedUpTo(ev Saved) {
	s := &c.saving
	if ev.Err != "" {
		if s.failing != ev.Err { // it begins, or is for good now
			c.warn("cannot save – " + ev.Err + " – what is said goes on, but is not kept and nobody gets a receipt until there is room")
		}
		s.failing = ev.Err
		return
	}
	s.through = max(s.through, ev.Through)
	c.safeUpTo(s.through)
	if s.failing != "" && s.through >= s.need {
		s.failing = ""
		c.acknowledgeHeld()
		c.do(Notify{For: owner, Notification: Notice{"saving again: nothing is lost"}})
	}
}

// Congested tells the loop to take nothing but what the store says: so much
// waits for it.
func (c *Core) Congested() bool { return len(c.saving.parked) >= 2*maxParked }
