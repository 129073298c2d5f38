package chat

import "time"

// outgoing is a node's own log in a conversation: one envelope is in flight,
// whatever is accepted meanwhile goes into the next. An idle author's line
// leaves at once; a busy author signs once for up to MaxBatch lines.
type outgoing struct {
	log      *log
	next     uint64   // numbers given so far
	saved    uint64   // of these, those that the store knows of
	open     uint64   // of a shared conversation: up to here the store has some that are not reported sent; 0: none
	began    uint64   // the last number that an earlier run has used
	failed   []uint64 // numbers to one peer that were given up, the last of them; at most maxPending
	pending  []draft  // accepted, not yet in an envelope
	flight   *Envelope
	restored *Envelope // flight, if an earlier run has sealed it
	origins  []origin  // of the messages in flight
	bytes    int       // size of pending
	guests   int       // of pending: what guests have said
}

// full says whether nothing more can be accepted.
func (o *outgoing) full() bool { return len(o.pending) >= maxQueue || o.bytes >= maxQueueBytes }

// draft is an accepted message that is not sealed yet.
type draft struct {
	Message
	at     time.Time // when it was accepted
	origin origin
	told   bool // that it waits as nobody is there
}

// origin tells whom to tell what becomes of a message.
type origin struct {
	Asker
	silent bool // an automatic message: nobody is told
}

// accept gives a message its place in this node's log of the room.
func (c *Core) accept(r *room, m Message, o origin) MessageID {
	m.Stamp = c.stamp()
	c.clocks.said = m.Stamp
	m.Name = c.me.Name
	r.mine.next++
	r.mine.bytes += m.size()
	if r.shared {
		m.Deps = r.heads()
		c.backlog++
		c.backlogBytes += m.size()
	}
	if o.User != Owner {
		r.mine.guests++
	}
	c.draft(r)
	r.mine.pending = append(r.mine.pending, draft{Message: m, at: c.now, origin: o})
	return MessageID{r.name, Ref{r.mine.log.key, r.mine.next}}
}

// seal makes the next envelope, puts it in flight and returns it, or returns
// nil when one is in flight or nothing is pending.
func (c *Core) seal(r *room) *Envelope {
	out := &r.mine
	if out.flight != nil || len(out.pending) == 0 || c.heldBack(r) {
		return nil
	}
	n, size := 0, envelopeOverhead
	for n < len(out.pending) && n < MaxBatch {
		size += out.pending[n].size()
		if n > 0 && (size > MaxEnvelope || out.pending[n].To != out.pending[0].To) {
			break
		}
		n++
	}
	e := &Envelope{
		Conversation: r.name,
		Author:       out.log.key.Author,
		Log:          out.log.key.Log,
		First:        out.next - uint64(len(out.pending)) + 1,
		Prev:         out.log.sum,
		Messages:     make([]Message, n),
	}
	out.origins = out.origins[:0]
	for i, d := range out.pending[:n] {
		e.Messages[i] = d.Message
		out.bytes -= d.size()
		if d.origin.User != Owner {
			out.guests--
		}
		if r.shared {
			c.backlog--
			c.backlogBytes -= d.size()
		}
		out.origins = append(out.origins, d.origin)
	}
	rest := copy(out.pending, out.pending[n:])
	clear(out.pending[rest:])
	out.pending = out.pending[:rest]
	c.cfg.Seal(e)
	out.flight = e
	out.log.head, out.log.sum = e.Last(), e.Messages[n-1].Hash
	out.saved = max(out.saved, e.Last())
	open := !r.shared || c.alone(r)
	if open && r.shared {
		out.open = e.Last()
	}
	c.kept(r, out.log, e, open)
	return e
}

// envelopeOverhead and messageOverhead are no less than what wire adds to the
// texts, in bytes; refSize no less than what a Ref takes.
const (
	envelopeOverhead = 1 << 10
	messageOverhead  = 48
	refSize          = 72
)

// size is no less than what the message takes in an envelope, in bytes.
func (m *Message) size() int {
	n := messageOverhead + len(m.Name) + len(m.Guest) + len(m.To) + len(m.Body) + refSize*len(m.Deps)
	if m.Re != nil {
		n += refSize
	}
	return n
}

// flush publishes what is accepted for a shared conversation, if nothing is in flight.
func (c *Core) flush(r *room) {
	e := c.seal(r)
	if e == nil {
		c.tellHeldBack(r)
		c.closeRoom(r)
		return
	}
	c.keep(r, r.mine.log, e, byGossip)
	c.do(Publish{e})
}

func (c *Core) published(ev Published) {
	if of, ok := ev.Conversation.OfPresence(); ok {
		c.announced(of, ev.Last)
		return
	}
	r := c.rooms[ev.Conversation]
	if r == nil || r.mine.flight == nil || ev.Last != r.mine.flight.Last() {
		return
	}
	out := &r.mine
	e := out.flight
	out.flight = nil
	for i, o := range out.origins {
		d := Delivery{ID: e.ID(i), Text: e.Messages[i].Body, State: Sent, Peers: ev.Peers}
		if ev.Err != "" || ev.Peers == 0 {
			// It is in the log all the same: whoever comes gets it by sync.
			d.State, d.Reason = Queued, ev.Err
			if ev.Err == "" && len(c.roster.up) == 0 && len(r.users) < 2 {
				d.Reason = "nobody is here yet"
			}
			r.awaitSync(unsent{o, d.ID, d.Text})
		}
		c.answer(o.Asker, d)
	}
	if ev.Err != "" {
		c.startSpread(r, "")
	}
	c.settleRoom(r)
	c.flush(r)
}
