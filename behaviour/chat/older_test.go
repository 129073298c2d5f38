package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// old has a hear n messages of each author, who wrote one after the other, each in
// envelopes of ten, over three weeks that end now.
func old(s *script, n int, authors ...string) {
	s.t.Helper()
	began := s.now.Add(-21 * 24 * time.Hour)
	s.now, s.cores["a"].now = began, began
	total := n / 10 * len(authors)
	for i := range total {
		at := uint64(i/len(authors)*10) + 1
		s.now = began.Add(21 * 24 * time.Hour * time.Duration(i) / time.Duration(total))
		s.play("a", EnvelopeReceived{From: "far", Envelope: s.forge(authors[i%len(authors)], 1, at, make([]string, 10)...)})
	}
	s.now = began.Add(21 * 24 * time.Hour)
	s.forget()
}

// reader makes a, who has a history of x and perhaps y, and b, who has come.
func reader(t *testing.T, durable bool, n int, authors ...string) *script {
	s := newScript(t)
	s.now = noon
	change := func(*Config) {}
	if durable {
		change = keeping(s.disk("a"))
	}
	s.join("a", change)
	s.join("b", keeping(s.disk("b")))
	s.play("b", Started{})
	old(s, n, authors...)
	s.play("a", Started{})
	s.link("a", "b")
	s.pass(time.Minute)
	s.forget()
	return s
}

// recalled asks b for history and returns the ids of it.
func (s *script) recalled(in ReadHistory) (ids []string, more bool) {
	s.t.Helper()
	s.forget()
	s.play("b", in)
	s.pass(olderTime)
	if len(s.told["b"]) != 1 {
		s.t.Fatalf("b asked for history and was told\n     %s", list(s.told["b"]))
	}
	line, more := strings.CutSuffix(s.told["b"][0], " and more")
	return strings.Fields(line)[1:], more
}

func TestNewcomerReadsBackOnDemand(t *testing.T) {
	for _, c := range []struct {
		name    string
		durable bool
		n       int
		authors []string
	}{
		{"from disk", true, 3000, []string{"x"}},
		{"from memory", false, 3000, []string{"x"}},
		{"of many", true, 400, []string{"x", "y", "z", "u", "v", "w"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := reader(t, c.durable, c.n, c.authors...)
			total := c.n * len(c.authors)
			if n := held(s.cores["b"].lobby); n < recentCount || n > recentCount+60 {
				t.Fatalf("b begins with %d messages, want some %d", n, recentCount)
			}
			for _, n := range []int{recentCount + 20, 2 * recentCount, total, total + 100} {
				ids, _ := s.recalled(ReadHistory{N: n})
				if want := min(n, total); len(ids) != want {
					t.Fatalf("of %d messages b got %d of %d", n, len(ids), want)
				}
			}
			ids, more := s.recalled(ReadHistory{N: total})
			if more || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != total {
				t.Errorf("b has %d messages, more: %v", len(ids), more)
			}
			syncs := s.syncs
			s.pass(time.Second)
			if s.syncs > syncs+1 {
				t.Errorf("what is old is passed on: %d turns", s.syncs-syncs)
			}
			// It outlives b, and others can have it from b.
			s.crash("b")
			s.restart("b")
			s.unlink("a", "b")
			s.join("c", keeping(s.disk("c")))
			s.play("c", Started{})
			s.cores["c"].lobby.settled = s.now // it was here before
			s.link("b", "c")
			s.pass(time.Minute)
			if n := held(s.cores["c"].lobby); n != total {
				t.Errorf("c has %d of %d messages from b", n, total)
			}
		})
	}
}

// held counts the messages that a room has.
func held(r *room) (n int) {
	for _, l := range r.list {
		if l.low > 0 {
			n += int(l.head + 1 - l.low)
		}
	}
	return n
}

func TestOlderHistoryBeforeAMessage(t *testing.T) {
	s := reader(t, true, 2000, "x")
	low := s.cores["b"].lobby.logs[key("x", 1)].low
	first := MessageID{Lobby, Ref{key("x", 1), low}}
	ids, _ := s.recalled(ReadHistory{N: 2, Before: first.String()})
	if want := fmt.Sprintf("[x%d x%d]", low-2, low-1); fmt.Sprint(ids) != want {
		t.Errorf("before %v came %v, want %s", first, ids, want)
	}
}

// Without anybody to ask the answer is what there is, at once; with one who does not
// answer it is that too, after olderTime, and says that there may be more.
func TestOlderHistoryIsNotWaitedForForEver(t *testing.T) {
	s := reader(t, true, 2000, "x")
	s.unlink("a", "b")
	s.forget()
	s.play("b", ReadHistory{N: 1100})
	if got := len(s.told["b"]); got != 1 {
		t.Fatalf("b alone was told %d things", got)
	}
	s.give("b", PeerUp{"mute"}) // who never answers
	s.forget()
	before := s.now
	s.collect("b", s.give("b", ReadHistory{N: 1100}))
	s.carry(s.work[0])
	s.work = nil
	s.collect("b", s.give("b", ReadHistory{N: 1100}))
	s.carry(s.work[0])
	s.work = nil
	for len(s.told["b"]) == 0 {
		s.now = s.cores["b"].Wake()
		for _, e := range s.give("b", Tick{}) {
			if q, ok := e.(Recall); ok {
				s.collect("b", s.give("b", s.disks["b"].recall(q)))
			}
		}
	}
	if took := s.now.Sub(before); took != olderTime || len(s.told["b"]) != 2 {
		t.Errorf("after %v b was told\n     %s", took, list(s.told["b"]))
	}
	for _, line := range s.told["b"] {
		if !strings.HasSuffix(line, "and more") {
			t.Errorf("b was told %s", line[max(0, len(line)-100):])
		}
	}
}

// Who has nothing is not the last to be asked.
func TestOlderHistoryIsAskedOfAnother(t *testing.T) {
	s := reader(t, true, 2000, "x")
	for _, n := range []string{"c", "d"} {
		s.join(n, keeping(s.disk(n)))
		s.play(n, Started{})
		s.link("b", n) // and has what b has
	}
	s.pass(time.Minute)
	for n := 1100; n <= 2000; n += 100 { // whoever is asked first
		if ids, _ := s.recalled(ReadHistory{N: n}); len(ids) != n {
			t.Fatalf("b got %d of %d messages", len(ids), n)
		}
	}
}

// What does not go up to where the history begins is not taken, nor what contradicts
// the chain.
func TestOlderHistoryWithHoles(t *testing.T) {
	good := func(s *script) (envelopes []*Envelope) {
		prev := Hash{}
		for first := uint64(1); first < 41; first += 10 {
			e := edit(s.forge("x", 1, first, make([]string, 10)...), func(e *Envelope) { e.Prev = prev })
			prev = e.Messages[9].Hash
			envelopes = append(envelopes, e)
		}
		return envelopes
	}
	for _, c := range []struct {
		name string
		give func(all []*Envelope) []*Envelope
		want uint64 // low
	}{
		{"all", func(all []*Envelope) []*Envelope { return all }, 1},
		{"the last", func(all []*Envelope) []*Envelope { return all[2:] }, 21},
		{"a hole", func(all []*Envelope) []*Envelope { return []*Envelope{all[0], all[2], all[3]} }, 21},
		{"not the last", func(all []*Envelope) []*Envelope { return all[:3] }, 41},
		{"a broken chain", func(all []*Envelope) []*Envelope {
			all[1].Messages[9].Hash[0]++
			return all
		}, 21},
		{"twice", func(all []*Envelope) []*Envelope { return append(all, all...) }, 1},
		{"nothing", func(all []*Envelope) []*Envelope { return nil }, 41},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t)
			s.join("b", keeping(s.disk("b")))
			s.sealed["x"] = s.forge("x", 1, 41, "hi")
			head := []LogState{holds("x", 41, 41)}
			run := func(effects []Effect) (with []Sync) {
				for _, e := range effects {
					switch e := e.(type) {
					case Sync:
						with = append(with, e)
					case Save, Recall:
						s.collect("b", []Effect{e})
						for len(s.work) > 0 {
							j := s.work[0]
							s.work = s.work[1:]
							if sync, ok := j.effect.(Sync); ok {
								with = append(with, sync)
							} else {
								s.carry(j)
							}
						}
					}
				}
				return with
			}
			run(s.give("b", PeerUp{"a"}))
			run(s.give("b", SyncDone{With: "a", Deltas: s.delta(head, "x")}))
			asked := run(s.give("b", ReadHistory{N: 100}))
			for n := 0; len(asked) > 0; n++ {
				if n > 5 {
					t.Fatal("it asks again and again")
				}
				d := s.delta(head)
				if len(asked[0].Deltas[0].Want) > 0 && n == 0 {
					d[0].Envelopes = c.give(good(s))
				}
				asked = run(s.give("b", SyncDone{With: "a", Deltas: d}))
			}
			if l := s.cores["b"].lobby.logs[key("x", 1)]; l.low != c.want || l.head != 41 {
				t.Errorf("the log is kept from %d to %d, want from %d", l.low, l.head, c.want)
			}
		})
	}
}
