package behaviour

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire"
)

// keyNo is a key of a test.
func keyNo(t testing.TB, n byte) crypto.PrivKey {
	t.Helper()
	std := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
	key, _, err := crypto.KeyPairFromStdKey(&std)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sealerNo(t testing.TB, n byte) *wire.Sealer {
	t.Helper()
	s, err := wire.NewSealer(keyNo(t, n), "test")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func inMemory(t testing.TB) *History {
	t.Helper()
	h, err := NewHistory(HistoryConfig{Network: "test", Key: keyNo(t, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func onDisk(t testing.TB, path string) *History {
	t.Helper()
	h, err := OpenHistory(path, HistoryConfig{Network: "test", Key: keyNo(t, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if n := h.Notices(); len(n) > 0 {
		t.Errorf("the history complains: %q", n)
	}
	return h
}

// saves hands over changes as the n-th save, and waits until they are saved.
func (h *History) saves(t testing.TB, n uint64, changes ...chat.Change) {
	t.Helper()
	h.Save(chat.Save{N: n, Changes: changes})
	if !h.Durable() {
		return
	}
	late := time.After(10 * time.Second)
	for {
		select {
		case ev := <-h.Saved():
			saved := ev.(chat.Saved)
			if saved.Err != "" {
				t.Fatalf("not saved: %s", saved.Err)
			}
			if saved.Through >= n {
				return
			}
		case <-late:
			t.Fatalf("save %d is not saved", n)
		}
	}
}

func pastOf(t testing.TB, h *History) *chat.Past {
	t.Helper()
	past, err := h.Past(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return past
}

// life makes changes as a core could: at random, and a little meaner.
type life struct {
	t    testing.TB
	rng  *rand.Rand
	by   []*wire.Sealer // the first is this node's
	logs map[chat.Conversation]map[chat.LogKey]*lifeLog
	now  time.Time
}

type lifeLog struct {
	head, low, drafted uint64
}

func newLife(t testing.TB, seed uint64) *life {
	return &life{
		t: t, rng: rand.New(rand.NewPCG(seed, 0)), now: time.UnixMilli(1_700_000_000_000),
		by:   []*wire.Sealer{sealerNo(t, 1), sealerNo(t, 2), sealerNo(t, 3)},
		logs: make(map[chat.Conversation]map[chat.LogKey]*lifeLog),
	}
}

func (l *life) conversation() chat.Conversation {
	all := []chat.Conversation{chat.Lobby, "#go", chat.DirectWith(l.by[0].ID(), l.by[1].ID()), chat.SessionID{7}.Conversation()}
	return all[l.rng.IntN(len(all))]
}

func (l *life) log(c chat.Conversation, k chat.LogKey) *lifeLog {
	if l.logs[c] == nil {
		l.logs[c] = make(map[chat.LogKey]*lifeLog)
	}
	if l.logs[c][k] == nil {
		l.logs[c][k] = &lifeLog{}
	}
	return l.logs[c][k]
}

func (l *life) message(seq uint64, body string) chat.Message {
	l.now = l.now.Add(time.Duration(l.rng.IntN(3)) * time.Millisecond)
	return chat.Message{Kind: chat.Kind(1 + l.rng.IntN(4)), Stamp: chat.StampAt(l.now), Name: "anna", Body: fmt.Sprint(body, seq)}
}

func (l *life) envelope(c chat.Conversation, by *wire.Sealer, k chat.LogKey, first uint64, n int, body string) *chat.Envelope {
	e := &chat.Envelope{Conversation: c, Author: k.Author, Log: k.Log, First: first}
	for i := range n {
		e.Messages = append(e.Messages, l.message(first+uint64(i), body))
	}
	if err := by.Seal(e); err != nil {
		l.t.Fatal(err)
	}
	return e
}

// change makes one change.
func (l *life) change() chat.Change {
	c := l.conversation()
	by := l.by[l.rng.IntN(len(l.by))]
	if _, _, direct := c.Parties(); direct || isSession(c) {
		by = l.by[l.rng.IntN(2)]
	}
	k := chat.LogKey{Author: by.ID(), Log: chat.LogID{byte(l.rng.IntN(2))}}
	g := l.log(c, k)
	next := max(g.head, g.drafted) + 1
	if l.rng.IntN(4) == 0 {
		next = g.head + 1
	}
	switch what := l.rng.IntN(100); {
	case what < 45 && isSession(c):
		g.head = max(g.head, next)
		g.low = 1
		m := l.message(next, "said ")
		return chat.Recorded{ID: chat.MessageID{Conversation: c, Ref: chat.Ref{LogKey: k, Seq: next}}, Message: &m, At: l.now}
	case what < 45:
		e := l.envelope(c, by, k, next, 1+l.rng.IntN(4), "said ")
		g.head, g.low = e.Last(), 1
		_, _, direct := c.Parties()
		return chat.Kept{Envelope: e, At: l.now, Open: direct && by == l.by[0]}
	case what < 60 && by == l.by[0]:
		g.drafted = max(g.head, g.drafted) + 1
		m := l.message(g.drafted, "to say ")
		return chat.Drafted{ID: chat.MessageID{Conversation: c, Ref: chat.Ref{LogKey: k, Seq: g.drafted}}, Message: &m}
	case what < 70 && by == l.by[0]:
		return chat.Settled{Conversation: c, LogKey: k, Last: uint64(l.rng.IntN(int(g.head) + 2)), State: chat.Delivered}
	case what < 85:
		m := chat.LogMark{LogKey: k, Head: g.head + uint64(l.rng.IntN(4)), Frozen: l.rng.IntN(8) == 0}
		for d := range l.rng.IntN(4) {
			m.Days = append(m.Days, chat.Day{Day: int64(d) - 1, First: uint64(d + 1)})
		}
		if g.low == 0 { // hearsay may be taken back
			m.Heard = l.rng.IntN(2) == 0
			m.Head = uint64(l.rng.IntN(20))
		}
		if !m.Heard || g.low == 0 {
			g.head = m.Head
		}
		return chat.Moved{Conversation: c, LogMark: m}
	case what < 88 && !isSession(c):
		proof := chat.Proved{One: l.envelope(c, by, k, 5, 3, "one "), Other: l.envelope(c, by, k, 6, 1, "other ")}
		if l.rng.IntN(3) == 0 {
			proof.One = nil // it is in the history
		}
		return proof
	case what < 98:
		n := chat.Noted{Name: fmt.Sprint("note ", l.rng.IntN(4)), Value: []byte(fmt.Sprint(l.rng.IntN(100)))}
		if l.rng.IntN(4) == 0 {
			n.Value = [][]byte{nil, {}}[l.rng.IntN(2)]
		}
		return n
	default:
		delete(l.logs, c)
		return chat.Forgotten{Conversation: c}
	}
}

// described is a past in lines that can be compared.
func described(p *chat.Past) string {
	var lines []string
	for name, value := range p.Notes {
		lines = append(lines, fmt.Sprintf("note %s = %q", name, value))
	}
	for _, c := range slices.Sorted(maps.Keys(p.Rooms)) {
		r := p.Rooms[c]
		for _, l := range r.Logs {
			lines = append(lines, fmt.Sprintf("%s log %s/%s from %d to %d sum %x heard %v frozen %v days %v", c, l.Author, l.Log, l.Low, l.Head, l.Sum[:4], l.Heard, l.Frozen, l.Days))
		}
		for i, d := range r.Drafts {
			m := *d.Message
			lines = append(lines, fmt.Sprintf("%s draft %03d %s %+v", c, i, d.ID, m))
		}
		for i, e := range r.Open {
			lines = append(lines, fmt.Sprintf("%s open %03d %s %d-%d %x", c, i, e.Key(), e.First, e.Last(), e.Raw[len(e.Raw)-8:]))
		}
		for i, p := range r.Proofs {
			one := "in the history"
			if p.One != nil {
				one = fmt.Sprintf("%x", p.One.Raw[len(p.One.Raw)-8:])
			}
			lines = append(lines, fmt.Sprintf("%s proof %03d %s %x", c, i, one, p.Other.Raw[len(p.Other.Raw)-8:]))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// differences are the lines that only one of two texts has.
func differences(a, b string) string {
	var lines []string
	for _, x := range strings.Split(a, "\n") {
		if !slices.Contains(strings.Split(b, "\n"), x) {
			lines = append(lines, "-"+x)
		}
	}
	for _, x := range strings.Split(b, "\n") {
		if !slices.Contains(strings.Split(a, "\n"), x) {
			lines = append(lines, "+"+x)
		}
	}
	return strings.Join(lines, "\n")
}

// What a store holds of changes is what chat.Past.Apply makes of them, before and
// after it is opened again.
func TestStoresAddUpToPast(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"memory", "disk"} {
		for seed := range uint64(12) {
			t.Run(fmt.Sprint(kind, " ", seed), func(t *testing.T) {
				t.Parallel()
				h, path := inMemory(t), filepath.Join(t.TempDir(), "history.db")
				if kind == "disk" {
					h = onDisk(t, path)
				}
				defer func() { h.Close() }()
				pastOf(t, h)
				l := newLife(t, seed)
				var want chat.Past
				var n uint64
				for round := range 30 {
					for range 1 + l.rng.IntN(20) {
						var changes []chat.Change
						for range 1 + l.rng.IntN(4) {
							ch := l.change()
							want.Apply(ch)
							changes = append(changes, ch)
						}
						n++
						h.Save(chat.Save{N: n, Changes: changes})
					}
					n++
					h.saves(t, n, chat.Noted{Name: "round", Value: []byte(fmt.Sprint(round))})
					want.Apply(chat.Noted{Name: "round", Value: []byte(fmt.Sprint(round))})
					if kind == "disk" && l.rng.IntN(3) == 0 {
						if err := h.Close(); err != nil {
							t.Fatal(err)
						}
						h, n = onDisk(t, path), 0
					}
					if got := described(pastOf(t, h)); got != described(&want) {
						t.Fatalf("round %d: what the store (-) and the changes (+) say:\n%s", round, differences(got, described(&want)))
					}
				}
			})
		}
	}
}
