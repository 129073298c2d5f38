package chat

import (
	"slices"
)

// cleanChannel turns what a user calls a channel into its conversation.
func (c *Core) cleanChannel(typed string) (Conversation, string) {
	if c.cfg.CleanChannel != nil {
		return c.cfg.CleanChannel(typed)
	}
	if name := Conversation(typed); name == Lobby || name.IsChannel() {
		return name, ""
	}
	if typed == "" {
		return "", "no channel was named"
	}
	return "#" + Conversation(typed), ""
}

// join makes a user a member of a channel and takes his seat there.
func (c *Core) join(who Asker, at *seat, channel, name string) {
	u := at.user
	conv, why := c.cleanChannel(channel)
	if why != "" {
		c.fail(who, BadName, why)
		return
	}
	if name != "" {
		clean := c.cleanName(name)
		if clean == "" {
			c.renameUser(who, u, name) // says what is wrong with it
			return
		}
		if u.name != clean && (u.id != Owner || c.me.Name != clean) {
			c.call(Asker{User: who.User}, u, clean)
		}
	}
	r := c.rooms[conv]
	if r != nil {
		if p := u.find(r); p != nil {
			at.turnTo(p)
			c.tellOfPlace(at, p, who.Ref)
			return
		}
	}
	switch {
	case r == c.lobby:
		c.arrive(who, at, r)
		return
	case c.stopping(who):
		return
	case u.id != Owner && len(u.places) >= maxPlaces:
		c.fail(who, Overloaded, "you are in as many conversations as a guest can be; leave one first")
		return
	case r == nil && len(c.rooms) > maxChannels:
		c.fail(who, Overloaded, "this node is in as many channels as it takes; part from one first")
		return
	case r == nil:
		r = c.openRoom(conv)
	}
	r.closing = false
	c.arrive(who, at, r)
}

// openRoom makes this node a part of a channel.
func (c *Core) openRoom(name Conversation) *room {
	r := c.makeRoom(name)
	r.early = &c.earlyBytes
	c.rooms[name] = r
	c.channels = append(c.channels, r)
	c.do(Subscribe{name})
	return r
}

// arrive puts a user into a room of this node's and takes his seat there.
func (c *Core) arrive(who Asker, at *seat, r *room) {
	u := at.user
	var p *place
	if r == c.lobby {
		p = &place{room: r}
		u.places = slices.Insert(u.places, 0, p)
	} else {
		p = u.open(&place{room: r})
	}
	at.turnTo(p)
	c.tellOfPerson(r, c.person(u), MemberCame{Conversation: r.name, Who: c.mask(u)})
	r.admit(u, p)
	others := c.othersIn(r, u)
	c.tellEach(u, who, func(o *seat) word { return word{elsewhere: o != at} }, func(w word) Notification {
		return Joined{Conversation: r.name, N: p.n, Who: others, Elsewhere: w.elsewhere}
	})
	if u.id == Owner {
		c.savePlace(r.name, p.n)
	}
	c.announceRoom(r)
}

// mayJoin joins for a user who is nowhere; others have said a sentence.
func (c *Core) mayJoin(who Asker, at *seat, in MayJoin) {
	if len(at.user.places) == 0 {
		c.join(who, at, in.Channel, in.Name)
		return
	}
	c.say(who, at, in.Line, Text)
}

// part takes a user out of a channel.
func (c *Core) part(who Asker, at *seat, channel string) {
	u, p := at.user, at.place
	if channel != "" {
		conv, why := c.cleanChannel(channel)
		if why != "" {
			c.fail(who, BadName, why)
			return
		}
		p = nil
		if r := c.rooms[conv]; r != nil {
			p = u.find(r)
		}
		if p == nil {
			c.fail(who, NoPlace, "you are not in "+string(conv))
			return
		}
	}
	switch {
	case p == nil || p.room == nil:
		c.fail(who, NoPlace, `that is no channel; /part #name parts from one, \leave ends a session`)
		return
	case p.room == c.lobby && u.id == Owner:
		c.fail(who, NoPlace, `the lobby cannot be left; \quit ends the node`)
		return
	}
	name := p.room.name
	moved := c.vacate(u, p)
	c.answer(who, Parted{name})
	c.takenAway(moved, who, "you have left "+string(name))
}

// depart takes a user, whose place is gone, out of a room, and this node with
// the last of them.
func (c *Core) depart(u *user, r *room) {
	r.dismiss(u)
	c.tellOfPerson(r, c.person(u), MemberLeft{Conversation: r.name, Who: c.mask(u)})
	c.announceLeft(r, u)
	if len(r.users) == 0 && r != c.lobby {
		r.closing = true
		c.closeRoom(r)
	}
}

// closeRoom ends this node's part in a channel when everything of its users is out.
func (c *Core) closeRoom(r *room) {
	if !r.closing || r.mine.flight != nil || len(r.mine.pending) > 0 || r.own.flight != nil {
		return
	}
	c.vacated(r)
	c.dropCatchup(r)
	delete(c.rooms, r.name)
	c.channels = slices.DeleteFunc(c.channels, func(o *room) bool { return o == r })
	c.keptBytes -= r.keptBytes
	c.earlyBytes -= r.earlyBytes
	c.shelve(r) // whoever comes back goes on there
	c.do(Unsubscribe{r.name})
}

// leave ends the user's part in the current conversation of his seat.
func (c *Core) leave(who Asker, at *seat) {
	p := at.place
	switch {
	case p == nil:
		c.fail(who, NoPlace, "you are in no conversation")
	case p.room != nil:
		c.part(who, at, "")
	case p.session != nil:
		c.endSession(who, p.session)
	default:
		with := c.portrayed(p.with).Label()
		moved := c.vacate(at.user, p)
		c.acknowledge(who, "left the conversation with "+with)
		if at.place != nil {
			c.tellWhere(at, who.Ref)
		}
		c.takenAway(moved, who, "you have left the conversation with "+with)
	}
}

// tellRoom notifies the local users who are in a room.
func (c *Core) tellRoom(r *room, n Notification) {
	if len(r.users) > 0 {
		c.do(Notify{For: r.audience(), Notification: n})
	}
}
