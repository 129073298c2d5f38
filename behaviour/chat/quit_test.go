package chat

import (
	"testing"
	"time"
)

func TestQuitWithNothingToSend(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.step("a", Quit{}, "ended, 0 undelivered", "stop")
	s.step("a", Quit{})
	s.step("a", Tick{})
}

func TestQuitAlone(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Say{"anybody?"})
	s.step("a", Quit{}, "ended, 1 undelivered", "stop")
}

func TestQuitWaitsUntilANeighbourConfirms(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.step("a", Say{"bye"}, `shown mine a1 "bye"`, `publish a1 "bye"`)
	s.step("a", Quit{}, "sync with b: has a1-1")
	s.step("a", Published{Lobby, 1, 1, ""}, "sent a1 to 1") // handed over is not arrived
	s.step("a", SyncDone{With: "b", Deltas: s.delta(nil)}, "sync with b: has a1-1 gives a1")
	s.step("a", SyncDone{With: "b", Deltas: s.delta([]LogState{holds("a", 1, 1)})}, "ended, 0 undelivered", "stop")
}

func TestQuitOffersAgainUntilSomebodyConfirms(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.give("a", Say{"bye"})
	s.step("a", Quit{}, "sync with b: has a1-1")
	for range 3 {
		s.step("a", SyncDone{With: "b", Err: "stream reset"})
		s.wake("a", "sync with b: has a1-1")
	}
	s.step("a", SyncDone{With: "b", Deltas: s.delta([]LogState{holds("a", 1, 1)})}, "ended, 0 undelivered", "stop")
}

func TestQuitKnowsWhatWasConfirmedBefore(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.play("a", Say{"bye"})
	s.play("b", LinkFormed{"a"})
	s.forget()
	s.step("a", Quit{}, "ended, 0 undelivered", "stop")
}

func TestNobodyConfirmsMoreThanThereIs(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.give("a", SyncDone{With: "b"})
	s.step("a", SyncRequested{1, "b", s.delta([]LogState{holds("a", 1, 1000)})}, "answer sync: nothing")
	s.give("a", Say{"bye"})
	s.step("a", Quit{}, "sync with b: has a1-1")
}

func TestQuitIsBounded(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.give("a", Say{"bye"})
	s.give("a", SendDirect{To: "b", Text: "one"})
	s.give("a", SendDirect{To: "b", Text: "two"})
	s.give("a", Quit{})
	s.at(DrainTime - time.Millisecond)
	s.step("a", Tick{})
	s.at(DrainTime)
	s.step("a", Tick{}, "ended, 3 undelivered", "stop")
}

func TestQuitWaitsForSomebodyWhoIsExpected(t *testing.T) {
	s := newScript(t)
	s.join("a", func(c *Config) { c.Expecting = true })
	s.give("a", Say{"hi"})
	s.step("a", Quit{})
	s.at(time.Second)
	s.step("a", PeerUp{"b"}, "came b", "sync with b: has a1-1")
	s.step("a", SyncDone{With: "b", Deltas: s.delta([]LogState{holds("a", 1, 1)})}, "ended, 0 undelivered", "stop")
}

func TestQuitWaitsForDirectMessages(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.give("a", SendDirect{To: "b", Text: "one"})
	s.give("a", SendDirect{To: "b", Text: "two"})
	s.step("a", Quit{})
	if wake := s.cores["a"].Wake(); !wake.Equal(noon.Add(DrainTime)) {
		t.Errorf("it wants to be woken at %v, want the end of the drain", wake)
	}
	s.step("a", SendDone{To: "b", Last: 1, Verdict: Stored}, "delivered a>b1", `send to b a>b2 "two"`)
	s.step("a", SendDone{To: "b", Last: 2, Verdict: Stored}, "delivered a>b2", "ended, 0 undelivered", "stop")
}

func TestQuitWaitsForWhoIsLookedFor(t *testing.T) {
	s := newScript(t)
	s.join("n1", numbered)
	s.up("n1", "n2")
	s.step("n1", SendDirect{To: "9", Text: "bye"}, "find n9")
	s.step("n1", Quit{})
	s.step("n1", FindDone{"n9", true}, `shown mine n1>n91 "bye"`, `send to n9 n1>n91 "bye"`)
	s.step("n1", SendDone{To: "n9", Last: 1, Verdict: Stored}, "delivered n1>n91", "ended, 0 undelivered", "stop")
}

func TestQuitDoesNotWaitForAnswersToHellos(t *testing.T) {
	s := newScript(t, "a", "b")
	s.up("b", "a")
	s.give("a", SayHello{})
	s.give("b", s.gossip("a", "a1"))
	s.wake("b", "send to a b>a1 hello-ack re a1")
	s.step("b", Quit{}, "ended, 0 undelivered", "stop")
}

func TestQuitByAGuest(t *testing.T) {
	s := newScript(t, "a")
	s.enter("a", "bob")
	s.step("a", asks{1, "r", Quit{}}, "guest 1: ended, 0 undelivered (r)")
	s.step("a", asks{1, "r", Say{"hi"}}, "guest 1: refused no-place: nobody has entered here under that name yet (r)")
	s.step("a", Say{"still here"}, `shown mine a1 "still here"`, `publish a1 "still here"`)
}

func TestNothingIsAcceptedWhileDraining(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.give("a", Say{"bye"})
	s.give("a", Quit{})
	s.step("a", Say{"one more"}, "refused overloaded: the node is stopping; nothing was sent")
	s.step("a", SayHello{}, "refused overloaded: the node is stopping; nothing was sent")
	s.step("a", SendDirect{To: "b", Text: "psst"}, "refused overloaded: …")
	s.sealed["c1"] = s.forge("c", 1, 1, "others go on")
	s.step("a", s.gossip("c", "c1"), `shown c1 "others go on"`)
}

func TestQuitAcrossTheNetwork(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.forget()
	for range 500 {
		s.collect("a", s.give("a", Say{"x"})) // piped in at once
	}
	s.play("a", Quit{})
	s.pass(time.Second)
	last := s.told["a"][len(s.told["a"])-1]
	if last != "ended, 0 undelivered" {
		t.Errorf("a was told last: %s", last)
	}
	if n := len(s.told["b"]); n != 500 {
		t.Errorf("b saw %d lines, want 500", n)
	}
}
