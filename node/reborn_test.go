package node

import (
	"fmt"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

// rebornBound is how soon one who was killed and started again hears others and
// is heard by them (PROMISES 5.3).
const rebornBound = 3 * time.Second

// One who is killed and comes back as himself is not deaf, whether the others
// still hold his dead connections, are about to lose them, or lost them long ago
// (PROMISES, finding 1). The first knows of nobody when he comes back.
func TestReborn(t *testing.T) {
	if testing.Short() {
		t.Skip("many real nodes")
	}
	for _, w := range []struct {
		name  string
		nodes int
		long  bool
	}{
		{"6 nodes", 6, false},
		{"2 nodes", 2, false},
		{"12 nodes", 12, true},
	} {
		if w.long && !soak {
			continue
		}
		virtual(t, w.name, func(t *testing.T, seed uint64) {
			c := muster(t, seed, w.nodes, within(rooms, w.nodes))
			for _, dead := range []time.Duration{0, 2 * time.Second, 10 * time.Second, 29 * time.Second, 31 * time.Second, 60 * time.Second} {
				for _, h := range []*hand{c.hands[0], c.hands[w.nodes-1]} {
					c.reborn(h, dead)
				}
			}
			c.check()
		})
	}
}

// reborn kills a node, starts it again and holds it to the bound.
func (c *crew) reborn(h *hand, dead time.Duration) {
	c.t.Helper()
	c.pass(2 * time.Second)
	c.kill(h)
	if dead > 0 {
		c.pass(dead)
	}
	c.start(h)
	first := len(c.said)
	c.sayAll()
	heard := c.await(rebornBound, fmt.Sprintf("node %d, dead for %v, hears and is heard in the lobby", h.place+1, dead), func() bool {
		for _, u := range c.said[first:] {
			if u.in != chat.Lobby {
				continue
			}
			for _, o := range c.hands {
				o.mu.Lock()
				deaf := c.hears(u, o) && (u.by == h.place || o == h) && len(o.shown[u.text]) == 0
				o.mu.Unlock()
				if deaf {
					return false
				}
			}
		}
		return true
	})
	together := c.await(togetherBound, "all are together again", c.together)
	took := c.settle(settledBound, h.born)
	c.t.Logf("node %d, dead for %2.0f s: hears and is heard after %.2f s, all together after %.2f s; all shown after %s",
		h.place+1, dead.Seconds(), heard.Seconds(), (heard + together).Seconds(), seconds(took))
}
