package chat

// endSession is the user's wish to end a session.
func (c *Core) endSession(who asker, s *session) {
	c.unseat(s, who.ref, SessionChanged{Mine: true})
	c.takeLeave(s, CloseLeft)
}

// hangUp ends a session at this end without telling its user, who is gone.
func (c *Core) hangUp(s *session, why CloseReason) {
	c.sessions.open--
	s.user.close(s.place)
	c.takeLeave(s, why)
}

// shun ends the user's session with somebody whom he wants to hear no more.
func (c *Core) shun(u *user, who Person) {
	if s := u.sessionOf(who); s != nil {
		c.unseat(s, "", SessionChanged{Mine: true})
		c.takeLeave(s, CloseRefused)
	}
}

// closeSessions ends all sessions since the node ends.
func (c *Core) closeSessions() {
	for _, u := range c.users {
		for i := len(u.places) - 1; i >= 0; i-- {
			if s := u.places[i].session; s != nil {
				c.hangUp(s, CloseLeft)
			}
		}
	}
}

// takeLeave tells the other end that the user, whose place is gone, is out:
// once it has what he said, or when it can be told. That is tried for a while.
func (c *Core) takeLeave(s *session, why CloseReason) {
	s.told = false
	switch {
	case s.twin != nil:
		c.leaveTwin(s, why)
		return
	case !s.agreed && len(s.queue) == 0:
		if s.attempt != 0 { // the other end is told when the line is there
			c.bury(s, "")
			return
		}
		s.agreed = true // lest it is begun now
	}
	s.leaving = why
	c.freeSpare(s)
	c.sessions.leaving = append(c.sessions.leaving, s)
	if c.leaveIfDone(s); s.over {
		return
	}
	if len(c.sessions.leaving) > maxLeaving {
		c.bury(c.sessions.leaving[0], "too much else is waiting")
	}
	c.after(leaveTime, func() {
		if !s.over {
			c.bury(s, "it could not be brought in time")
		}
	})
	c.hurry(s)
}

// leaveTwin ends both ends of a session between users of this node.
func (c *Core) leaveTwin(s *session, why CloseReason) {
	t := s.twin
	s.over, t.over = true, true
	c.unseat(t, "", SessionChanged{Reason: c.closeWords(t, why)})
}

// leaveIfDone closes a session whose user is out, if there is a line to say so
// and nothing else to say.
func (c *Core) leaveIfDone(s *session) {
	if s.leaving == 0 || len(s.queue) > 0 {
		return
	}
	for _, l := range []*line{s.line, s.own} {
		if l != nil {
			c.reject(l, s.leaving)
			s.line, s.own = nil, nil
			c.bury(s, "")
			return
		}
	}
}

// hurry sets a term to what still goes over the line of a session whose user is
// out: the other one may be out as well.
func (c *Core) hurry(s *session) {
	l := s.line
	if s.leaving == 0 || l == nil {
		return
	}
	c.after(leaveGrace, func() {
		if !s.over && s.line == l {
			c.reject(l, s.leaving)
			s.line = nil
			c.bury(s, "it was not acknowledged in time")
		}
	})
}
