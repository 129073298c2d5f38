package chat

// frameReceived takes in what the other end of a line says.
func (c *Core) frameReceived(ev FrameReceived) {
	l, f := c.sessions.lines[ev.Line], ev.Frame
	if l == nil {
		l = &line{id: ev.Line, peer: ev.From}
		c.sessions.lines[ev.Line] = l
		if f.Kind != FrameHello {
			c.broken(l, "session frame before the hello")
			return
		}
		c.lineOffered(l, f)
		return
	}
	s := l.s
	switch {
	case l.closed || s == nil:
	case f.Kind == FrameClose:
		c.closeHeard(s, l, f.Reason)
	case f.Kind == FrameHello && l == s.own:
		c.helloAnswered(s, l, f)
	case f.Kind == FrameHello:
		c.broken(l, "second hello of a line")
	case f.Kind != FrameData && f.Kind != FrameAck: // from the future
	case l != s.line:
		c.broken(l, "session frame before the hello")
	case f.Ack > s.top:
		c.broken(l, "acknowledgement of what was not sent")
	case f.Kind == FrameData && (f.First == 0 || f.First > s.got+1):
		c.broken(l, "session frame that leaves something out")
	default:
		c.known(s)
		c.acknowledged(s, f.Ack)
		if f.Kind == FrameData && s.leaving == 0 {
			c.heard(s, f)
		}
		if !c.pump(s) && f.Kind == FrameData && s.leaving == 0 {
			c.do(SendFrame{l.id, &Frame{Kind: FrameAck, Ack: s.got}})
		}
		c.leaveIfDone(s)
	}
}

// heard shows what is new of the other end's messages. Kinds from the future
// are taken in and not shown.
func (c *Core) heard(s *session, f *Frame) {
	for i := range f.Messages {
		if f.First+uint64(i) <= s.got {
			continue
		}
		s.got++
		m := &f.Messages[i]
		stamp, at := m.Stamp, c.sentAt(s.with.Peer, m)
		if stamp > c.latest() {
			stamp = StampAt(c.net())
		} else {
			c.clock = max(c.clock, stamp)
		}
		c.recordHeard(s, m, stamp)
		if m.Kind == Text || m.Kind == Action {
			c.showSession(s, Shown{ID: s.messageID(s.with.Peer, s.got, s.id), From: c.portrayed(s.with), Kind: m.Kind, Text: m.Body, At: at})
		}
	}
	c.awaitSafe(s)
}

// broken closes a line whose other end does not keep to the rules, and the
// session that was over it.
func (c *Core) broken(l *line, why string) {
	c.refuse(why)
	s := l.s
	aside := s != nil && s.spare != nil && s.spare.line == l
	if aside {
		s.spare = nil
	}
	c.reject(l, CloseBroken)
	if s != nil && !aside {
		c.finish(s, "their node sent what makes no sense")
	}
}
