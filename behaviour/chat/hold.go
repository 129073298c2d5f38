package chat

// hold answers that a line was not sent because it looks like a slip.
func (c *Core) hold(who Asker, line, reason string) {
	c.answer(who, Delivery{Text: line, State: Held, Reason: reason})
}

// doubt holds a line that looks like a mistyped direct message when its second
// word names a peer: "dn anna secret" had better not be read by everybody.
func (c *Core) doubt(who Asker, at *seat, in Doubt) {
	if _, known, code, _ := c.meant(at.user, in.To); known || code == AmbiguousPeer || code == SelfPeer {
		c.hold(who, in.Line, "it looks like a direct message to "+in.To+", and would go to everybody")
		return
	}
	c.say(who, at, in.Line, Text)
}
