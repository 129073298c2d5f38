package node

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// claimed opens a directory for a derived identity; the test closes it.
func claimed(t *testing.T, dir, owner string) *Profile {
	t.Helper()
	p, err := OpenDerivedProfile(dir, owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// notHis opens a directory in vain.
func notHis(t *testing.T, open func() (*Profile, error), dir, why string) {
	t.Helper()
	p, err := open()
	if err == nil {
		p.Close()
		t.Fatalf("opened; want %q", why)
	}
	var other *DirError
	if !errors.As(err, &other) || other.Dir != dir {
		t.Fatalf("%T: %v", err, err)
	}
	if text := err.Error(); !strings.Contains(text, why) || strings.Count(text, " – ") != 2 || strings.ContainsAny(text, "\n\x00\x1b") {
		t.Errorf("%q; want %q", text, why)
	}
}

func TestDerivedProfile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "missing", "parents", "three")
	first := claimed(t, dir, "demo peer 3")
	if first.Key != nil || first.First || first.Name() != "" || first.Dir != dir {
		t.Errorf("first start: %+v", first)
	}
	if err := first.SetName("carmen"); err != nil {
		t.Fatal(err)
	}
	var inUse *InUseError
	for _, owner := range []string{"demo peer 3", "demo peer 4"} {
		if _, err := OpenDerivedProfile(dir, owner); !errors.As(err, &inUse) || inUse.PID != os.Getpid() {
			t.Errorf("%s: %v", owner, err)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, keyFile)); err == nil {
		t.Error("there is a key")
	}
	first.Close()
	if again := claimed(t, dir, "demo peer 3"); again.Name() != "carmen" {
		t.Errorf("the name is %q", again.Name())
	}
}

// A directory is one identity's: what others said to it is for nobody else.
func TestDirectoriesOfOthers(t *testing.T) {
	as := func(dir, owner string) func() (*Profile, error) {
		return func() (*Profile, error) { return OpenDerivedProfile(dir, owner) }
	}
	for _, c := range []struct {
		story string
		make  func(dir string)
		me    string // "": an identity with a key
		why   string
	}{
		{story: "of another number", make: func(dir string) { claimed(t, dir, "demo peer 3").Close() }, me: "demo peer 4",
			why: " – it belongs to demo peer 3, and this is demo peer 4 – choose another one"},
		{story: "of a number that begins alike", make: func(dir string) { claimed(t, dir, "demo peer 3").Close() }, me: "demo peer 33",
			why: " – it belongs to demo peer 3, and this is demo peer 33 – "},
		{story: "of an identity with a key", make: func(dir string) { open(t, dir).Close() }, me: "demo peer 4",
			why: " – it belongs to a real identity, and this is demo peer 4 – "},
		{story: "of a demo peer", make: func(dir string) { claimed(t, dir, "demo peer 3").Close() },
			why: " – it belongs to demo peer 3, and this is a real identity – "},
		{story: "whose key was moved away", make: func(dir string) { write(t, filepath.Join(dir, HistoryFile), "", 0o600) }, me: "demo peer 4",
			why: " – it belongs to a real identity, and "},
		{story: "of nobody knows whom", make: func(dir string) { write(t, filepath.Join(dir, ownerFile), "\n", 0o600) }, me: "demo peer 4",
			why: " – nobody knows whose it is: cannot read owner in it, it is empty – "},
		{story: "of whom there is too much to say", make: func(dir string) { write(t, filepath.Join(dir, ownerFile), strings.Repeat("x", 1<<20), 0o600) },
			why: "it has more than 64 bytes – "},
		{story: "of a hostile name", make: func(dir string) { write(t, filepath.Join(dir, ownerFile), "\x1b[2J\n\nme", 0o600) }, me: "demo peer 4",
			why: `it belongs to "\x1b[2J\n\nme", and`},
		{story: "that others write to", make: func(dir string) {
			if err := os.Chmod(dir, 0o770); err != nil {
				t.Fatal(err)
			}
		}, me: "demo peer 4", why: " – it is open to others (mode 0770) – chmod go-w "},
	} {
		t.Run(c.story, func(t *testing.T) {
			dir := t.TempDir()
			c.make(dir)
			if c.me == "" {
				notHis(t, func() (*Profile, error) { return OpenProfile(dir) }, dir, c.why)
			} else {
				notHis(t, as(dir, c.me), dir, c.why)
			}
			if _, err := os.Lstat(filepath.Join(dir, ownerFile+".new")); err == nil {
				t.Error("something is left behind")
			}
		})
	}
	for _, dir := range []string{"", filepath.Join(os.DevNull, "x"), "a\x00b"} {
		var store *StoreError
		if _, err := OpenDerivedProfile(dir, "demo peer 3"); !errors.As(err, &store) || store.Path != dir {
			t.Errorf("%q: %v", dir, err)
		}
	}
}
