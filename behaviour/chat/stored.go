package chat

import (
	"math"
	"slices"
	"time"
)

// stored is what a peer that sent d lacks of what the store holds and memory does
// not. It was said before everything that memory holds of its logs.
func (c *Core) stored(r *room, d Delta) (ranges []Range) {
	if !c.cfg.Keeps {
		return nil
	}
	head := make(map[LogKey]uint64, len(d.Vector))
	for _, s := range d.Vector {
		if head[s.LogKey] = s.Head; s.Forked {
			head[s.LogKey] = math.MaxUint64 - 1
		}
	}
	quiet := r.quiet(c.now)
	for _, l := range r.list {
		hot := l.hot()
		if l.frozen {
			hot = min(hot, l.ended()+1)
		}
		if l.low == 0 || l.low >= hot {
			continue
		}
		from := l.low
		if h, ok := head[l.key]; ok {
			from = max(from, h+1)
		} else if d.Newcomer {
			from = l.recent(c.now, quiet)
		}
		if from < hot {
			ranges = append(ranges, Range{l.key, from, hot - 1})
		}
	}
	_, more := c.evidence(r, d)
	return append(ranges, more...)
}

// hot is the first number of a log that is in memory.
func (l *log) hot() uint64 {
	if len(l.tail) == 0 {
		return l.head + 1
	}
	return l.tail[0].First
}

// quiet says whether less than recentCount was said in a room in recentAge.
func (r *room) quiet(now time.Time) bool {
	n := uint64(0)
	for _, l := range r.list {
		if l.head > 0 {
			n += l.head + 1 - l.recent(now, false)
		}
	}
	return n < recentCount
}

// recent is where a newcomer's history of a log begins: recentAge ago, or in a
// quiet room recentCount messages ago if that is earlier.
func (l *log) recent(now time.Time, quiet bool) uint64 {
	oldest := now.Add(-recentAge).Unix() / (24 * 60 * 60)
	from := l.head + 1
	if i := slices.IndexFunc(l.days, func(d Day) bool { return d.Day >= oldest }); i >= 0 {
		from = l.days[i].First
	}
	if quiet {
		from = min(from, l.head+1-min(l.head, recentCount))
	}
	return max(from, l.low)
}
