package chat

// asked is what a user wanted of somebody who is being looked for.
type asked struct {
	asker
	SendDirect      // To and Text and Line
	kind       Kind // of the message
	guest      string
	open       bool // OpenDirect instead
}

func (c *Core) sendDirect(who asker, in SendDirect) {
	if why := checkText(in.Text); why != "" {
		c.fail(who, BadText, why)
		return
	}
	if c.stopping(who) {
		return
	}
	c.withPeer(asked{asker: who, SendDirect: in, kind: Text})
}

func (c *Core) openDirect(who asker, to string) {
	c.withPeer(asked{asker: who, SendDirect: SendDirect{To: to}, open: true})
}

// openLobby takes a user to the lobby, which a guest enters thereby.
func (c *Core) openLobby(who asker, u *user) {
	if p := u.find(c.lobby); p != nil {
		c.settleIn(who, u, p)
		return
	}
	c.arrive(who, u, c.lobby)
}

// withPeer goes on with whom the user means, at once or when the peer is found.
func (c *Core) withPeer(a asked) {
	to, known, code, why := c.meant(c.byUser[a.user], a.To)
	switch {
	case code != "":
		c.noPeer(a, code, why)
	case known:
		c.reached(to, a)
	default:
		a.guest = to.Guest
		c.seek(to.Peer, a)
	}
}

// seek goes on when the peer is found.
func (c *Core) seek(id PeerID, a asked) {
	if c.finding >= allowed(a.user, maxFinds) {
		c.fail(a.asker, Overloaded, "too many peers are being looked for; try again in a moment")
		return
	}
	c.finding++
	c.finds[id] = append(c.finds[id], a)
	if u := c.byUser[a.user]; a.open && u != nil {
		u.opening = id
	}
	if len(c.finds[id]) == 1 {
		c.do(Find{id})
	}
}

// noPeer tells that there is no such peer: a typed line is held, a program's
// instruction fails.
func (c *Core) noPeer(a asked, code FailCode, why string) {
	if a.Line != "" {
		c.hold(a.asker, a.Line, why)
		return
	}
	c.fail(a.asker, code, why)
}

func (c *Core) findDone(ev FindDone) {
	waiting := c.finds[ev.Peer]
	delete(c.finds, ev.Peer)
	c.finding -= len(waiting)
	for _, a := range waiting {
		u := c.byUser[a.user]
		if u == nil {
			continue // a guest who has gone
		}
		if a.open && u.opening == ev.Peer {
			u.opening = ""
		} else if a.open {
			continue // the user has gone elsewhere meanwhile
		}
		if !ev.Found {
			c.noPeer(a, UnknownPeer, "nobody is "+a.To+" as far as can be seen")
			continue
		}
		c.reached(Person{ev.Peer, a.guest}, a)
	}
}

func (c *Core) reached(to Person, a asked) {
	c.meet(to.Peer)
	u := c.byUser[a.user]
	if !a.open {
		c.sayTo(a.asker, u, to, Message{Kind: a.kind, Guest: u.name, Body: a.Text})
		return
	}
	for _, p := range u.places {
		if p.with == to {
			c.settleIn(a.asker, u, p)
			return
		}
	}
	if u.id != Owner && len(u.places) >= maxPlaces {
		c.fail(a.asker, Overloaded, "you are in as many conversations as a guest can be; leave one first")
		return
	}
	c.settleIn(a.asker, u, u.open(&place{with: to}))
}
