package chat

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// explorer is two cores, a and b, and a network that does what it can do in any
// order: what comes next is a choice. Frames of one line arrive in order. That a
// line is open or gone, each end learns when it pleases, but in its place among
// the frames.
type explorer struct {
	*script
	choose func(n int) int
	deeds  map[string][]Instruction // what the users are still going to do
	opens  []opening                // lines asked for
	ends   []*end                   // of lines, that may still have something to tell
	cuts   int                      // lines that may still break
	waits  int                      // timers that may still run although something is under way
	trace  []string

	disks map[string]*platter // of those cores that have one
	down  map[string]bool     // cores that have crashed
	more  func() []func()     // what else can happen, if anything
	watch func()              // looks on after every step, if set
}

type opening struct {
	by string
	OpenLine
}

// end is one end of a line, with what is on its way to it.
type end struct {
	who    string
	name   Line
	far    *end
	coming []Event
	shut   bool // nothing more goes into coming
}

func explore(t *testing.T, choose func(int) int) *explorer {
	x := &explorer{script: newScript(t, "a", "b"), choose: choose, deeds: make(map[string][]Instruction)}
	for _, who := range x.names {
		other := PeerID(map[string]string{"a": "b", "b": "a"}[who])
		x.give(who, PeerUp{other})
		x.give(who, SyncDone{With: other})
	}
	return x
}

// do gives a core something and lets the network take over the effects.
func (x *explorer) do(who string, in any) {
	x.trace = append(x.trace, fmt.Sprintf("%v %s: %T%+v", x.now.Sub(noon), who, in, in))
	for _, e := range x.give(who, in) {
		switch e := e.(type) {
		case Notify:
			x.told[who] = append(x.told[who], text(e))
			x.trace = append(x.trace, "        "+text(e))
			if d, ok := e.Notification.(Delivery); ok && d.State == Delivered && x.disks != nil && d.To.Guest == "" && !x.disks[string(d.To.ID)].has(d.Text) {
				x.fail("%s is told that %q is delivered, and it could be lost", who, d.Text)
			}
		case Save:
			x.disks[who].coming = append(x.disks[who].coming, e)
			x.trace = append(x.trace, fmt.Sprintf("        save %d: %v", e.N, changes([]Save{e})))
			continue
		case OpenLine:
			x.opens = append(x.opens, opening{who, e})
		case SendFrame:
			if n := x.end(who, e.Line); n != nil && !n.far.shut {
				n.far.coming = append(n.far.coming, FrameReceived{n.far.name, PeerID(who), e.Frame})
			}
		case CloseLine:
			if n := x.end(who, e.Line); n != nil && !n.shut {
				n.close("")
			}
		default:
			continue
		}
		if _, ok := e.(Notify); !ok {
			x.trace = append(x.trace, "        "+text(e))
		}
	}
}

func (x *explorer) end(who string, name Line) *end {
	for _, n := range x.ends {
		if n.who == who && n.name == name {
			return n
		}
	}
	return nil
}

// close ends a line behind what is on its way.
func (n *end) close(why string) {
	for _, n := range []*end{n, n.far} {
		n.shut = true
		n.coming = append(n.coming, LineClosed{n.name, why})
	}
}

// cut breaks a line: what is on its way is lost.
func (n *end) cut() {
	for _, n := range []*end{n, n.far} {
		n.coming = slices.DeleteFunc(n.coming, func(e Event) bool { _, ok := e.(FrameReceived); return ok })
	}
	n.close("reset")
}

// open makes the line that was asked for.
func (x *explorer) open(i int) {
	o := x.opens[i]
	x.opens = slices.Delete(x.opens, i, i+1)
	if x.down[string(o.To)] {
		x.do(o.by, LineDone{Attempt: o.Attempt, Err: "no route"})
		return
	}
	x.named += 2
	near, far := &end{who: o.by, name: x.named - 1}, &end{who: string(o.To), name: x.named}
	near.far, far.far = far, near
	near.coming = []Event{LineDone{Attempt: o.Attempt, Line: near.name}}
	far.coming = []Event{FrameReceived{far.name, PeerID(o.by), o.Hello}}
	x.ends = append(x.ends, near, far)
}

// step does one of the things that can happen, and reports whether there was any.
func (x *explorer) step() bool {
	var can []func()
	for _, who := range x.names {
		if len(x.deeds[who]) > 0 && !x.down[who] {
			can = append(can, func() {
				in := x.deeds[who][0]
				x.deeds[who] = x.deeds[who][1:]
				x.do(who, in)
			})
		}
	}
	for i := range x.opens {
		can = append(can, func() { x.open(i) })
	}
	x.ends = slices.DeleteFunc(x.ends, func(n *end) bool { return n.shut && len(n.coming) == 0 && len(n.far.coming) == 0 })
	for _, n := range x.ends {
		if len(n.coming) > 0 {
			can = append(can, func() {
				ev := n.coming[0]
				n.coming = n.coming[1:]
				x.do(n.who, ev)
			})
		}
		if x.cuts > 0 && !n.shut && n.name%2 == 1 {
			can = append(can, func() { x.cuts--; n.cut() })
		}
	}
	if x.more != nil {
		can = append(can, x.more()...)
	}
	if len(can) == 0 || x.waits > 0 {
		who, at := "", x.now.Add(time.Minute)
		for _, n := range x.names {
			if w := x.cores[n].Wake(); !x.down[n] && !w.IsZero() && w.Before(at) {
				who, at = n, w
			}
		}
		idle := len(can) == 0
		soon := noon.Add(2 * time.Second) // no network stands still for longer
		if idle {
			soon = noon.Add(2 * leaveTime)
		}
		if who != "" && at.Before(soon) {
			can = append(can, func() {
				if !idle {
					x.waits--
				}
				if at.After(x.now) {
					x.now = at
				}
				x.do(who, Tick{})
			})
		}
	}
	if len(can) == 0 {
		return false
	}
	can[x.choose(len(can))]()
	if x.watch != nil {
		x.watch()
	}
	return true
}

func (x *explorer) run() {
	for n := 0; x.step(); n++ {
		if n > 2000 {
			x.fail("it never comes to rest")
		}
	}
}

func (x *explorer) fail(format string, args ...any) {
	x.t.Helper()
	x.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), strings.Join(x.trace, "\n"))
}

// checkOne fails unless a and b are in one session with each other, over one
// line, with all said and heard.
func (x *explorer) checkOne(said map[string][]string) {
	x.t.Helper()
	var ss [2]*session
	for i, who := range x.names {
		c := x.cores[who]
		u := c.users[0]
		if c.sessions.open != 1 || len(c.sessions.leaving) > 0 || len(u.places) != 2 {
			x.fail("%s has %d sessions", who, c.sessions.open)
		}
		ss[i] = u.places[1].session
		if s := ss[i]; s.line == nil || s.own != nil || s.spare != nil || s.attempt != 0 || len(s.queue) > 0 || len(c.sessions.lines) != 1 || len(c.sessions.attempts) != 0 {
			x.fail("%s's session is %+v with %d lines", who, s, len(c.sessions.lines))
		}
		if c.sessions.pending+c.sessions.waiting+c.sessions.bytes != 0 {
			x.fail("%s's books do not agree: %+v", who, c.sessions)
		}
		x.checkTold(who, ss[i], said)
	}
	a, b := ss[0], ss[1]
	if a.id != b.id || a.side+b.side != SideA+SideB || x.end("a", a.line.id).far != x.end("b", b.line.id) {
		x.fail("the ends do not fit: %v %v over %d, %v %v over %d", a.id, a.side, a.line.id, b.id, b.side, b.line.id)
	}
}

// checkTold fails unless a user was told of his one session as is due.
func (x *explorer) checkTold(who string, s *session, said map[string][]string) {
	x.t.Helper()
	other := map[string]string{"a": "b", "b": "a"}[who]
	var heard []string
	var life []string
	delivered := 0
	for _, line := range x.told[who] {
		switch words := strings.Fields(line); words[0] {
		case "session":
			life = append(life, words[5]) // session 1 with peer b opened A
			if words[5] == "opened" && words[6] != sideText(s.side) {
				x.fail("%s was told %s, and is on side %s", who, line, sideText(s.side))
			}
		case "delivered":
			delivered++
		case "shown":
			if words[1] != "mine" {
				heard = append(heard, strings.Trim(words[len(words)-1], `"`))
			}
		case "failed":
			x.fail("%s was told %s", who, line)
		}
	}
	if !slices.Equal(heard, said[other]) || delivered != len(said[who]) {
		x.fail("%s heard %v of %v, and %d of %d were delivered", who, heard, said[other], delivered, len(said[who]))
	}
	for i, e := range life {
		if want := []string{"interrupted", "resumed"}[(i+1)%2]; (i == 0) != (e == "opened") || (i > 0 && e != want) {
			x.fail("%s was told of %v", who, life)
		}
	}
	if n := len(life); n%2 != 1 {
		x.fail("%s was told of %v", who, life)
	}
}

// everyOrder runs a story in every order there is, up to limit of them.
func everyOrder(limit int, story func(choose func(int) int)) int {
	var path, width []int
	for runs := 1; ; runs++ {
		depth := 0
		story(func(n int) int {
			if depth == len(path) {
				path, width = append(path, 0), append(width, n)
			}
			depth++
			return path[depth-1]
		})
		path, width = path[:depth], width[:depth]
		for len(path) > 0 && path[len(path)-1] == width[len(path)-1]-1 {
			path, width = path[:len(path)-1], width[:len(width)-1]
		}
		if len(path) == 0 || runs == limit {
			return runs
		}
		path[len(path)-1]++
	}
}

// someOrders runs a story in orders drawn by lot.
func someOrders(n uint64, story func(choose func(int) int)) {
	for seed := range n {
		rnd := rand.New(rand.NewPCG(seed, 7))
		story(rnd.IntN)
	}
}

// stories that must end with one session, whatever the order.
var stories = []struct {
	name        string
	a, b        []Instruction
	cuts, waits int
	limit       int // of orders, counted off
}{
	{"both fork", []Instruction{Fork{"b"}}, []Instruction{Fork{"a"}}, 0, 0, 3000},
	{"both fork and time passes", []Instruction{Fork{"b"}}, []Instruction{Fork{"a"}}, 0, 1, 3000},
	{"both fork and a line breaks", []Instruction{Fork{"b"}}, []Instruction{Fork{"a"}}, 1, 0, 3000},
	{"both fork and time passes and lines break", []Instruction{Fork{"b"}}, []Instruction{Fork{"a"}}, 2, 2, 1000},
	{"both fork and talk", []Instruction{Fork{"b"}, Say{"a1"}, Say{"a2"}}, []Instruction{Fork{"a"}, Say{"b1"}}, 0, 0, 3000},
	{"a forks and talks and lines break", []Instruction{Fork{"b"}, Say{"a1"}, Say{"a2"}, Say{"a3"}}, nil, 3, 0, 3000},
	{"b forks and talks and lines break", nil, []Instruction{Fork{"a"}, Say{"b1"}, Say{"b2"}, Say{"b3"}}, 3, 2, 3000},
	{"both talk and lines break and time passes", []Instruction{Fork{"b"}, Say{"a1"}, Say{"a2"}, Say{"a3"}},
		[]Instruction{Fork{"a"}, Say{"b1"}, Say{"b2"}, Say{"b3"}}, 4, 4, 1000},
}

func TestOneSessionInEveryOrder(t *testing.T) {
	for _, st := range stories {
		t.Run(st.name, func(t *testing.T) {
			story := func(choose func(int) int) {
				x := explore(t, choose)
				x.deeds["a"], x.deeds["b"], x.cuts, x.waits = st.a, st.b, st.cuts, st.waits
				x.run()
				x.checkOne(map[string][]string{"a": x.said("a"), "b": x.said("b")})
			}
			t.Logf("%d orders", everyOrder(st.limit, story))
			someOrders(500, story)
		})
	}
}

// said is what a user has said in a session.
func (x *explorer) said(who string) []string {
	var said []string
	for _, line := range x.told[who] {
		if strings.HasPrefix(line, "shown mine "+who+"~") {
			said = append(said, strings.Trim(line[strings.LastIndex(line, " ")+1:], `"`))
		}
	}
	return said
}

// Both fork, talk and leave: in the end there is no session, what was delivered
// was heard, and of what was not the one who said it knows.
func TestNoSessionIsLeftInEveryOrder(t *testing.T) {
	deeds := func(other string) []Instruction {
		return []Instruction{Fork{other}, Say{other + "1"}, Say{other + "2"}, Leave{}}
	}
	for cuts := range 3 {
		story := func(choose func(int) int) {
			x := explore(t, choose)
			x.deeds["a"], x.deeds["b"], x.cuts, x.waits = deeds("b"), deeds("a"), cuts, cuts
			x.run()
			for _, who := range x.names {
				c := x.cores[who]
				if z := c.sessions; z.open+len(z.byPeer)+len(z.leaving)+len(z.attempts)+len(z.lines)+z.pending+z.waiting+z.bytes != 0 || len(c.users[0].places) != 1 {
					x.fail("%s is left with %+v", who, z)
				}
				x.checkHeard(who)
			}
		}
		everyOrder(3000, story)
		someOrders(500, story)
	}
}

// checkHeard fails unless of all that a user said in sessions he knows whether
// it was heard, in order and once.
func (x *explorer) checkHeard(who string) {
	x.t.Helper()
	other := map[string]string{"a": "b", "b": "a"}[who]
	fate := make(map[string]string)
	for _, line := range x.told[who] {
		if words := strings.Fields(line); words[0] == "delivered" || words[0] == "failed" {
			id := strings.TrimSuffix(words[1], ":")
			if fate[id] != "" {
				x.fail("%s was told twice of %s", who, id)
			}
			fate[id] = words[0]
		}
	}
	var heard []string
	for _, line := range x.told[other] {
		if words := strings.Fields(line); words[0] == "shown" && strings.HasPrefix(words[1], who+"~") {
			heard = append(heard, words[1])
		}
	}
	delivered := 0
	for id, f := range fate {
		if f == "delivered" {
			delivered++
			if !slices.Contains(heard, id) {
				x.fail("%s was delivered and not heard", id)
			}
		}
	}
	if n := len(x.said(who)); n != len(fate) || delivered > len(heard) {
		x.fail("%s said %d and knows of %d", who, n, len(fate))
	}
	if unique := slices.Compact(slices.Clone(heard)); !slices.Equal(unique, heard) {
		x.fail("%s heard %v", other, heard)
	}
}
