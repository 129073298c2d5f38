package chat

import (
	"cmp"
	"slices"
	"time"
)

// listPeers answers when the network has told the state of its links.
func (c *Core) listPeers(who Asker) {
	c.lists = append(c.lists, who)
	c.inspect()
}

// inspect asks for the links once for all who wait.
func (c *Core) inspect() {
	if !c.inspecting {
		c.inspecting = true
		c.do(Inspect{})
	}
}

func (c *Core) inspected(ev Inspected) {
	c.inspecting = false
	links := make(map[PeerID]Link, len(ev.Links))
	for _, l := range ev.Links {
		links[l.Peer] = l
	}
	if len(c.lists) > 0 {
		list := c.peerList(links)
		for _, who := range c.lists {
			c.answer(who, PeerList{list})
		}
	}
	for _, who := range c.reports {
		c.answer(who, c.status(ev.Counters))
	}
	for _, w := range c.portraits {
		c.portray(w, links)
	}
	c.lists, c.reports, c.portraits = nil, nil, nil
	c.linksSeen(links)
}

// peerInfo is what is known of a peer and the way to it.
func (c *Core) peerInfo(p *peer, links map[PeerID]Link) PeerInfo {
	info := PeerInfo{Peer: c.shown(p), State: "heard of", Path: "gossip"}
	switch {
	case p.up:
		l := links[p.id]
		info.State, info.Path, info.Addr = "here", l.Path, l.Addr
		info.RTT = time.Duration(l.RTTms * float64(time.Millisecond))
	case p.was:
		info.State, info.Path = "gone", ""
	}
	return info
}

// peerList shows the connected first, then by number and id.
func (c *Core) peerList(links map[PeerID]Link) []PeerInfo {
	list := make([]PeerInfo, 0, len(c.roster.byID))
	for _, p := range c.roster.byID {
		list = append(list, c.peerInfo(p, links))
	}
	rank := map[string]int{"here": 0, "heard of": 1, "gone": 2}
	slices.SortFunc(list, func(a, b PeerInfo) int {
		return cmp.Or(cmp.Compare(rank[a.State], rank[b.State]), cmp.Compare(a.Peer.No, b.Peer.No), cmp.Compare(a.Peer.ID, b.Peer.ID))
	})
	return list
}
