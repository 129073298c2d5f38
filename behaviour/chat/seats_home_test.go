package chat

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Where the console is outlives the node, whoever comes first after the restart; where
// others were does not.
func TestTheConsoleIsWhereItWasBeforeTheRestart(t *testing.T) {
	for _, tt := range []struct {
		story          string
		console, other []Instruction // before the restart
		private        bool          // the console's line after it
	}{
		{"the console was in a session", []Instruction{Fork{"b"}}, nil, true},
		{"the other was in a session", nil, []Instruction{Fork{"b"}}, false},
		{"both were", []Instruction{Fork{"b"}}, []Instruction{SwitchTo{"1"}}, true},
	} {
		s := newKeptScript(t, "a", "b")
		s.play("a", Started{})
		s.play("b", Started{})
		s.link("a", "b")
		d := atDesks(s, Owner, 1, 2, 8, 9)
		d.at(1, Act{"wakes up"})
		d.at(2, Attach{})
		d.at(1, tt.console...)
		d.at(2, tt.other...)
		d.pass(time.Second)
		d.crash("a")
		d.restart("a")
		d.pass(time.Minute)
		d.quiet()
		d.at(9, Attach{}) // a page that was open in the browser
		d.at(8, Say{"from the console"})
		d.at(9, Say{"from the page"})
		d.pass(time.Second)
		want := map[bool]string{true: `shown a~1 in 1B "from the console"`, false: `shown a2 "from the console"`}[tt.private]
		if got := d.told["b"]; !slices.Contains(got, want) || len(got) != 2 || strings.Contains(strings.Join(got, ""), `B "from the page"`) {
			t.Errorf("%s: b is told %q, and not %q", tt.story, got, want)
		}
	}
}

// The console that has not typed anything yet is told where it is, and nobody else is.
func TestTheConsoleThatOnlyListens(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	home := s.cores["a"].byUser[Owner].seats[0]
	s.play("a", Fork{"b"})
	home.spare = true // as after a restart
	d := atDesks(s, Owner, 1, 2, 3)
	d.at(2, Attach{}, Join{Channel: "#ops"})
	d.at(3, Attach{})
	d.quiet()
	d.play("b", SwitchTo{"a"})
	d.play("b", Leave{})
	d.hears(1, "session 1 with peer b closed A: peer b has left (back in 0)")
	d.hears(2, "session 1 with peer b closed A: peer b has left")
	d.hears(3, "session 1 with peer b closed A: peer b has left")
	d.play("a", SwitchTo{"#ops"})
	home.spare = true
	d.at(2, OpenLobby{})
	d.quiet()
	d.at(3, Part{"#ops"})
	d.hears(1, "parted #ops", "in lobby")
	d.hears(2, "parted #ops")
	d.hears(3, "parted #ops")
	d.at(1, Say{"deploying"})
	d.hears(1, `held "deploying": you have left #ops, and this would go to the lobby`)
}

// Of a node without a console nobody is where the console would be.
func TestANodeWithoutAConsole(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.give("a", Detach{})
	d := atDesks(s, Owner, 1)
	d.play("b", Say{"anybody?"})
	d.at(1, Attach{}, ListSessions{})
	d.hears(1, `shown b1 "anybody?"`, "ready peer a", "places [0 lobby 1 unread *]")
	d.at(1, Say{"me"})
	d.hears(1, `shown mine a1 "me"`, "sent a1 to 1")
}

// A program that does not tell seats apart moves nobody but itself.
func TestSeatZeroAmongOthers(t *testing.T) {
	s := newScript(t, "a")
	d := atDesks(s, Owner, 0, 1)
	d.at(0, Join{Channel: "#ops"})
	d.at(1, Attach{})
	d.at(0, OpenLobby{}, Join{Channel: "#dev"})
	d.hears(1, "joined #ops as 1", "ready peer a", "joined #dev as 2 elsewhere")
	d.at(1, Say{"hi"})
	d.hears(1, `shown mine a1 "hi"`, "queued a1…")
	if got := d.heard[0]; !slices.Contains(got, "in lobby") || !slices.Contains(got, "joined #dev as 2") {
		t.Errorf("seat 0 hears %q", got)
	}
}
