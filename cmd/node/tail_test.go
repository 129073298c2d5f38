//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What was said and what is said is shown once, in words or as JSON, everywhere or of
// one channel.
func TestTail(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	d := daemons(t, n[1], "-b", fmt.Sprint(n[0]))
	one.sees(fmt.Sprintf(`^\* peer %d is here$`, n[1]))
	witness := d.runs("attach")
	witness.sees(`^\* ready`)
	one.types("first", "second")
	witness.sees(`: second$`)
	d.asked("send", "--wait", "10s", "my own").with(exitOK, "", "")
	one.sees(`: my own$`)

	all := d.runs("tail", "--since", "1h")
	objects := d.runs("tail", "--since", "1h", "--json")
	none := d.runs("tail", "--since", time.Now().Add(time.Hour).Format(time.RFC3339))
	ops := d.runs("tail", "--channel", "ops", "--since=1h")
	for _, text := range []string{"first", "second", "my own"} {
		all.sees(`^\[lobby\] .*: ` + text + `$`)
		objects.sees(`^{"v":1,"type":"message",.*"text":"` + text + `"`)
	}
	one.types("third", "join #ops anna", "for the operators")
	all.sees(`: third$`)
	objects.sees(`"text":"third"`)
	all.sees(`^\[#ops\] .*: for the operators$`)
	ops.sees(`^\[#ops\] .*: for the operators$`)
	one.types(fmt.Sprintf("dm %d for you", n[1]))
	all.sees(`^\[dm\] .*: for you$`)
	d.asked("send", "--to", fmt.Sprint(n[0]), "for me").with(exitOK, "", "")
	all.sees(`^\[dm\] to .*: for me$`)
	objects.sees(`"text":"for me",.*"mine":true`)
	for _, text := range []string{"first", "second", "my own", "third", "for the operators"} {
		if c := all.out.count(": " + text + "$"); c != 1 {
			t.Errorf("%q is shown %d times", text, c)
		}
	}
	if c := ops.out.count(""); c != 1 {
		t.Errorf("of one channel %d lines are shown:\n%s", c, ops.out.text())
	}
	if c := none.out.count("first|second|my own"); c > 0 {
		t.Error("what was before is shown")
	}
	ops.signal(syscall.SIGTERM)
	ops.ends(exitOK)
	none.signal(syscall.SIGINT)
	none.ends(exitInterrupt)
	d.asked("tail", "--channel", "#").with(exitOther, "", `^error: `)
	d.asked("tail", "--since", "yore").with(exitUsage, "", `^error: --since is "yore" – it is an age or a time – `)
	d.asked("tail", "lobby").with(exitUsage, "", `^error: "lobby" is left over – `)
	d.signal(syscall.SIGTERM)
	all.ends(exitOK)
	objects.ends(exitOK)
}

// A long past is shown whole, in order.
func TestTailFromLongAgo(t *testing.T) {
	t.Parallel()
	d := daemons(t, peerNos(t, 1)[0])
	const n = 5*pastPage/2 + 1
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, "line %d.\n", i)
	}
	does(t, lines.String(), "--control", d.socket, "attach").with(exitOK, `detached`, "")
	follow := d.runs("tail", "--since", "1h")
	follow.sees(fmt.Sprintf(`: line %d\.$`, n-1))
	all, _ := follow.out.all()
	for i, l := range all {
		if !strings.HasSuffix(l.text, fmt.Sprintf(": line %d.", i)) {
			t.Fatalf("line %d is %q", i, l.text)
		}
	}
	if len(all) != n {
		t.Errorf("%d lines, want %d", len(all), n)
	}
}

// tail ends when its reader does, though nobody says anything any more.
func TestTailIntoHead(t *testing.T) {
	t.Parallel()
	d := daemons(t, peerNos(t, 1)[0])
	for i := range 3 {
		d.asked("send", fmt.Sprint("line ", i)).with(exitOK, "", "")
	}
	for _, lines := range []string{"1", "3"} {
		follow, head := exec.Command(binary, "--control", d.socket, "tail", "--since", "1h", "--json"), exec.Command("head", "-n", lines)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		follow.Stdout, head.Stdin = w, r
		var out, trouble strings.Builder
		head.Stdout, follow.Stderr = &out, &trouble
		for _, c := range []*exec.Cmd{follow, head} {
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
		}
		r.Close()
		w.Close()
		if err := head.Wait(); err != nil {
			t.Error(err)
		}
		limit := time.AfterFunc(patience, func() { _ = follow.Process.Kill() })
		err = follow.Wait()
		if limit.Stop(); err != nil || trouble.Len() > 0 {
			t.Errorf("tail: %v, %q", err, trouble.String())
		}
		if c := strings.Count(out.String(), `"type":"message"`); fmt.Sprint(c) != lines {
			t.Errorf("head -n %s has %q", lines, out.String())
		}
	}
}
