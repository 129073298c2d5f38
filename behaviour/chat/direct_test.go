package chat

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestDirectIsDeliveredWithAReceipt(t *testing.T) {
	s := newScript(t, "a", "b")
	s.up("a", "b")
	s.step("a", asks{Owner, "r7", SendDirect{To: "b", Text: "hi"}}, `shown mine a>b1 "hi" (r7)`, `send to b a>b1 "hi"`)
	s.step("b", s.direct("a>b1", 1), `shown a>b1 "hi"`, "answer stored up to 1")
	s.step("a", SendDone{To: "b", Last: 1, Verdict: Stored}, "delivered a>b1 (r7)")
	s.step("a", SendDone{To: "b", Last: 1, Verdict: Stored}) // an outcome that came twice
}

func TestDirectsKeepTheirOrderOneInFlight(t *testing.T) {
	s := newScript(t, "a", "b")
	s.up("a", "b", "c")
	s.step("a", SendDirect{To: "b", Text: "1"}, `shown mine a>b1 "1"`, `send to b a>b1 "1"`)
	s.step("a", SendDirect{To: "b", Text: "2"}, `shown mine a>b2 "2"`)
	s.step("a", SendDirect{To: "b", Text: "3"}, `shown mine a>b3 "3"`)
	s.step("a", SendDirect{To: "c", Text: "1"}, `shown mine a>c1 "1"`, `send to c a>c1 "1"`) // others do not wait
	s.step("b", s.direct("a>b1", 1), `shown a>b1 "1"`, "answer stored up to 1")
	s.step("a", SendDone{To: "b", Last: 1, Verdict: Stored}, "delivered a>b1", `send to b a>b2 "2" "3"`)
	s.step("b", s.direct("a>b2", 2), `shown a>b2 "2"`, `shown a>b3 "3"`, "answer stored up to 3")
	s.step("a", SendDone{To: "b", Last: 3, Verdict: Stored}, "delivered a>b2", "delivered a>b3")
}

func TestDirectIsTriedAgain(t *testing.T) {
	for _, c := range []struct {
		name string
		done SendDone
		told string
	}{
		{"busy", SendDone{To: "b", Last: 1, Verdict: Busy}, "queued a>b1: their node is busy; trying again until it arrives"},
		{"not there", SendDone{To: "b", Last: 1, Err: "no route"}, "queued a>b1: no route; trying again until it arrives"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t, "a")
			s.up("a", "b")
			s.step("a", SendDirect{To: "b", Text: "hi"}, `shown mine a>b1 "hi"`, `send to b a>b1 "hi"`)
			told := []string{c.told}
			pause := retryFirst
			for range 12 {
				s.step("a", c.done, told...)
				told = nil // once
				before := s.now
				s.wake("a", `send to b a>b1 "hi"`)
				if got := s.now.Sub(before); got < pause*8/10 || got > pause*12/10 {
					t.Fatalf("tried again after %v, want %v ±20 %%", got, pause)
				}
				pause = min(2*pause, retryLast)
			}
			s.step("a", SendDone{To: "b", Last: 1, Verdict: Stored}, "delivered a>b1")
			if !s.cores["a"].Wake().IsZero() {
				t.Error("it tries again although it was delivered")
			}
		})
	}
}

func TestDirectIsTriedAtOnceWhenThePeerComes(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.step("a", PeerDown{"b"}, "left b")
	s.step("a", SendDirect{To: "b", Text: "hi"}, `shown mine a>b1 "hi"`, `send to b a>b1 "hi"`)
	s.step("a", SendDone{To: "b", Last: 1, Err: "no route"}, "queued a>b1: …")
	s.step("a", PeerUp{"b"}, "came b", "sync with b: nothing", `send to b a>b1 "hi"`)
	s.at(time.Second * 2)
	s.step("a", Tick{}) // the old timer does not send it a second time
	s.step("a", SendDone{To: "b", Last: 1, Verdict: Stored}, "delivered a>b1")
}

func TestOldTimerDoesNotHurryTheNextAttempt(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.step("a", PeerDown{"b"}, "left b")
	s.give("a", SendDirect{To: "b", Text: "hi"})
	s.step("a", SendDone{To: "b", Last: 1, Err: "no route"}, "queued a>b1: …")
	s.step("a", PeerUp{"b"}, "came b", "sync with b: nothing", `send to b a>b1 "hi"`)
	s.at(retryFirst / 2)
	s.step("a", SendDone{To: "b", Last: 1, Verdict: Busy})
	s.at(retryFirst * 5 / 4) // the first timer was due, the second is not
	s.step("a", Tick{})
	s.at(retryFirst * 7 / 4)
	s.step("a", Tick{}, `send to b a>b1 "hi"`)
}

func TestPeerThatComesDuringAnAttempt(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.step("a", PeerDown{"b"}, "left b")
	s.step("a", SendDirect{To: "b", Text: "hi"}, `shown mine a>b1 "hi"`, `send to b a>b1 "hi"`)
	s.step("a", PeerUp{"b"}, "came b", "sync with b: nothing") // one is under way
}

func TestLinesForAPeerThatIsAway(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.step("a", PeerDown{"b"}, "left b")
	s.give("a", SendDirect{To: "b", Text: "one"})
	s.step("a", SendDone{To: "b", Last: 1, Err: "no route"}, "queued a>b1: no route; trying again until it arrives")
	s.step("a", asks{Owner, "r2", SendDirect{To: "b", Text: "two"}}, `shown mine a>b2 "two" (r2)`, "queued a>b2: behind others for peer b that have not arrived yet (r2)")
}

// TestRefusalIsRepeated loses the answer to a message for a guest who is not
// there: it was not delivered, even if he is there when it comes again.
func TestRefusalIsRepeated(t *testing.T) {
	s := newScript(t, "b")
	forBob := func(first uint64, text string) *Envelope {
		return edit(to("b", s.forge("a", 1, first, text)), func(e *Envelope) { e.Messages[0].To = "bob" })
	}
	s.sealed["one"], s.sealed["two"] = forBob(1, "one"), forBob(2, "two")
	s.step("b", s.direct("one", 1), "answer refused up to 0")
	s.enter("b", "bob")
	s.step("b", s.direct("one", 1), "answer refused up to 0")
	s.step("b", s.direct("two", 2), `guest 1: shown a>b2 to bob "two"`, "answer stored up to 2")
	s.give("b", asks{1, "", Exit{}})
	s.step("b", s.direct("two", 2), "answer stored up to 2") // he has had it
}

func TestDirectIsRefused(t *testing.T) {
	for _, v := range []Verdict{Refused, Malformed} {
		s := newScript(t, "a")
		s.up("a", "b")
		s.step("a", SendDirect{To: "b", Text: "1"}, `shown mine a>b1 "1"`, `send to b a>b1 "1"`)
		s.step("a", SendDirect{To: "b", Text: "2"}, `shown mine a>b2 "2"`)
		s.step("a", SendDone{To: "b", Last: 1, Verdict: v}, fmt.Sprintf("failed a>b1: their node answered: %v", v), `send to b a>b2 "2"`)
		s.step("a", SendDone{To: "b", Last: 2, Verdict: Stored}, "delivered a>b2")
	}
}

func TestDirectExpires(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.give("a", SendDirect{To: "b", Text: "hi"})
	s.at(DirectExpiry - time.Millisecond)
	s.step("a", SendDone{To: "b", Last: 1, Err: "no route"}, "queued a>b1: …")
	s.at(DirectExpiry + retryLast)
	s.step("a", Tick{}, `send to b a>b1 "hi"`)
	s.step("a", SendDone{To: "b", Last: 1, Err: "no route"}, "failed a>b1: no route; given up")
	if !s.cores["a"].Wake().IsZero() {
		t.Error("it tries again although it gave up")
	}
}

func TestDirectsThatAreNotTheSenders(t *testing.T) {
	s := newScript(t, "b")
	for _, c := range []struct {
		name string
		from PeerID
		e    *Envelope
	}{
		{"of another author", "m", to("b", s.forge("a", 1, 1, "x"))},
		{"for somebody else", "a", to("c", s.forge("a", 1, 1, "x"))},
		{"for the lobby", "a", s.forge("a", 1, 1, "x")},
		{"from this node itself", "b", to("b", s.forge("b", 1, 1, "x"))},
		{"in this node's own name", "a", to("a", s.forge("b", 1, 1, "x"))},
		{"in a junk conversation", "a", edit(s.forge("a", 1, 1, "x"), func(e *Envelope) { e.Conversation = "dm/b/a" })},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.t = t
			s.step("b", DirectReceived{1, c.from, c.e, 1}, "answer refused up to 0")
		})
	}
}

func TestDirectThatComesAgain(t *testing.T) {
	s := newScript(t, "a", "b")
	s.up("a", "b")
	s.give("a", SendDirect{To: "b", Text: "hi"})
	s.step("b", s.direct("a>b1", 1), `shown a>b1 "hi"`, "answer stored up to 1")
	for range 100 {
		s.step("b", s.direct("a>b1", 1), "answer stored up to 1")
	}
}

func TestRestartedRecipient(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.play("a", SendDirect{To: "b", Text: "one"})
	s.join("b", func(c *Config) { c.Log = LogID{2} })
	s.forget()
	s.play("a", SendDirect{To: "b", Text: "two"})
	s.saw("b", `shown a>b2 "two"`)
	s.saw("a", `shown mine a>b2 "two"`, "delivered a>b2")
}

func TestRestartedSender(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.play("a", SendDirect{To: "b", Text: "one"})
	s.join("a", func(c *Config) { c.Log = LogID{2} })
	s.play("a", PeerUp{"b"})
	s.forget()
	s.play("a", SendDirect{To: "b", Text: "two"})
	s.saw("b", `shown a'>b1 "two"`)
}

func TestWhatIsNotComingIsTold(t *testing.T) {
	s := newScript(t, "b")
	s.sealed["a>b1"], s.sealed["a>b5"] = to("b", s.forge("a", 1, 1, "one")), to("b", s.forge("a", 1, 5, "five"))
	s.step("b", s.direct("a>b1", 1), `shown a>b1 "one"`, "answer stored up to 1")
	s.step("b", s.direct("a>b5", 5), "direct gap of 3 from a lost", `shown a>b5 "five"`, "answer stored up to 5")
	s.step("b", s.direct("a>b1", 1), "answer stored up to 5")
}

func TestDirectGapWithoutFloorIsBusy(t *testing.T) {
	s := newScript(t, "b")
	s.up("b", "c")
	s.sealed["a>b1"], s.sealed["a>b3"] = to("b", s.forge("a", 1, 1, "one", "two")), to("b", s.forge("a", 1, 3, "three"))
	s.step("b", s.direct("a>b3", 1), "answer busy up to 0")
	s.at(gapPatience + gapRetry)
	s.step("b", Tick{}) // it is not kept: a stranger must not fill the memory with what he leaves waiting
	s.step("b", s.direct("a>b1", 1), `shown a>b1 "one"`, `shown a>b2 "two"`, "answer stored up to 2")
	s.step("b", s.direct("a>b3", 1), `shown a>b3 "three"`, "answer stored up to 3")
}

func TestDirectFloorBeyondTheEnvelope(t *testing.T) {
	s := newScript(t, "b")
	s.sealed["a>b2"] = to("b", s.forge("a", 1, 2, "two"))
	s.step("b", s.direct("a>b2", 1<<63), `shown a>b2 "two"`, "answer stored up to 2")
}

func TestDirectFromTheFuture(t *testing.T) {
	s := newScript(t, "b")
	s.sealed["x"] = to("b", edit(s.forge("a", 1, 1, "soon"), func(e *Envelope) {
		e.Messages[0].Stamp = StampAt(s.now.Add(maxClock + time.Second))
	}))
	s.step("b", s.direct("x", 1), "answer busy up to 0")
	s.at(time.Second)
	s.step("b", s.direct("x", 1), `shown a>b1 "soon"`, "answer stored up to 1")
}

func TestDirectEquivocationHarmsOnlyTheLiar(t *testing.T) {
	s := newScript(t, "b")
	s.sealed["x"], s.sealed["y"] = to("b", s.forge("a", 1, 1, "yes")), to("b", s.forge("a", 1, 1, "no"))
	s.step("b", s.direct("x", 1), `shown a>b1 "yes"`, "answer stored up to 1")
	s.step("b", s.direct("y", 1), `equivocation of a in dm/a/b: 1 is "" and "no"`, "answer forked up to 1")
	s.sealed["z"] = to("b", s.forge("a", 2, 1, "another life"))
	s.step("b", s.direct("z", 1), `shown a'>b1 "another life"`, "answer stored up to 1")
}

func TestSixtyFifthLifeRetiresTheFirst(t *testing.T) {
	s := newScript(t, "b")
	say := func(life byte) Event {
		s.sealed["x"] = to("b", s.forge("a", life, 1, "hi"))
		return s.direct("x", 1)
	}
	for life := byte(1); life < maxDirectLogs; life++ { // b's own is one
		s.step("b", say(life), "shown a…", "answer stored up to 1")
	}
	s.step("b", say(1), "answer stored up to 1")
	s.step("b", say(maxDirectLogs), "shown a…", "answer stored up to 1")
	if r := s.cores["b"].directs["a"].room; len(r.list) != maxDirectLogs || r.logs[key("a", 1)] != nil || r.logs[key("b", 1)] == nil {
		t.Errorf("%d logs are known", len(r.list))
	}
	s.step("b", say(2), "answer stored up to 1") // the others are still known
	s.step("b", say(1), "answer stored up to 1") // retired, and remembered
}

func TestForgottenLifeThatWasStuck(t *testing.T) {
	s := newScript(t, "b")
	s.sealed["x"] = to("b", s.forge("a", 1, 5, "five"))
	s.step("b", s.direct("x", 1), "answer busy up to 0")
	for life := byte(2); life < maxDirectLogs+2; life++ {
		s.sealed["y"] = to("b", s.forge("a", life, 1, "hi"))
		s.step("b", s.direct("y", 1), "shown a…", "answer stored up to 1")
	}
	s.at(time.Minute)
	s.step("b", Tick{})
	checkBooks(t, s.cores["b"].directs["a"].room)
}

func TestOpenDirect(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.forget()
	s.play("a", OpenDirect{"b"})
	s.play("a", Say{"only you"})
	s.play("a", Blank{})
	s.play("a", OpenLobby{})
	s.play("a", Say{"everybody"})
	s.saw("a", `in dm with peer b`, `shown mine a>b1 "only you"`, "delivered a>b1",
		"in lobby", `shown mine a1 "everybody"`, "sent a1 to 1")
	s.saw("b", `shown a>b1 "only you"`, `shown a1 "everybody"`)
}

// Two who write to each other at once, over a way that breaks now and then,
// get every line once and in order.
func TestDirectBothWaysOverABadWay(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.forget()
	for i := range 50 {
		if i%7 == 3 {
			s.unlink("a", "b")
		}
		s.play("a", SendDirect{To: "b", Text: fmt.Sprint(i)})
		s.play("b", SendDirect{To: "a", Text: fmt.Sprint(i)})
		s.pass(100 * time.Millisecond)
		if i%7 == 5 {
			s.link("a", "b")
		}
	}
	s.link("a", "b")
	s.pass(time.Second)
	for _, who := range s.names {
		other := map[string]string{"a": "b", "b": "a"}[who]
		n, delivered := 0, 0
		for _, line := range s.told[who] {
			if strings.HasPrefix(line, "shown "+other) {
				if want := fmt.Sprintf("shown %s>%s%d %q", other, who, n+1, fmt.Sprint(n)); line != want {
					t.Fatalf("%s saw %s, want %s", who, line, want)
				}
				n++
			}
			if strings.HasPrefix(line, "delivered") {
				delivered++
			}
		}
		if n != 50 || delivered != 50 {
			t.Errorf("%s saw %d lines and %d receipts", who, n, delivered)
		}
	}
}

// A peer that takes its time with direct messages holds the owner's paste back for
// lagTime, and the books are even when all have arrived.
func TestWhoIsSlowHoldsUpNobody(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	c := s.cores["a"]
	c.directs["b"] = c.newDirect("b")
	d := c.directs["b"]
	for range maxPending + 1 {
		s.give("a", SendDirect{To: "b", Text: "x"})
	}
	s.at(lagTime - time.Second)
	s.give("a", Tick{})
	if !c.Saturated() {
		t.Error("the owner is not held back at all")
	}
	s.at(lagTime + time.Second)
	s.give("a", Tick{})
	if c.Saturated() {
		t.Error("nobody is heard because of a peer that does not answer")
	}
	held := d.mine.bytes + len(d.mine.flight.Raw)
	if c.roster.bytes != held {
		t.Errorf("%d bytes are counted, %d wait", c.roster.bytes, held)
	}
	for d.mine.flight != nil {
		s.give("a", SendDone{To: "b", Last: d.mine.flight.Last(), Verdict: Stored})
	}
	if c.roster.bytes != 0 || c.roster.pending != 0 || d.mine.guests != 0 {
		t.Errorf("%d bytes, %d messages, %d of guests are counted and nothing waits", c.roster.bytes, c.roster.pending, d.mine.guests)
	}
}

// Guests who look for peers leave room for the owner to do so.
func TestGuestsLeaveRoomToLookFor(t *testing.T) {
	s := newScript(t)
	c := s.join("a", func(cfg *Config) {
		cfg.ByNumber = func(n int) (PeerID, bool) { return PeerID(fmt.Sprint("peer", n)), true }
	})
	s.give("a", asks{1, "", Enter{"ann"}})
	for i := range maxFinds {
		s.give("a", asks{1, "", SendDirect{To: fmt.Sprint(i + 1), Text: "x"}})
	}
	if c.finding != maxFinds/2 {
		t.Errorf("%d are looked for, want %d", c.finding, maxFinds/2)
	}
	s.step("a", SendDirect{To: "1000", Text: "x"}, "find peer1000")
}
