package chat

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSyncAnswersWithWhatTheOtherLacks(t *testing.T) {
	s := newScript(t, "a", "b")
	for i := 1; i <= 3; i++ {
		s.give("a", Say{fmt.Sprint(i)})
		s.give("a", Published{Lobby, uint64(i), 1, ""})
	}
	s.sealed["c1"] = s.forge("c", 1, 1, "hi")
	s.give("a", s.gossip("c", "c1"))
	for _, c := range []struct {
		name   string
		vector []LogState
		want   string
	}{
		{"a newcomer", nil, "answer sync: has a1-3 c1-1 gives a1 a2 a3 c1"},
		{"one who lacks the last", []LogState{holds("a", 1, 2), holds("c", 1, 1)}, "answer sync: has a1-3 c1-1 gives a3"},
		{"one who holds none any more", []LogState{holds("a", 4, 3)}, "answer sync: has a1-3 c1-1 gives c1"},
		{"one who has all", []LogState{holds("a", 1, 3), holds("c", 1, 1)}, "answer sync: has a1-3 c1-1"},
		{"one who has more", []LogState{holds("a", 1, 9), holds("c", 1, 1), holds("x", 1, 1)}, "answer sync: has a1-3 c1-1"},
		{"one who says nonsense", []LogState{holds("a", math.MaxUint64, 0), holds("c", 0, math.MaxUint64)}, "answer sync: has a1-3 c1-1 gives a1 a2 a3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.t = t
			s.step("a", SyncRequested{1, "b", s.delta(c.vector)}, c.want)
		})
	}
	s.t = t
	s.step("a", SyncRequested{2, "b", nil}, "answer sync: nothing")
	s.step("a", SyncRequested{3, "b", []Delta{{Conversation: "#other"}}}, "answer sync: nothing")
}

// TestSyncThatBringsAMember has a sync bring the first sign of the very peer that
// it is with: that wants a sync too, and it is after this one.
func TestSyncThatBringsAMember(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.give("a", SyncDone{With: "b"})
	s.give("a", Join{Channel: "#c"})
	c := s.cores["a"]
	c.wantSync("b", c.rooms["#c"])
	s.sealed["b1"] = in("#c", s.forge("b", 1, 1, "hi"))
	had := []Delta{{Conversation: "#c", Vector: []LogState{holds("b", 1, 1)}, Envelopes: []*Envelope{s.get("b1")}}}
	s.step("a", SyncDone{With: "b", Deltas: had}, "came to #c: peer b", `shown b#c1 "hi"`, "sync with b: has b1-1")
}

// TestIslandsOfAChannelMeet syncs a channel with a member who is not connected,
// although another is, every second round.
func TestIslandsOfAChannelMeet(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.give("a", Join{Channel: "#c"})
	for _, who := range []string{"b", "x", "y", "z"} {
		s.give("a", s.here(who, 1, "#c", 1, ""))
	}
	c := s.cores["a"]
	far := map[bool]int{}
	for range 100 {
		c.rounds++
		far[c.companion(c.rooms["#c"]) != "b"]++
	}
	if far[true] < 20 || far[false] < 50 {
		t.Errorf("of 100 rounds %d are with members who are not connected", far[true])
	}
}

func TestSyncGoesBothWaysUntilEqual(t *testing.T) {
	s := newScript(t, "a", "b")
	s.play("a", Say{"from a"})
	s.play("b", Say{"from b"})
	s.forget()
	s.link("a", "b")
	s.saw("a", "came b", `shown b1 "from b"`, "sent a1 to 1")
	s.saw("b", `shown a1 "from a"`, "sent b1 to 1", "came a")
	before := s.syncs
	s.play("a", LinkFormed{"b"})
	if s.syncs != before+1 {
		t.Errorf("equal nodes took %d turns, want 1", s.syncs-before)
	}
}

func TestSyncInTurns(t *testing.T) {
	s := newScript(t, "a", "b")
	long := strings.Repeat("x", MaxText)
	for range 20 {
		s.play("a", Say{long})
	}
	effects := s.give("a", SyncRequested{1, "b", s.delta(nil)})
	d := effects[0].(AnswerSync).Deltas[0]
	size := 0
	for _, e := range d.Envelopes {
		size += len(e.Raw)
	}
	if !d.More || size > syncBytes || len(d.Envelopes) == 0 {
		t.Fatalf("%d envelopes of %d bytes, more: %v", len(d.Envelopes), size, d.More)
	}
	s.forget()
	s.link("b", "a")
	if got := len(s.told["b"]); got != 21 {
		t.Errorf("b was told %d things, want 20 messages and a peer", got)
	}
	for i, got := range s.told["b"][1:] {
		if want := fmt.Sprintf("shown a%d", i+1); !strings.HasPrefix(got, want) {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}

func TestSyncPushesInTurns(t *testing.T) {
	s := newScript(t, "a", "b")
	long := strings.Repeat("x", MaxText)
	for range 20 {
		s.play("a", Say{long})
	}
	s.forget()
	s.link("a", "b") // a begins, and has everything
	if got := len(s.told["b"]); got != 21 {
		t.Errorf("b was told %d things, want 20 messages and a peer", got)
	}
}

func TestSyncEndsWhenTheOtherNeverAgrees(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(s *script, mine []Delta) []Delta
	}{
		{"it will not have mine", func(s *script, _ []Delta) []Delta { return s.delta(nil) }},
		{"it always says more", func(s *script, mine []Delta) []Delta {
			return []Delta{{Conversation: Lobby, Vector: mine[0].Vector, More: true}}
		}},
		{"it gives what I refuse", func(s *script, mine []Delta) []Delta {
			s.sealed["x"] = edit(s.forge("x", 1, 1, "x"), func(e *Envelope) { e.Messages[0].Stamp = math.MaxUint64 })
			d := s.delta([]LogState{holds("x", 1, 1)}, "x")
			d[0].More = true
			return d
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t, "a")
			s.play("a", Say{"mine"})
			effects := s.give("a", PeerUp{"b"})
			turns := 0
			for ; len(effects) > 0; turns++ {
				if turns > 3 {
					t.Fatal("it goes on and on")
				}
				sync := effects[len(effects)-1].(Sync)
				effects = s.give("a", SyncDone{With: "b", Deltas: c.answer(s, sync.Deltas)})
			}
		})
	}
}

func TestSyncEndsWithOneWhoAlwaysHasNews(t *testing.T) {
	s := newScript(t, "a")
	effects := s.give("a", PeerUp{"b"})
	for turn := uint64(1); ; turn++ {
		i := slices.IndexFunc(effects, func(e Effect) bool { _, ok := e.(Sync); return ok })
		if i < 0 {
			if turn != maxTurns+1 {
				t.Errorf("it ended after %d turns, want %d", turn-1, maxTurns)
			}
			return
		}
		if turn > maxTurns {
			t.Fatal("more turns than there may be")
		}
		s.sealed["x"] = s.forge("x", 1, turn, "x")
		d := s.delta([]LogState{holds("x", 1, turn)}, "x")
		d[0].More = true
		effects = s.give("a", SyncDone{With: "b", Deltas: d})
	}
}

func TestSyncIsAskedForAgainMeanwhile(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", PeerUp{"b"}, "came b", "sync with b: nothing")
	s.step("a", LinkFormed{"b"})
	s.step("a", LinkFormed{"b"})
	s.step("a", SyncDone{With: "b", Deltas: s.delta(nil)}, "sync with b: nothing")
	s.step("a", SyncDone{With: "b", Deltas: s.delta(nil)})
	s.step("a", LinkFormed{"b"}, "sync with b: nothing")
	s.step("a", LinkFormed{"stranger"})
}

func TestSyncAfterALoss(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.step("a", Lost{"b"})
	s.wake("a", "sync with b: nothing")
	s.step("a", SyncDone{With: "b"})
	s.step("a", Lost{})
	s.wake("a", "sync with b: nothing") // nobody knows whose words it was
}

func TestFailingSyncsBackOff(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", PeerUp{"b"}, "came b", "sync with b: nothing")
	pause := gapRetry
	for i := range 10 {
		s.step("a", SyncDone{With: "b", Err: "stream reset"})
		before := s.now
		s.wake("a", "sync with b: nothing")
		pause = min(2*pause, gapRetry<<6)
		if got := s.now.Sub(before); got < pause*8/10 || got > pause*12/10 {
			t.Fatalf("attempt %d after %v, want %v ±20 %%", i+2, got, pause)
		}
	}
	s.step("a", SyncDone{With: "b", Deltas: s.delta(nil)})
	if !s.cores["a"].Wake().IsZero() {
		t.Error("it tries again after it went well")
	}
	// Once it went well, the steady rhythm is enough.
	s.step("a", LinkFormed{"b"}, "sync with b: nothing")
	s.step("a", SyncDone{With: "b", Err: "stream reset"})
	if !s.cores["a"].Wake().IsZero() {
		t.Error("it tries again although a sync went well before")
	}
}

func TestFailingSyncsDoNotPileUp(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Started{})
	s.links["a"] = nil // whoever is up cannot be reached
	s.play("a", PeerUp{"b"})
	s.pass(time.Hour)
	before := s.syncs
	s.pass(time.Hour)
	if n := s.syncs - before; n > 250 {
		t.Errorf("%d failing syncs in an hour", n)
	}
	s.play("a", PeerDown{"b"})
	before = s.syncs
	s.pass(time.Hour)
	if s.syncs != before {
		t.Errorf("%d syncs with a peer that is gone", s.syncs-before)
	}
}

func TestRhythmOfSync(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", Started{}, "ready peer a")
	s.up("a", "b")
	rhythm := func(every time.Duration) {
		t.Helper()
		before := s.now
		synced := func(e Effect) bool { _, ok := e.(Sync); return ok }
		for !slices.ContainsFunc(s.give("a", Tick{}), synced) { // a round that was brought forward leaves its timer behind
			s.now = s.cores["a"].Wake()
		}
		s.give("a", SyncDone{With: "b"})
		if got := s.now.Sub(before); got < every*8/10 || got > every*12/10 {
			t.Fatalf("sync after %v, want %v ±20 %%", got, every)
		}
	}
	s.cores["a"].lobby.active = time.Time{}
	rhythm(syncEvery)
	s.sealed["x"] = s.forge("x", 1, 1, "x")
	rhythm(syncEvery)
	s.step("a", s.gossip("b", "x"), `shown x1 "x"`)
	rhythm(activeEvery) // talk brings the next round forward
	rhythm(activeEvery)
	for s.now.Sub(s.cores["a"].lobby.active) < activeFor {
		rhythm(activeEvery)
	}
	rhythm(syncEvery)
}

func TestNewsBySyncAreSpread(t *testing.T) {
	s := newScript(t, "b")
	s.up("b", "c", "d")
	s.sealed["a1"] = s.forge("a", 1, 1, "hi")
	has := []LogState{holds("a", 1, 1)}
	s.step("b", SyncRequested{1, "c", s.delta(has, "a1")}, `shown a1 "hi"`, "answer sync: has a1-1", "sync with d: has a1-1")
	s.step("b", SyncDone{With: "d", Deltas: s.delta(nil)}, "sync with d: has a1-1 gives a1")
	s.step("b", SyncDone{With: "d", Deltas: s.delta(has)})
	s.step("b", SyncRequested{2, "c", s.delta(has, "a1")}, "answer sync: has a1-1") // no news
}

func TestNewsBySyncAreSpreadInWaves(t *testing.T) {
	s := newScript(t, "b")
	for i := range 3*spreadWave - 1 {
		s.up("b", fmt.Sprint("p", i))
	}
	s.sealed["a1"] = s.forge("a", 1, 1, "hi")
	effects := slices.Clone(s.give("b", SyncRequested{1, "x", s.delta([]LogState{holds("a", 1, 1)}, "a1")}))
	for wave, want := range []int{spreadWave + 2, spreadWave, spreadWave - 1} { // with what is shown, and the answer
		if len(effects) != want {
			t.Fatalf("wave %d: %s", wave, list(texts(effects)))
		}
		for _, e := range effects {
			if sync, ok := e.(Sync); ok {
				s.give("b", SyncDone{With: sync.With, Deltas: s.delta([]LogState{holds("a", 1, 1)})})
			}
		}
		s.now = s.now.Add(spreadPause)
		effects = slices.Clone(s.give("b", Tick{}))
	}
	s.compare("b", Tick{}, texts(effects), nil)
}

func TestGapRepairIsNotSpread(t *testing.T) {
	s := newScript(t, "b")
	s.up("b", "c", "d")
	s.sealed["a1"], s.sealed["a2"] = s.forge("a", 1, 1, "one"), s.forge("a", 1, 2, "two")
	s.step("b", s.gossip("c", "a2"), "sync with c: nothing")
	s.step("b", SyncDone{With: "c", Deltas: s.delta([]LogState{holds("a", 1, 2)}, "a1", "a2")}, `shown a1 "one"`, `shown a2 "two"`)
}

func TestNewcomerGetsTheRecent(t *testing.T) {
	lines := func(s *script, n int) {
		texts := make([]string, 100)
		r := s.cores["a"].lobby
		for range n / 100 {
			s.hear("a", s.forge("x", 1, 1+uint64(r.keptCount), texts...))
		}
	}
	first := func(s *script, want uint64) {
		t.Helper()
		ask := s.delta(nil)
		ask[0].Newcomer = true
		effects := s.give("a", SyncRequested{1, "n", ask})
		d := effects[0].(AnswerSync).Deltas[0]
		if got := d.Envelopes[0].First; got != want || d.Vector[0].From != want {
			t.Fatalf("a newcomer's history begins with %d, announced as %d, want %d", got, d.Vector[0].From, want)
		}
	}
	s := newScript(t, "a")
	lines(s, 500)
	first(s, 1)
	s.at(8 * 24 * time.Hour)
	lines(s, 400)
	first(s, 1) // few, if old
	s.at(16 * 24 * time.Hour)
	lines(s, 600)
	first(s, 501) // of the old ones as many as make 1000
	lines(s, 4000)
	first(s, 901) // all that are young
	// One who was here before, and apart when x began, gets all of it.
	all := s.give("a", SyncRequested{2, "o", s.delta(nil)})[0].(AnswerSync).Deltas[0]
	if got := all.Envelopes[0].First; got != 1 {
		t.Errorf("one who is no newcomer gets what it lacks from %d on", got)
	}
	// One who was here before gets whatever it lacks, however old.
	d := s.give("a", SyncRequested{2, "o", s.delta([]LogState{holds("x", 1, 200)})})[0].(AnswerSync).Deltas[0]
	if got := d.Envelopes[0].First; got != 201 {
		t.Errorf("one who has 200 gets them from %d on", got)
	}
}

func TestWhatWaitsLearnsFromAVectorThatItsDepIsOld(t *testing.T) {
	s := newScript(t, "b")
	s.up("b", "c")
	s.sealed["x1"] = edit(s.forge("x", 1, 1, "re"), func(e *Envelope) { e.Messages[0].Deps = []Ref{{key("old", 1), 3}} })
	s.step("b", s.gossip("c", "x1"), "sync with c: nothing")
	s.step("b", SyncDone{With: "c", Deltas: s.delta([]LogState{holds("old", 8, 9), holds("x", 1, 1)})}, `shown x1 "re"`)
}

func TestOneNeighbourCannotHideAnAuthor(t *testing.T) {
	s := newScript(t, "b")
	s.up("b", "liar")
	s.sealed["x1"] = edit(s.forge("x", 1, 1, "re"), func(e *Envelope) { e.Messages[0].Deps = []Ref{{key("victim", 1), 3}} })
	s.give("b", s.gossip("liar", "x1"))
	s.give("b", SyncDone{With: "liar", Deltas: s.delta([]LogState{holds("victim", math.MaxUint64, math.MaxUint64-1)})})
	s.sealed["v3"], s.sealed["v4"] = s.forge("victim", 1, 3, "three"), s.forge("victim", 1, 4, "four")
	s.step("b", s.gossip("c", "v3"), `shown victim3 "three"`)
	s.step("b", s.gossip("c", "v4"), `shown victim4 "four"`)
	s.step("b", s.gossip("c", "v3"))
}

func TestSyncMendsWhatGossipLost(t *testing.T) {
	s := newScript(t, "a", "b", "c")
	s.link("a", "b")
	s.link("b", "c")
	for _, who := range s.names {
		s.play(who, Started{})
	}
	s.forget()
	s.links["b"] = []string{"c"} // gossip from a reaches nobody but the link is held to be there
	s.links["a"] = nil
	for i := range 5 {
		s.play("a", Say{fmt.Sprint(i)})
	}
	s.saw("c")
	s.links["a"], s.links["b"] = []string{"b"}, []string{"a", "c"}
	s.pass(activeEvery * 6 / 5)
	s.saw("c", `shown a1 "0"`, `shown a2 "1"`, `shown a3 "2"`, `shown a4 "3"`, `shown a5 "4"`)
}

func TestPartitionHeals(t *testing.T) {
	s := newScript(t, "a", "b", "c", "d")
	s.link("a", "b")
	s.link("c", "d")
	for i := range 10 {
		s.play("a", Say{fmt.Sprint("left ", i)})
		s.play("d", Say{fmt.Sprint("right ", i)})
	}
	s.link("b", "c")
	s.pass(time.Second)
	want := s.cores["a"].vector(s.cores["a"].lobby)
	for _, who := range s.names {
		v := s.cores[who].vector(s.cores[who].lobby)
		slices.SortFunc(v, func(x, y LogState) int { return strings.Compare(string(x.Author), string(y.Author)) })
		if who == "a" {
			want = v
		}
		if !slices.Equal(v, want) || len(v) != 2 || sum(v) != 22 {
			t.Errorf("%s holds %v", who, v)
		}
	}
}

func TestSyncLeavesToGossipWhatGossipIsCarrying(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.give("a", SyncDone{With: "b"})
	s.at(time.Second)
	s.give("a", Say{"new"})
	s.give("a", Published{Lobby, 1, 1, ""})
	s.step("a", SyncRequested{1, "b", s.delta(nil)}, "answer sync: has a1-1")
	s.at(time.Second + carryTime)
	s.step("a", SyncRequested{2, "b", s.delta(nil)}, "answer sync: has a1-1 gives a1")
	s.at(time.Second + 2*carryTime)
	s.step("a", Tick{}, "sync with b: has a1-1") // b did not ask again: it is asked once
	// Nor is what follows it in its log given, or b would take it for dropped.
	s.at(10 * time.Second)
	s.sealed["x1"], s.sealed["x2"] = s.forge("x", 1, 1, "one"), s.forge("x", 1, 2, "two")
	s.give("a", s.gossip("c", "x1"))
	s.give("a", SyncRequested{5, "c", s.delta(nil, "x2")})
	s.step("a", SyncRequested{6, "b", s.delta([]LogState{holds("a", 1, 1)})}, "answer sync: has a1-1 x1-2")
	// What was said before gossip flowed to b is not on its way.
	s.at(time.Minute)
	s.give("a", Say{"newer"})
	s.at(time.Minute + time.Millisecond)
	s.give("a", LinkFormed{"b"})
	s.step("a", SyncRequested{3, "b", s.delta([]LogState{holds("a", 1, 1), holds("x", 1, 2)})}, "answer sync: has a1-2 x1-2 gives a2")
	// A stranger that is not connected as far as is known gets all at once.
	s.step("a", SyncRequested{4, "c", s.delta([]LogState{holds("a", 1, 1), holds("x", 1, 2)})}, "answer sync: has a1-2 x1-2 gives a2")
}

// What comes by sync is shown in the order in which it was written, and each log
// in its own, whatever its author's clock says.
func TestSyncIsTakenInByTime(t *testing.T) {
	s := newScript(t)
	write := func(author string, life byte, first uint64, at time.Duration) *Envelope {
		s.at(at)
		return s.forge(author, life, first, "x")
	}
	late, early := write("b", 2, 1, 3*time.Second), write("b", 1, 1, time.Second)
	one, two, three := write("c", 1, 1, 2*time.Second), write("c", 1, 2, 0), write("c", 1, 3, 4*time.Second)
	got := inTime([]*Envelope{late, one, two, early, three})
	if want := []*Envelope{early, one, two, late, three}; !slices.Equal(got, want) {
		t.Errorf("taken in as %v, want %v", got, want)
	}
}
