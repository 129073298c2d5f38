package chat

import "time"

// lineOffered is the first frame of a line that a peer has opened.
func (c *Core) lineOffered(l *line, f *Frame) {
	if s := c.sessionNamed(l.peer, f.Session); s != nil {
		if s.id == f.Session {
			c.known(s)
		} else {
			known := *f
			known.Session, f = s.id, &known
		}
		c.resumeAsked(s, l, f)
		return
	}
	if !f.Fresh || l.peer == c.cfg.Me {
		c.refuse("unknown session")
		c.reject(l, CloseUnknown)
		return
	}
	if f.Ack > 0 {
		c.broken(l, "acknowledgement of what was not sent")
		return
	}
	c.forkAsked(l, f)
}

// sessionNamed returns the session with a peer that has or had that id, or nil.
func (c *Core) sessionNamed(peer PeerID, id SessionID) *session {
	for _, s := range c.sessions.byPeer[peer] {
		if s.id == id || (s.aliased && s.alias == id) {
			return s
		}
	}
	return nil
}

// known says that the other end calls the session what this end does.
func (c *Core) known(s *session) {
	if s.aliased {
		s.aliased = false
		c.touchSoon(s)
	}
}

// resumeAsked is a peer's line for a session that there is.
func (c *Core) resumeAsked(s *session, l *line, f *Frame) {
	lesser := c.cfg.Me < l.peer
	switch {
	case s.leaving != 0 && len(s.queue) == 0:
		c.reject(l, s.leaving)
		c.bury(s, "")
	case lesser && (s.attempt != 0 || s.own != nil), lesser && s.line != nil && s.line.mine:
		c.park(s, l, f, parkTime)
	default:
		c.agreeTo(s, l, f)
	}
}

// park sets a line aside until it is clear what it is for.
func (c *Core) park(s *session, l *line, f *Frame, d time.Duration) {
	if s.spare != nil {
		c.shut(s.spare.line)
	}
	sp := &offer{l, f}
	s.spare, l.s = sp, s
	c.after(d, func() {
		if s.spare == sp && !s.over {
			c.takeSpare(s)
		}
	})
}

// takeSpare uses the line set aside. The hello that came with it may have been
// for another session: if this one is not agreed upon, the two were asked for at
// once, and this one lives; else the other end has none but that one.
func (c *Core) takeSpare(s *session) {
	sp := s.spare
	if sp.hello.Session == s.id || !s.agreed {
		s.spare = nil
		if sp.hello.Session != s.id {
			s.alias, s.aliased = sp.hello.Session, true
			c.touch(s)
		}
		c.agreeTo(s, sp.line, sp.hello)
		return
	}
	c.finish(s, "their side has begun anew")
}

// freeSpare lets go of the line set aside: as that of another session, if it is.
func (c *Core) freeSpare(s *session) {
	sp := s.spare
	if s.spare = nil; sp == nil {
		return
	}
	if sp.line.s = nil; sp.hello.Session == s.id {
		c.shut(sp.line)
		return
	}
	c.lineOffered(sp.line, sp.hello)
}

// agreeTo agrees to a line that the other end has opened.
func (c *Core) agreeTo(s *session, l *line, f *Frame) {
	c.do(SendFrame{l.id, c.hello(s)})
	c.use(s, l, f)
}

// helloAnswered is the other end's agreement to a line that this end has opened.
// Where both have asked for a session, it may be to the other's.
func (c *Core) helloAnswered(s *session, l *line, f *Frame) {
	switch {
	case f.Session == s.id:
		c.known(s)
	case !s.agreed && l.peer < c.cfg.Me && c.sessionNamed(l.peer, f.Session) == nil:
		c.become(s, f.Session)
	default:
		c.broken(l, "hello for another session")
		return
	}
	c.rename(l.peer, f.Name, 0)
	c.use(s, l, f)
}

// use makes a line the one that the session is over, and forgets the others.
func (c *Core) use(s *session, l *line, f *Frame) {
	if f.Ack > s.top && !c.catchUp(s, l, f.Ack) {
		return
	}
	s.revived = false
	if s.spare != nil {
		c.shut(s.spare.line)
		s.spare = nil
	}
	if s.line != nil {
		c.shut(s.line)
	}
	if s.own == l {
		s.own = nil
	}
	c.dropAttempt(s)
	s.line, l.s, l.since = l, s, c.now
	c.touchSoon(s)
	s.tries++
	if !s.agreed {
		c.opened(s)
	} else if s.told {
		c.tellOf(s, Asker{}, SessionChanged{Event: Resumed}, nil)
	}
	s.told = false
	c.acknowledged(s, f.Ack)
	s.rewind()
	c.recountSession(s)
	c.pump(s)
	c.leaveIfDone(s)
	c.hurry(s)
}
