package chat

import (
	"testing"
	"time"
)

func TestLeave(t *testing.T) {
	s := forked(t, "a", "b")
	s.play("b", SwitchTo{"1"})
	s.forget()
	s.play("a", asks{Owner, "r", Leave{}})
	s.saw("a", "session 1 with peer b closed A mine (back in 0) (r)")
	s.saw("b", "session 1 with peer a closed B: peer a has left (back in 0)")
	s.step("b", Say{"too late"}, `held "too late": you are in no private session now, and this would go to the lobby`)
	s.step("b", Say{"too late"}, `shown mine b1 "too late"`, "publish …") // Enter again sends it
	s.step("a", Say{"hi all"}, `shown mine a1 "hi all"`, "publish …")
	nothingLeft(t, s.cores["a"])
	nothingLeft(t, s.cores["b"])
}

func TestBothLeaveAtOnce(t *testing.T) {
	s := forked(t, "a", "b")
	s.give("b", SwitchTo{"1"})
	s.collect("a", s.give("a", Leave{}))
	s.collect("b", s.give("b", Leave{}))
	s.settle()
	s.saw("a", "session 1 with peer b closed A mine (back in 0)")
	s.saw("b", "session 1 with peer a closed B mine (back in 0)")
	nothingLeft(t, s.cores["a"])
	nothingLeft(t, s.cores["b"])
}

func TestLastWordsBeforeLeaving(t *testing.T) {
	s := forked(t, "a", "b")
	s.collect("a", s.give("a", Say{"bye"}))
	s.collect("a", s.give("a", Leave{}))
	s.settle()
	s.saw("a", `shown mine a~1 in 1A "bye"`, "session 1 with peer b closed A mine (back in 0)", "delivered a~1")
	s.saw("b", `shown a~1 in 1B "bye"`, "session 1 with peer a closed B: peer a has left")
	nothingLeft(t, s.cores["a"])
}

func TestLastWordsThatNobodyAcknowledges(t *testing.T) {
	s := forked(t, "a", "b")
	s.give("a", Say{"bye"})
	s.step("a", Leave{}, "session 1 with peer b closed A mine (back in 0)")
	s.at(leaveGrace)
	s.step("a", Tick{}, "line 1: close 1", "close line 1", "failed a~1: it was not acknowledged in time")
	nothingLeft(t, s.cores["a"])
}

func TestForkSayAndLeaveAtOnce(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.forget()
	for _, in := range []Instruction{Fork{"b"}, Say{"meet me"}, Leave{}} {
		s.collect("a", s.give("a", in))
	}
	s.settle()
	s.saw("a", `shown mine a~1 in 1A "meet me"`, "session 1 with peer b closed A mine (back in 0)", "delivered a~1")
	s.saw("b", "session 1 with peer a opened B", `shown a~1 in 1B "meet me"`, "session 1 with peer a closed B: peer a has left")
}

func TestForkAndLeaveBeforeTheLineIsThere(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.forget()
	s.collect("a", s.give("a", Fork{"b"}))
	s.collect("a", s.give("a", Leave{}))
	s.settle()
	s.saw("a", "session 1 with peer b closed A mine (back in 0)")
	s.saw("b", "session 1 with peer a opened B", "session 1 with peer a closed B: peer a has left")
	nothingLeft(t, s.cores["a"])
	nothingLeft(t, s.cores["b"])
}

func TestLeaveWhileThereIsNoLine(t *testing.T) {
	s := forked(t, "a", "b")
	s.unlink("a", "b")
	s.pass(time.Second)
	s.says("a", "bye")
	s.play("a", Leave{})
	s.forget()
	s.link("a", "b")
	s.pass(time.Second)
	s.saw("a", "came b", "delivered a~1")
	s.saw("b", "session 1 with peer a resumed B", `shown a~1 in 1B "bye"`, "session 1 with peer a closed B: peer a has left", "came a")
	nothingLeft(t, s.cores["a"])
}

func TestLeaveOfWhichTheOtherCannotHear(t *testing.T) {
	s := forked(t, "a", "b")
	s.unlink("a", "b")
	s.says("a", "bye")
	s.play("a", Leave{})
	s.forget()
	s.pass(leaveTime)
	s.saw("a", "failed a~1: it could not be brought in time")
	nothingLeft(t, s.cores["a"])
	s.forget()
	s.link("a", "b")
	s.pass(time.Second)
	s.saw("b", "came a", "session 1 with peer a closed B: their node was started anew")
}

func TestLeavingIsBounded(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	for range maxLeaving + 5 {
		s.give("a", Fork{"b"})
		attempt := s.cores["a"].sessions.asked
		line := Line(attempt)
		s.give("a", LineDone{Attempt: attempt, Line: line})
		id := s.cores["a"].sessions.byPeer["b"]
		s.give("a", FrameReceived{line, "b", &Frame{Kind: FrameHello, Session: id[len(id)-1].id}})
		s.give("a", LineClosed{Line: line})
		s.give("a", Leave{})
	}
	if n := len(s.cores["a"].sessions.leaving); n > maxLeaving {
		t.Errorf("%d sessions wait for their end to be told", n)
	}
}

func TestShun(t *testing.T) {
	s := forked(t, "a", "b")
	c := s.cores["b"]
	c.begin(s.now)
	c.shun(Asker{}, c.byUser[Owner], Person{Peer: "a"})
	s.collect("b", c.end())
	s.settle()
	s.saw("b", "session 1 with peer a closed B mine")
	s.saw("a", "session 1 with peer b closed A: peer b takes no private session from you (back in 0)")
}

func TestQuitWaitsForAcknowledgementsNoLongerThanItMay(t *testing.T) {
	s := forked(t, "a", "b")
	s.give("a", Say{"bye"})
	s.step("a", Quit{})
	s.step("a", FrameReceived{7, "c", &Frame{Kind: FrameHello, Fresh: true}}, "line 7: close 5", "close line 7")
	s.at(DrainTime)
	s.step("a", Tick{}, "line 1: close 1", "close line 1", "failed a~1: it was not acknowledged in time", "ended, 1 undelivered", "stop")
}

func TestGuestWhoGoes(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.give("a", asks{1, "", Enter{"ann"}})
	s.play("a", asks{1, "", Fork{"b"}})
	s.forget()
	s.collect("a", s.give("a", asks{1, "", Say{"bye"}}))
	s.collect("a", s.give("a", asks{1, "", Exit{}}))
	s.settle()
	s.saw("a", `guest 1: shown mine a~1 in 1A of ann "bye"`, "guest 1: ended, 0 undelivered")
	s.saw("b", `shown a~1 in 1B of ann "bye"`, "session 1 with ann@peer a closed B: ann@peer a has left")
	nothingLeft(t, s.cores["a"])
}

// Who forks and leaves without end does not fill the memory of those ten minutes.
func TestLeavingWithoutEndIsBounded(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b", "c", "d", "e")
	c := s.cores["a"]
	for i := range 20 * maxLeaving {
		s.give("a", Fork{string("bcde"[i%4])})
		s.give("a", Say{"x"})
		s.give("a", Leave{})
	}
	if n := len(c.sessions.leaving); n != maxLeaving {
		t.Errorf("%d sessions are kept until the other end knows, want %d", n, maxLeaving)
	}
	s.at(2 * answerTime)
	s.give("a", Tick{})
	if n := len(c.timers.heap); n > maxLeaving {
		t.Errorf("%d timers", n)
	}
	s.at(leaveTime + time.Second)
	s.give("a", Tick{})
	if n := len(c.sessions.leaving); n != 0 {
		t.Errorf("%d sessions are not given up", n)
	}
}
