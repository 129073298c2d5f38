package main

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Three sessions in a ring (L-26): the node through which all came in dies in
// between, and they go on (L-25); so do new ones.
func TestThreeForksInARing(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 5)
	entry := start(t, n[0])
	anna, bobby, carmen := named(t, "anna", n[1], n[0]), named(t, "bobby", n[2], n[0]), named(t, "carmen", n[3], n[0])
	anna.knows("bobby", "carmen")
	bobby.knows("anna", "carmen")
	carmen.knows("anna", "bobby")

	anna.types(`\fork bobby`)
	anna.sees(`^\* session 1 with bobby is open; what you type now goes to bobby alone`)
	bobby.sees(`^\* anna has opened private session 1 with you: \\sw 1 to answer, \\leave there to end it$`)
	bobby.types(fmt.Sprintf(`\fork %d`, n[3]))
	bobby.sees(`^\* session 2 with carmen is open`)
	carmen.types(`\fork anna`)
	carmen.sees(`^\* session 2 with anna is open`)

	entry.kill()
	for _, p := range []*process{anna, bobby, carmen} {
		p.sees(fmt.Sprintf(`^\* peer %d is gone$`, n[0]))
	}
	anna.types("anna to bobby")
	bobby.types("bobby to carmen", `\sw 1`, "bobby to anna")
	carmen.types("carmen to anna", `\sw 1`, "carmen to bobby")
	anna.types(`\switch 2`, "anna to carmen", `\lobby`, "to everybody")
	bobby.sees(`^P~> anna: anna to bobby$`)
	carmen.sees(`^P~> bobby: bobby to carmen$`)
	anna.sees(`^P-> bobby: bobby to anna$`)
	anna.sees(`^P~> carmen: carmen to anna$`)
	bobby.sees(`^P-> carmen: carmen to bobby$`)
	carmen.sees(`^P-> anna: anna to carmen$`)
	bobby.sees(`^\[lobby\] anna: to everybody$`)
	carmen.sees(`^\[lobby\] anna: to everybody$`)
	anna.types(`\sessions`)
	anna.sees(`^\* \*  0  lobby$`)
	anna.sees(`^\*    1  private with bobby \(P->\)( +1 unread)?$`)
	anna.sees(`^\*    2  private with carmen \(P~>\)( +1 unread)?$`)

	dora := named(t, "dora", n[4], n[1])
	dora.knows("carmen")
	carmen.knows("dora")
	dora.types(`\fork carmen`)
	carmen.sees(`^\* dora has opened private session 3 with you`)
	dora.types("dora to carmen")
	carmen.sees(`^P~> dora: dora to carmen$`)
	carmen.types(`\sw 3`, "carmen to dora")
	dora.sees(`^P-> carmen: carmen to dora$`)

	all := map[string]*process{"anna": anna, "bobby": bobby, "carmen": carmen, "dora": dora}
	for _, pair := range []string{"anna bobby", "bobby carmen", "carmen anna", "bobby anna", "carmen bobby", "anna carmen", "dora carmen", "carmen dora"} {
		from, to, _ := strings.Cut(pair, " ")
		for name, p := range all {
			want := 0
			if name == to {
				want = 1
			}
			if c := p.out.count(": " + from + " to " + to); c != want {
				t.Errorf("%s has %d times what %s said to %s, want %d", name, c, from, to, want)
			}
		}
	}
}

// ofTwo is a session that anna has opened with bobby.
func ofTwo(t *testing.T, n []int) (anna, bobby *process) {
	anna, bobby = start(t, n[0], "--name", "anna"), named(t, "bobby", n[1], n[0])
	anna.knows("bobby")
	bobby.knows("anna")
	anna.types(`\fork bobby`)
	anna.sees(`^\* session 1 with bobby is open`)
	bobby.sees(`^\* anna has opened private session 1`)
	bobby.types(`\sw 1`)
	bobby.sees(`^\* what you type now goes to anna alone, in session 1`)
	return anna, bobby
}

// A session outlives a cut: what is said meanwhile arrives, in order and once.
func TestSessionOutlivesACut(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	anna, bobby := ofTwo(t, n)
	anna.types("before", "/disconnect bobby")
	for _, p := range []*process{anna, bobby} {
		p.sees(`^\* session 1 with \S+ is interrupted: the connection broke; what you type there waits$`)
	}
	var lines []string
	for i := range 5 {
		lines = append(lines, fmt.Sprintf("meanwhile %d", i))
	}
	anna.types(append(lines, `\ss`)...)
	bobby.types("are you there?")
	anna.sees(`^\* \*  1  private with bobby \(P->\)  interrupted$`)
	anna.sees(`^\[private\] to bobby: meanwhile 0 — queued: the line to bobby is interrupted`)
	bobby.sees(`^\[private\] to anna: are you there\? — queued: the line to anna is interrupted`)
	if c := bobby.out.count("meanwhile"); c != 0 {
		t.Errorf("%d lines came through the cut", c)
	}
	anna.types(fmt.Sprintf("/connect 127.0.0.1 %d", 63000+n[1]))
	for _, p := range []*process{anna, bobby} {
		p.sees(`^\* session 1 with \S+ is resumed$`)
	}
	anna.sees(`^P-> bobby: are you there\?$`)

	// A node that is asleep for a while misses nothing either.
	bobby.signal(syscall.SIGSTOP)
	anna.types("sleep well")
	bobby.signal(syscall.SIGCONT)
	anna.types("after")
	bobby.sees(`^P~> anna: after$`)

	want := append(append([]string{"before"}, lines...), "sleep well", "after")
	if got := bobby.said(`P~> anna: `); !slices.Equal(got, want) {
		t.Errorf("bobby read %q, want %q", got, want)
	}
	if got := anna.said(`P-> bobby: `); !slices.Equal(got, []string{"are you there?"}) {
		t.Errorf("anna read %q", got)
	}
}

// said are the texts of stdout so far that stand behind a mark, in order.
func (p *process) said(mark string) (texts []string) {
	lines, _ := p.out.all()
	for _, l := range lines {
		if text, ok := strings.CutPrefix(l.text, mark); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// A node that is started anew knows of no session: the other end is told, and
// what it types at that moment is said to nobody.
func TestSessionWithOneWhoStartsAnew(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	anna, bobby := ofTwo(t, n)
	bobby.kill()
	anna.sees(`^\* session 1 with bobby is interrupted: the connection broke`)
	anna.types("too late")
	anna.sees(`^\[private\] to bobby: too late — queued: `)
	bobby = named(t, "bobby", n[1], n[0])
	anna.sees(`^\* session 1 with bobby has ended: their node was started anew; what you type now goes to the lobby$`)
	anna.complains(`^\[private\] to bobby: too late — failed: their node was started anew$`)
	anna.types("still for bobby", `\fork bobby`)
	anna.complains(`^held: still for bobby – `)
	anna.sees(`^\* session 2 with bobby is open`)
	anna.types("once more", `\leave`)
	bobby.sees(`^P~> \S+( \S+)?: once more$`)
	anna.sees(`^\* you have ended session 2 with bobby; what you type now goes to the lobby$`)
	bobby.sees(`^\* session 1 with .* has ended: .* has left$`)
	anna.types("to all")
	bobby.sees(`^\[lobby\] .*: to all$`)
	if c := bobby.out.count("too late|still for bobby"); c != 0 {
		t.Errorf("%d lines came that were for nobody", c)
	}
}
