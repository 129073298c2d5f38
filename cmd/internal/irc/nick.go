package irc

import (
	"github.com/ergochat/irc-go/ircmsg"

	"tincan/behaviour/chat"
)

// nickname is NICK.
func (s *session) nickname(m *ircmsg.Message) {
	if len(m.Params) == 0 || m.Params[0] == "" {
		s.numeric("431", "no nick was given")
		return
	}
	nick := m.Params[0]
	switch {
	case !validNick(nick):
		s.plainRefusal(nick)
	case !s.registered:
		s.nick = nick
		s.registerIfReady()
	case nick == s.face.nick:
	default:
		s.changeNick(nick)
	}
}

func (s *session) plainRefusal(nick string) {
	s.numeric("432", safeWord(nick), "that cannot be a nick")
}

// changeNick asks the core for another name, once the door has the nick for it.
func (s *session) changeNick(nick string) {
	if ok, _ := s.door.reserve(s.face, nick); !ok {
		s.numeric("433", nick, "somebody else is called that")
		return
	}
	s.ask(chat.Rename{Name: nick}, func(n chat.Notification) bool {
		switch n := n.(type) {
		case chat.Renamed:
			if base(n.Now) != nick { // somebody at another door has that
				s.door.release(s.face, nick)
			}
			s.renamed(n)
		case chat.Failed:
			s.door.release(s.face, nick)
			s.numeric("432", nick, visible(n.Text))
		default:
			return false
		}
		return true
	})
}

// renamed is that the client's user has another name.
func (s *session) renamed(n chat.Renamed) {
	old, mask := s.face.nick, s.mask()
	s.me = n.Now
	nick := base(n.Now)
	s.adopt(nick)
	if nick != old {
		s.put(by(mask, "NICK", nick))
	}
}

// adopt takes a nick that the core has given.
func (s *session) adopt(nick string) {
	old := s.face.nick
	was, now := s.door.rename(s.face, nick, personOf(s.me))
	s.announceNick(was, now)
	if fold(old) != fold(nick) {
		s.tellWatchers("731", old, old)
		s.tellWatchers("730", nick, s.mask())
	}
}

// announceNick tells everybody at the door that who was called so is called
// something else.
func (s *session) announceNick(was, now string) {
	if was == "" {
		return
	}
	for _, f := range s.door.everybody(nil) {
		s.post(f, func(s *session) { s.emit(by(was+"!peer@"+s.door.Name, "NICK", now)) })
	}
}

// mask is how others see the client.
func (s *session) mask() string {
	return s.face.nick + "!" + s.face.user + "@" + host(s.me.ID)
}
