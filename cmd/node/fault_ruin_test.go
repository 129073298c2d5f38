package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ruins are the files of a node that is down.
type ruins struct {
	path   string // of the history
	before []byte // of the file when it was ruined, unless it is too large
}

func (r *ruins) size(t *testing.T) int64 {
	t.Helper()
	info, err := os.Stat(r.path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func (r *ruins) truncate(t *testing.T, size int64) {
	t.Helper()
	if err := os.Truncate(r.path, size); err != nil {
		t.Fatal(err)
	}
}

func (r *ruins) write(t *testing.T, at int64, what []byte) {
	t.Helper()
	f, err := os.OpenFile(r.path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(what, at); err != nil {
		t.Fatal(err)
	}
}

// flip inverts 16 bytes somewhere, and says where.
func (r *ruins) flip(t *testing.T) {
	t.Helper()
	at := rand.Int64N(r.size(t) - 16)
	t.Logf("at byte %d", at)
	all, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	some := all[at : at+16]
	for i := range some {
		some[i] ^= 0xff
	}
	r.write(t, at, some)
}

// swap replaces a text wherever it stands: the structure of the file stays sound.
func (r *ruins) swap(t *testing.T, from, to string) {
	t.Helper()
	all, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	if len(from) != len(to) || !bytes.Contains(all, []byte(from)) {
		t.Fatalf("%q is not in the file", from)
	}
	r.write(t, 0, bytes.ReplaceAll(all, []byte(from), []byte(to)))
}

// foreignLog puts the write-ahead log of another database beside this one: of a node
// of another network that was killed. It has all pages of that database.
func (r *ruins) foreignLog(t *testing.T) {
	t.Helper()
	n := peerNos(t, 1)
	dir := t.TempDir()
	p := launch(t, "--json", "-p", fmt.Sprint(n[0]), "--data-dir", dir, "--network", "elsewhere")
	for i := range 30 {
		p.types(fmt.Sprintf("lie %d %s", i, strings.Repeat("and nothing but lies ", 20)))
	}
	p.hears(fmt.Sprintf("lie %d %s", 29, strings.Repeat("and nothing but lies ", 20)))
	p.kill()
	if err := os.Rename(filepath.Join(dir, "elsewhere.history.db-wal"), r.path+"-wal"); err != nil {
		t.Fatal(err)
	}
}

// remember notes what the file is like now.
func (r *ruins) remember(t *testing.T) {
	t.Helper()
	if r.size(t) > 1<<30 {
		return
	}
	var err error
	if r.before, err = os.ReadFile(r.path); err != nil {
		t.Fatal(err)
	}
}

// keptAside checks that what was set aside is as it was, and that it was if it must.
func (r *ruins) keptAside(t *testing.T, must bool) {
	t.Helper()
	aside, err := filepath.Glob(r.path + ".bad-*Z")
	if err != nil || must && len(aside) != 1 {
		t.Errorf("set aside: %q, %v", aside, err)
	}
	for _, a := range aside {
		info, err := os.Stat(a)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 1<<30 {
			continue
		}
		if is, err := os.ReadFile(a); err != nil || !bytes.Equal(is, r.before) {
			t.Errorf("%s is not what it was: %d bytes, %v", a, len(is), err)
		}
	}
}

func copyFiles(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "-shm") || strings.HasSuffix(path, "-wal") {
			return err
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		out, err := os.OpenFile(filepath.Join(to, filepath.Base(path)), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, in)
		if cerr := out.Close(); err == nil {
			err = cerr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
