package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// soon is how long after saying ready a node that was killed may be deaf or
// mute, and how long answers to a hello may take.
const soon = 3 * time.Second

// variant is a way to run a chain.
type variant struct {
	sparse    bool
	transport string // "tcp" or "quic", on which alone the nodes listen
}

var variants = []variant{{false, "tcp"}, {false, "quic"}, {true, "tcp"}, {true, "quic"}}

func (v variant) String() string {
	if v.sparse {
		return "sparse " + v.transport
	}
	return "full " + v.transport
}

// each runs a test for all variants side by side.
func each(t *testing.T, test func(t *testing.T, v variant)) {
	for _, v := range variants {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			test(t, v)
		})
	}
}

// chain is a network of processes with --json: 1 ← 2, 1 ← 3 ← 4 ← 5, and those who
// join later. Members are called 1, 2, 3 … here whatever their numbers are.
type chain struct {
	t      *testing.T
	v      variant
	nos    []int // member i is nos[i-1]
	node   map[int]*process
	args   map[int][]string
	past   []*process // lives that were ended
	rounds int        // how often one was restarted
	said   []string   // lines to everybody, by those who live
}

// maxMembers is how many a chain can have.
const maxMembers = 8

// parents of the first five.
var parents = []int{1: 0, 2: 1, 3: 1, 4: 3, 5: 4}

// newChain starts the five and types a line into each at once, before any of
// them can be ready; it returns when all have heard all.
func newChain(t *testing.T, v variant) *chain {
	t.Helper()
	c := &chain{t: t, v: v, nos: peerNos(t, maxMembers), node: make(map[int]*process), args: make(map[int][]string)}
	for i := 1; i <= 5; i++ {
		c.join(i, parents[i])
	}
	for i := 1; i <= 5; i++ {
		c.says(i, fmt.Sprintf("first words of %d", i))
	}
	c.allHear()
	return c
}

// join starts member i, by way of another one unless via is 0.
func (c *chain) join(i, via int) {
	c.t.Helper()
	no := c.nos[i-1]
	listen := fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", 63000+no)
	if c.v.transport == "quic" {
		listen = fmt.Sprintf("/ip4/127.0.0.1/udp/%d/quic-v1", 63000+no)
	}
	c.args[i] = []string{"--json", "-p", fmt.Sprint(no), "--listen", listen}
	if via != 0 {
		c.args[i] = append(c.args[i], "-b", fmt.Sprint(c.nos[via-1]))
	}
	if c.v.sparse {
		c.args[i] = append(c.args[i], "--sparse")
	}
	c.node[i] = launch(c.t, c.args[i]...)
}

// kills ends a member as a power cut does, for good or until it is restarted.
func (c *chain) kills(i int) {
	c.t.Helper()
	c.node[i].kill()
	c.past = append(c.past, c.node[i])
	delete(c.node, i)
}

// restarts starts a member that was killed, with the same command.
func (c *chain) restarts(i int) *process {
	c.t.Helper()
	c.node[i] = launch(c.t, c.args[i]...)
	return c.node[i]
}

// says types a line to everybody.
func (c *chain) says(i int, text string) {
	c.t.Helper()
	c.said = append(c.said, text)
	c.node[i].types(text)
}

// living are the members that run, in order.
func (c *chain) living() (all []int) {
	for i := range c.node {
		all = append(all, i)
	}
	slices.Sort(all)
	return all
}

// allHear waits until all that was said is shown by all who live.
func (c *chain) allHear() {
	c.t.Helper()
	for _, text := range c.said {
		c.hear(text)
	}
}

// hear waits until all who live show a line, and returns when the last did.
func (c *chain) hear(text string) (last time.Time) {
	c.t.Helper()
	for _, i := range c.living() {
		if at := c.node[i].hears(text).at; at.After(last) {
			last = at
		}
	}
	return last
}

// sendsDM sends a direct message and waits until it is shown there and
// delivered here; it returns when the later of the two was.
func (c *chain) sendsDM(from, to int, text string) time.Time {
	c.t.Helper()
	c.node[from].types(fmt.Sprintf("dm %d %s", c.nos[to-1], text))
	got := c.node[to].tells(fmt.Sprintf("the direct message %q", text), func(e event) bool {
		return e.Type == "message" && e.Conversation == "dm" && e.From.No == c.nos[from-1] && e.Text == text
	})
	id := c.node[from].tells(fmt.Sprintf("its own direct message %q", text), func(e event) bool {
		return e.Type == "message" && e.Mine && e.Text == text
	})
	done := c.node[from].tells(fmt.Sprintf("that %q is delivered", text), func(e event) bool {
		return e.Type == "delivery" && e.ID == id.ID && e.State == "delivered"
	})
	if done.at.After(got.at) {
		return done.at
	}
	return got.at
}

// once checks that nothing was shown twice in any life of any member, that those
// who live have all that was said, and that nothing is missing or went wrong.
func (c *chain) once() {
	c.t.Helper()
	for _, p := range slices.Concat(c.past, c.processes()) {
		seen := make(map[string]int)
		for _, e := range p.told(func(e event) bool { return e.Type == "message" }) {
			seen[fmt.Sprintf("[%s] %s %q from %d", e.Conversation, e.Kind, e.Text, e.From.No)]++
			seen[e.ID]++
		}
		for what, n := range seen {
			// A member may say hello, and be answered, more than once.
			if n != 1 && !strings.Contains(what, "] hello") {
				c.t.Errorf("node %q shows %s %d times", p.cmd.Args[1:], what, n)
			}
		}
		for _, e := range p.told(func(e event) bool { return e.Type == "lagged" || e.Type == "gap" && e.Lost > 0 }) {
			c.t.Errorf("node %q tells %+v", p.cmd.Args[1:], e)
		}
	}
	for _, p := range c.processes() {
		for _, text := range c.said {
			if len(p.told(func(e event) bool { return e.Type == "message" && e.Conversation == "lobby" && e.Text == text })) == 0 {
				c.t.Errorf("node %q does not show %q", p.cmd.Args[1:], text)
			}
		}
	}
}

func (c *chain) processes() (all []*process) {
	for _, i := range c.living() {
		all = append(all, c.node[i])
	}
	return all
}

// here are the members that a member is connected with.
func (c *chain) here(i int, ref string) (all []int) {
	c.t.Helper()
	for _, p := range c.node[i].asks(ref, "ls", "peers").Peers {
		if p.State == "here" {
			all = append(all, slices.Index(c.nos, p.No)+1)
		}
	}
	slices.Sort(all)
	return all
}
