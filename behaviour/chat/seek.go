package chat

// asked is what a user wanted of a peer that is being looked for.
type asked struct {
	asker
	SendDirect      // To and Text and Line
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
	c.withPeer(asked{asker: who, SendDirect: in})
}

func (c *Core) openDirect(who asker, to string) {
	c.withPeer(asked{asker: who, SendDirect: SendDirect{To: to}, open: true})
}

func (c *Core) openLobby(who asker) {
	delete(c.current, who.user)
	delete(c.opening, who.user)
	c.answer(who, Notice{"you are in the lobby"})
}

// withPeer goes on with the peer that the user means, at once or when it is found.
func (c *Core) withPeer(a asked) {
	id, known, code, why := c.resolve(a.To)
	switch {
	case code != "":
		c.noPeer(a, code, why)
	case known:
		c.reached(id, a)
	default:
		c.seek(id, a)
	}
}

// seek goes on when the peer is found.
func (c *Core) seek(id PeerID, a asked) {
	if c.finding >= maxFinds {
		c.fail(a.asker, Overloaded, "too many peers are being looked for; try again in a moment")
		return
	}
	c.finding++
	c.finds[id] = append(c.finds[id], a)
	if a.open {
		c.opening[a.user] = id
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
		if a.open && c.opening[a.user] == ev.Peer {
			delete(c.opening, a.user)
		} else if a.open {
			continue // the user has gone elsewhere meanwhile
		}
		if !ev.Found {
			c.noPeer(a, UnknownPeer, "nobody is "+a.To+" as far as can be seen")
			continue
		}
		c.reached(ev.Peer, a)
	}
}

func (c *Core) reached(id PeerID, a asked) {
	c.meet(id)
	if a.open {
		c.current[a.user] = id
		c.answer(a.asker, Notice{"what you type now goes to " + c.face(id).Label() + " alone; \\lobby leads back"})
		return
	}
	c.sayTo(a.asker, id, a.Text)
}
