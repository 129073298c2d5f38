package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"slices"
)

// withRoom makes room for a page of limit messages at once: most have a row of their
// own.
func withRoom(rows []Row, limit int) []Row {
	if rows == nil {
		rows = make([]Row, 0, min(limit, 1024))
	}
	return rows
}

// Tail implements Store.
func (r *reads) Tail(ctx context.Context, conversation string, w Window, limit int) ([]Row, error) {
	return r.window(ctx, conversation, w, limit, (*reader).tail)
}

// window reads rows of a conversation by one of tail and front.
func (r *reads) window(ctx context.Context, conversation string, w Window, limit int,
	read func(r *reader, ctx context.Context, conv int64, w Window, limit int) ([]Row, error)) (rows []Row, err error) {
	if limit <= 0 || w.empty() {
		return nil, nil
	}
	err = r.with(ctx, func(c *reader) error {
		conv, err := c.conversation(conversation)
		if err != nil || conv == 0 {
			return err
		}
		rows, err = read(c, ctx, conv, w, min(limit, maxTail))
		return err
	})
	return rows, err
}

// empty says that no stamp is within the window.
func (w Window) empty() bool { return w.To != 0 && w.From >= w.To }

// within are the bounds of the window for the column top, both included, of rows
// that do not reach beyond it.
func (w Window) within() (least, most int64) { return ordered(w.From), ordered(w.To - 1) }

func (r *reader) tail(ctx context.Context, conv int64, w Window, limit int) (rows []Row, err error) {
	c := cut{limit: limit, before: w.To}
	if w.To > 0 {
		// Rows that reach across the edge: the ordinary ones begin at most
		// longSpan before it, the long ones have an index of their own.
		if rows, err = r.across(ctx, conv, w.To); err != nil {
			return nil, err
		}
		for i := range rows {
			c.see(&rows[i])
		}
	}
	least, most := w.within()
	const query = "SELECT " + columns + " FROM row WHERE conversation = ? AND top BETWEEN ? AND ? ORDER BY top DESC, low DESC, id DESC"
	err = r.each(ctx, query, []driver.Value{conv, least, most}, func(v []driver.Value) error {
		if c.enough(stamp(asInt(v[5]))) {
			return errEnough
		}
		if row, _, ok := r.scan(v); ok {
			c.see(&row)
			rows = append(withRoom(rows, limit), row)
		}
		return nil
	})
	return rows, err
}

// across returns the rows with messages on both sides of a stamp, by Top,
// newest first.
func (r *reader) across(ctx context.Context, conv int64, before uint64) ([]Row, error) {
	type at struct{ top, id int64 }
	var found []at
	add := func(v []driver.Value) error {
		found = append(found, at{asInt(v[0]), asInt(v[1])})
		return nil
	}
	edge, beyond := ordered(before), ordered(before+min(longSpan, ^before))
	err := r.each(ctx, "SELECT top, id FROM row WHERE conversation = ? AND top BETWEEN ? AND ? AND low < ? AND top - low <= 65536000",
		[]driver.Value{conv, edge, beyond, edge}, add)
	if err != nil {
		return nil, err
	}
	err = r.each(ctx, "SELECT top, id FROM row INDEXED BY row_long WHERE conversation = ? AND top >= ? AND low < ? AND top - low > 65536000",
		[]driver.Value{conv, edge, edge}, add)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b at) int {
		if a.top != b.top {
			return cmp.Compare(b.top, a.top)
		}
		return cmp.Compare(b.id, a.id)
	})
	var rows []Row
	for _, f := range found {
		row, ok, err := r.row(ctx, f.id)
		if err != nil {
			return nil, err
		}
		if ok {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// row reads one row.
func (r *reader) row(ctx context.Context, id int64) (row Row, ok bool, err error) {
	err = r.each(ctx, "SELECT "+columns+" FROM row WHERE id = ?", []driver.Value{id}, func(v []driver.Value) error {
		row, _, ok = r.scan(v)
		return nil
	})
	return row, ok, err
}
