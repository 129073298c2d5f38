package chat

import (
	"encoding/binary"
	"slices"
	"strings"
	"time"
)

// A database that was restored from a backup, or lost its end, does not know of the
// last numbers that this node has used. To use them again would be to equivocate.
// So when others turn out to hold more of this node's own log than it does, or
// something else, it goes on in new logs, and takes what it had said back from
// them like anybody's words. That can happen once in a run, and only to logs that
// came from the store: of those that began in this run nobody can hold more, and
// whoever says so lies.
//
// It pays to hold back the first words of such a life until somebody's vector has
// shown how far its log is: that is one exchange with the first peer who comes,
// and costs nothing while nobody is there, where nobody would hear them. Without
// it the first words after a restore would fork the log, and for good, as all
// others must freeze it and tell their users. What waits is in the store and was
// told to be queued. One who does not answer is waited for no longer than
// holdTime; direct messages need not wait, as each answer says how far the log is.

// holdTime is how long after the first link the first words wait for a vector.
const holdTime = 2 * time.Second

// heldBack says whether what was accepted in a room is to wait.
func (c *Core) heldBack(r *room) bool {
	return c.aged && r.shared && !r.met && len(r.mine.pending) < maxHeldBack &&
		(c.linked.IsZero() || c.now.Sub(c.linked) < holdTime)
}

// tellHeldBack tells of what waits when nobody is there.
func (c *Core) tellHeldBack(r *room) {
	if len(c.roster.up) > 0 || !c.heldBack(r) {
		return
	}
	first := r.mine.next - uint64(len(r.mine.pending)) + 1
	for i := range r.mine.pending {
		d := &r.mine.pending[i]
		if !d.told {
			d.told = true
			id := MessageID{r.name, Ref{r.mine.log.key, first + uint64(i)}}
			c.answer(d.origin.Asker, Delivery{ID: id, Text: d.Body, State: Queued, Reason: "nobody is here yet"})
		}
	}
}

// firstLink notes that somebody has come who may know this node's logs.
func (c *Core) firstLink() {
	if !c.aged || !c.linked.IsZero() {
		return
	}
	c.linked = c.now
	c.after(holdTime, func() {
		for _, r := range append([]*room{c.lobby}, c.channels...) {
			c.publishHeld(r)
		}
	})
}

// vectorHeard compares what a peer says of this node's own log, and lets go of
// what waited for that.
func (c *Core) vectorHeard(r *room, v []LogState) {
	l := r.mine.log
	for _, s := range v {
		if s.LogKey != l.key {
			continue
		}
		if sum := l.sumAt(s.Head); s.Head > l.head || s.Sum != 0 && sum != 0 && s.Sum != sum {
			c.overtaken()
			break
		}
	}
	r.met = true
	c.publishHeld(r)
}

func (c *Core) publishHeld(r *room) {
	if len(r.mine.pending) > 0 && r.mine.flight == nil {
		c.flush(r)
	}
}

// surpassed says whether an envelope of this node's own log shows that others hold
// more of it, or something else; then the log is not its own any more.
func (c *Core) surpassed(r *room, e *Envelope) bool {
	_, seq := r.mine.log.against(e)
	return (e.Last() > r.mine.log.head || seq > 0) && c.overtaken()
}

// overtaken begins a new life, if this one is from the store.
func (c *Core) overtaken() bool {
	if !c.aged {
		c.refuse("claims to more of this node's log than there is")
		return false
	}
	c.beginLife()
	c.warn("others hold messages of " + c.me.Label() + " that its database does not know of – it was restored from a backup, or has lost its end – " +
		"what is said from now on goes into new logs; what is missing comes back from those who have it")
	return true
}

// beginLife gives this node new logs in all conversations. What was accepted and
// nobody is known to hold goes there.
func (c *Core) beginLife() {
	c.aged = false
	binary.BigEndian.PutUint64(c.cfg.Log[:], c.cfg.Rand.Uint64())
	c.gone = 0
	c.saveLife()
	for _, r := range append([]*room{c.lobby}, c.channels...) {
		c.goOn(r, r.unheard())
	}
	directs := make([]*direct, 0, len(c.directs))
	for _, d := range c.directs {
		directs = append(directs, d)
	}
	slices.SortFunc(directs, func(a, b *direct) int { return strings.Compare(string(a.peer), string(b.peer)) })
	for _, d := range directs {
		c.goOn(d.room, d.takeBack())
		c.recount(d)
		c.flushDirect(d)
	}
}

// takeBack takes out what is in flight to a peer. Until the outcome of its sending
// has come nothing else is sent.
func (d *direct) takeBack() (again []draft) {
	out := &d.mine
	if out.flight == nil {
		return nil
	}
	for i := range out.flight.Messages {
		again = append(again, draft{Message: out.flight.Messages[i], origin: out.origins[i]})
	}
	if d.sent {
		d.stale = out.flight
	}
	out.flight = nil
	return again
}

// unheard are the messages of this run in a shared conversation of which nobody has
// said that he holds them.
func (r *room) unheard() (again []draft) {
	out := &r.mine
	whose := make(map[uint64]origin, len(r.waiting))
	for _, u := range r.waiting {
		whose[u.id.Seq] = u.origin
	}
	for _, e := range out.log.tail {
		for i := range e.Messages {
			seq := e.First + uint64(i)
			if seq <= max(r.confirmed, out.began) {
				continue
			}
			o, ok := whose[seq]
			if e == out.flight && i < len(out.origins) {
				o, ok = out.origins[i], true
			}
			if !ok {
				o = origin{Asker: Asker{User: nobody}, silent: true}
			}
			again = append(again, draft{Message: e.Messages[i], origin: o})
		}
	}
	return again
}

// goOn gives a room a new log for this node's words; the old one is like anybody's.
func (c *Core) goOn(r *room, again []draft) {
	out := &r.mine
	old := out.log
	c.dropDrafts(r)
	old.moved = c.now
	r.makePlace(maxLogs)
	out.log = c.addLog(r, LogKey{c.cfg.Me, c.life()})
	out.began, out.open = 0, 0
	r.holders, r.waiting, r.confirmed = nil, nil, 0
	if r.shared {
		out.origins = nil // of what is being published: it is not told of twice
	}
	c.requeue(r, again)
	if r.shared {
		c.publishHeld(r)
	}
}

// dropDrafts takes what is pending, and in flight to a peer, out of what the store
// has to send: its numbers change.
func (c *Core) dropDrafts(r *room) {
	if out := &r.mine; out.saved > out.log.head || out.open > 0 || !r.shared {
		c.change(Settled{r.name, out.log.key, out.next, SendFailed})
	}
}

// requeue puts messages in front of what is pending, and numbers and stamps all of
// it anew, in the order in which it was said.
func (c *Core) requeue(r *room, again []draft) {
	out := &r.mine
	for i := range again {
		d := &again[i]
		d.at, d.Hash, d.Deps = c.now, Hash{}, nil
		out.bytes += d.size()
		if d.origin.User != Owner {
			out.guests++
		}
		if r.shared {
			c.backlog++
			c.backlogBytes += d.size()
		}
	}
	out.pending = append(again, out.pending...)
	for i := range out.pending {
		out.pending[i].Stamp = c.stamp()
		c.clocks.said = out.pending[i].Stamp
	}
	out.next = out.log.head + uint64(len(out.pending))
	out.saved = out.log.head
	c.draft(r)
}

// reclaimed says whether the answer to what is in flight to a peer has shown that
// its numbers were used before, and a new life has begun, in which it is sent again.
func (c *Core) reclaimed(d *direct, ev SendDone) bool {
	lost := ev.Verdict == Forked || ev.Verdict == Stored && ev.Held > ev.Last
	if !lost || !c.aged {
		return false
	}
	if ev.Verdict == Stored && d.mine.flight == d.mine.restored {
		c.conclude(d, Delivered, "") // it was sent before the numbers were lost
	}
	return c.overtaken()
}
