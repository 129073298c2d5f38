package sim

import (
	"cmp"
	"slices"
	"strings"

	"tincan/behaviour/chat"
)

// book is what history, search and sync read of a store: the rows of all
// conversations, in the order in which they were kept.
type book struct {
	rows  map[chat.Conversation][]*row
	logs  map[logName][]*row
	count int
}

// row is an envelope, or a message that nobody has signed.
type row struct {
	no       int // in the order in which they were kept
	envelope *chat.Envelope
	one      chat.Placed
	state    chat.State
}

func (b *book) add(s chat.Save) {
	for _, ch := range s.Changes {
		switch ch := ch.(type) {
		case chat.Kept:
			r := &row{envelope: ch.Envelope}
			if ch.Open {
				r.state = chat.Queued
			}
			b.put(ch.Envelope.Conversation, ch.Envelope.Key(), r)
		case chat.Recorded:
			b.put(ch.ID.Conversation, ch.ID.LogKey, &row{one: chat.Placed{ID: ch.ID, Message: *ch.Message}})
		case chat.Settled:
			for _, r := range b.logs[logName{ch.Conversation, ch.LogKey}] {
				if r.state == chat.Queued && r.envelope.Last() <= ch.Last {
					r.state = ch.State
				}
			}
		case chat.Forgotten:
			for _, r := range b.rows[ch.Conversation] {
				delete(b.logs, logName{ch.Conversation, r.key()})
			}
			delete(b.rows, ch.Conversation)
		}
	}
}

func (b *book) put(in chat.Conversation, k chat.LogKey, r *row) {
	if b.rows == nil {
		b.rows, b.logs = map[chat.Conversation][]*row{}, map[logName][]*row{}
	}
	b.count++
	r.no = b.count
	b.rows[in] = append(b.rows[in], r)
	b.logs[logName{in, k}] = append(b.logs[logName{in, k}], r)
}

func (r *row) key() chat.LogKey {
	if r.envelope != nil {
		return r.envelope.Key()
	}
	return r.one.ID.LogKey
}

// each calls f with the messages of a row.
func (r *row) each(f func(chat.Placed)) {
	if r.envelope == nil {
		f(r.one)
		return
	}
	for i := range r.envelope.Messages {
		f(chat.Placed{ID: r.envelope.ID(i), Message: r.envelope.Messages[i]})
	}
}

// recall answers a question about history.
func (b *book) recall(e chat.Recall) chat.Recalled {
	var items []chat.Memory
	var after, before *chat.Placed
	words := strings.Fields(e.Words)
	read := func(rows []*row) {
		for _, r := range rows {
			r.each(func(m chat.Placed) {
				switch m.ID.Ref {
				case e.After:
					after = &m
				case e.Before:
					before = &m
				}
				for _, word := range words {
					if !strings.Contains(m.Body, word) {
						return
					}
				}
				items = append(items, chat.Memory{Placed: m, State: r.state})
			})
		}
	}
	if e.Conversation != "" {
		read(b.rows[e.Conversation])
	} else {
		for _, rows := range b.rows { // Less does not depend on their order
			read(rows)
		}
	}
	slices.SortFunc(items, func(x, y chat.Memory) int {
		switch {
		case chat.Less(x.Placed, y.Placed):
			return -1
		case chat.Less(y.Placed, x.Placed):
			return 1
		}
		return cmp.Compare(x.ID.Conversation, y.ID.Conversation)
	})
	if e.After.Seq != 0 && after == nil || e.Before.Seq != 0 && before == nil {
		return chat.Recalled{N: e.N, Unknown: true}
	}
	beyond := after != nil || slices.ContainsFunc(items, func(m chat.Memory) bool { return m.Stamp < e.Since })
	items = slices.DeleteFunc(items, func(m chat.Memory) bool { return !e.Window.Has(m.Placed, after, before) })
	more := len(items) > e.Limit
	switch {
	case more && e.First:
		items = items[:e.Limit]
	case more:
		items = items[len(items)-e.Limit:]
	}
	return chat.Recalled{N: e.N, Items: items, More: more, Beyond: beyond}
}

// recall has the store of a node answer.
func (w *world) recall(n *node, e chat.Recall) {
	if n.disk == nil {
		w.check.fail(0, "%s asks for history and has no store", n.nick)
		return
	}
	w.post(n, commitMin+w.upTo(commitMax), n.disk.book.recall(e))
}

// fill puts into the turns of a sync what they carry from the store: the logs as
// they were kept against each other, each in its order.
func (n *node) fill(deltas []chat.Delta) []chat.Delta {
	if !slices.ContainsFunc(deltas, func(d chat.Delta) bool { return len(d.Stored) > 0 }) {
		return deltas
	}
	deltas = slices.Clone(deltas)
	for i := range deltas {
		d := &deltas[i]
		if len(d.Stored) == 0 {
			continue
		}
		all := append(n.disk.book.read(d.Conversation, d.Stored), d.Envelopes...)
		size, fits := 0, 0
		for fits < len(all) && (fits == 0 || size+len(all[fits].Raw) <= d.Budget) {
			size += len(all[fits].Raw)
			fits++
		}
		d.Envelopes, d.More = all[:fits:fits], d.More || fits < len(all)
		d.Stored, d.Budget = nil, 0
	}
	return deltas
}

// read merges the rows of some ranges.
func (b *book) read(in chat.Conversation, ranges []chat.Range) (all []*chat.Envelope) {
	var runs [][]*row
	for _, g := range ranges {
		var run []*row
		for _, r := range b.logs[logName{in, g.LogKey}] {
			if r.envelope != nil && r.envelope.First <= g.Last && r.envelope.Last() >= g.First {
				run = append(run, r)
			}
		}
		slices.SortStableFunc(run, func(x, y *row) int { return cmp.Compare(x.envelope.First, y.envelope.First) })
		if len(run) > 0 {
			runs = append(runs, run)
		}
	}
	for len(runs) > 0 {
		next := 0
		for i := range runs {
			if runs[i][0].no < runs[next][0].no {
				next = i
			}
		}
		all = append(all, runs[next][0].envelope)
		if runs[next] = runs[next][1:]; len(runs[next]) == 0 {
			runs = slices.Delete(runs, next, next+1)
		}
	}
	return all
}
