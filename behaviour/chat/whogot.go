package chat

import (
	"fmt"
	"slices"
	"strconv"
)

// whoGot tells who is known to have a message of the user's.
func (c *Core) whoGot(who asker, u *user, which string) {
	id, why := c.mineMeant(u, which)
	if why != "" {
		c.fail(who, NoPlace, why)
		return
	}
	h := Holders{ID: id, State: Queued}
	if r := c.rooms[id.Conversation]; r != nil {
		h.Of = len(c.roster.up)
		if r != c.lobby {
			h.Of = r.people.others()
		}
		if r.mine.flight == nil || id.Seq < r.mine.flight.First {
			h.State = Sent
		}
		if id.LogKey == r.mine.log.key {
			h.Who = c.holding(r, id.Seq)
		}
		if len(h.Who) > 0 {
			h.State = Delivered
		}
		c.answer(who, h)
		return
	}
	with := c.otherParty(id.Conversation)
	d := c.directs[with]
	h.Of = 1
	if d == nil || id.LogKey != d.mine.log.key {
		c.fail(who, NoPlace, "nothing is known of that message any more; /history tells what became of it")
		return
	}
	if d.mine.flight != nil && id.Seq >= d.mine.flight.First || d.mine.flight == nil && id.Seq > d.mine.next-uint64(len(d.mine.pending)) {
		c.answer(who, h)
		return
	}
	h.State, h.Who = Delivered, []Peer{c.face(with)}
	c.answer(who, h)
}

// otherParty is with whom a direct conversation of this node is.
func (c *Core) otherParty(conv Conversation) PeerID {
	a, b, _ := conv.Parties()
	if a == c.cfg.Me {
		return b
	}
	return a
}

// mineMeant finds the message of this node's that a user means.
func (c *Core) mineMeant(u *user, which string) (MessageID, string) {
	if id, ok := ParseMessageID(which); ok {
		if id.Author != c.cfg.Me {
			return id, "that is not a message of yours; its author knows who has it"
		}
		return id, ""
	}
	n := 1
	if which != "" {
		var err error
		if n, err = strconv.Atoi(which); err != nil || n < 1 {
			return MessageID{}, strconv.Quote(truncate(which, 80)) + " is no message; /who-got takes its id, or 1 for your last one here, 2 for the one before"
		}
	}
	p := u.at
	var r *room
	switch {
	case p == nil:
	case p.room != nil:
		r = p.room
	case p.session == nil && c.directs[p.with.Peer] != nil:
		r = c.directs[p.with.Peer].room
	}
	if r == nil || uint64(n) > r.mine.next {
		return MessageID{}, "you have said nothing here that could be asked for"
	}
	return MessageID{r.name, Ref{r.mine.log.key, r.mine.next - uint64(n) + 1}}, ""
}

// hold notes that a peer has this node's log of a room up to head.
func (r *room) holds(id PeerID, head uint64) {
	if was, ok := r.holders[id]; ok && was >= head {
		return
	} else if !ok && len(r.holders) >= maxMembers {
		return
	}
	if r.holders == nil {
		r.holders = make(map[PeerID]uint64)
	}
	r.holders[id] = head
}

// holding are the peers that have a message of this node's, by what they have said.
func (c *Core) holding(r *room, seq uint64) (who []Peer) {
	var ids []PeerID
	for id, head := range r.holders {
		if head >= seq {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		who = append(who, c.face(id))
	}
	return who
}

// retry tries at once what waits for a peer, or for all.
func (c *Core) retry(who asker, u *user, to string) {
	var only PeerID
	if to != "" {
		with, known, code, why := c.meant(u, to)
		if code == "" && !known {
			code, why = UnknownPeer, "nothing waits for "+to
		}
		if code != "" {
			c.fail(who, code, why)
			return
		}
		only = with.Peer
	} else if !c.owners(who) {
		return
	}
	var ids []PeerID
	messages := 0
	for id, d := range c.directs {
		if n := len(d.mine.pending); d.mine.flight != nil && (only == "" || id == only) {
			messages += n + len(d.mine.flight.Messages)
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		c.retryNow(id)
	}
	switch {
	case messages == 0 && only != "":
		c.answer(who, Notice{"nothing waits for " + c.face(only).Label()})
	case messages == 0:
		c.answer(who, Notice{"nothing waits to be delivered"})
	default:
		c.answer(who, Notice{fmt.Sprintf("trying again: %d messages for %d peers", messages, len(ids))})
	}
}
