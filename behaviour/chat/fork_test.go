package chat

import (
	"testing"
	"time"
)

// forked is a script in which each of the names is linked to each, and the first
// two are in a session that the first has opened.
func forked(t *testing.T, names ...string) *script {
	s := newScript(t, names...)
	for i, a := range names {
		for _, b := range names[i+1:] {
			s.link(a, b)
		}
	}
	s.play(names[0], Fork{names[1]})
	s.forget()
	return s
}

// says lets a user say something, with an eye on what he is told.
func (s *script) says(who, text string) { s.t.Helper(); s.play(who, Say{text}) }

func TestForkToWhoCannotBeReached(t *testing.T) {
	s := newScript(t, "a", "b", "c")
	s.link("a", "b")
	s.link("a", "c")
	s.play("a", OpenDirect{"c"})
	s.unlink("a", "b")
	s.forget()
	s.collect("a", s.give("a", asks{Owner, "r", Fork{"b"}}))
	s.collect("a", s.give("a", asks{Owner, "s", Say{"psst"}})) // typed before the answer is there
	s.settle()
	s.saw("a", `shown mine a~1 in 2A "psst" (s)`,
		"session 2 with peer b closed A: peer b cannot be reached: no route (back in 1) (r)",
		"failed a~1: peer b cannot be reached: no route (s)")
	s.step("a", Say{"psst again"}, `held "psst again": you are in no private session now, and this would go to peer c`)
	s.step("a", Say{"hello c"}, `shown mine a>c1 "hello c"`, "send to c …")
}

func TestForkThatNobodyAnswers(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.step("a", Fork{"b"}, "open line to b: fresh hello")
	s.step("a", LineDone{Attempt: 1, Line: 1})
	s.give("a", Say{"hi"})
	s.wake("a", "session 1 with peer b closed A: peer b does not answer (back in 0)", "failed a~1: peer b does not answer", "line 1: close 1", "close line 1")
	if at := s.now.Sub(noon); at != answerTime {
		t.Errorf("given up after %v", at)
	}
}

func TestForkThatIsRefused(t *testing.T) {
	for why, words := range map[CloseReason]string{
		CloseRefused: "peer b takes no private session from you",
		CloseNobody:  "peer b is not there",
		CloseBusy:    "their node has as many private sessions as it takes; try again later",
	} {
		s := newScript(t, "a")
		s.up("a", "b")
		s.step("a", Fork{"b"}, "open line to b: fresh hello")
		s.step("a", LineDone{Attempt: 1, Line: 1})
		s.give("a", Say{"hi"})
		s.step("a", FrameReceived{1, "b", &Frame{Kind: FrameClose, Reason: why}}, "close line 1",
			"session 1 with peer b closed A: "+words+" (back in 0)", "failed a~1: "+words)
		nothingLeft(t, s.cores["a"])
	}
}

func TestIgnoredMayNotFork(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.play("b", Ignore{"a"})
	s.forget()
	s.play("a", Fork{"b"})
	s.saw("b")
	s.saw("a", "session 1 with peer b closed A: peer b takes no private session from you (back in 0)")
}

func TestForkToAGuest(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.give("b", asks{1, "", Enter{"bob"}})
	s.forget()
	s.play("a", Fork{"bob@b"})
	s.saw("a", "session 1 with bob@peer b opened A")
	s.saw("b", "guest 1: session 1 with peer a opened B")
	s.says("a", "hi bob")
	s.saw("b", `guest 1: shown a~1 in 1B to bob "hi bob"`)
	s.play("b", asks{1, "", Exit{}})
	s.forget()
	s.play("a", Fork{"bob@b"})
	s.saw("a", "session 2 with bob@peer b closed A: bob is not there (back in 0)")
}

func TestForkBetweenGuestsOfOneNode(t *testing.T) {
	s := newScript(t, "a", "c")
	s.link("a", "c")
	s.give("a", asks{1, "", Enter{"ann"}})
	s.give("a", asks{2, "", Enter{"bob"}})
	s.step("a", asks{1, "", Fork{"ann@a"}}, "guest 1: refused self: …")
	s.step("a", asks{1, "r", Fork{"bob@a"}}, "guest 1: session 1 with bob@peer a opened A (r)", "guest 2: session 1 with ann@peer a opened B")
	s.step("a", asks{1, "r", Say{"hi"}}, `guest 1: shown mine a~1 in 1A of ann to bob "hi" (r)`, `guest 2: shown a~1 in 1B of ann to bob "hi"`, "guest 1: delivered a~1 (r)")
	s.step("a", asks{2, "", SayIn{"session:1", "ho"}}, `guest 2: shown mine a~2 in 1B of bob to ann "ho"`, `guest 1: shown a~2 in 1A of bob to ann "ho"`, "guest 2: delivered a~2")
	s.step("a", asks{2, "", Fork{"ann@a"}}, "guest 2: refused twice: …")
	s.step("a", asks{2, "", Fork{"a"}}, "guest 2: session 2 with peer a opened A", "session 1 with bob@peer a opened B")
	s.step("a", asks{1, "", Leave{}}, "guest 1: session 1 with bob@peer a closed A mine", "guest 2: session 1 with ann@peer a closed B: ann@peer a has left")
	s.step("a", asks{2, "", Exit{}}, "session 1 with bob@peer a closed B: bob@peer a has left", "guest 2: ended, 0 undelivered")
	nothingLeft(t, s.cores["a"])
}

func TestForkAfterTheOtherBeganAnew(t *testing.T) {
	for _, names := range [][]string{{"a", "b"}, {"b", "a"}} {
		s := forked(t, names...)
		old, other := names[0], names[1]
		s.unlink(old, other)
		s.join(other, func(c *Config) { c.Log = LogID{2} })
		s.forget()
		s.links[old], s.links[other] = []string{other}, []string{old} // the new node is the first to come back
		s.play(other, PeerUp{PeerID(old)})
		s.play(other, Fork{old})
		s.saw(old, "session 1 with peer "+other+" closed A: their node was started anew (back in 0)", "session 2 with peer "+other+" opened B")
	}
}

func TestSessionsAreBounded(t *testing.T) {
	s := newScript(t)
	s.join("z", numbered)
	ask := func(peer PeerID, n int, to string) []Effect {
		var id SessionID
		id[0], id[1], id[2] = byte(n), byte(n>>8), peer[0]
		s.named++
		return s.give("z", FrameReceived{s.named, peer, &Frame{Kind: FrameHello, Fresh: true, Session: id, From: string(rune('a'+n%26)) + string(rune('a'+n/26)), To: to}})
	}
	for n := range maxSessionsAsked {
		if got := len(ask("p", n, "")); got != 2 {
			t.Fatalf("session %d had %d effects", n, got)
		}
	}
	s.compare("z", "one more", texts(ask("p", maxSessionsAsked, "")), []string{"line 17: close 5", "close line 17"})
	s.compare("z", "another peer", texts(ask("q", 0, "")), []string{`line 18: fresh hello from "" to "aa"`, "session 17 with aa@peer q opened B"})
}

// nothingLeft fails if a core remembers anything of sessions.
func nothingLeft(t *testing.T, c *Core) {
	t.Helper()
	z := &c.sessions
	if z.open+len(z.byPeer)+len(z.leaving)+len(z.attempts)+z.pending+z.waiting+z.bytes != 0 {
		t.Errorf("of sessions is left: %+v", *z)
	}
	for _, l := range z.lines {
		if !l.closed {
			t.Errorf("line %d is open", l.id)
		}
	}
}

// checkSessions fails if the books of a core's sessions do not agree.
func checkSessions(t *testing.T, c *Core) {
	t.Helper()
	open, waiting, bytes, pending := 0, 0, 0, 0
	check := func(s *session) {
		size, flying := 0, 0
		for i := range s.queue {
			size += s.queue[i].size()
			if uint64(i) < s.sent-s.acked {
				flying += s.queue[i].size()
			}
		}
		waiting, bytes = waiting+len(s.queue), bytes+size
		pending += s.counted
		holds := s.line != nil && s.user.id == Owner && len(s.queue) > 0
		switch {
		case s.counted != 0 && (!holds || s.counted != len(s.queue)), s.counted == 0 && holds && !c.lags(s.queue[0].at):
			t.Errorf("session %v of user %d counts %d, %d messages wait", s.id, s.user.id, s.counted, len(s.queue))
		case s.over:
			t.Errorf("session %v is over and known", s.id)
		case s.acked > s.sent || s.sent > s.top || s.top > s.last || uint64(len(s.queue)) != s.last-s.acked || size != s.bytes || flying != s.flying:
			t.Errorf("session %v: %+v, %d bytes wait, %d on the line", s.id, s.flow, size, flying)
		case s.line != nil && (s.line.s != s || s.line.closed || c.sessions.lines[s.line.id] != s.line):
			t.Errorf("session %v is over line %+v", s.id, s.line)
		case s.own != nil && (s.own.s != s || s.own.closed || s.attempt != 0):
			t.Errorf("session %v opens line %+v", s.id, s.own)
		case s.spare != nil && (s.spare.line.s != s || s.spare.line.closed):
			t.Errorf("session %v has set aside line %+v", s.id, s.spare.line)
		case s.attempt != 0 && c.sessions.attempts[s.attempt] != s:
			t.Errorf("session %v waits for attempt %d, which is not under way", s.id, s.attempt)
		case s.line == nil && s.own == nil && s.attempt == 0 && c.Wake().IsZero():
			t.Errorf("session %v waits for nothing", s.id)
		}
	}
	for _, list := range c.sessions.byPeer {
		for _, s := range list {
			check(s)
		}
	}
	for _, u := range c.users {
		for _, p := range u.places {
			if p.session != nil {
				open++
			}
		}
	}
	for id, l := range c.sessions.lines {
		if s := l.s; s != nil && l != s.line && l != s.own && (s.spare == nil || l != s.spare.line) {
			t.Errorf("line %d is of no use to session %v", id, s.id)
		} else if s == nil && !l.closed {
			t.Errorf("line %d is of no session and open", id)
		}
	}
	z := &c.sessions
	if z.open != open || z.waiting != waiting || z.bytes != bytes || z.pending != pending || len(z.leaving) > maxLeaving {
		t.Errorf("%d ends are open, %d messages of %d bytes wait, %d count; the books say %+v", open, waiting, bytes, pending, *z)
	}
}

func TestQuietSessionsNeedNoTimers(t *testing.T) {
	s := forked(t, "a", "b")
	s.says("a", "hi")
	s.pass(time.Minute)
	for _, who := range s.names {
		if w := s.cores[who].Wake(); !w.IsZero() {
			t.Errorf("%s wants to be woken in %v", who, w.Sub(s.now))
		}
	}
}

// The end of a session takes a guest who is not in the lobby to his first channel.
func TestAfterASessionOfAGuest(t *testing.T) {
	s := newScript(t, "a")
	s.enter("a", "anna", "bob")
	for _, channel := range []string{"#ops", "#dev"} {
		s.give("a", asks{1, "", Join{Channel: channel}})
	}
	s.give("a", asks{1, "", Fork{To: "bob"}})
	s.step("a", asks{1, "", Leave{}},
		"guest 1: session 3 with bob@peer a closed A mine (back in 1)",
		"guest 2: session 1 with anna@peer a closed B: anna@peer a has left")
	s.give("a", asks{1, "", Fork{To: "bob"}})
	s.give("a", asks{2, "", SwitchTo{"anna"}})
	s.step("a", asks{2, "", Leave{}},
		"guest 2: session 2 with anna@peer a closed B mine",
		"guest 1: session 4 with bob@peer a closed A: bob@peer a has left (back in 1)")
	s.step("a", asks{1, "", Say{"for bob"}}, `guest 1: held "for bob": you are in no private session now, and this would go to #ops`)
	s.step("a", asks{1, "", Part{}}, "unsubscribe #ops", "guest 1: parted #ops")
	s.step("a", asks{1, "", Say{"hi"}}, `guest 1: refused no-place: you are in none of your conversations now; \sessions lists them, \sw leads to one`)
	s.step("a", asks{2, "", Say{"hi"}}, "guest 2: refused no-place: malformed: join a channel first")
}
