package irc

import (
	"strconv"
	"strings"

	"github.com/ergochat/irc-go/ircmsg"
)

// mode is MODE. Nobody has power over others here, so that there is little to set:
// the questions that clients ask are answered.
func (s *session) mode(m *ircmsg.Message) {
	target, what := m.Params[0], ""
	if len(m.Params) > 1 {
		what = m.Params[1]
	}
	if strings.HasPrefix(target, "#") {
		s.channelMode(target, what)
		return
	}
	_, client, found := s.door.find(target)
	switch {
	case !found:
		s.numeric("401", safeWord(target), "nobody is called so")
	case client == nil || client.person != s.face.person:
		s.numeric("502", "the modes of others are theirs")
	case strings.Trim(what, "+-"+userModes) != "":
		s.numeric("501", "there is no such mode")
		fallthrough
	default:
		if what == "" {
			s.plain("221", "+")
		}
	}
}

func (s *session) channelMode(name, what string) {
	_, in := s.channelMeant(name)
	bare := strings.TrimLeft(what, "+-")
	switch {
	case !in && !s.door.exists(name):
		s.numeric("403", safeWord(name), "there is no such channel")
	case what == "":
		shown, since := name, int64(0)
		s.door.mu.Lock()
		if c, r := s.door.roomCalled(name); r != nil {
			shown, since = channelOf(c), r.since.Unix()
		}
		s.door.mu.Unlock()
		s.plain("324", shown, "+n")
		s.plain("329", shown, strconv.FormatInt(since, 10))
	case bare == "b":
		s.numeric("368", safeWord(name), "end of the ban list")
	case strings.Trim(bare, "ovhaqbeIklimnpstrC") != "":
		s.numeric("472", safeWord(bare[:1]), "there is no such mode")
	default:
		s.numeric("482", safeWord(name), "nobody has power over others here")
	}
}

// kick is KICK, which nobody may.
func (s *session) kick(m *ircmsg.Message) {
	conv, in := s.channelMeant(m.Params[0])
	switch {
	case !in && !s.door.exists(m.Params[0]):
		s.numeric("403", safeWord(m.Params[0]), "there is no such channel")
	case !in:
		s.numeric("442", safeWord(m.Params[0]), "you are not in that channel")
	default:
		s.numeric("482", channelOf(conv), "nobody has power over others here; /ignore hides somebody")
	}
}
