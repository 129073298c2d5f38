package store

import (
	"path/filepath"
	"slices"
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

// A search finds by the index what is in it: that it finds the same without one
// must not hide that it cannot use it.
func TestFindByIndex(t *testing.T) {
	d := mustOpen(t, filepath.Join(t.TempDir(), "history.db"), Config{Key: key, Saved: newSaver().saved})
	for n, text := range []string{"hello", "help yourself", "good day"} {
		d.Write(uint64(n+1), []Change{Put{row(anna, uint64(n+1), 1, uint64(n+1), text)}})
	}
	tidy(t, d)
	for _, c := range []struct {
		words string
		rows  []int64
	}{{"hello", []int64{1}}, {"hel", []int64{1, 2}}, {"help your", []int64{2}}, {"yourself help", []int64{2}}, {"he good", nil}, {"bad", nil}} {
		err := d.with(ctx, func(r *reader) error {
			f := finding{reader: r, search: parse(c.words), limit: 10}
			places, ok, err := f.candidates(ctx)
			var rows []int64
			for _, p := range places {
				rows = append(rows, p.id)
			}
			if slices.Sort(rows); !ok || !slices.Equal(rows, c.rows) {
				t.Errorf("%q: the index says %v, %v; want %v", c.words, rows, ok, c.rows)
			}
			return err
		})
		if err != nil {
			t.Errorf("%q: %v", c.words, err)
		}
	}
}
