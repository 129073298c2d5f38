package irc

import (
	"time"

	"github.com/ergochat/irc-go/ircmsg"
)

// markread is MARKREAD (ircv3.net, draft/read-marker): up to where the user has read.
// The markers of a user are kept while one of his clients is connected.
func (s *session) markread(m *ircmsg.Message) {
	if len(m.Params) == 0 {
		s.fail("MARKREAD", "NEED_MORE_PARAMS", "no target was named")
		return
	}
	target := m.Params[0]
	if conv, ok := s.channelMeant(target); ok {
		target = channelOf(conv)
	}
	switch {
	case target == "" || safeWord(target) != target:
		s.fail("MARKREAD", "INVALID_PARAMS", cmp(safeWord(target), "*"), "no target was named")
	case len(m.Params) < 2:
		s.tellMarker(target)
	default:
		r, ok := parseReference(m.Params[1])
		if !ok || r.at.IsZero() {
			s.fail("MARKREAD", "INVALID_PARAMS", target, "that is no timestamp=")
			return
		}
		s.setMarker(target, r.at)
	}
}

// setMarker moves a marker forward, and tells the user's other clients.
func (s *session) setMarker(target string, at time.Time) {
	key := fold(target)
	s.door.mu.Lock()
	markers := s.door.markers[s.face.person]
	if markers == nil {
		markers = make(map[string]time.Time)
		s.door.markers[s.face.person] = markers
	}
	moved := at.After(markers[key]) && (len(markers) < maxMarkers || !markers[key].IsZero())
	if moved {
		markers[key] = at
	}
	s.door.mu.Unlock()
	s.tellMarker(target)
	if !moved {
		return
	}
	for _, f := range s.door.of(s.face.person) {
		if f != s.face {
			s.post(f, func(to *session) {
				if to.has(capMarker) {
					to.tellMarker(target)
				}
			})
		}
	}
}

// tellMarker says where the marker of a channel or a nick is.
func (s *session) tellMarker(target string) {
	s.door.mu.Lock()
	at := s.door.markers[s.face.person][fold(target)]
	s.door.mu.Unlock()
	where := "*"
	if !at.IsZero() {
		where = "timestamp=" + stampOf(at)
	}
	s.put(s.server("MARKREAD", target, where))
}
