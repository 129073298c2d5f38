package irc

import (
	"strings"

	"github.com/ergochat/irc-go/ircmsg"

	"tincan/behaviour/chat"
)

// names is NAMES: who is in channels.
func (s *session) names(m *ircmsg.Message) {
	if len(m.Params) == 0 || m.Params[0] == "" {
		s.numeric("366", "*", "end of NAMES")
		return
	}
	all := strings.Split(m.Params[0], ",")
	if len(all) > maxTargets {
		s.numeric("407", safeWord(all[maxTargets]), "too many channels at once")
		all = all[:maxTargets]
	}
	var convs []chat.Conversation
	for _, name := range all {
		if conv, ok := s.channelMeant(name); ok {
			convs = append(convs, conv)
		}
	}
	asked := strings.Join(all, ",")
	if len(convs) == 0 {
		s.endNames(asked)
	}
	for i, conv := range convs {
		s.usersOf(conv, func(who []chat.UserInfo) {
			s.listNames(conv, who)
			if i == len(convs)-1 { // one end for what one line has asked
				s.endNames(asked)
			}
		})
	}
}

func (s *session) endNames(asked string) { s.numeric("366", safeWord(asked), "end of NAMES") }

// usersOf asks who is in a channel that the client is in.
func (s *session) usersOf(conv chat.Conversation, then func([]chat.UserInfo)) {
	s.ask(chat.ListUsers{In: string(conv)}, func(n chat.Notification) bool {
		switch n := n.(type) {
		case chat.UserList:
			then(n.Users)
		case chat.Failed:
			then(nil)
		default:
			return false
		}
		return true
	})
}

// tellNames lists who is in a channel, with the end of the list.
func (s *session) tellNames(conv chat.Conversation, who []chat.UserInfo) {
	s.listNames(conv, who)
	s.endNames(channelOf(conv))
}

func (s *session) listNames(conv chat.Conversation, who []chat.UserInfo) {
	name := channelOf(conv)
	const room = 400
	var list strings.Builder
	flush := func() {
		if list.Len() > 0 {
			s.numeric("353", "=", name, list.String())
			list.Reset()
		}
	}
	for _, u := range who {
		entry := s.prefix(conv, u.Peer)
		switch {
		case s.has(capUserhost) && u.Me:
			entry += s.mask()
		case s.has(capUserhost):
			entry += s.door.mask(u.Peer)
		case u.Me:
			entry += s.face.nick
		default:
			entry += s.door.nickOf(u.Peer)
		}
		if list.Len()+len(entry) > room {
			flush()
		}
		if list.Len() > 0 {
			list.WriteByte(' ')
		}
		list.WriteString(entry)
	}
	flush()
}

// prefix is the sign before somebody's nick in a channel.
func (s *session) prefix(conv chat.Conversation, who chat.Peer) string {
	if s.door.founded(conv, personOf(who)) {
		return "@"
	}
	return ""
}
