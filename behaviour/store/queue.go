package store

import "sync"

// A batch is what one Write brought.
type batch struct {
	n       uint64
	changes []Change
	size    int
}

// A queue holds what waits to be saved. Its methods are safe from any goroutine
// and do not block.
type queue struct {
	mu      sync.Mutex // guards all below
	waiting []batch
	changes int
	bytes   int    // of waiting and of what is being saved
	last    uint64 // the number of the last Write
	lost    int    // changes that were dropped
	over    error  // why nothing more is taken: ErrGivenUp, ErrDamaged or ErrClosed
}

// put takes a batch, unless nothing more is taken, and gives up at the bound.
func (q *queue) put(b batch) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last = max(q.last, b.n)
	if q.over != nil {
		q.lost += len(b.changes)
		return
	}
	if q.bytes > 0 && q.bytes+b.size > maxUnsaved {
		q.drop(ErrGivenUp)
		q.lost += len(b.changes)
		return
	}
	q.waiting = append(q.waiting, b)
	q.changes += len(b.changes)
	q.bytes += b.size
}

// drop forgets what waits, and everything to come.
func (q *queue) drop(why error) {
	q.over = why
	q.lost += q.changes
	q.waiting, q.changes, q.bytes = nil, 0, 0
}

// stop takes nothing more; what waits stays, unless why is a failure.
func (q *queue) stop(why error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.over != nil {
		return
	}
	if why == ErrClosed {
		q.over = why
	} else {
		q.drop(why)
	}
}

// take returns what is to be committed at once. It stays counted until it is
// saved.
func (q *queue) take() []batch {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, changes, size := 0, 0, 0
	for n < len(q.waiting) {
		b := q.waiting[n]
		if n > 0 && (changes+len(b.changes) > maxTransaction || size+b.size > maxTransactionBytes) {
			break
		}
		changes += len(b.changes)
		size += b.size
		n++
	}
	taken := q.waiting[:n:n]
	if q.waiting = q.waiting[n:]; len(q.waiting) == 0 {
		q.waiting = nil
	}
	return taken
}

// saved takes what was taken out of the count.
func (q *queue) saved(taken []batch) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.over != nil && q.over != ErrClosed {
		return // dropped, and counted no more
	}
	for _, b := range taken {
		q.changes -= len(b.changes)
		q.bytes -= b.size
	}
}

// state returns the number of the last Write, and why nothing more is taken.
func (q *queue) state() (last uint64, over error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.last, q.over
}

// count returns what waits, and how many changes were dropped.
func (q *queue) count() (changes, bytes, lost int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.changes, q.bytes, q.lost
}
