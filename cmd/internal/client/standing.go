package client

import (
	"slices"
	"strings"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/line"
)

// maxChannels bounds the channels that are joined again; of more the oldest
// are left to the user.
const maxChannels = 256

// standing is what a gateway forgets of a guest when his connection is lost,
// as far as it can be had again by typing.
type standing struct {
	name    string
	rooms   []string // "lobby", or channels with their '#', in the order of joining
	current string   // where text goes: one of rooms, or "" for nowhere or none of them
	direct  string   // the line that made a direct conversation the current one, or ""

	private bool // text goes to a session, or to where a number says: not to be had again

	lost bool // the connection ended then: nobody knows where text is to go
	more bool // the line before goes on with the next
}

// hear takes note of what the user types. quit says that he asks for the end.
func (s *standing) hear(text string) (quit bool) {
	whole := !s.more
	_, s.more = line.Continues(text)
	if !whole || s.more {
		return false // of several lines: text, in all likelihood
	}
	in := line.Parse(text).Do
	s.note(in, text)
	_, quit = in.(chat.Quit)
	return quit
}

func (s *standing) note(in chat.Instruction, text string) {
	switch in := in.(type) {
	case chat.Rename:
		s.name = in.Name
	case chat.Join:
		s.join(in.Channel, in.Name)
	case chat.MayJoin:
		if s.current == "" && s.direct == "" && !s.private {
			s.join(in.Channel, in.Name)
		}
	case chat.OpenLobby:
		s.enter(string(chat.Lobby))
	case chat.Part:
		s.part(in.Channel)
	case chat.Leave:
		s.part("")
	case chat.SwitchTo:
		s.switchTo(in.To)
	case chat.OpenDirect:
		s.goTo("", text, false)
	case chat.Fork:
		s.goTo("", "", true)
	}
}

// goTo changes where text goes.
func (s *standing) goTo(room, direct string, private bool) {
	s.current, s.direct, s.private, s.lost = room, direct, private, false
}

func (s *standing) join(channel, name string) {
	if name != "" {
		s.name = name
	}
	s.enter("#" + strings.TrimPrefix(channel, "#"))
}

// enter makes a room the current one.
func (s *standing) enter(room string) {
	if !slices.Contains(s.rooms, room) {
		s.rooms = append(s.rooms, room)
		s.rooms = s.rooms[max(0, len(s.rooms)-maxChannels):]
	}
	s.goTo(room, "", false)
}

func (s *standing) part(channel string) {
	room := s.current
	if channel != "" {
		room = "#" + strings.TrimPrefix(channel, "#")
	}
	if i := slices.Index(s.rooms, room); i >= 0 {
		s.rooms = slices.Delete(s.rooms, i, i+1)
	}
	if channel == "" || room == s.current {
		s.goTo("", "", len(s.rooms) > 0) // where the node takes him is not known here
	}
}

// switchTo follows the user to a room. Numbers are given anew by each
// connection, so where he is with one cannot be had again.
func (s *standing) switchTo(to string) {
	if to == "0" {
		to = string(chat.Lobby)
	}
	switch {
	case slices.Contains(s.rooms, to):
		s.goTo(to, "", false)
	case to == string(chat.Lobby):
		s.enter(to)
	default:
		s.goTo("", "", true)
	}
}

// lose says that the connection is gone.
func (s *standing) lose() { s.lost, s.more = s.lost || s.private, false }

// back is what to type to be where the user was, as far as it goes.
func (s *standing) back() (typed []string) {
	if s.name != "" {
		typed = append(typed, "/nick "+s.name)
	}
	var last []string
	for _, r := range s.rooms {
		l := "/join " + r
		if r == string(chat.Lobby) {
			l = `\lobby`
		}
		if r == s.current {
			last = append(last, l)
		} else {
			typed = append(typed, l)
		}
	}
	if s.direct != "" {
		last = append(last, s.direct)
	}
	return append(typed, last...)
}

// astray says why a line must not be sent: it is text, and the conversation
// that it is meant for ended with the last connection. "" is for those that may.
func (s *standing) astray(text string) string {
	if !s.lost {
		return ""
	}
	switch line.Parse(text).Do.(type) {
	case chat.Say, chat.Act:
		return `your conversation ended with the connection – \sessions lists the others, \switch and \lobby go there`
	}
	return ""
}
