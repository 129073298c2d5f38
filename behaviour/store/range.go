package store

import (
	"container/heap"
	"context"
	"database/sql/driver"
)

// Range implements Store.
func (r *reads) Range(ctx context.Context, spans []Span, budget int) (rows []Row, more bool, err error) {
	err = r.with(ctx, func(c *reader) error {
		rows, more, err = c.span(ctx, spans, budget)
		return err
	})
	return rows, more, err
}

// span merges the spans by the ids of their next rows.
func (r *reader) span(ctx context.Context, spans []Span, budget int) (rows []Row, more bool, err error) {
	var runs runs
	for _, s := range spans {
		if s.Last < s.First {
			continue
		}
		log, err := r.number("SELECT l.id FROM log l JOIN conversation c ON c.id = l.conversation WHERE c.name = ? AND l.author = ? AND l.log = ?",
			[]byte(s.Conversation), []byte(s.Author), s.Log[:])
		if err != nil {
			return nil, false, err
		}
		if log == 0 {
			continue
		}
		run := &run{log: log, first: s.First, last: s.Last, after: place{first: clamp(s.First) - maxMessages}}
		if err := run.fill(ctx, r); err != nil {
			return nil, false, err
		}
		if len(run.ids) > 0 {
			runs = append(runs, run)
		}
	}
	heap.Init(&runs)
	size := 0
	for len(runs) > 0 {
		next := runs[0]
		row, ok, err := r.row(ctx, next.ids[0])
		if err != nil {
			return nil, false, err
		}
		if ok {
			if size += len(row.Raw); size > budget && len(rows) > 0 {
				return rows, true, nil
			}
			rows = append(rows, row)
		}
		if next.ids = next.ids[1:]; len(next.ids) == 0 {
			if err := next.fill(ctx, r); err != nil {
				return nil, false, err
			}
		}
		if len(next.ids) == 0 {
			heap.Pop(&runs)
		} else {
			heap.Fix(&runs, 0)
		}
	}
	return rows, false, nil
}

// A run is what is still to be read of one span: ids of rows, by their numbers.
type run struct {
	log         int64
	first, last uint64
	after       place
	ids         []int64
	done        bool
}

// A place is where a run goes on in the index row_log.
type place struct{ first, last, id int64 }

// fill reads further ids, from the index alone.
func (n *run) fill(ctx context.Context, r *reader) error {
	n.ids = n.ids[:0]
	if n.done {
		return nil
	}
	read := 0
	err := r.each(ctx, `SELECT first, last, id FROM row WHERE log = ? AND (first, last, id) > (?, ?, ?) AND first <= ?
		ORDER BY first, last, id LIMIT ?`,
		[]driver.Value{n.log, n.after.first, n.after.last, n.after.id, clamp(n.last), int64(idsAtOnce)},
		func(v []driver.Value) error {
			read++
			n.after = place{asInt(v[0]), asInt(v[1]), asInt(v[2])}
			if n.after.last >= clamp(n.first) {
				n.ids = append(n.ids, n.after.id)
			}
			return nil
		})
	if err != nil {
		return err
	}
	n.done = read < idsAtOnce
	if len(n.ids) == 0 {
		return n.fill(ctx, r)
	}
	return nil
}

// idsAtOnce are read of a log at once: more than the rows before a span that
// could reach into it, and not much more than a reply takes of one of many logs.
const idsAtOnce = 2 * maxMessages

// runs is a heap, the one whose next row was put first in front.
type runs []*run

func (r runs) Len() int           { return len(r) }
func (r runs) Less(i, j int) bool { return r[i].ids[0] < r[j].ids[0] }
func (r runs) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *runs) Push(x any)        { *r = append(*r, x.(*run)) }
func (r *runs) Pop() any {
	last := (*r)[len(*r)-1]
	*r = (*r)[:len(*r)-1]
	return last
}
