package node

import (
	"context"
	"io"
	"slices"
	"sync"

	"tincan/behaviour/chat"
)

// maxUnread bounds what is kept for a subscriber that does not read. Beyond it
// notifications are dropped and counted, and it is told as Lagged. A burst of
// 10,000 lines fits several times.
const maxUnread = 64 << 10

// hub hands notifications to subscribers. It never waits for one.
type hub struct {
	mu    sync.Mutex // guards what follows
	subs  []*Subscription
	ended bool
}

// Subscription is a user's stream of notifications from the moment of Subscribe on.
type Subscription struct {
	hub  *hub
	user chat.User
	wake chan struct{} // capacity 1: there may be something to read

	mu     sync.Mutex // guards what follows
	unread []chat.Notify
	spare  []chat.Notify // the batch that the reader had before, to be filled again
	lost   int
	ended  bool
}

func (h *hub) subscribe(user chat.User) *Subscription {
	s := &Subscription{hub: h, user: user, wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	s.ended = h.ended
	h.subs = append(h.subs, s)
	return s
}

// publish gives effects that are notifications to whom they are for.
func (h *hub) publish(effects []chat.Effect) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.subs {
		s.put(effects)
	}
}

// end tells all subscribers that nothing more comes.
func (h *hub) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	for _, s := range h.subs {
		s.mu.Lock()
		s.ended = true
		s.mu.Unlock()
		s.nudge()
	}
}

func (s *Subscription) put(effects []chat.Effect) {
	s.mu.Lock()
	for _, e := range effects {
		n, ok := e.(chat.Notify)
		if !ok || (n.For != nil && !slices.Contains(n.For, s.user)) {
			continue
		}
		if len(s.unread) >= maxUnread {
			s.lost++
			continue
		}
		s.unread = append(s.unread, n)
	}
	some := len(s.unread) > 0
	s.mu.Unlock()
	if some {
		s.nudge()
	}
}

func (s *Subscription) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Next waits for notifications and returns all that are there, in order. The
// slice is the caller's until the next call. It returns io.EOF when the node
// has stopped and everything was read. Next must be called from one goroutine
// at a time.
func (s *Subscription) Next(ctx context.Context) ([]chat.Notify, error) {
	for {
		s.mu.Lock()
		batch, ended := s.unread, s.ended
		if len(batch) > 0 {
			if s.lost > 0 {
				batch = append(batch, chat.Notify{Notification: chat.Lagged{Lost: s.lost}})
				s.lost = 0
			}
			clear(s.spare)
			s.unread, s.spare = s.spare[:0], batch
			s.mu.Unlock()
			return batch, nil
		}
		s.mu.Unlock()
		if ended {
			return nil, io.EOF
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Close ends the subscription; a waiting Next is not woken.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.subs = slices.DeleteFunc(s.hub.subs, func(o *Subscription) bool { return o == s })
}
