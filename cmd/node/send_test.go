//go:build unix

package main

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

func TestSend(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	d := daemons(t, n[1], "-b", fmt.Sprint(n[0]))
	one.sees(fmt.Sprintf(`^\* peer %d is here$`, n[1]))
	to := fmt.Sprint(n[0])

	d.asked("send", "good", "morning").with(exitOK, "", "")
	one.sees(`^\[lobby\] .*: good morning$`)
	d.asked("send", "--to", to, "--wait", "10s", "for you").with(exitOK, "", "")
	one.sees(`^\[dm\] .*: for you$`)
	d.asked("send", "--", "--to", to).with(exitOK, "", "")
	one.sees(`^\[lobby\] .*: --to \d+$`)
	does(t, "build  done\r\n", "--control", d.socket, "send", "-").with(exitOK, "", "")
	one.sees(`^\[lobby\] .*: build  done$`)
	does(t, "two\nlines\n", "--control", d.socket, "send", "--to="+to, "-").with(exitOK, "", "")
	one.sees(`^\[dm\] .*: two$`)
	one.sees(`^    lines$`)
	d.asked("send", "/quit").with(exitOK, "", "") // text is text
	one.sees(`^\[lobby\] .*: /quit$`)
	d.asked("send", "--json", "--to", to, "--wait=10s", "in JSON").with(exitOK,
		`^{"v":1,"type":"message",.*"text":"in JSON","mine":true}\n(.*\n)*{"v":1,"type":"delivery",.*"state":"delivered"}\n$`, "")

	// A channel is joined for it, once, with or without the sign that is a comment to shells.
	one.types("join #ops anna")
	one.sees(`you are in #ops now`)
	does(t, "build done", "--control", d.socket, "send", "--channel", "#ops", "--wait", "10s", "-").with(exitOK, "", "")
	one.sees(`^\* .* has joined #ops$`)
	one.sees(`^\[#ops\] .*: build done$`)
	d.asked("send", "--channel", "ops", "once more").with(exitOK, "", "")
	one.sees(`^\[#ops\] .*: once more$`)
	if c := one.out.count(`has (joined|left) #ops`); c != 1 {
		t.Errorf("it came or went %d times", c)
	}
	d.asked("sessions").with(exitOK, `^\*    0  lobby$`, "") // where others talk is not changed
}

func TestSendFails(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	d := daemons(t, n[0])
	one := launch(t, "-p", fmt.Sprint(n[1]), "-b", fmt.Sprint(n[0]))
	one.sees(`^\* ready: `)
	one.sees(fmt.Sprintf(`^\* peer %d is here$`, n[0]))
	for _, c := range []struct {
		args   []string
		input  string
		code   int
		errors string
	}{
		{[]string{"--to", "9", "hi"}, "", 7, `^error: nobody is 9`},
		{[]string{"--to", fmt.Sprint(n[0]), "hi"}, "", 7, `^error: .* is this node itself`},
		{[]string{"--channel", "#", "hi"}, "", exitOther, `^error: `},
		{[]string{"-"}, "", exitUsage, `^error: the text is empty – nothing was sent – `},
		{[]string{" "}, "", exitUsage, `^error: the text is empty – `},
		{[]string{"-"}, "a\xff", exitUsage, `^error: the text is not valid UTF-8 – nothing was sent – `},
		{[]string{"-"}, strings.Repeat("x", chat.MaxText+1), exitUsage, `^error: the text has 65537 bytes – nothing was sent – a message takes 65536 at most$`},
		{[]string{"-"}, strings.Repeat("x", 1<<20), exitUsage, `^error: the text has 1048576 bytes – `},
		{[]string{"--to", "9"}, "", exitUsage, `^error: send has no text – `},
		{[]string{"hi", "--to", "9"}, "", exitUsage, `^error: --to stands after the words – `},
		{[]string{"--too", "9", "hi"}, "", exitUsage, `^error: "--too" is not a flag of send – did you mean --to\? – `},
		{[]string{"--peer-no", "9", "hi"}, "", exitUsage, `^error: --peer-no stands after "send" – flags of the node stand before the command – `},
		{[]string{"--to", "9", "--channel", "#x", "hi"}, "", exitUsage, `^error: --to and --channel are given – `},
		{[]string{"--wait", "soon", "hi"}, "", exitUsage, `^error: --wait is "soon" – `},
		{[]string{"--wait", "-1s", "hi"}, "", exitUsage, `^error: --wait is "-1s" – `},
		{[]string{"--wait"}, "", exitUsage, `^error: --wait has no value – `},
	} {
		does(t, c.input, append([]string{"--control", d.socket, "send"}, c.args...)...).with(c.code, "", c.errors)
	}
	does(t, strings.Repeat("x", chat.MaxText), "--control", d.socket, "send", "-").with(exitOK, "", "")

	one.kill()
	d.asked("send", "--to", fmt.Sprint(n[1]), "--wait", "100ms", "are you there?").with(8, "", `^error: not delivered within 100ms – .*it is accepted – the node goes on trying$`)
	d.asked("send", "--to", fmt.Sprint(n[1]), "later then").with(exitOK, "", "")
}

// Nobody is connected who could pass a message on: that is another code than one who
// is not there.
func TestSendToNobody(t *testing.T) {
	t.Parallel()
	d := daemons(t, peerNos(t, 1)[0])
	d.asked("send", "--wait", "100ms", "hello?").with(6, "", `^error: nobody has the message yet – no peer is connected – .*it is accepted, and sent when there is one$`)
	d.asked("send", "hello?").with(exitOK, "", "")
}

// BenchmarkSend is the whole process of a message to a running node, beside one that
// asks nobody anything.
func BenchmarkSend(b *testing.B) {
	socket := b.TempDir() + "/control.sock"
	node := exec.Command(binary, "--peer-no", "2499", "--listen", "/ip4/127.0.0.1/tcp/0", "--control", socket, "daemon")
	out, err := node.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := node.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = node.Process.Kill(); _ = node.Wait() }()
	if _, err := out.Read(make([]byte, 1)); err != nil { // it is ready
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
	}{{"version", []string{"version"}}, {"send", []string{"--control", socket, "send", "good morning"}}} {
		b.Run(c.name, func(b *testing.B) {
			var all []time.Duration
			for b.Loop() {
				began := time.Now()
				if err := exec.Command(binary, c.args...).Run(); err != nil {
					b.Fatal(err)
				}
				all = append(all, time.Since(began))
			}
			b.ReportMetric(float64(percentile(all, 50).Microseconds())/1000, "ms-median")
			b.ReportMetric(float64(percentile(all, 99).Microseconds())/1000, "ms-p99")
		})
	}
}
