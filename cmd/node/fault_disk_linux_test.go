package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk mounts a disk of 3 MiB. Without the right to do so the test is skipped.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tincan-test", dir, "tmpfs", 0, "size=3m,mode=700"); err != nil {
		t.Skipf("NOT TESTED: a full disk, since none can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
	return dir
}

// fill writes a file until the disk has no room, and returns its path.
func fill(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 64 << 10; size > 0; {
		_, err := f.Write(bytes.Repeat([]byte{1}, size))
		switch {
		case errors.Is(err, syscall.ENOSPC):
			size /= 2
		case err != nil:
			t.Fatal(err)
		}
	}
	return path
}

// A disk is full for a while: the owner is told once, what is said goes on and
// nobody gets a receipt for what is not kept; when there is room again all of it
// is kept, without a restart.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	dir := smallDisk(t)
	full := &keeper{t: t, no: n[0], dir: dir}
	full.args = []string{"--json", "-p", fmt.Sprint(n[0]), "--data-dir", dir}
	full.rises()
	other := keeps(t, n[1], "-b", fmt.Sprint(n[0]))
	other.aloud("while there is room")
	full.life().hears("while there is room")
	for i := range 50 { // the log of the database may have room left over
		full.aloud(fmt.Sprintf("early %d", i))
	}
	full.life().hears("early 49")

	filler := fill(t, dir)
	warned := func(e event) bool { return e.Type == "notice" && strings.HasPrefix(e.Text, "cannot save – ") }
	filled := time.Now()
	busy := talking(20*time.Millisecond, func(i int) {
		if i < 500 {
			full.aloud(fmt.Sprintf("%d %s", i, strings.Repeat("no room ", 500)))
		}
	})
	w := full.life().tells("that it cannot save", warned)
	busy.hush()
	t.Logf("told %v after the disk was full: %s", w.at.Sub(filled).Round(time.Millisecond), w.Text)
	other.tries(fmt.Sprintf(`{"do":"dm","to":%d,"text":"is it kept?","ref":"no"}`, n[0]))
	full.life().tells("the direct message", func(e event) bool { return e.Type == "message" && e.Text == "is it kept?" })
	other.life().tells("that it waits", func(e event) bool { return e.Type == "delivery" && e.Ref == "no" && e.State == "queued" })
	full.aloud("still talking")
	other.life().hears("still talking")
	delivered := func(e event) bool { return e.Type == "delivery" && e.Ref == "no" && e.State == "delivered" }
	if c := len(other.told(delivered)); c != 0 {
		t.Error("a receipt was given for what is not kept")
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	freed := time.Now()
	saved := full.life().tells("that it saves again", func(e event) bool { return e.Type == "notice" && strings.HasPrefix(e.Text, "saving again") })
	receipt := other.life().tells("the receipt", delivered)
	t.Logf("saves again %v after there was room, the receipt came after %v", saved.at.Sub(freed).Round(time.Millisecond), receipt.at.Sub(freed).Round(time.Millisecond))
	if c := len(full.told(warned)); c != 1 {
		t.Errorf("told %d times, want once", c)
	}
	outboxes(t, full, other)
	everybodyHas(t, "lobby", full, other)
	full.dies() // and it is kept indeed
	full.rises()
	account(t, full, other)
	if got := full.lives[0].err.text(); got != "" {
		t.Errorf("stderr: %s", got)
	}
}

// nobody is a user who may do nothing.
const nobody = 65534

// A directory in which the user may not write, or not even look, ends a node at once:
// for root, who may, another user tries.
func TestDirectoriesOfOthers(t *testing.T) {
	t.Parallel()
	no := fmt.Sprint(peerNos(t, 1)[0])
	for _, mode := range []os.FileMode{0o500, 0o000} {
		top := openDirectory(t)
		dir := filepath.Join(top, "data")
		if err := os.Mkdir(dir, mode); err != nil {
			t.Fatal(err)
		}
		if os.Geteuid() == 0 {
			if err := os.Chown(dir, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
		for _, at := range []string{dir, filepath.Join(dir, "below")} {
			for _, who := range [][]string{nil, {"--peer-no", no}} {
				p := launchAs(t, nobody, append(who, "--data-dir", at)...)
				p.ends(exitListen)
				took := time.Since(p.began)
				t.Logf("%04o: ends after %v: %s", mode, took.Round(time.Millisecond), strings.TrimSpace(p.err.text()))
				if took > 2*time.Second {
					t.Errorf("ends after %v", took)
				}
				p.complains(`^error: cannot (read|write|use) ` + at + `\S* – permission denied – `)
				if c := p.err.count(""); c != 1 {
					t.Errorf("%d lines on stderr, want one:\n%s", c, p.err.text())
				}
			}
		}
	}
}

// openDirectory is one into which everybody may look.
func openDirectory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "node-open")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// launchAs starts a node as another user, if the test may; else it is run by
// somebody who may do nothing special.
func launchAs(t *testing.T, uid uint32, args ...string) *process {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir = "/"
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	}
	return launchCommand(t, []string{"HOME=/nonexistent"}, cmd)
}

// limited is a command that ends up as a node that may have so many files open.
func limited(files int, args ...string) *exec.Cmd {
	return exec.Command("sh", append([]string{"-c", "ulimit -n " + strconv.Itoa(files) + ` && exec "$0" "$@"`, binary}, args...)...)
}
