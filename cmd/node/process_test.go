package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience bounds every wait for a process: long enough for a busy machine.
const patience = 20 * time.Second

// together is how many parallel tests run at a time unless -parallel says
// otherwise: they mostly wait. Each starts five nodes at once, and with fifty on
// two busy cores a start took 0.8 s instead of 0.04 s, which leaves too little of
// the time within which one that was restarted has to hear.
const together = "6"

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		if err := flag.Set("test.parallel", together); err != nil {
			panic(err)
		}
	}
	os.Exit(withBinary(m))
}

func withBinary(m *testing.M) int {
	dir, err := os.MkdirTemp("", "node-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // other users run it, too
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	binary = filepath.Join(dir, "node")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// process is a running node with its streams on pipes.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	began    time.Time
	in       io.WriteCloser
	out, err *transcript
	exited   chan struct{} // closed when the process is gone and its streams are read
}

// launch starts a node. It is killed at the end of the test.
func launch(t *testing.T, args ...string) *process {
	t.Helper()
	return launchWith(t, nil, args...)
}

// launchWith is launch with more in the environment, as "KEY=value".
func launchWith(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	return launchCommand(t, env, exec.Command(binary, args...))
}

// launchCommand is launchWith for a command that ends up as a node.
func launchCommand(t *testing.T, env []string, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, exited: make(chan struct{})}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TINCAN_") {
			p.cmd.Env = append(p.cmd.Env, v)
		}
	}
	p.cmd.Env = append(p.cmd.Env, env...)
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.began = time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.err = record(stderr)
	p.watch(stdout)
	return p
}

// watch records what a process that has started says on out until it is gone,
// at the end of the test at the latest.
func (p *process) watch(out io.Reader) {
	p.out = record(out)
	go func() { // ends with the process
		<-p.out.done
		<-p.err.done
		_ = p.cmd.Wait()
		close(p.exited)
	}()
	p.t.Cleanup(func() {
		p.kill()
		if p.t.Failed() {
			p.t.Logf("node %q, started at %s\nstdout:\n%sstderr:\n%s", p.cmd.Args[1:], p.began.Format(clock), p.out.text(), p.err.text())
		}
	})
}

// start launches a demo node and waits until it is ready.
func start(t *testing.T, no int, args ...string) *process {
	t.Helper()
	p := launch(t, append([]string{"--peer-no", fmt.Sprint(no)}, args...)...)
	p.sees(fmt.Sprintf(`^\* ready: you are peer %d (\(.*\) )?\[demo\] `, no))
	return p
}

// named launches a demo node with a name, which comes in through another, and
// waits until it is ready.
func named(t *testing.T, name string, no, via int, args ...string) *process {
	t.Helper()
	return start(t, no, append(args, "--name", name, "-b", fmt.Sprint(via))...)
}

// knows waits until others are known by their names.
func (p *process) knows(names ...string) {
	p.t.Helper()
	for _, n := range names {
		p.sees(fmt.Sprintf(`^\* (\S+( \S+)? is called %[1]s now|%[1]s is here)$`, n))
	}
}

// types writes lines.
func (p *process) types(lines ...string) {
	p.t.Helper()
	for _, l := range lines {
		if _, err := io.WriteString(p.in, l+"\n"); err != nil {
			p.t.Fatalf("type %q: %v", l, err)
		}
	}
}

// sees waits for a line of stdout that matches, and returns it.
func (p *process) sees(pattern string) string {
	p.t.Helper()
	return p.out.wait(p.t, "stdout", pattern)
}

// complains waits for a line of stderr that matches, and returns it.
func (p *process) complains(pattern string) string {
	p.t.Helper()
	return p.err.wait(p.t, "stderr", pattern)
}

// ends waits for the end and compares the exit code.
func (p *process) ends(code int) {
	p.t.Helper()
	select {
	case <-p.exited:
	case <-time.After(patience):
		p.t.Fatalf("the process does not end")
	}
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.t.Errorf("exit code %d, want %d", got, code)
	}
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// kill ends the process at once, as a power cut does, and waits for that.
func (p *process) kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Error(err)
	}
	p.in.Close()
	<-p.exited
}

// rss is the memory in use, in MiB; 0 where that cannot be told.
func (p *process) rss() int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	var size, pages int
	if _, err := fmt.Sscan(string(b), &size, &pages); err != nil {
		return 0
	}
	return pages * os.Getpagesize() >> 20
}
