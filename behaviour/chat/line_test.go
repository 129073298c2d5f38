package chat

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// alone is a core a with an open session with b, who is no core, over line 1 that a opened.
func alone(t *testing.T) (*script, *session) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.give("a", Fork{"b"})
	x := s.cores["a"].users[0].seats[0].place.session
	s.step("a", LineDone{Attempt: 1, Line: 1})
	s.step("a", s.frame(1, Frame{Kind: FrameHello, Session: x.id}), "session 1 with peer b opened A")
	return s, x
}

// frame is the arrival of a frame from b.
func (s *script) frame(l Line, f Frame) Event { return FrameReceived{l, "b", &f} }

// data is a frame of texts.
func data(first, ack uint64, texts ...string) Frame {
	f := Frame{Kind: FrameData, First: first, Ack: ack}
	for _, x := range texts {
		f.Messages = append(f.Messages, Message{Stamp: StampAt(noon), Kind: Text, Body: x})
	}
	return f
}

func TestSessionFrames(t *testing.T) {
	s, _ := alone(t)
	s.step("a", asks{Owner, "r", Say{"one"}}, `shown mine a~1 in 1A "one" (r)`, "line 1: 1")
	s.step("a", Say{"ok"}, `shown mine a~2 in 1A "ok"`, "line 1: 2")
	s.step("a", Say{"ok"}, `shown mine a~3 in 1A "ok"`, "line 1: 3") // twice is two messages
	s.step("a", s.frame(1, data(1, 2, "x", "y")), "delivered a~1 (r)", "delivered a~2", `shown b~1 in 1A "x"`, `shown b~2 in 1A "y"`, "line 1: ack has 2")
	s.step("a", s.frame(1, data(1, 2, "x", "y", "z")), `shown b~3 in 1A "z"`, "line 1: ack has 3")
	s.step("a", s.frame(1, data(2, 0, "y")), "line 1: ack has 3") // known, and acknowledged again
	s.step("a", s.frame(1, Frame{Kind: FrameAck, Ack: 3}), "delivered a~3")
	s.step("a", s.frame(1, Frame{Kind: 77, Ack: 3}))
}

func TestSessionMessagesFromTheFuture(t *testing.T) {
	s, x := alone(t)
	f := data(1, 0, "kind", "stamp")
	f.Messages[0].Kind = 99
	f.Messages[1].Stamp = StampAt(noon.Add(time.Hour))
	for _, e := range s.give("a", s.frame(1, f)) {
		if n, ok := e.(Notify); ok {
			if m := n.Notification.(Shown); m.Text != "stamp" || !m.At.Equal(noon) {
				t.Errorf("shown %+v", m)
			}
		}
	}
	if x.got != 2 || s.cores["a"].clock > StampAt(noon.Add(time.Minute)) {
		t.Errorf("%d taken in, the clock is at %v", x.got, s.cores["a"].clock.Time())
	}
}

// What a peer sends that makes no sense ends the line, and the session over it (rows 69–77).
func TestRudeSessionFrames(t *testing.T) {
	const end = "session 1 with peer b closed A: their node sent what makes no sense (back in 0)"
	for _, c := range []struct {
		name string
		f    Frame
	}{
		{"hello twice", Frame{Kind: FrameHello}},
		{"a gap", data(2, 0, "x")},
		{"number 0", data(0, 0, "x")},
		{"the greatest number", data(math.MaxUint64, 0, "x", "y")},
		{"acknowledgement of what was not sent", Frame{Kind: FrameAck, Ack: 2}},
		{"the greatest acknowledgement", data(1, math.MaxUint64, "x")},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := alone(t)
			s.give("a", Say{"mine"})
			s.step("a", s.frame(1, c.f), "line 1: close 6", "close line 1", end, "failed a~1: their node sent what makes no sense")
			s.step("a", s.frame(1, data(1, 0, "more"))) // was on its way
			s.step("a", LineClosed{Line: 1})
			nothingLeft(t, s.cores["a"])
			if counts := s.cores["a"].counts; len(counts) != 1 {
				t.Errorf("counted %v", counts)
			}
		})
	}
}

func TestRudeLines(t *testing.T) {
	for _, c := range []struct {
		name string
		f    Frame
		want CloseReason
	}{
		{"data before the hello", data(1, 0, "x"), CloseBroken},
		{"acknowledgement before the hello", Frame{Kind: FrameAck}, CloseBroken},
		{"close before the hello", Frame{Kind: FrameClose}, CloseBroken},
		{"unknown session", Frame{Kind: FrameHello, Session: SessionID{9}}, CloseUnknown},
		{"fresh with an acknowledgement", Frame{Kind: FrameHello, Session: SessionID{9}, Fresh: true, Ack: 1}, CloseBroken},
		{"for nobody", Frame{Kind: FrameHello, Session: SessionID{9}, Fresh: true, To: "bob"}, CloseNobody},
		{"from a guest without a name", Frame{Kind: FrameHello, Session: SessionID{9}, Fresh: true, From: " "}, CloseRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := alone(t)
			s.step("a", s.frame(2, c.f), fmt.Sprintf("line 2: close %d", c.want), "close line 2")
			s.step("a", s.frame(2, Frame{Kind: FrameHello, Session: SessionID{8}, Fresh: true})) // passed over
			s.step("a", LineClosed{Line: 2})
			s.step("a", Say{"still open"}, `shown mine a~1 in 1A "still open"`, "line 1: 1")
		})
	}
}

func TestSessionOfSomebodyElse(t *testing.T) {
	s, x := alone(t)
	s.step("a", FrameReceived{2, "m", &Frame{Kind: FrameHello, Session: x.id}}, "line 2: close 3", "close line 2")
	s.step("a", Say{"hi"}, `shown mine a~1 in 1A "hi"`, "line 1: 1")
}

func TestDataOnALineSetAside(t *testing.T) {
	s, x := alone(t)
	s.step("a", s.frame(2, Frame{Kind: FrameHello, Session: x.id}))
	s.step("a", s.frame(2, data(1, 0, "x")), "line 2: close 6", "close line 2")
	s.step("a", Say{"hi"}, `shown mine a~1 in 1A "hi"`, "line 1: 1")
}

func TestAnswerForAnotherSession(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.give("a", Fork{"b"})
	s.give("a", LineDone{Attempt: 1, Line: 1})
	s.step("a", s.frame(1, Frame{Kind: FrameHello, Session: SessionID{9}}), "line 1: close 6", "close line 1", "session 1 with peer b closed A: …")
	nothingLeft(t, s.cores["a"])
}

func TestWindow(t *testing.T) {
	s, x := alone(t)
	frames := 0
	for i := range 2 * windowMessages {
		for _, e := range s.give("a", Say{fmt.Sprint(i)}) {
			if _, ok := e.(SendFrame); ok {
				frames++
			}
		}
	}
	if frames != windowMessages || x.sent != windowMessages {
		t.Errorf("%d frames, %d messages are on the line", frames, x.sent)
	}
	s.forget()
	got := texts(s.give("a", s.frame(1, Frame{Kind: FrameAck, Ack: 100})))
	if want := []string{"line 1: 257-320", "line 1: 321-356"}; strings.Join(got[100:], "; ") != strings.Join(want, "; ") {
		t.Errorf("after an acknowledgement: %v", got[100:])
	}
}

func TestWindowInBytes(t *testing.T) {
	s, x := alone(t)
	for range 10 {
		s.give("a", Say{strings.Repeat("x", MaxText)})
	}
	if x.sent != 3 || x.flying > windowBytes {
		t.Errorf("%d messages with %d bytes are on the line", x.sent, x.flying)
	}
	for n := uint64(1); n <= 10; n++ {
		s.give("a", s.frame(1, Frame{Kind: FrameAck, Ack: n}))
	}
	if x.flying != 0 || x.bytes != 0 || x.acked != 10 {
		t.Errorf("%d bytes on the line, %d wait, %d acknowledged", x.flying, x.bytes, x.acked)
	}
}

func TestSessionQueueIsBounded(t *testing.T) {
	s, x := alone(t)
	c := s.cores["a"]
	for range maxPending {
		s.give("a", Say{"x"})
	}
	if !c.Saturated() {
		t.Error("it takes more although a session's line is full")
	}
	s.give("a", LineClosed{Line: 1})
	if c.Saturated() {
		t.Error("a session without a line keeps others from being heard")
	}
	for len(x.queue) < maxQueue {
		s.give("a", Say{"x"})
	}
	s.step("a", Say{"x"}, "refused overloaded: too much is waiting for peer b; nothing was sent")
	x.queue = x.queue[:1]
	c.sessions.bytes = maxSessionsBytes
	s.step("a", Say{"x"}, "refused overloaded: too much is waiting for peer b; nothing was sent")
}

func TestShortCutIsSilent(t *testing.T) {
	s := forked(t, "a", "b")
	s.cutLines("a", "b")
	s.pass(time.Second)
	s.says("a", "hi")
	s.saw("a", `shown mine a~1 in 1A "hi"`, "delivered a~1")
	s.saw("b", `shown a~1 in 1B "hi"`)
}

func TestInterruptedAndResumed(t *testing.T) {
	s := forked(t, "a", "b", "c")
	s.collect("a", s.give("a", Say{"lost on the way"}))
	s.work = nil
	s.unlink("a", "b")
	s.pass(time.Second)
	s.saw("a", `shown mine a~1 in 1A "lost on the way"`, "left b", "session 1 with peer b interrupted A: reset")
	s.saw("b", "left a", "session 1 with peer a interrupted B: reset")
	s.says("a", "two")
	s.saw("a", `shown mine a~2 in 1A "two"`, "queued a~2: the line to peer b is interrupted; it arrives when there is one again")
	s.pass(time.Hour)
	s.forget()
	s.link("a", "b")
	s.pass(time.Second)
	s.saw("a", "came b", "session 1 with peer b resumed A", "delivered a~1", "delivered a~2")
	s.saw("b", "session 1 with peer a resumed B", `shown a~1 in 1B "lost on the way"`, `shown a~2 in 1B "two"`, "came a")
	s.saw("c")
}

func TestPlaceOfASession(t *testing.T) {
	s := forked(t, "a", "b")
	s.says("a", "unread")
	s.unlink("a", "b")
	c := s.cores["b"]
	u := c.users[0]
	info := c.placeInfo(u.seats[0].place, u.places[1])
	if info.N != 1 || info.With.ID != "a" || info.Side != SideB || !info.Interrupted || info.Unread != 1 || info.Current {
		t.Errorf("%+v", info)
	}
	s.play("b", SwitchTo{"a"})
	if info := c.placeInfo(u.seats[0].place, u.places[1]); info.Unread != 0 || !info.Current {
		t.Errorf("after going there %+v", info)
	}
}

// A peer that agrees to every line and breaks it at once is met ever less often.
func TestLinesThatDoNotLast(t *testing.T) {
	s, x := alone(t)
	c := s.cores["a"]
	line, tries := Line(1), 0
	for s.now.Before(noon.Add(time.Minute)) {
		s.give("a", LineClosed{Line: line})
		for x.attempt == 0 {
			s.now = c.Wake()
			s.give("a", Tick{})
		}
		line++
		tries++
		s.give("a", LineDone{Attempt: x.attempt, Line: line})
		s.give("a", s.frame(line, Frame{Kind: FrameHello, Session: x.id}))
	}
	if tries < 5 || tries > 12 {
		t.Errorf("%d lines were opened in a minute", tries)
	}
	s.now = s.now.Add(steadyTime)
	s.step("a", LineClosed{Line: line}, "open line to b: hello") // at once
}

func TestPeerThatComesIsTriedAtOnce(t *testing.T) {
	s, x := alone(t)
	s.give("a", PeerDown{"b"})
	s.step("a", LineClosed{Line: 1}, "open line to b: hello")
	for range 6 {
		s.give("a", LineDone{Attempt: x.attempt, Err: "no route"})
		for x.attempt == 0 {
			s.now = s.cores["a"].Wake()
			s.give("a", Tick{})
		}
	}
	s.give("a", LineDone{Attempt: x.attempt, Err: "no route"})
	if got := texts(s.give("a", PeerUp{"b"})); got[len(got)-1] != "open line to b: hello" {
		t.Errorf("when b comes: %v", got)
	}
}

func TestOtherNodeStartedAnew(t *testing.T) {
	s := forked(t, "a", "b")
	s.unlink("a", "b")
	s.says("a", "hello?")
	s.join("b", func(c *Config) { c.Log = LogID{2} })
	s.forget()
	s.link("a", "b")
	s.saw("a", "came b", "session 1 with peer b closed A: their node was started anew (back in 0)", "failed a~1: their node was started anew")
	nothingLeft(t, s.cores["a"])
}

func TestGivenUpInTheEnd(t *testing.T) {
	s, x := alone(t)
	s.give("a", LineClosed{Line: 1})
	tries := 0
	for ; !x.over && s.now.Before(noon.Add(2*DirectExpiry)); tries++ {
		effects := s.give("a", LineDone{Attempt: s.cores["a"].sessions.asked, Err: "no route"})
		for x.attempt == 0 && !x.over {
			s.now = s.cores["a"].Wake()
			effects = s.give("a", Tick{})
		}
		if x.over {
			s.compare("a", Tick{}, texts(effects), []string{"session 1 with peer b closed A: their node has not been there for too long (back in 0)"})
		}
	}
	if lasted := s.now.Sub(noon); lasted < DirectExpiry || lasted > DirectExpiry+time.Minute {
		t.Errorf("given up after %v", lasted)
	}
	if n := int(DirectExpiry / reopenLast); tries < n*9/10 || tries > n*11/10 {
		t.Errorf("tried %d times", tries)
	}
	nothingLeft(t, s.cores["a"])
}

func BenchmarkSession(b *testing.B) {
	s := newScript(&testing.T{}, "a")
	s.up("a", "b")
	c := s.cores["a"]
	s.give("a", Fork{"b"})
	x := c.users[0].seats[0].place.session
	s.give("a", LineDone{Attempt: 1, Line: 1})
	s.give("a", s.frame(1, Frame{Kind: FrameHello, Session: x.id}))
	ack := &Frame{Kind: FrameAck}
	b.Run("out", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.HandleInstruction(noon, Asker{}, Say{"hello"})
			ack.Ack = x.last
			c.HandleEvent(noon, FrameReceived{1, "b", ack})
		}
	})
	in := data(1, 0, "hello")
	b.Run("in", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			in.First = x.got + 1
			c.HandleEvent(noon, FrameReceived{1, "b", &in})
		}
	})
}

// Whoever takes in nothing holds the owner's paste back for lagTime, and a guest's
// holds back nobody.
func TestWhoNeverAcknowledgesHoldsUpNobody(t *testing.T) {
	s, x := alone(t)
	c := s.cores["a"]
	for range maxPending {
		s.give("a", Say{"x"})
	}
	s.at(lagTime - time.Second)
	s.give("a", s.frame(1, Frame{Kind: FrameAck}))
	if !c.Saturated() {
		t.Error("the owner is not held back at all")
	}
	s.at(lagTime + time.Second)
	s.give("a", Tick{})
	if c.Saturated() {
		t.Error("nobody is heard because of a peer that takes in nothing")
	}
	s.give("a", s.frame(1, Frame{Kind: FrameAck, Ack: 1})) // one now and then is no better
	for len(x.queue) < maxQueue {
		s.give("a", Say{"x"})
	}
	s.at(2*lagTime + 2*time.Second)
	s.give("a", Tick{})
	if c.Saturated() {
		t.Error("nobody is heard because of a peer that takes in one line in a while")
	}
	s.step("a", Say{"x"}, "refused overloaded: too much is waiting for peer b; nothing was sent")
	for len(x.queue) > 0 {
		s.give("a", s.frame(1, Frame{Kind: FrameAck, Ack: x.top}))
	}
	for range maxPending {
		s.give("a", Say{"x"})
	}
	if !c.Saturated() {
		t.Error("the owner is not held back by a peer that has caught up")
	}
	s.give("a", Leave{}) // what was said is still on its way
	s.at(3*lagTime + 3*time.Second)
	s.give("a", Tick{})
	if c.Saturated() {
		t.Error("nobody is heard because of a session that its user has left")
	}
}

func TestGuestsHoldUpNobody(t *testing.T) {
	s, _ := alone(t)
	c := s.cores["a"]
	s.give("a", asks{1, "", Enter{"ann"}})
	s.give("a", asks{1, "", Fork{"b"}})
	g := c.byUser[1].seats[0].place.session
	s.give("a", LineDone{Attempt: g.attempt, Line: 2})
	s.give("a", s.frame(2, Frame{Kind: FrameHello, Session: g.id}))
	for range 2 * maxPending {
		s.give("a", asks{1, "", Say{"x"}})
		s.give("a", asks{1, "", SendDirect{To: "b", Text: "x"}})
	}
	if c.Saturated() {
		t.Error("nobody is heard because of what a guest has said")
	}
	c.sessions.bytes = maxSessionsBytes / 2
	s.step("a", asks{1, "", Say{"x"}}, "guest 1: refused overloaded: too much is waiting for peer b; nothing was sent")
	c.roster.bytes += maxDirectsBytes / 2
	s.step("a", asks{1, "", SendDirect{To: "b", Text: "x"}}, "guest 1: refused overloaded: too much is waiting for peer b; nothing was sent")
	if got := s.give("a", SendDirect{To: "b", Text: "x"}); len(got) != 1 {
		t.Errorf("the owner is told %v", texts(got))
	}
}

// Who comes under many names gets half of a user's sessions, not all.
func TestStrangersLeaveRoomForOnesOwnSessions(t *testing.T) {
	for who, most := range map[User]int{Owner: maxSessionsOfUser / 2, 1: maxPlaces / 2} {
		s := newScript(t, "a")
		s.give("a", asks{1, "", Enter{"ann"}})
		c := s.cores["a"]
		u := c.byUser[who]
		for i := range 2 * maxSessionsOfUser {
			f := &Frame{Kind: FrameHello, Session: SessionID{byte(i), byte(i >> 8), 1}, Fresh: true, To: u.name}
			s.give("a", FrameReceived{Line(i + 1), PeerID(fmt.Sprint("stranger ", i)), f})
		}
		if n := len(u.sessions()); n != most {
			t.Errorf("strangers have opened %d sessions with user %d, want %d", n, who, most)
		}
		s.up("a", "b")
		s.give("a", asks{who, "", Fork{"b"}})
		if n := len(u.sessions()); n != most+1 {
			t.Errorf("user %d cannot open one more", who)
		}
	}
}
