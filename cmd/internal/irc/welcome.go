package irc

import (
	"strconv"
	"strings"

	"github.com/ergochat/irc-go/ircmsg"

	"tincan/behaviour/chat"
)

// welcome ends the registration: the nick is the client's.
func (s *session) welcome() {
	f := s.face
	s.door.mu.Lock()
	f.person, f.user, f.real = personOf(s.me), s.user, s.real
	f.since, f.spoke, f.caps = s.now, s.now, s.caps
	s.door.mu.Unlock()
	s.entering, s.welcoming = false, true
	was, now := s.door.register(f)
	name := s.door.Name
	s.numeric("001", "welcome to "+Product+", "+s.mask())
	s.numeric("002", "your host is "+name+", a door of "+cmp(visible(s.me.Label()), "a node"))
	s.numeric("003", "this door opened "+stampOf(s.door.born))
	s.plain("004", name, Product, userModes, channelModes)
	s.support()
	s.lusers(nil)
	s.motd(nil)
	s.registered = true
	s.announceNick(was, now)
	s.tellWatchers("730", f.nick, s.mask())
	if s.owner {
		s.ask(chat.ListSessions{}, s.places)
	}
}

// places takes the owner into the conversations that he is in already.
func (s *session) places(n chat.Notification) bool {
	list, ok := n.(chat.PlaceList)
	if !ok {
		return false
	}
	for _, p := range list.Places {
		switch {
		case p.Conversation.IsShared():
			s.ask(chat.ListUsers{In: string(p.Conversation)}, func(n chat.Notification) bool {
				users, ok := n.(chat.UserList)
				if ok {
					s.arrived(users.Conversation, users.Users)
				}
				return ok
			})
		case p.With != nil && p.Side != chat.NoSide:
			s.sessionNick(p.N, *p.With)
		}
	}
	return true
}

func (s *session) motd(*ircmsg.Message) { s.numeric("422", "there is no message of the day") }

// lusers counts the clients of this door; of servers there is none besides.
func (s *session) lusers(*ircmsg.Message) {
	d := s.door
	d.mu.Lock()
	n, most, rooms, unknown := len(d.clients()), d.most, len(d.rooms), d.unknown
	d.mu.Unlock()
	num := strconv.Itoa
	s.numeric("251", "there are "+num(n)+" users and 0 invisible on 1 servers")
	s.numeric("252", "0", "operators online")
	s.numeric("253", num(unknown), "unknown connections")
	s.numeric("254", num(rooms), "channels formed")
	s.numeric("255", "I have "+num(n)+" clients and 0 servers")
	s.numeric("265", num(n), num(most), "current local users "+num(n)+", max "+num(most))
	s.numeric("266", num(n), num(most), "current global users "+num(n)+", max "+num(most))
}

// elsewhere answers a question that is for another server.
func (s *session) elsewhere(m *ircmsg.Message) bool {
	if len(m.Params) == 0 || strings.EqualFold(m.Params[0], s.door.Name) || matches(m.Params[0], s.door.Name) ||
		fold(m.Params[0]) == fold(s.face.nick) {
		return false
	}
	s.numeric("402", safeWord(m.Params[0]), "there is no such server")
	return true
}

func (s *session) version(m *ircmsg.Message) {
	if !s.elsewhere(m) {
		s.numeric("351", Product, s.door.Name, "a door of a node without servers")
		s.support()
	}
}

func (s *session) timeLine(m *ircmsg.Message) {
	if !s.elsewhere(m) {
		s.numeric("391", s.door.Name, s.now.UTC().Format("Mon Jan 02 2006 15:04:05 UTC"))
	}
}

func (s *session) admin(m *ircmsg.Message) {
	if !s.elsewhere(m) {
		s.numeric("256", s.door.Name, "administrative info")
		s.numeric("257", "this is a node of "+Product+", and its owner runs it")
		s.numeric("258", "it has no operators")
		s.numeric("259", "nobody")
	}
}

func (s *session) info(m *ircmsg.Message) {
	if !s.elsewhere(m) {
		s.numeric("371", Product+": a chat without servers; this is the door for IRC clients of one of its nodes")
		s.numeric("374", "end of INFO")
	}
}

func (s *session) links(m *ircmsg.Message) {
	s.plain("364", s.door.Name, s.door.Name, "0 "+Product)
	s.numeric("365", "*", "end of LINKS")
}

func (s *session) oper(*ircmsg.Message) { s.numeric("491", "there are no operators here") }

func (s *session) powerless(*ircmsg.Message) { s.numeric("481", "there are no operators here") }
