package chat

import (
	"testing"
	"time"
)

// What follows a message that waits for a digest to be told waits behind it, however
// old it is.
func TestALogStaysInOrderAroundADigest(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "x")
	old := s.now
	s.at(time.Hour)
	sealed := func(author string, at time.Time, seq uint64, texts ...string) *Envelope {
		now := s.now
		s.now = at
		defer func() { s.now = now }()
		return s.forge(author, 1, seq, texts...)
	}
	many := make([]string, digestOver+10)
	for i := range many {
		many[i] = "old"
	}
	s.sealed["x"] = sealed("x", old, 1, many...)
	s.play("a", SyncRequested{1, "x", s.delta([]LogState{holds("x", 1, uint64(len(many)))}, "x")})
	s.play("a", EnvelopeReceived{"x", sealed("y", s.now, 1, "one")})
	s.sealed["y"] = sealed("y", old.Add(time.Minute), 2, "two")
	s.play("a", SyncRequested{2, "x", s.delta([]LogState{holds("y", 1, 2)}, "y")})
	s.pass(time.Second)
	s.news("a", "digest of lobby: 30 in 0s from x", `shown y1 "one"`, `shown late y2 "two"`)
}

// A log goes on where its stamps were when a clock is found to be wrong.
func TestStampsOfALogDoNotGoBack(t *testing.T) {
	s := newScript(t, "a")
	c := s.cores["a"]
	s.play("a", Tick{})
	c.clocks.said = StampAt(c.net().Add(maxClock / 2))
	c.clock = StampAt(c.net().Add(2 * maxClock))
	said := c.clocks.said
	c.mendStamps()
	if next := c.stamp(); next <= said || next > c.latest() {
		t.Errorf("the next stamp is %s, the last was %s, the greatest is %s", next.Time(), said.Time(), c.latest().Time())
	}
	s.play("a", Say{"one"})
	c.clocks.said, c.clock = StampAt(c.net().Add(2*maxClock)), StampAt(c.net().Add(2*maxClock))
	c.mendStamps() // "one" is said again in a new life
	if said := c.lobby.mine.log.tail[0].Messages[0].Stamp; c.clocks.said != said {
		t.Errorf("the last stamp is %s, and %s is remembered", said.Time(), c.clocks.said.Time())
	}
}

// Nor where the node was started again, although the clocks of others were ahead.
func TestStampsOfALogDoNotGoBackOverARestart(t *testing.T) {
	s := newKeptScript(t, "a")
	s.up("a", "x")
	now := s.now
	s.now = now.Add(maxClock / 2)
	ahead := s.forge("x", 1, 1, "ahead")
	s.now = now
	s.play("a", EnvelopeReceived{"x", ahead})
	s.play("a", Say{"one"})
	s.crash("a")
	s.restart("a")
	c := s.cores["a"]
	last := c.lobby.mine.log.sum
	if said := ahead.Messages[0].Stamp + 1; last == (Hash{}) || c.clocks.said != said || c.stamp() <= said {
		t.Errorf("the next stamp is %s, and the last was %s", c.clock.Time(), said.Time())
	}
}
