package sim

import (
	"slices"
	"time"

	"tincan/behaviour/chat"
)

// shown checks a message at the moment at which a node shows it.
func (c *checker) shown(n *node, eff chat.Notify, s chat.Shown) {
	v, where := n.viewOf(s.ID.Conversation), refWords(s.ID.Conversation, s.ID.Ref)
	if a, b, dm := s.ID.Conversation.Parties(); !s.ID.Conversation.IsShared() && (!dm || a == b) {
		c.private(n, eff, s)
		return
	}
	if v == nil {
		c.fail(9, "%s showed %s, where it is not", n.nick, where)
		return
	}
	i, known := c.which(s.ID, s.Text)
	own := n.owns(s.ID.LogKey) && !(known && (c.messages[i].view != v || c.messages[i].lost)) // else from before it left and came back
	if !c.audience(n, eff, s, own) {
		return
	}
	if own && !s.Mine {
		c.echoed(n, s)
		return
	}
	if l, ok := c.byText[s.Text]; ok && s.Kind == chat.Text {
		if v.texts.has(l) && !(known && (c.messages[i].resaid || c.messages[i].again)) {
			c.fail(2, "%s showed line %d twice, now as %s", n.nick, l, where)
			return
		}
		v.texts.add(l)
	}
	if own {
		c.shownToAuthor(n, v, i, known, s)
		return
	}
	if !known {
		c.fail(1, "%s showed %s, which nobody sealed", n.nick, where)
		return
	}
	m := &c.messages[i]
	if s.Text != m.Body || s.Kind != m.Kind || s.From.ID != m.ID.Author || s.From.Guest != m.Guest || !s.At.Equal(m.Stamp.Time()) && c.w.o.Clock == "good" || s.Mine != (m.author == n) {
		c.fail(1, "%s showed %s as %s %.40q of %s %s at %s (mine: %t), which is not what was sealed",
			n.nick, where, s.Kind, s.Text, s.From.Guest, short(s.From.ID), s.At.Format("15:04:05.000"), s.Mine)
		return
	}
	if v.shown.has(i) {
		c.fail(2, "%s showed %s twice", n.nick, where)
		return
	}
	v.shown.add(i)
	c.order(v, m, where)
	c.causes(v, m, s.Late, where)
	if a, b, dm := m.ID.Conversation.Parties(); dm && n.id != a && n.id != b {
		c.fail(9, "%s showed %s of others", n.nick, where)
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
	if s.ID.Conversation != chat.Lobby {
		c.w.stats.Elsewhere++
	}
	if m.at >= max(v.began, n.began) {
		c.latency.add(time.Duration(c.w.now - m.at))
	}
}

// audience checks that a message is shown to those of a node's users who are in
// its conversation, and to nobody else: an own one to its author, then to the others.
func (c *checker) audience(n *node, eff chat.Notify, s chat.Shown, own bool) bool {
	var want []chat.User
	for _, u := range n.users {
		_, in := u.stays(s.ID.Conversation)
		if s.To != nil {
			in = s.To.Guest == u.name && (s.To.ID == n.id || own)
			if own {
				in = s.From.Guest == u.name
			}
		} else if own {
			in = in && (s.From.Guest == u.name) == s.Mine
		}
		if in && !u.gone {
			want = append(want, u.id)
		}
	}
	got := slices.DeleteFunc(slices.Clone(eff.For), func(id chat.User) bool { return n.keeps == keepsOnDisk && n.users[id].gone })
	slices.Sort(got)
	if slices.Equal(got, want) {
		return true
	}
	rule := 5
	for _, id := range got {
		if !slices.Contains(want, id) {
			rule = 9
		}
	}
	c.fail(rule, "%s showed %s to %v, and it is for %v", n.nick, refWords(s.ID.Conversation, s.ID.Ref), got, want)
	return false
}

// echoed checks that a user's words are shown once to the others of his node.
func (c *checker) echoed(n *node, s chat.Shown) {
	i, ok := c.byText[s.Text]
	if s.Kind == chat.Hello && s.Text == "" {
		return
	}
	if !ok || s.Kind != chat.Text || c.lines[i].echoed || c.lines[i].author != n || c.lines[i].in.room != s.ID.Conversation {
		c.fail(2, "%s showed %.40q to others of its users, twice or wrongly", n.nick, s.Text)
		return
	}
	c.lines[i].echoed = true
}

// shownToAuthor checks an own message, which is shown when it is accepted: it
// may be sealed in the same call or later.
func (c *checker) shownToAuthor(n *node, v *view, i int32, sealed bool, s chat.Shown) {
	if l, ok := c.byText[s.Text]; ok && s.Kind == chat.Text {
		in := c.lines[l].in
		if s.ID.Conversation != in.room && (in.session || s.ID.Conversation != chat.DirectWith(n.id, in.with.Peer)) {
			c.fail(9, "%s took line %d, which is for %s%s, for %s", n.nick, l, in.room, in.with, s.ID.Conversation)
			return
		}
	}
	if !sealed {
		c.own[s.ID] = s
		if l, ok := c.byText[s.Text]; ok && s.Kind == chat.Text {
			c.toldOf(&c.lines[l])
		}
		return
	}
	if m := &c.messages[i]; v.shown.has(i) || s.Text != m.Body || s.Kind != m.Kind {
		c.fail(2, "%s showed its own %s again or otherwise: %.40q", n.nick, refWords(s.ID.Conversation, s.ID.Ref), s.Text)
	}
	v.shown.add(i)
	if m := &c.messages[i]; m.line >= 0 {
		c.toldOf(&c.lines[m.line])
	}
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
		c.fail(6, "%s showed %s after number %d", v.n.nick, where, head)
		return
	}
	if head == 0 || m.view == v {
		return
	}
	var skipped uint64
	for seq := head + 1; seq < m.ID.Seq; seq++ {
		id := m.ID
		id.Seq = seq
		i, ok := c.byID[id]
		switch {
		case !ok || c.messages[i].Kind == chat.HelloAck || v.kept.has(i):
		case c.messages[i].line >= 0 && c.lines[c.messages[i].line].refused: // nobody was there to be shown it
		default:
			skipped++
		}
	}
	owner := gapOwner{m.ID.Conversation, m.ID.Author}
	if skipped > v.credit[owner] {
		c.fail(6, "%s showed %s after number %d", v.n.nick, where, head)
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
		case c.has(v, d), dep.at <= v.deaf:
		case int(dep.log) < len(v.heads) && v.heads[dep.log] > dep.ID.Seq:
		case dep.Kind == chat.HelloAck:
		case dep.at < v.began-int64(joinGrace):
		default:
			c.fail(7, "%s showed %s before its dep %s", v.n.nick, where, refWords(dep.ID.Conversation, dep.ID.Ref))
			return
		}
	}
}
