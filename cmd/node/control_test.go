//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"tincan/cmd/internal/console"
)

// outcome is what a command has done.
type outcome struct {
	t           *testing.T
	args        []string
	code        int
	out, errors string
	took        time.Duration
}

// does runs a command to its end, with input.
func does(t *testing.T, input string, args ...string) outcome {
	t.Helper()
	return doesWith(t, nil, input, args...)
}

// doesWith is does with more in the environment.
func doesWith(t *testing.T, env []string, input string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	var out, trouble bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = append(withoutOurs(), env...), strings.NewReader(input), &out, &trouble
	began := time.Now()
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatalf("node %q: %v", args, err)
	}
	return outcome{t, args, cmd.ProcessState.ExitCode(), out.String(), trouble.String(), time.Since(began)}
}

// withoutOurs is the environment without what would change a node.
func withoutOurs() (env []string) {
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TINCAN_") {
			env = append(env, v)
		}
	}
	return env
}

// with compares the exit code, and looks for what is said on either stream: "" is
// nothing at all.
func (o outcome) with(code int, out, errors string) {
	o.t.Helper()
	if o.code != code || !isLike(o.out, out) || !isLike(o.errors, errors) {
		o.t.Errorf("node %q:\n got %d, stdout %q, stderr %q\nwant %d, stdout like %q, stderr like %q", o.args, o.code, o.out, o.errors, code, out, errors)
	}
}

func isLike(text, pattern string) bool {
	if pattern == "" {
		return text == ""
	}
	return regexp.MustCompile("(?m)" + pattern).MatchString(text)
}

// server is a node without a console, with a socket of its own.
type server struct {
	*process
	socket string
}

// daemons starts a demo node without a console and waits until it is ready.
func daemons(t *testing.T, no int, args ...string) server {
	t.Helper()
	d := server{socket: filepath.Join(t.TempDir(), "control.sock")}
	d.process = start(t, no, append(args, "--control", d.socket, "daemon")...)
	return d
}

// asked runs a command at the node.
func (d server) asked(args ...string) outcome {
	d.t.Helper()
	return does(d.t, "", append([]string{"--control", d.socket}, args...)...)
}

// runs launches a command at the node.
func (d server) runs(args ...string) *process {
	d.t.Helper()
	return launch(d.t, append([]string{"--control", d.socket}, args...)...)
}

// A daemon says one line, reads nothing, and ends in peace.
func TestDaemon(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	d := daemons(t, n[1], "-b", fmt.Sprint(n[0]))
	d.types("what is typed is nobody's", `\quit`)
	d.in.Close()
	one.sees(fmt.Sprintf(`^\* peer %d is here$`, n[1]))
	one.types("good morning")
	d.asked("send", "--wait", "10s", "good morning to you").with(exitOK, "", "")
	one.sees(`: good morning to you$`)
	if info, err := os.Lstat(d.socket); err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	d.signal(syscall.SIGTERM)
	d.ends(exitOK)
	if d.out.count("") != 1 || d.err.count("") != 0 {
		t.Errorf("it said more than that it is ready:\n%s%s", d.out.text(), d.err.text())
	}
	if _, err := os.Lstat(d.socket); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its socket is still there: %v", err)
	}
	if one.out.count("nobody's") > 0 {
		t.Error("what nobody reads was said")
	}
}

// One that is killed leaves its socket to the next; one that lives does not.
func TestDaemonKilled(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	d := daemons(t, n[0])
	other := launch(t, "-p", fmt.Sprint(n[1]), "--control", d.socket, "daemon")
	other.ends(exitInUse)
	other.complains(`^error: the control socket ".*" is in use – another node listens there – `)
	d.kill()
	d.asked("ls").with(exitNoNode, "", `^error: no node is running there – .*daemon starts one`)
	again := start(t, n[0], "--control", d.socket, "daemon")
	d.asked("status").with(exitOK, fmt.Sprintf(`you are peer %d `, n[0]), "")
	again.signal(syscall.SIGINT)
	again.ends(exitInterrupt)
}

// Without a node, every command says so at once, and how to start one.
func TestNoNode(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	env := []string{"HOME=" + home, "XDG_DATA_HOME=", "XDG_RUNTIME_DIR=" + home}
	for _, c := range []struct{ args, start string }{
		{"ls", "node daemon starts one"},
		{"--peer-no 2 peers", "node --peer-no 2 daemon starts one"},
		{"--data-dir /nowhere users", "node --data-dir /nowhere daemon starts one"},
		{"--control /nowhere/socket sessions", "node --control /nowhere/socket daemon starts one"},
		{"status", ""}, {"attach", ""}, {"send hi", ""}, {"tail", ""}, {"history", ""}, {"connect 127.0.0.1 1", ""},
	} {
		o := doesWith(t, env, "", strings.Fields(c.args)...)
		o.with(exitNoNode, "", `^error: no node is running there – nobody listens at ".*" – .*`+c.start+`.*\n$`)
		if o.took > 2*time.Second {
			t.Errorf("node %s: after %v", c.args, o.took)
		}
	}
	if all, err := os.ReadDir(home); err != nil || len(all) > 0 {
		t.Errorf("something was left: %v, %v", all, err)
	}
}

// A node with an identity of its own is found without a word, by a demo peer's number
// or by what it keeps its things in; a demo peer without need has no socket.
func TestNodesAreFound(t *testing.T) {
	t.Parallel()
	home, run := t.TempDir(), t.TempDir()
	env := []string{"HOME=" + home, "XDG_DATA_HOME=", "XDG_RUNTIME_DIR=" + run, "TINCAN_LISTEN=/ip4/127.0.0.1/tcp/0", "TINCAN_NO_MDNS=true"}
	n := peerNos(t, 3)
	mine := launchWith(t, env, "--name", "anna")
	mine.sees(`^\* ready: `)
	doesWith(t, env, "", "status").with(exitOK, `you are anna#`, "")

	two := launchWith(t, env, "-p", fmt.Sprint(n[0]), "daemon")
	two.sees(`^\* ready: `)
	doesWith(t, env, "", "-p", fmt.Sprint(n[0]), "status").with(exitOK, fmt.Sprintf(`you are peer %d `, n[0]), "")

	dir := t.TempDir()
	three := launchWith(t, env, "-p", fmt.Sprint(n[1]), "--data-dir", dir)
	three.sees(`^\* ready: `)
	doesWith(t, env, "", "--data-dir", dir, "status").with(exitOK, fmt.Sprintf(`you are peer %d `, n[1]), "")

	four := launchWith(t, env, "-p", fmt.Sprint(n[2]))
	four.sees(`^\* ready: `)
	doesWith(t, env, "", "-p", fmt.Sprint(n[2]), "status").with(exitNoNode, "", "^error: no node is running there")
	for _, p := range []*process{mine, two, three, four} {
		p.signal(syscall.SIGTERM)
		p.ends(exitOK)
	}
	if left, err := os.ReadDir(filepath.Join(run, "tincan")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// Where no socket can be, a node that was not asked for one says so and runs.
func TestNoPlaceForASocket(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 1)[0]
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, socketFile), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, n, "--data-dir", dir)
	p.complains(`^warning: there is no control socket: .* is there already, and is no socket – --control PATH`)
	p.types(`\quit`)
	p.ends(exitOK)
	for _, args := range [][]string{{"--data-dir", dir, "daemon"}, {"--control", filepath.Join(dir, socketFile)}, {"--control", "/proc/nowhere/socket"}} {
		p := launch(t, append([]string{"-p", fmt.Sprint(n)}, args...)...)
		p.ends(exitListen)
		p.complains(`^error: there is no control socket at ".*" – .* – say --control PATH in a directory of your own$`)
	}
	if b, err := os.ReadFile(filepath.Join(dir, socketFile)); string(b) != "mine" {
		t.Errorf("the file has %q, %v", b, err)
	}
}

// What is asked is answered as on the console, or in JSON.
func TestQuestions(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	d := daemons(t, n[1], "-b", fmt.Sprint(n[0]))
	one.sees(fmt.Sprintf(`^\* peer %d is here$`, n[1]))
	here := fmt.Sprintf(`^\* peer %d +12D3KooW\w+ +here +direct `, n[0])
	d.asked("ls").with(exitOK, here, "")
	d.asked("peers").with(exitOK, here, "")
	d.asked("ls", "--json").with(exitOK, `^{"v":1,"type":"peers",.*"peer_no":\d+.*}\n$`, "")
	d.asked("--json", "ls").with(exitOK, `^{"v":1,"type":"peers",`, "")
	d.asked("users").with(exitOK, `^\* 2 people in the lobby:`, "")
	d.asked("users", "#nowhere").with(exitOther, "", `^error: you are not in #nowhere`)
	d.asked("users", "--json", "#nowhere").with(exitOther, `^{"v":1,"type":"error",.*"code":"no-place"}`, "")
	d.asked("sessions").with(exitOK, `^\*    0  lobby$`, "")
	d.asked("status").with(exitOK, fmt.Sprintf(`^\* you are peer %d \[demo\]`, n[1]), "")
	d.asked("connect", "127.0.0.1", fmt.Sprint(63000+n[0])).with(exitOK, `^\* connecting to .*\n\* .*connected to`, "")
	d.asked("connect", "127.0.0.1", "1").with(6, `^\* connecting to`, `^error: cannot connect to /ip4/127.0.0.1/tcp/1 – `)
	d.asked("connect", "somewhere").with(exitOther, "", `^error: `)
	d.asked("send", "--wait", "10s", "noted").with(exitOK, "", "")
	d.asked("history").with(exitOK, `^\S+ \S+ \[lobby\] peer \d+: noted$`, "")
	d.asked("history", "lobby", "1").with(exitOK, `^\* 1 message of the lobby:`, "")
	d.asked("history", "dm", "300000").with(console.NotSent, "", `^error: no peer has the number 300000`)
}

// The socket is for other programs too, whatever they are written in.
func TestRawSocket(t *testing.T) {
	t.Parallel()
	d := daemons(t, peerNos(t, 1)[0])
	conn, err := net.Dial("unix", d.socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("{\"do\":\"broadcast\",\"text\":\"hi\",\"ref\":\"a\"}\n{\"do\":\"status\",\"ref\":\"b\"}\n{\"do\":\"quit\",\"ref\":\"c\"}\n")); err != nil {
		t.Fatal(err)
	}
	var told []string
	for s := bufio.NewScanner(conn); s.Scan(); {
		told = append(told, s.Text())
	}
	all := strings.Join(told, "\n")
	for _, want := range []string{`"type":"ready"`, `"type":"message",.*"ref":"a",.*"text":"hi","mine":true`, `"type":"status",.*"ref":"b"`, `"type":"notice",.*detached.*"ref":"c"`} {
		if !regexp.MustCompile(want).MatchString(all) {
			t.Errorf("no %s in\n%s", want, all)
		}
	}
	d.asked("ls").with(exitOK, `^\* no peers yet`, "")
}

// One that asks and does not read is told how much it has missed, and nobody else
// misses anything.
func TestFrontEndThatLags(t *testing.T) {
	t.Parallel()
	d := daemons(t, peerNos(t, 1)[0])
	conn, err := net.Dial("unix", d.socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	const asked = 100_000 // more than a socket and a queue hold together
	if _, err := conn.Write(bytes.Repeat([]byte(`{"do":"back","ref":"b"}`+"\n"), asked)); err != nil {
		t.Fatal(err)
	}
	d.asked("ls").with(exitOK, `^\* no peers yet`, "")
	answers, lost := 0, 0
	for s := bufio.NewScanner(conn); answers+lost < asked && s.Scan(); {
		var o struct {
			Ref  string
			Lost int
		}
		if err := json.Unmarshal(s.Bytes(), &o); err != nil {
			t.Fatalf("%v in %s", err, s.Text())
		}
		lost += o.Lost
		if o.Ref == "b" {
			answers++
		}
	}
	if answers+lost != asked || lost == 0 {
		t.Errorf("%d answers, %d lost of %d", answers, lost, asked)
	}
}

// Another name, whoever takes it from where, is kept over a restart.
func TestRenamedFromElsewhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"--data-dir", dir, "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0"}
	d := launch(t, append(args, "daemon")...)
	d.sees(`^\* ready: `)
	does(t, "/nick zoe\n", append(args[:2:2], "attach")...).with(exitOK, `^\* you are called zoe now`, "")
	d.signal(syscall.SIGTERM)
	d.ends(exitOK)
	d = launch(t, append(args, "daemon")...)
	d.sees(`^\* ready: you are zoe#`)
}
