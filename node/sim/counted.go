package sim

import "tincan/behaviour/chat"

// counted checks the messages of a digest at the moment at which a node tells of
// it: they count as shown then. Users who are named in it are told on their own.
func (c *checker) counted(n *node, d chat.Digest) {
	v := n.viewOf(d.Conversation)
	if v == nil {
		c.fail(9, "%s told of %d messages in %s, where it is not", n.nick, d.Count, d.Conversation)
		return
	}
	if v.digest[d.Conversation] == c.w.now {
		return
	}
	v.digest[d.Conversation] = c.w.now
	count := 0
	for _, g := range d.Logs {
		for seq := g.First; seq <= g.Last; seq++ {
			id := chat.MessageID{Conversation: d.Conversation, Ref: chat.Ref{LogKey: g.LogKey, Seq: seq}}
			where := refWords(id.Conversation, id.Ref)
			i, known := c.byID[id]
			if !known {
				c.fail(1, "%s counted %s, which nobody sealed", n.nick, where)
				return
			}
			m := &c.messages[i]
			if v.shown.has(i) {
				c.fail(2, "%s counted %s, which it showed", n.nick, where)
				return
			}
			v.shown.add(i)
			if m.line >= 0 && m.Kind == chat.Text {
				v.texts.add(m.line)
			}
			c.order(v, m, where)
			c.w.stats.Counted++
			count++
		}
	}
	if count != d.Count && !(n.revived && len(d.Logs) == 0) {
		c.fail(1, "%s told of %d messages and named %d", n.nick, d.Count, count)
	}
}
