package main

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"regexp"
	"testing"
	"time"
)

// visitor is a guest of a gateway: a plain connection, as nc makes it.
type visitor struct {
	t      *testing.T
	name   string
	in     io.Writer
	out    *transcript
	vanish func() // ends it as when its terminal is closed
	stays  bool   // when the gateway has closed the connection, as nc does while it has input
}

// visits connects to a gateway.
func visits(t *testing.T, name, addr string) *visitor {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t: t, name: name, in: conn, out: record(conn), vanish: func() { conn.Close() }}
	t.Cleanup(func() {
		v.vanish()
		v.shows()
	})
	return v
}

// visitsWithNC is visits with the real nc.
func visitsWithNC(t *testing.T, name, addr string) *visitor {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("nc", host, port)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	v := &visitor{t: t, name: name, in: in, out: record(out), stays: true}
	v.vanish = func() { _ = cmd.Process.Kill() } // it may have ended
	t.Cleanup(func() {
		v.vanish()
		<-v.out.done
		_ = cmd.Wait()
		v.shows()
	})
	return v
}

// shows tells what the visitor read when the test has failed.
func (v *visitor) shows() {
	if v.t.Failed() {
		v.t.Logf("%s read\n%s", v.name, v.out.text())
	}
}

func (v *visitor) types(lines ...string) {
	v.t.Helper()
	for _, l := range lines {
		if _, err := io.WriteString(v.in, l+"\n"); err != nil {
			v.t.Fatalf("%s types %q: %v", v.name, l, err)
		}
	}
}

func (v *visitor) sees(pattern string) string {
	v.t.Helper()
	return v.out.wait(v.t, v.name, pattern)
}

// ends waits until the gateway has closed the connection, if that can be seen.
func (v *visitor) ends() {
	v.t.Helper()
	if v.stays {
		return
	}
	select {
	case <-v.out.done:
	case <-time.After(patience):
		v.t.Fatalf("the connection of %s does not end", v.name)
	}
}

// gateway waits until a node lets guests in, and returns where.
func (p *process) gateway() string {
	p.t.Helper()
	return regexp.MustCompile(`\S+$`).FindString(p.sees(`^\* gateway on \S+$`))
}

// Guests of two nodes in two channels: those of one channel hear each other and
// nobody else, whichever node they are guests of.
func TestGuestsOfTwoNodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		visit func(t *testing.T, name, addr string) *visitor
	}{{"plain connection", visits}, {"nc", visitsWithNC}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.name == "nc" {
				if _, err := exec.LookPath("nc"); err != nil {
					t.Skip("NOT TESTED: nc is not installed; it is in netcat-openbsd")
				}
			}
			guestsOfTwoNodes(t, c.visit)
		})
	}
}

func guestsOfTwoNodes(t *testing.T, visit func(t *testing.T, name, addr string) *visitor) {
	n := peerNos(t, 2)
	one := start(t, n[0], "--gateway", "0")
	two := named(t, "hub", n[1], n[0], "--gateway", "0")
	one.knows("hub")

	anna := visit(t, "anna", one.gateway())
	anna.sees(`^\* begin with "join #channel yourname"`)
	anna.types("is anybody there?")
	anna.sees(`^error: malformed: join a channel first$`)
	anna.types("join ops anna")
	anna.sees(fmt.Sprintf(`^\* you are called anna@peer %d now$`, n[0]))
	anna.sees(`^\* you are in #ops now, conversation 1; nobody else is there yet, as far as is known$`)
	again := visit(t, "the second anna", one.gateway())
	again.types("join #ops anna")
	again.sees(fmt.Sprintf(`^\* you are anna_2, not anna: another guest here is called that already; others see anna_2@peer %d; `, n[0]))
	again.sees(fmt.Sprintf(`^\* you are in #ops now, conversation 1; also there: anna@peer %d$`, n[0]))
	far := visit(t, "the anna of the other node", two.gateway())
	far.types("join #ops anna")
	alice := visit(t, "alice", two.gateway())
	alice.types("join dev alice")
	alice.sees(`^\* you are in #dev now`)
	anna.sees(`^\* anna@hub has joined #ops$`)
	far.sees(fmt.Sprintf(`^\* anna_2@peer %d has joined #ops$`, n[0]))

	anna.types("for ops")
	far.types("from afar", "/names")
	alice.types("for dev")
	again.sees(fmt.Sprintf(`^\[#ops\] anna@peer %d: for ops$`, n[0]))
	far.sees(fmt.Sprintf(`^\[#ops\] anna@peer %d: for ops$`, n[0]))
	anna.sees(`^\[#ops\] anna@hub: from afar$`)
	far.sees(`^\* 3 people in #ops:$`)
	far.sees(`^\*   anna@hub \(you\)$`)

	anna.types(fmt.Sprintf("dm alice@%d just you", n[1]), "dm anna which of us?")
	alice.sees(fmt.Sprintf(`^\[dm\] anna@peer %d: just you$`, n[0]))
	anna.sees(`^\[dm\] to alice@hub: just you — delivered$`)
	anna.sees(fmt.Sprintf(`^held: dm anna which of us\? – "anna" may be any of anna@%d, anna@%d; use one of these`, n[0], n[1]))

	anna.types(fmt.Sprintf(`\fork alice@%d`, n[1]), "only we two")
	anna.sees(`^\* session 2 with alice@hub is open; what you type now goes to alice@hub alone`)
	alice.sees(fmt.Sprintf(`^\* anna@peer %d has opened private session 2 with you: `, n[0]))
	alice.sees(fmt.Sprintf(`^P~> anna@peer %d: only we two$`, n[0]))
	alice.types(`\sw 2`, "so it is")
	anna.sees(`^P-> alice@hub: so it is$`)

	alice.types(`\lobby`, "everybody!")
	one.sees(`^\[lobby\] alice@hub: everybody!$`)
	again.types(`\quit`)
	again.ends()
	far.sees(fmt.Sprintf(`^\* anna_2@peer %d has left #ops$`, n[0]))
	alice.vanish()
	anna.sees(`^\* session 2 with alice@hub has ended: .* has left; what you type now goes to `)
	anna.types(`\sw #ops`, "are you still there?")
	far.sees(fmt.Sprintf(`^\[#ops\] anna@peer %d: are you still there\?$`, n[0]))

	for _, v := range []*visitor{anna, again, far} {
		if c := v.out.count("for dev|everybody!"); c != 0 {
			t.Errorf("%s has read %d lines of conversations that are not his", v.name, c)
		}
	}
	if c := alice.out.count("for ops|from afar|has joined #ops"); c != 0 {
		t.Errorf("alice has read %d lines of a channel in which she is not", c)
	}
	for _, out := range []*transcript{one.out, two.out, again.out, far.out} {
		if c := out.count("just you|only we two|so it is"); c != 0 {
			t.Errorf("%d private lines were read by others", c)
		}
	}
}
