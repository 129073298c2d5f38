package chat

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// What is said while an envelope is on its way is in the history at once, in its
// place, once, and no more of it than was asked for.
func TestUnsealed(t *testing.T) {
	waiting := func(bodies ...string) (list []Memory) {
		for i, b := range bodies {
			id := MessageID{"#c", Ref{LogKey{Author: "a"}, uint64(i + 3)}}
			list = append(list, Memory{Placed: Placed{id, Message{Stamp: Stamp(i+3) << 16, Body: b}}})
		}
		return list
	}
	stored := func(stamps ...uint64) (list []Memory) {
		for _, n := range stamps {
			id := MessageID{"#c", Ref{LogKey{Author: "b"}, n}}
			list = append(list, Memory{Placed: Placed{id, Message{Stamp: Stamp(n) << 16, Body: "b"}}})
		}
		return list
	}
	for _, c := range []struct {
		story string
		q     recalling
		ev    Recalled
		want  []uint64 // stamps, in milliseconds
		more  bool
	}{
		{"nothing waits", recalling{limit: 3}, Recalled{Items: stored(1, 2)}, []uint64{1, 2}, false},
		{"after what is stored", recalling{limit: 9, waiting: waiting("x", "y")}, Recalled{Items: stored(1, 2)}, []uint64{1, 2, 3, 4}, false},
		{"in its place", recalling{limit: 9, waiting: waiting("x", "y")}, Recalled{Items: stored(1, 9)}, []uint64{1, 3, 4, 9}, false},
		{"the last", recalling{limit: 2, waiting: waiting("x")}, Recalled{Items: stored(1, 2)}, []uint64{2, 3}, true},
		{"the first", recalling{limit: 2, first: true, waiting: waiting("x")}, Recalled{Items: stored(1, 2)}, []uint64{1, 2}, true},
		{"the first of more", recalling{limit: 2, first: true, waiting: waiting("x")}, Recalled{Items: stored(1, 2), More: true}, []uint64{1, 2}, true},
		{"stored meanwhile", recalling{limit: 9, waiting: waiting("x", "y")}, Recalled{Items: append(stored(1), waiting("x")...)}, []uint64{1, 3, 4}, false},
	} {
		c.q.withUnsealed(&c.ev)
		var got []uint64
		for _, m := range c.ev.Items {
			got = append(got, uint64(m.Stamp>>16))
		}
		if !slices.Equal(got, c.want) || c.ev.More != c.more {
			t.Errorf("%s: %v and more %v, want %v and %v", c.story, got, c.ev.More, c.want, c.more)
		}
	}
}

// A question sees what waits behind an envelope on its way, as far as its window goes.
func TestUnsealedOfACore(t *testing.T) {
	c := New(Config{Me: "a", Log: LogID{1}, Keeps: true, Seal: func(*Envelope) {}, Rand: rand.New(rand.NewPCG(1, 2))})
	now := noon
	c.HandleEvent(now, Started{})
	for _, text := range []string{"on its way", "one", "two"} {
		c.HandleInstruction(now, Asker{}, Broadcast{text})
	}
	for _, q := range []struct {
		story string
		in    ReadHistory
		want  []string
	}{
		{"all", ReadHistory{In: "lobby"}, []string{"one", "two"}},
		{"the last", ReadHistory{In: "lobby", N: 1}, []string{"two"}},
		{"the first", ReadHistory{In: "lobby", N: 1, First: true}, []string{"one"}},
		{"before", ReadHistory{In: "lobby", Until: now}, nil},
	} {
		var got []string
		for _, e := range c.HandleInstruction(now, Asker{}, q.in) {
			ask, ok := e.(Recall)
			if !ok {
				continue
			}
			for _, e := range c.HandleEvent(now, Recalled{N: ask.N}) {
				if n, ok := e.(Notify); ok {
					for _, item := range n.Notification.(History).Items {
						got = append(got, item.Text)
					}
				}
			}
		}
		if !slices.Equal(got, q.want) {
			t.Errorf("%s: %q, want %q", q.story, got, q.want)
		}
	}
}
