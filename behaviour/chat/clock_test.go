package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const year = 365 * 24 * time.Hour

// crowd is four cores, all connected, that have met; the clock of a is wrong by some
// time from the beginning.
func clockScript(t *testing.T, wrong time.Duration) *script {
	s := newScript(t)
	s.wrong["a"] = wrong
	for _, n := range []string{"a", "b", "c", "d"} {
		s.join(n, nil)
		s.play(n, Started{})
	}
	for i, n := range s.names {
		for _, o := range s.names[:i] {
			s.link(o, n)
		}
	}
	return s
}

// texts of what a core has shown, in order.
func heardBy(s *script, who string) (words []string) {
	for _, line := range s.told[who] {
		if i := strings.IndexByte(line, '"'); i >= 0 && strings.HasPrefix(line, "shown") {
			words = append(words, line[i+1:len(line)-1])
		}
	}
	return words
}

// notices are the warnings about clocks.
func notices(s *script, who string) (lines []string) {
	for _, line := range s.told[who] {
		if strings.HasPrefix(line, "warning") && strings.Contains(line, "clock") {
			lines = append(lines, line)
		}
	}
	return lines
}

// all checks that everybody has shown the same words in the same order.
func (s *script) allHeard(t *testing.T, want ...string) {
	t.Helper()
	for _, n := range s.names {
		if got := heardBy(s, n); !slices.Equal(got, want) {
			t.Errorf("%s has shown %q, want %q", n, got, want)
		}
	}
}

// One clock is wrong from the start: its owner is told once, everybody hears
// everybody, and all agree on the order.
func TestOneClockIsWrong(t *testing.T) {
	for _, c := range []struct {
		wrong time.Duration
		told  string
	}{
		{time.Minute, ""},
		{-time.Minute, ""},
		{5 * time.Minute, "your clock is 5 minutes ahead of the others'"},
		{time.Hour, "your clock is 60 minutes ahead of the others'"},
		{-time.Hour, "your clock is 60 minutes behind the others'"},
		{year, "your clock is 365 days ahead of the others'"},
		{-year, "your clock is 365 days behind the others'"},
	} {
		t.Run(fmt.Sprint(c.wrong), func(t *testing.T) {
			s := clockScript(t, c.wrong)
			early := "too early to know"
			if c.wrong == 5*time.Minute { // it would pull everybody's stamps along
				s.pass(time.Second)
			}
			s.play("a", Say{early})
			s.pass(time.Minute)
			if got := notices(s, "a"); (c.told == "") != (len(got) == 0) || len(got) > 1 || c.told != "" && !strings.Contains(got[0], c.told) {
				t.Errorf("a is told %q, want %q", got, c.told)
			}
			for _, n := range []string{"b", "c", "d"} {
				if !slices.Contains(heardBy(s, n), early) {
					t.Errorf("%s has not heard what a said at once", n)
				}
				for _, line := range notices(s, n) {
					if strings.Contains(line, "your clock") {
						t.Errorf("%s is told %q", n, line)
					}
				}
			}
			s.forget()
			for i := range 3 {
				for _, n := range s.names {
					s.play(n, Say{fmt.Sprint(n, i)})
					s.pass(10 * time.Millisecond)
				}
			}
			s.pass(time.Minute)
			s.allHeard(t, "a0", "b0", "c0", "d0", "a1", "b1", "c1", "d1", "a2", "b2", "c2", "d2")
			last := Stamp(0)
			for i := range 3 {
				for _, n := range s.names {
					for _, e := range s.cores["d"].lobby.kept {
						if m := e.envelope.Messages[0]; m.Body == fmt.Sprint(n, i) {
							if m.Stamp <= last {
								t.Errorf("%s is stamped before what it follows", m.Body)
							}
							last = m.Stamp
						}
					}
				}
			}
		})
	}
}

// A clock jumps while the node lives, and back. Nothing is lost, nobody sees an
// order that others do not see, no timer stops, and the owner is told.
func TestClockJumpsAndComesBack(t *testing.T) {
	for _, jump := range []time.Duration{time.Hour, -time.Hour, year, -year} {
		for _, during := range []bool{false, true} {
			t.Run(fmt.Sprint(jump, " talking ", during), func(t *testing.T) {
				s := clockScript(t, 0)
				s.pass(time.Minute)
				s.forget()
				s.play("a", Say{"before"})
				s.pass(time.Second)
				s.wrong["a"] = jump
				if during {
					s.play("a", Say{"during"})
				}
				s.play("b", Say{"b"})
				s.pass(2 * time.Minute)
				s.wrong["a"] = 0
				s.play("a", Say{"back"})
				s.pass(2 * time.Minute)
				s.play("a", Say{"after"})
				s.play("c", Say{"c"})
				s.pass(2 * time.Minute)
				want := []string{"before", "b", "back", "after", "c"}
				if during {
					want = append(want, "during")
				}
				slices.Sort(want)
				for _, n := range s.names {
					got := heardBy(s, n)
					slices.Sort(got)
					if n == "a" { // its own words come back where it says them again
						got = slices.Compact(got)
					}
					if !slices.Equal(got, want) {
						t.Errorf("%s has shown %q, want %q", n, got, want)
					}
				}
				if !slices.Equal(heardBy(s, "b"), heardBy(s, "d")) {
					t.Errorf("b has shown %q and d %q", heardBy(s, "b"), heardBy(s, "d"))
				}
				if len(notices(s, "a")) == 0 || len(notices(s, "a")) > 2 {
					t.Errorf("a is told %q", notices(s, "a"))
				}
				before := s.syncs
				s.pass(time.Minute)
				if s.syncs == before {
					t.Error("no timer runs any more")
				}
				if wake := s.woken("a"); wake.Before(s.now) || wake.After(s.now.Add(time.Minute)) {
					t.Errorf("a wants to be woken in %v", wake.Sub(s.now))
				}
			})
		}
	}
}

// A message shows the time of its receipt where its author's clock is known to be
// wrong, and never a time that has not come.
func TestShownAt(t *testing.T) {
	s := newScript(t, "b")
	s.up("b", "a")
	shownAt := func(effects []Effect) time.Time {
		for _, e := range effects {
			if n, ok := e.(Notify); ok {
				if m, ok := n.Notification.(Shown); ok {
					return m.At
				}
			}
		}
		t.Fatal("nothing is shown")
		return time.Time{}
	}
	say := func(seq uint64, ahead time.Duration) Event {
		return EnvelopeReceived{"a", edit(s.forge("a", 1, seq, "hi"), func(e *Envelope) { e.Messages[0].Stamp = StampAt(s.now.Add(ahead)) })}
	}
	sample := func(ahead time.Duration) {
		e := s.here("a", 1, Lobby, uint64(s.now.UnixNano()), "").(EnvelopeReceived)
		s.give("b", EnvelopeReceived{"a", edit(e.Envelope, func(e *Envelope) { e.Messages[0].Stamp = StampAt(s.now.Add(ahead)) })})
	}
	for i, c := range []struct {
		clock, message, want time.Duration
	}{
		{0, -time.Second, -time.Second},
		{time.Minute, time.Minute, time.Minute},
		{5 * time.Minute, 5 * time.Minute, 0},
		{-time.Hour, -time.Hour, 0},
		{-time.Hour, -3 * time.Hour, -2 * time.Hour}, // said two hours ago
		{0, 5 * time.Minute, 0},
	} {
		s.now = s.now.Add(time.Minute)
		sample(c.clock)
		if got := shownAt(s.give("b", say(uint64(i+1), c.message))).Sub(s.now); got != c.want {
			t.Errorf("clock ahead by %v, message by %v: shown %v from now, want %v", c.clock, c.message, got, c.want)
		}
	}
}

// The owner is told of another's clock that makes it unheard, now and then.
func TestAnothersClock(t *testing.T) {
	s := newScript(t, "b")
	s.up("b", "a", "c", "d")
	sample := func(who string, ahead time.Duration) []string {
		e := s.here(who, 1, Lobby, uint64(s.now.UnixNano()), "").(EnvelopeReceived)
		return texts(s.give("b", EnvelopeReceived{PeerID(who), edit(e.Envelope, func(e *Envelope) { e.Messages[0].Stamp = StampAt(s.now.Add(ahead)) })}))
	}
	later := func(d time.Duration) string {
		s.now = s.now.Add(d)
		return strings.Join(texts(s.give("b", Tick{})), "\n")
	}
	sample("a", time.Hour)
	if got := later(clockPatience); !strings.Contains(got, "warning: the clocks of this machine and of peer a are 60 minutes apart – ") {
		t.Errorf("with one to compare with it is told %q", got)
	}
	s.now = s.now.Add(clockNotice)
	sample("a", 0)
	sample("c", 0)
	sample("d", time.Hour)
	if got := later(clockPatience); !strings.Contains(got, "warning: the clock of peer d is 60 minutes ahead – ") {
		t.Errorf("told %q", got)
	}
	s.now = s.now.Add(clockNotice / 2)
	sample("d", time.Hour)
	if got := later(clockPatience); strings.Contains(got, "clock") {
		t.Errorf("told again: %q", got)
	}
	// What a peer passes on says nothing of its author's clock.
	e := s.here("a", 1, Lobby, uint64(s.now.UnixNano()), "").(EnvelopeReceived)
	s.give("b", EnvelopeReceived{"c", edit(e.Envelope, func(e *Envelope) { e.Messages[0].Stamp = StampAt(s.now.Add(-time.Hour)) })})
	if p := s.cores["b"].roster.byID["a"]; p.ahead.Abs() > time.Minute {
		t.Errorf("by a message that c passed on, a's clock is %v ahead", p.ahead)
	}
}
