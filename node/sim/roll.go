package sim

import (
	"slices"
	"time"

	"tincan/behaviour/chat"
)

// announced checks what a node says about who is in a conversation.
func (c *checker) announced(n *node, of chat.Conversation, e *chat.Envelope) {
	for i := range e.Messages {
		m := &e.Messages[i]
		u := n.called(m.Guest)
		switch {
		case m.Kind == chat.Gone, n.left(m.Guest, c.w.now):
		case m.Kind != chat.Here || u == nil:
			c.fail(11, "%s announces %s of %q, who is not there", n.nick, m.Kind, m.Guest)
		default:
			if _, in := u.stays(of); !in || !n.claims(m.Name, c.w.now) || m.Body != u.away && !u.was(m.Body, c.w.now) {
				c.fail(11, "%s announces %s in %s as %s, away %q", n.nick, u, of, m.Name, m.Body)
			}
		}
	}
}

// left says whether a guest has gone so lately that what his node said of him before
// may have waited for its disk.
func (n *node) left(name string, now int64) bool {
	return n.keeps == keepsOnDisk && slices.ContainsFunc(n.users, func(u *user) bool {
		return u.name == name && u.gone && now-u.went < int64(answerMax)
	})
}

// claims says whether a node claims a name, or did so lately: what it says may have
// waited for its disk.
func (n *node) claims(name string, now int64) bool {
	return name == n.claimed() || n.keeps == keepsOnDisk && now-n.renamed < int64(answerMax)
}

// was says whether a user was away lately as text says.
func (u *user) was(text string, now int64) bool {
	return u.n.keeps == keepsOnDisk && text == u.before && now-u.changed < int64(answerMax)
}

// rollCall asks every node, when everything has had time to settle, who is where:
// it knows everybody who is there, by the name and with the status of today, and
// nobody who has been gone for long. Where much is lost, all that somebody says in
// that time may be. Only a run in which people go everywhere is
// long enough for that.
func (c *checker) rollCall() {
	if c.w.o.Mix != "all" {
		return
	}
	for _, n := range c.w.nodes {
		if !n.alive || n.leaving {
			continue
		}
		asked := map[chat.Conversation]bool{}
		for _, u := range n.users {
			for _, s := range u.rooms {
				if !asked[s.in] && c.broken == nil {
					asked[s.in] = true
					c.roll = nil
					c.w.instruct(u, "roll", chat.ListUsers{In: string(s.in)})
					c.compare(u, s.in)
				}
			}
		}
	}
}

// compare holds the list of users that a node has given against who is there.
func (c *checker) compare(u *user, in chat.Conversation) {
	if c.roll == nil || c.roll.Conversation != in {
		c.fail(11, "%s asked who is in %s and was not told", u, in)
		return
	}
	listed := map[chat.Person]chat.UserInfo{}
	for _, row := range c.roll.Users {
		who := chat.Person{Peer: row.Peer.ID, Guest: row.Peer.Guest}
		if _, twice := listed[who]; twice {
			c.fail(11, "%s is told twice that %s is in %s", u, who, in)
			return
		}
		listed[who] = row
		if row.Me != (who == u.person()) {
			c.fail(11, "%s is told of %s in %s that it is himself: %t", u, who, in, row.Me)
		}
		if !c.wasIn(who, in) && c.w.o.Clock == "good" {
			c.fail(11, "%s is told that %s is in %s, who has not been for long", u, who, in)
			return
		}
	}
	for _, n := range c.w.nodes {
		if !n.alive || !c.w.reachable(u.n, n) {
			continue
		}
		for _, v := range n.users {
			since, is := v.stays(in)
			if !is || v.gone || since > c.w.quiet {
				continue
			}
			switch row, ok := listed[v.person()]; {
			case c.w.o.Clock != "good":
			case !ok && c.w.o.Loss > maxLoss:
			case !ok:
				c.fail(11, "%s is not told that %s is in %s since %.3fs", u, v, in, float64(since)/1e9)
				return
			case row.Away != v.away || row.Peer.Name != n.claimed():
				c.fail(11, "%s is told that %s in %s is %s, away %q: he is %s, %q", u, v, in, row.Peer.Name, row.Away, n.claimed(), v.away)
				return
			}
		}
	}
}

// wasIn says whether a person is in a conversation or was not long ago.
func (c *checker) wasIn(who chat.Person, in chat.Conversation) bool {
	if u := c.w.find(who); u != nil {
		if _, is := u.stays(in); is {
			return true
		}
	}
	return c.w.now-c.w.quiet < int64(lingers(len(c.w.nodes)))-int64(time.Second)
}
