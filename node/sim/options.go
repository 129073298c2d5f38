package sim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options say everything about a run.
type Options struct {
	Seed     uint64
	Nodes    int           // at the start; at least 2
	Duration time.Duration // of lines and faults; the run goes on until all must have settled
	Topology string        // "random", "chain" or "star"
	Degree   int           // links that each node makes in a random topology
	Rate     float64       // lines a second, of all nodes together
	Delay    time.Duration // typical delay of one hop
	Loss     float64       // share of gossip hops that are lost; of requests, answers and publishes a tenth of it
	Dup      float64       // share of gossip hops that arrive twice
	Faults   int           // number of faults
	Kinds    string        // the faults to choose from, with commas between them
	Mix      string        // what is said: "lobby" (and direct messages of owners), or "all" conversations
	Bound    time.Duration // how long after lines and faults have ended all must agree
	Disk     string        // what nodes keep: one of disks
	Clock    string        // how right clocks are: one of clocks
	Break    string        // "" or what to break on purpose: one of breakKinds
}

// The faults, and what can be broken on purpose.
var (
	faultKinds = []string{"partition", "crash", "join", "leave", "slow", "snap", "restart", "torn", "full", "locked", "drag", "wipe", "lost", "jump"}
	breakKinds = []string{"", "dedup", "order", "repair", "privacy", "session", "presence", "forget", "receipt", "leak", "scramble", "stall"}
	mixes      = []string{"lobby", "all"}
	disks      = []string{"none", "memory", "disk", "mix"}
	clocks     = []string{"good", "off", "jump", "mix"} // off: by up to an hour; jump: they are set
	topologies = []string{"random", "chain", "star"}
)

// Default is a small run with some of everything.
func Default() Options {
	return Options{
		Seed: 1, Nodes: 12, Duration: time.Minute, Topology: "random", Degree: 3,
		Rate: 5, Delay: 20 * time.Millisecond, Dup: 0.02, Faults: 3,
		Kinds: strings.Join(faultKinds[:6], ","), Mix: "lobby", Disk: "none", Clock: "good", Bound: 30 * time.Second,
	}
}

// Vary draws the sizes of a run of 5 to 30 nodes, who talk everywhere, from its seed. Lossy runs get
// more time: what is lost without a trace waits for the periodic sync.
func Vary(seed uint64) Options {
	r := rand.New(rand.NewPCG(seed, 0x76617279))
	o := Default()
	o.Seed, o.Mix = seed, "all"
	o.Nodes = 5 + r.IntN(26)
	o.Duration = time.Duration(20+r.IntN(60)) * time.Second
	o.Topology = topologies[r.IntN(len(topologies))]
	o.Degree = 1 + r.IntN(4)
	o.Rate = float64(1 + r.IntN(10))
	o.Delay = time.Duration(1+r.IntN(100)) * time.Millisecond
	o.Dup = []float64{0, 0.02, 0.1}[r.IntN(3)]
	o.Faults = r.IntN(6)
	if loss := []float64{0, 0, 0.05, 0.2}[r.IntN(4)]; loss > 0 {
		o.Loss, o.Bound = loss, 3*time.Minute
	}
	if o.Disk = disks[min(3, r.IntN(8))]; o.Disk != "none" {
		o.Kinds = strings.Join(faultKinds[:len(faultKinds)-1], ",")
		o.Faults = r.IntN(12)
	}
	if o.Clock = clocks[max(0, r.IntN(12)-8)]; o.Clock == "jump" || o.Clock == "mix" {
		o.Kinds += ",jump"
	}
	switch r.IntN(16) {
	case 0: // a busy room
		o.Rate, o.Duration = 60, 20*time.Second
	case 1: // more history than a newcomer gets, and partitions that outlast it
		o.Nodes, o.Rate, o.Duration = min(o.Nodes, 12), 6, 10*time.Minute
	}
	return o
}

// keeping is what a node keeps.
func (o Options) keeping(i int) keeping {
	switch o.Disk {
	case "memory":
		return keepsHere
	case "disk":
		return keepsOnDisk
	case "mix": // most have a disk
		return [...]keeping{keepsOnDisk, keepsHere, keepsOnDisk, keepsNothing, keepsOnDisk, keepsHere}[(uint64(i)+o.Seed)%6]
	}
	return keepsNothing
}

// Validate names the first option that is out of range.
func (o Options) Validate() error {
	switch {
	case o.Nodes < 2 || o.Nodes > maxNodes:
		return fmt.Errorf("nodes: want 2 to %d, not %d", maxNodes, o.Nodes)
	case o.Duration < time.Second || o.Duration > maxDuration:
		return fmt.Errorf("duration: want 1s to %s, not %s", maxDuration, o.Duration)
	case !slices.Contains(topologies, o.Topology):
		return fmt.Errorf("topology: want one of %s, not %q", strings.Join(topologies, ", "), o.Topology)
	case o.Degree < 1 || o.Degree > maxMesh:
		return fmt.Errorf("degree: want 1 to %d, not %d", maxMesh, o.Degree)
	case !(o.Rate >= 0) || o.Rate*o.Duration.Seconds() > maxLines:
		return fmt.Errorf("rate: want no more than %d lines in all", maxLines)
	case o.Delay < 0 || o.Delay > 10*time.Second:
		return fmt.Errorf("delay: want 0 to 10s, not %s", o.Delay)
	case !(o.Loss >= 0 && o.Loss < 1):
		return fmt.Errorf("loss: want 0 to less than 1, not %g", o.Loss)
	case !(o.Dup >= 0 && o.Dup <= 1):
		return fmt.Errorf("dup: want 0 to 1, not %g", o.Dup)
	case o.Faults < 0 || o.Faults > maxNodes:
		return fmt.Errorf("faults: want 0 to %d, not %d", maxNodes, o.Faults)
	case !slices.Contains(mixes, o.Mix):
		return fmt.Errorf("mix: want one of %s, not %q", strings.Join(mixes, ", "), o.Mix)
	case !slices.Contains(disks, o.Disk):
		return fmt.Errorf("disk: want one of %s, not %q", strings.Join(disks, ", "), o.Disk)
	case !slices.Contains(clocks, o.Clock):
		return fmt.Errorf("clock: want one of %s, not %q", strings.Join(clocks, ", "), o.Clock)
	case o.Bound < time.Second || o.Bound > maxDuration:
		return fmt.Errorf("bound: want 1s to %s, not %s", maxDuration, o.Bound)
	case !slices.Contains(breakKinds, o.Break):
		return fmt.Errorf("break: want one of %s, not %q", strings.Join(breakKinds[1:], ", "), o.Break)
	}
	if o.Faults > 0 {
		if o.Kinds == "" {
			return errors.New("kinds: want at least one fault")
		}
		for _, k := range strings.Split(o.Kinds, ",") {
			if !slices.Contains(faultKinds, k) {
				return fmt.Errorf("kinds: want some of %s, not %q", strings.Join(faultKinds, ","), k)
			}
		}
	}
	return nil
}

// Command is the line that repeats the run.
func (o Options) Command() string {
	s := fmt.Sprintf("go run ./cmd/lab sim --seed %d --nodes %d --duration %s --topology %s --degree %d --rate %g --delay %s --loss %g --dup %g --faults %d --kinds %s --bound %s",
		o.Seed, o.Nodes, o.Duration, o.Topology, o.Degree, o.Rate, o.Delay, o.Loss, o.Dup, o.Faults, o.Kinds, o.Bound)
	if o.Mix != Default().Mix {
		s += " --mix " + o.Mix
	}
	if o.Disk != Default().Disk {
		s += " --disk " + o.Disk
	}
	if o.Clock != Default().Clock {
		s += " --clock " + o.Clock
	}
	if o.Break != "" {
		s += " --break " + o.Break
	}
	return s
}

// Set sets the option that a flag of Command names.
func (o *Options) Set(flag, value string) (err error) {
	switch flag {
	case "seed":
		o.Seed, err = strconv.ParseUint(value, 10, 64)
	case "nodes":
		o.Nodes, err = strconv.Atoi(value)
	case "duration":
		o.Duration, err = time.ParseDuration(value)
	case "topology":
		o.Topology = value
	case "degree":
		o.Degree, err = strconv.Atoi(value)
	case "rate":
		o.Rate, err = strconv.ParseFloat(value, 64)
	case "delay":
		o.Delay, err = time.ParseDuration(value)
	case "loss":
		o.Loss, err = strconv.ParseFloat(value, 64)
	case "dup":
		o.Dup, err = strconv.ParseFloat(value, 64)
	case "faults":
		o.Faults, err = strconv.Atoi(value)
	case "kinds":
		o.Kinds = value
	case "bound":
		o.Bound, err = time.ParseDuration(value)
	case "mix":
		o.Mix = value
	case "disk":
		o.Disk = value
	case "clock":
		o.Clock = value
	case "break":
		o.Break = value
	default:
		return fmt.Errorf("no option is called %q", flag)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}

// ParseOptions reads the flags that Command writes.
func ParseOptions(flags string) (Options, error) {
	o := Default()
	words := strings.Fields(flags)
	if len(words)%2 != 0 {
		return o, errors.New("flags come in pairs of name and value")
	}
	for i := 0; i < len(words); i += 2 {
		name, ok := strings.CutPrefix(words[i], "--")
		if !ok {
			return o, fmt.Errorf("want a flag, not %q", words[i])
		}
		if err := o.Set(name, words[i+1]); err != nil {
			return o, err
		}
	}
	return o, o.Validate()
}

// BreakKinds are what a run can break on purpose, to see that a rule notices.
func BreakKinds() []string { return slices.Clone(breakKinds[1:]) }
