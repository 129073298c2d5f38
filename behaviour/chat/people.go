package chat

import (
	"cmp"
	"maps"
	"slices"
)

// likeness is how a person is shown of whom one has heard in a room: other than
// portrayed it is no sign of life.
func (c *Core) likeness(who Person) Peer {
	var face Peer
	switch p := c.roster.byID[who.Peer]; {
	case who.Peer == c.cfg.Me:
		face = c.face(who.Peer)
	case p != nil:
		face = c.shown(p)
	default:
		face = Peer{ID: who.Peer, No: c.number(who.Peer)}
	}
	face.Guest = who.Guest
	return face
}

// usersOf lists who is in a room, the local users first. It marks nobody as Me:
// that is for who asked.
func (c *Core) usersOf(r *room) []UserInfo {
	list := make([]UserInfo, 0, len(r.users)+r.people.others())
	for _, u := range r.users {
		list = append(list, UserInfo{Peer: c.mask(u), Away: u.away})
	}
	local := len(list)
	for _, id := range r.people.nodes {
		for _, p := range r.people.byNode[id].people {
			list = append(list, UserInfo{Peer: c.likeness(Person{id, p.guest}), Away: p.away})
		}
	}
	if r == c.lobby { // whoever is connected is here before he says so
		for _, id := range c.roster.up {
			if p := c.roster.byID[id]; p.here && r.people.find(Person{Peer: id}) == nil {
				list = append(list, UserInfo{Peer: c.shown(p)})
			}
		}
	}
	slices.SortFunc(list[local:], func(a, b UserInfo) int { return byName(a.Peer, b.Peer) })
	return list
}

// othersIn lists who is in a room besides u, who is there.
func (c *Core) othersIn(r *room, u *user) []UserInfo {
	i := slices.Index(r.users, u) // the local users come first
	return slices.Delete(c.usersOf(r), i, i+1)
}

// byName is the order of people: by their nodes' names, numbers and ids, the
// owner before his guests.
func byName(a, b Peer) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.No, b.No), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Guest, b.Guest))
}

// listUsers answers who is in a conversation, the seat's current one if in is "".
func (c *Core) listUsers(who Asker, at *seat, in string) {
	u := at.user
	p, why := at.place, "you are in no conversation; /join one first"
	if in != "" {
		p, why = c.placeMeant(u, in)
	}
	if p == nil {
		c.fail(who, NoPlace, why)
		return
	}
	var list []UserInfo
	if p.room != nil {
		list = c.usersOf(p.room)
	} else {
		with := p.with
		if p.session != nil {
			with = p.session.with
		}
		list = []UserInfo{{Peer: c.mask(u), Away: u.away}, {Peer: c.likeness(with), Away: c.theirAway(with)}}
	}
	for i := range list {
		list[i].Me = list[i].Peer.ID == c.cfg.Me && list[i].Peer.Guest == u.name
	}
	c.answer(who, UserList{Conversation: c.placeInfo(nil, p).Conversation, Users: list})
}

// placeMeant is placeNamed where a channel may be named without its sign.
func (c *Core) placeMeant(u *user, in string) (*place, string) {
	if conv, why := c.cleanChannel(in); why == "" {
		if r := c.rooms[conv]; r != nil && u.find(r) != nil {
			return u.find(r), ""
		}
	}
	return c.placeNamed(u, in)
}

// theirAway is why somebody does not read, as far as he said so anywhere.
func (c *Core) theirAway(who Person) string {
	if u := c.local(who.Guest); who.Peer == c.cfg.Me && u != nil {
		return u.away
	}
	for _, r := range append([]*room{c.lobby}, c.channels...) {
		if p := r.people.find(who); p != nil && p.away != "" {
			return p.away
		}
	}
	return ""
}

// setTheirAway notes what a person p, who is in a room, says about his status
// there, and tells those who have not heard the same of him elsewhere.
func (c *Core) setTheirAway(r *room, who Person, p *attending, away string) {
	if p.away == away {
		return
	}
	p.away = away
	for _, u := range r.users {
		if same, _ := u.heardOf(who, away, r); !same && !u.ignored[who] {
			c.do(Notify{For: []User{u.id}, Notification: AwayChanged{Who: c.likeness(who), Why: away}})
		}
	}
}

// cameAway tells of the status of somebody who has come to a room those who have
// only heard another of him elsewhere.
func (c *Core) cameAway(r *room, who Person, away string) {
	for _, u := range r.users {
		if same, other := u.heardOf(who, away, r); other && !same && !u.ignored[who] {
			c.do(Notify{For: []User{u.id}, Notification: AwayChanged{Who: c.likeness(who), Why: away}})
		}
	}
}

// heardOf says whether the user has heard of somebody, in other rooms than one,
// that his status is away, and whether that it is something else. It looks at the
// rooms that a person has; a program may be in thousands.
func (u *user) heardOf(who Person, away string, but *room) (same, other bool) {
	for _, o := range u.places[:min(len(u.places), maxPlaces)] {
		if o.room == nil || o.room == but {
			continue
		}
		if p := o.room.people.find(who); p != nil {
			same, other = same || p.away == away, other || p.away != away
		}
	}
	return same, other
}

// tellNeighbours notifies, each once, the local users who share a room with a peer.
func (c *Core) tellNeighbours(p *peer, n Notification) {
	var users []User
	if p.here {
		users = slices.Clone(c.lobby.hearers(Person{Peer: p.id}, nil))
	}
	for _, r := range c.channels {
		if r.people.has(p.id) {
			users = append(users, r.hearers(Person{Peer: p.id}, nil)...)
		}
	}
	if len(users) > 0 {
		slices.Sort(users)
		c.do(Notify{For: slices.Compact(users), Notification: n})
	}
}

// countGuest keeps the book of the guests of other nodes.
func (c *Core) countGuest(who Person, n int) {
	if who.Guest == "" {
		return
	}
	hosts := c.presence.guests[who.Guest]
	if hosts == nil {
		if c.presence.guests == nil {
			c.presence.guests = make(map[string]map[PeerID]int)
		}
		hosts = make(map[PeerID]int)
		c.presence.guests[who.Guest] = hosts
	}
	if hosts[who.Peer] += n; hosts[who.Peer] == 0 {
		delete(hosts, who.Peer)
	}
	if len(hosts) == 0 {
		delete(c.presence.guests, who.Guest)
	}
}

// guestsNamed are the guests of that name whom this node knows of.
func (c *Core) guestsNamed(name string) []Person {
	var found []Person
	if u := c.local(name); u != nil && name != "" {
		found = append(found, c.person(u))
	}
	for _, id := range slices.Sorted(maps.Keys(c.presence.guests[name])) {
		found = append(found, Person{id, name})
	}
	return found
}

// alike are the people whose name is that of p or looks like it, p not among
// them: in the order of names, maxAlike at most.
func (c *Core) alike(p Peer) []Peer {
	name := cmp.Or(p.Guest, p.Name)
	if name == "" {
		return nil
	}
	look := func(name string) string {
		if c.cfg.Skeleton == nil {
			return name
		}
		return c.cfg.Skeleton(name)
	}
	same := look(name)
	var found []Peer
	add := func(name string, who Person) {
		if name != "" && (who != Person{p.ID, p.Guest}) && look(name) == same {
			found = append(found, c.likeness(who))
		}
	}
	for id, o := range c.roster.byID {
		add(o.name, Person{Peer: id})
	}
	for _, u := range c.users {
		add(cmp.Or(u.name, c.me.Name), c.person(u))
	}
	for guest, hosts := range c.presence.guests {
		for id := range hosts {
			add(guest, Person{id, guest})
		}
	}
	slices.SortFunc(found, byName)
	return slices.Clip(found[:min(len(found), maxAlike)])
}
