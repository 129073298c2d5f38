package gossip

import (
	"context"
	"sync"

	"github.com/libp2p/go-libp2p/core/peer"
)

// A notice is Lost if it has no topic, else Met or Grafted.
type notice struct {
	topic string
	peer  peer.ID
	met   bool
}

// notices takes what pubsub's loop has to say, which it never holds up, to a
// goroutine that may be slow. It is a set: what waits is not said twice.
type notices struct {
	wake chan struct{} // one token: there may be something waiting

	mu      sync.Mutex // guards waiting
	waiting map[notice]struct{}
}

func newNotices() *notices {
	return &notices{wake: make(chan struct{}, 1), waiting: make(map[notice]struct{})}
}

func (n *notices) put(what notice) {
	n.mu.Lock()
	if len(n.waiting) >= maxNotices {
		what = notice{} // something of our own was lost, indeed
	}
	n.waiting[what] = struct{}{}
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// run passes notices on until ctx ends.
func (n *notices) run(ctx context.Context, c *Config) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.wake:
		}
		n.mu.Lock()
		now := n.waiting
		n.waiting = make(map[notice]struct{})
		n.mu.Unlock()
		for what := range now {
			if ctx.Err() != nil {
				return
			}
			switch {
			case what.topic == "":
				c.Lost(what.peer)
			case what.met:
				c.Met(what.topic, what.peer)
			default:
				c.Grafted(what.topic, what.peer)
			}
		}
	}
}
