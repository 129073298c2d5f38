package sim

import (
	"tincan/behaviour/chat"
)

// item is something that happens at a virtual time: an envelope arrives over a
// link, a core gets an event, a core's alarm rings, or do runs.
type item struct {
	at   int64 // nanoseconds of virtual time
	seq  uint64
	what uint8
	twin bool  // itemHop: the second copy of a duplicated hop
	node int32 // whom it is for
	life int32 // and in which of its lives
	env  int32 // itemHop: index of the envelope
	link *link // itemHop: the road
	ev   chat.Event
	do   func()
}

const (
	itemDo     = iota // run do
	itemHop           // an envelope arrives over a link
	itemEvent         // an event reaches the node's loop
	itemHandle        // an event reaches the core of a slow node
	itemWake          // the core's alarm
)

// queue is a binary heap of items, ordered by time and then by insertion.
type queue struct {
	items []item
	seq   uint64
}

func (q *queue) less(i, j int) bool {
	a, b := &q.items[i], &q.items[j]
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}

func (q *queue) push(it item) {
	q.seq++
	it.seq = q.seq
	q.items = append(q.items, it)
	for i := len(q.items) - 1; i > 0; {
		up := (i - 1) / 2
		if !q.less(i, up) {
			return
		}
		q.items[i], q.items[up] = q.items[up], q.items[i]
		i = up
	}
}

// pop takes the earliest item. The queue must not be empty.
func (q *queue) pop() item {
	it := q.items[0]
	n := len(q.items) - 1
	q.items[0] = q.items[n]
	q.items[n] = item{}
	q.items = q.items[:n]
	for i := 0; ; {
		k := 2*i + 1
		if k >= n {
			return it
		}
		if k+1 < n && q.less(k+1, k) {
			k++
		}
		if !q.less(k, i) {
			return it
		}
		q.items[i], q.items[k] = q.items[k], q.items[i]
		i = k
	}
}
