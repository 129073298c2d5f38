package chat

import (
	"encoding/binary"
	"math"
	"sort"
	"time"
)

// vector is the room's state as others are told: for each log the head, and
// where somebody who has nothing of it would begin.
func (c *Core) vector(r *room) []LogState {
	v := make([]LogState, 0, len(r.list)+len(r.floors.head))
	for _, l := range r.list {
		if l.end() > 0 || l.frozen {
			v = append(v, LogState{LogKey: l.key, From: l.end() + 1, Head: l.end(), Sum: l.sumAt(l.end()), Forked: l.frozen})
		}
	}
	at := make(map[LogKey]int, len(v))
	for i := range v {
		at[v[i].LogKey] = i
	}
	for i := r.recent(); i < len(r.kept); i++ {
		e := r.kept[i].envelope
		if i, ok := at[e.Key()]; ok && e.First < v[i].From {
			v[i].From = e.First
		}
	}
	if c.cfg.Keeps {
		quiet := r.quiet(c.now)
		for i := range v {
			if l := r.logs[v[i].LogKey]; l.low > 0 && l.low < l.hot() {
				v[i].From = min(v[i].From, l.recent(c.now, quiet))
			}
		}
	}
	return r.floors.states(v)
}

// sumAt is the beginning of the hash of the log's last message, if end is that.
func (l *log) sumAt(end uint64) uint64 {
	if end != l.head {
		return 0
	}
	return binary.BigEndian.Uint64(l.sum[:])
}

// sum tells whether a vector has moved.
func sum(v []LogState) uint64 {
	n := uint64(len(v))
	for _, s := range v {
		n += s.Head
	}
	return n
}

// recent is the index in kept where a newcomer's history begins.
func (r *room) recent() int {
	if len(r.kept) == 0 {
		return 0
	}
	young := r.kept[len(r.kept)-1].at.Add(-recentAge)
	i, count := len(r.kept), 0
	for i > 0 && count+len(r.kept[i-1].envelope.Messages) <= recentCount {
		i--
		count += len(r.kept[i].envelope.Messages)
	}
	return min(i, sort.Search(len(r.kept), func(i int) bool { return !r.kept[i].at.Before(young) }))
}

// lacking returns what a peer that sent d lacks of what is kept, in the order in
// which it was shown here, and whether there is more than fits. What gossip had
// after linked and after young is on its way to the peer: it is left out, which
// left tells. Otherwise syncs would carry everything a second time while many talk.
// They have budget bytes at most; of a full budget one is always given.
func (r *room) lacking(d Delta, linked, young time.Time, budget int) (envelopes []*Envelope, more, left bool) {
	head := make(map[LogKey]uint64, len(d.Vector))
	for _, s := range d.Vector {
		if head[s.LogKey] = s.Head; s.Forked {
			head[s.LogKey] = math.MaxUint64
		}
	}
	behind := false
	var forked map[LogKey]uint64 // up to where it can be given
	for _, l := range r.list {
		if h, ok := head[l.key]; len(l.tail) > 0 && (!ok || l.ended() > h) {
			behind = true
		}
		if l.frozen && len(l.tail) > 0 {
			if forked == nil {
				forked = make(map[LogKey]uint64)
			}
			forked[l.key] = l.ended()
		}
	}
	if !behind {
		return nil, false, false
	}
	recent, size := 0, 0
	if d.Newcomer {
		recent = r.recent()
	}
	for i, k := range r.kept {
		h, ok := head[k.envelope.Key()]
		if (!ok && i < recent) || (ok && k.envelope.Last() <= h) {
			continue
		}
		if forked != nil {
			if last, ok := forked[k.envelope.Key()]; ok && k.envelope.Last() > last {
				continue
			}
		}
		if k.gossiped && k.at.After(linked) && k.at.After(young) {
			left = true
			head[k.envelope.Key()] = math.MaxUint64 // nor what follows it: a gap says that something was dropped
			continue
		}
		if size+len(k.envelope.Raw) > budget && (len(envelopes) > 0 || budget < syncBytes) {
			return envelopes, true, left
		}
		size += len(k.envelope.Raw)
		envelopes = append(envelopes, k.envelope)
	}
	return envelopes, false, left
}
