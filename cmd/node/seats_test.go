package main

import (
	"fmt"
	"path/filepath"
	"testing"
)

// A console and a terminal that is attached to the same node: each goes its own way, and
// sees what is said and done at the other. After a restart the console goes on in the
// private session in which it was.
func TestTwoConsolesOfOneNode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	socket := filepath.Join(dir, "c")
	options := []string{"--data-dir", filepath.Join(dir, "anna"), "--control", socket, "--name", "anna"}
	anna := start(t, 1701, options...)
	bobby := named(t, "bobby", 1702, 1701)
	anna.knows("bobby")
	attached := func() *process {
		p := launch(t, "--control", socket, "attach")
		p.sees(`^\* ready: you are (peer 1701|anna) `)
		return p
	}
	second := attached()

	second.types("/join #ops")
	second.sees(`^\* you are in #ops now, conversation 1;`)
	anna.sees(`^\* you have joined #ops elsewhere, conversation 1: \\sw 1 leads there;`)
	anna.types("good morning")
	bobby.sees(`^\[lobby\] anna: good morning$`)
	second.sees(`^\[lobby\] anna: good morning$`)
	second.types("deploying")
	anna.sees(`^\[#ops\] anna: deploying$`)

	anna.types(`\fork bobby`)
	anna.sees(`^\* session 2 with bobby is open; what you type now goes to bobby alone`)
	second.sees(`^\* session 2 with bobby is open: you asked for it elsewhere, \\sw 2 leads there$`)
	anna.types("only you see this")
	bobby.sees(`^P~> anna: only you see this$`)
	second.sees(`^P-> anna: only you see this$`)
	second.types("still deploying")
	anna.sees(`^\[#ops\] anna: still deploying$`)

	anna.kill()
	second.ends(exitNoNode)
	anna = start(t, 1701, append(options, "-b", "1702")...)
	anna.sees(`^\* session 2 with bobby is resumed$`)
	second = attached() // before anything is typed at the console
	second.types("anybody here?")
	bobby.sees(`^\[lobby\] anna: anybody here\?$`)
	anna.types("and only you see this")
	bobby.sees(`^P~> anna: and only you see this$`)

	second.types(`\sw 2`, `\leave`)
	second.sees(`^\* you have ended session 2 with bobby; what you type now goes to the lobby$`)
	anna.sees(`^\* you have ended session 2 with bobby elsewhere; what you type now goes to the lobby$`)
	anna.types("secret")
	anna.complains(`^held: secret – you are in no private session now, and this would go to the lobby`)
}

// At a node without a console nobody reads but who is attached.
func TestWhoIsAttachedToADaemonReads(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "c")
	daemon := launch(t, "--peer-no", "1703", "--control", socket, "daemon")
	daemon.sees(`^\* ready: you are peer 1703 `)
	p := launch(t, "--control", socket, "attach")
	p.sees(`^\* ready: you are peer 1703 `)
	p.types("/join #ops")
	p.sees(`^\* you are in #ops now, conversation 1;`)
	guest := named(t, "bobby", 1704, 1703)
	guest.knows("peer 1703")
	guest.types("anybody?")
	p.sees(`^\[lobby\] bobby: anybody\?$`)
	p.types(`\ss`)
	p.sees(`^\* +0 +lobby +1 unread$`)
}

// Who only looks reads nothing: a question, a tail, or a program that says so.
func TestWhoOnlyLooksReadsNothing(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	d := daemons(t, n[1], "-b", fmt.Sprint(n[0]))
	one.sees(fmt.Sprintf(`^\* peer %d is here$`, n[1]))
	p := d.runs("attach")
	p.sees(`^\* ready: you are peer `)
	p.types("/join #ops")
	p.sees(`^\* you are in #ops now, conversation 1;`)
	tail := d.runs("tail", "--since", "1h") // so that it misses nothing of before it came
	program := launch(t, "--control", d.socket, "--json", "attach")
	program.types(`{"do":"attach","apart":true}`, `{"do":"say","text":"where?","ref":"s"}`, `{"do":"act","conversation":"lobby","text":"looks around"}`)
	program.sees(`"text":"this front end is in no conversation; say which one this is for","ref":"s"`)
	one.sees(`peer \d+ looks around$`)
	tail.sees(`looks around$`)
	one.types("anybody?")
	for _, f := range []*process{p, tail, program} {
		f.sees(`anybody\?`)
	}
	d.asked("sessions").with(exitOK, `^\* +0 +lobby +1 unread`, "")
	p.types(`\ss`)
	p.sees(`^\* +0 +lobby +1 unread$`)
}
