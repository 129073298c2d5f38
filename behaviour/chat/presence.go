package chat

import (
	"slices"
	"time"
)

// presenceHeard takes in who a node says is in a room.
func (c *Core) presenceHeard(r *room, e *Envelope) {
	if e.Author == c.cfg.Me {
		return // one's own, or a twin's
	}
	stamp := e.Messages[len(e.Messages)-1].Stamp
	n := r.people.byNode[e.Author]
	switch {
	case stamp > c.latest():
		c.refuse("stamped in the future")
		return
	case stamp.Time().Before(c.net().Add(-c.memory(r))):
		c.refuse("announcements that came too late")
		return
	case n != nil && e.Log == n.log && e.First <= n.first:
		return // a copy, or overtaken
	case n != nil && e.Log != n.log && stamp <= n.stamp:
		return // of an earlier life
	case !c.seated(r, e.Author):
		return
	}
	n = r.people.byNode[e.Author]
	c.meet(e.Author).heard = c.now
	c.rename(e.Author, e.Messages[0].Name, e.Messages[0].Stamp)
	if e.Log != n.log && n.stamp != 0 {
		c.outlived(r, n, e)
	}
	n.log, n.first, n.stamp = e.Log, e.First, stamp
	for i := range e.Messages {
		m := &e.Messages[i]
		guest := c.cleanName(m.Guest)
		if guest == "" && m.Guest != "" {
			c.refuse("names of which nothing is left")
			continue
		}
		switch m.Kind {
		case Here:
			c.attend(r, Person{e.Author, guest}, &m.Body)
		case Gone:
			c.goneBy(r, Person{e.Author, guest}, c.cleanName(m.Body))
		}
	}
}

// memory is how old an announcement in a room may be, and for how long it is
// remembered who left: whoever has a clock as wrong as that is heard all the same.
func (c *Core) memory(r *room) time.Duration { return max(maxClock, silence(c.members(r))) }

// seated makes sure that a node has an entry, and reports false if there is no room.
func (c *Core) seated(r *room, id PeerID) bool {
	if r.people.byNode[id] != nil {
		return true
	}
	if len(r.people.byNode) >= maxMembers || c.presence.held >= maxHeld {
		c.refuse("too many members")
		return false
	}
	r.people.open(id)
	c.presence.held++
	c.sweepLater()
	return true
}

// outlived takes out who was there in an earlier life of a node and is not any more.
func (c *Core) outlived(r *room, n *attendant, e *Envelope) {
	again := make(map[string]bool, len(e.Messages))
	for i := range e.Messages {
		if m := &e.Messages[i]; m.Kind == Here {
			again[c.cleanName(m.Guest)] = true
		}
	}
	for i := len(n.people) - 1; i >= 0; i-- {
		if guest := n.people[i].guest; !again[guest] {
			c.leftRoom(r, Person{e.Author, guest}, true)
		}
	}
}

// spoke notes that a person said something in a room at some time, and so is
// there. The owners of nodes are in the lobby when they say so or are connected.
func (c *Core) spoke(r *room, author PeerID, guest string, at Stamp) {
	known := r.people.find(Person{author, guest}) != nil
	n := r.people.byNode[author]
	switch {
	case author == c.cfg.Me || c.net().Sub(at.Time()) > wordAge:
	case known:
		c.attend(r, Person{author, guest}, nil)
	case r == c.lobby && guest == "", n != nil && at <= n.stamp: // it has left since
	case c.seated(r, author):
		c.attend(r, Person{author, guest}, nil)
	}
}

// attend notes a sign of life of a person in a room, whose node has an entry
// there, and tells of it if it is the first; away is why he does not read if the
// sign tells that.
func (c *Core) attend(r *room, who Person, away *string) {
	n := r.people.byNode[who.Peer]
	n.heard, n.members = c.now, c.members(r)
	if p := r.people.find(who); p != nil {
		p.heard = c.now
		if away != nil {
			c.setTheirAway(r, who, p, truncate(*away, MaxName))
		}
		return
	}
	if len(n.people) > maxGuests || c.presence.held >= maxHeld {
		c.refuse("too many members")
		return
	}
	p := attending{guest: who.Guest, heard: c.now}
	if away != nil {
		p.away = truncate(*away, MaxName)
	}
	first := r.people.add(who.Peer, p)
	c.presence.held++
	c.countGuest(who, 1)
	if r == c.lobby && who.Guest == "" {
		c.cameToLobby(c.meet(who.Peer))
	} else {
		c.tellOfPerson(r, who, MemberCame{Conversation: r.name, Who: c.likeness(who)})
	}
	if away != nil {
		c.cameAway(r, who, p.away)
	}
	if first {
		c.cameToRoom(r, who.Peer)
	}
	c.sweepLater()
}

// cameToRoom is the first sign of a node in a room: it is to learn who is there,
// and may have what was said.
func (c *Core) cameToRoom(r *room, id PeerID) {
	c.announceRoom(r)
	n := r.people.byNode[id]
	if r == c.lobby || (!n.asked.IsZero() && c.now.Sub(n.asked) < linkPause) {
		return // it asks itself
	}
	n.asked = c.now
	up := func(id PeerID) bool { p := c.roster.byID[id]; return p != nil && p.up }
	if up(id) || (r.people.others() <= syncStrangers && !slices.ContainsFunc(r.people.nodes, up)) {
		c.meet(id)
		c.presence.met = append(c.presence.met, newcomer{id, r})
	}
}

// syncMet asks for the history of those who came. It is for the end of a call:
// before that, what brought the sign may be half taken in, and a vector would say
// that the other half is not to be had here.
func (c *Core) syncMet() {
	for i := 0; i < len(c.presence.met); i++ {
		c.wantSync(c.presence.met[i].id, c.presence.met[i].room)
	}
	c.presence.met = c.presence.met[:0]
}

// goneBy takes a guest out who has left a room, or is called now something else.
func (c *Core) goneBy(r *room, who Person, now string) {
	renamed := Person{who.Peer, now}
	p := r.people.find(who)
	if p == nil || who.Guest == "" || now == "" || r.people.find(renamed) != nil {
		c.leftRoom(r, who, true)
		return
	}
	was := c.likeness(who)
	c.countGuest(who, -1)
	p.guest = now
	c.countGuest(renamed, 1)
	c.tellOfPerson(r, who, Renamed{Was: was, Now: c.likeness(renamed)})
}

// leftRoom takes a person out of a room; said means that it is sure. The owner of
// a node that is connected is in the lobby whether he says so or not.
func (c *Core) leftRoom(r *room, who Person, said bool) {
	n := r.people.byNode[who.Peer]
	if n == nil {
		return
	}
	owner := r == c.lobby && who.Guest == ""
	if i := n.index(who.Guest); i >= 0 {
		before := c.members(r)
		last := r.people.remove(who.Peer, i)
		c.presence.held--
		c.countGuest(who, -1)
		if !owner {
			c.tellOfPerson(r, who, MemberLeft{Conversation: r.name, Who: c.likeness(who)})
		}
		if last {
			defer c.reconsider(r, before)
		}
	}
	if p := c.roster.byID[who.Peer]; owner && p != nil && (said || !p.up) {
		c.leftLobby(p)
	}
}

// cameToLobby tells that a peer is here, if nobody knew.
func (c *Core) cameToLobby(p *peer) {
	if p.here {
		return
	}
	p.here = true
	c.roster.here++
	if p.name == "" && c.cfg.Number == nil && !c.started.IsZero() {
		p.unsaid = true
		c.after(nameTime, func() { c.sayCame(p) })
		return
	}
	c.tellOfPerson(c.lobby, Person{Peer: p.id}, PeerCame{c.shown(p)})
}

// sayCame tells that a peer is here, of whom the first announcement, with the
// name, was waited for: an id says little to people.
func (c *Core) sayCame(p *peer) {
	if p.unsaid {
		p.unsaid = false
		c.tellOfPerson(c.lobby, Person{Peer: p.id}, PeerCame{c.shown(p)})
	}
}

// leftLobby tells that a peer is not here any more, if he was.
func (c *Core) leftLobby(p *peer) {
	if !p.here {
		return
	}
	p.here = false
	c.roster.here--
	if p.unsaid {
		p.unsaid = false
		return
	}
	c.tellOfPerson(c.lobby, Person{Peer: p.id}, PeerLeft{c.shown(p)})
}

// leftEverything tells that a peer, to whom the last connection is gone, is not
// here any more.
func (c *Core) leftEverything(p *peer) {
	c.leftLobby(p)
	for _, r := range append([]*room{c.lobby}, c.channels...) {
		for n := r.people.byNode[p.id]; n != nil && len(n.people) > 0; {
			c.leftRoom(r, Person{p.id, n.people[len(n.people)-1].guest}, true)
		}
	}
}
