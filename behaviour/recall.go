package behaviour

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"tincan/behaviour/chat"
	"tincan/behaviour/store"
)

// recall answers what the core asks of history. It blocks.
func (b *Behaviour) recall(e chat.Recall) {
	done := chat.Recalled{N: e.N}
	ctx, cancel := context.WithTimeout(b.ctx, recallTime)
	defer cancel()
	select {
	case b.recalls <- struct{}{}:
		var err error
		done, err = b.cfg.History.Recall(ctx, e)
		done.Err = words(err)
		<-b.recalls
	case <-ctx.Done():
		done.Err = "too much is asked of it at once"
	}
	b.report(done)
}

// errForgotten says that a message is not kept.
var errForgotten = errors.New("that message is not kept here")

// Recall answers e, but for Err, which is its error.
func (h *History) Recall(ctx context.Context, e chat.Recall) (chat.Recalled, error) {
	done := chat.Recalled{N: e.N}
	w, err := h.bounds(ctx, e)
	if err == errForgotten {
		done.Unknown = true
		return done, nil
	}
	if err != nil {
		return done, err
	}
	if e.Words != "" {
		done.Items, err = h.search(ctx, e, w)
	} else {
		done.Items, err = h.page(ctx, e, w)
	}
	if err != nil {
		return done, err
	}
	if n := len(done.Items); n > e.Limit {
		done.More = true
		if e.First {
			done.Items = done.Items[:e.Limit]
		} else {
			done.Items = done.Items[n-e.Limit:]
		}
		return done, nil
	}
	done.Beyond, err = h.beyond(ctx, e, w)
	return done, err
}

// bounds are those of a window: its times, the messages that it names, and what the
// store can take of both. Of those of the same stamp some come before a message and
// some after it.
type bounds struct {
	chat.Window
	after, before *chat.Placed // nil: none
	stamps        store.Window
}

func (h *History) bounds(ctx context.Context, e chat.Recall) (w *bounds, err error) {
	w = &bounds{Window: e.Window}
	w.stamps = store.Window{From: uint64(e.Since), To: uint64(e.Until)}
	if e.After != (chat.Ref{}) {
		if w.after, err = h.find(ctx, chat.MessageID{Conversation: e.Conversation, Ref: e.After}); err != nil {
			return w, err
		}
		w.stamps.From = max(w.stamps.From, uint64(w.after.Stamp))
	}
	if e.Before != (chat.Ref{}) {
		if w.before, err = h.find(ctx, chat.MessageID{Conversation: e.Conversation, Ref: e.Before}); err != nil {
			return w, err
		}
		if to := uint64(w.before.Stamp) + 1; w.stamps.To == 0 || to < w.stamps.To {
			w.stamps.To = to
		}
	}
	return w, nil
}

// beyond says whether something is kept from before a window.
func (h *History) beyond(ctx context.Context, e chat.Recall, w *bounds) (bool, error) {
	if w.after != nil || w.stamps.From == 0 {
		return w.after != nil, nil
	}
	rows, err := h.reads.Tail(ctx, string(e.Conversation), store.Window{To: w.stamps.From}, 1)
	return len(rows) > 0, err
}

// find returns one message.
func (h *History) find(ctx context.Context, id chat.MessageID) (*chat.Placed, error) {
	rows, _, err := h.reads.Range(ctx, []store.Span{{Key: keyOf(id.Conversation, id.LogKey), First: id.Seq, Last: id.Seq}}, 0)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if items, err := h.messages(&rows[i]); err == nil && id.Seq >= rows[i].First && id.Seq <= rows[i].Last {
			return &items[id.Seq-rows[i].First].Placed, nil
		}
	}
	return nil, errForgotten
}

// edge is how many messages are asked for besides when a window is bounded by one: it
// and those of its stamp are not in it.
const edge = 4

// page returns at least the Limit+1 newest messages of a window, or with First the
// oldest, if there are so many. Two rows may hold the same message: so it asks for more
// until there is enough.
func (h *History) page(ctx context.Context, e chat.Recall, w *bounds) ([]chat.Memory, error) {
	read := h.reads.Tail
	if e.First {
		read = h.reads.Front
	}
	want := e.Limit + 1
	if w.after != nil || w.before != nil {
		want += edge
	}
	for ; ; want *= 2 {
		rows, err := read(ctx, string(e.Conversation), w.stamps, want)
		if err != nil {
			return nil, err
		}
		if !e.First {
			slices.Reverse(rows) // the oldest first: nearly in order
		}
		items := make([]chat.Memory, 0, len(rows)) // most have one
		lost := 0                                  // messages that count for want and cannot be read
		for i := range rows {
			if items, err = h.append(items, &rows[i]); err != nil {
				lost += rows[i].Messages()
			}
		}
		items = slices.DeleteFunc(items, func(m chat.Memory) bool {
			return uint64(m.Stamp) < w.stamps.From || w.stamps.To != 0 && uint64(m.Stamp) >= w.stamps.To
		})
		order(items)
		whole := len(items)+lost < want // there are no more
		if sure := max(0, want-lost); !whole && len(items) > sure {
			// Of what the last rows hold besides, not all that is between is here.
			if e.First {
				items = items[:sure]
			} else {
				items = items[len(items)-sure:]
			}
		}
		if items = w.of(items); len(items) > e.Limit || whole || want > maxRecall {
			return items, nil
		}
	}
}

// search returns at least the Limit+1 newest messages that have the words, if there
// are so many. The store finds row by row, by the greatest stamp in them: what is
// older than all that is still to come is certain.
func (h *History) search(ctx context.Context, e chat.Recall, w *bounds) ([]chat.Memory, error) {
	var (
		items []chat.Memory
		from  store.Cursor
	)
	for want := min(e.Limit+1, maxHits); ; {
		hits, err := h.reads.Find(ctx, string(e.Conversation), e.Words, from, want)
		if err != nil {
			return nil, err
		}
		for i := range hits {
			if of, err := h.messages(&hits[i].Row); err == nil && hits[i].Index < len(of) {
				items = append(items, of[hits[i].Index])
			}
		}
		order(items)
		items = w.of(items)
		if len(hits) < want {
			return items, nil // there are no more
		}
		last := hits[len(hits)-1]
		if n := len(items) - e.Limit - 1; n >= 0 && uint64(items[n].Stamp) > last.Top {
			return items, nil
		}
		from = last.Cursor
	}
}

// inOrder compares by chat.Less, and what that holds to be one place by conversation.
func inOrder(a, b chat.Memory) int {
	switch {
	case a.Stamp != b.Stamp:
		return cmp.Compare(a.Stamp, b.Stamp)
	case chat.Less(a.Placed, b.Placed):
		return -1
	case chat.Less(b.Placed, a.Placed):
		return 1
	}
	return cmp.Compare(a.ID.Conversation, b.ID.Conversation)
}

// order puts messages into the order of chat.Less.
func order(items []chat.Memory) {
	if !slices.IsSortedFunc(items, inOrder) {
		slices.SortStableFunc(items, inOrder)
	}
}

// once drops what is there twice. It takes messages in order.
func once(items []chat.Memory) []chat.Memory {
	return slices.CompactFunc(items, func(a, b chat.Memory) bool { return a.ID == b.ID })
}

// of drops what is not in the window, and what is there twice.
func (w *bounds) of(items []chat.Memory) []chat.Memory {
	return once(slices.DeleteFunc(items, func(m chat.Memory) bool { return !w.Has(m.Placed, w.after, w.before) }))
}
