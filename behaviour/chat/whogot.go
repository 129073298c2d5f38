package chat

import (
	"fmt"
	"slices"
	"strconv"
)

// whoGot tells who is known to have a message of the user's. A guest is told of what
// he has said in shared conversations: a node's words to one peer are numbered together,
// whoever of its users said them, and ids can be guessed.
func (c *Core) whoGot(who Asker, at *seat, which string) {
	u := at.user
	id, why := c.mineMeant(at, which)
	if why != "" {
		c.fail(who, NoPlace, why)
		return
	}
	if r := c.rooms[id.Conversation]; r != nil && id.LogKey == r.mine.log.key && (u.id == Owner || r.saidThat(u, id.Seq)) {
		c.answer(who, c.holdersInRoom(r, u, id))
		return
	}
	d := c.directs[c.otherParty(id.Conversation)]
	if d == nil || u.id != Owner || id.LogKey != d.mine.log.key || id.Seq <= d.mine.began || id.Seq > d.mine.next {
		c.fail(who, NoPlace, "nothing is known of that message here and now; /history tells what became of it")
		return
	}
	h := Holders{ID: id, State: Delivered, Who: []Peer{c.face(d.peer)}, Of: 1}
	flight := d.mine.flight != nil && id.Seq >= d.mine.flight.First
	switch {
	case flight, id.Seq > d.mine.next-uint64(len(d.mine.pending)):
		h.State, h.Who = Queued, nil
	case slices.Contains(d.mine.failed, id.Seq):
		h.State, h.Who = SendFailed, nil
	}
	c.answer(who, h)
}

// holdersInRoom tells who has a message of a shared conversation, as their vectors
// say.
func (c *Core) holdersInRoom(r *room, u *user, id MessageID) Holders {
	h := Holders{ID: id, State: Queued, Of: len(c.roster.up), Who: c.holding(r, id.Seq)}
	if r != c.lobby {
		h.Of = r.people.others()
	}
	for _, m := range r.saidBy(u) {
		if m.seq == id.Seq {
			h.Text = m.text
		}
	}
	switch {
	case len(h.Who) > 0:
		h.State = Delivered
	case id.Seq <= r.mine.log.head && (r.mine.flight == nil || id.Seq < r.mine.flight.First):
		h.State = Sent
	}
	return h
}

// own is a message of a local user's that is in memory.
type own struct {
	seq  uint64
	text string
}

// saidBy are the messages of a local user in a shared conversation that are in
// memory, the oldest first.
func (r *room) saidBy(u *user) (all []own) {
	for _, e := range r.mine.log.tail {
		for i := range e.Messages {
			if m := &e.Messages[i]; m.Guest == u.name {
				all = append(all, own{e.First + uint64(i), m.Body})
			}
		}
	}
	first := r.mine.next - uint64(len(r.mine.pending)) + 1
	for i := range r.mine.pending {
		if m := &r.mine.pending[i]; m.Guest == u.name {
			all = append(all, own{first + uint64(i), m.Body})
		}
	}
	return all
}

// saidThat tells whether a local user has said a message that is in memory.
func (r *room) saidThat(u *user, seq uint64) bool {
	return slices.ContainsFunc(r.saidBy(u), func(m own) bool { return m.seq == seq })
}

// otherParty is with whom a direct conversation of this node is.
func (c *Core) otherParty(conv Conversation) PeerID {
	a, b, _ := conv.Parties()
	if a == c.cfg.Me {
		return b
	}
	return a
}

// mineMeant finds the message of this node's that a user means at his seat.
func (c *Core) mineMeant(at *seat, which string) (MessageID, string) {
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
	const nothing = "you have said nothing here that could be asked for"
	switch u, p := at.user, at.place; {
	case p == nil || p.session != nil:
	case p.room != nil:
		if said := p.room.saidBy(u); n <= len(said) {
			return MessageID{p.room.name, Ref{p.room.mine.log.key, said[len(said)-n].seq}}, ""
		}
	default: // a guest's and the owner's words to one peer are numbered together
		if d := c.directs[p.with.Peer]; d != nil && u.id == Owner && uint64(n) <= d.mine.next {
			return MessageID{d.name, Ref{d.mine.log.key, d.mine.next - uint64(n) + 1}}, ""
		}
	}
	return MessageID{}, nothing
}

// holds notes that a peer has this node's log of a room up to head.
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
func (c *Core) retry(who Asker, u *user, to string) {
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
