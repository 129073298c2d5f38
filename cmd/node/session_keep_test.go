package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// inSession are two nodes that keep their history, in a session that the first has
// opened, both of whose users are in it.
func inSession(t *testing.T, args ...string) (a, b *keeper) {
	t.Helper()
	n := peerNos(t, 2)
	a = keeps(t, n[0], args...)
	b = keeps(t, n[1], append(args, "-b", fmt.Sprint(n[0]))...)
	a.life().tells("that the other is here", func(e event) bool { return e.Type == "peer" && e.Event == "up" })
	a.tries(fmt.Sprintf(`\fork %d`, n[1]))
	for _, k := range []*keeper{a, b} {
		k.life().tells("that a session is open", func(e event) bool { return e.Type == "session" && e.Event == "opened" })
	}
	b.tries(`\sw 1`)
	return a, b
}

// spoken waits until all that was accepted of two ends is delivered to the other,
// and checks that it was said in the session, kept by both, and shown once.
func spoken(t *testing.T, a, b *keeper) (accepted int) {
	t.Helper()
	everybodyHas(t, "session:1", a, b)
	accepted, _ = account(t, a, b)
	for _, k := range []*keeper{a, b} {
		for _, e := range k.accepted() {
			if e.Conversation != "session:1" {
				t.Errorf("node %d has said %q in %s", k.no, e.Text, e.Conversation)
			}
		}
		for _, e := range k.told(func(e event) bool { return e.State == "failed" || e.Type == "session" && e.Event == "closed" }) {
			t.Errorf("node %d tells %+v", k.no, e)
		}
		inOrder(k)
	}
	return accepted
}

// inOrder checks that what a node was told of each author came in the order of its numbers.
func inOrder(k *keeper) {
	k.t.Helper()
	last := make(map[string]int)
	for _, e := range k.told(func(e event) bool { return e.Type == "message" && e.Kind == "text" }) {
		var who string
		var i int
		if _, err := fmt.Sscanf(e.Text, "%s %d", &who, &i); err != nil {
			k.t.Errorf("node %d shows %q", k.no, e.Text)
		}
		if i <= last[who] && last[who] > 0 {
			k.t.Errorf("node %d shows %q behind %d", k.no, e.Text, last[who])
		}
		last[who] = i
	}
}

// Nodes are killed in the middle of a private session, one after the other and both
// at once: it goes on, and of what was accepted nothing is lost, nothing comes twice
// and nothing goes elsewhere.
func TestSessionOutlivesKills(t *testing.T) {
	t.Parallel()
	kills := 9
	if soak {
		kills = 300
	}
	a, b := inSession(t)
	busy := talking(time.Second/100, func(i int) {
		if i%2 == 0 {
			a.tries(fmt.Sprint("a ", i+1))
		} else {
			b.tries(fmt.Sprint("b ", i+1))
		}
	})
	for round := range kills {
		victims := [][]*keeper{{a}, {b}, {a, b}}[round%3]
		for _, k := range []*keeper{a, b} {
			left := 20
			k.life().tells("20 messages", func(e event) bool {
				if e.Type == "message" && !e.Mine {
					left--
				}
				return left <= 0
			})
		}
		for _, k := range victims {
			k.dies()
		}
		for _, k := range victims {
			k.rises()
		}
	}
	busy.hush()
	accepted := spoken(t, a, b)
	t.Logf("%d kills, %d messages accepted", kills, accepted)
	for _, k := range []*keeper{a, b} {
		// While both are down, the way in is missed; nothing else is.
		for _, e := range k.told(func(e event) bool { return e.Code == "warning" && !strings.HasPrefix(e.Text, "cannot reach peer") }) {
			t.Errorf("node %d warns: %s", k.no, e.Text)
		}
		if bad, _ := filepath.Glob(filepath.Join(k.dir, "*.bad-*")); len(bad) > 0 {
			t.Errorf("node %d has set aside %q", k.no, bad)
		}
	}
}

// A signal to end is no wish to end the session, \quit is: then nothing is kept of it.
func TestSessionOutlivesASignal(t *testing.T) {
	t.Parallel()
	a, b := inSession(t)
	a.tries("a 1")
	b.life().tells("a 1", func(e event) bool { return e.Text == "a 1" })
	a.life().signal(syscall.SIGTERM)
	a.life().ends(exitOK)
	b.tries("b 1")
	b.life().tells("that it is kept", func(e event) bool { return e.Mine && e.Text == "b 1" })
	a.rises()
	a.life().tells("b 1", func(e event) bool { return e.Text == "b 1" })
	if n := spoken(t, a, b); n != 2 {
		t.Errorf("%d messages were accepted, want 2", n)
	}
	a.tries(`\quit`)
	a.life().ends(exitOK)
	b.life().tells("that the session is over", func(e event) bool { return e.Type == "session" && e.Event == "closed" })
	b.tries(`\quit`)
	b.life().ends(exitOK)
	for _, k := range []*keeper{a, b} {
		for _, e := range k.kept() {
			t.Errorf("node %d keeps %q of a session that is over", k.no, e.Text)
		}
	}
}

// The other node has lost its history: whoever waits for it is told what has not
// arrived.
func TestSessionWithOneWhoForgot(t *testing.T) {
	t.Parallel()
	a, b := inSession(t)
	b.dies()
	a.tries("a 1")
	a.life().tells("that it is kept", func(e event) bool { return e.Mine && e.Text == "a 1" })
	b.args[4] = t.TempDir()
	b.rises()
	a.life().tells("that the session is over", func(e event) bool { return e.Type == "session" && e.Event == "closed" })
	a.life().tells("that a 1 has failed", func(e event) bool { return e.Type == "delivery" && e.State == "failed" })
}
