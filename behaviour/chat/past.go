package chat

import (
	"cmp"
	"slices"
)

// Past is what a node still knows of its earlier runs. It is made by whoever
// keeps the store, and is what the Changes that were saved add up to.
type Past struct {
	Rooms map[Conversation]*PastRoom
	Notes map[string][]byte
}

// PastRoom is what is known of one conversation of whatever kind.
type PastRoom struct {
	Logs   map[LogKey]*PastLog
	Drafts []Draft     // by log and number
	Open   []*Envelope // own ones that have not reached their recipient, in order
	Proofs []Proved
}

// PastLog is what is known of one log.
type PastLog struct {
	LogMark        // its Head is no less than the last that is kept
	Low     uint64 // the first that is kept; 0: nothing is
	Sum     Hash   // of the message Head; zero: not known
	Stamp   Stamp  // the greatest of what is kept in envelopes; zero: nothing is
	Damaged bool   // messages behind Head were kept and cannot be read any more
}

// Draft is what Drafted kept.
type Draft struct {
	ID      MessageID
	Message *Message
}

// Apply adds a change. It is the definition of what a store does with changes:
// stores are tested against it.
func (p *Past) Apply(ch Change) {
	switch ch := ch.(type) {
	case Kept:
		e := ch.Envelope
		r := p.room(e.Conversation)
		r.log(e.Key()).has(e.First, e.Last(), &e.Messages[len(e.Messages)-1])
		r.settle(e.Key(), e.Last(), false)
		if ch.Open {
			r.Open = append(r.Open, e)
		}
	case Recorded:
		p.room(ch.ID.Conversation).log(ch.ID.LogKey).has(ch.ID.Seq, ch.ID.Seq, &Message{})
	case Drafted:
		r := p.room(ch.ID.Conversation)
		r.Drafts = append(r.Drafts, Draft(ch))
		slices.SortFunc(r.Drafts, func(a, b Draft) int {
			if a.ID.LogKey != b.ID.LogKey {
				if a.ID.LogKey.less(b.ID.LogKey) {
					return -1
				}
				return 1
			}
			return cmp.Compare(a.ID.Seq, b.ID.Seq)
		})
	case Settled:
		p.room(ch.Conversation).settle(ch.LogKey, ch.Last, true)
	case Moved:
		l := p.room(ch.Conversation).log(ch.LogKey)
		if ch.Head >= l.Head || l.Low == 0 {
			if ch.Head != l.Head {
				l.Sum = Hash{}
			}
			l.Head = ch.Head
		}
		l.Heard, l.Frozen, l.Days = ch.Heard, ch.Frozen, ch.Days
	case Proved:
		r := p.room(ch.Other.Conversation)
		r.Proofs = append(r.Proofs, ch)
	case Noted:
		if p.Notes == nil {
			p.Notes = make(map[string][]byte)
		}
		if p.Notes[ch.Name] = ch.Value; ch.Value == nil {
			delete(p.Notes, ch.Name)
		}
	case Forgotten:
		delete(p.Rooms, ch.Conversation)
	}
}

func (p *Past) room(c Conversation) *PastRoom {
	if p.Rooms == nil {
		p.Rooms = make(map[Conversation]*PastRoom)
	}
	r := p.Rooms[c]
	if r == nil {
		r = &PastRoom{Logs: make(map[LogKey]*PastLog)}
		p.Rooms[c] = r
	}
	return r
}

func (r *PastRoom) log(k LogKey) *PastLog {
	l := r.Logs[k]
	if l == nil {
		l = &PastLog{LogMark: LogMark{LogKey: k}}
		r.Logs[k] = l
	}
	return l
}

// has notes that the messages from first to last are kept, of which m is the last.
func (l *PastLog) has(first, last uint64, m *Message) {
	if l.Low == 0 || first < l.Low {
		l.Low = first
	}
	if l.Heard || last >= l.Head { // what a neighbour said holds until something is shown
		l.Head, l.Sum = last, m.Hash
	}
	l.Stamp = max(l.Stamp, m.Stamp)
	l.Heard = false
}

// settle drops drafts, and with them envelopes that were still to be sent.
func (r *PastRoom) settle(k LogKey, last uint64, open bool) {
	r.Drafts = slices.DeleteFunc(r.Drafts, func(d Draft) bool { return d.ID.LogKey == k && d.ID.Seq <= last })
	if open {
		r.Open = slices.DeleteFunc(r.Open, func(e *Envelope) bool { return e.Key() == k && e.Last() <= last })
	}
}

// heads is the room without what is to be sent: how far its logs are.
func (r *PastRoom) sorted() []*PastLog {
	logs := make([]*PastLog, 0, len(r.Logs))
	for _, l := range r.Logs {
		logs = append(logs, l)
	}
	slices.SortFunc(logs, func(a, b *PastLog) int {
		if a.LogKey.less(b.LogKey) {
			return -1
		}
		return 1
	})
	return logs
}
