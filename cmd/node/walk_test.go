package main

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// The walk of the chain: what is typed at once, a hello that all answer, direct
// messages between the ends, and one who joins within the minute.
func TestChain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, v variant) {
		began := time.Now()
		c := newChain(t, v)
		t.Logf("first words of all are with all %v after the start", time.Since(began).Round(time.Millisecond))
		if v.sparse {
			links := map[int][]int{1: {2, 3}, 2: {1}, 3: {1, 4}, 4: {3, 5}, 5: {4}}
			for i, want := range links {
				if got := c.here(i, "before"); !slices.Equal(got, want) {
					t.Errorf("%d is connected with %v before the hello, want %v", i, got, want)
				}
			}
		}
		c.helloOf2()
		for i := range 3 {
			c.sendsDM(5, 2, fmt.Sprintf("from end   to end %d", i))
			c.sendsDM(2, 5, fmt.Sprintf("and  back   again %d", i))
		}
		if got := c.here(2, "after"); !slices.Equal(got, []int{1, 3, 4, 5}) {
			t.Errorf("2 is connected with %v after direct messages, want all", got)
		}
		<-time.After(time.Until(began.Add(20 * time.Second))) // for one who comes late
		c.join(6, 4)
		joined := c.node[6].ready()
		c.says(6, "late but here")
		t.Logf("6 is heard by all after %v", c.hear("late but here").Sub(joined).Round(time.Millisecond))
		c.allHear()
		c.says(2, "a last word")
		c.allHear()
		c.once()
	})
}

// helloOf2 says hello in 2: all show it and answer 2 alone.
func (c *chain) helloOf2() {
	c.t.Helper()
	said := time.Now()
	c.node[2].types("")
	last := time.Duration(0)
	for _, i := range []int{1, 3, 4, 5} {
		hello := func(e event) bool { return e.Type == "message" && e.Kind == "hello" && e.From.No == c.nos[1] }
		c.node[i].tells("the hello", hello)
		answer := func(e event) bool { return e.Type == "message" && e.Kind == "hello-ack" && e.From.No == c.nos[i-1] }
		took := c.node[2].tells(fmt.Sprintf("the answer of %d", i), answer).at.Sub(said)
		last = max(last, took)
		if took > soon {
			c.t.Errorf("%d answers the hello after %v, want %v", i, took, soon)
		}
		if n := len(c.node[i].told(hello)); n != 1 {
			c.t.Errorf("%d shows the hello %d times", i, n)
		}
		if n := len(c.node[2].told(answer)); n != 1 {
			c.t.Errorf("2 shows %d answers of %d", n, i)
		}
	}
	c.t.Logf("the last answer to the hello came after %v", last.Round(time.Millisecond))
}
