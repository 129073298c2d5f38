package store

import "testing"

// TestCut: when rows, seen from the newest on, have the newest messages for
// certain.
func TestCut(t *testing.T) {
	type seen struct{ low, top, n uint64 }
	cases := []struct {
		name   string
		limit  int
		before uint64
		rows   []seen
		next   uint64
		want   bool
	}{
		{"nothing", 1, 0, nil, 5, false},
		{"one above", 1, 0, []seen{{6, 6, 1}}, 5, true},
		{"one level with the next", 1, 0, []seen{{5, 5, 1}}, 5, false},
		{"two, of which one may be below", 2, 0, []seen{{4, 9, 2}}, 5, false},
		{"two, and both above", 2, 0, []seen{{6, 9, 2}}, 5, true},
		{"of ten, one is above for certain", 2, 0, []seen{{4, 9, 10}}, 5, false},
		{"of ten, all are", 10, 0, []seen{{6, 9, 10}}, 5, true},
		{"across the cursor, one is before it for certain", 1, 8, []seen{{6, 9, 10}}, 5, true},
		{"across the cursor, and no more than one", 2, 8, []seen{{6, 9, 10}}, 5, false},
		{"across the cursor and below the next", 1, 8, []seen{{4, 9, 10}}, 5, false},
	}
	for _, c := range cases {
		k := cut{limit: c.limit, before: c.before}
		for _, s := range c.rows {
			k.see(&Row{First: 1, Last: s.n, Low: s.low, Top: s.top})
		}
		if got := k.enough(c.next); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
