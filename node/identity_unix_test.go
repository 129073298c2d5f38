//go:build unix

package node

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestKeysOpenToOthers(t *testing.T) {
	for _, mode := range []os.FileMode{0o604, 0o640, 0o660, 0o666, 0o610, 0o777} {
		dir := t.TempDir()
		open(t, dir).Close()
		path := filepath.Join(dir, keyFile)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		refused(t, dir, path, fmt.Sprintf("is open to others (mode %04o)", mode))
	}
}

func TestDirectoriesOpenToOthers(t *testing.T) {
	for mode, ok := range map[os.FileMode]bool{0o700: true, 0o755: true, 0o770: false, 0o777: false, 0o702: false} {
		dir := t.TempDir()
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		if ok {
			open(t, dir)
			continue
		}
		refused(t, dir, filepath.Join(dir, keyFile), fmt.Sprintf("its directory is open to others (mode %04o)", mode))
	}
}

func TestKeysOfOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	dir := t.TempDir()
	open(t, dir).Close()
	path := filepath.Join(dir, keyFile)
	if err := os.Chown(path, 65534, -1); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, path, "belongs to another user (65534, this is 0)")
	if err := os.Chown(dir, 65534, -1); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, path, "its directory belongs to another user")
}

// What is no file is not read, and nobody waits for it.
func TestWhatIsNoFile(t *testing.T) {
	elsewhere := t.TempDir()
	open(t, elsewhere).Close()
	for _, c := range []struct {
		story string
		make  func(path string) error
		why   string // of the key; a lock says the same
	}{
		{"a link to a key", func(p string) error { return os.Symlink(filepath.Join(elsewhere, keyFile), p) }, "it is a symbolic link"},
		{"a link to itself", func(p string) error { return os.Symlink(p, p) }, "it is a symbolic link"},
		{"a link to nothing", func(p string) error { return os.Symlink(p+".none", p) }, "it is a symbolic link"},
		{"a link to zeroes", func(p string) error { return os.Symlink("/dev/zero", p) }, "it is a symbolic link"},
		{"a directory", func(p string) error { return os.Mkdir(p, 0o700) }, "it is no regular file"},
		{"a pipe", func(p string) error { return unix.Mkfifo(p, 0o600) }, "it is no regular file"},
	} {
		t.Run(c.story, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, keyFile)
			if err := c.make(path); err != nil {
				t.Fatal(err)
			}
			refused(t, dir, path, c.why)

			dir = t.TempDir()
			path = filepath.Join(dir, lockFile)
			if err := c.make(path); err != nil {
				t.Fatal(err)
			}
			_, err := OpenProfile(dir)
			var store *StoreError
			if !errors.As(err, &store) || store.Path != path {
				t.Errorf("in the place of the lock: %T %v", err, err)
			}

			dir = t.TempDir()
			if err := c.make(filepath.Join(dir, nameFile)); err != nil {
				t.Fatal(err)
			}
			if p := open(t, dir); p.Name() != "" {
				t.Errorf("in the place of the name: %q", p.Name())
			}
		})
	}
}

// hold lets another process open a profile, and returns its id and how to let go.
func hold(t *testing.T, dir string) (pid int, letGo func(kill bool)) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestProfileHolder$")
	c.Env = append(os.Environ(), busy+"="+dir)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := false
	letGo = func(kill bool) {
		if done {
			return
		}
		done = true
		if kill {
			_ = c.Process.Kill()
		}
		_ = in.Close()
		_ = c.Wait()
	}
	t.Cleanup(func() { letGo(true) })
	line, _ := bufio.NewReader(out).ReadString('\n')
	if line != "open\n" {
		t.Fatalf("the other process says %q", line)
	}
	return c.Process.Pid, letGo
}

func TestOneNodeAProfile(t *testing.T) {
	for _, kill := range []bool{false, true} {
		t.Run(fmt.Sprintf("killed %v", kill), func(t *testing.T) {
			dir := t.TempDir()
			pid, letGo := hold(t, dir)
			_, err := OpenProfile(dir)
			var inUse *InUseError
			if !errors.As(err, &inUse) || inUse.PID != pid || inUse.Dir != dir {
				t.Fatalf("%T %v; want that process %d has it", err, err, pid)
			}
			if !strings.Contains(err.Error(), fmt.Sprint(pid)) {
				t.Errorf("%q does not name %d", err, pid)
			}
			letGo(kill)
			if p := open(t, dir); p.First {
				t.Error("the key is lost")
			}
		})
	}
}

// A lock that a dead process has left names nobody, whatever is in it.
func TestStaleLocks(t *testing.T) {
	for _, text := range []string{"", "1\n", fmt.Sprint(os.Getpid()), "-7", "\x00junk", strings.Repeat("9", 1<<20)} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, lockFile), text, 0o600)
		p := open(t, dir)
		_, err := OpenProfile(dir)
		var inUse *InUseError
		if !errors.As(err, &inUse) || inUse.PID != os.Getpid() {
			t.Errorf("%.20q: %v", text, err)
		}
		p.Close()
		p.Close() // has no effect
	}
}
