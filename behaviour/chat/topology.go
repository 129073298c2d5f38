package chat

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// mapping is a user who waits for a Topology.
type mapping struct {
	Asker
	user *user
}

// showNetwork answers when the neighbours have told whom they are connected to, or
// at once if they did so lately.
func (c *Core) showNetwork(who Asker, u *user) {
	if c.fresh(c.survey.done) && !c.survey.under {
		c.answer(who, c.topology(u))
		return
	}
	if len(c.maps) >= maxMaps {
		c.fail(who, Overloaded, "too many ask for the network at the moment; try again in a second")
		return
	}
	c.maps = append(c.maps, mapping{who, u})
	if !c.survey.under {
		c.survey.under = true
		c.inspect()
	}
}

// atlas is a Topology that is being drawn for a user.
type atlas struct {
	core  *Core
	user  *user
	rooms map[Conversation]bool // that the user is in
	place map[PeerID]int        // in nodes
	nodes []NodeInfo
	links []LinkInfo
	named int // conversations in links
	known int // conversations in nodes
}

// topology is the network as this node knows it, for a user: its own links as it
// sees them, and those of others as they tell of them. Nobody is believed about a
// link of two others, and where both ends of one were asked, both must tell of it.
func (c *Core) topology(u *user) Topology {
	s := &c.survey
	t := &atlas{core: c, user: u, rooms: make(map[Conversation]bool), place: make(map[PeerID]int)}
	for _, p := range u.places {
		if p.room != nil {
			t.rooms[p.room.name] = true
		}
	}
	t.add(NodeInfo{PeerInfo: PeerInfo{Peer: c.face(c.cfg.Me), State: "here"}, Me: true})
	for _, info := range c.peerList(s.links) {
		if info.State != "gone" {
			t.add(NodeInfo{PeerInfo: info})
		}
	}
	t.strangers()
	t.whoIsWhere()
	for _, id := range slices.Sorted(maps.Keys(s.links)) {
		l, p := s.links[id], c.roster.byID[id]
		if i, ok := t.place[id]; ok && p != nil && p.up {
			t.link(0, i, l, l)
		}
	}
	for _, teller := range slices.Sorted(maps.Keys(s.told)) {
		for _, l := range s.told[teller] {
			t.hearsay(teller, l)
		}
	}
	slices.SortFunc(t.links, func(a, b LinkInfo) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
	return Topology{Nodes: t.nodes, Links: t.links}
}

// add puts a node in, while there is room.
func (t *atlas) add(n NodeInfo) {
	if len(t.nodes) >= maxNodes {
		return
	}
	t.place[n.Peer.ID] = len(t.nodes)
	t.nodes = append(t.nodes, n)
}

// strangers puts in those whom only neighbours tell of, by number and id.
func (t *atlas) strangers() {
	var found []Peer
	seen := make(map[PeerID]bool)
	for _, links := range t.core.survey.told {
		for _, l := range links {
			if _, known := t.place[l.Peer]; !known && !seen[l.Peer] {
				seen[l.Peer] = true
				p := Peer{ID: l.Peer, No: t.core.number(l.Peer)}
				if met := t.core.roster.byID[l.Peer]; met != nil {
					p = t.core.shown(met)
				}
				found = append(found, p)
			}
		}
	}
	slices.SortFunc(found, func(a, b Peer) int { return cmp.Or(cmp.Compare(a.No, b.No), cmp.Compare(a.ID, b.ID)) })
	for _, p := range found {
		t.add(NodeInfo{PeerInfo: PeerInfo{Peer: p, State: "heard of"}})
	}
}

// hearsay puts in what a neighbour says of one of its links.
func (t *atlas) hearsay(teller PeerID, l Link) {
	a, ok1 := t.place[teller]
	b, ok2 := t.place[l.Peer]
	if !ok1 || !ok2 || a == b || a == 0 || b == 0 {
		return
	}
	other := l
	if links, asked := t.core.survey.told[l.Peer]; asked {
		i := slices.IndexFunc(links, func(o Link) bool { return o.Peer == teller })
		switch {
		case i < 0 && len(links) < MaxLinks:
			return // it knows of no such link
		case i >= 0 && teller > l.Peer:
			return // it is put in when the other tells of it
		case i >= 0:
			other = links[i]
		}
	}
	t.link(min(a, b), max(a, b), l, other)
}

// link puts in a link as its two ends see it.
func (t *atlas) link(a, b int, l, other Link) {
	info := LinkInfo{A: a, B: b, Path: "direct", RTT: roundTrip(cmp.Or(min(l.RTTms, other.RTTms), l.RTTms, other.RTTms))}
	if l.Path == "relayed" || other.Path == "relayed" {
		info.Path = "relayed"
	}
	for _, c := range within(l.Mesh, t.rooms) {
		if slices.Contains(other.Mesh, c) && t.named < maxCharted {
			t.named++
			info.Mesh = append(info.Mesh, string(c))
		}
	}
	t.links = append(t.links, info)
}

// roundTrip is a round trip of so many milliseconds.
func roundTrip(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// whoIsWhere notes at the nodes the shared conversations that they are known to be
// in and the user is too.
func (t *atlas) whoIsWhere() {
	in := func(i int, r *room) {
		if t.known < maxCharted {
			t.known++
			t.nodes[i].Channels = append(t.nodes[i].Channels, string(r.name))
		}
	}
	for _, p := range t.user.places {
		if p.room == nil {
			continue
		}
		in(0, p.room)
		for _, id := range t.nodesIn(p.room) {
			if i, ok := t.place[id]; ok && i > 0 {
				in(i, p.room)
			}
		}
	}
}

// nodesIn is other nodes that are known to be in a room, those of the drawing among them.
func (t *atlas) nodesIn(r *room) (ids []PeerID) {
	if r != t.core.lobby {
		return r.people.nodes
	}
	for _, n := range t.nodes[1:] {
		if p := t.core.roster.byID[n.Peer.ID]; p != nil && p.here || r.people.has(n.Peer.ID) {
			ids = append(ids, n.Peer.ID)
		}
	}
	return ids
}
