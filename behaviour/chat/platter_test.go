package chat

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// platter is the disk of a core.
type platter struct {
	durable []Change
	coming  []Save // written, and lost in a crash
	lives   uint64
	unseen  map[MessageID]bool // that were durable when the core crashed, and not known to be
}

// past is what the disk holds for the next life.
func (d *platter) past() *Past {
	p := &Past{}
	for _, ch := range d.durable {
		p.Apply(ch)
	}
	return p
}

// write makes the first n saves durable and returns the number of the last.
func (d *platter) write(n int) (through uint64) {
	for _, s := range d.coming[:n] {
		d.durable = append(d.durable, s.Changes...)
		through = s.N
	}
	d.coming = slices.Clone(d.coming[n:])
	return through
}

// texts are what is recorded of an author in sessions that are not forgotten, in order.
func (d *platter) texts(author string) (all []string) {
	said := make(map[Conversation][]string)
	var convs []Conversation
	for _, ch := range d.durable {
		switch ch := ch.(type) {
		case Recorded:
			if string(ch.ID.Author) == author {
				if !slices.Contains(convs, ch.ID.Conversation) {
					convs = append(convs, ch.ID.Conversation)
				}
				said[ch.ID.Conversation] = append(said[ch.ID.Conversation], ch.Message.Body)
			}
		case Forgotten:
			delete(said, ch.Conversation)
		}
	}
	for _, conv := range convs {
		all = append(all, said[conv]...)
	}
	return all
}

// has says whether a text was ever durable.
func (d *platter) has(text string) bool {
	return slices.ContainsFunc(d.durable, func(ch Change) bool {
		r, ok := ch.(Recorded)
		return ok && r.Message.Body == text
	})
}

// sessionsLeft names what is kept of sessions.
func (d *platter) sessionsLeft() (left []string) {
	p := d.past()
	for conv := range p.Rooms {
		if conv.Kind() == "session" {
			left = append(left, "room "+string(conv))
		}
	}
	for name := range p.Notes {
		if Conversation(name).Kind() == "session" {
			left = append(left, "note "+name)
		}
	}
	slices.Sort(left)
	return left
}

// crashes is an explorer whose cores have disks, and end and come back.
type crashes struct {
	*explorer
	left int // crashes that may still come
}

// exploreCrashes makes cores that are all connected to each other.
func exploreCrashes(t *testing.T, choose func(int) int, names ...string) *crashes {
	x := &crashes{explorer: &explorer{script: newScript(t), choose: choose, deeds: make(map[string][]Instruction)}}
	x.disks, x.down = make(map[string]*platter), make(map[string]bool)
	x.more = x.disasters
	for _, who := range names {
		x.disks[who] = &platter{unseen: make(map[MessageID]bool)}
		x.names = append(x.names, who)
		x.down[who] = true
	}
	for _, who := range names {
		x.start(who)
	}
	return x
}

// start begins the next life of a core.
func (x *crashes) start(who string) {
	d := x.disks[who]
	d.lives++
	d.coming = nil
	x.join(who, func(cfg *Config) {
		cfg.Keeps, cfg.Durable, cfg.Past = true, true, d.past()
		cfg.Log = LogID{byte(d.lives)}
		cfg.Rand = rand.New(rand.NewPCG(d.lives, uint64(who[0])))
	})
	x.down[who] = false
	x.do(who, Started{})
	for _, other := range x.names {
		if other != who && !x.down[other] {
			x.meets(who, other)
			x.meets(other, who)
		}
	}
}

func (x *crashes) meets(who, other string) {
	x.do(who, PeerUp{PeerID(other)})
	x.do(who, SyncDone{With: PeerID(other)})
}

// crash ends a core when the first n of what it has written are durable.
func (x *crashes) crash(who string, n int) {
	x.trace = append(x.trace, fmt.Sprintf("%v %s crashes, %d saves later", x.now.Sub(noon), who, n))
	d := x.disks[who]
	for _, s := range d.coming[:n] {
		for _, ch := range s.Changes {
			if r, ok := ch.(Recorded); ok {
				d.unseen[r.ID] = true
			}
		}
	}
	d.write(n)
	d.coming = nil
	x.down[who] = true
	x.opens = slices.DeleteFunc(x.opens, func(o opening) bool { return o.by == who })
	for _, e := range x.ends {
		if e.who == who {
			if !e.shut {
				e.close("reset") // what it has sent may still arrive
			}
			e.coming = nil
		}
	}
	for _, other := range x.names {
		if other != who && !x.down[other] {
			x.do(other, PeerDown{PeerID(who)})
		}
	}
}

// disasters are what can happen to the disks and those who have them.
func (x *crashes) disasters() (can []func()) {
	for _, who := range x.names {
		d := x.disks[who]
		if x.down[who] {
			can = append(can, func() { x.start(who) })
			continue
		}
		for n := range len(d.coming) {
			can = append(can, func() { x.do(who, Saved{Through: d.write(n + 1)}) })
		}
		if x.left > 0 && x.choose(8) == 0 { // else all come at the beginning
			for n := range len(d.coming) + 1 {
				can = append(can, func() { x.left--; x.crash(who, n) })
			}
		}
	}
	return can
}

// calm says whether all sessions have lines and nothing waits for anything.
func (x *crashes) calm() bool {
	for _, who := range x.names {
		c := x.cores[who]
		if x.down[who] || len(x.disks[who].coming) > 0 || len(c.sessions.leaving) > 0 || len(c.sessions.attempts) > 0 {
			return false
		}
		for _, s := range c.users[0].sessions() {
			if s.line == nil || len(s.queue) > 0 {
				return false
			}
		}
	}
	return true
}

// talk is what a user says to another: texts that begin with both their names.
func talk(from, to string, n int) (deeds []Instruction, said []string) {
	for i := range n {
		said = append(said, fmt.Sprintf("%s%s%d", from, to, i+1))
		deeds = append(deeds, SayIn{In: to, Text: said[i]})
	}
	return deeds, said
}

// conversation opens sessions of a with each other and gives all something to say.
func (x *crashes) conversation(n int) (said map[string][]string) {
	said = make(map[string][]string)
	for _, other := range x.names[1:] {
		x.do("a", Fork{other})
	}
	x.until(x.calm)
	for _, other := range x.names[1:] {
		for _, pair := range [][2]string{{"a", other}, {other, "a"}} {
			deeds, texts := talk(pair[0], pair[1], n)
			x.deeds[pair[0]] = append(x.deeds[pair[0]], deeds...)
			said[pair[0]+pair[1]] = texts
		}
	}
	return said
}

// until lets things happen until done says that it is enough and no user has more to do.
func (x *crashes) until(done func() bool) {
	x.t.Helper()
	for n := 0; ; n++ {
		if n > 20_000 {
			x.fail("it never comes to rest")
		}
		idle := true
		for _, deeds := range x.deeds {
			idle = idle && len(deeds) == 0
		}
		if idle && len(x.opens) == 0 && !slices.ContainsFunc(x.ends, func(e *end) bool { return len(e.coming) > 0 }) && done() {
			return
		}
		if !x.step() {
			x.fail("nothing happens any more")
		}
	}
}

// inTurn does the first of what can happen, but for every few steps: so that nothing
// waits for ever.
func inTurn() func(int) int {
	n := 0
	return func(can int) int { n++; return (n / 3) % can }
}
