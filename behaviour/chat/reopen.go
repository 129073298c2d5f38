package chat

import (
	"cmp"
	"slices"
	"time"
)

// lineLost is the loss of the line that a session was over. A new one that comes
// soon needs no word.
func (c *Core) lineLost(s *session, l *line, why string) {
	s.cuts++
	s.cut = c.now
	c.touchSoon(s)
	c.recountSession(s)
	if c.now.Sub(l.since) >= steadyTime {
		s.delay = 0
	}
	cuts := s.cuts
	c.after(cutGrace, func() {
		if !s.over && s.leaving == 0 && s.cuts == cuts && s.line == nil {
			s.told = true
			c.tellOf(s, Asker{}, SessionChanged{Event: Interrupted, Reason: cmp.Or(why, "the line broke")}, nil)
		}
	})
	c.nextLine(s)
}

// reopen opens a line some time, later each time: the end that opened the session
// at once at first, the other half a period behind it.
func (c *Core) reopen(s *session) {
	if s.agreed && s.leaving == 0 && c.now.Sub(s.cut) >= DirectExpiry {
		c.finish(s, "their node has not been there for too long")
		return
	}
	wait := s.delay
	if s.side == SideB {
		wait += max(s.delay, reopenFirst) / 2
	}
	s.delay = min(max(2*s.delay, reopenFirst), reopenLast)
	s.tries++
	if wait == 0 {
		c.openLine(s)
		return
	}
	c.afterTry(s, c.jitter(wait), func() { c.openLine(s) })
}

// afterTry runs f later, unless the session has gone on meanwhile.
func (c *Core) afterTry(s *session, d time.Duration, f func()) {
	tries := s.tries
	c.after(d, func() {
		if !s.over && s.tries == tries {
			f()
		}
	})
}

// sessionsMay tries to resume what was interrupted: the peer is here again.
func (c *Core) sessionsMay(id PeerID) {
	for _, s := range slices.Clone(c.sessions.byPeer[id]) {
		if s.line == nil && s.own == nil && s.attempt == 0 && !s.over {
			s.delay = 0
			c.reopen(s)
		}
	}
}
