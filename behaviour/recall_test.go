package behaviour

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

// both runs a test with either kind of history.
func both(t *testing.T, test func(t *testing.T, h *History)) {
	t.Run("memory", func(t *testing.T) { t.Parallel(); h := inMemory(t); defer h.Close(); test(t, h) })
	t.Run("disk", func(t *testing.T) {
		t.Parallel()
		h := onDisk(t, filepath.Join(t.TempDir(), "history.db"))
		defer h.Close()
		test(t, h)
	})
}

// chatter fills a history with envelopes of 1 to 60 messages by three authors at
// about the same time, some overlapping, and returns what was said, in order.
func chatter(t *testing.T, h *History, l *life, envelopes int) (said []chat.Memory) {
	var changes []chat.Change
	body := func(i int) string { return strings.Repeat(" word", i%3) + fmt.Sprintf(" number%d", i%7) }
	for i := range envelopes {
		c := []chat.Conversation{chat.Lobby, "#go"}[l.rng.IntN(2)]
		by := l.by[l.rng.IntN(3)]
		k := chat.LogKey{Author: by.ID()}
		g := l.log(c, k)
		e := l.envelope(c, by, k, g.head+1, 1+l.rng.IntN(60), body(i))
		g.head = e.Last()
		changes = append(changes, chat.Kept{Envelope: e, At: l.now})
		for i := range e.Messages {
			said = append(said, chat.Memory{Placed: chat.Placed{ID: e.ID(i), Message: e.Messages[i]}})
		}
		if n := len(e.Messages); n > 1 && l.rng.IntN(4) == 0 { // a part of it came on its own as well
			part := *e
			part.First, part.Messages = e.First+uint64(n/2), slices.Clone(e.Messages[n/2:])
			if err := by.Seal(&part); err != nil {
				t.Fatal(err)
			}
			changes = append(changes, chat.Kept{Envelope: &part, At: l.now})
		}
		if l.rng.IntN(2) == 0 { // others talk at the same time
			l.now = l.now.Add(-time.Duration(l.rng.IntN(60)) * time.Millisecond)
		}
	}
	h.saves(t, 1, changes...)
	return sorted(said)
}

func sorted(items []chat.Memory) []chat.Memory {
	order(items)
	return once(items)
}

func wordsIn(m chat.Memory, words ...string) bool {
	for i, w := range words {
		if !slices.ContainsFunc(strings.Fields(strings.ToLower(m.Body)), func(f string) bool {
			return f == w || i == len(words)-1 && strings.HasPrefix(f, w)
		}) {
			return false
		}
	}
	return wordsOf(&m.Message) != ""
}

// An answer has exactly the messages that were asked for, in order, and says whether
// there are further ones: whatever stands where in the rows.
func TestRecall(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *History) {
		l := newLife(t, 5)
		said := chatter(t, h, l, 120)
		some := func(c chat.Conversation) *chat.Placed {
			for {
				if m := &said[l.rng.IntN(len(said))]; m.ID.Conversation == c {
					return &m.Placed
				}
			}
		}
		for range 800 {
			e := chat.Recall{Conversation: []chat.Conversation{chat.Lobby, "#go"}[l.rng.IntN(2)], Limit: 1 + l.rng.IntN(1<<l.rng.IntN(13))}
			var words []string
			switch l.rng.IntN(3) {
			case 0:
				words = [][]string{{"word"}, {"number3"}, {"word", "number"}, {"absent"}}[l.rng.IntN(4)]
				e.Words = strings.Join(words, " ")
				if l.rng.IntN(2) == 0 {
					e.Conversation = ""
				}
			case 1:
				e.First = true
			}
			var after, before *chat.Placed
			if e.Conversation != "" && l.rng.IntN(3) == 0 {
				after = some(e.Conversation)
				e.After = after.ID.Ref
			}
			if e.Conversation != "" && l.rng.IntN(3) == 0 {
				before = some(e.Conversation)
				e.Before = before.ID.Ref
			}
			if l.rng.IntN(3) == 0 {
				e.Since = chat.StampAt(some(chat.Lobby).Stamp.Time())
			}
			if l.rng.IntN(3) == 0 {
				e.Until = some(chat.Lobby).Stamp + chat.Stamp(l.rng.IntN(2))
			}
			var want []chat.Memory
			beyond := false
			for _, m := range said {
				if e.Conversation != "" && m.ID.Conversation != e.Conversation {
					continue
				}
				if m.Stamp < e.Since || after != nil && !chat.Less(*after, m.Placed) {
					beyond = true
				} else if (e.Until == 0 || m.Stamp < e.Until) && (before == nil || chat.Less(m.Placed, *before)) && (words == nil || wordsIn(m, words...)) {
					want = append(want, m)
				}
			}
			more := len(want) > e.Limit
			switch {
			case more && e.First:
				want = want[:e.Limit]
			case more:
				want = want[len(want)-e.Limit:]
			}
			got, err := h.Recall(t.Context(), e)
			if err != nil {
				t.Fatalf("%+v: %v", e, err)
			}
			if got.More != more || len(got.Items) != len(want) || !slices.EqualFunc(got.Items, want, func(a, b chat.Memory) bool { return a.ID == b.ID && a.Body == b.Body && a.Stamp == b.Stamp }) {
				t.Fatalf("%+v: %d messages, more %v; want %d, more %v\ngot  %s\nwant %s", e, len(got.Items), got.More, len(want), more, ids(got.Items), ids(want))
			}
			if e.Words == "" && !more && got.Beyond != beyond {
				t.Fatalf("%+v: something is kept from before: %v, want %v", e, got.Beyond, beyond)
			}
		}
		never := chat.Ref{LogKey: said[0].ID.LogKey, Seq: 1 << 40}
		for _, w := range []chat.Window{{Before: never}, {After: never}} {
			if got, err := h.Recall(t.Context(), chat.Recall{Conversation: chat.Lobby, Limit: 1, Window: w}); err != nil || !got.Unknown || len(got.Items) > 0 {
				t.Errorf("of a message that never was: %+v, %v", got, err)
			}
		}
	})
}

func ids(items []chat.Memory) string {
	var b strings.Builder
	for _, m := range items {
		fmt.Fprintf(&b, "%s…/%d@%d ", m.ID.Author[len(m.ID.Author)-4:], m.ID.Seq, m.Stamp)
	}
	return b.String()
}

// An export has every message once, in order; that of one conversation only its own.
func TestEach(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *History) {
		l := newLife(t, 6)
		said := chatter(t, h, l, 120)
		other := l.envelope(chat.DirectWith(l.by[1].ID(), l.by[2].ID()), l.by[1], chat.LogKey{Author: l.by[1].ID()}, 1, 1, "of others")
		key := chat.LogKey{Author: l.by[2].ID(), Log: chat.LogID{9}}
		proof := chat.Proved{One: l.envelope(chat.Lobby, l.by[2], key, 1, 1, "this"), Other: l.envelope(chat.Lobby, l.by[2], key, 1, 1, "that")}
		m := l.message(1, "between us")
		record := chat.Recorded{ID: chat.MessageID{Conversation: chat.SessionID{1}.Conversation(), Ref: chat.Ref{LogKey: chat.LogKey{Author: l.by[1].ID(), Log: chat.LogID{1}}, Seq: 1}}, Message: &m, At: l.now}
		h.saves(t, 2, chat.Kept{Envelope: other, At: l.now}, proof, record)
		said = sorted(append(said, chat.Memory{Placed: chat.Placed{ID: record.ID, Message: m}}))
		for _, c := range []chat.Conversation{"", chat.Lobby, "#go", "#none", record.ID.Conversation} {
			var got, want []chat.Memory
			for _, m := range said {
				if c == "" || c == m.ID.Conversation {
					want = append(want, m)
				}
			}
			err := h.Each(t.Context(), c, func(m chat.Memory) error { got = append(got, m); return nil })
			if err != nil || !slices.EqualFunc(got, want, func(a, b chat.Memory) bool { return a.ID == b.ID && a.Body == b.Body }) {
				t.Errorf("%q: %v, got\n%s\nwant\n%s", c, err, ids(got), ids(want))
			}
		}
		enough := fmt.Errorf("enough")
		if err := h.Each(t.Context(), "", func(chat.Memory) error { return enough }); err != enough {
			t.Errorf("ended with %v", err)
		}
	})
}
