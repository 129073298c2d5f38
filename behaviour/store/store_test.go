package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	ctx  = context.Background()
	anna = log("lobby", "anna")
	bert = log("lobby", "bert")
	dora = log("dm", "dora")
)

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func TestPutAndTail(t *testing.T) {
	a1, a2, b1 := row(anna, 1, 1, 10), row(anna, 2, 3, 20), row(bert, 1, 1, 21)
	cases := []struct {
		name  string
		w     Window
		limit int
		want  []Row
	}{
		{"the newest message is one of three, which the store cannot tell", Window{}, 1, plains(a2)},
		{"two newest: 22 is in a2, 21 in a2 or b1", Window{}, 2, plains(a2, b1)},
		{"all", Window{}, 10, plains(a2, b1, a1)},
		{"before 21: a2 holds 20, and nothing else comes before 10", Window{0, 21}, 1, plains(a2)},
		{"before 20: a2 holds nothing", Window{0, 20}, 10, plains(a1)},
		{"before everything", Window{0, 10}, 10, nil},
		{"from 21", Window{21, 0}, 10, plains(a2, b1)},
		{"from 22: b1 holds nothing", Window{22, 0}, 10, plains(a2)},
		{"from 11 to 20", Window{11, 20}, 10, nil},
		{"from 10 to 21", Window{10, 21}, 10, plains(a2, a1)},
		{"upside down", Window{21, 10}, 10, nil},
		{"none asked for", Window{}, 0, nil},
	}
	conform(t, Config{}, func(t *testing.T, s *subject) {
		s.write(Put{a1})
		s.write(Put{a2}, Put{b1}, Put{row(dora, 1, 1, 99)})
		for _, c := range cases {
			got, err := s.Tail(ctx, "lobby", c.w, c.limit)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, c.name, got, c.want)
		}
		if got, err := s.Tail(ctx, "nowhere", Window{}, 5); err != nil || got != nil {
			t.Errorf("tail of nothing: %v, %v", got, err)
		}
	})
}

// TestFront reads the same rows from their beginning, and two more that lie across
// each other.
func TestFront(t *testing.T) {
	const second = 1000 << 16
	a1, a2, b1 := row(anna, 1, 1, 10), row(anna, 2, 3, 20), row(bert, 1, 1, 21)
	long, within := row(anna, 5, 2, 100), row(bert, 2, 1, 200)
	long.Top = 100 + 2*second
	cases := []struct {
		name  string
		w     Window
		limit int
		want  []Row
	}{
		{"the oldest", Window{}, 1, plains(a1)},
		{"two oldest: 20 is in a2, which reaches beyond b1", Window{}, 2, plains(a1, b1, a2)},
		{"four oldest: one of a2 may be as late as 22", Window{}, 4, plains(a1, b1, a2)},
		{"all", Window{}, 10, plains(a1, b1, a2, within, long)},
		{"from 11", Window{11, 0}, 1, plains(b1, a2)},
		{"from 22: a2 holds it, b1 does not", Window{22, 0}, 1, plains(a2)},
		{"from 23: a long one begins before the next one", Window{23, 0}, 1, plains(within, long)},
		{"from 150", Window{150, 0}, 1, plains(within, long)},
		{"from 201: only the end of a long one", Window{201, 0}, 9, plains(long)},
		{"to 21", Window{0, 21}, 10, plains(a1, a2)},
		{"to 20", Window{0, 20}, 10, plains(a1)},
		{"after everything", Window{101 + 2*second, 0}, 10, nil},
		{"upside down", Window{21, 10}, 10, nil},
		{"none asked for", Window{}, 0, nil},
	}
	conform(t, Config{}, func(t *testing.T, s *subject) {
		s.write(Put{a1}, Put{long})
		s.write(Put{a2}, Put{b1}, Put{within}, Put{row(dora, 1, 1, 12)})
		for _, c := range cases {
			got, err := s.Front(ctx, "lobby", c.w, c.limit)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, c.name, got, c.want)
		}
		if got, err := s.Front(ctx, "nowhere", Window{}, 5); err != nil || got != nil {
			t.Errorf("front of nothing: %v, %v", got, err)
		}
	})
}

func TestPutTwice(t *testing.T) {
	a := row(anna, 1, 2, 10)
	other := a // the author said two things under one number
	other.Raw = []byte("other")
	again := a
	again.At, again.State, again.Open = 5, 7, true
	conform(t, Config{}, func(t *testing.T, s *subject) {
		s.write(Put{row(anna, 3, 1, 12)})
		s.write(Put{a}, Put{again})
		s.write(Put{a}, Put{other})
		got, _, err := s.Range(ctx, []Span{{anna, 1, 2}}, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "rows of 1 and 2", got, plains(a, other))
	})
}

func TestRange(t *testing.T) {
	a1, a2, a3 := row(anna, 1, 2, 10), row(anna, 3, 256, 20), row(anna, 259, 1, 400)
	b1, b2 := row(bert, 1, 1, 11), row(bert, 2, 1, 12)
	size := func(rows ...Row) (n int) {
		for _, r := range rows {
			n += len(r.Raw)
		}
		return n
	}
	const all = 1 << 20
	cases := []struct {
		name   string
		spans  []Span
		budget int
		want   []Row
		more   bool
	}{
		{"whole logs, merged", []Span{{bert, 1, 99}, {anna, 0, 1<<64 - 1}}, all, plains(a1, b1, a2, b2, a3), false},
		{"the middle of a row", []Span{{anna, 258, 258}}, all, plains(a2), false},
		{"beyond the end", []Span{{anna, 260, 300}}, all, nil, false},
		{"upside down", []Span{{anna, 5, 4}}, all, nil, false},
		{"an unknown log", []Span{{log("lobby", "eve"), 1, 5}, {bert, 2, 2}}, all, plains(b2), false},
		{"as much as fits", []Span{{anna, 1, 300}, {bert, 1, 300}}, size(a1, b1, a2), plains(a1, b1, a2), true},
		{"one at least", []Span{{bert, 1, 2}}, 1, plains(b1), true},
		{"the last one fits", []Span{{bert, 1, 2}}, size(b1, b2), plains(b1, b2), false},
	}
	conform(t, Config{}, func(t *testing.T, s *subject) {
		s.write(Put{a1}, Put{b1}, Put{a2}, Put{b2}, Put{a3})
		for _, c := range cases {
			got, more, err := s.Range(ctx, c.spans, c.budget)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, c.name, got, c.want)
			equal(t, c.name+": more", more, c.more)
		}
	})
}

func TestLoad(t *testing.T) {
	a1, a2, d1, d2 := row(anna, 1, 2, 10), row(anna, 3, 1, 12), row(dora, 5, 2, 30), row(dora, 7, 1, 33)
	d1.Open, d2.Open, d2.State = true, true, 3
	head := Head{bert, 4, 9, []byte("extra")}
	conform(t, Config{}, func(t *testing.T, s *subject) {
		s.write(Put{a2}, Put{a1}, Put{d1})
		s.write(Put{d2}, Head{bert, 1, 1, nil}, head)
		s.write(Draft{dora, 9, []byte("nine")}, Draft{dora, 8, []byte("old")}, Draft{dora, 8, []byte("eight")})
		s.write(Note{"log", []byte("mine")}, Note{"gone", []byte("x")}, Note{"gone", nil}, Note{"empty", []byte{}})
		want := &Image{
			Notes:  map[string][]byte{"log": []byte("mine"), "empty": {}},
			Heads:  []Head{head},
			Drafts: []Draft{{dora, 8, []byte("eight")}, {dora, 9, []byte("nine")}},
			Open:   plains(d1, d2),
			Logs:   []Kept{{anna, 1, 3, plain(a2)}, {dora, 5, 7, plain(d2)}},
		}
		got := s.load()
		slices.SortFunc(got.Logs, func(a, b Kept) int { return int(a.Newest.Low) - int(b.Newest.Low) })
		equal(t, "image", got, want)
	})
}

func TestSettle(t *testing.T) {
	d1, d2, d3 := row(dora, 1, 1, 10), row(dora, 2, 2, 11), row(dora, 4, 1, 13)
	d1.Open, d2.Open, d3.Open = true, true, true
	conform(t, Config{}, func(t *testing.T, s *subject) {
		s.load()
		s.write(Put{d1}, Put{d2}, Put{d3}, Draft{dora, 5, []byte("five")}, Draft{dora, 6, []byte("six")})
		s.write(Settle{dora, 2, 9}) // the middle of d2, which stays open
		want1 := d1
		want1.Open, want1.State = false, 9
		equal(t, "open after 2", s.load().Open, plains(d2, d3))
		s.write(Settle{dora, 5, 4})
		want2, want3 := d2, d3
		want2.Open, want2.State, want3.Open, want3.State = false, 4, false, 4
		rows, _, err := s.Range(ctx, []Span{{dora, 1, 9}}, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "rows after 5", rows, plains(want1, want2, want3))
		equal(t, "drafts after 5", s.load().Drafts, []Draft{{dora, 6, []byte("six")}})
		s.write(Put{row(dora, 5, 2, 14)})
		equal(t, "drafts after an envelope", s.load().Drafts, nil)
	})
}

func TestForget(t *testing.T) {
	a, d := row(anna, 1, 1, 10, "hello"), row(dora, 1, 1, 11, "hello")
	d.Open = true
	conform(t, Config{}, func(t *testing.T, s *subject) {
		s.load()
		s.write(Put{a}, Put{d}, Head{dora, 1, 2, nil}, Draft{dora, 3, nil})
		s.write(Forget{"dm"}, Forget{"never was"})
		for _, when := range []string{"at once", "when it was cleared away"} {
			equal(t, when, s.load(), &Image{Notes: map[string][]byte{}, Logs: []Kept{{anna, 1, 1, plain(a)}}})
			hits, err := s.Find(ctx, "", "hello", Cursor{}, 9)
			if err != nil || len(hits) != 1 || hits[0].Conversation != "lobby" {
				t.Errorf("%s: found %v, %v", when, hits, err)
			}
			s.tidy()
		}
		s.write(Put{d})
		equal(t, "begun anew", s.load().Open, plains(d))
		equal(t, "damaged", s.Stats().Damaged, 0)
	})
}

func TestEach(t *testing.T) {
	a1, a2, b1, d1 := row(anna, 1, 5, 10), row(anna, 6, 1, 30), row(bert, 1, 1, 12), row(dora, 1, 1, 11)
	stop := errors.New("stop")
	conform(t, Config{}, func(t *testing.T, s *subject) {
		s.write(Put{a2}, Put{b1}, Put{a1}, Put{d1})
		for conversation, want := range map[string][]Row{"lobby": plains(a1, b1, a2), "": plains(a1, d1, b1, a2), "none": nil} {
			var got []Row
			if err := s.Each(ctx, conversation, func(r Row) error { got = append(got, r); return nil }); err != nil {
				t.Fatal(err)
			}
			equal(t, "each of "+conversation, got, want)
		}
		n := 0
		if err := s.Each(ctx, "lobby", func(Row) error { n++; return stop }); err != stop || n != 1 {
			t.Errorf("stopped with %v after %d", err, n)
		}
	})
}

func TestFind(t *testing.T) {
	a := row(anna, 1, 3, 10, "Grüße an ALLE", "", "lunch at noon")
	b := row(bert, 1, 1, 20, "noon it is; lunchtime")
	d := row(dora, 1, 1, 15, "東京 🍣 noon")
	type hit struct {
		author string
		index  int
	}
	cases := []struct {
		conversation, words string
		limit               int
		want                []hit
	}{
		{"", "noon", 9, []hit{{"bert", 0}, {"dora", 0}, {"anna", 2}}},
		{"", "noon", 2, []hit{{"bert", 0}, {"dora", 0}}},
		{"lobby", "NOON", 9, []hit{{"bert", 0}, {"anna", 2}}},
		{"lobby", "noon lunch", 9, []hit{{"bert", 0}, {"anna", 2}}}, // the beginning of lunchtime
		{"lobby", "lunch noon", 9, []hit{{"anna", 2}}},
		{"", "grusse", 9, nil}, // ß is not ss
		{"", "gruße alle", 9, []hit{{"anna", 0}}},
		{"", "京", 9, []hit{{"dora", 0}}},
		{"", "🍣", 9, []hit{{"dora", 0}}},
		{"", "", 9, nil},
		{"", "\"", 9, nil},
		{"", "noon OR nothing", 9, nil},
		{"", "no*n", 9, nil},
		{"", "noon\" AND \"it", 9, nil},
		{"", "words : noon", 9, nil},
		{"", "NEAR(noon it)", 9, nil},
		{"nowhere", "noon", 9, nil},
	}
	for _, search := range []bool{true, false} {
		conform(t, Config{NoSearch: !search}, func(t *testing.T, s *subject) {
			s.write(Put{a}, Put{b}, Put{d}, Put{row(anna, 4, 1, 30)})
			for _, when := range []string{"before the index", "with the index"} {
				for _, c := range cases {
					hits, err := s.Find(ctx, c.conversation, c.words, Cursor{}, c.limit)
					if err != nil {
						t.Fatal(err)
					}
					var got []hit
					for _, h := range hits {
						got = append(got, hit{h.Author, h.Index})
						if h.Texts != nil || h.Raw == nil {
							t.Errorf("%q: hit %+v", c.words, h)
						}
					}
					equal(t, fmt.Sprintf("%s %q (search %v) %s", c.conversation, c.words, search, when), got, c.want)
				}
				s.tidy()
			}
		})
	}
}

func TestFindGoesOn(t *testing.T) {
	conform(t, Config{}, func(t *testing.T, s *subject) {
		var want []uint64
		for i := range uint64(20) { // of one stamp: only the order of Put tells them apart
			s.write(Put{row(anna, i+1, 1, 7, "word")})
			want = append([]uint64{i + 1}, want...)
		}
		for range 2 {
			var got []uint64
			for at := (Cursor{}); ; {
				hits, err := s.Find(ctx, "lobby", "word", at, 3)
				if err != nil {
					t.Fatal(err)
				}
				for _, h := range hits {
					got = append(got, h.First+uint64(h.Index))
					at = h.Cursor
				}
				if len(hits) == 0 {
					break
				}
			}
			equal(t, "pages", got, want)
			s.tidy()
		}
	})
}

// TestIndexIsUsed: what the index names is what there is, and it is asked without
// an error, which Find would make up for.
func TestIndexIsUsed(t *testing.T) {
	s := open1(t, implementations[1].open, Config{})
	var changes []Change
	for i := range uint64(300) {
		changes = append(changes, Put{row(anna, i+1, 1, i, fmt.Sprint("every w", i))})
	}
	s.write(changes...)
	if n := s.Stats().Unindexed; n != 300 {
		t.Errorf("%d rows are not in the index", n)
	}
	s.tidy()
	if n := s.Stats().Unindexed; n != 0 {
		t.Errorf("%d rows are not in the index when it is tidy", n)
	}
	err := s.Store.(*DB).with(ctx, func(r *reader) error {
		for words, want := range map[string]int{"every": 300, "every w7": 300, "w7": 11, "w29": 11, "w299": 1, "none": 0, "w7 none": 1, "w7 every": 1} { // the last word counts only if it is the only one
			f := finding{reader: r, search: parse(words)}
			places, ok, err := f.candidates(ctx)
			if err != nil || !ok || len(places) != want {
				t.Errorf("%q: %d rows, ok %v, %v; want %d", words, len(places), ok, err, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPurge(t *testing.T) {
	at := func(ms int64) uint64 { return stampOf(time.UnixMilli(ms)) }
	a1, a2, a3 := row(anna, 1, 2, at(1)), row(anna, 3, 1, at(2)), row(anna, 4, 1, at(3))
	b1 := row(bert, 1, 1, at(1))
	d1, d2 := row(dora, 1, 1, at(1)), row(dora, 2, 1, at(2))
	d1.Open = true
	conform(t, Config{}, func(t *testing.T, s *subject) {
		s.load()
		s.write(Put{a1}, Put{a2}, Put{a3}, Put{b1}, Put{d1}, Put{d2})
		n, err := s.Purge(ctx, "lobby", time.UnixMilli(2))
		if err != nil || n != 2 {
			t.Errorf("first purge: %d, %v", n, err)
		}
		equal(t, "what is kept", firsts(s.load()), map[string]uint64{"anna": 3, "bert": 1, "dora": 1})
		n, err = s.Purge(ctx, "", time.UnixMilli(1000))
		if err != nil || n != 1 {
			t.Errorf("second purge: %d, %v", n, err)
		}
		equal(t, "what is kept in the end", firsts(s.load()), map[string]uint64{"anna": 4, "bert": 1, "dora": 1})
	})
}

func firsts(image *Image) map[string]uint64 {
	m := make(map[string]uint64)
	for _, k := range image.Logs {
		m[k.Author] = k.First
	}
	return m
}

func TestLimits(t *testing.T) {
	now := time.UnixMilli(1_000_000)
	cases := []struct {
		name string
		keep Limits
		left func(messages int) bool
	}{
		{"messages", Limits{Messages: 20}, func(n int) bool { return n > 10 && n <= 20 }},
		{"bytes", Limits{Bytes: 200}, func(n int) bool { return n > 5 && n <= 200/len(row(anna, 1, 1, 1).Raw) }},
		{"no bound", Limits{Messages: -1, Bytes: -1}, func(n int) bool { return n == 100 }},
	}
	for _, c := range cases {
		conform(t, Config{Keep: c.keep, Now: func() time.Time { return now }}, func(t *testing.T, s *subject) {
			s.load()
			open := row(bert, 1, 1, 0)
			open.Open = true
			s.write(Put{open}, Put{row(bert, 2, 1, 1)}) // the oldest, and they stay
			for i := range uint64(98) {
				s.write(Put{row(anna, i+1, 1, 100+i, "word")})
			}
			s.tidy()
			n := 0
			if err := s.Each(ctx, "lobby", func(r Row) error { n++; return nil }); err != nil {
				t.Fatal(err)
			}
			if !c.left(n) {
				t.Errorf("%s: %d messages are left", c.name, n)
			}
			image := s.load()
			if len(image.Open) != 1 || len(image.Logs) != 2 {
				t.Errorf("%s: open %v, logs %v", c.name, image.Open, image.Logs)
			}
			hits, err := s.Find(ctx, "", "word", Cursor{}, 200)
			if err != nil || len(hits) != n-2 {
				t.Errorf("%s: %d hits, %v", c.name, len(hits), err)
			}
		})
	}
}

func TestCloseEndsIt(t *testing.T) {
	conform(t, Config{}, func(t *testing.T, s *subject) {
		s.write(Put{row(anna, 1, 1, 1)})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s.Write(9, []Change{Note{"late", []byte("x")}})
		if _, err := s.Tail(ctx, "lobby", Window{}, 1); err != ErrClosed {
			t.Errorf("tail: %v", err)
		}
		if _, err := s.Purge(ctx, "", time.Now()); err != ErrClosed {
			t.Errorf("purge: %v", err)
		}
		if s.saver.through != 1 {
			t.Errorf("saved through %d", s.saver.through)
		}
	})
}

func TestChangesThatCannotBe(t *testing.T) {
	k := anna
	cases := map[string]Change{
		"no number":          Put{Row{Key: k, First: 0, Last: 1}},
		"upside down":        Put{Row{Key: k, First: 2, Last: 1}},
		"too many":           Put{Row{Key: k, First: 1, Last: 257}},
		"beyond the numbers": Put{Row{Key: k, First: 1 << 63, Last: 1 << 63}},
		"stamps":             Put{Row{Key: k, First: 1, Last: 1, Low: 2, Top: 1}},
		"texts":              Put{Row{Key: k, First: 1, Last: 2, Texts: []string{"one"}}},
		"no conversation":    Put{Row{First: 1, Last: 1}},
		"head":               Head{Key: k, Head: 1 << 63},
		"draft":              Draft{Key: k, Seq: 1 << 63},
		"settle":             Settle{Key: k, Last: 1 << 63},
	}
	conform(t, Config{}, func(t *testing.T, s *subject) {
		for name, c := range cases {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: taken", name)
					}
				}()
				s.Write(1, []Change{c})
			}()
		}
	})
}

// TestPlans: no query on the way of a start, a page of history or a search looks
// through the whole table of rows, or sorts more than a few of them.
func TestPlans(t *testing.T) {
	s := open1(t, implementations[1].open, Config{})
	s.write(Put{row(anna, 1, 1, 1, "word")})
	s.tidy()
	err := s.Store.(*DB).with(ctx, func(r *reader) error {
		for _, read := range []func() error{
			func() error { _, err := r.load(ctx); return err },
			func() error { _, err := r.tail(ctx, 1, Window{}, 9); return err },
			func() error { _, err := r.tail(ctx, 1, Window{1, 9}, 9); return err },
			func() error { _, err := r.front(ctx, 1, Window{1, 9}, 1); return err },
			func() error { _, _, err := r.span(ctx, []Span{{anna, 1, 9}}, 9); return err },
			func() error {
				f := finding{reader: r, search: parse("word other")}
				_, _, err := f.candidates(ctx)
				return err
			},
			func() error {
				f := finding{reader: r, search: parse("word"), limit: 9}
				_, err := f.walk(ctx, 9)
				return err
			},
		} {
			if err := read(); err != nil {
				return err
			}
		}
		for query := range r.statements {
			if !strings.HasPrefix(query, "SELECT") {
				continue
			}
			var args []driver.Value
			for range strings.Count(query, "?") {
				args = append(args, int64(1))
			}
			var plan []string
			if err := r.each(ctx, "EXPLAIN QUERY PLAN "+query, args, func(v []driver.Value) error { plan = append(plan, asString(v[3])); return nil }); err != nil {
				return err
			}
			for _, step := range plan {
				whole := strings.HasPrefix(step, "SCAN") && (strings.Contains(step, "row") || strings.Contains(step, " r"))
				if whole && !strings.Contains(step, "row_open") || strings.Contains(step, "B-TREE FOR ORDER BY") && !strings.Contains(query, "draft") &&
					!strings.Contains(query, "row_open") && !strings.Contains(query, "ORDER BY last") {
					t.Errorf("%s\n%s", query, strings.Join(plan, "\n"))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
