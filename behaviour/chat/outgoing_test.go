package chat

import (
	"fmt"
	"strings"
	"testing"
)

func TestFirstLineLeavesAtOnceOthersTogether(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", Say{"one"}, `shown mine a1 "one"`, `publish a1 "one"`)
	s.step("a", Say{"two"}, `shown mine a2 "two"`)
	s.step("a", Say{"three"}, `shown mine a3 "three"`)
	s.step("a", Published{Lobby, 1, 4, ""}, "sent a1 to 4", `publish a2 "two" "three"`)
	s.step("a", Published{Lobby, 1, 4, ""}) // an outcome that came twice
	s.step("a", Published{Lobby, 3, 4, ""}, "sent a2 to 4", "sent a3 to 4")
	s.step("a", Say{"four"}, `shown mine a4 "four"`, `publish a4 "four"`)
}

func TestPublishedToNobody(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", asks{Owner, "r1", Say{"one"}}, `shown mine a1 "one" (r1)`, `publish a1 "one"`)
	s.step("a", Published{Lobby, 1, 0, ""}, "queued a1: nobody is here yet (r1)")
	s.step("a", PeerUp{"b"}, "came b", "sync with b: has a1-1")
	s.step("a", SyncDone{With: "b", Deltas: s.delta(nil)}, "sync with b: has a1-1 gives a1") // whoever comes gets it
}

func TestPublishedToGuestsAlone(t *testing.T) {
	s := newScript(t, "a")
	s.enter("a", "anna")
	s.give("a", asks{1, "", OpenLobby{}})
	s.step("a", Say{"one"}, `shown mine a1 "one"`, `guest 1: shown a1 "one"`, `publish a1 "one"`)
	s.step("a", Published{Lobby, 1, 0, ""}, "queued a1") // somebody is here
	s.give("a", asks{1, "", Exit{}})
	s.give("a", Say{"two"})
	s.step("a", Published{Lobby, 2, 0, ""}, "queued a2: nobody is here yet")
}

func TestPublishThatFailsIsOfferedBySync(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.step("a", Say{"one"}, `shown mine a1 "one"`, `publish a1 "one"`)
	s.step("a", Published{Lobby, 1, 0, "queue full"}, "queued a1: queue full", "sync with b: has a1-1")
}

func TestEnvelopeIsBoundedInMessages(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Say{"first"})
	for i := range MaxBatch + 1 {
		s.give("a", Say{fmt.Sprint(i)})
	}
	s.give("a", Published{Lobby, 1, 1, ""})
	if n := len(s.get("a2").Messages); n != MaxBatch {
		t.Fatalf("the envelope has %d messages, want %d", n, MaxBatch)
	}
	s.give("a", Published{Lobby, 1 + MaxBatch, 1, ""})
	if n := len(s.get(fmt.Sprint("a", 2+MaxBatch)).Messages); n != 1 {
		t.Fatalf("the next envelope has %d messages, want 1", n)
	}
}

func TestEnvelopeIsBoundedInBytes(t *testing.T) {
	long := strings.Repeat("x", MaxText)
	s := newScript(t, "a")
	s.step("a", Say{"first"}, `shown mine a1 "first"`, `publish a1 "first"`)
	s.step("a", Say{"short"}, `shown mine a2 "short"`)
	s.step("a", Say{long}, "shown mine a3 "+short(long))
	s.step("a", Say{long}, "shown mine a4 "+short(long))
	s.step("a", Published{Lobby, 1, 1, ""}, "sent a1 to 1", `publish a2 "short" `+short(long))
	s.step("a", Published{Lobby, 3, 1, ""}, "sent a2 to 1", "sent a3 to 1", "publish a4 "+short(long))
	for _, name := range []string{"a2", "a4"} {
		size := envelopeOverhead
		for i := range s.get(name).Messages {
			size += s.get(name).Messages[i].size()
		}
		if size > MaxEnvelope {
			t.Errorf("%s may take %d bytes, more than %d", name, size, MaxEnvelope)
		}
	}
}

func TestLongestMessageFitsAlone(t *testing.T) {
	m := Message{
		Name: strings.Repeat("n", MaxName), Guest: strings.Repeat("g", MaxName),
		Body: strings.Repeat("x", MaxText), Deps: make([]Ref, MaxDeps), Re: &Ref{},
	}
	if n := envelopeOverhead + m.size(); n > MaxEnvelope {
		t.Fatalf("a message with everything takes %d bytes, an envelope %d", n, MaxEnvelope)
	}
}

func TestSaturatedUntilTheNetworkIsFaster(t *testing.T) {
	s := newScript(t, "a")
	a := s.cores["a"]
	said := uint64(0)
	for ; said < maxPending; said++ { // one is in flight
		s.give("a", Say{"x"})
	}
	if a.Saturated() {
		t.Fatalf("saturated with %d lines pending", len(a.lobby.mine.pending))
	}
	s.give("a", Say{"x"})
	if !a.Saturated() {
		t.Fatalf("not saturated with %d lines pending", len(a.lobby.mine.pending))
	}
	s.give("a", Published{Lobby, 1, 1, ""})
	if a.Saturated() {
		t.Fatal("still saturated after an envelope has left")
	}
}

func TestSaturatedByBytes(t *testing.T) {
	s := newScript(t, "a")
	long := strings.Repeat("x", MaxText)
	n := 0
	for ; !s.cores["a"].Saturated(); n++ {
		s.give("a", Say{long})
	}
	if n > maxQueueBytes/2/MaxText+1 {
		t.Fatalf("saturated only after %d long lines", n)
	}
	for range n {
		if f := s.cores["a"].lobby.mine.flight; f != nil {
			s.give("a", Published{Lobby, f.Last(), 1, ""})
		}
	}
	if left := s.cores["a"].lobby.mine.bytes; left != 0 || s.cores["a"].Saturated() {
		t.Fatalf("all has left and %d bytes still count", left)
	}
}

func TestQueueIsBounded(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	for range maxQueue + 1 {
		s.give("a", Say{"x"})
		s.give("a", SendDirect{To: "b", Text: "x"})
	}
	s.step("a", Say{"too much"}, "refused overloaded: too much is waiting to be sent; try again in a moment")
	s.step("a", SendDirect{To: "b", Text: "too much"}, "refused overloaded: too much is waiting for peer b…")
	s.give("a", Published{Lobby, 1, 1, ""})
	s.step("a", Say{"again"}, fmt.Sprintf(`shown mine a%d "again"`, maxQueue+2))
}

func TestQueueIsBoundedInBytes(t *testing.T) {
	s := newScript(t, "a")
	long := strings.Repeat("x", MaxText)
	for range 2 + maxQueueBytes/MaxText {
		s.give("a", Say{long})
	}
	if n := s.cores["a"].lobby.mine.bytes; n > maxQueueBytes+MaxText+envelopeOverhead {
		t.Fatalf("%d bytes wait", n)
	}
	s.step("a", Say{"too much"}, "refused overloaded: …")
}

func TestPeerThatCannotBeReachedDoesNotSaturate(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.step("a", PeerDown{"b"}, "left b")
	for range 2 * maxPending {
		s.give("a", SendDirect{To: "b", Text: "x"})
	}
	if !s.cores["a"].Saturated() {
		t.Fatal("not saturated while the first attempt is under way")
	}
	s.give("a", SendDone{To: "b", Last: 1, Err: "no way there"})
	if s.cores["a"].Saturated() {
		t.Fatal("saturated by messages to a peer that cannot be reached")
	}
	s.give("a", SendDirect{To: "b", Text: "x"})
	if s.cores["a"].Saturated() {
		t.Fatal("saturated by one more")
	}
	for last := uint64(1); s.cores["a"].outbox() > 0; {
		if last > 4*maxPending {
			t.Fatal("more messages than there were")
		}
		s.give("a", PeerUp{"b"})
		s.give("a", SendDone{To: "b", Last: last, Verdict: Stored})
		d := s.cores["a"].directs["b"]
		if d.mine.flight == nil {
			break
		}
		if d.mine.flight.Last() == last {
			t.Fatalf("message %d is not sent when the peer comes", last)
		}
		last = d.mine.flight.Last()
	}
	if n := s.cores["a"].roster.pending; n != 0 || s.cores["a"].Saturated() {
		t.Fatalf("after all has arrived %d still count as pending", n)
	}
}

func BenchmarkSay(b *testing.B) {
	s := newScript(nil)
	c := s.join("a", func(c *Config) { c.Seal = func(e *Envelope) { e.Raw = make([]byte, 200) } })
	text := strings.Repeat("x", 100)
	b.ReportAllocs()
	for i := uint64(1); b.Loop(); i++ {
		c.HandleInstruction(noon, Asker{}, Say{text})
		c.HandleEvent(noon, Published{Lobby, i, 8, ""})
	}
}
