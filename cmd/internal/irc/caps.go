package irc

import (
	"strconv"
	"strings"

	"github.com/ergochat/irc-go/ircmsg"
)

// capSet is a set of capabilities.
type capSet uint32

// The capabilities.
const (
	capBatch capSet = 1 << iota
	capNotify
	capEcho
	capLabels
	capTags
	capTime
	capAway
	capMultiPrefix
	capUserhost
	capSASL
	capExtendedJoin
	capExtendedMonitor
	capSetname
	capHistory
	capPlayback
	capMultiline
	capMarker
	capSelf
	capStandard
	capInvite
)

// capabilities are their names, in the order in which they are listed, with the
// values that are shown to who asks with 302.
var capabilities = []struct {
	name  string
	bit   capSet
	value string
}{
	{"batch", capBatch, ""},
	{"cap-notify", capNotify, ""},
	{"echo-message", capEcho, ""},
	{"labeled-response", capLabels, ""},
	{"message-tags", capTags, ""},
	{"server-time", capTime, ""},
	{"away-notify", capAway, ""},
	{"multi-prefix", capMultiPrefix, ""},
	{"userhost-in-names", capUserhost, ""},
	{"sasl", capSASL, "PLAIN"},
	{"extended-join", capExtendedJoin, ""},
	{"extended-monitor", capExtendedMonitor, ""},
	{"setname", capSetname, ""},
	{"invite-notify", capInvite, ""},
	{"standard-replies", capStandard, ""},
	{"draft/chathistory", capHistory, ""},
	{"draft/event-playback", capPlayback, ""},
	{"draft/multiline", capMultiline, "max-bytes=" + strconv.Itoa(maxBytes) + ",max-lines=" + strconv.Itoa(maxLines)},
	{"draft/read-marker", capMarker, ""},
	{"znc.in/self-message", capSelf, ""},
}

func capNamed(name string) (capSet, bool) {
	for _, c := range capabilities {
		if c.name == name {
			return c.bit, true
		}
	}
	return 0, false
}

func (s *session) has(c capSet) bool { return s.caps&c != 0 }

// capability is CAP: what a client wants to be told in which way.
func (s *session) capability(m *ircmsg.Message) {
	switch sub := strings.ToUpper(m.Params[0]); sub {
	case "LS":
		if len(m.Params) > 1 {
			if v, err := strconv.Atoi(m.Params[1]); err == nil && v >= 302 {
				s.caps302 = true
				s.caps |= capNotify
			}
		}
		s.negotiate()
		s.listCaps("LS", s.caps302, func(capSet) bool { return true })
	case "LIST":
		s.listCaps("LIST", false, s.has)
	case "REQ":
		s.negotiate()
		if len(m.Params) < 2 {
			s.cap("ACK", "")
			return
		}
		s.requestCaps(m.Params[1])
	case "END":
		s.negotiating = false
		s.registerIfReady()
	default:
		s.numeric("410", safeWord(m.Params[0]), "there is no such subcommand of CAP")
	}
}

// negotiate holds the end of the registration up until CAP END.
func (s *session) negotiate() {
	if !s.registered {
		s.negotiating = true
	}
}

// listCaps lists capabilities: in one line, as all fit; their values need 302.
func (s *session) listCaps(sub string, values bool, want func(capSet) bool) {
	var names []string
	for _, c := range capabilities {
		if !want(c.bit) {
			continue
		}
		if values && c.value != "" {
			names = append(names, c.name+"="+c.value)
		} else {
			names = append(names, c.name)
		}
	}
	s.cap(sub, strings.Join(names, " "))
}

// requestCaps grants a request as a whole or not at all.
func (s *session) requestCaps(asked string) {
	caps := s.caps
	for _, name := range strings.Fields(asked) {
		name, off := strings.CutPrefix(name, "-")
		bit, known := capNamed(name)
		switch {
		case !known, off && bit == capNotify && s.caps302:
			s.cap("NAK", asked)
			return
		case off:
			caps &^= bit
		default:
			caps |= bit
		}
	}
	s.caps = caps
	s.door.mu.Lock()
	s.face.caps = caps
	s.door.mu.Unlock()
	s.cap("ACK", asked)
}

// cap is an answer to CAP.
func (s *session) cap(sub, list string) {
	l := s.server("CAP", s.shownNick(), sub, list)
	l.ForceTrailing()
	s.put(l)
}
