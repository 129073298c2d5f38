package chat

import (
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// FuzzCore reads bytes as instructions and events, among them envelopes that
// overlap, contradict each other, wait for what cannot be and have the greatest
// numbers there are. Whatever comes:
//
//   - nothing is shown twice, and each log in its order;
//   - each request is answered once, at once; one publish, one send a peer and
//     one sync a peer are under way at most;
//   - the effects of one input are bounded by what was brought so far;
//   - the books of a room agree, and its bounds hold, likewise those of sessions;
//   - a line is closed once, and nothing goes down one that is closed;
//   - two cores that are given the same do the same.
func FuzzCore(f *testing.F) {
	for seed := range uint64(32) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		b := make([]byte, 200+rnd.IntN(1800))
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		keeps := func(cfg *Config) { cfg.Keeps = len(in)%2 == 1 } // with a store that holds nothing up, or without
		z := &fuzzer{
			t:     t,
			in:    in[:min(len(in), 1<<12)],
			now:   noon,
			one:   newScript(t).join("me", keeps),
			other: newScript(t).join("me", keeps),
			shown: make(map[fuzzLog]uint64),
			send:  make(map[PeerID]uint64),
			going: make(map[Conversation]uint64),
			sync:  make(map[PeerID]bool),
			lines: make(map[Line]PeerID),
			shut:  make(map[Line]bool),
		}
		z.give(Started{})
		for len(z.in) > 0 && !z.stopped {
			z.step()
		}
		z.give(Quit{})
		z.now = z.now.Add(DrainTime)
		z.give(Tick{})
		if !z.stopped {
			t.Fatal("it does not end")
		}
	})
}

// fuzzer gives two equal cores the same and watches what the first does.
type fuzzer struct {
	t          *testing.T
	in         []byte
	now        time.Time
	one, other *Core
	brought    int // messages in events and instructions so far
	tickets    Ticket
	stopped    bool

	shown map[fuzzLog]uint64      // the last of each log
	going map[Conversation]uint64 // the last number of what is being published
	send  map[PeerID]uint64       // likewise
	sync  map[PeerID]bool

	opens []OpenLine      // under way
	lines map[Line]PeerID // that are not reported closed, and to whom
	shut  map[Line]bool   // that the core has closed
	named Line
	ids   []SessionID // that were heard of
}

type fuzzLog struct {
	Conversation
	LogKey
}

// pick reads a byte and makes it less than n.
func (z *fuzzer) pick(n int) int {
	if len(z.in) == 0 {
		return 0
	}
	b := z.in[0]
	z.in = z.in[1:]
	return int(b) % n
}

func (z *fuzzer) peer() PeerID {
	return []PeerID{"a", "b", "c", "d", "me", ""}[min(z.pick(24)/4, 5)]
}

func (z *fuzzer) seq() uint64 {
	n := uint64(z.pick(256))
	switch {
	case n < 200:
		return n%20 + 1
	case n < 250:
		return n*10 - 1000
	}
	return math.MaxUint64 - 16*(n-249)
}

func (z *fuzzer) envelope(c Conversation, author PeerID) *Envelope {
	e := &Envelope{Conversation: c, Author: author, Log: LogID{byte(1 + z.pick(3))}, First: z.seq()}
	salt := uint64(max(0, z.pick(32)-30)) // now and then its author says something else
	for i := range 1 + z.pick(6) {
		e.Messages = append(e.Messages, fuzzMessage(e.Key(), e.First+uint64(i), salt))
	}
	seal(e)
	z.brought += len(e.Messages)
	return e
}

// fuzzMessage is what an author says under a number: the same whenever it is asked for.
func fuzzMessage(k LogKey, seq, salt uint64) Message {
	h := fnv.New64a()
	h.Write([]byte(k.Author))
	h.Write(k.Log[:])
	rnd := rand.New(rand.NewPCG(h.Sum64(), seq^salt<<32))
	ref := func() Ref {
		seqs := []uint64{0, 1, seq - 1, seq, seq + 1, rnd.Uint64N(20), rnd.Uint64N(20), math.MaxUint64}
		return Ref{key(string("abcdx"[rnd.IntN(5)]), byte(1+rnd.IntN(3))), seqs[rnd.IntN(len(seqs))]}
	}
	m := Message{Stamp: StampAt(noon.Add(time.Duration(rnd.IntN(600)) * time.Second)), Kind: Text, Body: "x"}
	switch rnd.IntN(16) {
	case 0:
		m.Kind = Hello
	case 1:
		re := ref()
		m.Kind, m.Re = HelloAck, &re
	case 2:
		m.Kind = Kind(rnd.Uint32())
	case 3:
		m.Stamp = math.MaxUint64
	case 4:
		m.Stamp = 0
	case 5:
		m.Name = "anna"
	}
	for range max(0, rnd.IntN(8)-MaxDeps) {
		m.Deps = append(m.Deps, ref())
	}
	return m
}

func (z *fuzzer) deltas() []Delta {
	var deltas []Delta
	for range z.pick(3) {
		d := Delta{Conversation: Lobby, More: z.pick(2) == 1}
		if z.pick(16) == 15 {
			d.Conversation = "#elsewhere"
		}
		for range z.pick(5) {
			d.Vector = append(d.Vector, LogState{LogKey: key(string(z.peer()), byte(1+z.pick(3))), From: z.seq(), Head: z.seq()})
		}
		for range z.pick(5) {
			d.Envelopes = append(d.Envelopes, z.envelope(Lobby, z.peer()))
		}
		deltas = append(deltas, d)
	}
	return deltas
}

func (z *fuzzer) step() {
	z.now = z.now.Add(time.Duration(z.pick(256)) * time.Duration(z.pick(256)) * time.Millisecond / 4)
	if z.pick(32) == 31 {
		z.now = z.now.Add(-time.Hour) // a clock that is set back
		defer func() { z.now = z.now.Add(time.Hour) }()
	}
	switch z.pick(28) {
	case 20, 21, 22, 23:
		z.frame()
	case 24:
		z.lineDone()
	case 25:
		if l := z.line(); l != 0 {
			delete(z.lines, l)
			z.give(LineClosed{l, []string{"", "reset"}[z.pick(2)]})
		}
	case 26, 27:
		z.brought++
		to := []string{"a", "b", "anna", "1"}[z.pick(4)]
		z.give([]Instruction{Fork{to}, Fork{to}, Leave{}, SwitchTo{to}, SayIn{"session:1", "x"}, Say{"x"}, Ignore{to}, Unignore{to}, ListSessions{}}[z.pick(9)])
	case 0, 1, 2, 3, 4:
		z.give(EnvelopeReceived{z.peer(), z.envelope(Lobby, z.peer())})
	case 5, 6:
		from := z.peer()
		c := DirectWith("me", from)
		if z.pick(16) == 15 {
			c = Conversation([]string{"lobby", "dm/me/a/b", "dm//", ""}[z.pick(4)])
		}
		z.tickets++
		z.give(DirectReceived{z.tickets, from, z.envelope(c, from), z.seq()})
	case 7, 8:
		z.tickets++
		z.give(SyncRequested{z.tickets, z.peer(), z.deltas()})
	case 9:
		for _, p := range []PeerID{"a", "b", "c", "d"} {
			if z.sync[p] {
				z.sync[p] = false
				z.give(SyncDone{With: p, Deltas: z.deltas(), Err: []string{"", "", "reset"}[z.pick(3)]})
			}
		}
	case 10:
		for _, p := range []PeerID{"a", "b", "c", "d"} {
			if last := z.send[p]; last > 0 {
				z.send[p] = 0
				z.give(SendDone{To: p, Last: last, Verdict: Verdict(z.pick(5)), Err: "why"})
			}
		}
	case 11:
		for _, c := range []Conversation{Lobby, Lobby.Presence()} {
			if last := z.going[c]; last > 0 {
				z.going[c] = 0
				z.give(Published{c, last, z.pick(3), []string{"", "", "queue full"}[z.pick(3)]})
			}
		}
	case 12:
		z.give(PeerUp{[]PeerID{"a", "b", "c", "d"}[z.pick(4)]})
	case 13:
		z.give(PeerDown{z.peer()})
	case 14:
		z.give(LinkFormed{z.peer()})
		z.give(PeerMet{z.peer(), []Conversation{"#a", "#b"}})
	case 15:
		z.give(Lost{z.peer()})
	case 16:
		z.give(Tick{})
	case 17: // outcomes of nothing that is under way
		z.give([]Event{Published{Lobby, 0, 1, ""}, SendDone{To: "x", Last: z.seq(), Verdict: Stored}, SyncDone{With: "x"},
			FindDone{"a", true}, DialDone{Addr: "x"}, Inspected{}, Warned{"w"}, LinksDone{With: z.peer(), Links: []Link{{Peer: "b"}, {Peer: "z"}}}}[z.pick(8)])
	default:
		z.brought++
		to := []string{"a", "b", "anna", ""}[z.pick(4)]
		z.give([]Instruction{Say{"x"}, Broadcast{"x"}, Blank{}, SayHello{}, SendDirect{To: to, Text: "x"}, OpenDirect{to}, OpenLobby{},
			Doubt{"x", to}, ListPeers{}, GetStatus{}, Connect{"x"}, ShowNetwork{}}[z.pick(12)])
	}
}

// line names one of the lines, or none.
func (z *fuzzer) line() Line {
	if len(z.lines) == 0 {
		return 0
	}
	return slices.Sorted(maps.Keys(z.lines))[z.pick(len(z.lines))]
}

func (z *fuzzer) lineDone() {
	if len(z.opens) == 0 || z.pick(16) == 15 {
		z.give(LineDone{Attempt: 1 << 40, Err: "of nothing that is under way"})
		return
	}
	i := z.pick(len(z.opens))
	o := z.opens[i]
	z.opens = slices.Delete(z.opens, i, i+1)
	if z.pick(4) == 3 {
		z.give(LineDone{Attempt: o.Attempt, Err: "no route"})
		return
	}
	z.named++
	z.lines[z.named] = o.To
	z.give(LineDone{Attempt: o.Attempt, Line: z.named})
}

// frame brings some frame on a line, or on a new one.
func (z *fuzzer) frame() {
	l := z.line()
	if l == 0 || z.pick(4) == 0 {
		z.named++
		l = z.named
		z.lines[l] = []PeerID{"a", "b", "z"}[z.pick(3)] // a and b are lesser than me, z is not
	}
	from := z.lines[l]
	f := &Frame{Kind: FrameKind(1 + z.pick(5)), Ack: z.seq() % 4, Session: SessionID{byte(z.pick(4))}, Fresh: z.pick(2) == 1, Reason: CloseReason(z.pick(9))}
	if n := z.pick(8); n < len(z.ids) {
		f.Session = z.ids[len(z.ids)-1-n]
	}
	if n := z.pick(16); n == 15 {
		f.Ack = math.MaxUint64
	} else if n == 14 {
		f.From, f.To = "anna", "bob"
	}
	if f.Kind == FrameData {
		f.First = uint64(z.pick(6))
		for range z.pick(5) {
			f.Messages = append(f.Messages, fuzzMessage(key("a", 1), z.seq(), 0))
			z.brought++
		}
	}
	z.give(FrameReceived{l, from, f})
}

// watchLines keeps account of an effect on lines.
func (z *fuzzer) watchLines(e Effect) {
	var hello *Frame
	switch e := e.(type) {
	case OpenLine:
		z.opens = append(z.opens, e)
		hello = e.Hello
	case SendFrame:
		if z.shut[e.Line] {
			z.t.Fatalf("%s is sent down line %d, which is closed", frameText(e.Frame), e.Line)
		}
		if e.Frame.Kind == FrameHello {
			hello = e.Frame
		}
	case CloseLine:
		if z.shut[e.Line] {
			z.t.Fatalf("line %d is closed again", e.Line)
		}
		z.shut[e.Line] = true
	}
	if hello != nil && !slices.Contains(z.ids, hello.Session) {
		z.ids = append(z.ids, hello.Session)
	}
}

func (z *fuzzer) give(in any) {
	give := func(c *Core) []Effect {
		if in, ok := in.(Instruction); ok {
			return c.HandleInstruction(z.now, Asker{}, in)
		}
		return c.HandleEvent(z.now, in.(Event))
	}
	effects := give(z.one)
	if got, same := texts(give(z.other)), texts(effects); !slices.Equal(got, same) {
		z.t.Fatalf("after %#v two equal cores differ:\n%s\n\n%s", in, list(same), list(got))
	}
	answers := 0
	for _, e := range effects {
		z.watch(e, &answers)
		z.watchLines(e)
	}
	want := 0
	switch in.(type) {
	case DirectReceived, SyncRequested:
		want = 1
	}
	if answers != want {
		z.t.Fatalf("%#v was answered %d times", in, answers)
	}
	if n := len(effects); n > 2*z.brought+100 {
		z.t.Fatalf("%#v has %d effects after %d messages in all", in, n, z.brought)
	}
	z.checkRoom(z.one.lobby)
	for _, d := range z.one.directs {
		z.checkRoom(d.room)
	}
	checkSessions(z.t, z.one)
}

// watch keeps account of one effect.
func (z *fuzzer) watch(e Effect, answers *int) {
	switch e := e.(type) {
	case Notify:
		s, ok := e.Notification.(Shown)
		if !ok || s.Session > 0 { // a peer may begin a session of a name that it had before
			break
		}
		if e.For != nil && s.ID.LogKey == z.one.lobby.mine.log.key {
			break // one's own line is shown when it is accepted
		}
		k := fuzzLog{s.ID.Conversation, s.ID.LogKey}
		if s.ID.Seq <= z.shown[k] {
			z.t.Fatalf("%v is shown after %d of that log", s.ID, z.shown[k])
		}
		z.shown[k] = s.ID.Seq
	case Publish:
		if z.going[e.Envelope.Conversation] != 0 {
			z.t.Fatalf("a second publish in %s is under way", e.Envelope.Conversation)
		}
		z.going[e.Envelope.Conversation] = e.Envelope.Last()
	case Send:
		if z.send[e.To] != 0 {
			z.t.Fatalf("a second send to %s is under way", e.To)
		}
		z.send[e.To] = e.Envelope.Last()
	case Sync:
		if z.sync[e.With] {
			z.t.Fatalf("a second sync with %s is under way", e.With)
		}
		z.sync[e.With] = true
	case Answer, AnswerSync:
		*answers++
	case Stop:
		z.stopped = true
	}
}

func (z *fuzzer) checkRoom(r *room) {
	checkBooks(z.t, r)
	if r.earlyBytes > maxEarlyBytes || len(r.list) > maxLogs || r.keptCount > maxKept || len(r.fresh) > MaxDeps {
		z.t.Fatalf("%s: %d bytes wait in %d logs, %d messages are kept, %d heads", r.name, r.earlyBytes, len(r.list), r.keptCount, len(r.fresh))
	}
	for _, l := range r.list {
		if len(l.early) > maxEarly {
			z.t.Fatalf("%d envelopes wait in %v", len(l.early), l.key)
		}
	}
}
