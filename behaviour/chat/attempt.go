package chat

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
	if d.stale != nil {
		return // the outcome of the last one is still to come
	}
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
	if d != nil && d.stale != nil && ev.Last == d.stale.Last() {
		d.stale, d.sent = nil, false
		c.retryNow(ev.To)
		return
	}
	if d == nil || d.mine.flight == nil || ev.Last != d.mine.flight.Last() || !d.sent {
		return
	}
	d.sent = false
	if c.reclaimed(d, ev) {
		return
	}
	switch ev.Verdict {
	case Stored:
		c.settle(d, Delivered, "")
	case Refused, Malformed, Forked:
		why := "their node answered: " + ev.Verdict.String()
		if to := d.mine.flight.Messages[0].To; to != "" && ev.Verdict == Refused {
			why = to + " is not there any more, or does not want to hear you"
		}
		c.settle(d, SendFailed, why)
	default:
		c.tryLater(d, ev)
	}
}

// settle is the end of what is in flight, and sends what comes next.
func (c *Core) settle(d *direct, s State, reason string) {
	c.conclude(d, s, reason)
	c.flushDirect(d)
}

func (c *Core) conclude(d *direct, s State, reason string) {
	c.report(d, s, reason)
	d.noteFailed(s)
	c.changeSoon(Settled{d.name, d.mine.flight.Key(), d.mine.flight.Last(), s})
	d.mine.flight = nil
	c.recount(d)
}

// noteFailed remembers what was given up, for those who ask.
func (d *direct) noteFailed(s State) {
	if s != SendFailed {
		return
	}
	out := &d.mine
	for i := range out.flight.Messages {
		out.failed = append(out.failed, out.flight.First+uint64(i))
	}
	out.failed = out.failed[max(0, len(out.failed)-maxPending):]
}

// report tells whoever asked what has become of the messages in flight.
func (c *Core) report(d *direct, s State, reason string) {
	e := d.mine.flight
	to := c.portrayed(Person{d.peer, e.Messages[0].To})
	for i, o := range d.mine.origins {
		if !o.silent {
			c.answer(o.Asker, Delivery{ID: e.ID(i), To: &to, Text: e.Messages[i].Body, State: s, Reason: reason})
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
		if c.net().Sub(m.Stamp.Time()) < life {
			return false
		}
	}
	return true
}
