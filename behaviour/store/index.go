package store

import (
	"context"
	"database/sql/driver"
	"errors"
)

// indexRows and indexBytes bound one step of indexing: some 5 ms.
const (
	indexRows  = 128
	indexBytes = 64 << 10
)

// index does one step of making the index. It is not synced: the index and how
// far it goes are lost together, and made again.
func (w *writer) index() (more bool, err error) {
	if w.cfg.NoSearch {
		return false, nil
	}
	err = w.unsynced(func() error {
		more, err = w.indexStep()
		return err
	})
	if isDamage(err) && !w.remade {
		w.remade = true
		w.cfg.Log.Warn("the index of history is made anew", "error", err)
		return true, w.remakeIndex()
	}
	return more, err
}

func (w *writer) indexStep() (more bool, err error) {
	type entry struct {
		id    int64
		words string
	}
	var entries []entry
	upto, rows, size := w.indexed, 0, 0
	err = w.each(context.Background(), "SELECT "+columns+", texts FROM row WHERE id > ? ORDER BY id", []driver.Value{w.indexed},
		func(v []driver.Value) error {
			if rows == indexRows || size >= indexBytes {
				return errEnough
			}
			rows++
			upto = asInt(v[0])
			for i, text := range w.texts(v) {
				if words := indexed(text); words != "" {
					entries = append(entries, entry{upto<<8 | int64(i), words})
					size += len(words)
				}
			}
			return nil
		})
	if err != nil || rows == 0 {
		return false, err
	}
	err = w.transact(func() error {
		for _, e := range entries {
			if err := w.exec("INSERT INTO find (rowid, words) VALUES (?, ?)", e.id, e.words); err != nil {
				return err
			}
		}
		return w.exec("UPDATE state SET value = ? WHERE name = 'indexed'", upto)
	})
	if err != nil {
		return false, err
	}
	w.indexed = upto
	return true, nil
}

// texts takes the texts out of columns and texts; nil for a damaged row.
func (r *reader) texts(v []driver.Value) []string {
	sealed := asBytes(v[10])
	if len(sealed) < sealSize {
		return nil
	}
	row, id, ok := r.scan(v)
	if !ok {
		return nil
	}
	return r.open(&row, id, sealed)
}

// open checks and decodes the texts of a row.
func (r *reader) open(row *Row, id int64, sealed []byte) []string {
	if len(sealed) < sealSize {
		return nil
	}
	encoded := sealed[:len(sealed)-sealSize]
	texts, err := decodeTexts(encoded)
	if err != nil || len(texts) != row.Messages() || string(r.seal.texts(row, encoded)) != string(sealed[len(encoded):]) {
		r.of.count("texts", formatID(id))
		return nil
	}
	return texts
}

// remakeIndex begins it anew, because it was broken: nothing is lost with it.
func (w *writer) remakeIndex() error {
	err := w.transact(func() error {
		for _, query := range []string{"DROP TABLE find", createIndex, "UPDATE state SET value = 0 WHERE name = 'indexed'"} {
			if err := w.exec(query); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		w.indexed = 0
	}
	return err
}

// unsynced does what need not survive a power cut.
func (w *writer) unsynced(do func() error) error {
	if err := w.exec("PRAGMA synchronous = NORMAL"); err != nil {
		return err
	}
	err := do()
	return errors.Join(err, w.exec("PRAGMA synchronous = FULL"))
}
