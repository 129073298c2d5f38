package sim

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"tincan/behaviour/chat"
)

// arrived says whether a line is with whom it is for: shown, or in his history.
func (c *checker) arrived(l *line) bool {
	return l.shown || l.message >= 0 && l.to != nil && l.to.view.kept.has(l.message)
}

// remembered is all of a history as a node shows it.
type remembered struct {
	n    *node
	life int32
	at   int64
	note chat.History
}

// recalled checks a piece of history.
func (c *checker) recalled(u *user, ref string, note chat.History) {
	if ref == "all" {
		if c.w.o.Break == "scramble" && u.n.i%2 == 0 {
			slices.Reverse(note.Items)
		}
		c.histories = append(c.histories, remembered{u.n, u.n.life, c.w.now, note})
		return
	}
	c.answered(u.n, ref)
	var before chat.Placed
	for i := range note.Items {
		s := &note.Items[i].Shown
		if l, ok := c.byText[s.Text]; ok {
			if l := &c.lines[l]; l.in.room == "" && l.by != u && (l.in.with != u.person()) {
				c.fail(9, "%s finds %.40q in the history, which is for others", u, s.Text)
			}
		}
		if !s.ID.Conversation.IsShared() {
			continue
		}
		m, ok := c.byID[s.ID]
		switch {
		case !ok || c.messages[m].Body != s.Text || c.messages[m].Kind != s.Kind:
			c.fail(1, "%s finds %s %.40q in the history, which nobody sealed", u, refWords(s.ID.Conversation, s.ID.Ref), s.Text)
			return
		case i > 0 && !chat.Less(before, c.messages[m].Placed):
			c.fail(8, "%s finds %s behind %s in the history", u, refWords(s.ID.Conversation, s.ID.Ref), refWords(before.ID.Conversation, before.ID.Ref))
			return
		}
		before = c.messages[m].Placed
	}
}

// recollect has the owner of a node read history.
func (w *world) recollect(n *node, op Op) {
	if !n.alive || n.leaving || n.disk == nil {
		return
	}
	u := n.users[0]
	if op.Count%2 == 0 && len(u.rooms) > 0 {
		w.ask(u, chat.ReadHistory{In: string(u.rooms[op.Count%len(u.rooms)].in), N: op.Size})
		return
	}
	w.ask(u, chat.Search{Words: "says", N: op.Size})
}

// settled says whether the store of a line's author says that it has arrived: who
// had it delivered in the last moment of an earlier life was not told so.
func (l *line) settled() bool {
	d := l.author.disk
	if d == nil || l.envelope == nil {
		return false
	}
	for _, r := range d.book.logs[logName{l.envelope.Conversation, l.envelope.Key()}] {
		if r.envelope == l.envelope {
			return r.state == chat.Delivered
		}
	}
	return false
}

// receipted checks a receipt at the moment at which it leaves: what it is for is on
// the disk.
func (c *checker) receipted(n *node, eff chat.Answer) {
	x := c.w.tickets[eff.Ticket]
	if n.keeps != keepsOnDisk || eff.Verdict != chat.Stored || x == nil || x.envelope == nil || x.envelope.Last() > eff.Last {
		return
	}
	if !slices.ContainsFunc(x.envelope.Messages, func(m chat.Message) bool { return m.Kind != chat.HelloAck }) {
		return // nobody wants it later
	}
	rows := n.disk.book.logs[logName{x.envelope.Conversation, x.envelope.Key()}]
	if !slices.ContainsFunc(rows, func(r *row) bool { return r.envelope == x.envelope }) {
		c.fail(4, "%s signs for %s, which is not on its disk", n.nick, envelopeWords(x.envelope))
	}
}

// stillThere checks, when a node with a disk ends, that what it has signed for is in
// its history.
func (c *checker) stillThere(n *node, found onDisk) {
	for i := range c.lines {
		l := &c.lines[i]
		if !l.received || l.to != n || !l.outlives() || l.toBase != n.base {
			continue
		}
		switch {
		case l.in.session && n.quits: // its sessions are over
		case l.in.session && (l.in.with.Guest != "" || l.end == nil || l.end.closed || l.end.other == nil || l.end.other.closed || l.end.other.leaving || c.loose(l.end)):
		case l.in.session && slices.Contains(found.heard, int32(i)):
		case !l.in.session && (l.message < 0 || n.view.kept.has(l.message)):
		default:
			c.fail(4, "%s has signed for line %d of %s, which is not in its history any more", n.nick, i, l.by)
			return
		}
	}
}

// readAll has every node with a store read all of its history, to be compared.
func (w *world) readAll() {
	for _, n := range w.nodes {
		if n.alive && !n.leaving && n.disk != nil {
			for _, s := range n.users[0].rooms {
				w.instruct(n.users[0], "all", chat.ReadHistory{In: string(s.in), N: len(w.check.messages) + 1})
			}
		}
	}
}

// compareHistories checks that who has the same messages in the history of a
// conversation has them in the same order, and that each has there what it keeps.
func (c *checker) compareHistories() {
	type list struct {
		n   *node
		set [32]byte
		ids []chat.MessageID
	}
	lists := map[chat.Conversation][]list{}
	for _, h := range c.histories {
		if !h.n.alive || h.n.life != h.life {
			continue
		}
		var want bits
		v := h.n.viewOf(h.note.Conversation)
		if v == nil {
			continue
		}
		count := 0
		for i := range c.messages {
			if m := &c.messages[i]; m.ID.Conversation == h.note.Conversation && v.kept.has(int32(i)) && c.forked[m.log] == nil &&
				(m.Kind == chat.Text || m.Kind == chat.Hello || m.Kind == chat.Action) {
				want.add(int32(i))
				count++
			}
		}
		var got bits
		var ids []chat.MessageID
		for i := range h.note.Items {
			id := h.note.Items[i].ID
			m, ok := c.which(id, h.note.Items[i].Text)
			if !ok || c.forked[c.messages[m].log] != nil {
				continue
			}
			if !want.has(m) && c.messages[m].at < h.at || got.has(m) {
				c.fail(2, "%s has %s in its history, twice or without having kept it", h.n.nick, refWords(id.Conversation, id.Ref))
				return
			}
			got.add(m)
			if c.messages[m].at < h.at {
				ids = append(ids, id)
			}
		}
		if !h.note.More && len(ids) < count && c.lastSeal < h.at {
			c.fail(3, "%s has kept %d messages of %s, and its history shows %d", h.n.nick, count, h.note.Conversation, len(ids))
			return
		}
		h := list{n: h.n, ids: ids}
		sum := sha256.New()
		for i := range c.messages {
			if got.has(int32(i)) {
				fmt.Fprintln(sum, i)
			}
		}
		h.set = [32]byte(sum.Sum(nil))
		in := chat.Conversation("")
		if len(ids) > 0 {
			in = ids[0].Conversation
		}
		for _, o := range lists[in] {
			if o.set == h.set && !slices.Equal(o.ids, h.ids) {
				c.fail(8, "%s and %s have the same messages in the history of %s in different orders", o.n.nick, h.n.nick, in)
				return
			}
		}
		lists[in] = append(lists[in], h)
	}
}
