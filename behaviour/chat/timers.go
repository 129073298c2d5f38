package chat

import (
	"container/heap"
	"time"
)

// timers holds what the core wants to do later, the soonest first; equal times
// run in the order in which they were set, so that runs repeat exactly.
type timers struct {
	heap timerHeap
	set  uint64 // timers set so far
}

type timer struct {
	at  time.Time
	seq uint64
	run func()
}

func (t *timers) first() time.Time {
	if len(t.heap) == 0 {
		return time.Time{}
	}
	return t.heap[0].at
}

// after runs f once, d from now. There is no cancelling: f looks whether it is
// still wanted.
func (c *Core) after(d time.Duration, f func()) {
	c.timers.set++
	heap.Push(&c.timers.heap, timer{c.now.Add(d), c.timers.set, f})
}

func (c *Core) runTimers() {
	for len(c.timers.heap) > 0 && !c.timers.heap[0].at.After(c.now) {
		heap.Pop(&c.timers.heap).(timer).run()
	}
}

// jitter is d ±20 %.
func (c *Core) jitter(d time.Duration) time.Duration {
	return d - d/5 + time.Duration(c.cfg.Rand.Int64N(int64(d)*2/5+1))
}

type timerHeap []timer

func (h timerHeap) Len() int      { return len(h) }
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)   { *h = append(*h, x.(timer)) }

func (h timerHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}

func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = timer{}
	*h = old[:len(old)-1]
	return t
}
