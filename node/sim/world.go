package sim

import (
	"fmt"
	"io"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"tincan/behaviour/chat"
)

// world is everything in a run. Nothing in it is decided by the order of a map.
type world struct {
	o     Options
	now   int64 // nanoseconds since the run began
	queue queue
	rng   *rand.Rand // of the network
	trace io.Writer  // nil, or where the journal goes in words
	hash  uint64     // of the journal so far

	nodes    []*node
	byID     map[chat.PeerID]*node
	links    map[[2]int32]*link
	faultAt  int64 // when the last fault was
	repairAt int64 // when the next repair is, or the last one was

	envelopes  []*chat.Envelope
	envIndex   map[*chat.Envelope]int32
	tickets    map[chat.Ticket]*exchange
	lastTicket chat.Ticket
	lastLine   chat.Line

	check *checker
	quiet int64 // when lines and the repair of faults have ended
	stats Result
}

// epoch is the time at which virtual time begins.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Result is what came out of a run.
type Result struct {
	Options    Options
	Lines      int           // that were accepted
	Deliveries int           // messages shown at others than their author
	Faults     int           // that took place
	Hops       int           // envelopes that arrived over a link
	Duplicates int           // envelopes that a core had had before
	Late       int           // messages shown late
	Gaps       int           // messages declared lost
	Counted    int           // messages that were told of in a digest
	Withheld   int           // messages that a node has, but not what comes before them, and nobody else either
	Answers    int           // to hellos, that were shown to who asked
	Sessions   int           // ends of private sessions that were opened
	Private    int           // messages of private sessions that were shown
	Elsewhere  int           // messages of channels and direct ones that were
	P50, P99   time.Duration // from the line to its being shown
	Settled    time.Duration // last show of a lobby message after lines and repairs had ended
	Hash       uint64        // of the journal
	Broken     *Violation    // nil when every rule held
}

// Violation is a rule that did not hold.
type Violation struct {
	At   time.Duration
	Rule int
	Text string
}

func (v Violation) String() string {
	return fmt.Sprintf("rule %d (%s) at %.3fs: %s", v.Rule, ruleNames[v.Rule], v.At.Seconds(), v.Text)
}

// String is the summary of a run on one line; a broken rule adds a second one
// with the command that repeats it.
func (r Result) String() string {
	s := fmt.Sprintf("seed %d nodes %d lines %d shown %d faults %d p50 %s p99 %s settled %s elsewhere %d sessions %d/%d dups %d late %d counted %d lost %d withheld %d hash %016x",
		r.Options.Seed, r.Options.Nodes, r.Lines, r.Deliveries, r.Faults, r.P50.Round(time.Millisecond), r.P99.Round(time.Millisecond), r.Settled.Round(time.Millisecond), r.Elsewhere, r.Sessions, r.Private, r.Duplicates, r.Late, r.Counted, r.Gaps, r.Withheld, r.Hash)
	if r.Broken == nil {
		return s + " OK"
	}
	return s + " FAIL\n" + r.Broken.String() + " | " + r.Options.Command()
}

// Run runs the schedule that the options draw. It stops at the first rule that
// breaks. The journal goes to trace in words unless it is nil. The options must
// be valid.
func Run(o Options, trace io.Writer) Result {
	return play(o, Draw(o), trace)
}

func newWorld(o Options, sched Schedule, trace io.Writer) *world {
	w := &world{
		o: o, trace: trace, hash: 14695981039346656037,
		rng:      rand.New(rand.NewPCG(o.Seed, 0x6e6574)),
		byID:     map[chat.PeerID]*node{},
		links:    map[[2]int32]*link{},
		envIndex: map[*chat.Envelope]int32{},
		tickets:  map[chat.Ticket]*exchange{},
	}
	w.check = newChecker(w)
	w.stats.Options, w.stats.Faults = o, sched.faults()
	w.populate(sched)
	return w
}

func play(o Options, sched Schedule, trace io.Writer) Result {
	w := newWorld(o, sched, trace)
	var outage, cutAt time.Duration
	for _, op := range sched {
		w.at(op.At, func() { w.perform(op) })
		w.quiet = max(w.quiet, int64(op.At+settles(op.Do)))
		if op.Do == Partition {
			cutAt = op.At
		}
		if op.Do == Heal {
			outage = max(outage, op.At-cutAt)
		}
	}
	w.at(time.Duration(w.quiet)+o.Bound, func() { w.check.agreement(false) })
	// A direct message to somebody who was away is tried again after a pause that
	// grows with the time away.
	end := time.Duration(w.quiet) + o.Bound + 3*max(outage, answerMax)
	if o.Mix == "all" {
		end = max(end, time.Duration(w.quiet)+lingers(len(w.nodes)))
	}
	if w.o.Disk != "none" {
		w.at(end-5*time.Second, w.readAll)
	}
	w.at(end, w.check.end)
	w.run(int64(end))
	return w.result()
}

// run lets things happen until the end or a broken rule. A core that panics has
// broken one.
func (w *world) run(end int64) {
	defer func() {
		if why := recover(); why != nil {
			if w.trace != nil {
				w.tracef("%s", debug.Stack())
			}
			w.check.fail(0, "panic: %v", why)
		}
	}()
	for w.now <= end && len(w.queue.items) > 0 && w.check.broken == nil {
		it := w.queue.pop()
		w.now = it.at
		w.happen(&it)
	}
}

// settles is how long after an op the network is whole again.
func settles(v Verb) time.Duration {
	switch v {
	case Partition, Crash, Leave, Snap:
		return noticeMax + repairMax
	case Heal, Start:
		return repairMax + formMax
	case Fill, Lock, Free, Drag:
		return retryMax + 5*time.Second
	}
	return 0
}

func (w *world) result() Result {
	r := w.stats
	r.Hash, r.Broken = w.hash, w.check.broken
	r.P50, r.P99 = w.check.latency.quantile(0.50), w.check.latency.quantile(0.99)
	r.Lines, r.Settled = w.check.accepted, max(0, w.check.lastShow-time.Duration(w.quiet))
	return r
}

// populate makes all nodes that the schedule ever starts, with the neighbours
// that they dial at every start.
func (w *world) populate(sched Schedule) {
	count := w.o.Nodes
	for _, op := range sched {
		if op.Do == Start {
			count = max(count, op.Node+1)
		}
	}
	for i := range count {
		n := &node{
			keeps: w.o.keeping(i), i: int32(i), id: chat.PeerID(fmt.Sprintf("12D3KooWSim%05d", i)), nick: "n" + strconv.Itoa(i),
			clock: ticking{skew: time.Duration(w.rng.Int64N(int64(2*maxSkew))) - maxSkew},
		}
		w.nodes = append(w.nodes, n)
		w.byID[n.id] = n
		switch {
		case i == 0:
		case i >= w.o.Nodes || w.o.Topology == "random":
			n.home = append(n.home, int32(w.rng.IntN(i))) // one keeps it in one piece
			for range w.o.Degree - 1 {
				if other := int32(w.rng.IntN(i)); !slices.Contains(n.home, other) {
					n.home = append(n.home, other)
				}
			}
		case w.o.Topology == "chain":
			n.home = append(n.home, int32(i-1))
		case w.o.Topology == "star":
			n.home = append(n.home, 0)
		}
	}
	w.wrongClocks()
	for i, n := range w.nodes { // whoever is dialled first will dial later
		for _, h := range n.home {
			if int(h) < i {
				w.nodes[h].dialled = append(w.nodes[h].dialled, n.i)
			}
		}
	}
}

// at runs do at a virtual time.
func (w *world) at(t time.Duration, do func()) {
	w.queue.push(item{at: int64(t), what: itemDo, do: do})
}

// after runs do some time from now.
func (w *world) after(d time.Duration, do func()) {
	w.queue.push(item{at: w.now + int64(d), what: itemDo, do: do})
}

func (w *world) happen(it *item) {
	if it.what == itemDo {
		it.do()
		return
	}
	n := w.nodes[it.node]
	if !n.alive || n.life != it.life {
		return
	}
	switch it.what {
	case itemHop:
		w.arrive(n, it)
	case itemEvent:
		w.feed(n, it.ev)
	case itemHandle:
		w.handle(n, it.ev)
	case itemWake:
		w.ring(n, it.at)
	}
}

// perform makes an op of the schedule happen.
func (w *world) perform(op Op) {
	switch op.Do {
	case Partition, Heal, Crash, Leave, Start, Slow, Fast, Snap, Fill, Lock, Free, Drag, Jump:
		w.faultAt = w.now
	}
	if w.trace != nil && !op.Do.line() && op.Do != Ask {
		w.tracef("---- %s", strings.TrimSpace(Schedule{op}.String()))
	}
	n := w.nodes[op.Node]
	switch op.Do {
	case Say, Direct, Whisper, Talk:
		for range op.Count {
			w.line(op)
		}
	case Hello:
		if n.alive {
			w.instruct(n.users[0], "hello", chat.SayHello{})
		}
	case Ask:
		if n.alive {
			w.ask(n.users[0], chat.ListPeers{})
			w.ask(n.users[0], chat.GetStatus{})
		}
	case Enter, Exit, Join, Part, Switch, Fork, Close, Nick, Away:
		w.act(op)
	case Partition:
		w.partition(op.Set, op.AtOnce)
	case Heal:
		w.heal()
	case Crash:
		w.vanish(n, op)
	case Leave:
		if n.alive {
			n.leaving, n.quits = true, op.Count == 0
			w.instruct(n.users[0], "quit", chat.Quit{Returning: op.Count > 0})
		}
	case Start:
		w.start(n, op.Wipe)
	case Slow:
		n.cost = op.For
	case Fast:
		n.cost = 0
	case Snap:
		w.snap(n, op.AtOnce)
	case Fill:
		w.fillDisk(n, "the disk is full")
	case Lock:
		w.fillDisk(n, "the file is read-only")
	case Free:
		w.freeDisk(n)
	case Drag:
		if n.disk != nil {
			n.disk.drag = op.For
		}
	case Jump:
		w.jumped(n, op.For)
	case Recollect:
		w.recollect(n, op)
	}
}

// upTo draws a duration.
func (w *world) upTo(d time.Duration) time.Duration {
	return time.Duration(w.rng.Int64N(int64(d) + 1))
}

// troubled says whether there was a fault in the last minute.
func (w *world) troubled() bool { return w.now-w.faultAt <= int64(time.Minute) }

// chance is true with probability p.
func (w *world) chance(p float64) bool { return p > 0 && w.rng.Float64() < p }

// delay draws the delay of one hop: half of it is the road, the other half
// waiting, which is exponential, so that what was sent later may arrive first.
func (w *world) delay() time.Duration {
	d := float64(w.o.Delay) / 2
	return time.Duration(d + d*min(w.rng.ExpFloat64(), 20))
}

// mix adds words to the hash of the journal.
func (w *world) mix(words ...uint64) {
	for _, x := range words {
		w.hash = (w.hash ^ x) * 1099511628211
		w.hash ^= w.hash >> 29
	}
}

func (w *world) tracef(format string, args ...any) {
	fmt.Fprintf(w.trace, "%9.4f "+format+"\n", append([]any{float64(w.now) / 1e9}, args...)...)
}
