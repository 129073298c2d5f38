package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestReader reads beside the one who writes, and after him.
func TestReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	if _, err := OpenReader(path, Config{Key: key}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing was opened with %v", err)
	}
	saver := newSaver()
	d := mustOpen(t, path, Config{Key: key, Saved: saver.saved})
	s := &subject{Store: d, t: t, saver: saver}
	a := row(anna, 1, 1, 1, "word")
	s.write(Put{a})
	r, err := OpenReader(path, Config{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	see := func(when string, want ...Row) {
		t.Helper()
		tail, err := r.Tail(ctx, "lobby", Window{}, 9)
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		equal(t, when, tail, plains(want...))
		n := 0
		if err := r.Each(ctx, "", func(Row) error { n++; return nil }); err != nil || n != len(want) {
			t.Errorf("%s: %d rows, %v", when, n, err)
		}
		hits, err := r.Find(ctx, "", "wor", Cursor{}, 9)
		if err != nil || len(hits) != len(want) {
			t.Errorf("%s: %d hits, %v", when, len(hits), err)
		}
	}
	see("as it was", a)
	b := row(anna, 2, 1, 2, "words")
	s.write(Put{b})
	s.tidy()
	see("as it is now", b, a)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	s.write(Put{row(anna, 3, 1, 3, "world")}) // what a reader leaves behind does not disturb
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err = OpenReader(path, Config{Key: key}); err != nil {
		t.Fatal(err)
	}
	see("when nobody writes", row(anna, 3, 1, 3, "world"), b, a)
	before := mustStat(t, path)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if after := mustStat(t, path); after.ModTime() != before.ModTime() || after.Size() != before.Size() {
		t.Error("reading has changed it")
	}
	if _, err := r.Tail(ctx, "lobby", Window{}, 9); err != ErrClosed {
		t.Errorf("closed: %v", err)
	}
	// What is damaged stays where it is.
	if err := os.Truncate(path, 8192); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReader(path, Config{Key: key}); !errors.Is(err, ErrDamaged) {
		t.Errorf("opened with %v", err)
	}
	if info := mustStat(t, path); info.Size() != 8192 {
		t.Error("it was touched")
	}
}

func mustStat(t *testing.T, path string) fs.FileInfo {
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}
