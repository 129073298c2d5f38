package store

import "container/heap"

// A cut tells Tail when it has seen enough. A row holds messages whose stamps lie
// between Low and Top, and how they lie there only the caller can tell. So a row
// counts for what it holds above a stamp for certain: nothing while its Top is
// not above it, then one message, and all of them once its Low is.
type cut struct {
	limit   int
	before  uint64 // messages with this stamp or a greater one do not count; 0 is no bound
	sure    int    // messages above all that is still to come
	waiting weights
}

// see adds a row, which has a message before the cut's bound.
func (c *cut) see(r *Row) {
	switch {
	case c.before != 0 && r.Top >= c.before:
		heap.Push(&c.waiting, weight{r.Low, 1})
	case r.First == r.Last:
		heap.Push(&c.waiting, weight{r.Top, 1})
	default:
		heap.Push(&c.waiting, weight{r.Top, 1})
		heap.Push(&c.waiting, weight{r.Low, r.Messages() - 1})
	}
}

// enough says whether the limit newest messages are certain to be in the rows
// that were seen, if next is the greatest Top of all others.
func (c *cut) enough(next uint64) bool {
	for len(c.waiting) > 0 && c.waiting[0].stamp > next {
		c.sure += heap.Pop(&c.waiting).(weight).messages
	}
	return c.sure >= c.limit
}

// A weight says that so many messages have a stamp of at least this.
type weight struct {
	stamp    uint64
	messages int
}

// weights is a heap, the greatest stamp first.
type weights []weight

func (w weights) Len() int           { return len(w) }
func (w weights) Less(i, j int) bool { return w[i].stamp > w[j].stamp }
func (w weights) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *weights) Push(x any)        { *w = append(*w, x.(weight)) }
func (w *weights) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}
