package irc

import (
	"slices"
	"time"

	"tincan/behaviour/chat"
)

// talks are a client's private conversations. Those with others of this node are in no
// store; they are kept here while the client is connected, and nobody who takes its
// nick later reads them.
type talks struct {
	list  []*talk // the one that was quiet for the longest time first
	bytes int
}

type talk struct {
	who   chat.Person
	nick  string
	items []chat.Shown
}

func (t *talk) last() time.Time { return t.items[len(t.items)-1].At }

// keepTalk notes a direct message to the client or from it.
func (s *session) keepTalk(m *chat.Shown) {
	if m.Session != 0 || m.ID.Conversation.IsShared() || m.To == nil || m.Kind == chat.HelloAck {
		return
	}
	with := m.From
	if m.Mine {
		with = *m.To
	}
	s.talks.add(personOf(with), s.door.nickOf(with), *m)
}

func (t *talks) add(who chat.Person, nick string, m chat.Shown) {
	i := slices.IndexFunc(t.list, func(o *talk) bool { return o.who == who })
	one := &talk{who: who}
	if i >= 0 {
		one = t.list[i]
		t.list = slices.Delete(t.list, i, i+1)
	}
	one.nick = nick
	if len(one.items) > 0 && one.items[len(one.items)-1].ID == m.ID {
		t.list = append(t.list, one)
		return // to oneself: it is said and heard
	}
	one.items = append(one.items, m)
	t.bytes += len(m.Text)
	if len(one.items) > maxTalk {
		t.bytes -= len(one.items[0].Text)
		one.items = slices.Delete(one.items, 0, 1)
	}
	t.list = append(t.list, one)
	for len(t.list) > 1 && (len(t.list) > maxTalks || t.bytes > maxTalkBytes) {
		for _, m := range t.list[0].items {
			t.bytes -= len(m.Text)
		}
		t.list = slices.Delete(t.list, 0, 1)
	}
	for len(one.items) > 1 && t.bytes > maxTalkBytes {
		t.bytes -= len(one.items[0].Text)
		one.items = slices.Delete(one.items, 0, 1)
	}
}

// rename follows somebody who is called something else now.
func (t *talks) rename(was, now chat.Person, nick string) {
	t.list = slices.DeleteFunc(t.list, func(o *talk) bool { return o.who == now && was != now })
	for _, o := range t.list {
		if o.who == was {
			o.who, o.nick = now, nick
		}
	}
}

// read returns pages of what was said with somebody.
func (t *talks) read(who chat.Person, p pages) []chat.Shown {
	for _, o := range t.list {
		if o.who == who {
			return o.pages(p)
		}
	}
	return nil
}

// readNick is read with somebody who was called so and is gone.
func (t *talks) readNick(nick string, p pages) []chat.Shown {
	for _, o := range t.list {
		if fold(o.nick) == fold(nick) {
			return o.pages(p)
		}
	}
	return nil
}

// between are the talks whose last message was sent between two times.
func (t *talks) between(from, to time.Time, n int) (found []*talk) {
	for _, o := range t.list {
		if at := o.last(); !at.Before(from) && at.Before(to) && len(found) < n {
			found = append(found, o)
		}
	}
	return found
}

func (t *talk) pages(p pages) []chat.Shown {
	items := t.window(p.first)
	if p.next == nil {
		return items
	}
	next := p.next(items)
	if p.skip {
		items = nil
	}
	if next == nil || next.N <= 0 {
		return items
	}
	return append(items, t.window(*next)...)
}

// window is what chat.ReadHistory says.
func (t *talk) window(w chat.ReadHistory) []chat.Shown {
	items := t.items
	place := func(id string) int {
		return slices.IndexFunc(items, func(m chat.Shown) bool { return m.ID.String() == id })
	}
	if w.Before != "" {
		i := place(w.Before)
		if i < 0 {
			return nil
		}
		items = items[:i]
	}
	if w.After != "" {
		i := place(w.After)
		if i < 0 {
			return nil
		}
		items = items[i+1:]
	}
	var found []chat.Shown
	for _, m := range items {
		at := m.At.Truncate(time.Millisecond)
		if !(at.Before(w.Since)) && (w.Until.IsZero() || at.Before(w.Until)) {
			found = append(found, m)
		}
	}
	n := min(w.N, len(found))
	if w.First {
		return found[:n:n]
	}
	return found[len(found)-n:]
}
