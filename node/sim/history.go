package sim

import (
	"time"

	"tincan/behaviour/chat"
)

// arrived says whether a line is with whom it is for: shown, or in his history.
func (c *checker) arrived(l *line) bool {
	return l.shown || l.message >= 0 && l.to != nil && l.to.view.kept.has(l.message)
}

// digestAge is how old a message is, by the clock of who gets it, before it may be
// counted in a digest rather than shown. Clocks may go wrong by maxSkew each.
const digestAge = time.Minute - 2*maxSkew

// digestible says whether a message may have been counted rather than shown.
func (c *checker) digestible(v *view, m *message) bool {
	return v.n.disk == nil && m.ID.Conversation.IsShared() && c.w.now-m.at > int64(digestAge)
}

// counted takes a message that a node without a store has not shown from those that
// it has told of in digests.
func (c *checker) counted(v *view, m *message) bool {
	if !c.digestible(v, m) || v.digests[m.ID.Conversation] == 0 {
		return false
	}
	v.digests[m.ID.Conversation]--
	return true
}

// digest takes down what the users of a node are told of at once: of those who are
// told of the same, what the first is told.
func (c *checker) digest(n *node, eff chat.Notify, note chat.Digest) {
	v := n.viewOf(note.Conversation)
	if v == nil || len(eff.For) == 0 || note.Count < 1 || note.Until.Before(note.Since) {
		c.fail(5, "%s tells %v of %d messages in %s from %s to %s", n.nick, eff.For, note.Count, note.Conversation, note.Since, note.Until)
		return
	}
	for _, u := range n.users {
		if _, in := u.stays(note.Conversation); in {
			for _, id := range eff.For {
				if id == u.id {
					v.digests[note.Conversation] += note.Count
				}
			}
			return
		}
	}
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
