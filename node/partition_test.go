package node

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tincan/behaviour/chat"
)

// rooms are two channels that overlap and lie on both sides of every cut, of up to
// eight nodes.
var rooms = map[chat.Conversation][]int{
	"#few":  {1, 2, 5, 6},
	"#many": {0, 2, 3, 4, 6, 7},
}

// The bounds of PROMISES 5.3, from when a fault is over.
const (
	togetherBound = 15 * time.Second
	settledBound  = 30 * time.Second
)

// afterwards is how long a crew is watched when all is well again: nobody is to
// be shown anything twice.
const afterwards = 20 * time.Second

// usual stands for crewSize.
const usual = 0

// crewSize is how many nodes a crew has: the work grows with its square.
func crewSize() int {
	if soak {
		return 8
	}
	return 6
}

// soak says that there is time for tests of minutes.
var soak = os.Getenv("TINCAN_TEST_SOAK") == "1"

// virtual runs a test in a bubble of its own, where waiting takes no time; when
// there is time, under several seeds.
func virtual(t *testing.T, name string, f func(t *testing.T, seed uint64)) {
	seeds := uint64(1)
	if soak {
		seeds = 3
	}
	for seed := range seeds {
		t.Run(fmt.Sprintf("%s, seed %d", name, seed), func(t *testing.T) {
			began := time.Now()
			synctest.Test(t, func(t *testing.T) { f(t, seed) })
			t.Logf("%.1f s on the clock of the wall", time.Since(began).Seconds())
		})
	}
}

// A cut says which packets do not arrive.
type cut func(from, to int) bool

// halves cuts n nodes into two.
func halves(n int) cut {
	return func(from, to int) bool { return (from < n/2) != (to < n/2) }
}

// oneWay lets the first half hear the second, and not the other way round.
func oneWay(n int) cut {
	return func(from, to int) bool { return from < n/2 && to >= n/2 }
}

// ring leaves each of n nodes the two neighbours on either side: all see a
// majority, and no two the same one.
func ring(n int) cut {
	return func(from, to int) bool {
		apart := (from - to + n) % n
		return min(apart, n-apart) > 2
	}
}

// turning cuts n nodes into halves, and every 40 s into others.
func turning(n int) cut {
	var began time.Time
	return func(from, to int) bool {
		if began.IsZero() {
			began = time.Now()
		}
		by := int(time.Since(began) / (40 * time.Second))
		return halves(n)((from+by)%n, (to+by)%n)
	}
}

// What was said on both sides of a cut is on both sides soon after it has healed.
func TestPartition(t *testing.T) {
	if testing.Short() {
		t.Skip("many real nodes")
	}
	for _, c := range []struct {
		name  string
		nodes int
		cut   func(n int) cut
		last  time.Duration
		long  bool
	}{
		{"halves for 35 s", usual, halves, 35 * time.Second, false},
		{"halves for 120 s", usual, halves, 120 * time.Second, false},
		{"two apart for 3600 s", 2, halves, 3600 * time.Second, false},
		{"halves for 3600 s", usual, halves, 3600 * time.Second, true},
		{"halves of 12 for 120 s", 12, halves, 120 * time.Second, true},
		{"ring for 120 s", usual, ring, 120 * time.Second, false},
		{"turning halves for 160 s", usual, turning, 160 * time.Second, false},
		{"one way for 35 s", usual, oneWay, 35 * time.Second, false},
		{"one way for 120 s", usual, oneWay, 120 * time.Second, true},
	} {
		if c.long && !soak {
			continue
		}
		virtual(t, c.name, func(t *testing.T, seed uint64) {
			n := c.nodes
			if n == usual {
				n = crewSize()
			}
			partition(t, seed, n, c.cut(n), c.last)
		})
	}
}

func partition(t *testing.T, seed uint64, n int, cut cut, last time.Duration) {
	const rounds = 6
	c := muster(t, seed, n, within(rooms, n))
	c.sayAll()
	c.settle(5*time.Second, time.Now())
	c.ether.turn(weather{cut: cut})
	for range rounds {
		c.pass(last / (rounds + 1))
		c.sayAll()
		c.tellAcross()
	}
	c.pass(last / (rounds + 1))
	if len(c.missing()) == 0 {
		t.Error("the cut has kept nothing from anybody")
	}
	c.ether.turn(weather{})
	c.heal()
}

// within is those members of channels that are among n nodes.
func within(all map[chat.Conversation][]int, n int) map[chat.Conversation][]int {
	channels := map[chat.Conversation][]int{"#all": nil}
	for name, places := range all {
		channels[name] = slices.DeleteFunc(slices.Clone(places), func(p int) bool { return p >= n })
	}
	for place := range n {
		channels["#all"] = append(channels["#all"], place)
	}
	return channels
}
