package chat

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The names of notes.
const (
	noteLife    = "life"    // the id of this database's logs, and how many conversations have begun anew
	notePlace   = "place/"  // and a channel: what number the owner has it under
	noteIgnored = "ignored" // whom the owner ignores
	noteUntold  = "untold/" // and the conversation: what of it the owner was not told of
)

// restore takes up what the store holds, before anything else is made: what logs
// are called here, and what is known of conversations until they are opened.
func (c *Core) restore(p *Past) {
	if p == nil {
		return
	}
	c.restoreLife(p)
	for conv := range p.Rooms {
		c.shelf.list = append(c.shelf.list, conv)
	}
	slices.Sort(c.shelf.list)
	c.shelf.rooms = p.Rooms
	c.saving.notes = p.Notes
	c.restoreProofs(p)
}

// restoreLife goes on with the logs of the life before. Where the end of one of them
// cannot be read, nobody knows which of its numbers are used, so all begin anew.
func (c *Core) restoreLife(p *Past) {
	life := p.Notes[noteLife]
	if len(life) != 16 {
		return
	}
	log, gone := c.cfg.Log, c.gone
	copy(c.cfg.Log[:], life)
	c.gone = binary.BigEndian.Uint64(life[8:])
	for _, r := range p.Rooms {
		for k, l := range r.Logs {
			if l.Damaged && k.Author == c.cfg.Me && c.wrote(k.Log) {
				c.cfg.Log, c.gone = log, gone
				return
			}
		}
	}
	c.saving.life = string(life)
	c.aged = true
}

// saveLife notes what the logs of this database are called.
func (c *Core) saveLife() {
	life := string(binary.BigEndian.AppendUint64(slices.Clone(c.cfg.Log[:]), c.gone))
	if life != c.saving.life {
		c.saving.life = life
		c.change(Noted{noteLife, []byte(life)})
	}
}

// resume goes on where an earlier run ended: the owner is where he was, and what
// has not arrived is sent again.
func (c *Core) resume() {
	owner := c.byUser[Owner]
	c.saveLife()
	c.resumePlaces(owner)
	c.resumeSessions(owner)
	c.resumeIgnored(owner)
	c.resumeUntold()
	for _, conv := range slices.Clone(c.shelf.list) {
		r := c.shelf.rooms[conv]
		if a, b, ok := conv.Parties(); ok && len(r.Open)+len(r.Drafts) > 0 {
			if a == c.cfg.Me {
				a = b
			}
			c.meet(a)
			d := c.newDirect(a)
			c.recount(d)
			if d.mine.flight != nil {
				d.told = true
				c.attempt(d)
			} else {
				c.flushDirect(d)
			}
		}
	}
	for _, r := range append([]*room{c.lobby}, c.channels...) {
		c.flush(r)
	}
	c.saving.notes = nil
}

// makeRoom makes a room that goes on with what is known of the conversation.
func (c *Core) makeRoom(name Conversation) *room {
	past := c.shelf.take(name)
	r := newRoom(name, LogKey{c.cfg.Me, c.ownLog(past)})
	if past == nil {
		return r
	}
	for _, p := range past.sorted() {
		switch {
		case p.Heard:
			r.floors.set(p.LogKey, p.Head)
			continue
		case p.Head == 0 && !p.Frozen:
			continue
		}
		l := r.logs[p.LogKey]
		if l == nil {
			r.makePlace(maxLogs)
			l = c.addLog(r, p.LogKey)
		}
		l.head, l.sum, l.low, l.stamp, l.days = p.Head, p.Sum, p.Low, p.Stamp, p.Days
		l.frozen = l.frozen || p.Frozen
		r.settled = time.Unix(0, 1) // no newcomer
	}
	out := &r.mine
	if p := past.Logs[out.log.key]; p != nil { // the stamps of a log do not go back
		c.clocks.said = max(c.clocks.said, p.Stamp)
		c.clock = max(c.clock, p.Stamp)
	}
	out.next, out.began = out.log.head, out.log.head
	r.confirmed = out.log.head // if nobody has it yet, whoever comes gets it
	for _, d := range past.Drafts {
		if d.ID.LogKey == out.log.key && d.ID.Seq == out.next+1 {
			out.next++
			c.clocks.said = max(c.clocks.said, d.Message.Stamp)
			c.clock = max(c.clock, d.Message.Stamp)
			out.pending = append(out.pending, draft{Message: *d.Message, at: c.now, origin: originOf(d.Message)})
			out.bytes += d.Message.size()
			if r.shared {
				c.backlog++
				c.backlogBytes += d.Message.size()
			}
		}
	}
	out.saved = out.next
	switch {
	case len(past.Open) == 0:
	case r.shared:
		r.resumeUnsent(past.Open)
	default:
		out.flight, out.restored = past.Open[0], past.Open[0]
		out.origins = make([]origin, len(out.flight.Messages))
		for i := range out.flight.Messages {
			out.origins[i] = originOf(&out.flight.Messages[i])
		}
	}
	return r
}

// originOf tells whom to tell what becomes of a message of an earlier run: the
// owner, of what he said himself.
func originOf(m *Message) origin {
	o := origin{silent: m.Kind == HelloAck}
	if m.Guest != "" {
		o.User = nobody
	}
	return o
}

// resumeUnsent waits again for somebody to take what was said while nobody was there.
func (r *room) resumeUnsent(open []*Envelope) {
	for _, e := range open {
		if e.Key() != r.mine.log.key {
			continue
		}
		if r.mine.open == 0 {
			r.confirmed = e.First - 1
		}
		for i := range e.Messages {
			r.awaitSync(unsent{originOf(&e.Messages[i]), e.ID(i), e.Messages[i].Body})
		}
		r.mine.open = e.Last()
	}
}

// ownLog is the log of this node's that a conversation goes on with: that of the
// latest life, or a new one.
func (c *Core) ownLog(past *PastRoom) (id LogID) {
	id = c.life()
	if past == nil {
		return id
	}
	found := false
	for k := range past.Logs {
		if k.Author == c.cfg.Me && c.wrote(k.Log) && !past.Logs[k].Frozen && (!found || string(k.Log[:]) > string(id[:])) {
			id, found = k.Log, true
		}
	}
	return id
}

// resumePlaces brings the owner back into his channels.
func (c *Core) resumePlaces(u *user) {
	type stay struct {
		channel Conversation
		n       int
	}
	var was []stay
	for name, value := range c.saving.notes {
		channel, ok := strings.CutPrefix(name, notePlace)
		if n, err := strconv.Atoi(string(value)); ok && err == nil && n > 0 && n <= maxNumber {
			was = append(was, stay{Conversation(channel), n})
		}
	}
	slices.SortFunc(was, func(a, b stay) int { return cmp.Or(cmp.Compare(a.n, b.n), cmp.Compare(a.channel, b.channel)) })
	var names []string
	for _, s := range was {
		if !s.channel.IsChannel() || c.rooms[s.channel] != nil || len(c.rooms) > maxChannels {
			continue
		}
		r := c.openRoom(s.channel)
		p := &place{room: r, n: s.n}
		u.places = append(u.places, p)
		u.last = max(u.last, p.n)
		r.admit(u, p)
		c.announceRoom(r)
		if names = append(names, fmt.Sprintf("%s (%d)", s.channel, p.n)); len(names) == maxNamed {
			names = append(names, "…")
		}
	}
	if len(names) > 0 {
		c.answer(Asker{User: Owner}, Notice{"you are in " + strings.Join(names[:min(len(names), maxNamed+1)], ", ") + ` as before; \sw leads there`})
	}
}

// maxNamed bounds the channels that one notice names.
const maxNamed = 20

// savePlace notes that the owner is in a channel, or with n 0 that he is not.
func (c *Core) savePlace(channel Conversation, n int) {
	var value []byte
	if n > 0 {
		value = strconv.AppendInt(nil, int64(n), 10)
	}
	c.change(Noted{notePlace + string(channel), value})
}

// resumeIgnored and saveIgnored keep whom the owner ignores.
func (c *Core) resumeIgnored(u *user) {
	var was []Person
	if err := json.Unmarshal(c.saving.notes[noteIgnored], &was); err != nil {
		return
	}
	u.ignored = make(map[Person]bool, len(was))
	for _, p := range was[:min(len(was), maxIgnored)] {
		u.ignored[p] = true
	}
}

func (c *Core) saveIgnored(u *user) {
	if u.id != Owner {
		return
	}
	var is []Person
	for p := range u.ignored {
		is = append(is, p)
	}
	slices.SortFunc(is, func(a, b Person) int {
		return strings.Compare(string(a.Peer)+"/"+a.Guest, string(b.Peer)+"/"+b.Guest)
	})
	c.note(noteIgnored, is)
}

// note keeps a fact of this node's own as JSON.
func (c *Core) note(name string, value any) {
	data, err := json.Marshal(value)
	if err != nil {
		panic("chat: a note cannot be written: " + err.Error())
	}
	c.change(Noted{name, data})
}
