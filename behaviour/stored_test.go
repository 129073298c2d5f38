package behaviour

import (
	"testing"

	"tincan/behaviour/chat"
)

// A turn of a sync carries what the store holds in front of what the core has given,
// as much as its budget allows, and says when that is not all.
func TestTurnsCarryWhatIsStored(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *History) {
		l := newLife(t, 7)
		var all []*chat.Envelope
		var changes []chat.Change
		next := map[int]uint64{1: 1, 2: 1}
		for i := range 40 { // two logs, by turns
			by := 1 + i%2
			e := l.envelope("#go", l.by[by], chat.LogKey{Author: l.by[by].ID()}, next[by], 3, "said ")
			next[by] += 3
			all = append(all, e)
			if i < 30 {
				changes = append(changes, chat.Kept{Envelope: e, At: l.now})
			}
		}
		h.saves(t, 1, changes...)
		hot := all[30:]
		tiny := l.envelope("#go", l.by[1], chat.LogKey{Author: l.by[1].ID()}, next[1], 1, "")
		three := len(all[0].Raw) + len(all[1].Raw) + len(all[2].Raw)
		span := func(by int, first, last uint64) chat.Range {
			return chat.Range{LogKey: chat.LogKey{Author: l.by[by].ID()}, First: first, Last: last}
		}
		size := len(all[0].Raw) + 8 // no envelope is as large as this plus one of its own
		for _, c := range []struct {
			name   string
			stored []chat.Range
			hot    []*chat.Envelope
			budget int
			want   []*chat.Envelope
			more   bool
		}{
			{"nothing is stored", nil, hot, 1, hot, false},
			{"all of it fits", []chat.Range{span(1, 1, 45), span(2, 1, 45)}, hot, 1 << 20, all, false},
			{"one log", []chat.Range{span(1, 7, 12)}, nil, 1 << 20, []*chat.Envelope{all[4], all[6]}, false},
			{"from the middle of an envelope", []chat.Range{span(1, 8, 10)}, nil, 1 << 20, []*chat.Envelope{all[4], all[6]}, false},
			{"some of what is stored fits", []chat.Range{span(1, 1, 45), span(2, 1, 45)}, hot, 3 * size, all[:3], true},
			{"nothing overtakes what is left out", []chat.Range{span(1, 1, 45), span(2, 1, 45)}, []*chat.Envelope{tiny}, three + len(tiny.Raw), all[:3], true},
			{"one goes in any case", []chat.Range{span(1, 1, 45)}, hot, 0, all[:1], true},
			{"some of the rest fits", []chat.Range{span(2, 43, 45)}, hot, 3 * size, append([]*chat.Envelope{all[29]}, hot[:2]...), true},
			{"it is gone", []chat.Range{span(1, 1000, 2000)}, hot, 1 << 20, hot, false},
			{"the log is unknown", []chat.Range{span(0, 1, 9)}, hot, 1 << 20, hot, false},
		} {
			deltas := []chat.Delta{{Conversation: "#go", Envelopes: c.hot, Stored: c.stored, Budget: c.budget}, {Conversation: chat.Lobby, Envelopes: hot}}
			h.carry(t.Context(), deltas)
			d := deltas[0]
			if d.More != c.more || len(d.Envelopes) != len(c.want) {
				t.Errorf("%s: %d envelopes, more %v; want %d, more %v", c.name, len(d.Envelopes), d.More, len(c.want), c.more)
				continue
			}
			for i, e := range d.Envelopes {
				if string(e.Raw) != string(c.want[i].Raw) {
					t.Errorf("%s: envelope %d is %s %d, want %s %d", c.name, i, e.Key(), e.First, c.want[i].Key(), c.want[i].First)
				}
			}
			if len(deltas[1].Envelopes) != len(hot) || deltas[1].More {
				t.Errorf("%s: another conversation's turn is changed", c.name)
			}
		}
	})
}
