package chat

import "time"

// mapping is a user who waits for a Topology.
type mapping struct {
	Asker
	user *user
}

// showNetwork answers when the network has told the state of its links.
func (c *Core) showNetwork(who Asker, u *user) {
	c.maps = append(c.maps, mapping{who, u})
	c.inspect()
}

// topology is the network as this node knows it, for a user.
func (c *Core) topology(u *user, links map[PeerID]Link) Topology {
	t := Topology{Nodes: []NodeInfo{{
		PeerInfo: PeerInfo{Peer: c.me, State: "here"}, Me: true, Channels: c.sharedWith(u, c.cfg.Me),
	}}}
	for _, info := range c.peerList(links) {
		if info.State == "gone" {
			continue
		}
		if l, linked := links[info.Peer.ID]; linked {
			t.Links = append(t.Links, LinkInfo{A: 0, B: len(t.Nodes), Path: l.Path, RTT: time.Duration(l.RTTms * float64(time.Millisecond))})
		}
		t.Nodes = append(t.Nodes, NodeInfo{PeerInfo: info, Channels: c.sharedWith(u, info.Peer.ID)})
	}
	return t
}

// sharedWith names the shared conversations that a node is known to be in and the
// user is too.
func (c *Core) sharedWith(u *user, id PeerID) []string {
	var in []string
	for _, p := range u.places {
		switch r := p.room; {
		case r == nil:
		case id == c.cfg.Me, r.people.has(id), r == c.lobby && c.roster.byID[id] != nil && c.roster.byID[id].here:
			in = append(in, string(r.name))
		}
	}
	return in
}
