package chat

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// resting is a and b in a session that a has opened, at rest, with disks.
func resting(t *testing.T) *crashes {
	t.Helper()
	x := exploreCrashes(t, inTurn(), "a", "b")
	x.do("a", Fork{"b"})
	x.until(x.calm)
	x.forget()
	return x
}

// gone crashes a core that has nothing to write.
func (x *crashes) gone(who string) { x.crash(who, len(x.disks[who].coming)) }

// rest lets things happen until nothing is to happen soon.
func (x *crashes) rest() { x.until(x.calm) }

// told compares what a user was told of all but who came and went.
func (x *crashes) hears(who string, want ...string) {
	x.t.Helper()
	x.script.told[who] = slices.DeleteFunc(x.script.told[who], func(line string) bool {
		return strings.HasPrefix(line, "came ") || strings.HasPrefix(line, "left ") || strings.HasPrefix(line, "ready ")
	})
	x.saw(who, want...)
}

const goesOn = "notice: your private sessions go on as before the restart; /history in one shows what was said"

func TestSessionGoesOnAfterARestart(t *testing.T) {
	x := resting(t)
	x.do("a", Say{"one"})
	x.rest()
	x.gone("a")
	x.do("b", SayIn{"a", "while you were away"})
	x.rest()
	x.hears("b", `shown a~1 in 1B "one"`, `shown mine b~1 in 1B "while you were away"`, "delivered b~1")
	x.hears("a", `shown mine a~1 in 1A "one"`, "delivered a~1",
		"session 1 with peer b interrupted A: this node was restarted", "in session with peer b", goesOn,
		"session 1 with peer b resumed A", `shown b~1 in 1A "while you were away"`)
	x.do("a", Say{"two"}) // goes where it went before
	x.rest()
	x.hears("a", `shown mine a~2 in 1A "two"`, "delivered a~2")
	x.hears("b", `shown a~2 in 1B "two"`)
}

func TestBothAreRestarted(t *testing.T) {
	x := resting(t)
	x.do("a", Say{"one"})
	x.do("b", SayIn{"a", "eins"})
	x.gone("a")
	x.gone("b")
	x.rest()
	for who, line := range map[string]string{"a": `shown b~1 in 1A "eins"`, "b": `shown a~1 in 1B "one"`} {
		if !slices.Contains(x.told[who], line) {
			t.Errorf("%s was told %s, not %s", who, list(x.told[who]), line)
		}
	}
}

// What is typed for one conversation shall not reach another, in no life of the node.
func TestNumbersOfPlacesAreNotUsedAgain(t *testing.T) {
	x := resting(t)
	x.do("b", Join{Channel: "#ops"})
	x.do("b", SwitchTo{"1"})
	x.do("b", Leave{})
	x.rest()
	x.gone("a")
	x.gone("b")
	x.rest()
	x.do("a", Fork{"b"})
	x.rest()
	for who, want := range map[string]string{"a": "[0 2]", "b": "[0 2 3]"} { // b's 2 is #ops
		var numbers []int
		for _, p := range x.cores[who].users[0].places {
			numbers = append(numbers, p.n)
		}
		if fmt.Sprint(numbers) != want {
			t.Errorf("after the restart %s's places are %v, want %s", who, numbers, want)
		}
	}
}

func TestPlacesKeepTheirOrder(t *testing.T) {
	x := resting(t)
	x.do("a", Join{Channel: "#ops"})
	x.gone("a")
	x.rest()
	x.forget()
	x.do("a", ListSessions{})
	x.rest()
	x.hears("a", "places [0 lobby *] [1 session with peer b] [2 #ops]")
}

// The user has left, and what he has said last is still on its way when the node
// crashes: he does not come back, and it arrives.
func TestLastWordsArriveAfterARestart(t *testing.T) {
	x := resting(t)
	x.gone("b")
	x.do("a", Say{"bye"})
	x.do("a", Leave{})
	for len(x.disks["a"].coming) > 0 {
		x.do("a", Saved{Through: x.disks["a"].write(1)})
	}
	x.gone("a")
	x.forget()
	x.until(func() bool { return x.calm() && x.cores["b"].sessions.open == 0 })
	x.hears("a", "delivered a~1")
	x.hears("b", "session 1 with peer a interrupted B: this node was restarted", goesOn, "session 1 with peer a resumed B",
		`shown a~1 in 1B "bye"`, "session 1 with peer a closed B: peer a has left")
	for _, who := range x.names {
		if left := x.disks[who].sessionsLeft(); len(left) > 0 {
			t.Errorf("%s is left with %v", who, left)
		}
	}
}

func TestForkThatNobodyAnswersAfterARestart(t *testing.T) {
	x := exploreCrashes(t, inTurn(), "a")
	x.do("a", PeerUp{"m"})
	x.do("a", Fork{"m"})
	x.do("a", Say{"hello?"})
	x.gone("a")
	x.start("a")
	x.do("a", Saved{Through: x.disks["a"].write(len(x.disks["a"].coming))})
	x.hears("a", "in session with peer m", "notice: peer m is asked again for the private session 1")
	x.do("a", LineDone{Attempt: 1, Err: "no route"}) // it may be starting too
	x.now = x.now.Add(leaveTime)
	x.do("a", Tick{})
	for len(x.disks["a"].coming) > 0 {
		x.do("a", Saved{Through: x.disks["a"].write(1)})
	}
	x.hears("a", "session 1 with peer m closed A: peer m does not answer (back in 0)", "failed a~1: peer m does not answer")
	if left := x.disks["a"].sessionsLeft(); len(left) > 0 {
		t.Errorf("it is left with %v", left)
	}
}

// A line over which nothing comes is tried anew, although nobody has agreed yet.
func TestForkOfBeforeTheRestartIsAskedForAgain(t *testing.T) {
	x := exploreCrashes(t, inTurn(), "a")
	x.do("a", PeerUp{"m"})
	x.do("a", Fork{"m"})
	x.gone("a")
	x.start("a")
	x.do("a", Saved{Through: x.disks["a"].write(len(x.disks["a"].coming))})
	x.do("a", LineDone{Attempt: 1, Line: 1})
	x.opens = nil
	x.now = x.now.Add(answerTime)
	x.do("a", Tick{})
	x.now = x.now.Add(answerTime)
	x.do("a", Tick{})
	if len(x.opens) != 1 {
		t.Errorf("after %v without an answer %d lines are opened, want 1", answerTime, len(x.opens))
	}
}

// The other node has no store, or has lost it.
func TestOtherEndHasForgotten(t *testing.T) {
	x := resting(t)
	x.gone("b")
	x.disks["b"].durable = nil
	x.do("a", Say{"hello?"})
	x.until(func() bool { return x.calm() && x.cores["a"].sessions.open == 0 })
	x.hears("a", `shown mine a~1 in 1A "hello?"`, "session 1 with peer b closed A: their node was started anew (back in 0)",
		"failed a~1: their node was started anew")
	x.hears("b")
	if left := x.disks["a"].sessionsLeft(); len(left) > 0 {
		t.Errorf("a is left with %v", left)
	}
}

// The other one has left while this node was down.
func TestOtherEndHasLeftMeanwhile(t *testing.T) {
	x := resting(t)
	x.do("a", Say{"hello?"})
	x.do("a", Saved{Through: x.disks["a"].write(len(x.disks["a"].coming))})
	x.gone("a")
	for _, e := range x.ends {
		for e.who == "b" && len(e.coming) > 0 {
			ev := e.coming[0]
			e.coming = e.coming[1:]
			x.do("b", ev)
		}
	}
	x.do("b", SwitchTo{"1"})
	x.do("b", Leave{})
	x.forget()
	x.until(func() bool { return x.calm() && x.cores["a"].sessions.open == 0 })
	x.hears("a", "session 1 with peer b interrupted A: this node was restarted", "in session with peer b", goesOn,
		"session 1 with peer b closed A: peer b has left (back in 0)", "failed a~1: peer b has left")
}

// The session ends, and the node crashes before its user is told: he is told then, and
// the session does not come back.
func TestEndThatIsToldAfterARestart(t *testing.T) {
	x := resting(t)
	x.do("a", Say{"hello?"})
	x.do("a", Saved{Through: x.disks["a"].write(len(x.disks["a"].coming))})
	x.hears("a", `shown mine a~1 in 1A "hello?"`)
	x.do("a", Say{"anybody?"})
	line := x.cores["a"].users[0].seats[0].place.session.line.id
	x.do("a", FrameReceived{line, "b", &Frame{Kind: FrameClose, Reason: CloseLeft}})
	x.hears("a") // it waits for the store
	x.gone("a")
	x.rest()
	x.hears("a", "session 1 with peer b closed A: peer b has left", "failed a~1: peer b has left", "failed a~2: peer b has left")
	if left := x.disks["a"].sessionsLeft(); len(left) > 0 {
		t.Errorf("a is left with %v", left)
	}
}

// Guests are gone with their node, and so are their sessions.
func TestGuestsSessionEndsWithTheNode(t *testing.T) {
	x := exploreCrashes(t, inTurn(), "a", "b")
	x.enter("a", "ann")
	x.do("a", asks{1, "", Fork{"b"}})
	x.rest()
	x.do("a", asks{1, "", Say{"psst"}})
	x.rest()
	if left := x.disks["a"].sessionsLeft(); len(left) > 0 {
		t.Errorf("of a guest's session there is kept %v", left)
	}
	x.gone("a")
	x.forget()
	x.until(func() bool { return x.calm() && x.cores["b"].sessions.open == 0 })
	x.hears("b", "session 1 with ann@peer a closed B: their node was started anew")
}

func TestSessionOfAnOwnerWithAGuest(t *testing.T) {
	x := exploreCrashes(t, inTurn(), "a", "b")
	x.enter("b", "ann")
	x.do("a", Fork{"ann@b"})
	x.rest()
	x.do("a", Say{"psst"})
	x.rest()
	x.gone("a")
	x.forget()
	x.rest()
	x.do("a", Say{"again"})
	x.rest()
	x.hears("a", "session 1 with ann@peer b interrupted A: this node was restarted", "in session with ann@peer b", goesOn,
		"session 1 with ann@peer b resumed A", `shown mine a~2 in 1A to ann "again"`, "delivered a~2")
	x.gone("b")
	x.forget()
	x.until(func() bool { return x.calm() && x.cores["a"].sessions.open == 0 })
	x.hears("a", "session 1 with ann@peer b closed A: their node was started anew (back in 0)")
}

// A line that breaks in one life is not waited for for ever in many.
func TestWaitingForAPeerGoesOnOverRestarts(t *testing.T) {
	x := resting(t)
	x.gone("b")
	for range 15 {
		x.gone("a")
		x.now = x.now.Add(24 * time.Hour)
		x.start("a")
		d := x.disks["a"]
		if x.cores["a"].sessions.open == 0 {
			break
		}
		x.do("a", Saved{Through: d.write(len(d.coming))})
		x.do("a", LineDone{Attempt: 1, Err: "no route"})
		for len(d.coming) > 0 {
			x.do("a", Saved{Through: d.write(1)})
		}
	}
	if after := x.now.Sub(noon); x.cores["a"].sessions.open > 0 || after < DirectExpiry || after > DirectExpiry+48*time.Hour {
		t.Errorf("after %v a has %d sessions; want them given up after %v", after, x.cores["a"].sessions.open, DirectExpiry)
	}
	if last := x.told["a"][len(x.told["a"])-1]; last != "session 1 with peer b closed A: their node has not been there for too long (back in 0)" {
		t.Errorf("a was told %q", last)
	}
}

// damaged is a core that starts with a note of a session b7 with b and what is said
// there, after change has been at them.
func damaged(t *testing.T, change func(*savedSession, *Past)) (*script, *Core, []string) {
	t.Helper()
	id := SessionID{7}
	p := &Past{}
	is := savedSession{With: "b", Side: SideA, N: 1, Agreed: true}
	for seq := uint64(1); seq <= 3; seq++ {
		m := MessageID{id.Conversation(), Ref{LogKey{"a", LogID(id)}, seq}}
		p.Apply(Recorded{ID: m})
		p.Apply(Drafted{m, &Message{Kind: Text, Body: fmt.Sprint("text ", seq)}})
	}
	p.Apply(Noted{noteLife, make([]byte, 16)})
	change(&is, p)
	if _, there := p.Notes["session/0700000000000000"]; !there {
		note, _ := json.Marshal(is)
		p.Apply(Noted{"session/0700000000000000", note})
	}
	s := newScript(t)
	c := s.join("a", func(cfg *Config) { cfg.Keeps, cfg.Durable, cfg.Past = true, true, p })
	var told []string
	saves, rest := split(s.give("a", Started{}))
	for {
		told = append(told, rest...)
		if len(saves) == 0 {
			break
		}
		for _, sv := range saves {
			for _, ch := range sv.Changes {
				p.Apply(ch)
			}
		}
		saves, rest = split(s.give("a", Saved{Through: saves[len(saves)-1].N}))
	}
	checkSessions(t, c)
	return s, c, told
}

func TestWhatIsKeptOfASessionIsWhole(t *testing.T) {
	_, c, told := damaged(t, func(*savedSession, *Past) {})
	ss := c.users[0].sessions()
	if len(ss) != 1 || len(ss[0].queue) != 3 || ss[0].last != 3 {
		t.Fatalf("it comes back as %+v, told %q", ss, told)
	}
}

func TestDamagedNotesOfSessions(t *testing.T) {
	const warning = "warning: a private session cannot be gone on with: what is kept of it is damaged; the other one hears that it is over"
	for name, change := range map[string]func(*savedSession, *Past){
		"no JSON":               func(_ *savedSession, p *Past) { p.Apply(Noted{"session/0700000000000000", []byte("{")}) },
		"empty":                 func(_ *savedSession, p *Past) { p.Apply(Noted{"session/0700000000000000", []byte{}}) },
		"with nobody":           func(is *savedSession, _ *Past) { is.With = "" },
		"with oneself":          func(is *savedSession, _ *Past) { is.With = "a" },
		"with a long name":      func(is *savedSession, _ *Past) { is.Guest = strings.Repeat("x", MaxName+1) },
		"no side":               func(is *savedSession, _ *Past) { is.Side = 0 },
		"a third side":          func(is *savedSession, _ *Past) { is.Side = 3 },
		"the number 0":          func(is *savedSession, _ *Past) { is.N = 0 },
		"a number below":        func(is *savedSession, _ *Past) { is.N = -1 },
		"the greatest number":   func(is *savedSession, _ *Past) { is.N = 1<<63 - 1 },
		"an unknown reason":     func(is *savedSession, _ *Past) { is.Leaving = 200 },
		"an alias that is none": func(is *savedSession, _ *Past) { is.Alias = "xyz" },
		"a short earlier id":    func(is *savedSession, _ *Past) { is.Was, is.WasLast = "00", 1 },
		"no earlier id":         func(is *savedSession, _ *Past) { is.WasLast = 1 },
		"more before than all":  func(is *savedSession, _ *Past) { is.Was, is.WasLast = "0800000000000000", 1<<40 },
		"a text is missing": func(_ *savedSession, p *Past) {
			r := p.Rooms["session/0700000000000000"]
			r.Drafts = slices.Delete(r.Drafts, 1, 2)
		},
		"the last is missing": func(_ *savedSession, p *Past) { r := p.Rooms["session/0700000000000000"]; r.Drafts = r.Drafts[:2] },
	} {
		t.Run(name, func(t *testing.T) {
			var past *Past
			lost := 0
			_, c, told := damaged(t, func(is *savedSession, p *Past) {
				change(is, p)
				past, lost = p, len(p.Rooms["session/0700000000000000"].Drafts)
			})
			if !slices.Contains(told, warning) || c.sessions.open > 0 {
				t.Errorf("%d sessions are open, told %s", c.sessions.open, list(told))
			}
			failed := 0
			for _, line := range told {
				if strings.HasPrefix(line, "failed a~") {
					failed++
				}
			}
			if failed != lost {
				t.Errorf("of %d texts that are not delivered %d are told as failed", lost, failed)
			}
			for conv := range past.Rooms {
				t.Errorf("%s is kept on", conv)
			}
			for note := range past.Notes {
				if strings.HasPrefix(note, "session/") {
					t.Errorf("the note %s is kept on", note)
				}
			}
		})
	}
}

func TestWhatComesBackIsBounded(t *testing.T) {
	p := &Past{}
	for i := range 2 * maxSessionsOfUser {
		note, _ := json.Marshal(savedSession{With: PeerID(fmt.Sprint("peer", i)), Side: SideA, N: i + 1, Agreed: true})
		p.Apply(Noted{fmt.Sprintf("session/%016x", i+1), note})
	}
	for i := range 2 * maxLeaving {
		note, _ := json.Marshal(savedSession{With: PeerID(fmt.Sprint("peer", i)), Side: SideA, N: i + 1, Agreed: true, Leaving: CloseLeft})
		p.Apply(Noted{fmt.Sprintf("session/1%015x", i+1), note})
	}
	s := newScript(t)
	c := s.join("a", func(cfg *Config) { cfg.Keeps, cfg.Durable, cfg.Past = true, true, p })
	s.give("a", Started{})
	if c.sessions.open != maxSessionsOfUser || len(c.sessions.leaving) != maxLeaving {
		t.Errorf("%d sessions and %d that are being left come back, want %d and %d", c.sessions.open, len(c.sessions.leaving), maxSessionsOfUser, maxLeaving)
	}
	checkSessions(t, c)
}
