package chat

// partings are messages of those who have left a room, each of whom is told of once.
func (c *Core) partings(r *room) []Message {
	messages := make([]Message, 0, len(r.own.gone)+len(r.users))
	for _, d := range r.own.gone {
		messages = append(messages, Message{Kind: Gone, Name: c.me.Name, Guest: d.name, Body: d.now})
	}
	r.own.gone = nil
	return messages
}

// tidings are messages of all of this node's in a room, and who has left it.
func (c *Core) tidings(r *room) []Message {
	o := &r.own
	for _, u := range r.users {
		if u.id == Owner {
			o.owner = true
			continue
		}
		if was, told := o.told[u.id]; told && was != u.name {
			o.gone = append(o.gone, departed{was, u.name})
		}
		if o.told == nil {
			o.told = make(map[User]string)
		}
		o.told[u.id] = u.name
	}
	messages := c.partings(r)
	for _, u := range r.users {
		messages = append(messages, Message{Kind: Here, Name: c.me.Name, Guest: u.name, Body: u.away})
	}
	return messages
}

// publishPresence announces messages in as many envelopes as they need, one
// after the other.
func (c *Core) publishPresence(r *room, messages []Message) {
	stamp := c.stamp()
	for len(messages) > 0 {
		n, size := 0, envelopeOverhead
		for n < min(len(messages), MaxBatch) && size <= MaxEnvelope-messages[n].size() {
			messages[n].Stamp = stamp
			size += messages[n].size()
			n++
		}
		first := max(c.presence.next, uint64(stamp))
		c.presence.next = first + uint64(n)
		e := &Envelope{Conversation: r.name.Presence(), Author: c.cfg.Me, Log: c.cfg.Log, First: first, Messages: messages[:n:n]}
		c.cfg.Seal(e)
		r.own.rest = append(r.own.rest, e)
		messages = messages[n:]
	}
	cost := len(r.own.rest)
	if c.members(r) == 1 {
		cost *= 2 // where nobody else is known, fewer wait for it
	}
	c.presence.allowed.take(cost)
	c.presence.flights++
	c.publishRest(r)
}

// publishRest publishes the next envelope of an announcement.
func (c *Core) publishRest(r *room) {
	o := &r.own
	o.flight, o.rest = o.rest[0], o.rest[1:]
	c.do(Publish{o.flight})
}

// announced goes on when an envelope of an announcement is out: whether it reached
// anybody shows by itself.
func (c *Core) announced(of Conversation, last uint64) {
	r := c.rooms[of]
	if r == nil || r.own.flight == nil || r.own.flight.Last() != last {
		return
	}
	if len(r.own.rest) > 0 {
		c.publishRest(r)
		return
	}
	r.own.flight, r.own.rest = nil, nil
	c.presence.flights--
	if len(r.own.gone) > 0 && !c.farewell(r) { // who left meanwhile
		c.announceRoom(r)
	}
	c.closeRoom(r)
}
