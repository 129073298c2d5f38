package chat

import (
	"fmt"
	"reflect"
	"testing"
)

// durable makes a core whose store answers when the test says so.
func durable(cfg *Config) { cfg.Keeps, cfg.Durable = true, true }

// split separates what goes to the store from the other effects.
func split(effects []Effect) (saves []Save, rest []string) {
	var others []Effect
	for _, e := range effects {
		if s, ok := e.(Save); ok {
			saves = append(saves, s)
		} else {
			others = append(others, e)
		}
	}
	return saves, texts(others)
}

// changes names the kinds of changes of all saves, in order.
func changes(saves []Save) (names []string) {
	for _, s := range saves {
		for _, ch := range s.Changes {
			names = append(names, reflect.TypeOf(ch).Name())
		}
	}
	return names
}

// started gives a core its start and takes all that follows as saved.
func started(t *testing.T, s *script, who string) uint64 {
	t.Helper()
	saves, _ := split(s.give(who, Started{}))
	if len(saves) != 1 {
		t.Fatalf("a start makes %d saves, want 1: the name of the database's logs", len(saves))
	}
	s.give(who, Saved{Through: saves[0].N})
	return saves[0].N
}

func TestWhatIsSaidShowsWhenItIsDurable(t *testing.T) {
	s := newScript(t)
	s.join("a", durable)
	n := started(t, s, "a")
	saves, now := split(s.give("a", Say{"good morning"}))
	if got := fmt.Sprint(changes(saves)); got != "[Kept Moved]" || len(now) > 0 {
		t.Fatalf("after Say: saves %s, and at once %q; want the envelope saved and nothing else", got, now)
	}
	if saves[0].N != n+1 {
		t.Errorf("save %d follows %d", saves[0].N, n)
	}
	if _, now = split(s.give("a", Say{"and again"})); len(now) > 0 {
		t.Errorf("before the first is durable the second shows: %q", now)
	}
	_, now = split(s.give("a", Saved{Through: n + 1}))
	s.compare("a", Saved{}, now, []string{`shown mine a1 "good morning"`, `publish a1 "good morning"`})
	_, now = split(s.give("a", Saved{Through: n + 2}))
	s.compare("a", Saved{}, now, []string{`shown mine a2 "and again"`})
}

func TestReceiptWaitsForTheStore(t *testing.T) {
	s := newScript(t, "b")
	s.join("a", durable)
	n := started(t, s, "a")
	s.up("b", "a")
	s.give("b", SendDirect{To: "a", Text: "hi"})
	_, now := split(s.give("a", s.direct("b>a1", 1)))
	if len(now) > 0 {
		t.Fatalf("before it is durable: %q", now)
	}
	_, now = split(s.give("a", Saved{Through: n + 1}))
	s.compare("a", Saved{}, now, []string{`shown b>a1 "hi"`, "answer stored up to 1"})
}

func TestNothingIsConfirmedWhileNothingCanBeSaved(t *testing.T) {
	s := newScript(t, "b")
	s.join("a", durable)
	n := started(t, s, "a")
	s.up("b", "a")
	s.give("b", SendDirect{To: "a", Text: "hi"})
	s.give("a", s.direct("b>a1", 1))
	_, now := split(s.give("a", Saved{Through: n + 1, Err: "no space left on device"}))
	s.compare("a", Saved{}, now, []string{`shown b>a1 "hi"`, "answer busy up to 0", "warning: cannot save – no space left on device…"})
	// It comes again: still no receipt.
	_, now = split(s.give("a", s.direct("b>a1", 1)))
	s.compare("a", DirectReceived{}, now, []string{"answer busy up to 0"})
	_, now = split(s.give("a", Saved{Through: n + 2, Err: "no space left on device"}))
	s.compare("a", Saved{}, now, nil)
	_, now = split(s.give("a", Saved{Through: n + 2, Err: "saving has stopped"}))
	s.compare("a", Saved{}, now, []string{"warning: cannot save – saving has stopped…"})
	// There is room again, and all of it is durable.
	_, now = split(s.give("a", Saved{Through: s.cores["a"].saving.asked}))
	if len(now) != 1 {
		t.Errorf("saved again: %q, want a notice", now)
	}
	_, now = split(s.give("a", s.direct("b>a1", 1)))
	s.compare("a", DirectReceived{}, now, []string{"answer stored up to 1"})
}

func TestMemoryStoreHoldsNothingBack(t *testing.T) {
	s := newScript(t)
	s.join("a", func(cfg *Config) { cfg.Keeps = true })
	s.give("a", Started{})
	saves, now := split(s.give("a", Say{"good morning"}))
	if len(saves) != 1 {
		t.Errorf("%d saves, want 1", len(saves))
	}
	s.compare("a", Say{}, now, []string{`shown mine a1 "good morning"`, `publish a1 "good morning"`})
}

func TestCongestionStopsEverythingButTheStore(t *testing.T) {
	s := newScript(t)
	c := s.join("a", durable)
	n := started(t, s, "a")
	for i := 0; !c.Congested(); i++ {
		if i > 10*maxParked {
			t.Fatal("never congested")
		}
		s.give("a", EnvelopeReceived{From: "x", Envelope: s.forge("x", 1, uint64(i+1), "line")})
		if len(c.saving.parked) >= maxParked && !c.Saturated() {
			t.Fatal("congested and not saturated")
		}
	}
	s.give("a", Saved{Through: c.saving.asked})
	if c.Congested() || len(c.saving.parked) > 0 {
		t.Errorf("all of %d saves is durable and %d effects are parked", c.saving.asked-n, len(c.saving.parked))
	}
}
