package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/urfave/cli/v2"

	"tincan/cmd/lab/internal/floor"
	"tincan/cmd/lab/internal/report"
)

// Each benchmark runs the product and its floors in turns, in one process or,
// for join, as equal processes, so that the noise of the machine hits all
// alike. What counts is the ratio; absolute times are this machine's.

// benchNodes is how many nodes a broadcast has, its author included.
const benchNodes = 10

// options of the bench command.
type options struct {
	rounds      int    // 0: each benchmark's own
	floorsOnly  bool   // leave tincan out
	productOnly bool   // leave the floors out
	node        string // a node binary for join; "" builds one
	peerNo      int    // of the first of four processes of join, store and catchup
	messages    int    // of the large store
	dir         string // where stores are made; "": where temporary files are
}

// bench is one benchmark.
type bench struct {
	name, usage string
	run         func(context.Context, options) (report.Table, error)
}

var benches = []bench{
	{"dm", "round trip of a direct message with its receipt", benchDM},
	{"broadcast", "messages a second, CPU per delivery and latency among ten nodes", benchBroadcast},
	{"burst", "10,000 messages as fast as they are taken", benchBurst},
	{"channel", "the same as broadcast, in a channel and in the lobby", benchInChannel},
	{"session", "a private session: there and back, delivered, one way", benchSession},
	{"channels", "10,000 channels on one node: memory, goroutines, idle CPU", benchChannels},
	{"guests", "500 guests at the line gateway of one node: memory, latency, lines a second", benchGuests},
	{"irc", "500 clients at the IRC door of one node: memory, latency", benchIRC},
	{"web", "200 browsers at the web door of one node: memory, latency, texts a second", benchWeb},
	{"page", "the same for one browser", benchPage},
	{"store", "a history of 1,000,000 messages: append, read, search, start", benchStore},
	{"durable", "direct messages and broadcasts that are on disk before they count", benchDurable},
	{"catchup", "a newcomer's 100,000 messages, and what was missed in an absence", benchCatchup},
	{"join", "from exec to the first message received; cost of an idle node", benchJoin},
}

// benchCommand is "lab bench".
func benchCommand() *cli.Command {
	return &cli.Command{
		Name:      "bench",
		Usage:     "measure tincan and, in the same run, the bare libraries under it",
		ArgsUsage: "[" + benchNames(" | ") + "]...",
		Description: "Without arguments all are run. Lines marked ÷ are tincan's figure divided by the floor's.\n" +
			"Examples: lab bench --rounds 20 dm · lab bench --json > bench.jsonl",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "one JSON object a benchmark on stdout"},
			&cli.IntFlag{Name: "rounds", Usage: "`N` rounds, in each of which every contestant has a turn"},
			&cli.BoolFlag{Name: "floors", Usage: "measure the floors only"},
			&cli.BoolFlag{Name: "product", Usage: "measure tincan only, to profile it", Hidden: true},
			&cli.StringFlag{Name: "cpuprofile", Usage: "write a CPU profile of this process to `FILE`", Hidden: true},
			&cli.StringFlag{Name: "memprofile", Usage: "write a profile of its allocations to `FILE`", Hidden: true},
			&cli.StringFlag{Name: "node", Usage: "`PATH` of a built node for join, store and catchup (default: build it)"},
			&cli.IntFlag{Name: "peer-no", Value: 61, Usage: "first of four peer numbers `N` that these take; small ones, like people's"},
			&cli.IntFlag{Name: "messages", Value: 1_000_000, Usage: "`N` messages in the history of store; it takes some minutes to make it"},
			&cli.StringFlag{Name: "dir", Usage: "a directory `DIR` on the disk that is to be measured (default: that of temporary files)"},
		},
		Action:      runBenches,
		Subcommands: []*cli.Command{floorNodeCommand(), commitsCommand(), fillCommand(), crowdCommand(), neighboursCommand()},
	}
}

func runBenches(c *cli.Context) (err error) {
	chosen, err := chooseBenches(c.Args().Slice())
	if err != nil {
		return cli.Exit(err, 2)
	}
	ctx, stop := signal.NotifyContext(c.Context, os.Interrupt)
	defer stop()
	profiled, err := profile(c.String("cpuprofile"), c.String("memprofile"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, profiled()) }()
	o := options{rounds: max(0, c.Int("rounds")), floorsOnly: c.Bool("floors"), productOnly: c.Bool("product"), node: c.String("node"), peerNo: c.Int("peer-no"),
		messages: max(storeTail*4, c.Int("messages")), dir: c.String("dir")}
	for _, b := range chosen {
		table, err := b.run(ctx, o)
		if err != nil {
			return fmt.Errorf("bench %s: %w", b.name, err)
		}
		write := table.WriteText
		if c.Bool("json") {
			write = table.WriteJSON
		}
		if err := write(c.App.Writer); err != nil {
			return fmt.Errorf("write result: %w", err)
		}
	}
	return nil
}

// chooseBenches finds benchmarks by name, in the order given; no names, all.
func chooseBenches(names []string) ([]bench, error) {
	if len(names) == 0 {
		return benches, nil
	}
	var chosen []bench
next:
	for _, name := range names {
		for _, b := range benches {
			if b.name == name {
				chosen = append(chosen, b)
				continue next
			}
		}
		return nil, fmt.Errorf("no benchmark %q; there are %s", name, benchNames(", "))
	}
	return chosen, nil
}

func benchNames(between string) string {
	var names []string
	for _, b := range benches {
		names = append(names, b.name)
	}
	return strings.Join(names, between)
}

// floorNodeCommand is the process that join measures a node against.
func floorNodeCommand() *cli.Command {
	return &cli.Command{
		Name:   "floor-node",
		Usage:  "a bare libp2p node: publishes its input, prints what it hears",
		Hidden: true,
		Flags:  []cli.Flag{&cli.IntFlag{Name: "peer-no"}, &cli.IntFlag{Name: "bootstrap-peer-no"}},
		Action: func(c *cli.Context) error {
			return floor.Node(c.Context, c.Int("peer-no"), c.Int("bootstrap-peer-no"), os.Stdin, os.Stdout)
		},
	}
}

// crowdCommand is the process of the guests.
func crowdCommand() *cli.Command {
	return &cli.Command{
		Name:   "crowd",
		Usage:  "many guests of one door and a speaker at another",
		Hidden: true,
		Flags:  []cli.Flag{&cli.IntFlag{Name: "guests"}, &cli.StringFlag{Name: "speech"}, &cli.StringFlag{Name: "door"}, &cli.StringFlag{Name: "speakers"}},
		Action: func(c *cli.Context) error {
			return runCrowd(c.Context, c.Int("guests"), c.String("speech"), c.String("door"), c.String("speakers"), os.Stdin, os.Stdout)
		},
	}
}

// neighboursCommand is the process of the neighbours of a node in many channels.
func neighboursCommand() *cli.Command {
	return &cli.Command{
		Name:   "neighbours",
		Usage:  "two nodes, one of them in some channels",
		Hidden: true,
		Flags:  []cli.Flag{&cli.IntFlag{Name: "contestant"}, &cli.StringFlag{Name: "way"}},
		Action: func(c *cli.Context) error {
			return runNeighbours(c.Context, c.Int("contestant"), c.String("way"), os.Stdin, os.Stdout)
		},
	}
}

// text is the n-th text of a round: floor.TextSize bytes that begin with both
// numbers.
func text(round, n int) string {
	head := fmt.Sprintf("%06d %08d ", round, n)
	return head + strings.Repeat(".", floor.TextSize-len(head))
}

// parseText reads the numbers of a text.
func parseText(s string) (round, n int, ok bool) {
	if len(s) != floor.TextSize || s[6] != ' ' || s[15] != ' ' {
		return 0, 0, false
	}
	round, ok = digits(s[:6])
	if !ok {
		return 0, 0, false
	}
	n, ok = digits(s[7:15])
	return round, n, ok
}

func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// closeAll closes contestants, the last first.
func closeAll[T interface{ Close() error }](contestants []T) error {
	var errs []error
	for i := len(contestants) - 1; i >= 0; i-- {
		errs = append(errs, contestants[i].Close())
	}
	return errors.Join(errs...)
}
