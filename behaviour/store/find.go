package store

import (
	"cmp"
	"container/heap"
	"context"
	"database/sql/driver"
	"math"
	"slices"
)

// walkFirst is how many rows a search reads backwards before it turns to the
// index: a few milliseconds, in which frequent words are found, and beginnings of
// words that are frequent. For these the index would gather all there is first.
const walkFirst = 2000

// manyHits is where a search stops using the index: a hit in it costs a few
// microseconds, as where it is in history must be looked up. What has more hits, and
// not enough among the newest messages, is found by reading on backwards.
const manyHits = 5_000

// maxScan bounds the rows that Find reads backwards without an index (NoSearch):
// a second or two. What is older is not found.
const maxScan = 100_000

// Find implements Store.
func (r *reads) Find(ctx context.Context, conversation, words string, before Cursor, limit int) (hits []Hit, err error) {
	s := parse(words)
	if len(s) == 0 || limit <= 0 {
		return nil, nil
	}
	err = r.with(ctx, func(c *reader) error {
		f := finding{reader: c, search: s, before: before, limit: min(limit, maxFind)}
		if conversation != "" {
			conv, err := c.conversation(conversation)
			if err != nil || conv == 0 {
				return err
			}
			f.one = conv
		}
		hits, err = f.find(ctx)
		return err
	})
	return hits, err
}

// A finding is one search under way.
type finding struct {
	*reader
	search search
	one    int64 // the conversation; 0 is all
	before Cursor
	limit  int
	hits   []Hit
}

// find reads in one transaction, so that the index and what it covers agree.
func (f *finding) find(ctx context.Context) ([]Hit, error) {
	if err := f.exec("BEGIN"); err != nil {
		return nil, err
	}
	defer f.rollback()
	if f.of.cfg.NoSearch {
		_, err := f.walk(ctx, maxScan)
		return f.hits, err
	}
	// Of frequent words the newest messages have enough.
	done, err := f.walk(ctx, walkFirst)
	if err != nil || done {
		return f.hits, err
	}
	places, ok, err := f.candidates(ctx)
	if isDamage(err) { // a broken index is no reason to find nothing
		f.of.count("index", "")
	} else if err != nil {
		return nil, err
	}
	f.hits = nil
	if err != nil || !ok {
		_, err := f.walk(ctx, math.MaxInt)
		return f.hits, err
	}
	slices.SortFunc(places, func(a, b rowPlace) int {
		return cmp.Or(cmp.Compare(b.top, a.top), cmp.Compare(b.id, a.id))
	})
	for _, p := range slices.Compact(places) {
		if len(f.hits) >= f.limit {
			break
		}
		if err := f.look(ctx, p.id); err != nil {
			return nil, err
		}
	}
	return f.hits, nil
}

// A rowPlace is a row and its place in history.
type rowPlace struct{ top, id int64 }

// edge is what a row must be before.
func (f *finding) edge() rowPlace {
	if f.before == (Cursor{}) {
		return rowPlace{math.MaxInt64, math.MaxInt64}
	}
	return rowPlace{ordered(f.before.Stamp), clamp(f.before.Row)}
}

// candidates returns all rows that may have hits; ok is false if they are too
// many.
func (f *finding) candidates(ctx context.Context) (places []rowPlace, ok bool, err error) {
	upto, err := f.number("SELECT value FROM state WHERE name = 'indexed'")
	if err != nil {
		return nil, false, err
	}
	newest, err := f.number("SELECT max(id) FROM row")
	if err != nil || newest-upto > manyHits {
		return nil, false, err
	}
	edge := f.edge()
	found := 0
	collect := func(v []driver.Value) error {
		p := rowPlace{asInt(v[0]), asInt(v[1])}
		if found++; found > manyHits {
			return errEnough
		}
		if p.top < edge.top || p.top == edge.top && p.id < edge.id {
			if f.one == 0 || f.one == asInt(v[2]) {
				places = append(places, p)
			}
		}
		return nil
	}
	// What stands before the beginning of a word leaves little to look at, mostly,
	// and to look at it is cheaper than to gather all words that begin so.
	for _, expression := range f.search.expressions() {
		places, found = nil, 0
		err = f.each(ctx, "SELECT r.top, r.id, r.conversation FROM find CROSS JOIN row r ON r.id = find.rowid >> 8 WHERE find MATCH ? AND "+present,
			[]driver.Value{expression}, collect)
		if err != nil || found <= manyHits {
			break
		}
	}
	if err != nil || found > manyHits {
		return nil, false, err
	}
	err = f.each(ctx, "SELECT top, id, conversation FROM row WHERE id > ? AND "+present, []driver.Value{upto}, collect)
	return places, found <= manyHits, err
}

// look adds the hits of a row, the newest first.
func (f *finding) look(ctx context.Context, id int64) error {
	return f.each(ctx, "SELECT "+columns+", texts FROM row WHERE id = ?", []driver.Value{id}, func(v []driver.Value) error {
		sealed := asBytes(v[10])
		if len(sealed) < sealSize {
			return nil
		}
		row, id, ok := f.scan(v)
		if !ok {
			return nil
		}
		for i, text := range slices.Backward(f.open(&row, id, sealed)) {
			if f.search.matches(text) {
				f.hits = append(f.hits, Hit{row, i, Cursor{row.Top, uint64(id)}})
			}
		}
		return nil
	})
}

// walk reads all conversations in question backwards, merged by Top, until there
// are enough hits or rows rows were read. It says whether it found all that there is to
// find.
func (f *finding) walk(ctx context.Context, rows int) (done bool, err error) {
	conversations := []int64{f.one}
	if f.one == 0 {
		conversations = nil
		err := f.each(ctx, "SELECT id FROM conversation WHERE name IS NOT NULL", nil, func(v []driver.Value) error {
			conversations = append(conversations, asInt(v[0]))
			return nil
		})
		if err != nil {
			return false, err
		}
	}
	var walks walks
	for _, conv := range conversations {
		w := &backwards{conversation: conv, at: f.edge()}
		if err := w.fill(ctx, f.reader); err != nil {
			return false, err
		}
		if len(w.places) > 0 {
			walks = append(walks, w)
		}
	}
	heap.Init(&walks)
	for ; len(walks) > 0 && len(f.hits) < f.limit; rows-- {
		if rows == 0 {
			return false, nil
		}
		next := walks[0]
		if err := f.look(ctx, next.places[0].id); err != nil {
			return false, err
		}
		if next.places = next.places[1:]; len(next.places) == 0 {
			if err := next.fill(ctx, f.reader); err != nil {
				return false, err
			}
		}
		if len(next.places) == 0 {
			heap.Pop(&walks)
		} else {
			heap.Fix(&walks, 0)
		}
	}
	return true, nil
}

// backwards is a walk through one conversation.
type backwards struct {
	conversation int64
	at           rowPlace
	places       []rowPlace
}

func (w *backwards) fill(ctx context.Context, r *reader) error {
	w.places = w.places[:0]
	return r.each(ctx, `SELECT top, id FROM row WHERE conversation = ? AND top <= ? AND (top, id) < (?, ?) ORDER BY top DESC, id DESC LIMIT 256`,
		[]driver.Value{w.conversation, w.at.top, w.at.top, w.at.id}, func(v []driver.Value) error {
			w.at = rowPlace{asInt(v[0]), asInt(v[1])}
			w.places = append(w.places, w.at)
			return nil
		})
}

// walks is a heap, the newest row in front.
type walks []*backwards

func (w walks) Len() int { return len(w) }
func (w walks) Less(i, j int) bool {
	a, b := w[i].places[0], w[j].places[0]
	return a.top > b.top || a.top == b.top && a.id > b.id
}
func (w walks) Swap(i, j int) { w[i], w[j] = w[j], w[i] }
func (w *walks) Push(x any)   { *w = append(*w, x.(*backwards)) }
func (w *walks) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}
