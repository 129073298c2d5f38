package sim

import (
	"bytes"
	"slices"
	"strings"

	"tincan/behaviour/chat"
)

// saved checks what a node keeps, and takes it down: only what was said, nothing
// twice, and nothing that is between others.
func (c *checker) saved(n *node, s chat.Save) {
	for _, ch := range s.Changes {
		switch ch := ch.(type) {
		case chat.Kept:
			c.kept(n, ch.Envelope)
		case chat.Recorded:
			c.filed(n, ch.Message.Body, ch.ID.Author == n.id)
			c.secret = ch
		case chat.Drafted:
			c.filed(n, ch.Message.Body, true)
		case chat.Noted:
			if bytes.Contains(ch.Value, []byte(canary)) {
				c.fail(9, "%s keeps words of two under %s: %.60q", n.nick, ch.Name, ch.Value)
			}
		}
	}
}

func (c *checker) kept(n *node, e *chat.Envelope) {
	if a, b, dm := e.Conversation.Parties(); dm && n.id != a && n.id != b || !dm && !e.Conversation.IsShared() {
		c.fail(9, "%s keeps %s", n.nick, envelopeWords(e))
		return
	}
	v := c.viewFor(n, e.Conversation)
	for i := range e.Messages {
		m, ok := c.which(e.ID(i), e.Messages[i].Body)
		switch {
		case !ok || c.messages[m].Hash != e.Messages[i].Hash:
			c.fail(1, "%s keeps %s, which nobody sealed", n.nick, refWords(e.Conversation, e.ID(i).Ref))
			return
		case v.kept.has(m):
			c.fail(2, "%s keeps %s twice", n.nick, refWords(e.Conversation, e.ID(i).Ref))
			return
		}
		v.kept.add(m)
	}
}

// filed checks a text that is kept without a signature.
func (c *checker) filed(n *node, text string, own bool) {
	i, ok := c.byText[text]
	switch {
	case !ok && own && text == "": // a hello, or the answer to one
	case !ok:
		c.fail(1, "%s keeps %.40q, which nobody said", n.nick, text)
	case !c.party(n, &c.lines[i]) || own && c.lines[i].author != n:
		c.fail(9, "%s keeps line %d of %s, which is for others", n.nick, i, c.lines[i].by)
	}
}

// party says whether a node may have a line.
func (c *checker) party(n *node, l *line) bool {
	return l.in.room != "" || l.author == n || l.to == n
}

// savedUpTo takes down what a core was told of its disk.
func (c *checker) savedUpTo(n *node, ev chat.Saved) {
	switch {
	case ev.Err != "":
		n.doubt = true
	case n.doubt && ev.Through >= n.saves:
		n.doubt = false
		for i := range c.lines {
			if l := &c.lines[i]; l.author == n && l.base == n.base && l.told {
				l.promised = true
			}
		}
	}
}

// toldOf notes that a user has seen that a line of his is accepted: from then on it
// may not be lost, if the node has a disk.
func (c *checker) toldOf(l *line) {
	l.told = true
	l.promised = l.author.keeps == keepsOnDisk && !l.author.doubt
}

// outlives says whether a line is kept at all: what guests say in sessions is not,
// nor what is said within a node.
func (l *line) outlives() bool {
	return l.to != l.author && (!l.in.session || l.by.seat == 0)
}

// onDisk is what of its own lines a node finds on its disk, and what of sessions.
type onDisk struct {
	past  *chat.Past
	lines map[int32]bool
	heard []int32 // of others
}

func (c *checker) onDisk(n *node) (found onDisk) {
	found.past, found.lines = n.disk.past(), map[int32]bool{}
	for _, r := range found.past.Rooms {
		for _, d := range r.Drafts {
			if i, ok := c.byText[d.Message.Body]; ok {
				found.lines[i] = true
			}
		}
	}
	for _, rows := range n.disk.book.rows {
		for _, r := range rows {
			r.each(func(m chat.Placed) {
				if i, ok := c.byText[m.Body]; ok {
					if m.ID.Author == n.id {
						found.lines[i] = true
					} else if r.envelope == nil {
						found.heard = append(found.heard, i)
					}
				}
			})
		}
	}
	slices.Sort(found.heard)
	return found
}

// passed says whether a log is known to be beyond a message that is not kept: nobody
// wants an answer to a hello later.
func (d *onDisk) passed(m *message) bool {
	if r := d.past.Rooms[m.ID.Conversation]; m.Kind == chat.HelloAck && r != nil {
		l := r.Logs[m.ID.LogKey]
		return l != nil && l.Head >= m.ID.Seq
	}
	return false
}

// crashed compares what a node with a disk has let others see with what is on its
// disk when it ends: all of it must be there, unless the disk has said that it can save
// nothing, or has lied. What nobody has seen may be gone.
func (c *checker) crashed(n *node, lied bool) {
	if n.keeps != keepsOnDisk {
		return
	}
	excused := n.doubt || lied
	n.excused = n.excused || excused
	found := c.onDisk(n)
	for _, v := range c.views {
		if v.n == n && v.base == n.base {
			c.forgetUnkept(v, &found, excused)
		}
	}
	for i := range c.messages {
		if m := &c.messages[i]; m.author == n && m.base == n.base && !m.void && !m.lost && !m.view.kept.has(int32(i)) && !found.passed(m) {
			c.unkept(n, m, excused)
		}
	}
	for i := range c.lines {
		if l := &c.lines[i]; l.author == n && l.base == n.base && !l.refused && !l.dropped {
			c.lineAfter(l, int32(i), found.lines[int32(i)], excused)
		}
	}
	if !excused && !n.excused {
		c.stillThere(n, found)
	}
	for _, i := range found.heard {
		if l := &c.lines[i]; !l.shown && l.end != nil && l.toUser != nil {
			l.shown = true
			if e := l.toUser.anEnd(0, func(e *end) bool { return e.with == l.by.person() }); e != nil && e.open {
				e.other, l.end.other = l.end, e
				e.heard = max(e.heard, slices.Index(l.end.said, i)+1)
			}
		}
	}
	for id, s := range c.own {
		if i, ok := c.byText[s.Text]; id.Author == n.id && !(ok && found.lines[i]) {
			delete(c.own, id)
		}
	}
	for i := range c.asked {
		if q := &c.asked[i]; q.u.n == n {
			q.answered = true
		}
	}
}

// forgetUnkept makes what a view keeps what is on the disk.
func (c *checker) forgetUnkept(v *view, found *onDisk, excused bool) {
	var kept bits
	for _, in := range c.conversations() {
		if v.shows(in) {
			for _, r := range v.n.disk.book.rows[in] {
				r.each(func(m chat.Placed) {
					if i, ok := c.which(m.ID, m.Body); ok {
						kept.add(i)
					}
				})
			}
		}
	}
	v.kept, v.came = kept, nil
	lost := false
	for i := range c.messages {
		if !v.shown.has(int32(i)) || kept.has(int32(i)) || found.passed(&c.messages[i]) {
			continue
		}
		m := &c.messages[i]
		if !excused {
			c.fail(3, "%s has shown %s, which is not on its disk", v.n.nick, refWords(m.ID.Conversation, m.ID.Ref))
			return
		}
		lost = true
		v.shown.remove(int32(i))
		if m.line >= 0 {
			v.texts.remove(m.line)
		}
	}
	if !lost {
		return
	}
	v.heads = nil
	for i := range c.messages {
		if m := &c.messages[i]; kept.has(int32(i)) {
			for int(m.log) >= len(v.heads) {
				v.heads = append(v.heads, 0)
			}
			v.heads[m.log] = max(v.heads[m.log], m.ID.Seq)
		}
	}
}

// conversations are those of which anything was sealed.
func (c *checker) conversations() (all []chat.Conversation) {
	seen := map[chat.Conversation]bool{}
	for i := range c.messages {
		if in := c.messages[i].ID.Conversation; !seen[in] {
			seen[in] = true
			all = append(all, in)
		}
	}
	return all
}

// unkept is a message of a node's own that is not on its disk: if nobody has seen
// it, it was never said.
func (c *checker) unkept(n *node, m *message, excused bool) {
	if c.left[m.envelope] {
		c.tops[m.log].seq = min(c.tops[m.log].seq, m.ID.Seq-1)
		if m.lost = true; !excused {
			c.fail(3, "%s has sent %s, which is not on its disk", n.nick, refWords(m.ID.Conversation, m.ID.Ref))
		}
		c.lossy = true
		return
	}
	m.void = true
	delete(c.byID, m.ID)
	c.tops[m.log].seq = min(c.tops[m.log].seq, m.ID.Seq-1)
	if m.line >= 0 {
		c.lines[m.line].message = -1
	}
}

// lineAfter is what becomes of a line at the end of its node.
func (c *checker) lineAfter(l *line, i int32, kept, excused bool) {
	switch sent := l.message >= 0; {
	case kept:
		if !l.accepted {
			l.accepted = true
			c.accepted++
		}
		if e := l.by.session(l.in.with); l.in.session && l.end == nil && e != nil {
			l.end = e
			e.said = append(e.said, i)
		}
	case l.promised && l.outlives() && !excused && !sent && !(l.in.session && (l.author.quits || l.end == nil || l.end.closed || l.end.leaving)):
		c.fail(3, "%s was told that line %d of %.3fs is accepted, and it is neither in the history nor in the outbox of %s", l.by, i, float64(l.at)/1e9, l.author.nick)
	case !sent, excused:
		l.dropped = true
	}
}

// revived is the start of a node with what is on its disk: its owner is where he was.
func (c *checker) revived(n *node) {
	n.users = n.users[:1]
	u := n.users[0]
	u.life, u.moving = n.life, 0
	u.at, u.away, u.swept = spot{room: chat.Lobby}, "", -1<<62
	for _, e := range u.ends {
		if e.closed = e.closed || e.with.Peer == n.id; e.closed {
			e.n = -1 // its number may be given again
		}
	}
	for _, v := range c.views {
		if v.n == n && v.base == n.base {
			v.life, v.over = n.life, v.in != ""
		}
	}
}

// placed compares where a user is told that he is, after a restart, with where he was.
func (c *checker) placed(u *user, note chat.PlaceList) {
	var rooms []stay
	u.at = spot{}
	for i := range note.Places {
		p := &note.Places[i]
		if p.Current {
			u.at = spotOf(p)
		}
		switch p.Conversation.Kind() {
		case "session":
			with := spotOf(p).with
			if e := u.anEnd(0, func(e *end) bool { return e.with == with && (e.n == p.N || e.n == 0) }); e != nil {
				e.n = p.N
			} else if u.n.excused {
				u.ends = append(u.ends, &end{u: u, with: with, asked: c.w.now, n: p.N, open: true})
			} else {
				c.fail(3, "%s finds session %d with %s, of which he was told nothing", u, p.N, with)
			}
		case "dm":
		default:
			since, ok := u.stays(p.Conversation)
			if !ok {
				since = c.w.now
			}
			rooms = append(rooms, stay{in: p.Conversation, since: since})
		}
	}
	for _, s := range u.rooms {
		if !s.leaving && !u.n.excused && !slices.ContainsFunc(rooms, func(o stay) bool { return o.in == s.in }) {
			c.fail(3, "%s was in %s before the restart and is not now", u, s.in)
		}
	}
	u.rooms = rooms
	for _, e := range u.ends {
		if e.closed || slices.ContainsFunc(note.Places, func(p chat.Place) bool { return p.N == e.n && e.n > 0 }) {
			continue
		}
		if e.open && !e.leaving && !u.n.excused {
			c.fail(3, "%s had session %d with %s before the restart and has not now", u, e.n, e.with)
		}
		e.closed, e.mine, e.n = true, true, -1
	}
}

// searchDisks looks for words of two on the disks of others.
func (c *checker) searchDisks() {
	for _, n := range c.w.nodes {
		if n.disk == nil {
			continue
		}
		for _, s := range n.disk.saves {
			for _, ch := range s.Changes {
				for _, text := range texts(ch) {
					if i, ok := c.byText[text]; strings.Contains(text, canary) && (!ok || !c.party(n, &c.lines[i])) {
						c.fail(9, "%s has on its disk what is for two others: %.60q", n.nick, text)
						return
					}
				}
			}
		}
	}
}

// texts are those that a change keeps.
func texts(ch chat.Change) (all []string) {
	switch ch := ch.(type) {
	case chat.Kept:
		for i := range ch.Envelope.Messages {
			all = append(all, ch.Envelope.Messages[i].Body)
		}
	case chat.Recorded:
		all = append(all, ch.Message.Body)
	case chat.Drafted:
		all = append(all, ch.Message.Body)
	case chat.Noted:
		all = append(all, string(ch.Value))
	}
	return all
}
