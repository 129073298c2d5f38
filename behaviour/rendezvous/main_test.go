package rendezvous

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A world is an imaginary network: who is announced in which topic, who is
// connected, and when what was asked of it.
type world struct {
	began time.Time
	slow  time.Duration // that an announcement, a search or a dial takes

	mu        sync.Mutex // guards what follows
	empty     bool       // nobody to ask
	fails     bool       // announcements and searches
	announced map[string][]peer.ID
	gone      map[peer.ID]bool // announced, but not to be reached
	connected map[peer.ID]bool
	said      []string // what was asked, with the second in which it was
	under     map[string]int
	most      map[string]int // of each kind under way at a time
}

func newWorld() *world {
	return &world{
		began:     time.Now(),
		announced: make(map[string][]peer.ID),
		gone:      make(map[peer.ID]bool),
		connected: make(map[peer.ID]bool),
		under:     make(map[string]int),
		most:      make(map[string]int),
	}
}

// do notes what is asked and takes its time.
func (w *world) do(ctx context.Context, kind, what string) error {
	w.mu.Lock()
	w.said = append(w.said, fmt.Sprintf("%.0f %s %s", time.Since(w.began).Seconds(), kind, what))
	w.under[kind]++
	w.most[kind] = max(w.most[kind], w.under[kind])
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.under[kind]--
	}()
	if w.slow > 0 {
		select {
		case <-time.After(w.slow):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (w *world) config() Config {
	return Config{
		Ready: func() bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return !w.empty
		},
		Count: func(topic string) (n int) {
			w.mu.Lock()
			defer w.mu.Unlock()
			for _, p := range w.announced[topic] {
				if w.connected[p] {
					n++
				}
			}
			return n
		},
		Announce: func(ctx context.Context, topic string) error {
			err := w.do(ctx, "announce", topic)
			if w.fails {
				return errors.New("nobody listens")
			}
			return err
		},
		Search: func(ctx context.Context, topic string, n int) ([]peer.AddrInfo, error) {
			if err := w.do(ctx, "search", topic); err != nil {
				return nil, err
			}
			if w.fails {
				return nil, errors.New("nobody knows")
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			var found []peer.AddrInfo
			for _, p := range w.announced[topic][:min(n, len(w.announced[topic]))] {
				found = append(found, peer.AddrInfo{ID: p})
			}
			return found, nil
		},
		Connected: func(p peer.ID) bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.connected[p]
		},
		Connect: func(ctx context.Context, p peer.AddrInfo) error {
			if err := w.do(ctx, "connect", string(p.ID)); err != nil {
				return err
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.gone[p.ID] {
				return errors.New("no answer")
			}
			w.connected[p.ID] = true
			return nil
		},
	}
}

// add announces n peers in a topic.
func (w *world) add(topic string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range n {
		w.announced[topic] = append(w.announced[topic], peer.ID(fmt.Sprintf("%s%d", topic, i)))
	}
}

// set changes the world.
func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// asked is how often something of a kind was asked since it was asked for last.
func (w *world) asked() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := make(map[string]int)
	for _, line := range w.said {
		var second int
		var kind string
		fmt.Sscan(line, &second, &kind)
		n[kind]++
	}
	w.said = nil
	return n
}
