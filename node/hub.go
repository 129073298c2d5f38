package node

import (
	"context"
	"io"
	"slices"
	"sync"

	"tincan/behaviour/chat"
)

// maxUnread bounds what is kept for a subscriber that does not read, maxGuestUnread
// the same for a guest, of whom there are many. Beyond it notifications are
// dropped and counted, and it is told as Lagged. A burst of 10,000 lines fits.
// maxUnreadBytes and maxGuestUnreadBytes bound the texts and lists in them, so that
// long ones do not make gigabytes of that. One notification always fits.
const (
	maxUnread      = 64 << 10
	maxGuestUnread = 16 << 10

	maxUnreadBytes      = 64 << 20
	maxGuestUnreadBytes = 4 << 20
)

// entrySize is what one entry of a list takes, in bytes and about.
const entrySize = 128

// weight is the size in bytes of what can be long in a notification.
func weight(n chat.Notification) int {
	switch n := n.(type) {
	case chat.Shown:
		return len(n.Text)
	case chat.Delivery:
		return len(n.Text)
	case chat.Joined:
		return entrySize * len(n.Who)
	case chat.UserList:
		return entrySize * len(n.Users)
	case chat.PeerList:
		return entrySize * len(n.Peers)
	case chat.DirectList:
		return entrySize * len(n.With)
	case chat.PlaceList:
		return entrySize * len(n.Places)
	}
	return 0
}

// keptGuestUnread is how many notifications a guest's subscription has room for
// while it waits: an idle one takes less than 1 KiB. The owner's keeps all it had.
const keptGuestUnread = 4

// hub hands notifications to subscribers. It never waits for one, and what is
// for a few users touches no others.
type hub struct {
	mu        sync.Mutex // guards what follows
	subs      []*Subscription
	byUser    map[chat.User][]*Subscription
	told      []*Subscription // by the publish under way; empty between
	round     uint64          // counts effects
	published uint64          // the last round of the publish before
	ended     bool
}

// Subscription is the stream of notifications for a user's seat from the moment of
// Subscribe on.
type Subscription struct {
	hub  *hub
	user chat.User
	seat chat.Seat
	wake chan struct{} // capacity 1: there may be something to read

	at    int    // in hub.subs; -1 after Close; guarded by hub.mu
	round uint64 // when it was told something last; guarded by hub.mu

	mu     sync.Mutex // guards what follows
	unread []chat.Notify
	bytes  int           // weight of unread
	spare  []chat.Notify // the batch that the reader had before, to be filled again
	lost   int
	ended  bool
}

func (h *hub) subscribe(user chat.User, seat chat.Seat) *Subscription {
	s := &Subscription{hub: h, user: user, seat: seat, wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	s.ended = h.ended
	s.at = len(h.subs)
	h.subs = append(h.subs, s)
	if h.byUser == nil {
		h.byUser = make(map[chat.User][]*Subscription)
	}
	h.byUser[user] = append(h.byUser[user], s)
	return s
}

// publish gives effects that are notifications to whom they are for.
func (h *hub) publish(effects []chat.Effect) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.published = h.round
	for _, e := range effects {
		h.round++
		n, ok := e.(chat.Notify)
		switch {
		case !ok:
		case n.For == nil:
			h.put(h.subs, n)
		default:
			for _, user := range n.For {
				h.put(h.byUser[user], n)
			}
		}
	}
	for i := range h.told { // whoever is woken first reads first: in turn
		h.told[(uint64(i)+h.round)%uint64(len(h.told))].nudge()
	}
	clear(h.told)
	h.told = h.told[:0]
}

// put appends n to the queues of subs, once a round. The caller holds mu.
func (h *hub) put(subs []*Subscription, n chat.Notify) {
	for _, s := range subs {
		if s.round == h.round {
			continue // named twice
		}
		if !n.Reaches(s.seat) {
			continue
		}
		n := n
		if n.Seat != 0 && s.seat != 0 && n.Seat != s.seat {
			n.Ref = "" // somebody else's
		}
		if s.round <= h.published {
			h.told = append(h.told, s)
		}
		s.round = h.round
		s.put(n)
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

func (s *Subscription) put(n chat.Notify) {
	bound, bytes := maxUnread, maxUnreadBytes
	if s.user != chat.Owner {
		bound, bytes = maxGuestUnread, maxGuestUnreadBytes
	}
	size := weight(n.Notification)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.unread) >= bound || (len(s.unread) > 0 && s.bytes+size > bytes) {
		s.lost++
		return
	}
	s.unread = append(s.unread, n)
	s.bytes += size
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
			s.unread, s.spare, s.bytes = s.spare[:0], batch, 0
			s.mu.Unlock()
			return batch, nil
		}
		s.release()
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

// release lets go of what was read, and of room that is not worth keeping.
// The caller holds mu; nothing is unread.
func (s *Subscription) release() {
	clear(s.spare)
	if s.user == chat.Owner {
		return
	}
	if cap(s.spare) > keptGuestUnread {
		s.spare = nil
	}
	if cap(s.unread) > keptGuestUnread {
		s.unread = nil
	}
}

// Close ends the subscription and frees what it holds; a waiting Next is not
// woken. It is safe from any goroutine and may be called twice.
func (s *Subscription) Close() {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.at < 0 {
		return
	}
	last := h.subs[len(h.subs)-1]
	h.subs[s.at], last.at = last, s.at
	h.subs[len(h.subs)-1] = nil
	h.subs = h.subs[:len(h.subs)-1]
	s.at = -1
	rest := slices.DeleteFunc(h.byUser[s.user], func(o *Subscription) bool { return o == s })
	h.byUser[s.user] = rest
	if len(rest) == 0 {
		delete(h.byUser, s.user)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unread, s.spare, s.bytes = nil, nil, 0
}
