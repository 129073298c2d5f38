package chat

import (
	"fmt"
	"slices"
	"testing"
)

// storedSession is alone with a store, which answers when the test says so and has
// everything so far.
func storedSession(t *testing.T) (*script, *session) {
	t.Helper()
	s := newScript(t)
	c := s.join("a", durable)
	started(t, s, "a")
	s.up("a", "b")
	s.give("a", Fork{"b"})
	x := c.users[0].seats[0].place.session
	s.savedAll("a")
	s.give("a", LineDone{Attempt: 1, Line: 1})
	s.give("a", s.frame(1, Frame{Kind: FrameHello, Session: x.id}))
	s.savedAll("a")
	return s, x
}

// savedAll makes all that a core has asked to be saved durable, and returns what
// comes of it.
func (s *script) savedAll(who string) (all []string) {
	c := s.cores[who]
	for c.saving.through < c.saving.asked {
		_, now := split(s.give(who, Saved{Through: c.saving.asked}))
		all = append(all, now...)
	}
	return all
}

// quietly gives a core something and compares what does not wait for the store.
func (s *script) quietly(who string, in any, want ...string) []Save {
	s.t.Helper()
	saves, now := split(s.give(who, in))
	s.compare(who, in, now, want)
	return saves
}

func TestTextsOfASessionShowWhenTheyAreDurable(t *testing.T) {
	s, _ := storedSession(t)
	saves := s.quietly("a", s.frame(1, data(1, 0, "x", "y")))
	if got := fmt.Sprint(changes(saves)); got != "[Recorded Recorded]" {
		t.Errorf("what is heard is saved as %s", got)
	}
	s.compare("a", Saved{}, s.savedAll("a"), []string{`shown b~1 in 1A "x"`, `shown b~2 in 1A "y"`, "line 1: ack has 2"})
	saves = s.quietly("a", Say{"one"})
	if got := fmt.Sprint(changes(saves)); got != "[Recorded Drafted]" {
		t.Errorf("what is said is saved as %s", got)
	}
	s.compare("a", Saved{}, s.savedAll("a"), []string{`shown mine a~1 in 1A "one"`, "line 1: 1 has 2"})
	saves = s.quietly("a", s.frame(1, Frame{Kind: FrameAck, Ack: 1}))
	if got := fmt.Sprint(changes(saves)); got != "[Settled]" {
		t.Errorf("that it has arrived is saved as %s", got)
	}
	s.compare("a", Saved{}, s.savedAll("a"), []string{"delivered a~1"})
	saves = s.quietly("a", Leave{})
	if got := fmt.Sprint(changes(saves)); got != "[Forgotten Noted Noted]" {
		t.Errorf("that it has ended is saved as %s", got)
	}
}

// While nothing can be saved a session goes on, and the other end is told of no more
// than cannot be lost.
func TestNothingInASessionIsConfirmedWhileNothingCanBeSaved(t *testing.T) {
	s, x := storedSession(t)
	s.quietly("a", s.frame(1, data(1, 0, "safe")))
	s.savedAll("a")
	s.quietly("a", s.frame(1, data(2, 0, "x")))
	_, now := split(s.give("a", Saved{Through: s.cores["a"].saving.asked, Err: "no space left on device"}))
	s.compare("a", Saved{}, now, []string{`shown b~2 in 1A "x"`, "line 1: ack has 1", "warning: cannot save – no space left on device…"})
	s.quietly("a", s.frame(1, data(3, 0, "y")), `shown b~3 in 1A "y"`, "line 1: ack has 1")
	s.quietly("a", Say{"one"}, `shown mine a~1 in 1A "one"`, "line 1: 1 has 1")
	// A new line tells no more either.
	s.quietly("a", LineClosed{Line: 1}, "open line to b: hello has 1")
	s.quietly("a", LineDone{Attempt: x.attempt, Line: 2})
	s.quietly("a", s.frame(2, Frame{Kind: FrameHello, Session: x.id}), "line 2: 1 has 1")
	// Some of it can be saved, then all.
	_, now = split(s.give("a", Saved{Through: s.cores["a"].saving.asked}))
	s.compare("a", Saved{}, now, []string{"line 2: ack has 3", "notice: saving again: nothing is lost"})
	s.quietly("a", s.frame(2, data(2, 1, "x", "y")))
	s.compare("a", Saved{}, s.savedAll("a"), []string{"delivered a~1", "line 2: ack has 3"})
}

// What was saved before is not what came last.
func TestOnlyWhatIsSavedIsConfirmed(t *testing.T) {
	s, _ := storedSession(t)
	c := s.cores["a"]
	s.quietly("a", s.frame(1, data(1, 0, "safe")))
	s.quietly("a", s.frame(1, data(2, 0, "x")))
	_, now := split(s.give("a", Saved{Through: c.saving.asked - 1}))
	s.compare("a", Saved{}, now, []string{`shown b~1 in 1A "safe"`, "line 1: ack has 1"})
	s.quietly("a", s.frame(1, data(3, 0, "y")))
	_, now = split(s.give("a", Saved{Through: c.saving.asked - 1}))
	s.compare("a", Saved{}, now, []string{`shown b~2 in 1A "x"`, "line 1: ack has 2"})
	_, now = split(s.give("a", Saved{Through: c.saving.asked, Err: "no space left on device"}))
	s.compare("a", Saved{}, now, []string{`shown b~3 in 1A "y"`, "line 1: ack has 2", "warning: …"})
}

// The save before one is not that one.
func TestWhatIsSavedLaterIsNotConfirmed(t *testing.T) {
	s, _ := storedSession(t)
	c := s.cores["a"]
	s.quietly("a", s.frame(1, data(1, 0, "x")))
	s.quietly("a", Saved{Through: c.saving.asked - 1})
	_, now := split(s.give("a", Saved{Through: c.saving.asked, Err: "no space left on device"}))
	s.compare("a", Saved{}, now, []string{`shown b~1 in 1A "x"`, "line 1: ack", "warning: …"})
}

// Of what was held back for the store when it failed, no more is confirmed.
func TestSessionThatEndsWhileNothingCanBeSaved(t *testing.T) {
	s, _ := storedSession(t)
	s.quietly("a", s.frame(1, data(1, 0, "x")))
	s.quietly("a", Leave{})
	_, now := split(s.give("a", Saved{Through: s.cores["a"].saving.asked, Err: "no space left on device"}))
	s.compare("a", Saved{}, now, []string{`shown b~1 in 1A "x"`, "line 1: ack", "session 1 with peer b closed A mine (back in 0)",
		"line 1: close 1", "close line 1", "warning: …"})
}

// What was said while nothing could be saved has arrived and is forgotten: the session
// goes on behind it.
func TestSessionGoesOnBehindWhatCouldNotBeSaved(t *testing.T) {
	s, x := storedSession(t)
	c := s.cores["a"]
	x.revived = true // as after a restart: three more were sent
	s.give("a", LineClosed{Line: 1})
	s.savedAll("a")
	s.give("a", LineDone{Attempt: x.attempt, Line: 2})
	saves, _ := split(s.give("a", s.frame(2, Frame{Kind: FrameHello, Session: x.id, Ack: 3})))
	if got := changes(saves); !slices.Contains(got, "Moved") {
		t.Errorf("the next restart does not know: it saves %v", got)
	}
	s.savedAll("a")
	s.give("a", Say{"four"})
	s.compare("a", Say{}, s.savedAll("a"), []string{`shown mine a~4 in 1A "four"`, "line 2: 4"})
	checkSessions(t, c)
}

// If something else has been said under those numbers, the session ends and its
// author is told what has not arrived.
func TestSessionEndsWhereNumbersWouldComeTwice(t *testing.T) {
	s, x := storedSession(t)
	x.revived = true
	s.give("a", LineClosed{Line: 1})
	s.give("a", Say{"one"})
	s.savedAll("a")
	s.give("a", LineDone{Attempt: x.attempt, Line: 2})
	s.quietly("a", s.frame(2, Frame{Kind: FrameHello, Session: x.id, Ack: 3}), "line 2: close 3", "close line 2",
		"session 1 with peer b closed A: what was said in it before the restart could not be saved, and there is no going on behind it (back in 0)",
		"failed a~1: what was said in it before the restart could not be saved, and there is no going on behind it")
	nothingLeft(t, s.cores["a"])
}

// A peer that has not restarted cannot have more than it was sent, and none that much.
func TestAcknowledgementsThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		revived bool
		ack     uint64
	}{"no restart": {false, 3}, "a restart": {true, maxNumber + 1}, "the greatest": {true, 1<<64 - 1}} {
		s, x := storedSession(t)
		x.revived = c.revived
		s.give("a", LineClosed{Line: 1})
		s.savedAll("a")
		s.give("a", LineDone{Attempt: x.attempt, Line: 2})
		if _, now := split(s.give("a", s.frame(2, Frame{Kind: FrameHello, Session: x.id, Ack: c.ack}))); !slices.Contains(now, "line 2: close 6") {
			t.Errorf("%s: it answers %q", name, now)
		}
		nothingLeft(t, s.cores["a"])
	}
}

// A signal to end is no wish to end what is going on; \quit is.
func TestQuit(t *testing.T) {
	s, _ := storedSession(t)
	s.give("a", Say{"on its way"})
	s.savedAll("a")
	s.quietly("a", Quit{Returning: true})
	s.at(DrainTime)
	s.quietly("a", Tick{}, "ended, 1 undelivered", "stop")

	s, _ = storedSession(t)
	s.give("a", LineClosed{Line: 1})
	s.give("a", Say{"kept"})
	s.savedAll("a")
	s.quietly("a", Quit{Returning: true}, "ended, 1 undelivered", "stop")

	s, _ = storedSession(t)
	saves := s.quietly("a", Quit{})
	if got := fmt.Sprint(changes(saves)); got != "[Forgotten Noted Noted]" {
		t.Errorf("\\quit saves %s", got)
	}
	s.compare("a", Saved{}, s.savedAll("a"), []string{"line 1: close 1", "close line 1", "ended, 0 undelivered", "stop"})
}

func TestQuitSaysWhatIsKept(t *testing.T) {
	for _, guest := range []bool{false, true} {
		s, _ := storedSession(t)
		s.give("a", asks{1, "", Enter{"ann"}})
		if guest {
			s.give("a", asks{1, "", Fork{"b"}})
			s.give("a", asks{1, "", Say{"psst"}})
		}
		s.give("a", LineClosed{Line: 1})
		s.give("a", Say{"kept"})
		s.savedAll("a")
		effects := s.give("a", Quit{Returning: true})
		s.at(DrainTime)
		effects = append(effects, s.give("a", Tick{})...)
		found := false
		for _, e := range effects {
			if n, ok := e.(Notify); ok {
				if end, ok := n.Notification.(Ended); ok {
					found = true
					if end.Kept == guest {
						t.Errorf("with something of a guest's (%v) it says %+v", guest, end)
					}
				}
			}
		}
		if !found {
			t.Errorf("it does not end")
		}
	}
}

func TestHistoryOfASession(t *testing.T) {
	s, x := storedSession(t)
	s.give("a", Say{"one"})
	s.give("a", s.frame(1, data(1, 0, "two")))
	s.savedAll("a")
	effects := s.give("a", ReadHistory{})
	if len(effects) != 1 || effects[0].(Recall).Conversation != x.id.Conversation() {
		t.Fatalf("it asks the store for %+v", effects)
	}
	mine, theirs := MessageID{x.id.Conversation(), Ref{LogKey{"a", LogID(x.id)}, 1}}, MessageID{x.id.Conversation(), Ref{LogKey{"b", LogID(x.id)}, 1}}
	effects = s.give("a", Recalled{N: 1, Items: []Memory{
		{Placed: Placed{ID: mine, Message: Message{Kind: Text, Body: "one"}}},
		{Placed: Placed{ID: theirs, Message: Message{Kind: Text, Body: "two"}}},
	}})
	h := effects[0].(Notify).Notification.(History)
	if len(h.Items) != 2 || !h.Items[0].Mine || h.Items[1].Mine || h.Items[0].To.ID != "b" || h.Items[1].To.ID != "a" || h.Items[1].Session != 1 || h.Items[1].Side != SideA {
		t.Errorf("it tells %+v", h)
	}
}

func TestNoHistoryOfAGuestsSession(t *testing.T) {
	s := newScript(t)
	s.join("a", durable)
	started(t, s, "a")
	s.up("a", "b")
	s.enter("a", "ann")
	s.give("a", asks{1, "", Fork{"b"}})
	s.savedAll("a")
	s.quietly("a", asks{1, "", ReadHistory{}}, "guest 1: refused no-place: what is said in a private session of a guest's is not kept")
}
