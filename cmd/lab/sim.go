package main

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"tincan/node/sim"
)

// simCommand runs the simulator: one line of summary for each run, a second one
// for a rule that broke, and exit code 1 when any did.
func simCommand() *cli.Command {
	d := sim.Default()
	return &cli.Command{
		Name:  "sim",
		Usage: "run cores over an imaginary network and check what they promise",
		Flags: []cli.Flag{
			&cli.Uint64Flag{Name: "seed", Value: d.Seed, Usage: "the first seed"},
			&cli.Uint64Flag{Name: "seeds", Value: 1, Usage: "how many seeds to run, one after the other"},
			&cli.BoolFlag{Name: "vary", Usage: "draw what is not given here from each seed"},
			&cli.IntFlag{Name: "nodes", Value: d.Nodes, Usage: "nodes at the start"},
			&cli.DurationFlag{Name: "duration", Value: d.Duration, Usage: "virtual time of lines and faults"},
			&cli.StringFlag{Name: "topology", Value: d.Topology, Usage: "random, chain or star"},
			&cli.IntFlag{Name: "degree", Value: d.Degree, Usage: "links that a node makes in a random topology"},
			&cli.Float64Flag{Name: "rate", Value: d.Rate, Usage: "lines a second, of all nodes together"},
			&cli.DurationFlag{Name: "delay", Value: d.Delay, Usage: "typical delay of one hop"},
			&cli.Float64Flag{Name: "loss", Value: d.Loss, Usage: "share of gossip hops that are lost"},
			&cli.Float64Flag{Name: "dup", Value: d.Dup, Usage: "share of gossip hops that arrive twice"},
			&cli.IntFlag{Name: "faults", Value: d.Faults, Usage: "number of faults"},
			&cli.StringFlag{Name: "kinds", Value: d.Kinds, Usage: "faults to choose from"},
			&cli.DurationFlag{Name: "bound", Value: d.Bound, Usage: "how long after the last fault is repaired all must agree"},
			&cli.StringFlag{Name: "mix", Value: d.Mix, Usage: "what is said: lobby, or all (channels, private sessions and guests too)"},
			&cli.StringFlag{Name: "disk", Value: d.Disk, Usage: "what nodes keep: none, memory, disk (that outlives them), or a mix"},
			&cli.StringFlag{Name: "clock", Value: d.Clock, Usage: "how right clocks are: good, off (by up to an hour), jump (they are set while nodes run) or a mix"},
			&cli.StringFlag{Name: "break", Usage: "break something on purpose: " + strings.Join(sim.BreakKinds(), ", ")},
			&cli.BoolFlag{Name: "schedule", Usage: "print what is going to happen"},
			&cli.BoolFlag{Name: "trace", Usage: "write the journal to stderr"},
		},
		Action: runSim,
	}
}

func runSim(c *cli.Context) error {
	if c.NArg() > 0 {
		return fmt.Errorf("sim takes no arguments, only flags: %q", c.Args().First())
	}
	var trace io.Writer
	if c.Bool("trace") {
		trace = os.Stderr
	}
	debug.SetGCPercent(400) // one run after the other, and none of them large
	broken, begin := 0, time.Now()
	for i := range c.Uint64("seeds") {
		o := simOptions(c, c.Uint64("seed")+i)
		if err := o.Validate(); err != nil {
			return err
		}
		if c.Bool("schedule") {
			fmt.Fprint(c.App.Writer, sim.Draw(o))
		}
		r := sim.Run(o, trace)
		fmt.Fprintln(c.App.Writer, r)
		if r.Broken != nil {
			broken++
		}
	}
	if c.Uint64("seeds") > 1 {
		fmt.Fprintf(c.App.Writer, "%d runs, %d broken, %s\n", c.Uint64("seeds"), broken, time.Since(begin).Round(time.Millisecond))
	}
	if broken > 0 {
		return cli.Exit("", 1)
	}
	return nil
}

// simOptions are those of the flags; with --vary the seed draws the others.
func simOptions(c *cli.Context, seed uint64) sim.Options {
	o := sim.Default()
	if c.Bool("vary") {
		o = sim.Vary(seed)
	}
	o.Seed = seed
	for _, name := range c.LocalFlagNames() {
		if name != "seed" {
			// Options that are not the simulator's are none of its business.
			_ = o.Set(name, fmt.Sprint(c.Value(name)))
		}
	}
	return o
}
