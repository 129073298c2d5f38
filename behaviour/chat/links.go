package chat

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// survey is what this node and its neighbours know of who is connected to whom. It
// is made when a user asks for the network or a peer asks for this node's links, and
// never otherwise.
type survey struct {
	links   map[PeerID]Link // this node's own
	seen    time.Time       // when links were
	callers []LinksAsked    // peers who wait for links

	told  map[PeerID][]Link // what neighbours say of theirs
	done  time.Time         // when the last of them had answered
	asked map[PeerID]bool   // neighbours who have not answered yet
	under bool              // they are being asked, or this node's own links are seen first
}

// fresh says that something seen at a time is good enough to be told again.
func (c *Core) fresh(at time.Time) bool { return !at.IsZero() && c.now.Sub(at) < surveyFresh }

// linksAsked answers a neighbour who wants to know whom this node is connected to.
func (c *Core) linksAsked(ev LinksAsked) {
	if c.fresh(c.survey.seen) {
		c.answerLinks(ev)
		return
	}
	if len(c.survey.callers) >= maxCallers {
		c.do(AnswerLinks{Ticket: ev.Ticket})
		return
	}
	c.survey.callers = append(c.survey.callers, ev)
	c.inspect()
}

// answerLinks tells a peer of the links to tincan nodes, without their addresses and
// with the channels only that it is in itself.
func (c *Core) answerLinks(ev LinksAsked) {
	known := c.common(ev.From)
	links := make([]Link, 0, min(len(c.survey.links), MaxLinks))
	for _, id := range slices.Sorted(maps.Keys(c.survey.links)) {
		if p := c.roster.byID[id]; p == nil || !p.up {
			continue
		}
		if len(links) == MaxLinks {
			break
		}
		l := c.survey.links[id]
		links = append(links, Link{Peer: id, Path: l.Path, RTTms: l.RTTms, Mesh: within(l.Mesh, known)})
	}
	c.do(AnswerLinks{Ticket: ev.Ticket, Links: links})
}

// common is the shared conversations that a peer is in and this node too.
func (c *Core) common(id PeerID) map[Conversation]bool {
	in := map[Conversation]bool{Lobby: true}
	for _, r := range c.channels {
		if r.people.has(id) {
			in[r.name] = true
		}
	}
	return in
}

// within is those of a list that are in a set, at most MaxMesh.
func within(list []Conversation, set map[Conversation]bool) (in []Conversation) {
	for _, c := range list {
		if set[c] && len(in) < MaxMesh {
			in = append(in, c)
		}
	}
	return in
}

// linksSeen takes in this node's own links, for all who wait for them.
func (c *Core) linksSeen(links map[PeerID]Link) {
	s := &c.survey
	s.links, s.seen = links, c.now
	for _, ev := range s.callers {
		c.answerLinks(ev)
	}
	s.callers = nil
	if !s.under || len(s.asked) > 0 {
		return
	}
	s.told, s.asked = make(map[PeerID][]Link), make(map[PeerID]bool)
	for _, id := range c.surveyed() {
		s.asked[id] = true
		c.do(AskLinks{With: id})
	}
	c.surveyDone()
}

// surveyed is the neighbours who are asked for their links.
func (c *Core) surveyed() []PeerID {
	ids := slices.SortedFunc(slices.Values(c.roster.up), func(a, b PeerID) int {
		return cmp.Or(cmp.Compare(c.roster.byID[a].no, c.roster.byID[b].no), cmp.Compare(a, b))
	})
	return ids[:min(len(ids), maxSurveyed)]
}

// linksDone takes in what a neighbour says of its links, or that it says nothing.
func (c *Core) linksDone(ev LinksDone) {
	s := &c.survey
	if !s.asked[ev.With] {
		return
	}
	delete(s.asked, ev.With)
	if ev.Err == "" {
		s.told[ev.With] = ev.Links[:min(len(ev.Links), MaxLinks)]
	}
	c.surveyDone()
}

// surveyDone shows the network to who wait for it, when nobody has yet to answer.
func (c *Core) surveyDone() {
	s := &c.survey
	if len(s.asked) > 0 {
		return
	}
	s.under, s.done = false, c.now
	for _, m := range c.maps {
		c.answer(m.Asker, c.topology(m.user))
	}
	c.maps = nil
}
