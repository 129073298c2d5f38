package chat

import (
	"slices"
	"sort"
)

// An author equivocates that signs two messages under one number of a log. One
// envelope may go to one half of a network and another to the other half: nobody
// sees it until the halves compare. So each envelope names the hash of what came
// before it, and each state vector that of what came last; whoever finds that two
// differ has two signed envelopes that no honest author makes. These are the
// proof: it is kept, and given to all who do not have it. Of a log that is proved
// to be forked nothing more is shown, as nobody could say which branch is meant.
// What its author says in other logs is as good as before: a disk that was
// restored from a backup makes an honest author equivocate once.

// proof is two envelopes that contradict each other.
type proof struct {
	Proved
	seq uint64 // both speak of this message
}

// proofs are those that this node can show, over all conversations, the oldest
// first; they are bounded, and it takes no proof to remember that a log is forked.
type proofs struct {
	of    map[logName]proof
	list  []logName // its keys
	bytes int
	saved int // so far; the store keeps the first maxProofs
}

// logName names a log of any conversation.
type logName struct {
	Conversation
	LogKey
}

// contradiction returns the number of a message of which both speak and say
// something else, or 0. An envelope speaks of what it holds, and by Prev of what
// comes before. It is the same whichever comes first.
func contradiction(a, b *Envelope) uint64 {
	if a.Conversation != b.Conversation || a.Key() != b.Key() {
		return 0
	}
	if a.First > b.First {
		a, b = b, a
	}
	if a.Last() < b.First-1 {
		return 0
	}
	if b.First > a.First && b.Prev != (Hash{}) && b.Prev != a.Messages[b.First-1-a.First].Hash {
		return b.First - 1
	}
	for i := range min(len(b.Messages), len(a.Messages)-int(b.First-a.First)) {
		if b.Messages[i].Hash != a.Messages[int(b.First-a.First)+i].Hash {
			return b.First + uint64(i)
		}
	}
	return 0
}

// contradictions are the proofs among what a turn of a sync has brought: those
// who hold one give its two envelopes one after the other.
func contradictions(envelopes []*Envelope) (found []proof) {
	var last map[LogKey]*Envelope
	for i, e := range envelopes {
		if i+1 < len(envelopes) || last != nil {
			if last == nil {
				last = make(map[LogKey]*Envelope)
			}
			if before := last[e.Key()]; before != nil {
				if seq := contradiction(before, e); seq > 0 {
					found = append(found, proof{Proved{before, e}, seq})
				}
			}
			last[e.Key()] = e
		}
	}
	return found
}

// against returns what of l contradicts e, and where. Of the last message the hash
// is known although the envelope may be with the store alone: then held is nil.
func (l *log) against(e *Envelope) (held *Envelope, seq uint64) {
	// The ends of what was shown grow from one envelope to the next; what waits
	// may overlap anyhow.
	i := sort.Search(len(l.tail), func(i int) bool { return l.tail[i].Last() >= e.First-1 })
	for _, h := range l.tail[i:] {
		if h.First-1 > e.Last() {
			break
		}
		if seq := contradiction(h, e); seq > 0 {
			return h, seq
		}
	}
	for _, h := range l.early {
		if h.First-1 > e.Last() {
			break
		}
		if seq := contradiction(h, e); seq > 0 {
			return h, seq
		}
	}
	if l.disagrees(e) {
		return nil, l.head
	}
	return nil, 0
}

// disagrees says whether e has another hash of the last message of l that was shown.
func (l *log) disagrees(e *Envelope) bool {
	switch {
	case l.sum == (Hash{}):
		return false
	case e.First == l.head+1:
		return e.Prev != (Hash{}) && e.Prev != l.sum
	}
	return e.First <= l.head && l.head <= e.Last() && e.Messages[l.head-e.First].Hash != l.sum
}

// convict freezes the log of which a peer has brought a proof.
func (c *Core) convict(r *room, p proof) {
	key := p.Other.Key()
	l := r.logs[key]
	switch {
	case l == nil && r.full(key.Author):
		c.refuse("too many logs")
		return
	case l == nil:
		r.makePlace(maxLogs)
		l = c.addLog(r, key)
	case l == r.mine.log:
		c.overtaken()
		l = r.logs[key]
	}
	if !l.frozen && l != r.mine.log {
		c.freeze(r, l, p)
	}
}

// addLog is room.add; a log that was proved to be forked is so still.
func (c *Core) addLog(r *room, k LogKey) *log {
	l := r.add(k)
	if p, ok := c.proofs.of[logName{r.name, k}]; ok {
		l.frozen, l.forkedAt = true, p.seq
	}
	return l
}

// freeze stops a log whose author equivocates, tells of it and spreads the proof.
func (c *Core) freeze(r *room, l *log, p proof) {
	l.frozen, l.forkedAt = true, p.seq
	c.moved(r, l)
	r.giveUp(l)
	c.keepProof(p)
	c.refuse("contradicting messages")
	n := Equivocated{Conversation: r.name, Who: c.face(l.key.Author), Seq: p.seq, Texts: [2]string{p.One.text(p.seq), p.Other.text(p.seq)}}
	if !r.shared {
		c.do(Notify{For: owner, Notification: n})
		return
	}
	c.tellRoom(r, n)
	c.startSpread(r, "")
	waited := r.blocked[l.key] // what follows it is waited for no more
	delete(r.blocked, l.key)
	for _, b := range waited {
		b.blockedOn = LogKey{}
		c.advance(r, b, bySync)
	}
}

// text is what message seq of e says, if it is there.
func (e *Envelope) text(seq uint64) string {
	if e == nil || seq < e.First || seq > e.Last() {
		return ""
	}
	return e.Messages[seq-e.First].Body
}

// keepProof keeps a proof, in place of the oldest if there are too many.
func (c *Core) keepProof(p proof) {
	s := &c.proofs
	if s.saved < maxProofs {
		s.saved++
		c.change(p.Proved)
	}
	s.add(p)
}

func (s *proofs) add(p proof) {
	name := logName{p.Other.Conversation, p.Other.Key()}
	if _, ok := s.of[name]; ok {
		return
	}
	if s.of == nil {
		s.of = make(map[logName]proof)
	}
	s.of[name] = p
	s.list = append(s.list, name)
	s.bytes += p.size()
	for len(s.list) > maxProofs || s.bytes > maxProofsBytes && len(s.list) > 1 {
		old := s.list[0]
		s.bytes -= s.of[old].size()
		delete(s.of, old)
		s.list = s.list[1:]
	}
}

func (p proof) size() int { return weight(p.envelopes()) }

// envelopes are those of a proof that are in memory.
func (p proof) envelopes() []*Envelope {
	if p.One == nil {
		return []*Envelope{p.Other}
	}
	return []*Envelope{p.One, p.Other}
}

// restoreProofs takes up those that the store holds.
func (c *Core) restoreProofs(past *Past) {
	for _, conv := range c.shelf.list {
		r := past.Rooms[conv]
		for _, p := range r.Proofs {
			seq := uint64(0)
			if p.One != nil {
				seq = contradiction(p.One, p.Other)
			} else if l := r.Logs[p.Other.Key()]; l != nil {
				seq = l.Head
			}
			if seq > 0 {
				c.proofs.saved++
				c.proofs.add(proof{p, seq})
			}
		}
	}
}

// ended says how far a log can be given to others: one that is forked up to where
// its branches part.
func (l *log) ended() uint64 {
	if !l.frozen {
		return l.end()
	}
	return min(l.end(), max(l.forkedAt, 1)-1)
}

// evidence is what a peer that sent d is to be shown: of a log that is proved to
// be forked, if it does not know that, the proof; of one that ends with the same
// number and another hash, the envelope that has it here. What is with the
// store comes as ranges.
func (c *Core) evidence(r *room, d Delta) (envelopes []*Envelope, stored []Range) {
	told := make(map[LogKey]bool)
	show := func(l *log, held *Envelope, seq uint64) {
		if held != nil {
			envelopes = append(envelopes, held)
		} else if c.cfg.Durable && l.low > 0 && l.low <= seq {
			stored = append(stored, Range{l.key, seq, seq})
		}
	}
	for _, s := range d.Vector {
		l := r.logs[s.LogKey]
		if l == nil || l.frozen || s.Forked {
			told[s.LogKey] = s.Forked
			continue
		}
		if sum := l.sumAt(s.Head); s.Head > 0 && s.Sum != 0 && sum != 0 && s.Sum != sum {
			show(l, l.lastShown(), s.Head)
		}
	}
	if len(c.proofs.list) == 0 {
		return envelopes, stored
	}
	for _, l := range r.list {
		p, ok := c.proofs.of[logName{r.name, l.key}]
		if ok && l.frozen && !told[l.key] {
			show(l, p.One, p.seq)
			envelopes = append(envelopes, p.Other)
		}
	}
	return envelopes, stored
}

// lastShown is the envelope that holds the message head, if it is in memory.
func (l *log) lastShown() *Envelope {
	if n := len(l.tail); n > 0 && l.tail[n-1].Last() >= l.head {
		return l.tail[n-1]
	}
	return nil
}

// withEvidence adds evidence to what a peer lacks, as far as it fits. The proof of
// a fork comes behind all that was said before it: nothing does afterwards.
func (c *Core) withEvidence(r *room, d Delta, lacks []*Envelope, more bool, budget int) ([]*Envelope, bool) {
	if more {
		return lacks, true
	}
	evidence, _ := c.evidence(r, d)
	if len(evidence) == 0 {
		return lacks, false
	}
	lacks = slices.Clip(lacks)
	size := weight(lacks)
	for len(evidence) > 0 {
		n := 1
		if len(evidence) > 1 && contradiction(evidence[0], evidence[1]) > 0 {
			n = 2
		}
		size += weight(evidence[:n])
		if size > budget && len(lacks) > 0 {
			return lacks, true
		}
		lacks = append(lacks, evidence[:n]...)
		evidence = evidence[n:]
	}
	return lacks, false
}
