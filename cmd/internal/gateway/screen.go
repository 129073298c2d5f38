package gateway

import (
	"sync"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/line"
)

// owed is the ref of all direct messages of a guest.
const owed = "dm"

// screen shows a guest who has entered what he is told.
type screen struct {
	guest   *guest
	changed chan struct{} // holds a token when what follows has changed
	done    chan struct{} // closed when nothing more is shown

	writing sync.Mutex // guards format, and writing to the connection
	format  line.Formatter

	mu      sync.Mutex // guards what follows
	over    bool       // chat.Ended has been shown
	waiting string     // ref of the conversation that is being opened; "" when that is decided
	session bool       // it is a private session
	refused bool       // it does not open
	dms     int        // direct messages without a final answer
}

func newScreen(c *guest) *screen {
	return &screen{
		guest:   c,
		changed: make(chan struct{}, 1),
		done:    make(chan struct{}),
		format:  line.Formatter{Mine: c.gateway.Echo},
	}
}

// show shows what comes until the guest is not to be told any more.
func (s *screen) show(sub front.Subscription) {
	defer close(s.done)
	defer s.guest.cancel()
	defer sub.Close()
	for {
		batch, err := sub.Next(s.guest.ctx)
		if err != nil || s.tell(batch) != nil || s.ended() {
			return
		}
	}
}

// tell shows a batch, a chunk at a time.
func (s *screen) tell(batch []chat.Notify) error {
	room := s.guest.gateway.rooms.Get().(*[]byte)
	defer func() {
		if cap(*room) <= 2*chunk {
			s.guest.gateway.rooms.Put(room)
		}
	}()
	s.writing.Lock()
	defer s.writing.Unlock()
	p := (*room)[:0]
	for i, n := range batch {
		s.decide(n)
		p = appendLines(&s.format, p, n.Notification)
		if len(p) >= chunk || i == len(batch)-1 && len(p) > 0 {
			if err := s.guest.write(p); err != nil {
				return err
			}
			p = p[:0]
		}
		s.note(n)
	}
	*room = p
	return nil
}

// say shows one thing.
func (s *screen) say(n chat.Notification) error {
	return s.tell([]chat.Notify{{Notification: n}})
}

// decide tells the guest's goroutine, before the guest himself, whether the
// conversation opens that he waits for.
func (s *screen) decide(n chat.Notify) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.Ref == "" || n.Ref != s.waiting {
		return
	}
	opened, refused := verdict(n.Notification, s.session)
	if !opened && !refused {
		return
	}
	if s.waiting, s.refused = "", refused; refused {
		s.guest.in.mark()
	}
	s.change()
}

// note keeps what else the guest's goroutine waits for, once it is shown.
func (s *screen) note(n chat.Notify) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, over := n.Notification.(chat.Ended); over {
		s.over = true
		s.change()
	}
	if n.Ref == owed && s.dms > 0 && final(n.Notification) {
		s.dms--
		s.change()
	}
}

// change tells the guest's goroutine to look again.
func (s *screen) change() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// verdict tells whether n says that a conversation has opened, or that it will
// not. Of a session others may tell first that its other end is looked for.
func verdict(n chat.Notification, session bool) (opened, refused bool) {
	switch n := n.(type) {
	case chat.Failed:
		return false, true
	case chat.SessionChanged:
		return n.Event == chat.Opened, n.Event == chat.Closed
	case chat.Switched:
		return true, false
	}
	return !session, false
}

// final tells whether n is the last that is heard of a direct message soon.
func final(n chat.Notification) bool {
	switch n := n.(type) {
	case chat.Failed:
		return true
	case chat.Delivery:
		return n.State != chat.Sent && (n.State != chat.Queued || n.Reason != "")
	}
	return false
}

// await begins to wait for the answer to in, which bears ref.
func (s *screen) await(ref string, in chat.Instruction) {
	_, session := in.(chat.Fork)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting, s.session, s.refused = ref, session, false
}

// answered tells whether it is decided if the conversation opens.
func (s *screen) answered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting == ""
}

// opened tells whether it has opened; if it is not decided, it has not.
func (s *screen) opened() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting != "" {
		s.waiting, s.refused = "", true
		s.guest.in.mark()
	}
	return !s.refused
}

// owe counts a direct message.
func (s *screen) owe() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dms++
}

func (s *screen) owesNothing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dms == 0
}

// ended tells whether the guest has been told that it is over.
func (s *screen) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}
