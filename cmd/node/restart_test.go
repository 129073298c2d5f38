package main

import (
	"fmt"
	"os"
	"slices"
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
	downtimes := []time.Duration{0, 0, 2 * time.Second, 10 * time.Second}
	if soak {
		downtimes = append(downtimes, 29*time.Second, 29*time.Second, 31*time.Second, 31*time.Second, time.Minute, time.Minute)
	}
	each(t, func(t *testing.T, v variant) {
		for _, p := range places {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				c := newChain(t, v)
				for i, d := range downtimes {
					c.restart(p.member, d, i%2 == 1)
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
			c.restart(3, 31*time.Second, v.sparse)
			c.once()
		})
	}
}

// restart kills a member for a while, and measures from its being ready again
// how long it takes to be heard by all, before anybody else says a word; or, if
// it listens, to hear all before it has said one.
func (c *chain) restart(i int, down time.Duration, listens bool) {
	c.t.Helper()
	c.rounds++
	c.linked(i)
	c.kills(i)
	if down > 0 {
		<-time.After(down)
	}
	p := c.restarts(i)
	if listens {
		c.speakAndHear(i, p.ready(), down, "hears all", c.others(i))
		c.speakAndHear(i, time.Now(), down, "is heard by all, having listened,", []int{i})
	} else {
		c.speakAndHear(i, time.Time{}, down, "is heard by all", []int{i})
		c.speakAndHear(i, time.Now(), down, "hears all, having spoken,", c.others(i))
	}
}

// linked waits until a member is connected with those next to it: rounds are
// short, and a neighbour that never catches it alive believes it gone for long.
func (c *chain) linked(i int) {
	c.t.Helper()
	limit := time.Now().Add(patience)
	for j := 1; j <= 5; j++ {
		if parents[j] != i && parents[i] != j {
			continue
		}
		for n := 0; !slices.Contains(c.here(j, fmt.Sprintf("links %d.%d", c.rounds, n)), i); n++ {
			if time.Now().After(limit) {
				c.t.Fatalf("%d and %d are not connected within %v", i, j, patience)
			}
			<-time.After(50 * time.Millisecond)
		}
	}
}

// speakAndHear lets some say a line each; zero for since means that i is just
// starting. What it is about is what all must have done soon after.
func (c *chain) speakAndHear(i int, since time.Time, down time.Duration, what string, who []int) {
	c.t.Helper()
	var lines []string
	for _, j := range who {
		text := fmt.Sprintf("round %d: %d has been away for %v, %d says", c.rounds, i, down, j)
		c.says(j, text)
		lines = append(lines, text)
	}
	if since.IsZero() {
		since = c.node[i].ready()
	}
	var last time.Time
	for _, text := range lines {
		if at := c.hear(text); at.After(last) {
			last = at
		}
	}
	took := last.Sub(since)
	c.t.Logf("%s: %d away for %v %s after %v", c.v, i, down, what, took.Round(time.Millisecond))
	if took > soon {
		c.t.Errorf("%d %s %v after it was ready, want %v", i, what, took, soon)
	}
}

// others are all who live but one.
func (c *chain) others(i int) []int {
	return slices.DeleteFunc(c.living(), func(j int) bool { return j == i })
}
