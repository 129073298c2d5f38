package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// after makes a forged envelope follow another.
func after(before, e *Envelope) *Envelope {
	return edit(e, func(e *Envelope) { e.Prev = before.Messages[len(before.Messages)-1].Hash })
}

// branches is what x says: one, then to some two and three, and to others TWO and THREE.
func branches(s *script) (one, two, three, TWO, THREE *Envelope) {
	one = s.forge("x", 1, 1, "one")
	two = after(one, s.forge("x", 1, 2, "two"))
	three = after(two, s.forge("x", 1, 3, "three"))
	TWO = after(one, s.forge("x", 1, 2, "TWO"))
	THREE = after(TWO, s.forge("x", 1, 3, "THREE"))
	return one, two, three, TWO, THREE
}

func TestContradiction(t *testing.T) {
	s := newScript(t)
	one, two, three, TWO, THREE := branches(s)
	change := func(e *Envelope, change func(*Envelope)) *Envelope {
		o := *e
		o.Messages = slices.Clone(e.Messages)
		return edit(&o, change)
	}
	long := s.forge("x", 1, 1, "one", "two", "three")
	for _, c := range []struct {
		name string
		a, b *Envelope
		seq  uint64
	}{
		{"the same", two, two, 0},
		{"one after the other", two, three, 0},
		{"another text", two, TWO, 2},
		{"after something else", two, THREE, 2},
		{"after something unknown", two, change(THREE, func(e *Envelope) { e.Prev = Hash{} }), 0},
		{"a gap between them", one, THREE, 0},
		{"the same in another envelope", long, two, 0},
		{"another text within a longer one", long, TWO, 2},
		{"the same after another text", long, change(three, func(e *Envelope) { e.Prev = TWO.Messages[0].Hash }), 2},
		{"another log", two, change(TWO, func(e *Envelope) { e.Log = LogID{2} }), 0},
		{"another author", two, change(TWO, func(e *Envelope) { e.Author = "y" }), 0},
		{"another conversation", two, change(TWO, func(e *Envelope) { e.Conversation = "#c" }), 0},
	} {
		if got := contradiction(c.a, c.b); got != c.seq {
			t.Errorf("%s: %d, want %d", c.name, got, c.seq)
		}
		if got := contradiction(c.b, c.a); got != c.seq {
			t.Errorf("%s, the other way round: %d, want %d", c.name, got, c.seq)
		}
	}
}

// accused are the lines that tell of an equivocation, and words those that x says.
func accused(s *script, who string) (lines, words []string) {
	for _, line := range s.told[who] {
		switch {
		case strings.HasPrefix(line, "equivocation"):
			lines = append(lines, line)
		case strings.HasPrefix(line, "shown x") || strings.HasPrefix(line, "shown late x"):
			words = append(words, line)
		}
	}
	return lines, words
}

// A fork is shown to two halves of a network that cannot talk. When they can, all
// know of it within 30 s, whatever was forgotten meanwhile, and so does who comes
// later. What was shown stays; nothing else of the log is shown.
func TestForkBetweenTwoHalvesIsProvedToAll(t *testing.T) {
	for _, c := range []struct {
		name        string
		kept, crash bool
		deep        bool // one branch goes on
	}{
		{name: "in memory"},
		{name: "in memory, one branch longer", deep: true},
		{name: "on disk", kept: true},
		{name: "on disk, after crashes", kept: true, crash: true},
		{name: "on disk, after crashes, one branch longer", kept: true, crash: true, deep: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			names := []string{"a", "b", "c", "d", "e"}
			var s *script
			if c.kept {
				s = newKeptScript(t, names...)
			} else {
				s = newScript(t, names...)
				for _, n := range names {
					s.play(n, Started{})
				}
			}
			s.link("a", "b")
			s.link("c", "d")
			s.pass(10 * time.Second)
			s.forget()
			one, two, three, TWO, _ := branches(s)
			for _, n := range []string{"a", "b", "c", "d"} {
				s.play(n, EnvelopeReceived{"x", one})
			}
			s.play("a", EnvelopeReceived{"x", two})
			s.play("b", EnvelopeReceived{"x", two})
			if c.deep {
				s.play("a", EnvelopeReceived{"x", three})
				s.play("b", EnvelopeReceived{"x", three})
			}
			s.play("c", EnvelopeReceived{"x", TWO})
			s.play("d", EnvelopeReceived{"x", TWO})
			s.pass(time.Minute)
			for _, n := range names {
				if lines, _ := accused(s, n); len(lines) > 0 {
					t.Fatalf("before they could know %s is told %q", n, lines)
				}
			}
			if c.crash {
				for _, n := range names[:4] {
					s.crash(n)
				}
				for _, n := range names[:4] {
					s.restart(n)
				}
				s.link("a", "b")
				s.link("c", "d")
				s.pass(10 * time.Second)
			}
			s.forget()
			s.link("b", "c")
			s.pass(30 * time.Second)
			for _, n := range names[:4] {
				if lines, words := accused(s, n); len(lines) != 1 || len(words) > 0 {
					t.Errorf("after the halves met %s is told %q and shown %q", n, lines, words)
				}
			}
			s.link("e", "a")
			s.pass(30 * time.Second)
			if lines, words := accused(s, "e"); len(lines) != 1 || len(words) > 1 || len(words) == 1 && !strings.Contains(words[0], `x1 "one"`) {
				t.Errorf("who comes later is told %q and shown %q", lines, words)
			}
			s.forget()
			if c.kept {
				s.crash("e")
				s.restart("e")
			}
			s.play("d", EnvelopeReceived{"x", after(TWO, s.forge("x", 1, 3, "more"))})
			s.play("d", EnvelopeReceived{"x", s.forge("x", 2, 1, "sorry")})
			s.pass(time.Minute)
			for _, n := range names {
				lines, words := accused(s, n)
				if len(lines) > 0 || len(words) != 1 || !strings.HasSuffix(words[0], `x'1 "sorry"`) {
					t.Errorf("afterwards %s is told %q and shown %q; the other log is as good as before", n, lines, words)
				}
			}
		})
	}
}

// The next message names what its author claims to have said.
func TestNextMessageGivesTheForkAway(t *testing.T) {
	s := newScript(t, "b")
	one, two, _, _, THREE := branches(s)
	s.step("b", EnvelopeReceived{"h", one}, `shown x1 "one"`)
	s.step("b", EnvelopeReceived{"h", two}, `shown x2 "two"`)
	s.step("b", EnvelopeReceived{"h", THREE}, `equivocation of x in lobby: 2 is "two" and ""`)
	s.step("b", EnvelopeReceived{"h", THREE})
}

// It may have come before what it contradicts.
func TestForkThatWaited(t *testing.T) {
	s := newScript(t, "b")
	one, two, _, _, THREE := branches(s)
	s.step("b", EnvelopeReceived{"h", THREE})
	s.step("b", EnvelopeReceived{"h", two}, `equivocation of x in lobby: 2 is "" and "two"`)
	s.step("b", EnvelopeReceived{"h", one})
	checkBooks(t, s.cores["b"].lobby)
}

func TestWhatDoesNotSayWhatItFollowsIsTaken(t *testing.T) {
	s := newScript(t, "b")
	s.step("b", EnvelopeReceived{"h", s.forge("x", 1, 1, "one")}, `shown x1 "one"`)
	s.step("b", EnvelopeReceived{"h", s.forge("x", 1, 2, "two")}, `shown x2 "two"`)
}

// What looks like a proof and is none does nothing.
func TestNoProof(t *testing.T) {
	s := newScript(t, "b")
	one, two, three, TWO, _ := branches(s)
	other := edit(s.forge("x", 2, 2, "TWO"), func(e *Envelope) {})
	in := edit(after(one, s.forge("x", 1, 2, "TWO")), func(e *Envelope) { e.Conversation = "#c" })
	vector := holds("x", 1, 3)
	vector.Forked = true
	turn := func(envelopes ...*Envelope) Event {
		s.ticket++
		return SyncRequested{s.ticket, "liar", []Delta{{Conversation: Lobby, Vector: []LogState{vector}, Envelopes: envelopes}}}
	}
	s.give("b", turn(one, two, other, in, three))
	s.give("b", turn(two, other))
	s.give("b", turn(in, two, in))
	if l := s.cores["b"].lobby.logs[key("x", 1)]; l.frozen || l.head != 3 {
		t.Fatalf("up to %d, frozen %v", l.head, l.frozen)
	}
	s.step("b", turn(two, TWO), `equivocation of x in lobby: 2 is "two" and "TWO"`, "answer sync: has x1-3")
}

// Proofs are bounded; of those that do not fit it is known that the log is forked.
func TestProofsAreBounded(t *testing.T) {
	s := newScript(t, "b")
	c := s.cores["b"]
	for i := range maxProofs + 10 {
		author := fmt.Sprint("x", i)
		s.give("b", EnvelopeReceived{"h", s.forge(author, 1, 1, "one")})
		s.give("b", EnvelopeReceived{"h", s.forge(author, 1, 1, "ONE")})
	}
	if n := len(c.proofs.list); n != maxProofs || len(c.proofs.of) != n || c.proofs.bytes <= 0 || c.proofs.bytes > maxProofsBytes {
		t.Errorf("%d proofs of %d bytes", n, c.proofs.bytes)
	}
	if l := c.lobby.logs[key("x0", 1)]; !l.frozen {
		t.Error("the first is not frozen any more")
	}
	big := func(text string) *Envelope {
		return edit(s.forge("y", 1, 1, text), func(e *Envelope) {})
	}
	one, other := big("one"), big("other")
	one.Raw, other.Raw = make([]byte, maxProofsBytes-100), make([]byte, maxProofsBytes-100)
	c.proofs.add(proof{Proved{one, other}, 1})
	if n := len(c.proofs.list); n != 1 {
		t.Errorf("%d proofs beside one that fills the bound", n)
	}
}

// A log that is forked and was forgotten is forked when it comes again.
func TestForkIsRememberedWhenTheLogIsRetired(t *testing.T) {
	s := newScript(t, "b")
	s.give("b", EnvelopeReceived{"h", s.forge("x", 1, 1, "one")})
	s.give("b", EnvelopeReceived{"h", s.forge("x", 1, 1, "ONE")})
	r := s.cores["b"].lobby
	r.makePlace(2)
	if r.logs[key("x", 1)] != nil {
		t.Fatal("it is there still")
	}
	s.step("b", EnvelopeReceived{"h", s.forge("x", 1, 2, "two")})
}

// Who has seen one branch of a fork, and says so, is heard by those who have seen none:
// at once when they know of the fork, and when they hear of it if not.
func TestForkHoldsUpNobodyElse(t *testing.T) {
	for _, first := range []bool{true, false} {
		s := newScript(t, "a")
		s.up("a", "b")
		yes, no := s.forge("x", 1, 1, "yes"), s.forge("x", 1, 1, "no")
		after := edit(s.forge("b", 1, 1, "I heard x"), func(e *Envelope) { e.Messages[0].Deps = []Ref{{key("x", 1), 1}} })
		prove := func() {
			s.give("a", SyncDone{With: "b"})
			s.give("a", SyncRequested{1, "b", []Delta{{Conversation: Lobby, Envelopes: []*Envelope{yes, no}}}})
		}
		if first {
			prove()
		}
		s.collect("a", s.give("a", EnvelopeReceived{From: "b", Envelope: after}))
		if !first {
			s.collect("a", s.give("a", SyncRequested{1, "b", []Delta{{Conversation: Lobby, Envelopes: []*Envelope{yes, no}}}}))
		}
		if got := strings.Join(s.told["a"], "\n"); !strings.Contains(got, "I heard x") {
			t.Errorf("proof first %t: a is told %q", first, got)
		}
	}
}
