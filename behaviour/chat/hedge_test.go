package chat

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// syncs are the peers that effects ask for a turn.
func syncs(effects []Effect) (with []PeerID) {
	for _, e := range effects {
		if sync, ok := e.(Sync); ok {
			with = append(with, sync.With)
		}
	}
	return with
}

func TestSlowTurnIsAskedOfAnother(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b", "c")
	s.step("a", LinkFormed{"b"}, "sync with b: nothing")
	s.wake("a", "sync with c: nothing")
	if s.now != noon.Add(hedgeTime) {
		t.Errorf("another is asked after %v", s.now.Sub(noon))
	}
	s.sealed["x1"] = s.forge("x", 1, 1, "hi")
	has := []LogState{holds("x", 1, 1)}
	s.step("a", SyncDone{With: "c", Deltas: s.delta(has, "x1")}, `shown x1 "hi"`)
	s.step("a", SyncDone{With: "b", Deltas: s.delta(has, "x1")}, "sync with b: has x1-1") // late, and no news: b is offered it
	s.step("a", SyncDone{With: "b", Deltas: s.delta(has)})
	r := s.cores["a"].lobby
	s.pass(time.Minute)
	if r.flying != 0 || r.feeder != "" || len(r.queue) != 0 {
		t.Errorf("the books say %d turns, feeder %q, queue %v", r.flying, r.feeder, r.queue)
	}
}

func TestFewTurnsAtATimeAboutARoom(t *testing.T) {
	s := newScript(t, "a")
	var asked []PeerID
	for i := range 3 * maxFlying {
		asked = append(asked, syncs(s.give("a", PeerUp{PeerID(fmt.Sprint("p", i))}))...)
	}
	if len(asked) != maxFlying {
		t.Fatalf("%v are asked at once", asked)
	}
	for done := 0; done < len(asked); done++ {
		asked = append(asked, syncs(s.give("a", SyncDone{With: asked[done], Deltas: s.delta(nil)}))...)
		if len(asked) > done+1+maxFlying {
			t.Fatalf("%d turns are under way", len(asked)-done-1)
		}
	}
	if len(asked) != 3*maxFlying {
		t.Errorf("%d of %d were asked", len(asked), 3*maxFlying)
	}
	if r := s.cores["a"].lobby; r.flying != 0 || len(r.queue) != 0 {
		t.Errorf("in the end %d turns are under way, and %v wait", r.flying, r.queue)
	}
}

// Those who do not answer keep nobody from being asked.
func TestMutePeersDoNotStopSync(t *testing.T) {
	s := newScript(t, "a")
	for i := range 2 * maxFlying {
		s.give("a", PeerUp{PeerID(fmt.Sprint("mute", i))})
	}
	s.give("a", PeerUp{"b"})
	asked := make(map[PeerID]bool)
	for !asked["b"] {
		if s.now.Sub(noon) > 10*time.Second {
			t.Fatalf("after %v were asked: %v", s.now.Sub(noon), asked)
		}
		s.now = s.cores["a"].Wake()
		for _, id := range syncs(s.give("a", Tick{})) {
			asked[id] = true
		}
	}
}

// A node that misses much and comes to several peers at once is given it once, and
// the first turn of the others.
func TestOneGivesMuch(t *testing.T) {
	s := newScript(t)
	texts := make([]string, 100)
	for i := range texts {
		texts[i] = string(make([]byte, 100))
	}
	var bytes int
	for i := range 6 {
		n := fmt.Sprint("h", i)
		s.join(n, nil)
		s.cores[n].me.Name = ""
	}
	for first := uint64(1); first < 20_000; first += 100 {
		e := s.forge("x", 1, first, texts...)
		bytes += len(e.Raw)
		for _, n := range s.names {
			s.hear(n, e)
		}
	}
	s.pass(time.Hour)
	s.join("b", nil)
	s.cores["b"].lobby.settled = s.now
	given := 0
	s.carried = func(deltas []Delta) {
		for _, d := range deltas {
			given += weight(d.Envelopes) // of presence too: a little
		}
	}
	for _, n := range s.names[:6] { // all at once
		s.links["b"], s.links[n] = append(s.links["b"], n), append(s.links[n], "b")
	}
	for _, n := range s.names[:6] {
		s.collect("b", s.give("b", PeerUp{PeerID(n)}))
	}
	s.settle()
	s.pass(time.Second)
	if head := s.cores["b"].lobby.logs[key("x", 1)].head; head != 20_000 {
		t.Fatalf("b has %d messages", head)
	}
	if most := bytes + maxFlying*syncBytes; given > most {
		t.Errorf("%d KiB were carried for %d KiB, want %d at most", given>>10, bytes>>10, most>>10)
	}
	s.news("b", "digest of lobby: 20000 in 0s from x")
}

// What a turn brings is durable before the next is asked for.
func TestNextTurnWaitsForTheStore(t *testing.T) {
	s := newScript(t)
	s.join("a", durable)
	n := started(t, s, "a")
	s.give("a", PeerUp{"b"})
	most := 0
	for turn := uint64(1); turn <= 20; turn++ {
		e := s.forge("x", 1, turn, "x")
		s.sealed["x"] = e
		d := s.delta([]LogState{holds("x", 1, turn)}, "x")
		d[0].More = true
		effects := s.give("a", SyncDone{With: "b", Deltas: d})
		if len(syncs(effects)) > 0 {
			t.Fatal("the next turn is asked for while the last is not durable")
		}
		n++
		effects = s.give("a", Saved{Through: n})
		if got := syncs(effects); !slices.Equal(got, []PeerID{"b"}) {
			t.Fatalf("when it is durable %v are asked", got)
		}
		most = max(most, len(s.cores["a"].saving.parked))
	}
	if most > 0 {
		t.Errorf("%d effects wait although all is durable", most)
	}
}
