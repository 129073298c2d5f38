package main

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"tincan/behaviour"
	"tincan/behaviour/chat"
	"tincan/behaviour/wire"
	"tincan/cmd/lab/internal/floor"
	"tincan/node"
)

// What a corpus says is what a node accepts, and each log is a chain.
func TestCorpusIsSigned(t *testing.T) {
	until := time.Now()
	c, err := newCorpus(3, 2, 100, until)
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.take(100)
	if err != nil {
		t.Fatal(err)
	}
	type place struct {
		in  chat.Conversation
		log chat.LogKey
	}
	last, opener := make(map[place]*chat.Envelope), wire.NewOpener(node.DemoNetwork)
	for i, e := range all {
		got, err := opener.Open(e.Raw)
		if err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
		p := place{e.Conversation, e.Key()}
		if before := last[p]; before == nil && got.First != 1 || before != nil && (got.First != before.First+1 || got.Prev != before.Messages[0].Hash) {
			t.Errorf("message %d does not follow the one before it", i)
		}
		last[p] = got
	}
	if len(last) != 3*3 {
		t.Errorf("%d logs; want each of 3 authors in 3 conversations", len(last))
	}
	if got := all[99].Messages[0].Stamp; got != chat.StampAt(until) {
		t.Errorf("the last is said at %v; want %v", got.Time(), until)
	}
}

// Both contestants of store find in a history what was kept there.
func TestLibrariansFindWhatIsThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "there")
	c, err := newCorpus(2, 1, storeTail*3, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.take(storeTail * 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := fillHistory(t.Context(), dir, 7, true, each(all)); err != nil {
		t.Fatal(err)
	}
	w := catchup{}
	inLobby := 0
	for _, e := range all {
		if e.Conversation == chat.Lobby {
			inLobby++
		}
	}
	if err := w.holds(dir, 7, inLobby); err != nil {
		t.Error(err)
	}
	raw, err := floor.OpenReader(t.Context(), historyOf(dir))
	if err != nil {
		t.Fatal(err)
	}
	h, err := behaviour.ReadHistory(historyOf(dir), behaviour.HistoryConfig{Network: node.DemoNetwork, Key: node.DemoKey(7)})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []librarian{rawLibrarian{raw}, tincanLibrarian{h}} {
		if err := l.Tail(t.Context()); err != nil {
			t.Errorf("%T: %v", l, err)
		}
	}
	for _, words := range append(searches, "word0") {
		n, err := raw.Find(t.Context(), words, storeHits)
		got, err2 := h.Recall(t.Context(), chat.Recall{Words: words, Limit: storeHits})
		if err := errors.Join(err, err2); err != nil || len(got.Items) != n {
			t.Errorf("%q: %d found, raw %d, %v", words, len(got.Items), n, err)
		}
	}
	if err := errors.Join(raw.Close(), h.Close()); err != nil {
		t.Error(err)
	}
}

// What keepers keep is there, message by message and in batches.
func TestKeepersKeep(t *testing.T) {
	dir := t.TempDir()
	if err := runCommits(t.Context(), dir, false, 5); err != nil {
		t.Fatal(err)
	}
	tincan := filepath.Join(dir, "tincan")
	if err := (&catchup{}).holds(tincan, firstAuthor, 0); err != nil {
		t.Error("raw's messages are the product's: ", err)
	}
	other := t.TempDir()
	if err := runCommits(t.Context(), other, true, 5); err != nil {
		t.Fatal(err)
	}
	if err := (&catchup{}).holds(filepath.Join(other, "tincan"), firstAuthor, 5); err != nil {
		t.Error(err)
	}
}
