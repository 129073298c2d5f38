package chat

import "time"

// line is a stream to a peer, known from when it is open until it is reported
// closed.
type line struct {
	id     Line
	peer   PeerID
	mine   bool     // opened by this end
	s      *session // nil once it is of no use
	closed bool     // by this end: what still comes is passed over
	since  time.Time
}

// offer is a line with the hello that it came with.
type offer struct {
	line  *line
	hello *Frame
}

// Each end may open a line when there is none, and both may do so at once. The
// lesser peer id has the first word: it sets the other's line aside while its
// own is on the way, and takes it when nothing comes of its own, or nothing soon.
// The greater takes what comes. A line that comes while another is in use is
// taken instead: the other end knows that the old one is gone. Only if this end
// is the lesser and opened the old one, the new one may have been opened before
// the other end saw the old; then it is gone soon.

// openLine begins to open a line for a session.
func (c *Core) openLine(s *session) {
	s.tries++
	c.sessions.asked++
	s.attempt = c.sessions.asked
	c.sessions.attempts[s.attempt] = s
	c.do(OpenLine{Attempt: s.attempt, To: s.with.Peer, Hello: c.hello(s)})
	if s.agreed || s.revived {
		c.afterTry(s, answerTime, func() {
			if s.attempt != 0 || s.own != nil {
				c.dropAttempt(s)
				c.nextLine(s)
			}
		})
	}
}

// hello is the first frame of a line.
func (c *Core) hello(s *session) *Frame {
	return &Frame{
		Kind: FrameHello, Ack: s.got, Session: s.id, Fresh: !s.agreed || s.aliased,
		From: s.user.name, To: s.with.Guest, Name: c.me.Name,
	}
}

func (c *Core) lineDone(ev LineDone) {
	s := c.sessions.attempts[ev.Attempt]
	delete(c.sessions.attempts, ev.Attempt)
	if ev.Err != "" {
		if s != nil && s.attempt == ev.Attempt {
			s.attempt = 0
			c.lineFailed(s, ev.Err)
		}
		return
	}
	if s == nil || c.sessions.lines[ev.Line] != nil {
		c.do(CloseLine{ev.Line})
		return
	}
	l := &line{id: ev.Line, peer: s.with.Peer, mine: true}
	c.sessions.lines[ev.Line] = l
	switch {
	case s.over:
		c.reject(l, CloseLeft) // the hello is there already
	case s.attempt != ev.Attempt:
		c.shut(l)
	default:
		s.attempt, s.own, l.s = 0, l, s
		c.leaveIfDone(s)
	}
}

// lineFailed is the end of an attempt that did not get as far as a line.
func (c *Core) lineFailed(s *session, why string) {
	if !s.agreed && !s.revived && s.spare == nil {
		c.finish(s, c.portrayed(s.with).Label()+" cannot be reached: "+why)
		return
	}
	c.nextLine(s)
}

// nextLine goes on without the line that was: with the one set aside, or a new one.
func (c *Core) nextLine(s *session) {
	switch {
	case s.spare != nil && (s.spare.hello.Session == s.id || !s.agreed):
		c.takeSpare(s)
	case s.line == nil && s.attempt == 0 && s.own == nil:
		c.reopen(s)
	}
}

func (c *Core) lineClosed(ev LineClosed) {
	l := c.sessions.lines[ev.Line]
	delete(c.sessions.lines, ev.Line)
	if l == nil || l.s == nil {
		return
	}
	l.closed = true
	c.lineGone(l.s, l, ev.Err)
}

// lineGone says that one of a session's lines is of no use any more.
func (c *Core) lineGone(s *session, l *line, why string) {
	switch {
	case s.spare != nil && s.spare.line == l:
		s.spare = nil
	case s.own == l:
		s.own = nil
		c.nextLine(s)
	case s.line == l:
		s.line = nil
		c.lineLost(s, l, why)
	}
}

// dropAttempt forgets the line that this end is opening.
func (c *Core) dropAttempt(s *session) {
	s.attempt = 0
	if s.own != nil {
		c.shut(s.own)
		s.own = nil
	}
}

// dropLines closes the lines of a session, but for the one set aside.
func (c *Core) dropLines(s *session) {
	c.dropAttempt(s)
	if s.line != nil {
		c.shut(s.line)
		s.line = nil
	}
}

// shut closes a line. What is still heard of it is passed over.
func (c *Core) shut(l *line) {
	if !l.closed {
		c.do(CloseLine{l.id})
	}
	l.closed, l.s = true, nil
}

// reject closes a line and says why.
func (c *Core) reject(l *line, why CloseReason) {
	c.do(SendFrame{l.id, &Frame{Kind: FrameClose, Reason: why}})
	c.shut(l)
}
