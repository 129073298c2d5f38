package store

import (
	"context"
	"database/sql/driver"
)

// Load implements Store.
func (d *DB) Load(ctx context.Context) (*Image, error) {
	if image := d.image.Swap(nil); image != nil {
		return image, nil
	}
	return d.reads.load(ctx)
}

func (r *reads) load(ctx context.Context) (image *Image, err error) {
	err = r.with(ctx, func(c *reader) error {
		image, err = c.load(ctx)
		return err
	})
	return image, err
}

// load reads in one transaction: what the parts say fits together.
func (r *reader) load(ctx context.Context) (*Image, error) {
	if err := r.exec("BEGIN"); err != nil {
		return nil, err
	}
	defer r.rollback()
	image := &Image{Notes: make(map[string][]byte)}
	for _, part := range []func(context.Context, *Image) error{r.notes, r.heads, r.drafts, r.opened, r.logs} {
		if err := part(ctx, image); err != nil {
			return nil, err
		}
	}
	return image, nil
}

func (r *reader) notes(ctx context.Context, image *Image) error {
	return r.each(ctx, "SELECT name, value, seal FROM note", nil, func(v []driver.Value) error {
		n := Note{asString(v[0]), notNil(asBytes(v[1]))}
		if string(r.seal.note(&n)) != string(asBytes(v[2])) {
			r.of.count("note", n.Name)
			return nil
		}
		image.Notes[n.Name] = n.Value
		return nil
	})
}

func (r *reader) heads(ctx context.Context, image *Image) error {
	return r.each(ctx, `SELECT c.name, l.author, l.log, h.log, h.low, h.head, h.extra, h.seal
		FROM head h JOIN log l ON l.id = h.log JOIN conversation c ON c.id = l.conversation WHERE c.name IS NOT NULL`, nil,
		func(v []driver.Value) error {
			h := Head{keyOf(v), uint64(asInt(v[4])), uint64(asInt(v[5])), orNil(asBytes(v[6]))}
			if string(r.seal.head(&h)) != string(asBytes(v[7])) {
				r.of.count("head", formatID(asInt(v[3])))
				return nil
			}
			image.Heads = append(image.Heads, h)
			return nil
		})
}

func (r *reader) drafts(ctx context.Context, image *Image) error {
	return r.each(ctx, `SELECT c.name, l.author, l.log, d.log, d.seq, d.raw, d.seal
		FROM draft d JOIN log l ON l.id = d.log JOIN conversation c ON c.id = l.conversation WHERE c.name IS NOT NULL
		ORDER BY d.log, d.seq`, nil,
		func(v []driver.Value) error {
			d := Draft{keyOf(v), uint64(asInt(v[4])), orNil(asBytes(v[5]))}
			if string(r.seal.draft(&d)) != string(asBytes(v[6])) {
				r.of.count("draft", formatID(asInt(v[3]))+"/"+formatID(asInt(v[4])))
				return nil
			}
			image.Drafts = append(image.Drafts, d)
			return nil
		})
}

func (r *reader) opened(ctx context.Context, image *Image) error {
	return r.each(ctx, "SELECT "+columns+" FROM row INDEXED BY row_open WHERE state >= 256 AND "+present+" ORDER BY id", nil, func(v []driver.Value) error {
		if row, _, ok := r.scan(v); ok {
			image.Open = append(image.Open, row)
		}
		return nil
	})
}

// logs finds the ends of each log in the index row_log. The row with the greatest
// Last begins at most maxMessages before the one with the greatest First.
func (r *reader) logs(ctx context.Context, image *Image) error {
	type ends struct{ log, first, last int64 }
	var all []ends
	err := r.each(ctx, `SELECT l.id, (SELECT min(first) FROM row WHERE log = l.id), (SELECT max(first) FROM row WHERE log = l.id)
		FROM log l JOIN conversation c ON c.id = l.conversation WHERE c.name IS NOT NULL ORDER BY l.id`, nil,
		func(v []driver.Value) error {
			if v[1] != nil {
				all = append(all, ends{asInt(v[0]), asInt(v[1]), asInt(v[2])})
			}
			return nil
		})
	if err != nil {
		return err
	}
	for _, e := range all {
		newest, ok, bad, err := r.newest(ctx, e.log, e.last)
		if err != nil {
			return err
		}
		if bad {
			k, _, err := r.key(e.log)
			if err != nil {
				return err
			}
			image.Damaged = append(image.Damaged, k)
		}
		if ok {
			image.Logs = append(image.Logs, Kept{newest.Key, min(uint64(e.first), newest.First), newest.Last, newest})
		}
	}
	return nil
}

// newest returns the sound row of a log with the greatest Last, if there is one, and
// whether there are bad ones behind it; first is the greatest First of the log.
func (r *reader) newest(ctx context.Context, log, first int64) (newest Row, ok, bad bool, err error) {
	look := func(v []driver.Value) error {
		if newest, _, ok = r.scan(v); ok {
			return errEnough
		}
		bad = true
		return nil
	}
	// Which one is last the index tells: the others need not be read.
	err = r.each(ctx, "SELECT id FROM row WHERE log = ? AND first > ? ORDER BY last DESC, id",
		[]driver.Value{log, first - maxMessages}, func(v []driver.Value) error {
			err := r.each(ctx, "SELECT "+columns+" FROM row WHERE id = ?", []driver.Value{asInt(v[0])}, look)
			if ok {
				return errEnough
			}
			return err
		})
	if err != nil || ok {
		return newest, ok, bad, err
	}
	// All of these are damaged: whatever is the last one before them.
	err = r.each(ctx, "SELECT "+columns+" FROM row WHERE log = ? AND first <= ? ORDER BY first DESC, last DESC, id",
		[]driver.Value{log, first - maxMessages}, look)
	return newest, ok, bad, err
}
