package store

import (
	"database/sql/driver"
	"path/filepath"
	"slices"
	"testing"
)

// What is asked at each start, or for each search, does not read all there is.
func TestPlans(t *testing.T) {
	d := mustOpen(t, filepath.Join(t.TempDir(), "history.db"), Config{Key: key})
	for _, c := range []struct{ query, by string }{
		{selectOpen, "SCAN row USING INDEX row_open"},
		{selectLast, "SEARCH row USING COVERING INDEX row_log (log=? AND first>?)"},
		{selectUnindexed, "SEARCH row USING INTEGER PRIMARY KEY (rowid>?)"},
	} {
		var plan []string
		err := d.with(ctx, func(r *reader) error {
			return r.each(ctx, "EXPLAIN QUERY PLAN "+c.query, make([]driver.Value, parameters(c.query)), func(v []driver.Value) error {
				plan = append(plan, asString(v[3]))
				return nil
			})
		})
		if err != nil || !slices.Contains(plan, c.by) {
			t.Errorf("%s is done by %q, %v; want %q", c.query, plan, err, c.by)
		}
	}
}

func parameters(query string) (n int) {
	for _, c := range query {
		if c == '?' {
			n++
		}
	}
	return n
}
