package chat

import "time"

// flow is what goes over the lines of a session, numbered each way from 1 for
// the life of the session. What is not acknowledged is kept, and is sent again
// on the next line.
type flow struct {
	queue   []said // accepted and not acknowledged; the first has the number acked+1
	acked   uint64
	sent    uint64 // down the present line, or acknowledged
	top     uint64 // down any line
	last    uint64 // accepted
	bytes   int    // of queue
	flying  int    // of what is sent and not acknowledged
	counted int    // what this contributes to sessions.pending

	got uint64 // messages of the other end taken in

	was     SessionID // what the session was called while messages up to wasLast were accepted
	wasLast uint64
}

// said is a message of one's own that the other end is not known to have.
type said struct {
	Asker
	at    time.Time // when it was accepted
	stamp Stamp
	kind  Kind
	body  string
}

func (m *said) size() int { return messageOverhead + len(m.body) }

func (f *flow) rewind() { f.sent, f.flying = f.acked, 0 }

// messageID names a message of the session.
func (s *session) messageID(author PeerID, seq uint64, id SessionID) MessageID {
	return MessageID{id.Conversation(), Ref{LogKey{author, LogID(id)}, seq}}
}

// mineIn names a message of this end's own.
func (c *Core) mineIn(s *session, seq uint64) MessageID {
	id := s.id
	if seq <= s.wasLast {
		id = s.was
	}
	return s.messageID(c.cfg.Me, seq, id)
}

// saySession accepts a message for a session.
func (c *Core) saySession(who Asker, s *session, m Message) {
	if c.stopping(who) {
		return
	}
	if s.twin != nil {
		c.sayTwin(who, s, m)
		return
	}
	if len(s.queue) >= maxQueue || s.bytes >= maxQueueBytes || c.sessions.bytes >= allowed(who.User, maxSessionsBytes) {
		c.fail(who, Overloaded, "too much is waiting for "+c.portrayed(s.with).Label()+"; nothing was sent")
		return
	}
	q := said{who, c.now, c.stamp(), m.Kind, m.Body}
	s.last++
	c.recordSaid(s, s.last, &q)
	s.queue = append(s.queue, q)
	s.bytes += q.size()
	c.sessions.bytes += q.size()
	c.sessions.waiting++
	c.recountSession(s)
	id, to := c.mineIn(s, s.last), c.portrayed(s.with)
	c.showMine(who, Shown{ID: id, From: c.mask(s.user), To: &to, Kind: m.Kind, Text: m.Body, At: c.now, Mine: true, Session: s.place.n, Side: s.side})
	if s.interrupted() {
		c.answer(who, Delivery{ID: id, To: &to, Text: m.Body, State: Queued, Reason: "the line to " + to.Label() + " is interrupted; it arrives when there is one again"})
	}
	c.pump(s)
}

// sayTwin is a message between two users of this node: it arrives at once.
func (c *Core) sayTwin(who Asker, s *session, m Message) {
	s.last++
	id, to := s.messageID(c.cfg.Me, 2*s.last+uint64(s.side)-2, s.id), c.portrayed(s.with)
	shown := Shown{ID: id, From: c.mask(s.user), To: &to, Kind: m.Kind, Text: m.Body, At: c.now, Mine: true, Session: s.place.n, Side: s.side}
	c.showMine(who, shown)
	shown.Mine = false
	c.showSession(s.twin, shown)
	c.answer(who, Delivery{ID: id, To: &to, Text: m.Body, State: Delivered})
}

// showSession shows a message of the other end.
func (c *Core) showSession(s *session, m Shown) {
	if !s.user.isAt(s.place) {
		s.place.unread++
	}
	me := c.mask(s.user)
	m.To, m.Session, m.Side = &me, s.place.n, s.side
	c.do(Notify{For: []User{s.user.id}, Notification: m})
}

// recountSession keeps the sum of what waits, for Saturated: nothing of a guest's,
// whom his door holds to a pace, of a session without a line, or of one whose other
// end is slow.
func (c *Core) recountSession(s *session) {
	n := 0
	if s.user.id == Owner && s.line != nil && !(len(s.queue) > 0 && c.lags(s.queue[0].at)) {
		n = len(s.queue)
	}
	c.sessions.pending += n - s.counted
	s.counted = n
	c.watchPace()
}

// pump sends what the window allows, and reports whether that was anything.
func (c *Core) pump(s *session) bool {
	some := false
	for s.line != nil && s.sent < s.last {
		f := &Frame{Kind: FrameData, Ack: s.got, First: s.sent + 1}
		rest := s.queue[s.sent-s.acked:]
		n, size := 0, 0
		for n < len(rest) && n < frameMessages && size < frameBytes {
			if s.sent-s.acked+uint64(n) >= windowMessages || (s.flying > 0 && s.flying+rest[n].size() > windowBytes) {
				break
			}
			size += rest[n].size()
			s.flying += rest[n].size()
			n++
		}
		if n == 0 {
			break
		}
		f.Messages = make([]Message, n)
		for i := range rest[:n] {
			f.Messages[i] = Message{Stamp: rest[i].stamp, Kind: rest[i].kind, Body: rest[i].body}
		}
		s.sent += uint64(n)
		s.top = max(s.top, s.sent)
		c.do(SendFrame{s.line.id, f})
		some = true
	}
	return some
}

// acknowledged lets go of what the other end has, up to the number n.
func (c *Core) acknowledged(s *session, n uint64) {
	if n <= s.acked {
		return
	}
	c.settleSaid(s, int(n-s.acked), Delivered, "")
}

// settleSaid reports what became of the first n messages in the queue, and drops them.
func (c *Core) settleSaid(s *session, n int, state State, why string) {
	if n == 0 {
		return
	}
	there := c.byUser[s.user.id] == s.user
	to := c.portrayed(s.with)
	for i := range s.queue[:n] {
		q := &s.queue[i]
		s.acked++
		s.bytes -= q.size()
		c.sessions.bytes -= q.size()
		if s.acked <= s.sent {
			s.flying -= q.size()
		}
		if there {
			c.answer(q.Asker, Delivery{ID: c.mineIn(s, s.acked), To: &to, Text: q.body, State: state, Reason: why})
		}
	}
	if s.sent < s.acked {
		s.sent, s.flying = s.acked, 0
	}
	c.recordDelivered(s, n)
	clear(s.queue[:n])
	if s.queue = s.queue[n:]; len(s.queue) == 0 {
		s.queue = nil
	}
	c.sessions.waiting -= n
	c.recountSession(s)
}

// dropQueue gives up what the other end is not known to have.
func (c *Core) dropQueue(s *session, why string) {
	if c.drain.on && !c.now.Before(c.drain.until) {
		c.sessions.lost += len(s.queue)
	}
	c.settleSaid(s, len(s.queue), SendFailed, why)
}
