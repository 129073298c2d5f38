package main

import (
	"fmt"
	"testing"
	"time"
)

// regroup is how long those who remain may need to find each other when the node
// in their middle has died.
const regroup = 15 * time.Second

// The node through which all joined is killed: the others talk on, and a new
// one joins through another.
func TestBootstrapKilled(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, v variant) {
		c := newChain(t, v)
		if v.sparse {
			// Whom a sparse node can turn to it asks its way in once it has one.
			c.settle(time.Second)
		}
		c.kills(1)
		killed := time.Now()
		c.says(2, "is anybody left?")
		t.Logf("a line of 2 is with all %v after the death of 1", c.hear("is anybody left?").Sub(killed).Round(time.Millisecond))
		c.sendsDM(2, 5, "you are")
		t.Logf("a direct message of 2 is with 5 %v after", c.sendsDM(5, 2, "so are you").Sub(killed).Round(time.Millisecond))
		if d := time.Since(killed); d > regroup {
			t.Errorf("regrouped after %v, want %v", d, regroup)
		}
		c.join(6, 4)
		ready := c.node[6].ready()
		c.says(6, "I am new")
		if d := c.hear("I am new").Sub(ready); d > soon {
			t.Errorf("the new one is heard %v after it was ready, want %v", d, soon)
		}
		for _, i := range c.living() {
			c.says(i, fmt.Sprintf("%d welcomes 6", i))
		}
		c.allHear()
		c.sendsDM(6, 2, "thanks")
		c.once()
	})
}

// settle waits for what happens in a quiet network and cannot be seen from outside.
func (c *chain) settle(d time.Duration) { <-time.After(d) }
