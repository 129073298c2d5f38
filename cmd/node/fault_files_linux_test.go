package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fewFiles is a limit that ulimit -n may set. An idle node has some 20 open.
const fewFiles = 64

// A node runs out of file descriptors, since somebody opens connections and says
// nothing: it does not crash, nor fill its log; whom it knows it keeps; who is new
// waits until there is room.
func TestFewFiles(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 3)
	tcp := func(no int) string { return fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", 63000+no) }
	begin := func(no int, args ...string) *process {
		t.Helper()
		p := launchCommand(t, nil, limited(fewFiles, append([]string{"--json", "-p", fmt.Sprint(no), "--listen", tcp(no), "--data-dir", t.TempDir()}, args...)...))
		p.ready()
		return p
	}
	poor := begin(n[0])
	old := keeps(t, n[1], "--listen", tcp(n[1]), "-b", fmt.Sprint(n[0]))
	old.aloud("before")
	poor.hears("before")
	idle := poor.files()

	var junk []net.Conn
	defer func() {
		for _, c := range junk {
			c.Close()
		}
	}()
	for range 2 * fewFiles {
		c, err := net.DialTimeout("tcp", "127.0.0.1:"+strconv.Itoa(63000+n[0]), time.Second)
		if err != nil {
			break // nobody accepts any more
		}
		junk = append(junk, c)
	}
	busy := poor.files()
	before := poor.cpu()
	began := time.Now()
	fresh := keeps(t, n[2], "--listen", tcp(n[2]), "-b", fmt.Sprint(n[0]))
	for i := range 10 {
		old.aloud(fmt.Sprintf("still here %d", i))
		poor.hears(fmt.Sprintf("still here %d", i))
		poor.types(fmt.Sprintf("so am I %d", i))
		old.life().hears(fmt.Sprintf("so am I %d", i))
	}
	t.Logf("%d files open when idle, %d with %d silent connections; it used %v of processor time in %v",
		idle, busy, len(junk), poor.cpu()-before, time.Since(began).Round(time.Millisecond))
	for _, c := range junk {
		c.Close()
	}
	junk = nil
	freed := time.Now()
	fresh.aloud("may I come in?")
	at := poor.hears("may I come in?").at
	t.Logf("the new one is heard %v after there was room", at.Sub(freed).Round(time.Millisecond))
	if c := poor.err.count(""); c > 3 {
		t.Errorf("%d lines on stderr:\n%s", c, poor.err.text())
	}
	account(t, old, fresh)
}

// files is how many file descriptors are open.
func (p *process) files() int {
	p.t.Helper()
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	return len(all)
}

// cpu is the processor time used so far, in steps of 10 ms (proc(5): utime and
// stime are the 14th and 15th field of stat, in ticks).
func (p *process) cpu() time.Duration {
	p.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])) // from the 3rd
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		p.t.Fatal(err)
	}
	system, err := strconv.Atoi(fields[12])
	if err != nil {
		p.t.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}
