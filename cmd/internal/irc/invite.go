package irc

import (
	"github.com/ergochat/irc-go/ircmsg"

	"tincan/behaviour/chat"
)

// invite is INVITE: clients of this door get it as it is, others as a direct message.
// Channels are open; it lets nobody in who could not come by himself.
func (s *session) invite(m *ircmsg.Message) {
	nick, channel := m.Params[0], m.Params[1]
	conv, in := s.channelMeant(channel)
	who, client, found := s.door.find(nick)
	switch {
	case !found:
		s.numeric("401", safeWord(nick), "nobody is called so")
		return
	case !in && s.door.exists(channel):
		s.numeric("442", safeWord(channel), "you are not in that channel")
		return
	case !in:
		s.numeric("403", safeWord(channel), "there is no such channel")
		return
	}
	name, mask := channelOf(conv), s.mask()
	if client == nil {
		s.plain("341", nick, name)
		s.ask(chat.SendDirect{To: address(who), Text: "come to " + name}, func(n chat.Notification) bool {
			f, failed := n.(chat.Failed)
			if failed {
				s.unsaid(nick, f)
			}
			return failed
		})
		return
	}
	for _, f := range s.door.members(conv) {
		if f.person == who {
			s.numeric("443", safeWord(nick), name, "is in the channel already")
			return
		}
	}
	s.plain("341", nick, name)
	for _, f := range s.door.of(who) {
		s.post(f, func(to *session) { to.emit(by(mask, "INVITE", to.face.nick, name)) })
	}
	for _, f := range s.door.members(conv) {
		if f == s.face {
			continue
		}
		s.post(f, func(to *session) {
			if to.has(capInvite) {
				to.emit(by(mask, "INVITE", nick, name))
			}
		})
	}
}
