package sim

import (
	"tincan/behaviour/chat"
)

// arrived says whether a line is with whom it is for: shown, or in his history.
func (c *checker) arrived(l *line) bool {
	return l.shown || l.message >= 0 && l.to != nil && l.to.view.kept.has(l.message)
}

// recalled checks a piece of history.
func (c *checker) recalled(u *user, ref string, note chat.History) {
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
