package store

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// A writer turns changes into statements, on the one connection that writes. Only
// the writing goroutine has it.
type writer struct {
	*reader // of the same connection
	cfg     *Config
	nextRow int64 // ids of rows are never used again, so that the index has no stale ones
	nextLog int64
	nextCnv int64
	indexed int64 // ids up to here are in the index

	// What is known of conversations and logs without asking; forgotten when a
	// transaction fails, and when there are too many.
	conversations map[string]*kept
	logs          map[Key]*tracked
	touched       []*kept // changed in this transaction

	trimming trimming
	remade   bool // the index was made anew in this life
	forgot   bool // this transaction forgets a conversation
	goneSome bool // there may be conversations that were forgotten
}

// kept is what a conversation holds.
type kept struct {
	id              int64
	name            string
	messages, bytes int64
	changed         bool // since it was last written
}

// tracked is what the writer must know of a log.
type tracked struct {
	id       int64
	of       *kept
	maxFirst int64 // the greatest First of its rows
	drafts   bool  // it may have drafts
}

func newWriter(c *conn, r *reads) (*writer, error) {
	w := &writer{reader: r.reader(c), cfg: &r.cfg, goneSome: true, conversations: make(map[string]*kept), logs: make(map[Key]*tracked)}
	for _, n := range []struct {
		to    *int64
		query string
	}{
		{&w.nextRow, "SELECT max(id) FROM row"},
		{&w.nextLog, "SELECT max(id) FROM log"},
		{&w.nextCnv, "SELECT max(id) FROM conversation"},
		{&w.indexed, "SELECT value FROM state WHERE name = 'indexed'"},
	} {
		var err error
		if *n.to, err = w.number(n.query); err != nil {
			return nil, err
		}
	}
	w.nextRow = max(w.nextRow, w.indexed)
	return w, nil
}

// write commits batches as one transaction.
func (w *writer) write(batches []batch) error {
	if len(w.conversations) > maxNames || len(w.logs) > maxNames {
		w.forget()
	}
	err := w.transact(func() error {
		for _, b := range batches {
			for _, c := range b.changes {
				if err := w.apply(c); err != nil {
					return err
				}
			}
		}
		return w.count()
	})
	if err != nil {
		w.forget()
	} else if w.forgot {
		w.of.forgets.Add(1)
	}
	w.forgot = false
	return err
}

// forget drops what is known without asking.
func (w *writer) forget() {
	clear(w.conversations)
	clear(w.logs)
	w.touched = w.touched[:0]
}

func (w *writer) apply(c Change) error {
	switch c := c.(type) {
	case Put:
		return w.put(&c.Row, true)
	case Add:
		return w.put(&c.Row, false)
	case Head:
		return w.head(&c)
	case Draft:
		return w.draft(&c)
	case Settle:
		return w.settle(&c)
	case Note:
		return w.noteDown(&c)
	case Forget:
		return w.forgetConversation(c.Conversation)
	default:
		panic(fmt.Sprintf("store: change %T", c))
	}
}

// put keeps a row, in the place of drafts or beside them.
func (w *writer) put(r *Row, drafts bool) error {
	l, err := w.log(r.Key)
	if err != nil {
		return err
	}
	if drafts {
		if err := w.dropDrafts(l, int64(r.Last)); err != nil {
			return err
		}
	}
	if int64(r.First) <= l.maxFirst {
		if there, err := w.holds(l, r); err != nil || there {
			return err
		}
	}
	texts := encodeTexts(r.Texts)
	if texts != nil {
		texts = append(texts, w.seal.texts(r, texts)...)
	}
	w.nextRow++
	err = w.exec("INSERT INTO row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		w.nextRow, l.id, l.of.id, int64(r.First), int64(r.Last), ordered(r.Low), ordered(r.Top), r.At, stateOf(r),
		w.seal.row(r), r.Raw, nullable(texts))
	l.maxFirst = max(l.maxFirst, int64(r.First))
	w.add(l.of, int64(r.Messages()), int64(len(r.Raw)))
	return err
}

// nullable keeps nil from becoming an empty value.
func nullable(b []byte) driver.Value {
	if b == nil {
		return nil
	}
	return b
}

// holds says whether the row is there already. What is in its place and damaged
// makes way for it.
func (w *writer) holds(l *tracked, r *Row) (there bool, err error) {
	var bad []int64
	err = w.each(context.Background(), "SELECT "+columns+" FROM row WHERE log = ? AND first = ?", []driver.Value{l.id, int64(r.First)},
		func(v []driver.Value) error {
			old, _, ok := w.scan(v)
			if !ok {
				bad = append(bad, asInt(v[0]))
			}
			there = there || ok && old.Last == r.Last && string(old.Raw) == string(r.Raw)
			return nil
		})
	for _, id := range bad {
		if err == nil {
			err = w.remove(id, l.of)
		}
	}
	return there, err
}

func (w *writer) head(h *Head) error {
	l, err := w.log(h.Key)
	if err != nil {
		return err
	}
	return w.exec("INSERT OR REPLACE INTO head VALUES (?, ?, ?, ?, ?)", l.id, int64(h.Low), int64(h.Head), notNil(h.Extra), w.seal.head(h))
}

func (w *writer) draft(d *Draft) error {
	l, err := w.log(d.Key)
	if err != nil {
		return err
	}
	l.drafts = true
	return w.exec("INSERT OR REPLACE INTO draft VALUES (?, ?, ?, ?)", l.id, int64(d.Seq), notNil(d.Raw), w.seal.draft(d))
}

func (w *writer) dropDrafts(l *tracked, last int64) error {
	if !l.drafts {
		return nil
	}
	if err := w.exec("DELETE FROM draft WHERE log = ? AND seq <= ?", l.id, last); err != nil {
		return err
	}
	n, err := w.number("SELECT count(*) FROM draft WHERE log = ?", l.id)
	l.drafts = n > 0
	return err
}

func (w *writer) settle(s *Settle) error {
	l, err := w.log(s.Key)
	if err != nil {
		return err
	}
	if err := w.dropDrafts(l, int64(s.Last)); err != nil {
		return err
	}
	type settled struct {
		id  int64
		row Row
	}
	var all []settled
	err = w.each(context.Background(), "SELECT "+columns+" FROM row WHERE log = ? AND last <= ? AND state >= 256", []driver.Value{l.id, int64(s.Last)},
		func(v []driver.Value) error {
			if row, id, ok := w.scan(v); ok { // a damaged one must not be sealed
				all = append(all, settled{id, row})
			}
			return nil
		})
	for i := range all {
		r := &all[i].row
		r.Open, r.State = false, s.State
		if err == nil {
			err = w.exec("UPDATE row SET state = ?, seal = ? WHERE id = ?", stateOf(r), w.seal.row(r), all[i].id)
		}
	}
	return err
}

func (w *writer) noteDown(n *Note) error {
	if n.Value == nil {
		return w.exec("DELETE FROM note WHERE name = ?", []byte(n.Name))
	}
	return w.exec("INSERT OR REPLACE INTO note VALUES (?, ?, ?)", []byte(n.Name), n.Value, w.seal.note(n))
}
