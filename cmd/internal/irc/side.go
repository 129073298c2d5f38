package irc

import (
	"slices"

	"tincan/behaviour/chat"
)

// side is what only IRC knows of a message: it goes past the core, and so from one
// client of this door to another.
type side struct {
	verb   string // PRIVMSG or NOTICE
	tags   map[string]string
	pieces []piece // the lines of a message of several; nil: as its text says
	conv   chat.Conversation
	text   string
}

// piece is a line of a message of several lines.
type piece struct {
	text   string
	concat bool // it goes on where the last one ended
}

// sides are those of the last messages.
type sides struct {
	byID map[chat.MessageID]*side
	ring []chat.MessageID
	at   int
}

func newSides() sides { return sides{byID: make(map[chat.MessageID]*side)} }

// remember keeps what is known of a message. The caller holds Door.mu.
func (s *sides) remember(id chat.MessageID, known *side) {
	if s.byID[id] != nil {
		return
	}
	if len(s.ring) < maxRecent {
		s.ring = append(s.ring, id)
	} else {
		delete(s.byID, s.ring[s.at])
		s.ring[s.at] = id
		s.at = (s.at + 1) % maxRecent
	}
	s.byID[id] = known
}

// saying notes what a client is about to say: others may be told of it before the
// client itself is.
func (d *Door) saying(f *face, known *side) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(f.said) >= 2*maxTargets {
		f.said = slices.Delete(f.said, 0, 1)
	}
	f.said = append(f.said, known)
}

// unsaid notes that the client did not say it after all.
func (d *Door) unsaid(f *face, known *side) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f.drop(known)
}

func (f *face) drop(known *side) {
	f.said = slices.DeleteFunc(f.said, func(o *side) bool { return o == known })
}

// said gives what a client has said its id.
func (d *Door) said(f *face, id chat.MessageID, known *side) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sides.remember(id, known)
	f.drop(known)
}

// sideOf is what is known of a message.
func (d *Door) sideOf(m *chat.Shown) *side {
	d.mu.Lock()
	defer d.mu.Unlock()
	if known := d.sides.byID[m.ID]; known != nil {
		return known
	}
	in := m.ID.Conversation
	if !in.IsShared() {
		in = ""
	}
	for _, f := range d.faces[personOf(m.From)] {
		for _, known := range f.said {
			if known.text == m.Text && known.conv == in {
				return known
			}
		}
	}
	return nil
}

// farewells are the last words of those who left, which the core does not know.
type farewells struct{ list []farewell }

type farewell struct {
	who  chat.Person
	conv chat.Conversation // "": everything
	why  string
	mask string
}

// farewell notes why somebody is about to leave a channel.
func (d *Door) farewell(who chat.Person, conv chat.Conversation, why string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if fs := d.faces[who]; len(fs) > 0 {
		d.leavings.add(farewell{who, conv, why, fs[0].mask()})
	}
}

// bow notes why a client is about to go, unless it has others of the same user.
func (d *Door) bow(f *face, why string) (last bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.faces[f.person]) == 0 {
		return false
	}
	d.leavings.add(farewell{f.person, "", why, f.mask()})
	return true
}

func (f *farewells) add(one farewell) {
	f.list = slices.DeleteFunc(f.list, func(o farewell) bool { return o.who == one.who && o.conv == one.conv })
	if len(f.list) >= maxFarewells {
		f.list = slices.Delete(f.list, 0, 1)
	}
	f.list = append(f.list, one)
}

// welcome forgets the last words of somebody who is back.
func (f *farewells) welcome(who chat.Person) {
	f.list = slices.DeleteFunc(f.list, func(o farewell) bool { return o.who == who })
}

// wordsOf are the last words of somebody who has left a channel; all says that he
// left everything. mask is how he was seen, "" of who was no client.
func (d *Door) wordsOf(who chat.Person, conv chat.Conversation) (why, mask string, all bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, o := range d.leavings.list {
		switch {
		case o.who != who:
		case o.conv == "":
			return o.why, o.mask, true
		case o.conv == conv:
			why, mask = o.why, o.mask
		}
	}
	return why, mask, false
}
