package sim

import (
	"time"

	"tincan/behaviour/chat"
)

// shown checks a message at the moment at which a node shows it.
func (c *checker) shown(n *node, s chat.Shown) {
	v, where := n.view, refWords(s.ID.Conversation, s.ID.Ref)
	i, known := c.byID[s.ID]
	if l, ok := c.byText[s.Text]; ok && s.Kind == chat.Text {
		if v.texts.has(l) {
			c.fail(2, "%s showed line %d twice, now as %s", n.name, l, where)
			return
		}
		v.texts.add(l)
	}
	if s.Mine && s.ID.LogKey == n.view.log {
		c.shownToAuthor(n, i, known, s)
		return
	}
	if !known {
		c.fail(1, "%s showed %s, which nobody sealed", n.name, where)
		return
	}
	m := &c.messages[i]
	if s.Text != m.Body || s.Kind != m.Kind || s.From.ID != m.ID.Author || !s.At.Equal(m.Stamp.Time()) || s.Mine != (m.author == n) {
		c.fail(1, "%s showed %s as %s %.40q of %s at %s (mine: %t), which is not what was sealed",
			n.name, where, s.Kind, s.Text, short(s.From.ID), s.At.Format("15:04:05.000"), s.Mine)
		return
	}
	if v.shown.has(i) {
		c.fail(2, "%s showed %s twice", n.name, where)
		return
	}
	v.shown.add(i)
	c.order(v, m, where)
	c.causes(v, m, s.Late, where)
	if a, b, dm := m.ID.Conversation.Parties(); dm && n.id != a && n.id != b {
		c.fail(9, "%s showed %s of others", n.name, where)
		return
	}
	if s.Mine {
		return
	}
	if m.line >= 0 && c.lines[m.line].to == n {
		c.lines[m.line].shown = true
	}
	c.w.stats.Deliveries++
	if s.Kind == chat.HelloAck {
		c.w.stats.Answers++
	}
	if s.Late {
		c.w.stats.Late++
	}
	if m.ID.Conversation == chat.Lobby {
		c.lastShow = time.Duration(c.w.now)
	}
	c.latency.add(time.Duration(c.w.now - m.at))
}

// shownToAuthor checks an own message, which is shown when it is accepted: it
// may be sealed in the same call or later.
func (c *checker) shownToAuthor(n *node, i int32, sealed bool, s chat.Shown) {
	if !sealed {
		c.own[s.ID] = s
		return
	}
	if m := &c.messages[i]; n.view.shown.has(i) || s.Text != m.Body || s.Kind != m.Kind {
		c.fail(2, "%s showed its own %s again or otherwise: %.40q", n.name, refWords(s.ID.Conversation, s.ID.Ref), s.Text)
	}
	n.view.shown.add(i)
}

// order checks that the numbers of a log are shown one after the other. Left out
// may be what came before the first, what was declared lost, and answers to a
// hello, which expire.
func (c *checker) order(v *view, m *message, where string) {
	for int(m.log) >= len(v.heads) {
		v.heads = append(v.heads, 0)
	}
	head := v.heads[m.log]
	v.heads[m.log] = m.ID.Seq
	if m.ID.Seq <= head {
		c.fail(6, "%s showed %s after number %d", v.n.name, where, head)
		return
	}
	if head == 0 || m.author == v.n && m.life == v.life {
		return
	}
	var skipped uint64
	for seq := head + 1; seq < m.ID.Seq; seq++ {
		id := m.ID
		id.Seq = seq
		if i, ok := c.byID[id]; ok && c.messages[i].Kind != chat.HelloAck {
			skipped++
		}
	}
	owner := gapOwner{m.ID.Conversation, m.ID.Author}
	if skipped > v.credit[owner] {
		c.fail(6, "%s showed %s after number %d", v.n.name, where, head)
		return
	}
	v.credit[owner] -= skipped
}

// causes checks that what a message follows was shown before. It need not have
// been when the message is marked late, when the dep comes before what this
// node has shown of its log or was declared lost, or is older than a newcomer need know.
func (c *checker) causes(v *view, m *message, late bool, where string) {
	if late {
		return
	}
	for _, d := range m.deps {
		dep := &c.messages[d]
		switch {
		case c.has(v, d):
		case int(dep.log) < len(v.heads) && v.heads[dep.log] > dep.ID.Seq:
		case dep.Kind == chat.HelloAck:
		case dep.at < v.began-int64(joinGrace):
		default:
			c.fail(7, "%s showed %s before its dep %s", v.n.name, where, refWords(dep.ID.Conversation, dep.ID.Ref))
			return
		}
	}
}
