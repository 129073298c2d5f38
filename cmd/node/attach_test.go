//go:build unix

package main

import (
	"fmt"
	"syscall"
	"testing"
)

// Two terminals at one node each see the conversation, are answered alone, and go
// without harm.
func TestAttachTwice(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	d := daemons(t, n[1], "-b", fmt.Sprint(n[0]))
	one.sees(fmt.Sprintf(`^\* peer %d is here$`, n[1]))
	a, b := d.runs("attach"), d.runs("attach")
	for _, p := range []*process{a, b} {
		p.sees(fmt.Sprintf(`^\* ready: you are peer %d \[demo\]`, n[1]))
	}
	a.types("said by one of them")
	one.sees(`^\[lobby\] .*: said by one of them$`)
	one.types("heard by both")
	for _, p := range []*process{a, b} {
		p.sees(`^\[lobby\] .*: heard by both$`)
	}
	a.types("join #ops anna", "where one of them is")
	b.types("where the other one is", "dm 99999 hi")
	b.complains(`^held: dm 99999 hi – `)
	one.sees(`^\[lobby\] .*: where the other one is$`)
	a.types("/status")
	a.sees(`^\* network demo, up `)
	a.types(`\quit`)
	a.sees(`^\* detached; the node runs on$`)
	a.ends(exitOK)
	one.types("heard by one")
	b.sees(`^\[lobby\] .*: heard by one$`)
	b.in.Close()
	b.sees(`^\* detached; the node runs on$`)
	b.ends(7) // a line was held
	d.asked("ls").with(exitOK, fmt.Sprintf(`^\* peer %d `, n[0]), "")
	if c := one.out.count("where one of them is"); c > 0 {
		t.Error("what was said in a channel is heard in the lobby")
	}
	for _, p := range []*process{a, b} {
		if c := p.out.count("network demo"); c != 0 && p == b {
			t.Error("an answer was heard by whom it was not for")
		}
	}
}

// A script that attaches is done when its questions are answered.
func TestAttachScript(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	d := daemons(t, n[1], "-b", fmt.Sprint(n[0]))
	one.sees(fmt.Sprintf(`^\* peer %d is here$`, n[1]))
	does(t, fmt.Sprintf("ls\ndm %d hi\n", n[0]), "--control", d.socket, "attach").with(exitOK, fmt.Sprintf(`^\* peer %d `, n[0]), "")
	one.sees(`^\[dm\] .*: hi$`)
	does(t, "{\"do\":\"ls\",\"ref\":\"7\"}\n", "--control", d.socket, "--json", "attach").with(exitOK, `^{"v":1,"type":"peers",.*"ref":"7"`, "")
	does(t, "/fly\n", "--control", d.socket, "attach").with(exitOther, `^\* ready`, `^error: `)
	d.asked("attach", "now").with(exitUsage, "", `^error: "now" is left over – `)
	d.asked("attach", "--time").with(exitUsage, "", `^error: --time stands after "attach" – flags of the node stand before the command – node --time … attach$`)
}

// When the node goes, whoever is attached is told how, and ends.
func TestAttachedNodeGoes(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	d := daemons(t, n[0])
	a, follows := d.runs("attach"), d.runs("tail", "--since", "1h")
	a.sees(`^\* ready`)
	d.asked("send", "hi").with(exitOK, "", "")
	follows.sees(`: hi$`)
	d.kill()
	a.ends(exitNoNode)
	follows.ends(exitNoNode)
	for _, p := range []*process{a, follows} {
		p.complains(`^error: the node is gone – its end of the line has closed – start it again`)
	}

	d = daemons(t, n[1])
	a = d.runs("attach")
	a.sees(`^\* ready`)
	d.signal(syscall.SIGTERM)
	d.ends(exitOK)
	a.ends(exitOK)

	d = daemons(t, n[1])
	for s, code := range map[syscall.Signal]int{syscall.SIGINT: exitInterrupt, syscall.SIGTERM: exitOK} {
		a = d.runs("attach")
		a.sees(`^\* ready`)
		a.signal(s)
		a.ends(code)
		a.complains(`^detached; the node runs on$`)
	}
	d.asked("ls").with(exitOK, `^\* no peers yet`, "")
}
