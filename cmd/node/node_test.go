package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The three terminals of the README, the lines typed at once.
func TestThreeTerminals(t *testing.T) {
	n := peerNos(t, 3)
	one := start(t, n[0])
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	two.types("typed at once")
	three := start(t, n[2], "--bootstrap-peer-no", fmt.Sprint(n[0]))

	said := fmt.Sprintf(`^\[lobby\] peer %d( \(late\))?: typed at once$`, n[1])
	one.sees(said)
	three.sees(said)

	two.types("")
	hello := fmt.Sprintf(`^\[lobby\] peer %d says hello$`, n[1])
	one.sees(hello)
	three.sees(hello)
	two.sees(fmt.Sprintf(`^\[dm\] peer %d: heard your hello — \d+\.\d\d s$`, n[0]))
	two.sees(fmt.Sprintf(`^\[dm\] peer %d: heard your hello — \d+\.\d\d s$`, n[2]))

	two.types(fmt.Sprintf("dm %d foo   bar", n[2]))
	three.sees(fmt.Sprintf(`^\[dm\] peer %d: foo   bar$`, n[1]))
	two.sees(fmt.Sprintf(`^\[dm\] to peer %d: foo   bar — delivered$`, n[2]))

	two.types("ls")
	two.sees(fmt.Sprintf(`^\* peer %d +12D3KooW\w+ +here +direct +\d+\.\d ms$`, n[0]))

	two.types(`\quit`)
	two.ends(exitOK)
	one.sees(fmt.Sprintf(`^\* peer %d is gone$`, n[1]))
	for _, p := range []*process{one, three} {
		if c := p.out.count("typed at once"); c != 1 {
			t.Errorf("shown %d times", c)
		}
		if c := p.out.count("foo"); c != 0 && p == one {
			t.Error("a direct message is read by somebody else")
		}
	}
}

// What a stranger writes cannot act on the terminal.
func TestHostileText(t *testing.T) {
	n := peerNos(t, 2)
	one := start(t, n[0])
	two := start(t, n[1], "-b", fmt.Sprint(n[0]), "--name", "peer_1:]0;x")
	two.types("\x1b[2J\x1b]52;c;cm0=\x07 \u202e\\", "[lobby] peer 1: forged")
	line := one.sees("2J")
	if strings.ContainsAny(line, "\x1b\x07\u202e") {
		t.Errorf("%q", line)
	}
	one.sees(`^    \[lobby\] peer 1: forged$`)
}

// A name that would act on a terminal is nobody's.
func TestHostileName(t *testing.T) {
	t.Parallel()
	n := fmt.Sprint(peerNos(t, 1)[0])
	for _, name := range []string{"\x1b]0;x\x07", "anna\u202egpj", "two\nlines"} {
		p := launch(t, "-p", n, "--name", name)
		p.ends(exitConfig)
		p.complains(`^error: cannot use the name ".*" – `)
		if c := p.err.count(""); c != 1 {
			t.Errorf("%q: %d lines on stderr, want one", name, c)
		}
	}
}

func TestOnceDelivers(t *testing.T) {
	n := peerNos(t, 2)
	one := start(t, n[0])
	two := launch(t, "-p", fmt.Sprint(n[1]), "-b", fmt.Sprint(n[0]), "--once")
	two.types("good morning", fmt.Sprintf("dm %d for you", n[0]))
	two.in.Close()
	two.ends(exitOK)
	one.sees(fmt.Sprintf(`^\[lobby\] peer %d( \(late\))?: good morning$`, n[1]))
	one.sees(fmt.Sprintf(`^\[dm\] peer %d: for you$`, n[1]))
	two.sees(fmt.Sprintf(`^\[dm\] to peer %d: for you — delivered$`, n[0]))
}

func TestOnceAlone(t *testing.T) {
	n := peerNos(t, 2)
	for _, c := range []struct {
		name, input, complaint string
		code                   int
	}{
		{"nothing to say", "", "", exitOK},
		{"nobody hears", "good morning\n", "not delivered", 6},
		{"nobody is there", fmt.Sprintf("dm %d hi\n", n[1]), "^held: dm", 7},
		{"no such number", "dm 300000 hi\n", "^held: dm 300000 hi", 7},
		{"no such path", "dm ../../x hi\n", `^held: dm \.\./\.\./x hi`, 7},
		{"oneself", fmt.Sprintf("dm %d hi\n", n[0]), "^held: dm", 7},
		{"slip", "dm\n", "^held: dm", 7},
		{"unknown command", "/explode\n", "^error: /explode is not a command", 1},
		{"not UTF-8", "a\xffb\n", "^error: ", 1},
		{"a megabyte", strings.Repeat("x", 1<<20) + "\n", "^error: the line has 1048576 bytes", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := launch(t, "-p", fmt.Sprint(n[0]), "--once")
			if _, err := p.in.Write([]byte(c.input)); err != nil {
				t.Fatal(err)
			}
			p.in.Close()
			p.ends(c.code)
			if c.complaint != "" {
				p.complains(c.complaint)
			} else if got := p.err.text(); got != "" {
				t.Errorf("stderr %q", got)
			}
		})
	}
}

func TestJSONBothWays(t *testing.T) {
	n := peerNos(t, 2)
	one := launch(t, "-p", fmt.Sprint(n[0]), "--json")
	if first := one.sees(""); !strings.HasPrefix(first, `{"v":1,"type":"ready",`) {
		t.Errorf("the first object is %s", first)
	}
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	one.sees(fmt.Sprintf(`"type":"peer",.*"event":"up","peer":\{"id":"12D3KooW\w+","peer_no":%d,`, n[1]))
	one.types(`{"do":"broadcast","text":"hi \u001b","ref":"b"}`)
	two.sees(fmt.Sprintf(`^\[lobby\] peer %d: hi \\x1b$`, n[0]))
	one.sees(`"type":"message",.*"text":"hi \\u001b","mine":true`)
	one.sees(`"type":"delivery",.*"ref":"b".*"state":"(sent|queued)"`)
	one.types(fmt.Sprintf(`{"do":"dm","to":%d,"text":"psst","ref":"d"}`, n[1]))
	one.sees(`"type":"delivery",.*"ref":"d".*"state":"delivered"`)
	one.types(`{"do":"ls","ref":"l"}`, `{"do":"status","ref":"s"}`, `{"do":"join","channel":"#x","ref":"j"}`, `{"do":"history","conversation":"lobby","ref":"h"}`, `{"do":`)
	one.sees(`"type":"peers",.*"ref":"l","peers":\[\{"id":`)
	one.sees(`"type":"status",.*"ref":"s"`)
	one.sees(`"type":"channel",.*"ref":"j","event":"joined","channel":"#x","n":1`)
	one.sees(`"type":"history",.*"ref":"h","conversation":"lobby","items":\[\{.*"text":"hi \\u001b","mine":true`)
	one.sees(`"type":"error",.*"code":"bad-json"`)
	one.types(`{"do":"quit","ref":"q"}`)
	one.sees(`"ref":"q"`)
	one.sees(`"code":"ended"`)
	one.ends(exitOther) // one of the instructions was refused
}

func TestPortInUse(t *testing.T) {
	n := peerNos(t, 1)[0]
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(63000+n))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := launch(t, "-p", fmt.Sprint(n))
	began := time.Now()
	p.ends(exitListen)
	if d := time.Since(began); d > 2*time.Second {
		t.Errorf("took %v", d)
	}
	p.complains(fmt.Sprintf(`^error: cannot listen on .*%d.* – .* – `, 63000+n))
	if c := p.err.count(""); c != 1 {
		t.Errorf("%d lines on stderr, want one", c)
	}
}

func TestBadAddresses(t *testing.T) {
	n := fmt.Sprint(peerNos(t, 1)[0])
	for _, args := range [][]string{
		{"--listen", "/ip4/999.1.1.1/tcp/1"},
		{"--listen", "/ip4/127.0.0.1/tcp/65536"},
		{"--listen", "127.0.0.1:1"},
		{"--bootstrap", "127.0.0.1"},
		{"--bootstrap", "/ip4/127.0.0.1"},
		{"--name", "\x1b]0;x\x07\u202e"},
		{"--bootstrap", "/ip4/127.0.0.1/tcp/1/p2p/nonsense"},
		{"--network", "a/b"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			p := launch(t, append([]string{"-p", n}, args...)...)
			p.ends(exitConfig)
			p.complains(`^error: .* – `)
			if c := p.err.count(""); c != 1 {
				t.Errorf("%d lines on stderr, want one", c)
			}
		})
	}
}

func TestSignals(t *testing.T) {
	n := peerNos(t, 1)[0]
	for _, c := range []struct {
		signal syscall.Signal
		code   int
	}{{syscall.SIGTERM, exitOK}, {syscall.SIGHUP, exitOK}, {syscall.SIGINT, exitInterrupt}} {
		p := start(t, n)
		began := time.Now()
		p.signal(c.signal)
		p.ends(c.code)
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("%v took %v", c.signal, d)
		}
		if got := p.err.text(); got != "" {
			t.Errorf("%v: stderr %q", c.signal, got)
		}
	}
}

// End of input is not the end of the node.
func TestHeadless(t *testing.T) {
	n := peerNos(t, 2)
	one := start(t, n[0])
	one.in.Close()
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	two.types("anybody?")
	one.sees(`: anybody\?$`)
	one.signal(syscall.SIGTERM)
	one.ends(exitOK)
}

// A reader that goes away ends the node; an output that takes nothing is an error.
func TestOutputGone(t *testing.T) {
	n := fmt.Sprint(peerNos(t, 1)[0])
	r, gone, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer gone.Close()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	defer full.Close()
	for _, c := range []struct {
		name      string
		out       *os.File
		args      []string
		code      int
		complaint string
	}{
		{"reader gone", gone, []string{"-p", n}, exitOK, ""},
		{"disk full", full, []string{"-p", n}, exitListen, "error: cannot write to the output – "},
		{"help to a full disk", full, []string{"-h"}, exitListen, "error: cannot write to the output – "},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			var stderr strings.Builder
			cmd := exec.CommandContext(ctx, binary, c.args...)
			cmd.Stdout, cmd.Stderr = c.out, &stderr
			_ = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.HasPrefix(stderr.String(), c.complaint) || strings.Count(stderr.String(), "\n") > 1 {
				t.Errorf("exit code %d, stderr %q", code, stderr.String())
			}
		})
	}
}

// The second node with a number ends at once and says why; the first does not mind.
func TestSameNumberTwice(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	again := launch(t, "-p", fmt.Sprint(n[1]), "-b", fmt.Sprint(n[0]))
	again.ends(exitListen)
	if d := time.Since(again.began); d > 2*time.Second {
		t.Errorf("took %v", d)
	}
	again.complains(fmt.Sprintf(`^error: .* – .*another node with number %d – `, n[1]))
	if c := again.err.count(""); c != 1 {
		t.Errorf("%d lines on stderr, want one", c)
	}
	two.types("the only one")
	one.sees(`: the only one$`)
}

// A way in that takes calls and never says a word is told of as one that is closed.
func TestSilentBootstrap(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 3)
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(63000+n[0])) // nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	ready := time.Now()
	two.complains(fmt.Sprintf(`^warning: cannot reach peer %d at 127\.0\.0\.1:%d – .* – .*trying again$`, n[0], 63000+n[0]))
	if d := time.Since(ready); d > 2*time.Second {
		t.Errorf("told after %v", d)
	}
	three := start(t, n[2], "-b", fmt.Sprint(n[1]))
	three.types("we are two")
	two.sees(`: we are two$`)
}
