package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// lobbyOf returns the lobby of a core of the script.
func (s *script) lobbyOf(who string) *room { return s.cores[who].lobby }

// hear brings an envelope by gossip and returns how many effects it had.
func (s *script) hear(who string, e *Envelope) int {
	return len(s.give(who, EnvelopeReceived{From: "h", Envelope: e}))
}

// big makes an envelope count n bytes.
func big(e *Envelope, n int) *Envelope {
	e.Raw = make([]byte, n)
	return e
}

func TestKeptIsBoundedInCountOldestFirst(t *testing.T) {
	s := newScript(t, "b")
	batch := make([]string, MaxBatch)
	for i := uint64(0); i <= maxKept/MaxBatch; i++ {
		s.hear("b", s.forge("a", 1, i*MaxBatch+1, batch...))
	}
	r := s.lobbyOf("b")
	checkBooks(t, r)
	if r.keptCount != maxKept {
		t.Errorf("kept %d messages, want %d", r.keptCount, maxKept)
	}
	if first := r.kept[0].envelope.First; first != MaxBatch+1 {
		t.Errorf("the oldest that is kept is %d, want %d", first, MaxBatch+1)
	}
	if l := r.logs[key("a", 1)]; l.tail[0].First != MaxBatch+1 || l.end() != maxKept+MaxBatch {
		t.Errorf("the log is held from %d to %d", l.tail[0].First, l.end())
	}
}

func TestKeptIsBoundedInBytesOldestFirst(t *testing.T) {
	s := newScript(t, "b")
	const size = 64 << 10
	for i := uint64(1); i <= maxKeptBytes/size+3; i++ {
		s.hear("b", big(s.forge("a", 1, i, "x"), size))
	}
	r := s.lobbyOf("b")
	checkBooks(t, r)
	if r.keptBytes > maxKeptBytes || r.kept[0].envelope.First != 4 {
		t.Errorf("kept %d bytes from %d on", r.keptBytes, r.kept[0].envelope.First)
	}
}

func TestLogsOfOneAuthorAreBounded(t *testing.T) {
	s := newScript(t, "b")
	forge := func(author string, i int) *Envelope {
		return edit(s.forge(author, 1, 1, "x"), func(e *Envelope) { e.Log = LogID{1, byte(i), byte(i >> 8)} })
	}
	for i := range maxLogsOfAuthor {
		if s.hear("b", forge("a", i)) != 1 {
			t.Fatalf("log %d was not shown", i)
		}
	}
	if s.hear("b", forge("a", maxLogsOfAuthor)) != 0 {
		t.Error("one log too many was shown")
	}
	if s.hear("b", edit(forge("a", 0), func(e *Envelope) { e.First = 2 })) != 1 {
		t.Error("a known log does not go on")
	}
	if s.hear("b", forge("c", 0)) != 1 {
		t.Error("another author is kept out")
	}
	if n := s.cores["b"].counts["too many logs"]; n != 1 {
		t.Errorf("counted %d", n)
	}
}

func TestLogsAreBounded(t *testing.T) {
	s := newScript(t, "b")
	for i := 1; i < maxLogs; i++ { // b's own is one
		if s.hear("b", s.forge(fmt.Sprint("x", i), 1, 1, "x")) != 1 {
			t.Fatalf("log %d was not shown", i)
		}
	}
	s.at(time.Second)
	s.hear("b", s.forge("x1", 1, 2, "still here"))
	for i := range 3 {
		if s.hear("b", s.forge(fmt.Sprint("y", i), 1, 1, "x")) != 1 {
			t.Errorf("log y%d was not shown", i)
		}
	}
	r := s.lobbyOf("b")
	if len(r.list) != maxLogs || r.logs[key("x1", 1)] == nil || r.logs[key("x2", 1)] != nil {
		t.Errorf("there are %d logs; x1 had to stay and the longest silent to go", len(r.list))
	}
	checkBooks(t, r)
	if s.hear("b", s.forge("x2", 1, 1, "x")) != 0 || len(r.list) != maxLogs {
		t.Error("what was shown of a retired log is shown again")
	}
	if s.hear("b", s.forge("x2", 1, 2, "back")) != 1 || r.logs[key("x2", 1)] == nil {
		t.Error("a retired log does not go on")
	}
	r.retired = retired{}
	again := key("again", 1)
	r.retired.set(again, 1, 3)
	r.retired.take(again)
	r.retired.set(again, 2, 3) // it came back and had to go once more
	r.retired.set(key("z", 1), 1, 3)
	r.retired.set(key("z", 2), 1, 3)
	if r.retired.head[again] != 2 {
		t.Error("a log retired twice is forgotten with its first time")
	}
	r.retired.list = append(make([]LogKey, 0, maxRetired), slices.Repeat([]LogKey{{}}, maxRetired)...)
	r.retired.set(key("z", 1), 1, maxRetired)
	if len(r.retired.list) != maxRetired {
		t.Errorf("%d retired logs are remembered", len(r.retired.list))
	}
}

func TestEarlyIsBoundedInCount(t *testing.T) {
	s := newScript(t, "b")
	for i := uint64(2); i < maxEarly+10; i++ {
		s.hear("b", s.forge("a", 1, i, "x"))
	}
	r := s.lobbyOf("b")
	checkBooks(t, r)
	if n := len(r.logs[key("a", 1)].early); n != maxEarly {
		t.Errorf("%d envelopes wait, want %d", n, maxEarly)
	}
	if n := s.hear("b", s.forge("a", 1, 1, "what fills the gap")); n != maxEarly+1 {
		t.Errorf("the missing one showed %d messages, want %d", n, maxEarly+1)
	}
}

func TestEarlyIsBoundedInBytes(t *testing.T) {
	s := newScript(t, "b")
	const size = 64 << 10
	for i := range 1 + maxEarlyBytes/size {
		s.hear("b", big(s.forge(fmt.Sprint("x", i), 1, 2, "x"), size))
	}
	r := s.lobbyOf("b")
	checkBooks(t, r)
	if r.earlyBytes != maxEarlyBytes {
		t.Errorf("%d bytes wait, want %d", r.earlyBytes, maxEarlyBytes)
	}
	if n := s.hear("b", big(s.forge("x7", 1, 1, "what fills the gap"), size)); n != 2 {
		t.Errorf("the missing one showed %d messages, want 2", n)
	}
	if n := s.hear("b", big(s.forge("x8", 1, 1, "what fills the gap", "x"), 2*size)); n != 2 {
		t.Errorf("the missing ones showed %d messages, want 2", n)
	}
}

// An author can make the next message of a log wait for what does not exist.
// That must not be a way round the bound on what waits.
func TestNextMessagesThatWaitAreBounded(t *testing.T) {
	s := newScript(t, "b")
	const size = 80 << 10
	for i := range 2 * maxEarlyBytes / size {
		e := edit(s.forge(fmt.Sprint("x", i), 1, 1, "x", "y"), func(e *Envelope) {
			e.Messages[i%2].Deps = []Ref{{key("nobody", 1), 1}}
		})
		s.hear("b", big(e, size))
		if r := s.lobbyOf("b"); r.earlyBytes > maxEarlyBytes {
			t.Fatalf("%d bytes wait", r.earlyBytes)
		}
	}
	checkBooks(t, s.lobbyOf("b"))
	if n := s.hear("b", big(s.forge("honest", 1, 1, "hi"), size)); n != 1 {
		t.Errorf("an honest line had %d effects", n)
	}
}

func TestWhatFillsAGapMakesRoomInItsOwnLog(t *testing.T) {
	s := newScript(t, "b")
	for i := uint64(2); i < maxEarly+2; i++ {
		s.hear("b", s.forge("a", 1, i, "x"))
	}
	e := edit(s.forge("a", 1, 1, "x"), func(e *Envelope) { e.Messages[0].Deps = []Ref{{key("c", 1), 1}} })
	s.hear("b", e)
	checkBooks(t, s.lobbyOf("b"))
	// The last of the log went, for sync to bring again.
	if n := s.hear("b", s.forge("c", 1, 1, "x")); n != 1+maxEarly {
		t.Errorf("the dep showed %d messages, want %d", n, 1+maxEarly)
	}
}

func TestFindsAreBounded(t *testing.T) {
	s := newScript(t)
	s.join("a", func(c *Config) {
		c.ByNumber = func(n int) (PeerID, bool) { return PeerID(fmt.Sprint("peer", n)), true }
	})
	for i := range maxFinds {
		s.give("a", SendDirect{To: fmt.Sprint(1 + i%10), Text: "x"})
	}
	s.step("a", SendDirect{To: "1", Text: "x"}, "refused overloaded: too many peers are being looked for; try again in a moment")
	s.step("a", SendDirect{To: "11", Text: "x"}, "refused overloaded: too many peers are being looked for; try again in a moment")
	s.give("a", FindDone{"peer1", false})
	s.step("a", SendDirect{To: "11", Text: "x"}, "find peer11")
}

func TestDialsAreBounded(t *testing.T) {
	s := newScript(t, "a")
	for i := range maxFinds {
		s.step("a", Connect{fmt.Sprint("/ip4/127.0.0.1/tcp/", 1+i)}, "notice: connecting to …", "dial …")
	}
	s.step("a", Connect{"/ip4/127.0.0.1/tcp/9999"}, "refused overloaded: too many connection attempts are under way; try again in a moment")
	s.step("a", DialDone{Addr: "/ip4/127.0.0.1/tcp/1", Err: "no"}, "refused unreachable: …")
	s.step("a", Connect{"/ip4/127.0.0.1/tcp/9999"}, "notice: connecting to …", "dial …")
}

func TestRosterIsBounded(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "friend")
	for i := range maxPeers {
		s.now = s.now.Add(time.Millisecond)
		s.give("a", PeerUp{PeerID(fmt.Sprint("x", i))})
		s.give("a", PeerDown{PeerID(fmt.Sprint("x", i))})
	}
	byID := s.cores["a"].roster.byID
	if len(byID) != maxPeers {
		t.Errorf("%d peers are known, want %d", len(byID), maxPeers)
	}
	if byID["friend"] == nil || byID["x0"] != nil || byID["x1"] == nil {
		t.Error("somebody else than the longest silent one was forgotten")
	}
}

func TestDirectsAreBounded(t *testing.T) {
	s := newScript(t, "a")
	a := s.cores["a"]
	receive := func(peer string, want string) {
		t.Helper()
		e := to("a", s.forge(peer, 1, 1, "hi"))
		effects := s.give("a", DirectReceived{1, PeerID(peer), e, 1})
		if got := text(effects[len(effects)-1]); got != want {
			t.Fatalf("%s: %s, want %s", peer, got, want)
		}
	}
	for i := range maxDirects {
		s.now = s.now.Add(time.Millisecond)
		receive(fmt.Sprint("x", i), "answer stored up to 1")
	}
	receive("late", "answer busy up to 0")
	s.now = s.now.Add(directIdle - time.Duration(maxDirects-1)*time.Millisecond)
	receive("late", "answer stored up to 1")
	if len(a.directs) != maxDirects || a.directs["x0"] != nil {
		t.Errorf("%d conversations; the longest idle one is there: %v", len(a.directs), a.directs["x0"] != nil)
	}
	receive("later", "answer busy up to 0") // x1 was here a moment ago
}

// A crowd of strangers that say hello must not use up the direct conversations.
func TestStrangersWhoSaidHelloAreForgotten(t *testing.T) {
	s := newScript(t, "a")
	for i := range maxDirects {
		peer := PeerID(fmt.Sprint("x", i))
		s.cores["a"].now = s.now
		s.cores["a"].post(peer, Message{Kind: HelloAck, Re: &Ref{}}, origin{silent: true})
		s.give("a", SendDone{To: peer, Last: 1, Verdict: Stored})
	}
	s.up("a", "b")
	s.step("a", SendDirect{To: "b", Text: "hi"}, `shown mine a>b1 "hi"`, `send to b a>b1 "hi"`)
}

func TestForgottenConversationGoesOnInAnotherLog(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.give("a", SendDirect{To: "b", Text: "one"})
	s.give("a", SendDone{To: "b", Last: 1, Verdict: Stored})
	first := s.get("a>b1")
	for i := range maxDirects {
		s.now = s.now.Add(directIdle)
		peer := fmt.Sprint("x", i)
		s.give("a", DirectReceived{1, PeerID(peer), to("a", s.forge(peer, 1, 1, "hi")), 1})
	}
	s.give("a", SendDirect{To: "b", Text: "two"})
	e := s.cores["a"].directs["b"].mine.flight
	if e.Log == first.Log || e.First != 1 {
		t.Errorf("the new life has log %v from %d, the first was %v", e.Log, e.First, first.Log)
	}
}

func TestRefIsCut(t *testing.T) {
	s := newScript(t, "a")
	long := strings.Repeat("r", MaxRef)
	s.step("a", asks{Owner, long + "more", OpenLobby{}}, "in lobby ("+long+")")
}
