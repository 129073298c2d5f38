package behaviour

import (
	"context"
	"sync"

	"tincan/behaviour/chat"
)

// tickets keeps remote requests waiting for the core's answer. Safe from any
// goroutine. Each protocol bounds how many requests it lets in.
type tickets[A any] struct {
	mu      sync.Mutex // guards what follows
	last    chat.Ticket
	waiting map[chat.Ticket]chan A
}

func (t *tickets[A]) take() (chat.Ticket, <-chan A) {
	answer := make(chan A, 1) // give never waits
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting == nil {
		t.waiting = make(map[chat.Ticket]chan A)
	}
	t.last++
	t.waiting[t.last] = answer
	return t.last, answer
}

// give answers a ticket; one that is not waited for any more is ignored.
func (t *tickets[A]) give(k chat.Ticket, a A) {
	t.mu.Lock()
	answer := t.waiting[k]
	delete(t.waiting, k)
	t.mu.Unlock()
	if answer != nil {
		answer <- a
	}
}

// await posts the event that carries the ticket, does something else meanwhile,
// if that is not nil, and waits for the answer.
func (t *tickets[A]) await(ctx context.Context, b *Behaviour, event func(chat.Ticket) chat.Event, meanwhile func()) (a A, err error) {
	k, answer := t.take()
	if err = b.post(ctx, event(k)); err == nil {
		if meanwhile != nil {
			meanwhile()
		}
		select {
		case a = <-answer:
			return a, nil
		case <-ctx.Done():
			err = ctx.Err()
		case <-b.ctx.Done():
			err = b.ctx.Err()
		}
	}
	t.mu.Lock()
	delete(t.waiting, k)
	t.mu.Unlock()
	return a, err
}

// counters counts what was refused, by reason. Safe from any goroutine.
type counters struct {
	mu sync.Mutex // guards n
	n  map[string]uint64
}

func (c *counters) add(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = make(map[string]uint64)
	}
	c.n[reason]++
}

// into adds the counts to a map.
func (c *counters) into(m map[string]uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for reason, n := range c.n {
		m[reason] += n
	}
}
