package store

import (
	"path/filepath"
	"testing"
)

// What is not in the index yet is counted, over restarts too.
func TestUnindexed(t *testing.T) {
	path, saver := filepath.Join(t.TempDir(), "history.db"), newSaver()
	d := mustOpen(t, path, Config{Key: key, Saved: saver.saved, NoSearch: true})
	for n := range uint64(3) {
		d.Write(n+1, []Change{Put{row(anna, n+1, 1, n+1, "hello")}})
	}
	saver.wait(3)
	if n := d.Stats().Unindexed; n != 3 {
		t.Errorf("of 3 rows without an index %d are not in it", n)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = mustOpen(t, path, Config{Key: key})
	tidy(t, d)
	if n := d.Stats().Unindexed; n != 0 {
		t.Errorf("%d of 3 rows are not in the index when all is done", n)
	}
}
