package chat

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// tally is who said how much, and what of it names whom.
type tally struct {
	list     []*voice // in the order in which they were met; at most maxTally and one
	by       map[Person]*voice
	logs     []Range        // at most maxTally
	last     map[LogKey]int // of each log, the place of its last range
	names    names
	mentions map[User][]Shown // the last maxMentions of each user
}

// voice is what one person said.
type voice struct {
	who          Person // Peer "": those beyond maxTally
	count        int
	since, until time.Time
}

// count counts a message.
func (t *tally) count(s Shown) {
	t.place(s.ID.Ref)
	who := Person{s.From.ID, s.From.Guest}
	p := t.by[who]
	if p == nil && len(t.list) >= maxTally {
		who = Person{}
		p = t.by[who]
	}
	if p == nil {
		if t.by == nil {
			t.by = make(map[Person]*voice)
		}
		p = &voice{who: who, since: s.At, until: s.At}
		t.by[who] = p
		t.list = append(t.list, p)
	}
	p.count++
	if s.At.Before(p.since) {
		p.since = s.At
	}
	if s.At.After(p.until) {
		p.until = s.At
	}
}

// place notes which message it is.
func (t *tally) place(ref Ref) {
	if i, ok := t.last[ref.LogKey]; ok && t.logs[i].Last+1 == ref.Seq {
		t.logs[i].Last++
		return
	}
	if len(t.logs) >= maxTally {
		return
	}
	if t.last == nil {
		t.last = make(map[LogKey]int)
	}
	t.last[ref.LogKey] = len(t.logs)
	t.logs = append(t.logs, Range{ref.LogKey, ref.Seq, ref.Seq})
}

// add counts a message and notes whom of the users in the room it names. A hello
// of long ago names nobody.
func (t *tally) add(c *Core, r *room, s Shown) {
	t.count(s)
	if s.Kind == Hello {
		return
	}
	if t.names == nil {
		t.names = c.namesIn(r)
	}
	for _, u := range t.names.in(s.Text) {
		if s.From.ID == c.cfg.Me && s.From.Guest == u.name {
			continue
		}
		if t.mentions == nil {
			t.mentions = make(map[User][]Shown)
		}
		m := append(t.mentions[u.id], s)
		t.mentions[u.id] = m[max(0, len(m)-maxMentions):]
	}
}

// names are what the users in a room are called, by the first word of that, so
// that a text is searched for all of them at once. They are in lower case.
type names map[string][]called

type called struct {
	user *user
	name string
}

// namesIn are the names of the local users in a room: what they call themselves,
// and for the owner what others call him.
func (c *Core) namesIn(r *room) names {
	n := make(names)
	for _, u := range r.users {
		if u.id != Owner {
			n.add(u, u.name)
			continue
		}
		n.add(u, c.me.Name)
		n.add(u, Peer{ID: c.me.ID, No: c.me.No}.Label())
	}
	return n
}

func (n names) add(u *user, name string) {
	name = strings.ToLower(name)
	if first := name[:wordEnd(name, 0)]; first != "" {
		n[first] = append(n[first], called{u, name})
	}
}

// in are the users whose names are in a text as whole words, each once.
func (n names) in(text string) (users []*user) {
	text = strings.ToLower(text)
	for at := 0; at < len(text); {
		end := wordEnd(text, at)
		if end == at { // no word begins here
			_, size := utf8.DecodeRuneInString(text[at:])
			at += size
			continue
		}
		for _, c := range n[text[at:end]] {
			rest, ok := strings.CutPrefix(text[at:], c.name)
			if ok && wordEnd(rest, 0) == 0 && !slices.Contains(users, c.user) {
				users = append(users, c.user)
			}
		}
		at = end
	}
	return users
}

// wordEnd is where the word ends that begins in text at a place; that place if none does.
func wordEnd(text string, at int) int {
	for i, r := range text[at:] {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '_' {
			return at + i
		}
	}
	return len(text)
}
