package chat

import "cmp"

// portraying is a user who asked about somebody.
type portraying struct {
	Asker
	who Person
}

// whois answers when the network has told the state of its links.
func (c *Core) whois(who Asker, u *user, name string) {
	about := c.person(u)
	if name != "" {
		var known bool
		var code FailCode
		var why string
		about, known, code, why = c.meant(u, name)
		switch {
		case code == SelfPeer:
		case code != "":
			c.fail(who, code, why)
			return
		case !known:
			c.fail(who, UnknownPeer, "this node has not met "+name+" yet")
			return
		}
	}
	c.portraits = append(c.portraits, portraying{who, about})
	c.inspect()
}

func (c *Core) portray(w portraying, links map[PeerID]Link) {
	u := c.byUser[w.User]
	if u == nil {
		return
	}
	n := Portrait{UserInfo: UserInfo{Peer: c.portrayed(w.who), Me: w.who == c.person(u)}, State: "here", Ignored: u.ignored[w.who]}
	if p := c.roster.byID[w.who.Peer]; p != nil {
		info := c.peerInfo(p, links)
		n.State, n.Path, n.Addr = info.State, info.Path, info.Addr
	}
	if w.who.Guest != "" {
		n.State = "guest"
	}
	for _, p := range u.places {
		if p.room == nil {
			continue
		}
		for _, o := range c.usersOf(p.room) {
			if o.Peer.ID == w.who.Peer && o.Peer.Guest == w.who.Guest {
				n.In = append(n.In, string(p.room.name))
				n.Away = cmp.Or(n.Away, o.Away)
			}
		}
	}
	n.Others = c.alike(n.Peer)
	c.answer(w.Asker, n)
}
