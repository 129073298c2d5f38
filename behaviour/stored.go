package behaviour

import (
	"context"

	"tincan/behaviour/chat"
	"tincan/behaviour/store"
)

// carry puts into the deltas of a sync turn what they should carry from the store.
// It blocks. Where the store cannot be read the turn goes without: others may have
// it, and the next turn asks again.
func (h *History) carry(ctx context.Context, deltas []chat.Delta) {
	if h == nil {
		return
	}
	for i := range deltas {
		if d := &deltas[i]; len(d.Stored) > 0 {
			h.fill(ctx, d)
		}
	}
}

// fill puts what is stored in front of the envelopes, as much as the budget of the
// delta allows together with them.
func (h *History) fill(ctx context.Context, d *chat.Delta) {
	spans := make([]store.Span, len(d.Stored))
	for i, r := range d.Stored {
		spans[i] = store.Span{Key: keyOf(d.Conversation, r.LogKey), First: r.First, Last: r.Last}
	}
	rows, more, err := h.reads.Range(ctx, spans, d.Budget)
	if err != nil {
		return
	}
	all := make([]*chat.Envelope, 0, len(rows)+len(d.Envelopes))
	for i := range rows {
		// To be sent it needs no more than its bytes and its place.
		all = append(all, &chat.Envelope{Conversation: d.Conversation, Author: chat.PeerID(rows[i].Author), Log: chat.LogID(rows[i].Log), First: rows[i].First, Raw: rows[i].Raw})
	}
	if !more {
		all = append(all, d.Envelopes...)
	}
	size := 0
	for i, e := range all {
		if size += len(e.Raw); size > d.Budget && i > 0 {
			all, more = all[:i], true
			break
		}
	}
	d.Envelopes, d.More = all, d.More || more
}
