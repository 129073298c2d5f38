package sim

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

// must runs the options and fails the test when a rule broke.
func must(t *testing.T, o Options) Result {
	t.Helper()
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	r := Run(o, nil)
	if r.Broken != nil {
		t.Errorf("%s", r)
	}
	return r
}

func TestSameSeedSameJournal(t *testing.T) {
	o := Default()
	o.Loss, o.Faults, o.Bound = 0.05, 4, 2*time.Minute
	for seed := uint64(1); seed <= 3; seed++ {
		o.Seed = seed
		a, b := Run(o, nil), Run(o, nil)
		if a.Hash != b.Hash || a.Deliveries != b.Deliveries {
			t.Errorf("two runs differ:\n%s\n%s", a, b)
		}
		o.Seed += 1000
		if c := Run(o, nil); c.Hash == a.Hash {
			t.Errorf("seeds %d and %d have the same journal", seed, o.Seed)
		}
	}
}

func TestRandomSchedules(t *testing.T) {
	var shown int
	for seed := uint64(1); seed <= 36; seed++ {
		r := must(t, Vary(seed))
		shown += r.Deliveries
	}
	if shown < 36*100 {
		t.Errorf("only %d messages were shown: the schedules test nothing", shown)
	}
}

// starts is the part of a schedule that starts n nodes at once.
func starts(n int) (s Schedule) {
	for i := range n {
		s = append(s, Op{Do: Start, Node: i})
	}
	return s
}

// TestHello asks once when all are connected: everybody answers.
func TestHello(t *testing.T) {
	for _, topology := range topologies {
		o := Default()
		o.Nodes, o.Topology, o.Dup = 20, topology, 0
		r := play(o, append(starts(o.Nodes), Op{At: 10 * time.Second, Do: Hello, Node: 7}), nil)
		if r.Broken != nil || r.Answers != o.Nodes-1 {
			t.Errorf("%s: %d answers, want %d: %s", topology, r.Answers, o.Nodes-1, r)
		}
	}
}

// TestFirstLines has everybody talk while links and gossip form: what gossip did
// not carry must come as soon as it flows, not with the next periodic sync.
func TestFirstLines(t *testing.T) {
	for seed := uint64(1); seed <= 5; seed++ {
		o := Default()
		o.Seed, o.Nodes, o.Topology, o.Faults, o.Dup = seed, 20, "chain", 0, 0
		s := starts(o.Nodes)
		for i := range 200 {
			s = append(s, Op{At: time.Duration(i) * 15 * time.Millisecond, Do: Say, Node: i % o.Nodes, Count: 1})
		}
		if r := play(o, s, nil); r.Broken != nil || r.Lines != 200 || r.P99 > 4*time.Second {
			t.Errorf("want 200 lines, p99 up to 4s: %s", r)
		}
	}
}

func TestBrokenOnPurpose(t *testing.T) {
	for what, rules := range map[string][]int{"dedup": {1, 2}, "order": {6, 7}, "repair": {5}} {
		caught := map[int]int{}
		for seed := uint64(1); seed <= 5; seed++ {
			o := Default()
			o.Seed, o.Break, o.Loss, o.Faults = seed, what, 0.05, 2
			r := Run(o, nil)
			if r.Broken == nil {
				t.Errorf("%s: not caught: %s", what, r)
				continue
			}
			caught[r.Broken.Rule]++
		}
		hits := 0
		for _, rule := range rules {
			hits += caught[rule]
		}
		if hits != 5 {
			t.Errorf("%s: caught by rules %v, want only %v", what, caught, rules)
		}
	}
}

// TestRegress repeats the runs that once broke a rule.
func TestRegress(t *testing.T) {
	f, err := os.Open("testdata/regress/seeds.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") || strings.HasPrefix(text, "open ") {
			continue
		}
		o, err := ParseOptions(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		must(t, o)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestOptionsSurviveTheirCommand(t *testing.T) {
	for seed := range uint64(20) {
		o := Vary(seed)
		o.Break = breakKinds[seed%4]
		_, flags, ok := strings.Cut(o.Command(), " sim ")
		if !ok {
			t.Fatal(o.Command())
		}
		back, err := ParseOptions(flags)
		if err != nil || back != o {
			t.Errorf("%s\ngave   %+v (%v)\nwanted %+v", flags, back, err, o)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		field string
		spoil func(*Options)
	}{
		{"nodes", func(o *Options) { o.Nodes = 1 }},
		{"nodes", func(o *Options) { o.Nodes = maxNodes + 1 }},
		{"duration", func(o *Options) { o.Duration = 0 }},
		{"topology", func(o *Options) { o.Topology = "ring" }},
		{"degree", func(o *Options) { o.Degree = 0 }},
		{"rate", func(o *Options) { o.Rate = 1e9 }},
		{"delay", func(o *Options) { o.Delay = -1 }},
		{"loss", func(o *Options) { o.Loss = 1 }},
		{"dup", func(o *Options) { o.Dup = 2 }},
		{"faults", func(o *Options) { o.Faults = -1 }},
		{"kinds", func(o *Options) { o.Kinds = "crash,meteor" }},
		{"kinds", func(o *Options) { o.Kinds = "" }},
		{"bound", func(o *Options) { o.Bound = 0 }},
		{"break", func(o *Options) { o.Break = "everything" }},
	} {
		o := Default()
		c.spoil(&o)
		if err := o.Validate(); err == nil || !strings.HasPrefix(err.Error(), c.field+":") {
			t.Errorf("%+v: got %v, want an error about %s", o, err, c.field)
		}
	}
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
}

func TestThousandNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute of a thousand nodes")
	}
	o := Default()
	o.Nodes, o.Degree, o.Rate, o.Faults = 1000, 4, 5, 20
	begin := time.Now()
	r := must(t, o)
	t.Logf("%s in %s", r, time.Since(begin).Round(time.Millisecond))
}

// TestEndlessCore fills the bounds on what a core may do in a second.
func TestEndlessCore(t *testing.T) {
	for name, loop := range map[string]func(*world){
		"effects": func(w *world) { w.carryOut(w.nodes[0], make([]chat.Effect, maxEffects+1)) },
		"calls": func(w *world) {
			for range maxCalls + 1 {
				w.carryOut(w.nodes[0], nil)
			}
		},
	} {
		w := newWorld(Default(), starts(2), nil)
		w.start(w.nodes[0])
		if loop(w); w.check.broken == nil || w.check.broken.Rule != 0 {
			t.Errorf("%s: want rule 0 broken, not %v", name, w.check.broken)
		}
	}
}

// TestContract has a core break its part of the contract with the network.
func TestContract(t *testing.T) {
	hi := &chat.Envelope{Conversation: chat.Lobby, First: 1, Messages: make([]chat.Message, 1)}
	for name, effects := range map[string][]chat.Effect{
		"two publishes":  {chat.Publish{Envelope: hi}, chat.Publish{Envelope: hi}},
		"two sends":      {chat.Send{To: "12D3KooWSim00001", Envelope: hi}, chat.Send{To: "12D3KooWSim00001", Envelope: hi}},
		"two syncs":      {chat.Sync{With: "12D3KooWSim00001"}, chat.Sync{With: "12D3KooWSim00001"}},
		"to nobody":      {chat.Send{To: "nobody", Envelope: hi}},
		"unknown ticket": {chat.Answer{Ticket: 7}},
		"other's words":  {chat.Notify{Notification: chat.Shown{Kind: chat.Text, Text: "hi"}}},
	} {
		w := newWorld(Default(), starts(2), nil)
		w.start(w.nodes[0])
		if w.carryOut(w.nodes[0], effects); w.check.broken == nil {
			t.Errorf("%s: not noticed", name)
		}
	}
}

func TestHistogram(t *testing.T) {
	var h histogram
	for i := range 1000 {
		h.add(time.Duration(i) * time.Millisecond)
	}
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Millisecond, 0.99: 990 * time.Millisecond} {
		if got := h.quantile(q); got > want || got < want*7/8 {
			t.Errorf("quantile %g is %s, want about %s", q, got, want)
		}
	}
	if got := new(histogram).quantile(0.5); got != 0 {
		t.Errorf("an empty histogram has the quantile %s", got)
	}
}

func TestQueueIsOrdered(t *testing.T) {
	var q queue
	for i := range 1000 {
		q.push(item{at: int64(i * 7919 % 100), node: int32(i)})
	}
	last := item{at: -1}
	for range 1000 {
		it := q.pop()
		if it.at < last.at || it.at == last.at && it.seq <= last.seq {
			t.Fatalf("%d/%d came after %d/%d", it.at, it.seq, last.at, last.seq)
		}
		last = it
	}
	if len(q.items) != 0 {
		t.Error(fmt.Sprint(len(q.items), " items are left"))
	}
}
