package chat

import (
	"fmt"
	"testing"
	"time"
)

// absence has a and b say something while c is away for an hour, and connects
// them again to c.
func absence(t *testing.T, kept bool, say func(s *script)) *script {
	t.Helper()
	s := newScript(t)
	for _, n := range []string{"a", "b", "c"} {
		change := func(*Config) {}
		if kept {
			change = keeping(s.disk(n))
		}
		s.join(n, change)
		s.play(n, Started{})
	}
	s.link("a", "b")
	s.link("b", "c")
	s.link("a", "c")
	s.play("a", Say{"before"})
	s.unlink("b", "c")
	s.unlink("a", "c")
	s.forget()
	say(s)
	s.pass(time.Hour)
	s.forget()
	s.link("b", "c")
	return s
}

func TestMuchThatWasMissedIsTold(t *testing.T) {
	for _, kept := range []bool{false, true} {
		s := absence(t, kept, func(s *script) {
			for i := range 30 {
				s.play("a", Say{fmt.Sprint("line ", i)})
				s.pass(time.Second)
			}
			s.play("b", Say{"ask Peer C about it"})
			s.play("b", Act{"waits for peer cc"})
			s.play("b", SayHello{})
		})
		s.news("c")
		s.pass(digestQuiet)
		s.news("c", "digest of lobby: 33 in 30s from a b, mentioned in b1")
		s.pass(time.Minute)
		s.news("c") // and nothing of it again
		s.play("b", Say{"now"})
		s.pass(time.Second)
		s.play("c", Say{"hi"})
		if !kept {
			continue
		}
		s.forget()
		s.play("c", ReadHistory{N: 3})
		s.saw("c", "history b3 b4 c1 and more")
		s.crash("c")
		s.forget()
		s.restart("c")
		s.pass(time.Minute)
		s.news("c")
	}
}

func TestLittleThatWasMissedIsShown(t *testing.T) {
	s := absence(t, false, func(s *script) {
		s.play("a", Say{"one"})
		s.play("b", Say{"two"})
	})
	s.pass(digestQuiet)
	s.news("c", `shown late a2 "one"`, `shown late b1 "two"`)
}

// What is said now does not wait for what was said before; but little that was
// said before comes before it.
func TestWhatIsSaidNowIsShownAtOnce(t *testing.T) {
	for _, c := range []struct {
		old  int
		want []string
	}{
		{2, []string{`shown late a2 "old"`, `shown late a3 "old"`, `shown b1 "now"`}},
		{21, []string{"digest of lobby: 21 in 0s from a", `shown b1 "now"`}},
	} {
		s := absence(t, false, func(s *script) {
			for range c.old {
				s.play("a", Say{"old"})
			}
		})
		s.play("b", Say{"now"})
		s.pass(time.Second)
		s.news("c", c.want...)
	}
}

func TestYoungOfManyAreShown(t *testing.T) {
	s := newScript(t, "a", "b")
	for range 40 {
		s.play("a", Say{"old"})
	}
	s.pass(time.Hour)
	s.play("a", Say{"young"})
	s.pass(digestAge)
	s.link("a", "b")
	s.pass(time.Second)
	s.news("b", "digest of lobby: 40 in 0s from a", `shown late a41 "young"`)
}

func TestDigestIsForWhoIsThere(t *testing.T) {
	s := newScript(t, "a", "b")
	s.enter("b", "gus", "Ida")
	for u := User(1); u <= 2; u++ {
		s.give("b", asks{u, "", Join{Channel: "#c"}})
	}
	s.give("b", Join{Channel: "#c"})
	s.give("b", OpenLobby{})
	s.give("b", asks{1, "", Ignore{"b"}})
	s.play("a", Join{Channel: "#c"})
	for i := range 30 {
		s.play("a", Say{fmt.Sprintf("IDA's line %d", i)})
	}
	s.pass(time.Hour)
	s.play("a", Started{})
	s.play("b", Started{})
	s.forget()
	s.link("a", "b")
	s.give("b", asks{1, "", Ignore{"a"}})
	s.forget()
	s.pass(2 * time.Second)
	mentions := "digest of #c: 30 in 0s from a, mentioned in"
	for i := 11; i <= 30; i++ {
		mentions += fmt.Sprintf(" a#c%d", i)
	}
	s.news("b", "guest 2: "+mentions, "digest of #c: 30 in 0s from a")
	s.play("b", ListSessions{})
	s.news("b", "places [0 lobby *] [1 #c 30 unread]")
}

// What is never shown does not count.
func TestDigestCountsWhatCouldBeShown(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "x")
	e := edit(s.forge("x", 1, 1, make([]string, 100)...), func(e *Envelope) {
		for i := range e.Messages {
			if i%2 == 0 {
				e.Messages[i].Kind = 99
			}
		}
	})
	s.sealed["x"] = e
	s.at(time.Hour)
	s.step("a", SyncRequested{1, "x", s.delta([]LogState{holds("x", 1, 100)}, "x")}, "answer sync: has x1-100")
	s.wake("a", "digest of lobby: 50 in 0s from x")
}

// A digest is told at the latest after digestMost, and what still comes then is
// told in another: it is not fewer for that.
func TestDigestDoesNotWaitForEver(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "x")
	old := s.now
	s.at(time.Hour)
	for i := uint64(1); s.now.Before(noon.Add(time.Hour + digestMost)); i += 10 {
		now := s.now
		s.now = old
		e := s.forge("x", 1, i, make([]string, 10)...)
		s.now = now
		s.sealed["x"] = e
		s.play("a", SyncRequested{1, "x", s.delta([]LogState{holds("x", 1, i+9)}, "x")})
		s.pass(100 * time.Millisecond)
	}
	s.pass(time.Second)
	s.news("a", "digest of lobby: 300 in 0s from x")
}

func TestWhatIsCountedIsToldAtTheEnd(t *testing.T) {
	s := absence(t, false, func(s *script) {
		for range 40 {
			s.play("a", Say{"old"})
		}
	})
	s.play("c", Quit{})
	s.pass(DrainTime)
	s.news("c", "digest of lobby: 40 in 0s from a", "ended, 0 undelivered")
}

// What came and was not told yet is told after a crash, as a digest.
func TestWhatWasNotToldBeforeACrashIsToldAfter(t *testing.T) {
	for _, n := range []int{2, 40} {
		s := absence(t, true, func(s *script) {
			for range n {
				s.play("a", Say{"old"})
				s.pass(time.Second)
			}
		})
		s.crash("c")
		s.forget()
		s.restart("c")
		s.news("c", fmt.Sprintf("digest of lobby: %d in %v from a", n, time.Duration(n-1)*time.Second))
		s.crash("c")
		s.forget()
		s.restart("c")
		s.pass(time.Minute)
		s.news("c")
	}
}

func TestNamesAreFoundAsWholeWords(t *testing.T) {
	anna, seven, ada := new(user), new(user), new(user)
	n := make(names)
	n.add(anna, "Anna")
	n.add(seven, "peer 7")
	n.add(ada, "Ådå_x")
	n.add(ada, "!!")
	for _, c := range []struct {
		text string
		want []*user
	}{
		{"anna: look", []*user{anna}},
		{"joanna annas anna_ anna7 annä", nil},
		{"(ANNA) and anna", []*user{anna}},
		{"ask peer 7!", []*user{seven}},
		{"peer 70, peer", nil},
		{"peer 7 and\xffanna", []*user{seven, anna}},
		{"ådÅ_X", []*user{ada}},
		{"!!", nil},
		{"", nil},
	} {
		if got := n.in(c.text); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%q names %v, want %v", c.text, got, c.want)
		}
	}
}

func TestTallyIsBounded(t *testing.T) {
	s := newScript(t, "a")
	c := s.cores["a"]
	var k tally
	for i := range 2 * maxTally {
		k.count(Shown{From: Peer{ID: PeerID(fmt.Sprint(i))}, At: noon})
	}
	d := c.digest(c.lobby, &k, nil)
	if len(k.list) != maxTally+1 || d.Count != 2*maxTally || len(d.From) != maxDigestPeers {
		t.Errorf("%d are told apart, %d counted, %d named", len(k.list), d.Count, len(d.From))
	}
}
