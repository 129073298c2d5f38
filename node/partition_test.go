package node

import (
	"testing"
	"testing/synctest"
	"time"

	"tincan/behaviour/chat"
)

// rooms are two channels that overlap, and lie on both sides of every cut.
var rooms = map[chat.Conversation][]int{
	"#few":  {1, 2, 5, 6},
	"#many": {0, 2, 3, 4, 6, 7},
}

const hands = 8

func halves(from, to int) bool { return (from < hands/2) != (to < hands/2) }

// What was said on both sides of a cut is on both sides soon after it has healed.
func TestPartition(t *testing.T) {
	for _, c := range []struct {
		name string
		cut  func(from, to int) bool
		last time.Duration
	}{
		{"halves for 35 s", halves, 35 * time.Second},
		{"halves for 120 s", halves, 120 * time.Second},
		{"halves for 3600 s", halves, 3600 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			began := time.Now()
			synctest.Test(t, func(t *testing.T) { partition(t, c.cut, c.last) })
			t.Logf("%v on the clock of the wall", time.Since(began).Round(time.Millisecond))
		})
	}
}

func partition(t *testing.T, cut func(from, to int) bool, last time.Duration) {
	const rounds = 6
	c := muster(t, 1, hands, rooms)
	c.sayAll()
	c.settle(5*time.Second, time.Now())
	c.ether.turn(weather{cut: cut})
	for range rounds {
		c.pass(last / (rounds + 1))
		c.sayAll()
		for _, pair := range [][2]int{{0, 4}, {1, 6}, {2, 3}, {5, 2}, {6, 1}, {7, 0}} {
			c.tell(pair[0], pair[1])
		}
	}
	c.pass(last / (rounds + 1))
	c.ether.turn(weather{})
	healed := time.Now()
	together := c.await(15*time.Second, "all are together again", c.together)
	took := c.settle(30*time.Second, healed)
	c.pass(20 * time.Second)
	c.check()
	t.Logf("together after %v, shown after %v", together, took)
}
