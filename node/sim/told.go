package sim

import (
	"fmt"
	"slices"
	"strings"

	"tincan/behaviour/chat"
)

// told follows where a user is, by what he is told alone.
func (c *checker) told(u *user, eff chat.Notify) {
	switch note := eff.Notification.(type) {
	case chat.Entered:
		c.answered(u.n, eff.Ref)
		if note.Me.Guest != u.name {
			c.fail(0, "%s is called %s", u, note.Me.Label())
		}
	case chat.Joined:
		c.answered(u.n, eff.Ref)
		if v := u.n.viewOf(note.Conversation); v != nil && v.began < c.w.now && !slices.ContainsFunc(u.n.users, func(o *user) bool { _, in := o.stays(note.Conversation); return in }) {
			v.deaf = c.w.now
		}
		u.rooms = append(u.rooms, stay{in: note.Conversation, since: c.w.now})
		u.at = spot{room: note.Conversation}
	case chat.Parted:
		c.answered(u.n, eff.Ref)
		u.rooms = slices.DeleteFunc(u.rooms, func(s stay) bool { return s.in == note.Conversation })
		if u.at.room == note.Conversation {
			u.at = spot{}
			if _, ok := u.stays(chat.Lobby); ok {
				u.at.room = chat.Lobby
			}
		}
	case chat.Switched:
		if eff.Ref != "" { // else he is taken to where he was
			c.answered(u.n, eff.Ref)
		}
		u.at = spotOf(&note.To)
	case chat.Renamed:
		if note.Mine {
			c.answered(u.n, eff.Ref)
		}
	case chat.Notice:
		if strings.HasPrefix(eff.Ref, "ask") {
			c.answered(u.n, eff.Ref)
		}
	case chat.PlaceList:
		c.answered(u.n, eff.Ref)
		c.placed(u, note)
	case chat.History:
		c.recalled(u, eff.Ref, note)
	case chat.SessionChanged:
		c.sessionChanged(u, eff.Ref, note)
	case chat.UserList:
		c.roll = &note
	case chat.Failed:
		if strings.HasPrefix(eff.Ref, "ask") {
			if q := c.question(eff.Ref); q != nil && q.fork != nil {
				c.w.unfork(q.fork)
			}
			c.answered(u.n, eff.Ref)
		}
	}
}

// question is what was asked under a ref, or nil.
func (c *checker) question(ref string) *question {
	var i int
	if _, err := fmt.Sscanf(ref, "ask%d", &i); err != nil || i >= len(c.asked) {
		return nil
	}
	return &c.asked[i]
}

// ask notes a question and returns the ref to ask it under.
func (c *checker) ask(u *user) (ref string) {
	c.asked = append(c.asked, question{at: c.w.now, u: u})
	return fmt.Sprintf("ask%d", len(c.asked)-1)
}

func (c *checker) answered(n *node, ref string) {
	q := c.question(ref)
	if q == nil || q.u.n != n || q.answered {
		c.fail(10, "%s answered %q, which nobody asked, or twice", n.nick, ref)
		return
	}
	q.answered = true
	if q.moves {
		q.u.moving--
	}
}
