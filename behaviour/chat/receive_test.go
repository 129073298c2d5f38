package chat

import (
	"fmt"
	"math"
	"testing"
	"time"
)

func TestShownOnceByTwoRoads(t *testing.T) {
	s := newScript(t, "a", "b")
	s.up("b", "a", "c")
	s.step("a", Say{"hi"}, `shown mine a1 "hi"`, `publish a1 "hi"`)
	s.step("b", s.gossip("a", "a1"), `shown a1 "hi"`)
	s.step("b", s.gossip("c", "a1"))
	s.step("b", SyncRequested{1, "c", s.delta([]LogState{holds("a", 1, 1)}, "a1")}, "answer sync: has a1-1")
	s.step("b", SyncDone{With: "c", Deltas: s.delta([]LogState{holds("a", 1, 1)}, "a1")})
}

func TestOwnEchoIsIgnored(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", Say{"hi"}, `shown mine a1 "hi"`, `publish a1 "hi"`)
	s.step("a", s.gossip("b", "a1"))
}

func TestGossipOfAnotherConversation(t *testing.T) {
	s := newScript(t, "b")
	s.sealed["x"] = to("c", s.forge("a", 1, 1, "not for b"))
	s.step("b", s.gossip("a", "x"))
	s.sealed["y"] = edit(s.forge("a", 1, 1, "not for b either"), func(e *Envelope) { e.Conversation = "#ops" })
	s.step("b", s.gossip("a", "y")) // another channel of the same topic
	s.saw("b")
}

func TestSecondBeforeFirst(t *testing.T) {
	s := newScript(t, "a", "b")
	s.up("b", "h")
	s.give("a", Say{"one"})
	s.give("a", Published{Lobby, 1, 1, ""})
	s.give("a", Say{"two"})
	s.step("b", s.gossip("h", "a2"), "sync with h: nothing") // the hop may have the first
	s.step("b", s.gossip("h", "a2"))
	s.step("b", s.gossip("h", "a1"), `shown a1 "one"`, `shown a2 "two"`)
	s.step("b", s.gossip("h", "a2"))
}

func TestAnswerBeforeWhatItAnswers(t *testing.T) {
	s := newScript(t, "a", "b", "c")
	s.up("c", "h")
	s.give("a", Say{"lunch?"})
	s.give("b", s.gossip("a", "a1"))
	s.step("b", Say{"yes"}, `shown mine b1 "yes"`, `publish b1 "yes" after a1`)
	s.step("c", s.gossip("h", "b1"), "sync with h: nothing")
	s.step("c", s.gossip("h", "a1"), `shown a1 "lunch?"`, `shown b1 "yes"`)
}

func TestAnswerAloneIsLateInTheEnd(t *testing.T) {
	s := newScript(t, "a", "b", "c")
	s.give("a", Say{"lunch?"})
	s.give("b", s.gossip("a", "a1"))
	s.give("b", Say{"yes"})
	s.give("b", Say{"at noon"})
	s.give("b", Published{Lobby, 1, 1, ""})
	s.step("c", s.gossip("b", "b1"))
	s.step("c", s.gossip("b", "b2"))
	s.at(gapLimit - time.Millisecond)
	s.step("c", Tick{})
	s.at(gapLimit + gapRetry)
	s.step("c", Tick{}, `shown late b1 "yes"`, `shown late b2 "at noon"`)
	s.step("c", s.gossip("a", "a1"), `shown a1 "lunch?"`)
}

func TestEveryDepThatIsNotToBeHadIsWaitedFor(t *testing.T) {
	s := newScript(t, "c")
	s.sealed["x"] = edit(s.forge("b", 1, 1, "one", "two"), func(e *Envelope) {
		e.Messages[0].Deps = []Ref{{key("y", 1), 1}}
		e.Messages[1].Deps = []Ref{{key("z", 1), 1}}
	})
	s.step("c", s.gossip("b", "x"))
	s.at(gapLimit + gapRetry)
	s.step("c", Tick{}, `shown late b1 "one"`)
	s.at(2 * gapLimit)
	s.step("c", Tick{})
	s.at(2*gapLimit + 3*gapRetry)
	s.step("c", Tick{}, `shown late b2 "two"`)
}

func TestDepsAreWhatMovedSinceTheLastMessage(t *testing.T) {
	s := newScript(t, "a")
	for _, author := range []string{"b", "c", "d", "e", "f"} {
		s.sealed["x"] = s.forge(author, 1, 1, "hi")
		s.step("a", s.gossip(author, "x"), fmt.Sprintf(`shown %s1 "hi"`, author))
	}
	s.sealed["x"] = s.forge("c", 1, 2, "more")
	s.step("a", s.gossip("c", "x"), `shown c2 "more"`)
	s.step("a", Say{"hello all"}, `shown mine a1 "hello all"`, `publish a1 "hello all" after d1 e1 f1 c2`)
	s.step("a", Published{Lobby, 1, 1, ""}, "sent a1 to 1")
	s.step("a", Say{"and"}, `shown mine a2 "and"`, `publish a2 "and"`)
}

func TestGapIsToldAndNeverSkipped(t *testing.T) {
	s := newScript(t, "b")
	one, three := s.forge("a", 1, 1, "one"), s.forge("a", 1, 4, "four")
	s.sealed["a1"], s.sealed["a2"], s.sealed["a4"] = one, s.forge("a", 1, 2, "two", "three"), three
	s.step("b", s.gossip("h", "a1"), `shown a1 "one"`)
	s.step("b", s.gossip("h", "a4"))
	s.at(gapPatience - time.Millisecond)
	s.step("b", Tick{})
	s.at(gapPatience + gapRetry)
	s.step("b", Tick{}, "gap of 2 from a")
	for range 200 {
		s.wake("b")
	}
	s.step("b", s.gossip("h", "a2"), `shown a2 "two"`, `shown a3 "three"`, `shown a4 "four"`)
	s.wake("b")
	if !s.cores["b"].Wake().IsZero() {
		t.Error("it still looks after a gap that is filled")
	}
}

func TestGapThatNobodyHasIsSkippedAndTold(t *testing.T) {
	s := newScript(t, "b")
	s.up("b", "c")
	for i, text := range []string{"one", "two", "three", "four"} {
		s.sealed[fmt.Sprint("a", i+1)] = s.forge("a", 1, uint64(i+1), text)
	}
	s.step("b", s.gossip("c", "a1"), `shown a1 "one"`)
	s.step("b", s.gossip("c", "a4"), "sync with c: has a1-1")
	// c has dropped what comes before 4.
	s.step("b", SyncDone{With: "c", Deltas: s.delta([]LogState{holds("a", 4, 4)}, "a4")})
	s.at(gapLimit - time.Millisecond)
	s.give("b", Tick{})
	s.at(gapLimit + gapRetry)
	s.step("b", Tick{}, "gap of 2 from a lost", `shown late a4 "four"`)
	s.step("b", s.gossip("c", "a3")) // too late: it was told as lost
}

// One who broadcasts the second word and never the first must not keep
// everybody busy.
func TestGapThatNobodyFillsIsLeftToTheRhythm(t *testing.T) {
	s := newScript(t, "b", "c")
	s.link("b", "c")
	s.play("b", Started{})
	s.forget()
	s.play("b", EnvelopeReceived{"c", s.forge("a", 1, 1, "one")})
	s.play("b", EnvelopeReceived{"c", s.forge("a", 1, 3, "three")})
	s.pass(time.Minute)
	before := s.syncs
	s.pass(time.Hour)
	if n := s.syncs - before; n < int(time.Hour/activeEvery)*8/10 || n > int(time.Hour/activeEvery)*12/10 {
		t.Errorf("%d syncs in an hour, want one in %v", n, activeEvery)
	}
	s.saw("b", `shown a1 "one"`, "gap of 1 from a")
}

func TestNewcomerWaitsForWhereALogBegins(t *testing.T) {
	s := newScript(t, "n")
	s.up("n", "c")
	s.sealed["a7"], s.sealed["a8"] = s.forge("a", 1, 7, "seven"), s.forge("a", 1, 8, "eight")
	s.step("n", s.gossip("c", "a8"), "sync with c: nothing")
	s.step("n", SyncDone{With: "c", Deltas: s.delta([]LogState{holds("a", 7, 8)}, "a7", "a8")}, `shown a7 "seven"`, `shown a8 "eight"`)
}

func TestNewcomerBeginsWhereThePartnerHasNothing(t *testing.T) {
	s := newScript(t, "n")
	s.up("n", "c")
	s.sealed["a8"] = s.forge("a", 1, 8, "eight")
	s.step("n", s.gossip("c", "a8"), "sync with c: nothing")
	// c knows of 7 and holds none any more.
	s.step("n", SyncDone{With: "c", Deltas: s.delta([]LogState{holds("a", 8, 7)})}, `shown a8 "eight"`, "sync with c: has a8-8 gives a8")
}

func TestBeginningOfALogOfWhichThereIsNoWord(t *testing.T) {
	s := newScript(t, "n")
	s.sealed["a8"] = s.forge("a", 1, 8, "eight")
	s.step("n", s.gossip("c", "a8"))
	s.at(gapPatience + gapRetry)
	s.step("n", Tick{}, "gap of 7 from a")
	s.at(gapHopeless - time.Second)
	s.step("n", Tick{})
	s.at(gapHopeless + gapRetry)
	s.step("n", Tick{}, "gap of 7 from a lost")
	s.wake("n", `shown late a8 "eight"`)
}

func TestRestartedAuthorBeginsANewLog(t *testing.T) {
	s := newScript(t, "b")
	s.sealed["a1"], s.sealed["a'1"] = s.forge("a", 1, 1, "before"), s.forge("a", 2, 1, "after")
	s.step("b", s.gossip("a", "a1"), `shown a1 "before"`)
	s.step("b", s.gossip("a", "a'1"), `shown a'1 "after"`)
}

func TestOwnEarlierLifeComesBack(t *testing.T) {
	s := newScript(t, "b")
	s.give("b", Say{"remember"})
	s.join("b", func(c *Config) { c.Log = LogID{2} })
	s.at(time.Minute)
	s.give("b", Started{})
	s.step("b", s.gossip("c", "b1"), `shown mine b1 "remember"`)
	s.step("b", s.gossip("c", "b1"))
	s.step("b", Say{"I do"}, `shown mine b'1 "I do"`, `publish b'1 "I do" after b1`)
}

func TestTwinIsNoticedOnce(t *testing.T) {
	s := newScript(t, "b")
	s.give("b", Started{})
	s.at(5 * time.Second)
	s.sealed["b'1"], s.sealed["b'2"] = s.forge("b", 2, 1, "I am b"), s.forge("b", 2, 2, "no, I am")
	s.step("b", s.gossip("c", "b'1"), "warning: another node is running as peer b…", `shown mine b'1 "I am b"`)
	s.step("b", s.gossip("c", "b'2"), `shown mine b'2 "no, I am"`)
}

// TestLastWordsOfAnEarlierLife come with the first sync and bear a time after the
// start of this one: somebody's clock had been ahead.
func TestLastWordsOfAnEarlierLife(t *testing.T) {
	s := newScript(t, "b")
	s.at(5 * time.Second)
	s.sealed["b'1"] = s.forge("b", 2, 1, "I was b")
	s.at(0)
	s.give("b", Started{})
	s.give("b", PeerUp{"c"})
	s.step("b", SyncDone{With: "c", Deltas: s.delta([]LogState{{LogKey: key("b", 2), From: 1, Head: 1}}, "b'1")}, `shown mine b'1 "I was b"`)
}

func TestEquivocationFreezesAndIsToldOnce(t *testing.T) {
	const told = "equivocation of a in lobby…"
	for _, c := range []struct {
		name   string
		honest []*Envelope
		shown  int
		liar   func(s *script) *Envelope
	}{
		{"shown already", nil, 1, func(s *script) *Envelope { return s.forge("a", 1, 1, "ONE") }},
		{"within a longer envelope", nil, 1, func(s *script) *Envelope { return s.forge("a", 1, 1, "ONE", "TWO", "THREE") }},
		{"waiting", nil, 1, func(s *script) *Envelope { return s.forge("a", 1, 5, "FIVE") }},
		{"waiting within a longer envelope", nil, 1, func(s *script) *Envelope { return s.forge("a", 1, 4, "FOUR", "FIVE", "SIX") }},
		{"waiting behind others that overlap", nil, 1, func(s *script) *Envelope { return s.forge("a", 1, 19, "NINETEEN") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t, "b")
			s.sealed["1"], s.sealed["5"] = s.forge("a", 1, 1, "one"), s.forge("a", 1, 5, "five")
			many := make([]string, 16)
			s.sealed["10"], s.sealed["12"], s.sealed["14"] = s.forge("a", 1, 10, many...), s.forge("a", 1, 12, ""), s.forge("a", 1, 14, "")
			s.step("b", s.gossip("h", "1"), `shown a1 "one"`)
			for _, name := range []string{"5", "10", "12", "14"} {
				s.step("b", s.gossip("h", name))
			}
			s.sealed["liar"] = c.liar(s)
			s.step("b", s.gossip("h", "liar"), told)
			s.step("b", s.gossip("h", "liar"))
			s.sealed["2"] = s.forge("a", 1, 2, "two")
			s.step("b", s.gossip("h", "2"))
			s.sealed["other life"] = s.forge("a", 2, 1, "sorry")
			s.step("b", s.gossip("h", "other life"), `shown a'1 "sorry"`)
			if n := s.cores["b"].lobby.earlyBytes; n != 0 {
				t.Errorf("%d bytes of the frozen log still wait", n)
			}
			s.at(time.Minute)
			s.step("b", Tick{})
		})
	}
}

func TestUnknownLogThatIsFrozenAndThenVouchedFor(t *testing.T) {
	s := newScript(t, "b")
	s.sealed["5"] = s.forge("a", 1, 5, "five")
	s.step("b", s.gossip("h", "5"))
	s.sealed["5"] = s.forge("a", 1, 5, "FIVE")
	s.step("b", s.gossip("h", "5"), `equivocation of a in lobby: 5 is "five" and "FIVE"`)
	forked := holds("a", 1, 0)
	forked.Forked = true
	s.step("b", SyncRequested{1, "c", s.delta([]LogState{holds("a", 2, 9)})}, "answer sync: has a1-0 gives a5 a5")
	s.step("b", SyncRequested{1, "c", s.delta([]LogState{forked})}, "answer sync: has a1-0")
	s.at(time.Minute)
	s.step("b", Tick{})
}

func TestStampsFromTheFuture(t *testing.T) {
	s := newScript(t, "b")
	ahead := func(d time.Duration) func(*Envelope) {
		return func(e *Envelope) { e.Messages[0].Stamp = StampAt(s.now.Add(d)) }
	}
	s.sealed["ok"] = edit(s.forge("a", 1, 1, "nearly"), ahead(maxClock))
	s.sealed["bad"] = edit(s.forge("a", 1, 2, "too far"), ahead(maxClock+time.Millisecond))
	s.sealed["max"] = edit(s.forge("a", 1, 2, "at the end of time"), func(e *Envelope) { e.Messages[0].Stamp = math.MaxUint64 })
	s.step("b", s.gossip("a", "ok"), `shown a1 "nearly"`)
	s.step("b", s.gossip("a", "bad"))
	s.step("b", s.gossip("a", "max"))
	if n := s.cores["b"].counts["stamped in the future"]; n != 2 {
		t.Errorf("counted %d, want 2", n)
	}
	s.at(time.Second) // it comes again when its time has come
	s.step("b", s.gossip("a", "bad"), `shown a2 "too far"`)
}

func TestClockFollowsWhatWasSeen(t *testing.T) {
	s := newScript(t, "a", "b")
	s.at(time.Minute)
	s.give("a", Say{"ahead"})
	s.at(0)
	s.give("b", s.gossip("a", "a1"))
	s.give("b", Say{"answer"})
	if a, b := s.get("a1").Messages[0].Stamp, s.get("b1").Messages[0].Stamp; b <= a {
		t.Errorf("the answer is stamped %v, what it answers %v", b.Time(), a.Time())
	}
}

func TestTimeThatGoesBackwards(t *testing.T) {
	s := newScript(t, "a")
	s.at(time.Hour)
	s.give("a", Say{"one"})
	s.give("a", Published{Lobby, 1, 1, ""})
	s.at(0)
	s.step("a", Say{"two"}, "warning: the clock of this machine went back by 60 minutes…", `shown mine a2 "two"`, `publish a2 "two"`)
	if one, two := s.get("a1").Messages[0].Stamp, s.get("a2").Messages[0].Stamp; two <= one {
		t.Error("the stamps went backwards")
	}
	s.sealed["x"] = s.forge("x", 1, 2, "with a gap before it")
	s.give("a", s.gossip("h", "x"))
	if wake := s.cores["a"].Wake(); !wake.Equal(noon.Add(gapRetry)) {
		t.Errorf("it wants to be woken at %v, want %v by the clock that was set back", wake.Sub(noon), gapRetry)
	}
}

func TestKindsFromTheFutureAreKeptNotShown(t *testing.T) {
	s := newScript(t, "b")
	s.sealed["x"] = edit(s.forge("a", 1, 1, "?", "text"), func(e *Envelope) { e.Messages[0].Kind = 77 })
	s.step("b", s.gossip("a", "x"), `shown a2 "text"`)
	s.step("b", Say{"seen"}, `shown mine b1 "seen"`, `publish b1 "seen" after a2`)
	s.step("b", SyncRequested{1, "c", s.delta([]LogState{holds("b", 1, 1)})}, "answer sync: has b1-1 a1-2 gives a1")
}

func TestDepsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		name string
		deps []Ref
		late bool
	}{
		{"number 0", []Ref{{key("z", 1), 0}}, false},
		{"itself", []Ref{{key("a", 1), 2}}, false},
		{"its own future", []Ref{{key("a", 1), math.MaxUint64}}, false},
		{"nobody's log", []Ref{{LogKey{}, 5}}, true},
		{"the end of a log", []Ref{{key("z", 1), math.MaxUint64}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t, "b")
			s.sealed["x"] = edit(s.forge("a", 1, 1, "one", "two"), func(e *Envelope) { e.Messages[1].Deps = c.deps })
			if !c.late {
				s.step("b", s.gossip("a", "x"), `shown a1 "one"`, `shown a2 "two"`)
				return
			}
			s.step("b", s.gossip("a", "x"), `shown a1 "one"`)
			s.at(gapLimit + gapRetry)
			s.step("b", Tick{}, `shown late a2 "two"`)
		})
	}
}

func TestCyclicDepsEndLate(t *testing.T) {
	s := newScript(t, "b")
	s.sealed["x"] = edit(s.forge("x", 1, 1, "hen"), func(e *Envelope) { e.Messages[0].Deps = []Ref{{key("y", 1), 1}} })
	s.sealed["y"] = edit(s.forge("y", 1, 1, "egg"), func(e *Envelope) { e.Messages[0].Deps = []Ref{{key("x", 1), 1}} })
	s.step("b", s.gossip("h", "x"))
	s.step("b", s.gossip("h", "y"))
	s.at(gapLimit + gapRetry)
	s.step("b", Tick{}, `shown late x1 "hen"`, `shown late y1 "egg"`)
}

// A log that waits for another, gets on in part and waits for it again, must
// still be woken; and what waits stands in the books exactly once.
func TestWaitingAgainForTheSameLog(t *testing.T) {
	s := newScript(t, "b")
	dep := func(seq uint64) []Ref { return []Ref{{key("y", 1), seq}} }
	s.sealed["x"] = edit(s.forge("x", 1, 1, "after 1", "after 2", "after 3"), func(e *Envelope) {
		for i := range e.Messages {
			e.Messages[i].Deps = dep(uint64(i + 1))
		}
	})
	s.step("b", s.gossip("h", "x"))
	for i := range uint64(3) {
		s.sealed["y"] = s.forge("y", 1, i+1, "y")
		s.step("b", s.gossip("h", "y"), fmt.Sprintf(`shown y%d "y"`, i+1), fmt.Sprintf(`shown x%d "after %d"`, i+1, i+1))
		checkBooks(t, s.cores["b"].lobby)
	}
}

func TestBooksOfWhatWaitsDoNotGrow(t *testing.T) {
	s := newScript(t, "b")
	s.sealed["x"] = edit(s.forge("x", 1, 1, make([]string, 40)...), func(e *Envelope) {
		for i := range e.Messages { // each waits for another log that does not exist, or for y and z in turn
			e.Messages[i].Deps = []Ref{{key(string(rune('y'+i%2)), byte(1+i/20*i)), 9}}
		}
	})
	s.give("b", s.gossip("h", "x"))
	for range 100 {
		s.now = s.now.Add(gapLimit)
		s.give("b", Tick{})
		checkBooks(t, s.cores["b"].lobby)
	}
	if n := len(s.cores["b"].lobby.blocked); n != 0 {
		t.Errorf("nothing waits and %d logs are waited for", n)
	}
}

func BenchmarkReceive(b *testing.B) {
	texts := make([]string, MaxBatch)
	for i := range texts {
		texts[i] = fmt.Sprintf("%-100d", i)
	}
	s := newScript(nil, "b")
	c := s.cores["b"]
	e := s.forge("a", 1, 1, texts...)
	b.ReportAllocs()
	for first := uint64(1); b.Loop(); first += MaxBatch {
		next := *e
		next.First = first
		if got := c.HandleEvent(noon, EnvelopeReceived{From: "a", Envelope: &next}); len(got) != MaxBatch {
			b.Fatalf("%d effects", len(got))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/MaxBatch, "ns/message")
}
