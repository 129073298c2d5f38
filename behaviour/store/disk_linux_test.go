package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestSmallDisk fills a disk, and makes room on it.
func TestSmallDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("SKIPPED: a disk of our own cannot be mounted here: %v", err)
	}
	defer func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	saver, r := newSaver(), newRetries()
	d := mustOpen(t, filepath.Join(dir, "history.db"), Config{Key: key, Saved: saver.saved, after: r.after})
	defer d.Close()
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	n := uint64(0)
	for len(r.pauses) == 0 {
		n++
		big := row(anna, n, 1, n)
		big.Raw = make([]byte, 50_000)
		d.Write(n, []Change{Put{big}})
		d.await(ctx, func() (bool, error) { return false, nil }) // until it was tried
	}
	if told := saver.waitTold(1); told[0] == nil {
		t.Fatalf("told %v", told)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	<-r.pauses
	r.again <- time.Time{}
	saver.wait(n)
	count := 0
	if err := d.Each(ctx, "", func(Row) error { count++; return nil }); err != nil || count != int(n) {
		t.Errorf("%d rows of %d, %v", count, n, err)
	}
}

// TestReadOnlyDisk: no store can be opened, and the error says where.
func TestReadOnlyDisk(t *testing.T) {
	for _, there := range []bool{false, true} {
		t.Run(fmt.Sprint("there ", there), func(t *testing.T) {
			dir := t.TempDir()
			if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
				t.Skipf("SKIPPED: a disk of our own cannot be mounted here: %v", err)
			}
			defer func() {
				if err := unix.Unmount(dir, 0); err != nil {
					t.Error(err)
				}
			}()
			path := filepath.Join(dir, "history.db")
			var before []byte
			if there {
				if err := mustOpen(t, path, Config{Key: key}).Close(); err != nil {
					t.Fatal(err)
				}
				before = mustRead(t, path)
			}
			if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(path, Config{Key: key}); err == nil || !strings.Contains(err.Error(), path) || errors.Is(err, ErrDamaged) {
				t.Errorf("opened with %v", err)
			}
			if there && string(mustRead(t, path)) != string(before) {
				t.Error("it was touched")
			}
		})
	}
}
