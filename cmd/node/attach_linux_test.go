package main

import (
	"fmt"
	"testing"
)

// A terminal that attaches is one like the node's own: a held line waits for Enter,
// and Ctrl-D leaves.
func TestAttachOnATerminal(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	d := daemons(t, n[1], "-b", fmt.Sprint(n[0]))
	p := onTerminal(t, "--control", d.socket, "attach")
	p.sees(`\* ready`)
	p.types("dm")
	p.sees(`held: dm`)
	p.types("")
	one.sees(`: dm$`)
	p.types("dm 99999 hi")
	p.sees(`held: dm 99999 hi`)
	p.presses(ctrlD)
	p.sees(`\* detached; the node runs on`)
	p.ends(exitOK)
	p = onTerminal(t, "--control", d.socket, "attach")
	p.sees(`\* ready`)
	p.presses(ctrlC)
	p.ends(exitInterrupt)
	d.asked("ls").with(exitOK, fmt.Sprintf(`^\* peer %d `, n[0]), "")
}
