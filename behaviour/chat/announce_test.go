package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// published lets a core wake until some time after noon and returns when and
// what it announces. Its announcements are carried out, nothing else is.
func (s *script) published(who string, until time.Duration) (at []time.Duration, what []*Envelope) {
	s.t.Helper()
	take := func(effects []Effect) (out []Event) {
		for _, e := range effects {
			if p, ok := e.(Publish); ok {
				at, what = append(at, s.now.Sub(noon)), append(what, p.Envelope)
				out = append(out, Published{p.Envelope.Conversation, p.Envelope.Last(), 1, ""})
			}
			if y, ok := e.(Sync); ok {
				out = append(out, SyncDone{With: y.With})
			}
		}
		return out
	}
	for {
		w := s.cores[who].Wake()
		if w.IsZero() || w.Sub(noon) > until {
			s.at(until)
			return at, what
		}
		s.now = w
		for work := take(s.give(who, Tick{})); len(work) > 0; work = work[1:] {
			work = append(work, take(s.give(who, work[0]))...)
		}
	}
}

func TestFirstAnnouncementComesSoon(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Started{})
	if at, _ := s.published("a", time.Hour); len(at) > 0 {
		t.Fatalf("announced at %v to nobody", at)
	}
	s.at(time.Hour)
	s.up("a", "b")
	at, what := s.published("a", time.Hour+announceSoon)
	if len(at) != 1 || text(Publish{what[0]}) != "publish presence in lobby: here a" {
		t.Fatalf("announced at %v: %v", at, what)
	}
}

func TestAnnouncementsBetweenTwo(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Started{})
	s.up("a", "b")
	at, _ := s.published("a", 10*time.Minute)
	if len(at) < 15 || len(at) > 25 {
		t.Errorf("%d announcements in 10 minutes, want about 20", len(at))
	}
	for i := 1; i < len(at); i++ {
		if d := at[i] - at[i-1]; d < announceMin*2/5 || d > announceMin*5/4 {
			t.Errorf("%v between two", d)
		}
	}
}

func TestNumbersOnlyGrowOverRestarts(t *testing.T) {
	s := newScript(t, "a")
	last := uint64(0)
	for life := range 3 {
		if life > 0 {
			s.join("a", nil) // with the same log, as from a database
		}
		s.give("a", Started{})
		s.up("a", "b")
		_, what := s.published("a", s.now.Sub(noon)+time.Minute)
		for _, e := range what {
			if e.First <= last {
				t.Fatalf("life %d: number %d after %d", life, e.First, last)
			}
			last = e.Last()
		}
	}
}

func TestWhereNobodyIsAnnouncementsGetRare(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Started{})
	s.up("a", "b")
	s.give("a", Join{Channel: "#c"})
	at, what := s.published("a", 6*time.Hour)
	var lonely []time.Duration
	for i, e := range what {
		if e.Conversation == Conversation("#c").Presence() {
			lonely = append(lonely, at[i])
		}
	}
	pause := announceMin
	for i := 1; i < len(lonely); i++ {
		if d := lonely[i] - lonely[i-1]; d < pause*79/100 || d > pause*121/100 {
			t.Errorf("pause %d is %v, want about %v", i, d, pause)
		}
		pause = min(2*pause, lonelyLast)
	}
	if len(lonely) < 10 {
		t.Errorf("%d announcements in 6 hours", len(lonely))
	}
	s.give("a", s.here("x", 1, "#c", 1, ""))
	at, _ = s.published("a", s.now.Sub(noon)+announceSoon)
	if len(at) == 0 {
		t.Error("who came is not answered")
	}
}

func TestManyPeopleAreAnnouncedInSeveralEnvelopes(t *testing.T) {
	s := newScript(t, "a", "b")
	s.give("a", Started{})
	s.up("a", "b")
	const guests = 700
	for u := User(1); u <= guests; u++ {
		s.give("a", asks{u, "", Enter{strings.Repeat("g", 60)}})
		s.give("a", asks{u, "", Join{Channel: "lobby"}})
		s.give("a", asks{u, "", Away{strings.Repeat("w", 120)}})
	}
	_, what := s.published("a", announceSoon)
	if len(what) < 3 {
		t.Fatalf("%d envelopes", len(what))
	}
	for _, e := range what {
		size := envelopeOverhead
		for i := range e.Messages {
			size += e.Messages[i].size()
		}
		if size > MaxEnvelope || len(e.Messages) > MaxBatch {
			t.Errorf("an envelope of %d messages and %d bytes", len(e.Messages), size)
		}
		s.give("b", EnvelopeReceived{"a", e})
	}
	if n := len(s.lobbyOf("b").people.byNode["a"].people); n != guests+1 {
		t.Errorf("%d people came, want %d", n, guests+1)
	}
}

// A node in many channels announces itself in one after the other.
func TestManyChannelsDoNotStorm(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Started{})
	s.up("a", "b")
	const channels = 1000
	for i := range channels {
		s.give("a", Join{Channel: fmt.Sprint("#c", i)})
	}
	at, what := s.published("a", 10*time.Minute)
	told := make(map[Conversation]bool)
	for _, e := range what {
		told[e.Conversation] = true
	}
	if len(told) != channels+1 {
		t.Errorf("announced in %d conversations, want %d", len(told), channels+1)
	}
	for i := range at {
		n, _ := slices.BinarySearch(at[i:], at[i]+10*time.Second)
		if n > nodeBurst+10*nodeRate {
			t.Fatalf("%d announcements in 10 s from %v on", n, at[i])
		}
	}
	c := s.cores["a"]
	for _, p := range []string{"x", "y"} { // no further storm for a new link
		s.give("a", PeerUp{PeerID(p)})
		s.give("a", LinkFormed{PeerID(p)})
	}
	if n := len(c.timers.heap); n > 20 {
		t.Errorf("%d timers are set", n)
	}
	if r := c.rooms["#c7"]; r.people.byNode != nil || r.people.nodes != nil {
		t.Error("an empty channel has an attendance")
	}
}

func TestLinkLeadsToMembersInFewChannels(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Started{})
	s.up("a", "b")
	s.give("a", Join{Channel: "#c"})
	s.published("a", 10*time.Minute)
	s.give("a", LinkFormed{"b"})
	_, what := s.published("a", s.now.Sub(noon)+announceSoon)
	var where []string
	for _, e := range what {
		where = append(where, string(e.Conversation))
	}
	if slices.Sort(where); !slices.Equal(where, []string{"here/#c", "here/lobby"}) {
		t.Errorf("announced in %v", where)
	}
	s.give("a", LinkFormed{"b"})
	if _, what := s.published("a", s.now.Sub(noon)+announceSoon); len(what) > 1 {
		t.Errorf("announced again %d times", len(what))
	}
}

// Where a part of the members is known, one who is met may be of the other part.
func TestPeerWhoIsMetIsToldWhoIsThere(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Started{})
	s.up("a", "b")
	for _, c := range []string{"#c", "#d", "#e"} {
		s.give("a", Join{Channel: c})
	}
	s.published("a", time.Minute)
	for _, c := range []Conversation{"#c", "#d", "#e"} {
		s.give("a", s.here("x", 1, c, 1, ""))
	}
	s.give("a", s.here("b", 1, "#d", 1, ""))
	s.published("a", s.now.Sub(noon)+2*linkPause)
	told := func(within time.Duration) (where []string) {
		_, what := s.published("a", s.now.Sub(noon)+within)
		for _, e := range what {
			if of, _ := e.Conversation.OfPresence(); of != Lobby {
				where = append(where, string(of))
			}
		}
		return where
	}
	met := PeerMet{"b", []Conversation{"#c", "#d", "#z"}}
	s.give("a", met)
	if where := told(announceSoon); !slices.Equal(where, []string{"#c"}) {
		t.Errorf("announced in %q, want in #c only: b is known in #d, and not met in #e", where)
	}
	for range 100 {
		s.give("a", met)
	}
	if where := told(linkPause - time.Second); len(where) > 0 {
		t.Errorf("announced in %q at once again", where)
	}
	if where := told(time.Second + announceSoon); !slices.Equal(where, []string{"#c"}) {
		t.Errorf("announced in %q after the pause, want once more in #c", where)
	}
	s.give("a", met)
	s.give("a", Part{Channel: "#c"})
	if n := len(s.cores["a"].timers.heap); n > 20 {
		t.Errorf("%d timers are set", n)
	}
	for _, where := range told(2 * linkPause) {
		if where == "#c" {
			t.Error("announced in a channel that was left")
		}
	}
}

// Who is met has said nothing yet. With the first sign of him comes what was said
// in the other part.
func TestFirstSignOfOneWhoIsMetBringsASync(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Started{})
	s.up("a", "b")
	s.give("a", Join{Channel: "#c"})
	s.give("a", s.here("x", 1, "#c", 1, ""))
	s.published("a", time.Minute)
	asked := false
	for _, e := range s.give("a", s.here("b", 1, "#c", 1, "")) {
		if y, ok := e.(Sync); ok && y.With == "b" && y.Deltas[0].Conversation == "#c" {
			asked = true
		}
	}
	if !asked {
		t.Error("b is not asked what was said in #c")
	}
}

func TestFarewellInACrowdWaitsForItsTurn(t *testing.T) {
	for _, w := range []struct {
		others int
		since  time.Duration
		told   bool
	}{
		{crowd - 2, 0, true},
		{crowd - 1, 0, false},
		{crowd - 1, share(crowd), true},
	} {
		s := newScript(t, "a")
		s.give("a", Started{})
		s.up("a", "b")
		s.give("a", Join{Channel: "#c"})
		s.published("a", time.Second)
		r := s.cores["a"].rooms["#c"]
		for i := range w.others {
			s.give("a", s.here(fmt.Sprint("p", i), 1, "#c", 1, ""))
		}
		r.own.last = s.now.Add(-w.since)
		got := texts(s.give("a", Part{}))
		if told := slices.Contains(got, "publish presence in #c: gone a"); told != w.told {
			t.Errorf("%d others, %v after the last announcement: %v", w.others, w.since, got)
		}
	}
}

// The channel is left when the farewell is out, not before.
func TestFarewellGoesBeforeTheEnd(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Started{})
	s.up("a", "b")
	s.give("a", Join{Channel: "#c"})
	s.give("a", s.here("b", 1, "#c", 1, ""))
	var e *Envelope
	for e == nil { // an announcement under way delays the farewell
		s.now = s.cores["a"].Wake()
		for _, x := range s.give("a", Tick{}) {
			if p, ok := x.(Publish); ok && p.Envelope.Conversation != Lobby.Presence() {
				e = p.Envelope
			}
		}
	}
	s.give("a", Part{})
	if s.cores["a"].rooms["#c"] == nil {
		t.Fatal("the channel was left")
	}
	got := s.give("a", Published{e.Conversation, e.Last(), 1, ""})
	if len(got) != 1 || text(got[0]) != "publish presence in #c: gone a" {
		t.Fatalf("then %v", texts(got))
	}
	e = got[0].(Publish).Envelope
	s.give("a", Published{e.Conversation, e.Last(), 1, ""})
	if s.cores["a"].rooms["#c"] != nil {
		t.Error("the channel is still there")
	}
}

// A guest who leaves while an announcement is under way is told of behind it.
func TestWhoLeavesMeanwhileIsToldOf(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Started{})
	s.give("a", PeerUp{"b"})
	s.give("a", asks{1, "", Enter{"bob"}})
	s.give("a", asks{1, "", OpenLobby{}})
	var e *Envelope
	for e == nil {
		s.now = s.cores["a"].Wake()
		for _, x := range s.give("a", Tick{}) {
			if p, ok := x.(Publish); ok {
				e = p.Envelope
			}
		}
	}
	if got := texts(s.give("a", asks{1, "", Exit{}})); slices.ContainsFunc(got, func(x string) bool { return strings.HasPrefix(x, "publish") }) {
		t.Fatalf("a second announcement is under way: %v", got)
	}
	s.step("a", Published{e.Conversation, e.Last(), 1, ""}, "publish presence in lobby: gone bob@a")
}

func TestMembersAreBounded(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Join{Channel: "#c"})
	c := s.cores["a"]
	r := c.rooms["#c"]
	for i := range maxMembers + 1 {
		s.give("a", s.here(fmt.Sprint("p", i), 1, "#c", 1, ""))
	}
	if n := r.people.others(); n != maxMembers || c.counts["too many members"] != 1 {
		t.Errorf("%d members are known, %d were refused", n, c.counts["too many members"])
	}
	s.give("a", s.here("p0", 1, "#c", 2, "-"))
	if n := r.people.others(); n != maxMembers-1 {
		t.Errorf("%d members are left", n)
	}
	checkPresence(t, c)
}

func TestGuestsOfOneNodeAndAllPeopleAreBounded(t *testing.T) {
	s := newScript(t, "a")
	c := s.cores["a"]
	crowdOf := func(node string) {
		for first := uint64(1); first <= maxGuests+MaxBatch; first += MaxBatch {
			var people []string
			for i := range uint64(MaxBatch) {
				people = append(people, fmt.Sprint("g", first+i))
			}
			s.give("a", s.here(node, 1, Lobby, first, people...))
		}
	}
	crowdOf("x")
	if n := len(c.lobby.people.byNode["x"].people); n != maxGuests+1 {
		t.Errorf("%d people of one node are known, want %d", n, maxGuests+1)
	}
	for i := range maxHeld / maxGuests {
		crowdOf(fmt.Sprint("x", i))
	}
	if c.presence.held != maxHeld {
		t.Errorf("%d entries, want %d", c.presence.held, maxHeld)
	}
	checkPresence(t, c)
}

func TestAlikeIsBounded(t *testing.T) {
	s := newScript(t, "a")
	c := s.cores["a"]
	for i := range 2 * maxAlike {
		id := PeerID(fmt.Sprint("p", i))
		c.meet(id)
		c.rename(id, "anna", 0)
	}
	if n := len(c.alike(Peer{ID: "p0", Name: "anna"})); n != maxAlike {
		t.Errorf("%d are told of, want %d", n, maxAlike)
	}
}

func TestHelloCountsWhoIsHere(t *testing.T) {
	s := newScript(t, "a")
	for i := range 2 * ackSample {
		s.give("a", PeerUp{PeerID(fmt.Sprint("p", i))})
		s.give("a", PeerDown{PeerID(fmt.Sprint("p", i))})
	}
	s.step("a", SayHello{}, "shown mine a1 hello", "publish a1 hello") // they were here once
	for i := range ackSample + 1 {
		s.give("a", s.here(fmt.Sprint("x", i), 1, Lobby, 1, ""))
	}
	s.step("a", SayHello{}, "notice: about 33 peers are in the lobby; some 32 of them will answer, as a sample", "shown mine a2 hello")
}

// BenchmarkIdleChannels is what 10,000 channels in which nobody else is cost in a
// second of virtual time.
func BenchmarkIdleChannels(b *testing.B) {
	s := newScript(&testing.T{}, "a")
	s.give("a", Started{})
	s.up("a", "b")
	for i := range 10_000 {
		s.give("a", Join{Channel: fmt.Sprint("#c", i)})
	}
	s.published("a", 4*time.Hour)
	n := 0
	for b.Loop() {
		at, _ := s.published("a", s.now.Sub(noon)+time.Second)
		n += len(at)
	}
	b.ReportMetric(float64(n)/float64(b.N), "announcements/s")
}
