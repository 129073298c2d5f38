package main

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// soak makes the restart tests take the long downtimes at all places as well;
// scripts/soak sets it.
var soak = os.Getenv("TINCAN_TEST_SOAK") != ""

// places of a chain where a node is killed.
var places = []struct {
	name   string
	member int
}{{"end", 5}, {"middle", 3}, {"bootstrap", 1}}

// A node that is killed and started again with the same command hears and is
// heard as soon as before, however long it was away.
func TestRestart(t *testing.T) {
	t.Parallel()
	downtimes := []time.Duration{0, 2 * time.Second, 10 * time.Second}
	if soak {
		downtimes = append(downtimes, 29*time.Second, 31*time.Second, time.Minute)
	}
	each(t, func(t *testing.T, v variant) {
		for _, p := range places {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				c := newChain(t, v)
				for _, d := range downtimes {
					c.restart(p.member, d)
				}
				c.once()
			})
		}
	})
}

// After 31 s the connections of the dead life have expired over QUIC.
func TestRestartAfterExpiry(t *testing.T) {
	t.Parallel()
	for _, v := range []variant{{false, "tcp"}, {false, "quic"}, {true, "quic"}} {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			c := newChain(t, v)
			c.restart(3, 31*time.Second)
			c.once()
		})
	}
}

// restart kills a member for a while, and measures from its being ready again
// how long it takes to be heard by all, before anybody else says a word, and
// then to hear all.
func (c *chain) restart(i int, down time.Duration) {
	c.t.Helper()
	c.kills(i)
	if down > 0 {
		<-time.After(down)
	}
	p := c.restarts(i)
	text := fmt.Sprintf("%d is back after %v", i, down)
	c.says(i, text)
	ready := p.ready()
	heard := c.hear(text).Sub(ready)
	c.t.Logf("%s: %d away for %v is heard by all after %v", c.v, i, down, heard.Round(time.Millisecond))
	if heard > soon {
		c.t.Errorf("%d is heard %v after it was ready, want %v", i, heard, soon)
	}
	for _, j := range c.living() {
		c.says(j, fmt.Sprintf("%d is back, says %d after %v", i, j, down))
	}
	c.allHear()
}
