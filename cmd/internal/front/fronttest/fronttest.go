// Package fronttest is a node that exists on paper only: a [front.Client] whose
// answers a test writes.
package fronttest

import (
	"context"
	"errors"
	"io"
	"sync"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
)

// Asked is one call of Do.
type Asked struct {
	Ref string
	In  chat.Instruction
}

// Client is a scripted front.Client. The zero value answers nothing.
type Client struct {
	// Answer, if not nil, is called for every instruction and returns what is to
	// be told at once. It runs on the goroutine of Do, one call at a time.
	Answer func(Asked) []chat.Notify

	// Gate, if not nil, blocks Do until it can be received from, as a saturated
	// node does. One receive lets one instruction through.
	Gate <-chan struct{}

	doing sync.Mutex // serialises Do

	mu    sync.Mutex // guards what follows
	asked []Asked
	subs  []*subscription
	over  bool          // chat.Ended has been told
	more  chan struct{} // closed and replaced when asked grows
}

// Do implements front.Client.
func (c *Client) Do(ctx context.Context, ref string, in chat.Instruction) error {
	c.doing.Lock()
	defer c.doing.Unlock()
	if c.Gate != nil {
		select {
		case <-c.Gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	a := Asked{ref, in}
	c.mu.Lock()
	c.asked = append(c.asked, a)
	if c.more != nil {
		close(c.more)
		c.more = nil
	}
	c.mu.Unlock()
	if c.Answer != nil {
		c.Tell(c.Answer(a)...)
	}
	return nil
}

// Subscribe implements front.Client.
func (c *Client) Subscribe() front.Subscription {
	s := &subscription{wake: make(chan struct{}, 1)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subs = append(c.subs, s)
	return s
}

// Tell gives notifications to all subscribers. Nothing comes after chat.Ended.
func (c *Client) Tell(ns ...chat.Notify) {
	c.mu.Lock()
	subs, over := c.subs, c.over
	if n := len(ns); n > 0 && !over {
		_, c.over = ns[n-1].Notification.(chat.Ended)
	}
	c.mu.Unlock()
	if len(ns) == 0 || over {
		return
	}
	for _, s := range subs {
		s.put(ns)
	}
}

// Asked waits until n instructions have come, and returns all so far. It
// returns what there is when ctx ends first.
func (c *Client) Asked(ctx context.Context, n int) []Asked {
	for {
		c.mu.Lock()
		if len(c.asked) >= n {
			defer c.mu.Unlock()
			return append([]Asked(nil), c.asked...)
		}
		if c.more == nil {
			c.more = make(chan struct{})
		}
		more := c.more
		c.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			n = 0
		}
	}
}

var errClosed = errors.New("subscription closed")

type subscription struct {
	wake chan struct{} // holds one token when there is something new

	mu     sync.Mutex // guards what follows
	queue  []chat.Notify
	ended  bool
	closed bool
}

func (s *subscription) put(ns []chat.Notify) {
	s.mu.Lock()
	s.queue = append(s.queue, ns...)
	s.mu.Unlock()
	s.signal()
}

func (s *subscription) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Next implements front.Subscription.
func (s *subscription) Next(ctx context.Context) ([]chat.Notify, error) {
	for {
		s.mu.Lock()
		batch := s.queue
		s.queue = nil
		ended, closed := s.ended, s.closed
		if n := len(batch); n > 0 {
			_, s.ended = batch[n-1].Notification.(chat.Ended)
		}
		s.mu.Unlock()
		switch {
		case closed:
			return nil, errClosed
		case len(batch) > 0:
			return batch, nil
		case ended:
			return nil, io.EOF
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Close implements front.Subscription.
func (s *subscription) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.signal()
}
