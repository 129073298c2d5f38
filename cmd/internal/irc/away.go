package irc

import (
	"slices"

	"github.com/ergochat/irc-go/ircmsg"

	"tincan/behaviour/chat"
)

// awayLine is AWAY: with a text the client is away, without one it is back.
func (s *session) awayLine(m *ircmsg.Message) {
	why := ""
	if len(m.Params) > 0 {
		why = cut(m.Params[0], awayLength)
	}
	var in chat.Instruction = chat.Back{}
	if why != "" {
		in = chat.Away{Text: why}
	}
	s.setAway(why)
	mask := s.mask()
	s.ask(in, func(n chat.Notification) bool {
		switch n := n.(type) {
		case chat.Notice:
			if why == "" {
				s.numeric("305", "you are no longer marked as being away")
			} else {
				s.numeric("306", "you have been marked as being away")
			}
			s.tellMonitors(capAway, func(to *session) *line { return to.awayLineOf(mask, why) })
		case chat.Failed:
			s.notice(n.Text)
		default:
			return false
		}
		return true
	})
}

func (s *session) setAway(why string) {
	s.door.mu.Lock()
	defer s.door.mu.Unlock()
	for _, f := range s.door.faces[s.face.person] {
		f.away = why
	}
}

// awayOf is why a client of the door does not read, or "".
func (d *Door) awayOf(nick string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.nicks[fold(nick)]; f != nil {
		return f.away
	}
	return ""
}

// setname is SETNAME: another real name, which those see who share a channel.
func (s *session) setname(m *ircmsg.Message) {
	real := visible(m.Params[0])
	if real == "" || len(real) > realLength {
		s.fail("SETNAME", "INVALID_REALNAME", "that cannot be a real name")
		return
	}
	s.real = real
	s.door.mu.Lock()
	s.face.real = real
	s.door.mu.Unlock()
	mask := s.mask()
	tell := func(*session) *line {
		l := by(mask, "SETNAME", real)
		l.ForceTrailing()
		return l
	}
	if s.has(capSetname) {
		s.put(tell(s))
	}
	for _, f := range s.door.neighbours(s.face) {
		s.post(f, func(to *session) {
			if to.has(capSetname) {
				to.emit(tell(to))
			}
		})
	}
	s.tellMonitors(capSetname, tell)
}

// tellMonitors gives a line to those clients that monitor this one, share no channel
// with it and want to know of it all the same (ircv3.net, extended-monitor).
func (s *session) tellMonitors(want capSet, make func(*session) *line) {
	near := s.door.neighbours(s.face)
	for _, f := range s.door.watchers(s.face.nick) {
		if f != s.face && !slices.Contains(near, f) {
			s.post(f, func(to *session) {
				if to.caps&(want|capExtendedMonitor) == want|capExtendedMonitor {
					to.emit(make(to))
				}
			})
		}
	}
}

// neighbours are the clients that share a channel with one.
func (d *Door) neighbours(f *face) (all []*face) {
	d.mu.Lock()
	defer d.mu.Unlock()
	seen := map[*face]bool{f: true}
	for _, r := range d.rooms {
		in := false
		for _, o := range r.members {
			in = in || o == f
		}
		for _, o := range r.members {
			if in && !seen[o] {
				seen[o] = true
				all = append(all, o)
			}
		}
	}
	return all
}
