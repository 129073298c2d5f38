package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"tincan/behaviour/chat"
)

// Verb is what an [Op] does.
type Verb string

// The verbs. Lines first, then what users do besides, then faults. A user is a
// Seat of Node: 0 is the owner, others are guests.
const (
	Say       Verb = "say"       // Count lines to Channel, "" being the lobby
	Direct    Verb = "dm"        // Count lines to PeerSeat of Peer
	Whisper   Verb = "whisper"   // Count lines in one of the private sessions, if there is any
	Talk      Verb = "talk"      // Count lines to wherever the user is
	Hello     Verb = "hello"     // a hello from Node
	Ask       Verb = "ask"       // the owner of Node asks who is here and how the node does
	Enter     Verb = "enter"     // the guest of Seat comes
	Exit      Verb = "exit"      // and goes
	Join      Verb = "join"      // the user goes to Channel
	Part      Verb = "part"      // and leaves it
	Switch    Verb = "switch"    // the user goes to one of his shared conversations
	Fork      Verb = "fork"      // the user wants a private session with PeerSeat of Peer
	Close     Verb = "close"     // the user leaves one of his private sessions
	Nick      Verb = "nick"      // the owner changes his name
	Away      Verb = "away"      // the user is away, or with Count 0 back
	Partition Verb = "partition" // the nodes of Set can reach only each other
	Heal      Verb = "heal"      // everybody can reach everybody
	Crash     Verb = "crash"     // Node vanishes without a word
	Start     Verb = "start"     // Node starts with its identity, and its disk unless Wipe
	Leave     Verb = "leave"     // the owner of Node quits, to come back if Count > 0
	Slow      Verb = "slow"      // Node takes For to handle an event
	Fast      Verb = "fast"      // Node is itself again
	Snap      Verb = "snap"      // the connections of Node break that have lines of private sessions
	Fill      Verb = "fill"      // the disk of Node is full
	Lock      Verb = "lock"      // the disk of Node is read-only
	Free      Verb = "free"      // the disk of Node takes what it is given again
	Drag      Verb = "drag"      // a commit on the disk of Node takes up to For
	Jump      Verb = "jump"      // the clock of Node is set ahead by For
	Recollect Verb = "recollect" // the owner of Node reads history
)

// Op is something that the schedule makes happen.
type Op struct {
	At     time.Duration
	Do     Verb
	Node   int
	Seat   int
	Peer   int // or which of several things
	Count  int
	Size   int // least length of a line in bytes
	Set    []int
	For    time.Duration
	AtOnce bool // connections notice at once

	PeerSeat int
	Channel  chat.Conversation

	Wipe bool // of Start: the disk is a new one
	Torn bool // of Crash: of a commit under way some saves are durable
	Lose int  // of Crash: how many durable saves vanish
}

// line says whether a verb has users type lines.
func (v Verb) line() bool { return v == Say || v == Direct || v == Whisper || v == Talk }

// Schedule is what happens to the nodes in a run, by time. Nodes that start
// at 0 or later are started by it too.
type Schedule []Op

// String lists the schedule, one op a line.
func (s Schedule) String() string {
	var b strings.Builder
	for _, op := range s {
		fmt.Fprintf(&b, "%8.3fs %s", op.At.Seconds(), op.Do)
		switch op.Do {
		case Partition:
			fmt.Fprintf(&b, " %v", op.Set)
		case Heal:
		case Direct, Fork:
			fmt.Fprintf(&b, " %d.%d to %d.%d ×%d", op.Node, op.Seat, op.Peer, op.PeerSeat, op.Count)
		case Say, Talk, Whisper, Join, Part:
			fmt.Fprintf(&b, " %d.%d %s ×%d of %d", op.Node, op.Seat, op.Channel, op.Count, op.Size)
		case Slow:
			fmt.Fprintf(&b, " %d by %s", op.Node, op.For)
		default:
			fmt.Fprintf(&b, " %d.%d", op.Node, op.Seat)
		}
		if op.AtOnce {
			b.WriteString(" noticed at once")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// faults counts the ops that are faults.
func (s Schedule) faults() (n int) {
	for _, op := range s {
		switch op.Do {
		case Partition, Crash, Leave, Slow, Snap, Fill, Lock, Drag, Jump:
			n++
		case Start:
			if op.At > startSpread {
				n++
			}
		}
	}
	return n
}

const year = 365 * 24 * time.Hour

// startSpread is the time in which the first nodes start.
const startSpread = time.Second

// plan is a schedule in the making.
type plan struct {
	o         Options
	r         *rand.Rand
	ops       Schedule
	nodes     int           // so far, joiners among them
	touched   map[int]bool  // nodes that have had their fault
	cutFree   time.Duration // when the last partition has healed
	disturbed int
	guests    [][2]int // node and seat of those who come
}

// Draw makes the schedule of a run from its seed.
func Draw(o Options) Schedule {
	p := &plan{o: o, r: rand.New(rand.NewPCG(o.Seed, 0x7363686564)), nodes: o.Nodes, touched: map[int]bool{}}
	for i := range o.Nodes {
		p.add(Op{At: p.upTo(startSpread), Do: Start, Node: i})
	}
	var at []time.Duration
	for range o.Faults {
		at = append(at, 2*time.Second+p.upTo(o.Duration))
	}
	slices.Sort(at)
	kinds := strings.Split(o.Kinds, ",")
	for _, t := range at {
		p.fault(t, kinds[p.r.IntN(len(kinds))])
	}
	if o.Mix == "all" {
		p.people()
	}
	p.lines()
	slices.SortStableFunc(p.ops, func(a, b Op) int { return int(a.At - b.At) })
	return p.ops
}

func (p *plan) add(op Op)                          { p.ops = append(p.ops, op) }
func (p *plan) upTo(d time.Duration) time.Duration { return time.Duration(p.r.Int64N(int64(d) + 1)) }

// victim is a node of the first hour that has had no fault yet, or -1: at least
// two thirds of the nodes stay without one.
func (p *plan) victim() int {
	if p.disturbed >= p.o.Nodes/3 {
		return -1
	}
	i := p.r.IntN(p.o.Nodes)
	for p.touched[i] {
		i = (i + 1) % p.o.Nodes
	}
	p.touched[i] = true
	p.disturbed++
	return i
}

func (p *plan) fault(at time.Duration, kind string) {
	atOnce := p.r.IntN(2) == 0
	switch kind {
	case "partition":
		if at < p.cutFree {
			at = p.cutFree + p.upTo(5*time.Second)
		}
		perm := p.r.Perm(p.nodes)
		set := perm[:1+p.r.IntN(p.nodes-1)]
		slices.Sort(set)
		p.add(Op{At: at, Do: Partition, Set: set, AtOnce: atOnce})
		p.cutFree = at + 2*time.Second + p.upTo(max(45*time.Second, p.o.Duration/2))
		p.add(Op{At: p.cutFree, Do: Heal})
	case "crash":
		v := p.victim()
		if v < 0 {
			return
		}
		p.add(Op{At: at, Do: Crash, Node: v, AtOnce: atOnce})
		if p.r.IntN(4) > 0 {
			p.add(Op{At: at + p.upTo(40*time.Second), Do: Start, Node: v})
		}
	case "restart", "torn", "wipe", "lost":
		p.restart(at, kind, atOnce)
	case "full", "locked", "drag":
		p.spoilDisk(at, kind)
	case "jump":
		if v := p.victim(); v >= 0 {
			by := []time.Duration{time.Hour, -time.Hour, year, -year}[p.r.IntN(4)]
			p.add(Op{At: at, Do: Jump, Node: v, For: by})
			if p.r.IntN(2) == 0 {
				p.add(Op{At: at + p.upTo(30*time.Second), Do: Jump, Node: v, For: -by})
			}
		}
	case "join":
		p.add(Op{At: at, Do: Start, Node: p.nodes})
		p.nodes++
	case "leave":
		if v := p.victim(); v >= 0 {
			p.add(Op{At: at, Do: Leave, Node: v})
		}
	case "snap":
		for range 4 { // while something is on the way
			v := p.r.IntN(p.nodes)
			p.add(Op{At: at, Do: Whisper, Node: v, Peer: p.r.IntN(8), Count: 3})
			p.add(Op{At: at + p.upTo(3*p.o.Delay), Do: Snap, Node: v, AtOnce: atOnce})
		}
	case "slow":
		if v := p.victim(); v >= 0 {
			p.add(Op{At: at, Do: Slow, Node: v, For: time.Millisecond + p.upTo(20*time.Millisecond)})
			p.add(Op{At: at + p.upTo(20*time.Second), Do: Fast, Node: v})
		}
	}
}

// restart ends a node and starts it again, from at once to a minute later, once or
// several times in a row.
func (p *plan) restart(at time.Duration, kind string, atOnce bool) {
	v := p.victim()
	if v < 0 {
		return
	}
	for range 1 + p.r.IntN(3) {
		switch {
		case kind == "restart" && p.r.IntN(2) == 0:
			p.add(Op{At: at, Do: Leave, Node: v, Count: 1})
			at += 6 * time.Second
		default:
			op := Op{At: at, Do: Crash, Node: v, AtOnce: atOnce, Torn: kind == "torn"}
			if kind == "lost" {
				op.Lose = 1 + p.r.IntN(20)
			}
			p.add(op)
		}
		at += p.upTo([]time.Duration{0, 2 * time.Second, time.Minute}[p.r.IntN(3)])
		p.add(Op{At: at, Do: Start, Node: v, Wipe: kind == "wipe"})
		at += p.upTo(20 * time.Second)
	}
}

// spoilDisk makes the disk of a node fail or slow for a while; some nodes crash meanwhile.
func (p *plan) spoilDisk(at time.Duration, kind string) {
	v := p.victim()
	if v < 0 {
		return
	}
	op := Op{At: at, Do: Fill, Node: v}
	switch kind {
	case "locked":
		op.Do = Lock
	case "drag":
		op.Do, op.For = Drag, 10*time.Millisecond+p.upTo(3*time.Second)
	}
	p.add(op)
	over := at + p.upTo(40*time.Second)
	if p.r.IntN(4) == 0 {
		crash := at + p.upTo(over-at)
		p.add(Op{At: crash, Do: Crash, Node: v, AtOnce: true})
		p.add(Op{At: crash + p.upTo(10*time.Second), Do: Start, Node: v})
	}
	op.At, op.Do, op.For = over, Free, 0
	if kind == "drag" {
		op.Do = Drag
	}
	p.add(op)
}

func (p *plan) lines() {
	want := int(p.o.Rate * p.o.Duration.Seconds())
	where := 0
	if p.o.Mix == "all" {
		where = 60 // of a hundred lines are not to the lobby
	}
	for n := 0; n < want; {
		op := Op{At: p.upTo(p.o.Duration), Do: Say, Node: p.r.IntN(p.nodes), Count: 1}
		switch k := p.r.IntN(100); {
		case k < 70:
		case k < 73:
			op.Count = 10 + p.r.IntN(40) // a pasted text
		case k < 75:
			op.Size = p.r.IntN(8 << 10)
		case k < 78:
			op.Do = Hello
		case k < 80:
			op.Do = Ask
		default:
			op.Do, op.Peer = Direct, p.r.IntN(p.nodes)
			if op.Peer == op.Node {
				op.Peer = (op.Node + 1) % p.nodes
			}
		}
		if where > 0 && op.Do != Hello && op.Do != Ask && p.r.IntN(100) < where {
			p.elsewhere(&op)
		}
		op.Count = min(op.Count, want-n)
		n += op.Count
		p.add(op)
	}
}
