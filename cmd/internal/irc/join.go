package irc

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ergochat/irc-go/ircmsg"

	"tincan/behaviour/chat"
)

// maxPlaces is how many channels a guest can be in (behaviour/chat).
const maxPlaces = 64

// lobbyName is what the lobby is called here.
const lobbyName = "#lobby"

// channelOf is what a shared conversation is called here.
func channelOf(c chat.Conversation) string {
	if c == chat.Lobby {
		return lobbyName
	}
	return string(c)
}

// membership is a channel that the client is in.
type membership struct {
	replaying bool                    // its history is being read
	shown     map[chat.MessageID]bool // what was shown meanwhile
}

// room is what the door knows of a channel that a client of it is in.
type room struct {
	members []*face // the first of them counts people
	people  int
	founder chat.Person
	topic   string
	setBy   string
	setAt   time.Time
	since   time.Time
}

// join is JOIN.
func (s *session) join(m *ircmsg.Message) {
	if m.Params[0] == "0" {
		for _, conv := range slices.Sorted(maps.Keys(s.joined)) {
			s.partFrom(channelOf(conv), "")
		}
		return
	}
	names := strings.Split(m.Params[0], ",")
	var keys []string
	if len(m.Params) > 1 {
		keys = strings.Split(m.Params[1], ",")
	}
	for i, name := range names {
		switch {
		case name == "" && len(names) == 1:
			s.numeric("461", "JOIN", "no channel was named")
		case name == "":
		case i >= maxTargets:
			s.numeric("407", safeWord(name), "too many channels at once")
			return
		case name[0] != '#' || len(name) == 1:
			s.numeric("403", safeWord(name), "there can be no such channel")
		default:
			_ = keys // channels have none
			s.joinOne(name)
		}
	}
}

func (s *session) joinOne(name string) {
	s.ask(chat.Join{Channel: name}, func(n chat.Notification) bool {
		switch n := n.(type) {
		case chat.Joined:
			s.arrived(n.Conversation, append([]chat.UserInfo{{Peer: s.me, Me: true}}, n.Who...))
		case chat.Switched: // it is there already
		case chat.Failed:
			code := "403"
			if n.Code == chat.Overloaded {
				code = "405"
			}
			s.numeric(code, safeWord(name), visible(n.Text))
		default:
			return false
		}
		return true
	})
}

// arrived is that the client is in a channel now.
func (s *session) arrived(conv chat.Conversation, who []chat.UserInfo) {
	if s.joined[conv] != nil {
		return
	}
	s.joined[conv] = &membership{}
	s.door.enterRoom(s.face, conv, who, s.now)
	name := channelOf(conv)
	s.put(s.joinLine(s.mask(), name, s.me, s.real))
	s.tellTopic(conv, false)
	if s.has(capMarker) { // before 366, the draft says
		s.tellMarker(name)
	}
	s.tellNames(conv, who)
	if !s.has(capHistory) {
		s.replay(conv)
	}
}

// joinLine is JOIN of somebody, as the client wants it.
func (s *session) joinLine(mask, channel string, who chat.Peer, real string) *line {
	if !s.has(capExtendedJoin) {
		return by(mask, "JOIN", channel)
	}
	l := by(mask, "JOIN", channel, "*", cmp(real, visible(who.Label())))
	l.ForceTrailing()
	return l
}

// part is PART.
func (s *session) part(m *ircmsg.Message) {
	why := ""
	if len(m.Params) > 1 {
		why = m.Params[1]
	}
	for i, name := range strings.Split(m.Params[0], ",") {
		switch n, ok := s.sessionCalled(name); {
		case i >= maxTargets:
			s.numeric("407", safeWord(name), "too many channels at once")
			return
		case ok:
			s.leaveSession(n)
		default:
			s.partFrom(name, why)
		}
	}
}

func (s *session) partFrom(name, why string) {
	conv, ok := s.channelMeant(name)
	if !ok {
		if s.door.exists(name) {
			s.numeric("442", safeWord(name), "you are not in that channel")
		} else {
			s.numeric("403", safeWord(name), "there is no such channel")
		}
		return
	}
	s.door.farewell(s.face.person, conv, why)
	s.ask(chat.Part{Channel: string(conv)}, func(n chat.Notification) bool {
		switch n := n.(type) {
		case chat.Parted:
			s.parted(n.Conversation, why)
		case chat.Failed:
			s.numeric("442", channelOf(conv), visible(n.Text))
		default:
			return false
		}
		return true
	})
}

// parted is that the client is in a channel no more.
func (s *session) parted(conv chat.Conversation, why string) {
	if s.joined[conv] == nil {
		return
	}
	s.put(partLine(s.mask(), channelOf(conv), why))
	delete(s.joined, conv)
	s.door.exitRoom(s.face, conv)
}

// partLine is PART of somebody.
func partLine(mask, channel, why string) *line {
	if why == "" {
		return by(mask, "PART", channel)
	}
	l := by(mask, "PART", channel, why)
	l.ForceTrailing()
	return l
}

// channelMeant is the channel that the client is in under a name.
func (s *session) channelMeant(name string) (chat.Conversation, bool) {
	key := strings.ToLower(name)
	for conv := range s.joined {
		if c := channelOf(conv); c == name || strings.ToLower(c) == key {
			return conv, true
		}
	}
	return "", false
}

// exists says whether a client of the door is in a channel of that name.
func (d *Door) exists(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, r := d.roomCalled(name)
	return r != nil
}

// roomCalled is the room of that name, or nil. The caller holds mu.
func (d *Door) roomCalled(name string) (chat.Conversation, *room) {
	conv := chat.Conversation(strings.ToLower(name))
	if conv == lobbyName {
		conv = chat.Lobby
	}
	return conv, d.rooms[conv]
}

// enterRoom notes that a client is in a channel, with all that are there.
func (d *Door) enterRoom(f *face, conv chat.Conversation, who []chat.UserInfo, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.rooms[conv]
	if r == nil {
		r = &room{since: now}
		if len(who) == 1 && conv != chat.Lobby {
			r.founder = f.person
		}
		d.rooms[conv] = r
	}
	r.people = len(who)
	if !slices.Contains(r.members, f) {
		r.members = append(r.members, f)
	}
	d.leavings.welcome(f.person)
}

func (d *Door) exitRoom(f *face, conv chat.Conversation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.rooms[conv]; r != nil {
		d.leaveRoom(f, conv, r)
	}
}

// leaveRoom takes a client out of a room, and the room away with the last. The caller
// holds mu.
func (d *Door) leaveRoom(f *face, conv chat.Conversation, r *room) {
	i := slices.Index(r.members, f)
	if i < 0 {
		return
	}
	r.members = slices.Delete(r.members, i, i+1)
	r.people--
	if r.founder == f.person {
		r.founder = chat.Person{}
	}
	if len(r.members) == 0 {
		delete(d.rooms, conv)
	}
}

// counted notes that somebody who is no client came to a channel or left it. Of its
// clients the first counts.
func (d *Door) counted(f *face, conv chat.Conversation, who chat.Person, by int) {
	_, mask, _ := d.wordsOf(who, conv)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.faceOf(who) != nil || mask != "" {
		return
	}
	if r := d.rooms[conv]; r != nil && r.members[0] == f {
		r.people = max(r.people+by, len(r.members))
	}
}

// members are the clients in a channel.
func (d *Door) members(conv chat.Conversation) []*face {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.rooms[conv]; r != nil {
		return slices.Clone(r.members)
	}
	return nil
}

// founded says whether somebody founded a channel: he is shown as its operator, which
// gives him no power.
func (d *Door) founded(conv chat.Conversation, who chat.Person) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.rooms[conv]
	return r != nil && r.founder == who && who.Peer != ""
}
