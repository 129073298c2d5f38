package chat

import "cmp"

// endSession is the user's wish to end a session.
func (c *Core) endSession(who Asker, s *session) {
	if !s.agreed {
		c.acknowledge(s.asker, "you left the session before it was open")
	}
	c.unseat(s, who, SessionChanged{Mine: true})
	c.takeLeave(s, CloseLeft)
}

// hangUp ends a session at this end without telling its user, who is gone.
func (c *Core) hangUp(s *session, why CloseReason) {
	c.sessions.open--
	s.user.close(s.place)
	c.takeLeave(s, why)
}

// shun ends the user's session with somebody whom an asker wants to hear no more.
func (c *Core) shun(by Asker, u *user, who Person) {
	if s := u.sessionOf(who); s != nil {
		c.unseat(s, Asker{User: by.User, Seat: by.Seat}, SessionChanged{Mine: true})
		c.takeLeave(s, CloseRefused)
	}
}

// closeSessions ends all sessions since the node ends: if it is to return, all but
// those that outlive it.
func (c *Core) closeSessions(returning bool) {
	for _, u := range c.users {
		for i := len(u.places) - 1; i >= 0; i-- {
			if s := u.places[i].session; s != nil && !(returning && s.lasts) {
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
	c.touch(s)
	if s.leaving = why; s.agreed {
		c.freeSpare(s)
	} else if s.spare != nil {
		c.takeSpare(s) // it brings what was said, if not in the usual way
	}
	if s.over {
		return
	}
	c.sessions.leaving = append(c.sessions.leaving, s)
	if c.leaveIfDone(s); s.over {
		return
	}
	if len(c.sessions.leaving) > maxLeaving {
		c.bury(c.sessions.leaving[0], "too much else is waiting")
	}
	s.leaveBy = c.now.Add(leaveTime)
	c.watchLeaving()
	c.hurry(s)
}

// watchLeaving gives up, one after the other, what could not be brought in time.
// Those who come and leave without end leave one timer behind, not one each.
func (c *Core) watchLeaving() {
	if c.sessions.watching || len(c.sessions.leaving) == 0 {
		return
	}
	c.sessions.watching = true
	c.after(c.sessions.leaving[0].leaveBy.Sub(c.now), func() {
		c.sessions.watching = false
		for len(c.sessions.leaving) > 0 && !c.sessions.leaving[0].leaveBy.After(c.now) {
			c.bury(c.sessions.leaving[0], "it could not be brought in time")
		}
		c.watchLeaving()
	})
}

// leaveTwin ends both ends of a session between users of this node.
func (c *Core) leaveTwin(s *session, why CloseReason) {
	t := s.twin
	s.over, t.over = true, true
	c.unseat(t, Asker{}, SessionChanged{Reason: c.closeWords(t, why)})
}

// leaveIfDone closes a session whose user is out, if there is a line to say so
// and nothing else to say.
func (c *Core) leaveIfDone(s *session) {
	if s.leaving == 0 || len(s.queue) > 0 {
		return
	}
	if l := cmp.Or(s.line, s.own); l != nil {
		c.reject(l, s.leaving)
		c.bury(s, "")
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
			c.bury(s, "it was not acknowledged in time")
		}
	})
}
