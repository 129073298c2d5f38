//go:build linux || darwin || freebsd

package control

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// listens makes a socket that is there until the end of the test.
func listens(t *testing.T, path string) net.Listener {
	t.Helper()
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// abandoned leaves a socket behind as a node does that is killed.
func abandoned(t *testing.T, path string) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
}

// The socket and a directory made for it are for nobody else, and the socket goes
// with its node.
func TestSocketIsTheUsers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tincan", "control.sock")
	l := listens(t, path)
	for at, want := range map[string]fs.FileMode{path: fs.ModeSocket | 0o600, filepath.Dir(path): fs.ModeDir | 0o700} {
		if info, err := os.Lstat(at); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v; want %v", at, info.Mode(), err, want)
		}
	}
	l.Close()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	l.Close()
}

func TestTwoNodesAtOnePath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	l := listens(t, path)
	var taken *InUseError
	if _, err := Listen(path); !errors.As(err, &taken) || taken.Path != path {
		t.Errorf("a second node: %v", err)
	}
	l.Close()
	listens(t, path)
}

func TestAbandonedSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	abandoned(t, path)
	if _, err := Dial(path); !errors.Is(err, ErrNoNode) {
		t.Errorf("dialled a dead node: %v", err)
	}
	listens(t, path)
}

// The end of a node takes away no socket but its own.
func TestSocketOfTheNext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	l := listens(t, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	listens(t, path)
	l.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

// What somebody else may have put there is neither used nor removed.
func TestPathsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		lay  func(t *testing.T, dir, path string)
		why  string
		root bool // it takes root to lay it
	}{
		{name: "a file", lay: func(t *testing.T, _, path string) { must(t, os.WriteFile(path, []byte("x"), 0o600)) }, why: "is no socket"},
		{name: "a directory", lay: func(t *testing.T, _, path string) { must(t, os.Mkdir(path, 0o700)) }, why: "is no socket"},
		{name: "a link to a dead socket", lay: func(t *testing.T, dir, path string) {
			abandoned(t, filepath.Join(dir, "other"))
			must(t, os.Symlink("other", path))
		}, why: "is a symbolic link"},
		{name: "a link to nothing", lay: func(t *testing.T, _, path string) { must(t, os.Symlink("nothing", path)) }, why: "is a symbolic link"},
		{name: "a socket of another user's", root: true, lay: func(t *testing.T, _, path string) {
			abandoned(t, path)
			must(t, os.Lchown(path, 65534, 65534))
		}, why: "is not yours"},
		{name: "a directory of another user's", root: true, lay: func(t *testing.T, dir, _ string) { must(t, os.Chown(dir, 65534, 65534)) }, why: "is not yours"},
		{name: "a link of another user's to a directory of ours", root: true, lay: func(t *testing.T, dir, _ string) {
			must(t, os.Rename(dir, dir+"2"))
			must(t, os.Symlink(dir+"2", dir))
			must(t, os.Lchown(dir, 65534, 65534))
		}, why: "is not yours"},
		{name: "a directory for all", lay: func(t *testing.T, dir, _ string) { must(t, os.Chmod(dir, 0o777)) }, why: "others may write to the directory"},
		{name: "a file for a directory", lay: func(t *testing.T, dir, _ string) {
			must(t, os.Remove(dir))
			must(t, os.WriteFile(dir, nil, 0o600))
		}, why: "is no directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.root && os.Geteuid() != 0 {
				t.Skip("only root can lay files of others")
			}
			dir := filepath.Join(t.TempDir(), "d")
			must(t, os.Mkdir(dir, 0o700))
			path := filepath.Join(dir, "control.sock")
			c.lay(t, dir, path)
			before, _ := os.Lstat(path)
			if l, err := Listen(path); err == nil || !strings.Contains(err.Error(), c.why) {
				if err == nil {
					l.Close()
				}
				t.Errorf("listens: %v; want %q", err, c.why)
			}
			if _, err := Dial(path); err == nil {
				t.Error("dials")
			}
			if after, _ := os.Lstat(path); before != nil && !os.SameFile(before, after) {
				t.Error("it was replaced")
			}
		})
	}
}

// A path that is longer than the system takes for a socket.
func TestLongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 100), strings.Repeat("e", 100))
	must(t, os.MkdirAll(dir, 0o700))
	path := filepath.Join(dir, "control.sock")
	if runtime.GOOS != "linux" {
		if _, err := Listen(path); err == nil || !strings.Contains(err.Error(), "at most") {
			t.Errorf("listens: %v", err)
		}
		return
	}
	l := listens(t, path)
	go func() {
		if conn, err := l.Accept(); err == nil {
			io.WriteString(conn, `{"type":"ready"}`+"\n")
			conn.Close()
		}
	}()
	c, err := Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if _, err := Listen(path); !errors.As(err, new(*InUseError)) {
		t.Errorf("listens twice: %v", err)
	}
	l.Close()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	if _, err := Listen(filepath.Join(dir, strings.Repeat("f", 120))); err == nil || !strings.Contains(err.Error(), "the name in it 120 – a path of more than 107 takes a name of ") {
		t.Errorf("a long name: %v", err)
	}
}

// The system tells who is at the other end.
func TestPeer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	l := listens(t, path)
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	other, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, c := range []net.Conn{conn, other} {
		if err := stranger(c); err != nil {
			t.Error(err)
		}
		if gone(c) {
			t.Error("is gone while both are there")
		}
	}
	conn.(*net.UnixConn).CloseWrite()
	if gone(other) {
		t.Error("is gone while one listens")
	}
	conn.Close()
	if !gone(other) {
		t.Error("is there while the other is closed")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
