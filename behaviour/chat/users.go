package chat

import (
	"slices"
	"strconv"
)

// user is a local user: the owner, or a guest.
type user struct {
	id      User
	name    string // a guest's, which no other guest here has; "" of the owner, see Core.me
	since   Stamp  // of a guest's name: what is older is of others who had it; 0 of the owner
	away    string // why the user does not read, or ""
	places  []*place
	seats   []*seat // in the order in which they were taken; at most maxSeats
	last    int     // greatest number given to a place
	ignored map[Person]bool
}

// sessions are the private sessions that the user has a place in.
func (u *user) sessions() (all []*session) {
	for _, p := range u.places {
		if p.session != nil {
			all = append(all, p.session)
		}
	}
	return all
}

// person is how others name the user.
func (c *Core) person(u *user) Person { return Person{c.cfg.Me, u.name} }

// mask is how a local user is shown.
func (c *Core) mask(u *user) Peer {
	p := c.face(c.cfg.Me)
	p.Guest = u.name
	return p
}

// local returns the local user of a name, "" being the owner, or nil.
func (c *Core) local(guest string) *user { return c.byName[guest] }

// addOwner makes the owner, who is in the lobby from the start.
func (c *Core) addOwner() {
	owner := &user{id: Owner, places: []*place{{room: c.lobby}}}
	owner.seats = []*seat{{user: owner, spare: true, place: owner.places[0]}}
	c.users = append(c.users, owner)
	c.byUser[Owner], c.byName[""] = owner, owner
	c.lobby.admit(owner, owner.places[0])
}

// enter makes a guest known.
func (c *Core) enter(who Asker, asked string) {
	switch {
	case c.byUser[who.User] != nil:
		c.fail(who, Twice, "you are here already, as "+c.mask(c.byUser[who.User]).Label())
		return
	case len(c.users) > maxGuests:
		c.reply(who, Failed{Code: Overloaded, Text: "this node has as many guests as it takes; try again later"})
		return
	}
	u := &user{id: who.User, name: c.freeName(c.cleanName(asked), nil), since: c.nextStamp()}
	u.seats = []*seat{{user: u, no: who.Seat}}
	c.users = append(c.users, u)
	c.byUser[u.id], c.byName[u.name] = u, u
	c.answer(who, Entered{Me: c.mask(u), Asked: asked})
}

// exit is the end of a guest. He is gone before his conversations are: what they
// set free must not find him.
func (c *Core) exit(u *user) {
	delete(c.byUser, u.id)
	delete(c.byName, u.name)
	c.users = slices.DeleteFunc(c.users, func(o *user) bool { return o == u })
	for len(u.places) > 0 {
		c.vacate(u, u.places[len(u.places)-1])
	}
}

// owners says whether an asker may do what only the owner may, and tells him if not.
func (c *Core) owners(who Asker) bool {
	if who.User != Owner {
		c.fail(who, NotAllowed, "only the owner of this node may do that")
	}
	return who.User == Owner
}

// setAway notes why a user does not read, or that he does.
func (c *Core) setAway(who Asker, u *user, why string) {
	why = truncate(why, MaxName)
	switch {
	case u.away == why && why == "":
		c.answer(who, Notice{"you are not away"})
		return
	case why == "":
		c.answer(who, Notice{"you are back"})
	default:
		c.answer(who, Notice{"you are away: " + why})
	}
	u.away = why
	for _, o := range c.neighbours(u) {
		c.do(Notify{For: []User{o.id}, Notification: AwayChanged{Who: c.mask(u), Why: why}})
	}
	c.announceUser(u)
}

// ignore shows a user nothing more of a person, or again everything.
func (c *Core) ignore(who Asker, u *user, name string, on bool) {
	p, known, code, why := c.meant(u, name)
	switch {
	case code == "" && !known:
		code, why = UnknownPeer, "nobody is "+strconv.Quote(name)+" as far as this node knows"
	case code == "" && on && !u.ignored[p] && len(u.ignored) >= maxIgnored:
		code, why = Overloaded, "you ignore as many people as can be remembered; /unignore one first"
	}
	if code != "" {
		c.fail(who, code, why)
		return
	}
	label := c.portrayed(p).Label()
	if !on {
		delete(u.ignored, p)
		c.saveIgnored(u)
		c.answer(who, Notice{"you hear " + label})
		return
	}
	if u.ignored == nil {
		u.ignored = make(map[Person]bool)
	}
	u.ignored[p] = true
	c.saveIgnored(u)
	c.shun(who, u, p)
	c.answer(who, Notice{"you ignore " + label + ": nothing of theirs is shown, no session of theirs opens"})
}

// truncate cuts s to n bytes at most, at the beginning of a character.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}
