package behaviour

import (
	"path/filepath"
	"testing"

	"tincan/behaviour/chat"
)

// BenchmarkRecall is what a page of history costs: read, checked, decoded, in order.
// (What it costs in a million is measured by `lab bench store`, and no different.)
func BenchmarkRecall(b *testing.B) {
	h := onDisk(b, filepath.Join(b.TempDir(), "history.db"))
	defer h.Close()
	l := newLife(b, 1)
	var changes []chat.Change
	next := make(map[chat.PeerID]uint64)
	for i := range 20_000 {
		by := l.by[i%3]
		next[by.ID()]++
		changes = append(changes, chat.Kept{Envelope: l.envelope(chat.Lobby, by, chat.LogKey{Author: by.ID()}, next[by.ID()], 1, "a message of ordinary length, as people type them, "), At: l.now})
	}
	h.saves(b, 1, changes...)
	middle := chat.Window{After: chat.Ref{LogKey: chat.LogKey{Author: l.by[0].ID()}, Seq: 3000}}
	for _, c := range []struct {
		name string
		e    chat.Recall
	}{
		{"last 1000", chat.Recall{Conversation: chat.Lobby, Limit: 1000}},
		{"first 1000 after one", chat.Recall{Conversation: chat.Lobby, Limit: 1000, Window: middle, First: true}},
		{"first 100 after one", chat.Recall{Conversation: chat.Lobby, Limit: 100, Window: middle, First: true}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				got, err := h.Recall(b.Context(), c.e)
				if err != nil || len(got.Items) != c.e.Limit {
					b.Fatal(len(got.Items), err)
				}
			}
		})
	}
}
