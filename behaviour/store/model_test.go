package store

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A writing makes up changes as a node could bring them: logs that go on, gaps
// that are filled later, things said twice, drafts that become envelopes.
type writing struct {
	rng  *rand.Rand
	next map[Key]uint64
	old  []Row
}

func newWriting(seed uint64) *writing {
	return &writing{rng: rand.New(rand.NewPCG(seed, 7)), next: make(map[Key]uint64)}
}

func (w *writing) key() Key {
	return Key{[]string{"lobby", "#go", "dm/a/b"}[w.rng.IntN(3)], []string{"anna", "bert"}[w.rng.IntN(2)], Log{byte(w.rng.IntN(2))}}
}

func (w *writing) transaction() []Change {
	var changes []Change
	for range 1 + w.rng.IntN(4) {
		changes = append(changes, w.change())
	}
	return changes
}

func (w *writing) change() Change {
	k := w.key()
	next := w.next[k] + 1
	switch n := w.rng.IntN(100); {
	case n < 55:
		if w.rng.IntN(8) == 0 {
			next += uint64(w.rng.IntN(5)) // a gap, or what fills one
			next -= min(next-1, uint64(w.rng.IntN(10)))
		}
		count := uint64(1 + w.rng.IntN(3))
		stamp := uint64(w.rng.IntN(1000)) << (w.rng.IntN(3) * 10)
		r := row(k, next, count, stamp, texts(w.rng, int(count))...)
		if count > 1 {
			r.Top += uint64(w.rng.IntN(2)) << (w.rng.IntN(3) * 12)
		}
		r.Raw = append(r.Raw, make([]byte, w.rng.IntN(3)*w.rng.IntN(3000))...)
		r.Open, r.State = w.rng.IntN(4) == 0, uint8(w.rng.IntN(3))
		w.next[k] = max(w.next[k], r.Last)
		w.old = append(w.old, r)
		return Put{r}
	case n < 62 && len(w.old) > 0:
		return Put{w.old[w.rng.IntN(len(w.old))]}
	case n < 72:
		return Head{k, next / 2, next, fmt.Append(nil, n)}
	case n < 82:
		return Draft{k, next + uint64(w.rng.IntN(3)), fmt.Append(nil, "draft", n)}
	case n < 90:
		return Settle{k, next - min(next, uint64(w.rng.IntN(4))), uint8(n)}
	case n < 98:
		return Note{fmt.Sprint("note", n%4), [][]byte{nil, {}, fmt.Append(nil, n)}[w.rng.IntN(3)]}
	default:
		clear(w.next)
		return Forget{k.Conversation}
	}
}

func texts(rng *rand.Rand, n int) []string {
	if rng.IntN(4) == 0 {
		return nil
	}
	var t []string
	for range n {
		t = append(t, strings.Join([]string{pick(rng, "hello", "good", "", "naïve"), pick(rng, "world", "morning", "evening")}, " "))
	}
	return t
}

func pick[T any](rng *rand.Rand, of ...T) T { return of[rng.IntN(len(of))] }

// dump is all that can be read of a store, in a form that compares.
func dump(t testing.TB, s Store) string {
	t.Helper()
	image, err := s.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(image.Logs, func(a, b Kept) int { return strings.Compare(fmt.Sprint(a.Key), fmt.Sprint(b.Key)) })
	slices.SortFunc(image.Heads, func(a, b Head) int { return strings.Compare(fmt.Sprint(a.Key), fmt.Sprint(b.Key)) })
	slices.SortStableFunc(image.Drafts, func(a, b Draft) int { return strings.Compare(fmt.Sprint(a.Key), fmt.Sprint(b.Key)) })
	var b strings.Builder
	fmt.Fprintf(&b, "notes %v\nheads %v\ndrafts %v\nopen %v\n", image.Notes, image.Heads, image.Drafts, short(image.Open...))
	for _, l := range image.Logs {
		fmt.Fprintf(&b, "log %v %d-%d %v\n", l.Key, l.First, l.Last, short(l.Newest))
	}
	if err := s.Each(ctx, "", func(r Row) error { _, err := fmt.Fprintf(&b, "%v\n", short(r)); return err }); err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"hello", "mor", "naive eve"} {
		hits, err := s.Find(ctx, "", words, Cursor{}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s:", words)
		for _, h := range hits {
			fmt.Fprintf(&b, " %v/%d+%d", h.Key, h.First, h.Index)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// short is what there is to say of rows, with a hash for what they hold.
func short(rows ...Row) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "[%s %s %d %d-%d stamps %d-%d at %d state %d %v raw %d %x]", r.Conversation, r.Author, r.Log[0],
			r.First, r.Last, r.Low, r.Top, r.At, r.State, r.Open, len(r.Raw), crc32.ChecksumIEEE(r.Raw))
	}
	return b.String()
}

// TestSameAsMemory does random things to both, with restarts of one, and
// compares what can be read after each.
func TestSameAsMemory(t *testing.T) {
	seeds := uint64(8)
	if raced {
		seeds = 2
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := newWriting(seed)
			path := filepath.Join(t.TempDir(), "history.db")
			saver := newSaver()
			cfg := Config{Key: key, Saved: saver.saved}
			db, memory := mustOpen(t, path, cfg), NewMemory(Config{})
			for n := uint64(1); n <= 60; n++ {
				changes := w.transaction()
				memory.Write(n, slices.Clone(changes))
				db.Write(n, changes)
				saver.wait(n)
				if w.rng.IntN(8) == 0 {
					if err := db.Close(); err != nil {
						t.Fatal(err)
					}
					db = mustOpen(t, path, cfg)
				}
				if w.rng.IntN(4) == 0 {
					tidy(t, db)
				}
				if n%5 == 0 {
					compare(t, n, db, memory, w)
				}
			}
			if n := db.Stats().Damaged; n != 0 {
				t.Errorf("%d are damaged", n)
			}
		})
	}
}

func compare(t *testing.T, n uint64, db, memory Store, w *writing) {
	t.Helper()
	if a, b := dump(t, db), dump(t, memory); a != b {
		t.Fatalf("after %d:\n%s", n, difference(a, b))
	}
	for range 10 {
		conversation, limit := w.key().Conversation, w.rng.IntN(8)
		win := w.window()
		for _, s := range []Store{db, memory} {
			tail, err := s.Tail(ctx, conversation, win, limit)
			if err != nil {
				t.Fatal(err)
			}
			checkWindow(t, s, conversation, win, limit, tail, false)
			front, err := s.Front(ctx, conversation, win, limit)
			if err != nil {
				t.Fatal(err)
			}
			checkWindow(t, s, conversation, win, limit, front, true)
		}
		spans := []Span{{w.key(), uint64(w.rng.IntN(10)), uint64(w.rng.IntN(30))}}
		if k := w.key(); k != spans[0].Key {
			spans = append(spans, Span{k, uint64(w.rng.IntN(10)), uint64(w.rng.IntN(30))})
		}
		budget := w.rng.IntN(10000)
		ra, ma, err := db.Range(ctx, spans, budget)
		if err != nil {
			t.Fatal(err)
		}
		rb, mb, err := memory.Range(ctx, spans, budget)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprint("range ", spans), fmt.Sprint(short(ra...), ma), fmt.Sprint(short(rb...), mb))
	}
}

// window is one that some of what is written lies in; often one side is open.
func (w *writing) window() (win Window) {
	stamp := func() uint64 { return uint64(w.rng.IntN(1000)) << (w.rng.IntN(3) * 10) }
	if w.rng.IntN(3) > 0 {
		win.From = stamp()
	}
	if w.rng.IntN(3) > 0 {
		win.To = stamp()
	}
	return win
}

// checkWindow holds got against the promises of Tail, or of Front, whichever stamps
// within its bounds each message of a row may have: with every inner message at the
// bottom of its row, and with every one at the top, no row that is left out has one of
// those that are wanted.
func checkWindow(t *testing.T, s Store, conversation string, w Window, limit int, got []Row, front bool) {
	t.Helper()
	has := make(map[string]bool)
	for i, r := range got {
		has[string(r.Raw)+r.Author+fmt.Sprint(r.Log)] = true
		if i > 0 && r.Top != got[i-1].Top && r.Top > got[i-1].Top != front {
			t.Fatalf("out of order at %d", i)
		}
		if r.Top < w.From || w.To != 0 && r.Low >= w.To {
			t.Fatalf("%v is not in %v", short(r), w)
		}
	}
	var all []Row
	if err := s.Each(ctx, conversation, func(r Row) error { all = append(all, r); return nil }); err != nil {
		t.Fatal(err)
	}
	for _, high := range []bool{false, true} {
		var stamps []uint64
		of := make(map[int][]uint64) // of each row, in the window
		for i, r := range all {
			for m := range r.Messages() {
				stamp := r.Low
				if m == r.Messages()-1 || high && m > 0 {
					stamp = r.Top
				}
				if stamp >= w.From && (w.To == 0 || stamp < w.To) {
					stamps = append(stamps, stamp)
					of[i] = append(of[i], stamp)
				}
			}
		}
		slices.Sort(stamps)
		if limit == 0 || len(stamps) == 0 {
			continue
		}
		cutoff := stamps[max(0, len(stamps)-limit)]
		if front {
			cutoff = stamps[min(limit, len(stamps))-1]
		}
		for i, r := range all {
			wanted := len(of[i]) > 0 && (front && slices.Min(of[i]) <= cutoff || !front && slices.Max(of[i]) >= cutoff)
			if wanted && !has[string(r.Raw)+r.Author+fmt.Sprint(r.Log)] {
				t.Fatalf("%d messages of %s in %v, front %v: row %v is left out, the cut-off is %d\ngot %v", limit, conversation, w, front, short(r), cutoff, short(got...))
			}
		}
	}
}

// difference is where two dumps part.
func difference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return fmt.Sprintf("line %d\n got %.2000s\nwant %.2000s", i, as[i], bs[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(as), len(bs))
}
