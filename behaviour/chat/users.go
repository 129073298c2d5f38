package chat

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// user is a local user: the owner, or a guest.
type user struct {
	id      User
	name    string // a guest's, which no other guest here has; "" of the owner, see Core.me
	away    string // why the user does not read, or ""
	places  []*place
	at      *place // the current conversation; nil: none
	last    int    // greatest number given to a place
	ignored map[Person]bool

	opening PeerID    // whom the user wants to be alone with, who is still looked for
	swept   time.Time // when the end of a session took the user elsewhere, who may not have seen it yet
}

// place is one of a user's conversations: room, session and with exclude each other.
type place struct {
	n       int
	room    *room    // the lobby or a channel
	session *session // a private session
	with    Person   // of a direct conversation
	unread  int
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

// find returns the user's place for a shared conversation, or nil.
func (u *user) find(r *room) *place {
	if i := slices.Index(r.users, u); i >= 0 {
		return r.seats[i]
	}
	return nil
}

// open gives the user one more place. Numbers count up and are not used again:
// what is typed for one conversation shall not reach another.
func (u *user) open(p *place) *place {
	u.last++
	p.n = u.last
	u.places = append(u.places, p)
	return p
}

// close takes a place away; where it was the current one, the user is in the
// lobby, or nowhere if he was never there.
func (u *user) close(p *place) {
	u.places = slices.DeleteFunc(u.places, func(o *place) bool { return o == p })
	if u.at == p {
		u.at = nil
		if len(u.places) > 0 && u.places[0].n == 0 {
			u.goTo(u.places[0])
		}
	}
}

func (u *user) goTo(p *place) {
	u.at = p
	u.opening = ""
	u.swept = time.Time{}
	p.unread = 0
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
	owner.at = owner.places[0]
	c.users = append(c.users, owner)
	c.byUser[Owner], c.byName[""] = owner, owner
	c.lobby.admit(owner, owner.at)
}

// enter makes a guest known.
func (c *Core) enter(who asker, asked string) {
	switch {
	case c.byUser[who.user] != nil:
		c.fail(who, Twice, "you are here already, as "+c.mask(c.byUser[who.user]).Label())
		return
	case len(c.users) > maxGuests:
		c.reply(who, Failed{Code: Overloaded, Text: "this node has as many guests as it takes; try again later"})
		return
	}
	u := &user{id: who.user, name: c.freeName(c.cleanName(asked), nil)}
	c.users = append(c.users, u)
	c.byUser[u.id], c.byName[u.name] = u, u
	c.answer(who, Entered{Me: c.mask(u), Asked: asked})
}

// freeName is the name, or if another guest than u has it, the name with the
// least number from 2 up behind it that makes it free.
func (c *Core) freeName(name string, u *user) string {
	if name == "" {
		name = "guest"
	}
	free := func(name string) bool {
		holder := c.local(name)
		return holder == nil || holder == u
	}
	if free(name) {
		return name
	}
	for n := 2; ; n++ {
		if s := c.withTail(name, "_"+strconv.Itoa(n)); free(s) {
			return s
		}
	}
}

// withTail is as much of a name as leaves room for a tail, and that: others, who
// clean it, must not read it as another's.
func (c *Core) withTail(name, tail string) string {
	name = truncate(name, MaxName-len(tail))
	for s := name + tail; name != ""; s = name + tail {
		if c.cleanName(s) == s {
			return s
		}
		name = truncate(name, len(name)-1)
	}
	return "guest" + tail
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

// vacate ends a user's part in one of his conversations.
func (c *Core) vacate(u *user, p *place) {
	switch {
	case p.session != nil:
		c.hangUp(p.session, CloseLeft)
	case p.room != nil:
		u.close(p)
		c.depart(u, p.room)
	default:
		u.close(p)
	}
}

// owners says whether an asker may do what only the owner may, and tells him if not.
func (c *Core) owners(who asker) bool {
	if who.user != Owner {
		c.fail(who, NotAllowed, "only the owner of this node may do that")
	}
	return who.user == Owner
}

// placeInfo is a place as its user is told of it.
func (c *Core) placeInfo(u *user, p *place) Place {
	info := Place{N: p.n, Unread: p.unread, Current: u.at == p}
	switch {
	case p.room != nil:
		info.Conversation = p.room.name
	case p.session != nil:
		with := c.portrayed(p.session.with)
		info.Conversation, info.With = p.session.id.Conversation(), &with
		info.Side, info.Interrupted = p.session.side, p.session.interrupted()
	default:
		with := c.portrayed(p.with)
		info.Conversation, info.With = DirectWith(c.cfg.Me, p.with.Peer), &with
	}
	return info
}

func (c *Core) listSessions(who asker, u *user) {
	list := make([]Place, 0, len(u.places))
	for _, p := range u.places {
		list = append(list, c.placeInfo(u, p))
	}
	c.answer(who, PlaceList{list})
}

// switchTo makes the place that the user names the current one.
func (c *Core) switchTo(who asker, u *user, to string) {
	p, why := c.placeNamed(u, to)
	if p == nil {
		c.fail(who, NoPlace, why)
		return
	}
	c.settleIn(who, u, p)
}

func (c *Core) settleIn(who asker, u *user, p *place) {
	u.goTo(p)
	c.answer(who, Switched{c.placeInfo(u, p)})
}

// placeNamed finds the place that a user means: its number, the name of a shared
// conversation, or whom a session or direct conversation is with.
func (c *Core) placeNamed(u *user, to string) (*place, string) {
	if n, err := strconv.Atoi(to); err == nil && strconv.Itoa(n) == to {
		for _, p := range u.places {
			if p.n == n {
				return p, ""
			}
		}
		if n == 0 {
			return nil, `you are not in the lobby; \lobby goes there`
		}
		return nil, fmt.Sprintf(`you have no conversation %d; \sessions lists those there are`, n)
	}
	if conv, why := c.cleanChannel(to); why == "" && (conv == Lobby || to[0] == '#') {
		for _, p := range u.places {
			if p.room != nil && p.room.name == conv {
				return p, ""
			}
		}
		return nil, fmt.Sprintf("you are not in %s; /join %s first", conv, conv)
	}
	with, _, code, why := c.meant(u, to)
	if code != "" {
		return nil, why
	}
	for _, p := range u.places {
		if (p.session != nil && p.session.with == with) || (p.room == nil && p.session == nil && p.with == with) {
			return p, ""
		}
	}
	return nil, "you have no conversation with " + c.portrayed(with).Label() + `; \fork opens a private session`
}

// rename changes what a user is called.
func (c *Core) renameUser(who asker, u *user, asked string) {
	name := c.cleanName(asked)
	if name == "" {
		c.fail(who, BadName, fmt.Sprintf("%s cannot be a name: letters, digits and signs without spaces, and not a number alone", strconv.Quote(truncate(asked, 40))))
		return
	}
	c.call(who, u, name)
}

// call gives a user a clean name and tells everybody who can see it.
func (c *Core) call(who asker, u *user, name string) {
	was := c.mask(u)
	if u.id == Owner {
		c.rename(c.cfg.Me, name, 0)
	} else {
		name = c.freeName(name, u)
		delete(c.byName, u.name)
		u.name, c.byName[name] = name, u
	}
	now := c.mask(u)
	c.answer(who, Renamed{Was: was, Now: now, Mine: true})
	if was.Label() == now.Label() {
		return
	}
	for _, o := range c.neighbours(u) {
		c.do(Notify{For: []User{o.id}, Notification: Renamed{Was: was, Now: now}})
	}
	c.announceUser(u)
}

// neighbours are the other local users who share a conversation with u.
func (c *Core) neighbours(u *user) []*user {
	var others []*user
	for _, o := range c.users {
		if o != u && slices.ContainsFunc(o.places, func(p *place) bool { return p.room != nil && u.find(p.room) != nil }) {
			others = append(others, o)
		}
	}
	return others
}

// setAway notes why a user does not read, or that he does.
func (c *Core) setAway(who asker, u *user, why string) {
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
func (c *Core) ignore(who asker, u *user, name string, on bool) {
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
		c.answer(who, Notice{"you hear " + label})
		return
	}
	if u.ignored == nil {
		u.ignored = make(map[Person]bool)
	}
	u.ignored[p] = true
	c.shun(u, p)
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
