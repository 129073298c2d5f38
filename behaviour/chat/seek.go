package chat

// asked is what a user wanted of somebody who is being looked for.
type asked struct {
	Asker
	SendDirect      // To, Text and Line
	kind       Kind // of the message
	guest      string
	open       bool // OpenDirect instead
}

func (c *Core) sendDirect(who Asker, in SendDirect) {
	if why := checkText(in.Text); why != "" {
		c.fail(who, BadText, why)
		return
	}
	if c.stopping(who) {
		return
	}
	kind := Text
	if in.Action {
		kind = Action
	}
	c.withPeer(asked{Asker: who, SendDirect: in, kind: kind})
}

func (c *Core) openDirect(who Asker, to string) {
	c.withPeer(asked{Asker: who, SendDirect: SendDirect{To: to}, open: true})
}

// openLobby takes a user to the lobby, which a guest enters thereby.
func (c *Core) openLobby(who Asker, at *seat) {
	if p := at.user.find(c.lobby); p != nil {
		c.settleIn(who, at, p)
		return
	}
	c.arrive(who, at, c.lobby)
	at.goTo(at.user.find(c.lobby))
}

// withPeer goes on with whom the user means, at once or when the peer is found.
func (c *Core) withPeer(a asked) {
	to, known, code, why := c.meant(c.byUser[a.User], a.To)
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
	if c.finding >= allowed(a.User, maxFinds) {
		c.fail(a.Asker, Overloaded, "too many peers are being looked for; try again in a moment")
		return
	}
	c.finding++
	c.finds[id] = append(c.finds[id], a)
	if at := c.seatOf(a.Asker); a.open && at != nil {
		at.opening = id
	}
	if len(c.finds[id]) == 1 {
		c.do(Find{id})
	}
}

// noPeer tells that there is no such peer: a typed line is held, a program's
// instruction fails.
func (c *Core) noPeer(a asked, code FailCode, why string) {
	if a.Line != "" {
		c.hold(a.Asker, a.Line, why)
		return
	}
	c.fail(a.Asker, code, why)
}

func (c *Core) findDone(ev FindDone) {
	waiting := c.finds[ev.Peer]
	delete(c.finds, ev.Peer)
	c.finding -= len(waiting)
	for _, a := range waiting {
		if c.byUser[a.User] == nil {
			continue // a guest who has gone
		}
		if at := c.seatOf(a.Asker); a.open && at != nil && at.opening == ev.Peer {
			at.opening = ""
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
	u := c.byUser[a.User]
	if !a.open {
		c.sayTo(a.Asker, u, to, Message{Kind: a.kind, Guest: u.name, Body: a.Text})
		return
	}
	at := c.seatOf(a.Asker)
	for _, p := range u.places {
		if p.with == to {
			c.settleIn(a.Asker, at, p)
			return
		}
	}
	if u.id != Owner && len(u.places) >= maxPlaces {
		c.fail(a.Asker, Overloaded, "you are in as many conversations as a guest can be; leave one first")
		return
	}
	c.settleIn(a.Asker, at, u.open(&place{with: to}))
}
