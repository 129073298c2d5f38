package chat

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// A script is a conversation between cores, in virtual time. Two styles:
//
//   - step gives one core one input and states every effect that must follow.
//     Nothing moves by itself: the test hands sealed envelopes on.
//   - play gives one core one input and lets a perfect instant network carry out
//     every effect until all are quiet; saw then states what the users of a core
//     were told meanwhile, and pass lets time go by.
//
// Cores are called by one-letter peer ids. A message is written as its author
// and number, "a1"; a second life of the author is "a'1"; in the direct
// conversation with b it is "a>b1". An envelope goes by its first message.
type script struct {
	t      *testing.T
	now    time.Time
	wrong  map[string]time.Duration // how far the clocks of cores are ahead
	cores  map[string]*Core
	names  []string // of the cores, in the order in which they came
	sealed map[string]*Envelope
	links  map[string][]string
	told   map[string][]string
	work   []job
	ticket Ticket
	syncs  int // turns that the network has carried
	lines  map[string]map[Line]lineEnd
	named  Line // names given to ends of lines
	disks  map[string]*disk
	torn   map[string][]string // the links of those that crashed
	asks   map[Ticket]*request // requests under way

	heard   func(who string, n Notify) // if not nil, is shown what users are told
	carried func([]Delta)              // if not nil, is shown what every turn of a sync carries; what goes by gossip and straight, too
}

// request is a request that a core has to answer, when it pleases.
type request struct {
	of     string
	answer func(Effect) // nil: it crashed
}

// job is an effect that the network has yet to carry out.
type job struct {
	by     string
	effect Effect
}

// noon is when every script begins.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newScript(t *testing.T, names ...string) *script {
	s := &script{
		t:      t,
		now:    noon,
		wrong:  make(map[string]time.Duration),
		cores:  make(map[string]*Core),
		sealed: make(map[string]*Envelope),
		links:  make(map[string][]string),
		told:   make(map[string][]string),
		lines:  make(map[string]map[Line]lineEnd),
		disks:  make(map[string]*disk),
		torn:   make(map[string][]string),
		asks:   make(map[Ticket]*request),
	}
	for _, n := range names {
		s.join(n, nil)
	}
	return s
}

// join adds a core of the first life; change, if any, edits its config.
func (s *script) join(name string, change func(*Config)) *Core {
	cfg := Config{
		Me:      PeerID(name),
		Log:     LogID{1},
		Network: "demo",
		Seal:    func(e *Envelope) { seal(e); s.sealed[envelopeName(e)] = e },
		Rand:    rand.New(rand.NewPCG(1, uint64(len(s.names)))),
	}
	if change != nil {
		change(&cfg)
	}
	c := New(cfg)
	s.cores[name] = c
	s.lines[name] = make(map[Line]lineEnd)
	if !slices.Contains(s.names, name) {
		s.names = append(s.names, name)
	}
	return c
}

// seal does what package wire does, as far as the core can tell.
func seal(e *Envelope) {
	n := 100
	for i := range e.Messages {
		m := &e.Messages[i]
		n += 20 + len(m.Body)
		m.Hash = sha256.Sum256(fmt.Append(nil, e.ID(i), m.Stamp, m.Kind, m.Deps, m.Name, m.Guest, m.Body))
	}
	e.Raw = make([]byte, n)
}

// forge makes an envelope of texts that no core of the script has written.
func (s *script) forge(author string, life byte, first uint64, texts ...string) *Envelope {
	e := &Envelope{Conversation: Lobby, Author: PeerID(author), Log: LogID{life}, First: first}
	for _, x := range texts {
		e.Messages = append(e.Messages, Message{Stamp: StampAt(s.now), Kind: Text, Body: x})
	}
	seal(e)
	return e
}

// edit changes a forged envelope and seals it anew.
func edit(e *Envelope, change func(*Envelope)) *Envelope {
	change(e)
	seal(e)
	return e
}

// to makes a forged envelope a direct one.
func to(peer string, e *Envelope) *Envelope {
	return edit(e, func(e *Envelope) { e.Conversation = DirectWith(e.Author, PeerID(peer)) })
}

// clock is what the clock of a core says.
func (s *script) clock(who string) time.Time { return s.now.Add(s.wrong[who]) }

// woken is when a core wants its tick; zero: never.
func (s *script) woken(who string) time.Time {
	if w := s.cores[who].Wake(); !w.IsZero() {
		return w.Add(-s.wrong[who])
	}
	return time.Time{}
}

// at sets the time since noon.
func (s *script) at(d time.Duration) { s.now = noon.Add(d) }

// step gives an Instruction of the owner, or an Event, to a core and compares
// all effects. A wanted effect that ends in … is compared up to there.
func (s *script) step(who string, in any, want ...string) {
	s.t.Helper()
	s.compare(who, in, texts(s.give(who, in)), want)
}

func (s *script) give(who string, in any) []Effect {
	s.t.Helper()
	if s.cores[who] == nil && slices.Contains(s.names, who) {
		return nil // it has crashed
	}
	switch in := in.(type) {
	case sits:
		return s.cores[who].HandleInstruction(s.clock(who), in.Asker, in.Instruction)
	case asks:
		return s.cores[who].HandleInstruction(s.clock(who), Asker{User: in.user, Ref: in.ref}, in.Instruction)
	case Instruction:
		return s.cores[who].HandleInstruction(s.clock(who), Asker{}, in)
	case Event:
		return s.cores[who].HandleEvent(s.clock(who), in)
	}
	s.t.Fatalf("%T is neither instruction nor event", in)
	return nil
}

// sits is an instruction of some user, at one of his seats.
type sits struct {
	Asker
	Instruction
}

// asks is an instruction of some user, with a ref.
type asks struct {
	user User
	ref  string
	Instruction
}

func (s *script) compare(who string, in any, got, want []string) {
	s.t.Helper()
	same := slices.EqualFunc(got, want, func(g, w string) bool {
		head, open := strings.CutSuffix(w, "…")
		return g == w || (open && strings.HasPrefix(g, head))
	})
	if !same {
		s.t.Fatalf("%s at %v, after %T:\n got %s\nwant %s", who, s.now.Sub(noon), in, list(got), list(want))
	}
}

// wake lets the time come for which a core waits and gives it its tick.
func (s *script) wake(who string, want ...string) {
	s.t.Helper()
	at := s.woken(who)
	if at.IsZero() {
		s.t.Fatalf("%s waits for nothing", who)
	}
	if at.After(s.now) {
		s.now = at
	}
	s.step(who, Tick{}, want...)
}

// gossip is the arrival of a sealed envelope by gossip.
func (s *script) gossip(hop, name string) Event {
	return EnvelopeReceived{From: PeerID(hop), Envelope: s.get(name)}
}

// direct is the arrival of a sealed envelope straight from its author.
func (s *script) direct(name string, floor uint64) Event {
	e := s.get(name)
	s.ticket++
	return DirectReceived{Ticket: s.ticket, From: e.Author, Envelope: e, Floor: floor}
}

// delta is what a peer of the script says in a turn of a sync.
func (s *script) delta(vector []LogState, names ...string) []Delta {
	d := Delta{Conversation: Lobby, Vector: vector}
	for _, n := range names {
		d.Envelopes = append(d.Envelopes, s.get(n))
	}
	return []Delta{d}
}

func (s *script) get(name string) *Envelope {
	s.t.Helper()
	e := s.sealed[name]
	if e == nil {
		s.t.Fatalf("no envelope %s was sealed; there are %v", name, slices.Sorted(maps.Keys(s.sealed)))
	}
	return e
}

// holds is an entry of a state vector for the first life of an author.
func holds(author string, from, head uint64) LogState {
	return LogState{LogKey: key(author, 1), From: from, Head: head}
}

func key(author string, life byte) LogKey { return LogKey{PeerID(author), LogID{life}} }

// enter brings guests in, who get the numbers 1, 2, 3 … and are nowhere yet.
func (s *script) enter(who string, names ...string) {
	s.t.Helper()
	for i, n := range names {
		s.give(who, asks{User(i + 1), "", Enter{n}})
	}
}

// up connects a core to peers that are not cores: their syncs end at once with nothing.
func (s *script) up(who string, peers ...string) {
	s.t.Helper()
	for _, p := range peers {
		s.give(who, PeerUp{PeerID(p)})
		s.give(who, SyncDone{With: PeerID(p)})
	}
}

// play gives an input to a core and lets the network carry out everything.
func (s *script) play(who string, in any) {
	s.t.Helper()
	s.collect(who, s.give(who, in))
	s.settle()
}

// link connects two cores.
func (s *script) link(a, b string) {
	s.t.Helper()
	s.links[a] = append(s.links[a], b)
	s.links[b] = append(s.links[b], a)
	s.play(a, PeerUp{PeerID(b)})
	s.play(b, PeerUp{PeerID(a)})
}

// unlink cuts two cores off each other.
func (s *script) unlink(a, b string) {
	s.t.Helper()
	s.links[a] = slices.DeleteFunc(s.links[a], func(x string) bool { return x == b })
	s.links[b] = slices.DeleteFunc(s.links[b], func(x string) bool { return x == a })
	s.cutLines(a, b)
	s.play(a, PeerDown{PeerID(b)})
	s.play(b, PeerDown{PeerID(a)})
}

// pass lets time go by; every core gets its ticks when it wants them.
func (s *script) pass(d time.Duration) {
	s.t.Helper()
	end := s.now.Add(d)
	for {
		next, first := "", end
		for _, n := range s.names {
			if s.cores[n] == nil {
				continue
			}
			if w := s.woken(n); !w.IsZero() && !w.After(first) {
				if next == "" || w.Before(first) {
					next, first = n, w
				}
			}
		}
		if next == "" {
			s.now = end
			return
		}
		if first.After(s.now) {
			s.now = first
		}
		s.play(next, Tick{})
	}
}

// saw compares what the users of a core were told since the last saw.
func (s *script) saw(who string, want ...string) {
	s.t.Helper()
	got := s.told[who]
	s.told[who] = nil
	s.compare(who, s, got, want)
}

// read is saw without the comings of those who are heard for the first time.
func (s *script) read(who string, want ...string) {
	s.t.Helper()
	s.told[who] = slices.DeleteFunc(s.told[who], func(line string) bool { return strings.Contains(line, "came to ") })
	s.saw(who, want...)
}

// news is saw without who comes and goes, and without the node's own beginning.
func (s *script) news(who string, want ...string) {
	s.t.Helper()
	s.told[who] = slices.DeleteFunc(s.told[who], func(line string) bool {
		return strings.Contains(line, "came to ") || strings.HasPrefix(line, "came ") || strings.HasPrefix(line, "left ") || strings.HasPrefix(line, "ready ")
	})
	s.saw(who, want...)
}

// forget drops what the users were told so far.
func (s *script) forget() { clear(s.told) }

// collect takes over the effects of a core: what users are told, answers, which
// arrive at once, and work for the network.
func (s *script) collect(by string, effects []Effect) {
	var answers []func()
	answer := func(t Ticket, e Effect) {
		if q := s.asks[t]; q != nil {
			delete(s.asks, t)
			answers = append(answers, func() { q.answer(e) })
		}
	}
	for _, e := range effects {
		switch e := e.(type) {
		case Notify:
			s.told[by] = append(s.told[by], text(e))
			if s.heard != nil {
				s.heard(by, e)
			}
		case Answer:
			answer(e.Ticket, e)
		case AnswerLinks:
			answer(e.Ticket, e)
		case AnswerSync:
			if d := s.disks[by]; d != nil {
				e.Deltas = d.fill(e.Deltas)
			}
			if s.carried != nil {
				s.carried(e.Deltas)
			}
			answer(e.Ticket, e)
		default:
			s.work = append(s.work, job{by, e})
		}
	}
	for _, f := range answers {
		f()
	}
}

// happen gives an event to a core, if it is there, and takes over the effects.
func (s *script) happen(who string, ev Event) {
	s.t.Helper()
	if s.cores[who] != nil {
		s.collect(who, s.give(who, ev))
	}
}

// ask gives a request with a new ticket to a core. What comes of it is for the
// asker's present life only.
func (s *script) ask(by, of string, ev func(Ticket) Event, done func(Effect) Event) {
	s.t.Helper()
	s.ticket++
	asker := s.cores[by]
	s.asks[s.ticket] = &request{of, func(e Effect) {
		if s.cores[by] == asker {
			s.happen(by, done(e))
		}
	}}
	s.happen(of, ev(s.ticket))
}

// settle carries out effects until there are none.
func (s *script) settle() {
	s.t.Helper()
	for n := 0; len(s.work) > 0; n++ {
		if n > 100_000 {
			s.t.Fatal("the cores never come to rest")
		}
		j := s.work[0]
		s.work = s.work[1:]
		s.carry(j)
	}
}

func (s *script) carry(j job) {
	s.t.Helper()
	if s.cores[j.by] == nil {
		return
	}
	event := s.happen
	linked := func(p PeerID) bool { return slices.Contains(s.links[j.by], string(p)) }
	switch e := j.effect.(type) {
	case Publish:
		if s.carried != nil {
			s.carried([]Delta{{Envelopes: []*Envelope{e.Envelope}}})
		}
		for _, p := range s.links[j.by] {
			event(p, EnvelopeReceived{From: PeerID(j.by), Envelope: e.Envelope})
		}
		event(j.by, Published{Conversation: e.Envelope.Conversation, Last: e.Envelope.Last(), Peers: len(s.links[j.by])})
	case Send:
		if s.carried != nil {
			s.carried([]Delta{{Envelopes: []*Envelope{e.Envelope}}})
		}
		done := func(x Effect) Event {
			if a, ok := x.(Answer); ok {
				return SendDone{To: e.To, Last: e.Envelope.Last(), Held: a.Last, Verdict: a.Verdict}
			}
			return SendDone{To: e.To, Last: e.Envelope.Last(), Err: "cannot be reached"}
		}
		if !linked(e.To) {
			event(j.by, done(nil))
			return
		}
		s.ask(j.by, string(e.To), func(t Ticket) Event { return DirectReceived{t, PeerID(j.by), e.Envelope, e.Floor} }, done)
	case Sync:
		s.syncs++
		done := func(x Effect) Event {
			if a, ok := x.(AnswerSync); ok {
				return SyncDone{With: e.With, Deltas: a.Deltas}
			}
			return SyncDone{With: e.With, Err: "cannot be reached"}
		}
		if !linked(e.With) {
			event(j.by, done(nil))
			return
		}
		deltas := e.Deltas
		if d := s.disks[j.by]; d != nil {
			deltas = d.fill(deltas)
		}
		if s.carried != nil {
			s.carried(deltas)
		}
		s.ask(j.by, string(e.With), func(t Ticket) Event { return SyncRequested{t, PeerID(j.by), deltas} }, done)
	case Save:
		s.disks[j.by].save(j.by, e)
	case Recall:
		event(j.by, s.disks[j.by].recall(e))
	case Find:
		event(j.by, FindDone{e.Peer, s.cores[string(e.Peer)] != nil})
	case Dial:
		event(j.by, DialDone{Addr: e.Addr, Err: "nobody answers there"})
	case Inspect:
		var links []Link
		for _, p := range s.links[j.by] {
			links = append(links, Link{Peer: PeerID(p), Path: "direct", RTTms: 2, Mesh: []Conversation{Lobby}})
		}
		event(j.by, Inspected{Links: links})
	case AskLinks:
		done := func(x Effect) Event {
			if a, ok := x.(AnswerLinks); ok {
				return LinksDone{With: e.With, Links: a.Links}
			}
			return LinksDone{With: e.With, Err: "cannot be reached"}
		}
		if !linked(e.With) {
			event(j.by, done(nil))
			return
		}
		s.ask(j.by, string(e.With), func(t Ticket) Event { return LinksAsked{t, PeerID(j.by)} }, done)
	case Subscribe, Unsubscribe, Hangup:
	case Stop:
	case OpenLine:
		s.openLine(j.by, e)
	case SendFrame:
		if far, ok := s.lines[j.by][e.Line]; ok {
			event(far.who, FrameReceived{far.line, PeerID(j.by), e.Frame})
		}
	case CloseLine:
		s.cutLine(j.by, e.Line, "")
	default:
		s.t.Fatalf("the network cannot carry out %T", e)
	}
}

// lineEnd is the other end of a line, as the core there calls it.
type lineEnd struct {
	who  string
	line Line
}

// openLine makes a line between linked cores; both ends give it a new name.
func (s *script) openLine(by string, e OpenLine) {
	to := string(e.To)
	if !slices.Contains(s.links[by], to) {
		s.collect(by, s.give(by, LineDone{Attempt: e.Attempt, Err: "no route"}))
		return
	}
	s.named += 2
	near, far := s.named-1, s.named
	s.lines[by][near] = lineEnd{to, far}
	s.lines[to][far] = lineEnd{by, near}
	s.collect(by, s.give(by, LineDone{Attempt: e.Attempt, Line: near}))
	s.collect(to, s.give(to, FrameReceived{far, PeerID(by), e.Hello}))
}

// cutLine is the end of a line, if it is there, for both ends.
func (s *script) cutLine(by string, near Line, why string) {
	far, ok := s.lines[by][near]
	if !ok {
		return
	}
	delete(s.lines[by], near)
	delete(s.lines[far.who], far.line)
	s.collect(by, s.give(by, LineClosed{near, why}))
	s.collect(far.who, s.give(far.who, LineClosed{far.line, why}))
}

// cutLines cuts all lines between two cores.
func (s *script) cutLines(a, b string) {
	for _, near := range slices.Sorted(maps.Keys(s.lines[a])) {
		if s.lines[a][near].who == b {
			s.cutLine(a, near, "reset")
		}
	}
	s.settle()
}
