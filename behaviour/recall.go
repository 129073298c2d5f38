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
		done.Items, done.More, err = b.cfg.History.Recall(ctx, e)
		done.Err = words(err)
		<-b.recalls
	case <-ctx.Done():
		done.Err = "too much is asked of it at once"
	}
	b.report(done)
}

var errForgotten = errors.New("that message is not kept here any more")

// Recall returns the newest messages that e asks for, in the order of chat.Less, and
// whether there are older ones.
func (h *History) Recall(ctx context.Context, e chat.Recall) (items []chat.Memory, more bool, err error) {
	var before *chat.Placed
	if e.Before != (chat.Ref{}) {
		if before, err = h.find(ctx, chat.MessageID{Conversation: e.Conversation, Ref: e.Before}); err != nil {
			return nil, false, err
		}
	}
	if e.Words != "" {
		items, err = h.search(ctx, e, before)
	} else {
		items, err = h.tail(ctx, e, before)
	}
	if n := len(items) - e.Limit; n > 0 {
		items, more = items[n:], true
	}
	return items, more, err
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

// tail returns at least the Limit+1 newest messages, if there are so many. Rows
// hold messages from after the one that is to be before, and two rows may hold the
// same: so it asks for more until there is enough.
func (h *History) tail(ctx context.Context, e chat.Recall, before *chat.Placed) ([]chat.Memory, error) {
	var from store.Cursor
	if before != nil {
		from.Stamp = uint64(before.Stamp) + 1 // of those of the same stamp some come before
	}
	for want := e.Limit + 1; ; want *= 2 {
		rows, err := h.reads.Tail(ctx, string(e.Conversation), from, want)
		if err != nil {
			return nil, err
		}
		var items []chat.Memory
		seen := 0            // messages that count for want
		slices.Reverse(rows) // the oldest first: nearly in order
		for i := range rows {
			of, err := h.messages(&rows[i])
			if err != nil {
				seen += rows[i].Messages()
				continue
			}
			for _, m := range of {
				if from.Stamp == 0 || uint64(m.Stamp) < from.Stamp {
					seen++
					items = append(items, m)
				}
			}
		}
		items = sorted(items, before)
		if len(items) > e.Limit || seen < want || want > maxRecall {
			return items, nil
		}
	}
}

// search returns at least the Limit+1 newest messages that have the words, if there
// are so many. The store finds row by row, by the greatest stamp in them: what is
// older than all that is still to come is certain.
func (h *History) search(ctx context.Context, e chat.Recall, before *chat.Placed) ([]chat.Memory, error) {
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
		items = sorted(items, before)
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

// sorted puts messages into the order of chat.Less, each once, and drops those that
// are not before one, if that is not nil.
func sorted(items []chat.Memory, before *chat.Placed) []chat.Memory {
	if before != nil {
		items = slices.DeleteFunc(items, func(m chat.Memory) bool { return !chat.Less(m.Placed, *before) })
	}
	if !slices.IsSortedFunc(items, inOrder) {
		slices.SortStableFunc(items, inOrder)
	}
	return slices.CompactFunc(items, func(a, b chat.Memory) bool { return a.ID == b.ID })
}
