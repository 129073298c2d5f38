package store

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Load implements Store. It is what a restart would find, if there were one.
func (m *Memory) Load(ctx context.Context) (*Image, error) {
	image := &Image{Notes: make(map[string][]byte)}
	err := m.read(ctx, func() {
		for name, value := range m.notes {
			image.Notes[name] = value
		}
		var open []*stored
		for _, s := range m.conversations {
			for key, v := range s.logs {
				if v.head != nil {
					image.Heads = append(image.Heads, *v.head)
				}
				image.Drafts = append(image.Drafts, v.drafts...)
				if len(v.rows) == 0 {
					continue
				}
				newest := v.rows[len(v.rows)-1]
				for _, r := range v.rows {
					if r.Last > newest.Last || r.Last == newest.Last && r.id < newest.id {
						newest = r
					}
					if r.Open {
						open = append(open, r)
					}
				}
				image.Logs = append(image.Logs, Kept{key, v.rows[0].First, newest.Last, newest.out()})
			}
		}
		image.Open = outOf(inOrder(open, func(a, b *stored) int { return cmp.Compare(a.id, b.id) }))
	})
	return image, err
}

// out is the row as reads return it.
func (r *stored) out() Row {
	row := r.Row
	row.Texts = nil
	return row
}

func outOf(rows []*stored) []Row {
	var out []Row
	for _, r := range rows {
		out = append(out, r.out())
	}
	return out
}

func inOrder(rows []*stored, compare func(a, b *stored) int) []*stored {
	slices.SortFunc(rows, compare)
	return rows
}

// Tail implements Store.
func (m *Memory) Tail(ctx context.Context, conversation string, w Window, limit int) ([]Row, error) {
	var rows []Row
	err := m.read(ctx, func() {
		s := m.conversations[conversation]
		if s == nil || limit <= 0 || w.empty() {
			return
		}
		c := cut{limit: min(limit, maxTail), before: w.To}
		for _, r := range slices.Backward(s.rows) {
			if c.before != 0 && r.Low >= c.before {
				continue
			}
			if r.Top < w.From || c.enough(r.Top) {
				return
			}
			c.see(&r.Row)
			rows = append(rows, r.out())
		}
	})
	return rows, err
}

// Front implements Store.
func (m *Memory) Front(ctx context.Context, conversation string, w Window, limit int) ([]Row, error) {
	var rows []Row
	err := m.read(ctx, func() {
		s := m.conversations[conversation]
		if s == nil || limit <= 0 || w.empty() {
			return
		}
		f := fill{limit: min(limit, maxTail), from: w.From, edge: w.To}
		at, _ := slices.BinarySearchFunc(s.rows, w.From, func(r *stored, from uint64) int {
			if r.Top < from {
				return -1
			}
			return 1
		})
		for _, r := range s.rows[at:] {
			if f.edge == 0 || r.Top < f.edge {
				f.see(&r.Row)
			} else if r.Low >= f.edge {
				continue
			}
			rows = append(rows, r.out())
		}
	})
	return rows, err
}

// Range implements Store.
func (m *Memory) Range(ctx context.Context, spans []Span, budget int) (rows []Row, more bool, err error) {
	err = m.read(ctx, func() {
		var found [][]*stored
		for _, span := range spans {
			s := m.conversations[span.Conversation]
			if s == nil || s.logs[span.Key] == nil {
				continue
			}
			v := s.logs[span.Key]
			var run []*stored
			for _, r := range v.rows[v.from(span.First-min(span.First, maxMessages)):] {
				if r.First > span.Last {
					break
				}
				if r.Last >= span.First {
					run = append(run, r)
				}
			}
			if len(run) > 0 && span.First <= span.Last {
				found = append(found, run)
			}
		}
		size := 0
		for len(found) > 0 {
			at := 0
			for i := range found {
				if found[i][0].id < found[at][0].id {
					at = i
				}
			}
			next := found[at][0]
			if size += len(next.Raw); size > budget && len(rows) > 0 {
				more = true
				return
			}
			rows = append(rows, next.out())
			if found[at] = found[at][1:]; len(found[at]) == 0 {
				found = slices.Delete(found, at, at+1)
			}
		}
	})
	return rows, more, err
}

// Find implements Store. It looks at every row.
func (m *Memory) Find(ctx context.Context, conversation, words string, before Cursor, limit int) ([]Hit, error) {
	search := parse(words)
	limit = min(limit, maxFind)
	var hits []Hit
	err := m.read(ctx, func() {
		for _, r := range inOrder(m.all(conversation), func(a, b *stored) int { return cmp.Or(cmp.Compare(b.Top, a.Top), cmp.Compare(b.id, a.id)) }) {
			if len(hits) >= limit {
				return
			}
			if before != (Cursor{}) && (r.Top > before.Stamp || r.Top == before.Stamp && r.id >= before.Row) {
				continue
			}
			for i, text := range slices.Backward(r.Texts) {
				if search.matches(text) {
					hits = append(hits, Hit{r.out(), i, Cursor{r.Top, r.id}})
				}
			}
		}
	})
	return hits, err
}

// all returns the rows of a conversation, or of all of them.
func (m *Memory) all(conversation string) []*stored {
	var rows []*stored
	for name, s := range m.conversations {
		if conversation == "" || conversation == name {
			rows = append(rows, s.rows...)
		}
	}
	return rows
}

// Purge implements Store.
func (m *Memory) Purge(ctx context.Context, conversation string, before time.Time) (messages int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, ErrClosed
	}
	edge := stampOf(before)
	for name, s := range m.conversations {
		if conversation == "" || conversation == name {
			messages += int(s.remove(func(r *stored) (remove, more bool) { return r.Top < edge, r.Top < edge }))
		}
	}
	return messages, ctx.Err()
}

// Each implements Store.
func (m *Memory) Each(ctx context.Context, conversation string, do func(Row) error) error {
	var rows []Row
	err := m.read(ctx, func() {
		rows = outOf(inOrder(m.all(conversation), func(a, b *stored) int { return cmp.Or(cmp.Compare(a.Low, b.Low), cmp.Compare(a.id, b.id)) }))
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := do(r); err != nil {
			return err
		}
	}
	return nil
}
