package store

import (
	"context"
	"database/sql/driver"
	"slices"
)

// A fill tells Front how far it has to look. It is given rows by Top, the oldest
// first: what it has seen is all there is up to the last Top, but for rows that reach
// beyond that. So once there are limit messages, those that are wanted are no later than
// this Top, and edge is right behind it.
type fill struct {
	limit int
	from  uint64 // messages with a lesser stamp do not count
	edge  uint64 // no message from here on is wanted; 0: not known yet
	seen  int
}

// see adds a row, which has a message from the window's beginning on: of one that
// begins before it that is all that is certain.
func (f *fill) see(r *Row) {
	if r.Low >= f.from {
		f.seen += r.Messages()
	} else {
		f.seen++
	}
	if f.seen >= f.limit && r.Top+1 != 0 {
		f.edge = r.Top + 1
	}
}

// Front implements Store.
func (r *reads) Front(ctx context.Context, conversation string, w Window, limit int) ([]Row, error) {
	return r.window(ctx, conversation, w, limit, (*reader).front)
}

func (r *reader) front(ctx context.Context, conv int64, w Window, limit int) (rows []Row, err error) {
	f := fill{limit: limit, from: w.From, edge: w.To}
	least, most := w.within()
	const query = "SELECT " + columns + " FROM row WHERE conversation = ? AND top BETWEEN ? AND ? ORDER BY top, low, id"
	err = r.each(ctx, query, []driver.Value{conv, least, most}, func(v []driver.Value) error {
		if f.edge != 0 && stamp(asInt(v[5])) >= f.edge {
			return errEnough
		}
		if row, _, ok := r.scan(v); ok {
			f.see(&row)
			rows = append(withRoom(rows, limit), row)
		}
		return nil
	})
	if err != nil || f.edge == 0 {
		return rows, err
	}
	beyond, err := r.across(ctx, conv, f.edge)
	slices.Reverse(beyond)
	return append(rows, beyond...), err
}
