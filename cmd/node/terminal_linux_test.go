package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What keys are on a terminal.
const (
	ctrlC = "\x03"
	ctrlD = "\x04"
	ctrlZ = "\x1a"
)

// onTerminal starts a node on a terminal of its own; both its streams are out.
func onTerminal(t *testing.T, args ...string) *process {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminal to be had: %v", err)
	}
	no, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skipf("no terminal to be had: %v", err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", no), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminal to be had: %v", err)
	}
	defer slave.Close()
	p := &process{t: t, cmd: exec.Command(binary, args...), exited: make(chan struct{}), in: master, err: newTranscript()}
	close(p.err.done)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = slave, slave, slave
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	p.began = time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.watch(master)
	return p
}

// presses types keys without Enter.
func (p *process) presses(keys string) {
	p.t.Helper()
	if _, err := p.in.Write([]byte(keys)); err != nil {
		p.t.Fatalf("press %q: %v", keys, err)
	}
}

func TestKeysOnATerminal(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	args := []string{"-p", fmt.Sprint(n[1]), "-b", fmt.Sprint(n[0])}

	t.Run("Ctrl-C, again and again", func(t *testing.T) {
		p := onTerminal(t, args...)
		p.sees(`\* ready`)
		began := time.Now()
		p.presses(strings.Repeat(ctrlC, 50))
		p.ends(exitInterrupt)
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("ended after %v", d)
		}
		if c := p.out.count("goroutine|panic|error"); c > 0 {
			t.Error("it did not end in peace")
		}
	})
	t.Run("Ctrl-D, again and again", func(t *testing.T) {
		p := onTerminal(t, args...)
		p.sees(`\* peer`)
		p.types("before the end of input")
		p.presses(strings.Repeat(ctrlD, 50))
		p.sees("end of input: the node runs on")
		one.sees(`: before the end of input$`)
		one.types("after the end of input")
		p.sees(`: after the end of input`)
		if c := p.out.count("end of input: the node runs on"); c != 1 {
			t.Errorf("the end of input is told %d times", c)
		}
		p.signal(syscall.SIGTERM)
		p.ends(exitOK)
	})
	t.Run("Ctrl-Z, again and again", func(t *testing.T) {
		p := onTerminal(t, args...)
		p.sees(`\* peer`)
		p.presses(strings.Repeat(ctrlZ, 50))
		p.signal(syscall.SIGCONT)
		p.types("awake again")
		one.sees(`: awake again$`)
		p.types(`\quit`)
		p.ends(exitOK)
	})
	t.Run("Enter sends what was held", func(t *testing.T) {
		p := onTerminal(t, args...)
		p.sees(`\* peer`)
		p.types("dm")
		p.sees(`held: dm`)
		p.types("")
		one.sees(`: dm$`)
		p.types(`\quit`)
		p.ends(exitOK)
	})
	t.Run("text of others is harmless", func(t *testing.T) {
		p := onTerminal(t, args...)
		p.sees(`\* peer`)
		one.types("\x1b]0;title\x07\x1b[2J\x1b[6n\u009b31m red?")
		line := p.sees(`red\?`)
		if i := strings.IndexFunc(strings.TrimSuffix(line, "\r"), acts); i >= 0 {
			t.Errorf("%q reaches the terminal", line)
		}
		p.types(`\quit`)
		p.ends(exitOK)
		if c := p.out.count("\x1b"); c > 0 {
			t.Errorf("%d lines have escape bytes", c)
		}
	})
}
