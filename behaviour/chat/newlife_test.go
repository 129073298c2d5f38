package chat

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// backup is what a disk holds now; the result puts the disk back to that.
func (d *disk) backup() (restore func()) {
	changes, rows := slices.Clone(d.changes), slices.Clone(d.rows)
	return func() { d.changes, d.rows = changes, rows }
}

const surpassedText = "warning: others hold messages of peer a that its database does not know of…"

// A node that is restored from a backup takes back what it had said since, and uses
// no number twice.
func TestRestoredBackup(t *testing.T) {
	for _, room := range []string{"lobby", "#c"} {
		t.Run(room, func(t *testing.T) {
			s := newKeptScript(t, "a", "b")
			for _, who := range s.names {
				s.play(who, Join{Channel: "#c"})
			}
			s.link("a", "b")
			s.pass(time.Second)
			s.play("a", SayIn{room, "one"})
			restore := s.disks["a"].backup()
			s.play("a", SayIn{room, "two"})
			s.play("a", SayIn{room, "three"})
			s.crash("a")
			restore()
			s.join("a", keeping(s.disks["a"]))
			s.play("a", Started{})
			s.forget()
			s.play("a", SayIn{room, "four"})
			if got := strings.Join(s.told["a"], "\n"); !strings.Contains(got, "queued") || !strings.Contains(got, "nobody is here yet") {
				t.Errorf("alone it is told %q", got)
			}
			s.forget()
			s.link("a", "b")
			s.pass(time.Minute)
			var mine []string
			for _, line := range s.told["a"] {
				if strings.HasPrefix(line, "warning") || strings.HasPrefix(line, "shown") || strings.HasPrefix(line, "equivocation") {
					mine = append(mine, line[:min(len(line), 40)])
				}
			}
			if len(mine) != 3 || !strings.HasPrefix(mine[0], "warning: others hold") || !strings.HasSuffix(mine[1], `"two"`) || !strings.HasSuffix(mine[2], `"three"`) {
				t.Errorf("a is told %q", mine)
			}
			var theirs []string
			for _, line := range s.told["b"] {
				if strings.HasPrefix(line, "shown") || strings.HasPrefix(line, "equivocation") {
					theirs = append(theirs, line)
				}
			}
			if len(theirs) != 1 || !strings.HasSuffix(theirs[0], `1 "four"`) {
				t.Errorf("b is told %q", theirs)
			}
			// It goes on there, after another start too.
			s.crash("a")
			s.restart("a")
			s.pass(time.Minute)
			s.forget()
			s.play("a", SayIn{room, "five"})
			if got := strings.Join(s.told["b"], "\n"); !strings.HasSuffix(got, `2 "five"`) || strings.Contains(got, "equivocation") {
				t.Errorf("b is told %q", got)
			}
		})
	}
}

// To one peer the answer tells.
func TestRestoredBackupToOnePeer(t *testing.T) {
	for _, c := range []struct {
		name string
		lost []string // said after the backup
		b    []string
	}{
		{"one message behind", []string{"two"}, []string{`equivocation of a in dm/a/b: 2 is "" and "again"`, `"again"`}},
		{"two messages behind", []string{"two", "three"}, []string{`"again"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newKeptScript(t, "a", "b")
			s.link("a", "b")
			s.play("a", SendDirect{To: "b", Text: "one"})
			restore := s.disks["a"].backup()
			for _, text := range c.lost {
				s.play("a", SendDirect{To: "b", Text: text})
			}
			s.crash("a")
			restore()
			s.restart("a")
			s.forget()
			s.play("a", SendDirect{To: "b", Text: "again"})
			s.pass(time.Minute)
			got := slices.DeleteFunc(s.told["b"], func(l string) bool { return !strings.HasPrefix(l, "shown") && !strings.HasPrefix(l, "equiv") })
			if !slices.EqualFunc(got, c.b, strings.HasSuffix) {
				t.Errorf("b is told %q, want %q", got, c.b)
			}
			if got := strings.Join(s.told["a"], "\n"); !strings.Contains(got, strings.TrimSuffix(surpassedText, "…")) || !strings.Contains(got, "delivered") || strings.Contains(got, "failed") {
				t.Errorf("a is told %q", got)
			}
			if d := s.cores["a"].directs["b"]; d.sent || d.stale != nil || d.mine.flight != nil || len(d.mine.pending) > 0 {
				t.Errorf("something waits still: %+v", d.mine)
			}
			s.forget()
			s.crash("a")
			s.restart("a")
			s.pass(retryLast)
			s.news("b")
			s.play("a", SendDirect{To: "b", Text: "more"})
			s.pass(time.Second)
			if got := strings.Join(s.told["b"], "\n"); !strings.HasSuffix(got, `2 "more"`) {
				t.Errorf("b is told %q", got)
			}
		})
	}
}

// What was on its way when the backup was made has arrived since: it is not said again.
func TestRestoredBackupWithAMessageOnItsWay(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	s.link("a", "b")
	s.unlink("a", "b")
	s.play("a", SendDirect{To: "b", Text: "one"})
	restore := s.disks["a"].backup()
	s.link("a", "b")
	s.play("a", SendDirect{To: "b", Text: "two"})
	s.crash("a")
	restore()
	s.join("a", keeping(s.disks["a"]))
	s.play("a", Started{})
	s.forget()
	s.link("a", "b")
	s.pass(time.Minute)
	s.news("a", "delivered a>b1", surpassedText)
	s.news("b")
	s.play("a", SendDirect{To: "b", Text: "three"})
	if got := s.told["b"]; len(got) != 1 || !strings.HasSuffix(got[0], `1 "three"`) {
		t.Errorf("b is told %q", got)
	}
}

// Who does not say how far the log is cannot keep a restarted node silent.
func TestFirstWordsWaitForAVectorOrTwoSeconds(t *testing.T) {
	s := newKeptScript(t, "a")
	s.play("a", Say{"one"})
	s.crash("a")
	s.restart("a")
	s.forget()
	s.play("a", Say{"two"})
	s.news("a", `shown mine a2 "two"`, "queued a2: nobody is here yet")
	s.give("a", PeerUp{"b"}) // and its sync does not end
	s.now = s.now.Add(holdTime - time.Millisecond)
	for _, e := range s.give("a", Tick{}) {
		if _, ok := e.(Save); ok {
			t.Error("it spoke before two seconds were over")
		}
	}
	s.now = s.now.Add(time.Millisecond)
	saves, _ := split(s.give("a", Tick{}))
	if !slices.Contains(changes(saves), "Kept") {
		t.Error("it says nothing after two seconds")
	}
}

// Of a log that began in this run nobody can hold more: whoever says so lies.
func TestLiesAboutOnesOwnLog(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", Say{"one"}, `shown mine a1 "one"`, `publish a1 "one"`)
	s.give("a", Published{Lobby, 1, 1, ""})
	claim := holds("a", 1, 9)
	claim.Sum, claim.Forked = 5, true
	s.give("a", SyncRequested{1, "liar", s.delta([]LogState{claim})})
	s.give("a", SyncRequested{2, "liar", []Delta{{Conversation: Lobby, Envelopes: []*Envelope{s.forge("a", 1, 2, "two"), s.forge("a", 1, 2, "TWO")}}}})
	s.step("a", EnvelopeReceived{"liar", s.forge("a", 1, 1, "ONE")})
	s.step("a", Say{"two"}, `shown mine a2 "two"`, `publish a2 "two"`)
	if n := s.cores["a"].counts["claims to more of this node's log than there is"]; n != 3 {
		t.Errorf("%d claims are counted, want 3", n)
	}
}

// A peer can make a restored node begin a new life once, and no more.
func TestOneNewLifeARun(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	s.link("a", "b")
	s.play("a", Say{"one"})
	s.crash("a")
	s.restart("a")
	s.forget()
	s.claims("a", holds("a", 1, 9))
	s.claims("a", LogState{LogKey: s.cores["a"].lobby.mine.log.key, From: 1, Head: 9})
	s.news("a", surpassedText)
	s.play("a", Say{"still here"})
	if got := strings.Join(s.told["b"], "\n"); !strings.HasSuffix(got, `1 "still here"`) {
		t.Errorf("b is told %q", got)
	}
}

// claims brings a core the vector of some peer.
func (s *script) claims(who string, v LogState) {
	s.t.Helper()
	s.ticket++
	for _, e := range s.give(who, SyncRequested{s.ticket, "liar", []Delta{{Conversation: Lobby, Vector: []LogState{v}}}}) {
		if _, ok := e.(AnswerSync); !ok {
			s.collect(who, []Effect{e})
		}
	}
	s.settle()
}
