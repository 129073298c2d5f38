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
		if seed == 3 {
			o.Mix, o.Disk, o.Clock, o.Kinds, o.Faults = "all", "mix", "mix", strings.Join(faultKinds, ","), 12
		}
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

// schedules is how many are drawn in each run of the tests.
const schedules = 24

func TestRandomSchedules(t *testing.T) {
	var shown, elsewhere, sessions, private int
	for seed := uint64(1); seed <= schedules; seed++ {
		r := must(t, Vary(seed))
		shown += r.Deliveries
		elsewhere += r.Elsewhere
		sessions += r.Sessions
		private += r.Private
	}
	t.Logf("%d shown, %d of them not in the lobby, %d in %d ends of sessions", shown, elsewhere, private, sessions)
	if shown < 100*schedules || elsewhere < 30*schedules || sessions < 10*schedules || private < 10*schedules {
		t.Error("the schedules test nothing")
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
	for what, rules := range map[string][]int{
		"dedup": {1, 2}, "order": {6, 7}, "repair": {5},
		"privacy": {9}, "session": {2, 4, 6}, "presence": {11},
		"forget": {3, 4}, "receipt": {3, 4}, "leak": {9}, "scramble": {8}, "stall": {10},
	} {
		caught := map[int]int{}
		for seed := uint64(1); seed <= 5; seed++ {
			o := Default()
			o.Seed, o.Break, o.Loss, o.Faults = seed, what, 0.05, 2
			if what == "privacy" || what == "session" || what == "presence" {
				o.Mix, o.Bound = "all", 3*time.Minute
			}
			switch what {
			case "forget", "receipt", "leak", "scramble", "stall":
				o.Mix, o.Disk, o.Nodes, o.Faults, o.Kinds, o.Bound = "all", "disk", 8, 4, "crash,restart,torn", 3*time.Minute
			}
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
		o.Break = breakKinds[seed%uint64(len(breakKinds))]
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
		{"mix", func(o *Options) { o.Mix = "party" }},
		{"break", func(o *Options) { o.Break = "everything" }},
		{"disk", func(o *Options) { o.Disk = "tape" }},
		{"clock", func(o *Options) { o.Clock = "sundial" }},
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

func TestManyNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of nodes")
	}
	o := Default()
	o.Nodes, o.Degree, o.Rate, o.Duration, o.Faults, o.Bound = 500, 4, 5, 20*time.Second, 10, 15*time.Second
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
		w.start(w.nodes[0], false)
		if loop(w); w.check.broken == nil || w.check.broken.Rule != 0 {
			t.Errorf("%s: want rule 0 broken, not %v", name, w.check.broken)
		}
	}
}

// TestContract has a core break its part of the contract with the network.
func TestContract(t *testing.T) {
	hi := &chat.Envelope{Conversation: chat.Lobby, First: 1, Messages: make([]chat.Message, 1)}
	private := &chat.Envelope{Conversation: chat.DirectWith("12D3KooWSim00000", "12D3KooWSim00002"), First: 1, Messages: make([]chat.Message, 1)}
	for name, effects := range map[string][]chat.Effect{
		"two publishes":  {chat.Publish{Envelope: hi}, chat.Publish{Envelope: hi}},
		"two sends":      {chat.Send{To: "12D3KooWSim00001", Envelope: hi}, chat.Send{To: "12D3KooWSim00001", Envelope: hi}},
		"two syncs":      {chat.Sync{With: "12D3KooWSim00001"}, chat.Sync{With: "12D3KooWSim00001"}},
		"to nobody":      {chat.Send{To: "nobody", Envelope: hi}},
		"unknown ticket": {chat.Answer{Ticket: 7}},
		"joined twice":   {chat.Subscribe{Conversation: "#c0"}, chat.Subscribe{Conversation: "#c0"}},
		"left unjoined":  {chat.Unsubscribe{Conversation: "#c0"}},
		"line to nobody": {chat.OpenLine{To: "nobody", Hello: &chat.Frame{Kind: chat.FrameHello}}},
		"no hello":       {chat.OpenLine{To: "12D3KooWSim00001", Hello: &chat.Frame{Kind: chat.FrameData}}},
		"hangup on self": {chat.Hangup{Peer: "12D3KooWSim00000"}},
		"private gossip": {chat.Publish{Envelope: private}},
		"private sync":   {chat.Sync{With: "12D3KooWSim00001", Deltas: []chat.Delta{{Conversation: private.Conversation}}}},
		"to a third":     {chat.Send{To: "12D3KooWSim00001", Envelope: private}},
		"told to nobody": {chat.Notify{For: []chat.User{7}, Notification: chat.Notice{Text: "hi"}}},
		"told to many":   {chat.Notify{For: []chat.User{0, 0}, Notification: chat.Notice{Text: canary}}},
		"warned":         {chat.Notify{Notification: chat.Warning{Text: "oh"}}},
		"channel's words": {chat.Notify{For: []chat.User{0}, Notification: chat.Shown{
			ID: chat.MessageID{Conversation: "#c0"}, Kind: chat.Text, Text: "hi"}}},
		"session's words": {chat.Notify{For: []chat.User{0}, Notification: chat.Shown{
			ID: chat.MessageID{Conversation: chat.SessionID{1}.Conversation()}, Kind: chat.Text, Text: "hi"}}},
		"no such session": {chat.Notify{For: []chat.User{0}, Notification: chat.SessionChanged{Event: chat.Closed, N: 1}}},
		"other's words":   {chat.Notify{Notification: chat.Shown{Kind: chat.Text, Text: "hi"}}},
	} {
		w := newWorld(Default(), starts(2), nil)
		w.start(w.nodes[0], false)
		if w.carryOut(w.nodes[0], effects); w.check.broken == nil {
			t.Errorf("%s: not noticed", name)
		}
	}
}

// TestPeopleMeet plays what people do in small: each story says how many ends of
// sessions open, how many words are heard in them, and how many elsewhere.
func TestPeopleMeet(t *testing.T) {
	const sec = time.Second
	for _, c := range []struct {
		story                       string
		ops                         Schedule
		sessions, private, anywhere int
	}{
		{"members of a channel find each other through others", Schedule{
			{At: 5 * sec, Do: Join, Node: 0, Channel: "#c0"},
			{At: 6 * sec, Do: Join, Node: 7, Channel: "#c0"},
			{At: 7 * sec, Do: Join, Node: 4, Channel: "#c2"}, // in the same topic
			{At: 30 * sec, Do: Say, Node: 7, Channel: "#c0", Count: 3},
		}, 0, 0, 3},
		{"who joins gets what was said before", Schedule{
			{At: 5 * sec, Do: Join, Node: 0, Channel: "#c0"},
			{At: 6 * sec, Do: Say, Node: 0, Channel: "#c0", Count: 3},
			{At: 20 * sec, Do: Join, Node: 7, Channel: "#c0"},
		}, 0, 0, 3},
		{"a guest is sent a word", Schedule{
			{At: 5 * sec, Do: Enter, Node: 3, Seat: 1},
			{At: 6 * sec, Do: Direct, Node: 0, Peer: 3, PeerSeat: 1, Count: 2},
		}, 0, 0, 2},
		{"both fork in one instant", Schedule{
			{At: 5 * sec, Do: Fork, Node: 0, Peer: 7},
			{At: 5 * sec, Do: Fork, Node: 7, Peer: 0},
			{At: 5 * sec, Do: Talk, Node: 7, Count: 2},
			{At: 9 * sec, Do: Talk, Node: 0, Count: 3},
		}, 2, 5, 0},
		{"a ring", Schedule{
			{At: 5 * sec, Do: Fork, Node: 0, Peer: 1},
			{At: 5 * sec, Do: Fork, Node: 1, Peer: 2},
			{At: 5 * sec, Do: Fork, Node: 2, Peer: 0},
			{At: 9 * sec, Do: Talk, Node: 0, Count: 1},
			{At: 9 * sec, Do: Talk, Node: 1, Count: 1},
			{At: 9 * sec, Do: Talk, Node: 2, Count: 1},
		}, 6, 3, 0},
		{"guests of one node", Schedule{
			{At: 5 * sec, Do: Enter, Node: 3, Seat: 1},
			{At: 5 * sec, Do: Enter, Node: 3, Seat: 2},
			{At: 6 * sec, Do: Fork, Node: 3, Seat: 1, Peer: 3, PeerSeat: 2},
			{At: 7 * sec, Do: Talk, Node: 3, Seat: 1, Count: 2},
		}, 2, 2, 0},
		{"a session outlives a partition", Schedule{
			{At: 5 * sec, Do: Fork, Node: 0, Peer: 7},
			{At: 9 * sec, Do: Partition, Set: []int{0, 1}},
			{At: 10 * sec, Do: Talk, Node: 0, Count: 3},
			{At: 70 * sec, Do: Heal},
		}, 2, 3, 0},
		{"a session does not outlive its user", Schedule{
			{At: 5 * sec, Do: Fork, Node: 0, Peer: 7},
			{At: 9 * sec, Do: Crash, Node: 7, AtOnce: true},
			{At: 15 * sec, Do: Start, Node: 7},
			{At: 60 * sec, Do: Fork, Node: 7, Peer: 0},
		}, 4, 0, 0},
	} {
		o := Default()
		o.Nodes, o.Topology, o.Mix, o.Dup = 8, "chain", "all", 0
		r := play(o, append(starts(o.Nodes), c.ops...), nil)
		if r.Broken != nil || r.Sessions != c.sessions || r.Private != c.private || r.Elsewhere != c.anywhere {
			t.Errorf("%s: %d ends of sessions, %d words in them, %d elsewhere: %s", c.story, r.Sessions, r.Private, r.Elsewhere, r)
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
