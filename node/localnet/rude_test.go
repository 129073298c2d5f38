package localnet_test

import (
	"context"
	"crypto/rand"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tincan/behaviour/chat"
	"tincan/node"
	"tincan/node/localnet"
)

const (
	// prompt is how long honest users may wait for each other, rude peers or not.
	prompt = slowness * 2 * time.Second

	// moreGoroutines and moreHeap are what an attack may leave behind: what libp2p
	// and pubsub keep of a peer for a while.
	moreGoroutines = 25
	moreHeap       = 12 << 20 // bytes
)

// scene is two honest nodes, a and b, that any number of strangers may visit.
type scene struct {
	a, b *user

	goroutines int // after the honest have met
	heap       uint64
}

// user reads along at a node.
type user struct {
	*node.Node
	id chat.PeerID

	mu    sync.Mutex // guards what follows
	told  []chat.Notification
	fresh chan struct{} // closed when told grows
}

func newScene(t *testing.T) *scene {
	t.Helper()
	net, err := localnet.New(t.Context(), 0, localnet.Options{First: 1501})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.Close)
	var users []*user
	for range 2 {
		n, err := net.Add()
		if err != nil {
			t.Fatal(err)
		}
		u := &user{Node: n, id: chat.PeerID(n.ID().String()), fresh: make(chan struct{})}
		sub := n.Subscribe(chat.Owner)
		go u.read(sub) // ends with the node
		users = append(users, u)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := net.WaitMeshed(ctx); err != nil {
		t.Fatal(err)
	}
	s := &scene{a: users[0], b: users[1]}
	s.talk(t)
	s.goroutines, s.heap = runtime.NumGoroutine(), heap()
	return s
}

func (u *user) read(sub *node.Subscription) {
	for {
		batch, err := sub.Next(context.Background())
		if err != nil {
			return
		}
		u.mu.Lock()
		for _, n := range batch {
			u.told = append(u.told, n.Notification)
		}
		close(u.fresh)
		u.fresh = make(chan struct{})
		u.mu.Unlock()
	}
}

// find waits for a notification from number since on; it returns its place.
func (u *user) find(within time.Duration, since int, ok func(chat.Notification) bool) (int, error) {
	late := time.NewTimer(within)
	defer late.Stop()
	for {
		u.mu.Lock()
		told, fresh := u.told, u.fresh
		u.mu.Unlock()
		for ; since < len(told); since++ {
			if ok(told[since]) {
				return since, nil
			}
		}
		select {
		case <-fresh:
		case <-late.C:
			return 0, errors.New("nothing of the kind was told")
		}
	}
}

// now is the number of the next notification.
func (u *user) now() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.told)
}

// shown are the messages of others that a user was shown from number since on.
func (u *user) shown(since int) (all []chat.Shown) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, n := range u.told[since:] {
		if s, ok := n.(chat.Shown); ok && !s.Mine {
			all = append(all, s)
		}
	}
	return all
}

func (u *user) do(t *testing.T, in chat.Instruction) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), prompt)
	defer cancel()
	if err := u.Do(ctx, chat.Owner, "", in); err != nil {
		t.Errorf("%T: %v", in, err)
	}
}

func from(id chat.PeerID, text string) func(chat.Notification) bool {
	return func(n chat.Notification) bool {
		s, ok := n.(chat.Shown)
		return ok && s.From.ID == id && s.Text == text && !s.Mine
	}
}

// talk lets the honest exchange a line each way, and a direct message that is
// delivered. It returns the longest that one of them had to wait.
func (s *scene) talk(t *testing.T) (longest time.Duration) {
	t.Helper()
	for _, way := range [][2]*user{{s.a, s.b}, {s.b, s.a}} {
		speaker, hearer := way[0], way[1]
		nonce := rand.Text()
		since, mine := hearer.now(), speaker.now()
		began := time.Now()
		speaker.do(t, chat.Broadcast{Text: "line " + nonce})
		speaker.do(t, chat.SendDirect{To: string(hearer.id), Text: "word " + nonce})
		for _, text := range []string{"line ", "word "} {
			if _, err := hearer.find(prompt, since, from(speaker.id, text+nonce)); err != nil {
				t.Errorf("wait %v for the %sof an honest peer: %v", prompt, text, err)
			}
		}
		_, err := speaker.find(prompt, mine, func(n chat.Notification) bool {
			d, ok := n.(chat.Delivery)
			return ok && d.Text == "word "+nonce && d.State == chat.Delivered
		})
		if err != nil {
			t.Errorf("wait %v for the receipt of an honest peer: %v", prompt, err)
		}
		longest = max(longest, time.Since(began))
	}
	return longest
}

// honest says that a message is what talk says.
func (s *scene) honest(m chat.Shown) bool {
	return (m.From.ID == s.a.id || m.From.ID == s.b.id) &&
		(strings.HasPrefix(m.Text, "line ") || strings.HasPrefix(m.Text, "word "))
}

// only checks that besides the talk of the honest each user was shown what is
// legitimate, and nothing else.
func (s *scene) only(t *testing.T, since [2]int, legitimate func(chat.Shown) bool) {
	t.Helper()
	for i, u := range []*user{s.a, s.b} {
		for _, m := range u.shown(since[i]) {
			if !s.honest(m) && !legitimate(m) {
				t.Errorf("node %d shows %.80q as from %s (%v)", i, m.Text, m.From.Label(), m.ID)
			}
		}
	}
}

func nothing(chat.Shown) bool { return false }

func (s *scene) nows() [2]int { return [2]int{s.a.now(), s.b.now()} }

// counters are node a's.
func (s *scene) counters(t *testing.T) map[string]uint64 {
	t.Helper()
	since := s.a.now()
	s.a.do(t, chat.GetStatus{})
	var counts map[string]uint64
	if _, err := s.a.find(prompt, since, func(n chat.Notification) bool {
		r, ok := n.(chat.StatusReport)
		counts = r.Counters
		return ok
	}); err != nil {
		t.Fatalf("status: %v", err)
	}
	return counts
}

// moved checks that something was counted since before.
func (s *scene) moved(t *testing.T, before map[string]uint64, reason string, by uint64) {
	t.Helper()
	deadline := time.Now().Add(prompt)
	for {
		after := s.counters(t)
		if after[reason]-before[reason] >= by {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("%q was counted %d times, want %d; all: %v", reason, after[reason]-before[reason], by, after)
			return
		}
	}
}

// recovered checks that an attack has left next to nothing behind, once the
// strangers have gone: besides moreHeap at most said bytes, for what it has brought
// that a node rightly keeps.
func (s *scene) recovered(t *testing.T, said uint64) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for runtime.NumGoroutine() > s.goroutines+moreGoroutines && time.Now().Before(deadline) {
		<-tick.C
	}
	if n := runtime.NumGoroutine(); n > s.goroutines+moreGoroutines {
		t.Errorf("%d goroutines, %d before", n, s.goroutines)
	}
	if h := heap(); h > s.heap+moreHeap+said {
		t.Errorf("heap of %d KiB, %d before", h>>10, s.heap>>10)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
