package chat

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// FuzzOrder lets a few authors talk, some of whom lie about time and causes, and
// brings the same envelopes to several cores in different orders, some twice. All
// show the same messages, each log in its order, nothing before what it names
// unless it is marked late; and all settle on one order, which does not depend on
// how the messages came. Where nobody lies, that order is causal.
func FuzzOrder(f *testing.F) {
	for seed := range uint64(64) {
		f.Add(seed, uint8(seed%40), seed%3 == 0)
	}
	f.Fuzz(func(t *testing.T, seed uint64, count uint8, liars bool) {
		rnd := rand.New(rand.NewPCG(seed, uint64(count)))
		said := conversation(rnd, int(count)+1, liars)
		var first []Placed
		for i, name := range []string{"p", "q", "r"} {
			s := newScript(t, name)
			shown := bring(t, s, name, said, rnd, liars)
			slices.SortFunc(shown, func(a, b Placed) int {
				switch {
				case Less(a, b):
					return -1
				case Less(b, a):
					return 1
				}
				t.Fatalf("%v and %v have no order", a.ID, b.ID)
				return 0
			})
			if i == 0 {
				first = shown
				causal(t, shown, liars)
				continue
			}
			if !slices.EqualFunc(first, shown, func(a, b Placed) bool { return a.ID == b.ID }) {
				t.Fatalf("p settles on\n%v\n%s on\n%v", ids(first), name, ids(shown))
			}
		}
	})
}

// conversation is what four authors say, envelope by envelope, in the order in
// which they say it.
func conversation(rnd *rand.Rand, count int, liars bool) (said []*Envelope) {
	type author struct {
		key  LogKey
		next uint64
		prev Hash
	}
	var authors []*author
	for i := range 4 {
		authors = append(authors, &author{key: key(string(rune('a'+i)), byte(1+i%2)), next: 1})
	}
	clock := StampAt(noon)
	var refs []Ref
	for range count {
		a := authors[rnd.IntN(len(authors))]
		e := &Envelope{Conversation: Lobby, Author: a.key.Author, Log: a.key.Log, First: a.next, Prev: a.prev}
		for range 1 + rnd.IntN(3) {
			clock += Stamp(rnd.IntN(3)) << 16 // several in one millisecond, even with one stamp
			if !liars {
				clock++
			}
			m := Message{Stamp: clock, Kind: Text, Body: "x"}
			if liars && rnd.IntN(4) == 0 {
				m.Stamp = StampAt(noon.Add(time.Duration(rnd.IntN(600)-300) * time.Second))
			}
			for range rnd.IntN(3) {
				if len(refs) > 0 {
					m.Deps = append(m.Deps, refs[rnd.IntN(len(refs))])
				}
			}
			e.Messages = append(e.Messages, m)
			refs = append(refs, Ref{a.key, a.next})
			a.next++
		}
		seal(e)
		a.prev = e.Messages[len(e.Messages)-1].Hash
		said = append(said, e)
	}
	return said
}

// bring gives a core the envelopes in some order and returns what it shows.
func bring(t *testing.T, s *script, name string, said []*Envelope, rnd *rand.Rand, liars bool) (shown []Placed) {
	order := slices.Concat(said, said[:rnd.IntN(len(said)+1)])
	rnd.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	text := make(map[MessageID]*Message)
	for _, e := range said {
		for i := range e.Messages {
			text[e.ID(i)] = &e.Messages[i]
		}
	}
	seen := make(map[Ref]bool)
	for _, e := range order {
		for _, effect := range s.give(name, EnvelopeReceived{"h", e}) {
			n, _ := effect.(Notify)
			m, ok := n.Notification.(Shown)
			if !ok {
				continue
			}
			if seen[m.ID.Ref] || m.ID.Seq > 1 && !seen[Ref{m.ID.LogKey, m.ID.Seq - 1}] {
				t.Fatalf("%v is shown twice, or before what comes before it", m.ID)
			}
			for _, d := range text[m.ID].Deps {
				if d.LogKey != m.ID.LogKey && !seen[d] && !m.Late {
					t.Fatalf("%v is shown before %v", m.ID, d)
				}
			}
			seen[m.ID.Ref] = true
			shown = append(shown, Placed{m.ID, *text[m.ID]})
		}
	}
	if len(shown) != len(text) {
		t.Fatalf("%d of %d messages are shown", len(shown), len(text))
	}
	return shown
}

// causal checks the settled order: nothing is before what it names, or before what
// its author said earlier, unless somebody lies.
func causal(t *testing.T, settled []Placed, liars bool) {
	place := make(map[Ref]int, len(settled))
	for i, m := range settled {
		place[m.ID.Ref] = i
	}
	for i, m := range settled {
		before := slices.Clone(m.Deps)
		if m.ID.Seq > 1 {
			before = append(before, Ref{m.ID.LogKey, m.ID.Seq - 1})
		}
		for _, d := range before {
			if d != m.ID.Ref && place[d] > i && !liars {
				t.Fatalf("%v stands before %v, which it follows", m.ID, d)
			}
		}
	}
}

func ids(list []Placed) (names []string) {
	for _, m := range list {
		names = append(names, fmt.Sprint(idText(m.ID)))
	}
	return names
}

// A stamp that is not greater than that of what the message names is a lie, which
// is taken: where it stands in a history is the same for all.
func TestStampThatIsNotGreaterThanThatOfADep(t *testing.T) {
	s := newScript(t, "b", "c")
	s.sealed["x"] = s.forge("x", 1, 1, "question")
	s.sealed["y"] = edit(s.forge("y", 1, 1, "answer"), func(e *Envelope) {
		e.Messages[0].Deps = []Ref{{key("x", 1), 1}}
		e.Messages[0].Stamp = StampAt(s.now.Add(-time.Hour))
	})
	s.step("b", s.gossip("h", "x"), `shown x1 "question"`)
	s.step("b", s.gossip("h", "y"), `shown y1 "answer"`)
	s.step("c", s.gossip("h", "y"))
	s.step("c", s.gossip("h", "x"), `shown x1 "question"`, `shown y1 "answer"`)
	x, y := Placed{s.get("x").ID(0), s.get("x").Messages[0]}, Placed{s.get("y").ID(0), s.get("y").Messages[0]}
	if !Less(y, x) || Less(x, y) {
		t.Error("in histories the answer does not stand where its stamp puts it")
	}
}
