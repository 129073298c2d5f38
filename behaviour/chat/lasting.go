package chat

import "encoding/json"

// A private session of the owner's outlives the node where there is a store. What
// is kept of it:
//
//   - a note under the name of its conversation, which says what a session is apart
//     from what was said in it;
//   - what was said by either, as Recorded: by the other end before it is shown and
//     acknowledged, by the owner before it is sent;
//   - what the other end has not acknowledged, as Drafted.
//
// When the session has ended, and the other end knows or cannot be told, all of it
// goes: a finished private session leaves nothing in the store. Of guests nothing is
// kept, since nobody comes back to it.

// savedSession is the note of a session, as JSON.
type savedSession struct {
	With    PeerID      `json:"with"`
	Guest   string      `json:"guest,omitempty"`
	Side    Side        `json:"side"`
	N       int         `json:"n"` // its place
	Agreed  bool        `json:"agreed,omitempty"`
	Alias   string      `json:"alias,omitempty"` // session ids in hex
	Was     string      `json:"was,omitempty"`
	WasLast uint64      `json:"wasLast,omitempty"`
	Leaving CloseReason `json:"leaving,omitempty"`
	Cut     int64       `json:"cut,omitempty"`  // since when there was no line, Unix time in ms; 0: there was one
	Over    string      `json:"over,omitempty"` // why the session has ended, of which the user may not have been told
}

// memory is how far a session is in the store.
type memory struct {
	lasts   bool   // the store has it
	noted   string // its note there, or ""
	touched bool   // the note may have to be written at the end of the call
	urgent  bool   // before what follows from it shows

	// Of got: up to safe it is known to be durable, and up to next when the save
	// nextIn is. held says that the other end was told less than got.
	safe, next, nextIn uint64
	held               bool

	revived bool // of an earlier run, and there was no line since
}

// touch notes at the end of the call what has become of a session, before anybody
// sees it.
func (c *Core) touch(s *session) {
	c.touchSoon(s)
	s.urgent = true
}

// touchSoon is touch for what may be forgotten in a crash.
func (c *Core) touchSoon(s *session) {
	if s.lasts && !s.touched {
		s.touched = true
		c.saving.sessions = append(c.saving.sessions, s)
	}
}

// saveSessions writes the notes of the sessions that have changed in a call.
func (c *Core) saveSessions() {
	for i, s := range c.saving.sessions {
		urgent := s.urgent
		s.touched, s.urgent = false, false
		c.saving.sessions[i] = nil
		if !s.lasts {
			continue
		}
		note := s.note("")
		if string(note) == s.noted {
			continue
		}
		s.noted = string(note)
		ch := Noted{string(s.id.Conversation()), note}
		if urgent {
			c.change(ch)
		} else {
			c.changeSoon(ch)
		}
	}
	c.saving.sessions = c.saving.sessions[:0]
}

func (s *session) note(over string) []byte {
	is := savedSession{
		With: s.with.Peer, Guest: s.with.Guest, Side: s.side, N: s.place.n,
		Agreed: s.agreed, WasLast: s.wasLast, Leaving: s.leaving, Over: over,
	}
	if s.aliased {
		is.Alias = s.alias.String()
	}
	if s.wasLast > 0 {
		is.Was = s.was.String()
	}
	if s.agreed && s.line == nil && !s.cut.IsZero() {
		is.Cut = s.cut.UnixMilli()
	}
	note, err := json.Marshal(is)
	if err != nil {
		panic("chat: the note of a session cannot be written: " + err.Error())
	}
	return note
}

// forgetSession drops all that is kept of a session that is over: where its user is
// to be told why, once he has been. If the node ends before, he is told then.
func (c *Core) forgetSession(s *session, why string) {
	if s.noted != "" && why == "" {
		c.dropKept(s, c.change)
	} else if s.noted != "" {
		c.changeSoon(Noted{string(s.id.Conversation()), s.note(why)})
		c.dropKept(s, c.changeAfter)
	}
	s.lasts = false
}

// dropKept drops what is kept of a session under its present id.
func (c *Core) dropKept(s *session, change func(Change)) {
	change(Forgotten{s.id.Conversation()})
	change(Noted{Name: string(s.id.Conversation())})
	s.noted = ""
}

// keptAs names a message of this end's own in the store: there it is a part of what
// the session is called now, whatever it was called before.
func (c *Core) keptAs(s *session, seq uint64) MessageID {
	id := c.mineIn(s, seq)
	id.Conversation = s.id.Conversation()
	return id
}

// recordSaid keeps what is accepted for a session, under its number.
func (c *Core) recordSaid(s *session, seq uint64, q *said) {
	if !s.lasts {
		return
	}
	m := &Message{Stamp: q.stamp, Kind: q.kind, To: s.with.Guest, Body: q.body}
	c.change(Recorded{c.keptAs(s, seq), m, q.at})
	c.change(Drafted{c.keptAs(s, seq), m})
}

// recordHeard keeps what the other end has said: its message got.
func (c *Core) recordHeard(s *session, m *Message, stamp Stamp) {
	if s.lasts {
		c.change(Recorded{
			s.messageID(s.with.Peer, s.got, s.id),
			&Message{Stamp: stamp, Kind: m.Kind, Guest: s.with.Guest, Body: m.Body}, c.now,
		})
	}
}

// recordDelivered lets go of the last n of what is acknowledged.
func (c *Core) recordDelivered(s *session, n int) {
	if !s.lasts {
		return
	}
	if before := s.acked - uint64(n); before < s.wasLast {
		last := min(s.acked, s.wasLast)
		c.change(Settled{s.id.Conversation(), c.keptAs(s, last).LogKey, last, Delivered})
	}
	if s.acked > s.wasLast {
		c.change(Settled{s.id.Conversation(), c.keptAs(s, s.acked).LogKey, s.acked, Delivered})
	}
}

// become makes what this end has asked for the session that the other end has
// asked for at the same time. Of the two, that of the lesser peer id lives.
func (c *Core) become(s *session, id SessionID) {
	if s.noted != "" {
		c.dropKept(s, c.change)
	}
	s.was, s.wasLast = s.id, s.last
	s.id, s.side = id, SideB
	for i := range s.queue {
		c.recordSaid(s, s.acked+uint64(i)+1, &s.queue[i])
	}
	c.touch(s)
}

// awaitSafe remembers that what was taken in in this call is durable when it is saved.
func (c *Core) awaitSafe(s *session) {
	if s.lasts && c.cfg.Durable && s.nextIn == 0 {
		s.next, s.nextIn = s.got, c.saving.asked+1
		c.sessions.unsafe = append(c.sessions.unsafe, s)
	}
}

// safeUpTo learns what is durable of what the other ends of sessions have said.
func (c *Core) safeUpTo(through uint64) {
	list := &c.sessions.unsafe
	for len(*list) > 0 && (*list)[0].nextIn <= through {
		s := (*list)[0]
		(*list)[0] = nil
		if *list = (*list)[1:]; len(*list) == 0 {
			*list = nil
		}
		if s.safe, s.nextIn = s.next, 0; s.got > s.safe && !s.over {
			s.next, s.nextIn = s.got, c.saving.asked
			*list = append(*list, s)
		}
	}
}

// honestFrame is a frame as it may go out while nothing can be saved: it
// acknowledges nothing that could be forgotten. s is nil if the session is over.
func (c *Core) honestFrame(s *session, f *Frame) *Frame {
	safe := uint64(0)
	if s != nil {
		safe = s.safe
	}
	if f.Ack <= safe || (s != nil && !s.lasts) {
		return f
	}
	if s != nil {
		s.held = true
	}
	honest := *f
	honest.Ack = safe
	return &honest
}

// acknowledgeHeld tells the other ends what they were not told while nothing could be
// saved.
func (c *Core) acknowledgeHeld() {
	for _, s := range c.byUser[Owner].sessions() {
		if s.held && s.line != nil {
			c.do(SendFrame{s.line.id, &Frame{Kind: FrameAck, Ack: s.got}})
		}
		s.held = false
	}
}
