package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour/chat"
	"tincan/cmd/lab/internal/floor"
	"tincan/cmd/lab/internal/report"
	"tincan/node"
)

const (
	manyChannels = 10_000           // that the first node is in
	someChannels = 100              // of them, in which the second is, too; the third is in none
	manySettle   = 15 * time.Second // after the last is entered
	manyIdle     = 4 * time.Second  // for which the idle node is watched at a time
	manyWindows  = 5                // so many times
)

// An idler is nodes that can enter channels, and then say nothing.
type idler interface {
	Way() string // to the first node
	Enter(ctx context.Context, node int, channel string) error
	Close() error
}

// weight is what a process takes.
type weight struct {
	heap, resident float64 // bytes, the latter NaN when not to be had
	routines       int
}

// idlers are the contestants. Each makes nodes that know each other and the one
// to whom way leads, if that is not "".
var idlers = []struct {
	name    string
	product bool
	make    func(ctx context.Context, first, n int, way string) (idler, error)
}{
	{"raw gossipsub, a topic each", false, func(ctx context.Context, _, n int, way string) (idler, error) {
		return floor.NewTopics(ctx, n, way)
	}},
	{"tincan", true, newProductIdler},
}

func benchChannels(ctx context.Context, o options) (report.Table, error) {
	table := report.Table{
		Name:  "channels",
		Setup: fmt.Sprintf("one node in %d channels, connected to one in %d of them and to one in none, in another process; all silent", manyChannels, someChannels),
		Columns: []report.Column{{Name: "heap each", Unit: report.KiB}, {Name: "resident each", Unit: report.KiB}, {Name: "goroutines", Unit: report.Count},
			{Name: "CPU before", Unit: report.MillisASecond}, {Name: "CPU", Unit: report.MillisASecond}},
		Notes: []string{
			"each: what the process takes more, by channel; goroutines: how many more in all",
			fmt.Sprintf("CPU: of the one node's process, median of %d times %v, from %v after the last channel was entered; before: without channels", manyWindows, manyIdle, manySettle),
		},
	}
	for i, c := range idlers {
		if c.product && o.floorsOnly || !c.product && o.productOnly {
			continue
		}
		figures, err := idle(ctx, i)
		if err != nil {
			return table, fmt.Errorf("%s: %w", c.name, err)
		}
		table.Rows = append(table.Rows, report.Row{Name: c.name, Product: c.product, Figures: figures})
	}
	return table, nil
}

// runNeighbours is the process of the two neighbours of a contestant's node,
// until in ends.
func runNeighbours(ctx context.Context, contestant int, way string, in io.Reader, out io.Writer) (err error) {
	nodes, err := idlers[contestant].make(ctx, 2, 2, way)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, nodes.Close()) }()
	if err := enter(ctx, nodes, 0, someChannels); err != nil {
		return err
	}
	fmt.Fprintln(out, neighboursReady)
	_, err = io.Copy(io.Discard, in)
	return err
}

// neighboursReady is what they say when they are there.
const neighboursReady = "ready"

func enter(ctx context.Context, nodes idler, node, channels int) error {
	for i := range channels {
		if err := nodes.Enter(ctx, node, fmt.Sprintf("#channel-%d", i)); err != nil {
			return err
		}
	}
	return nil
}

// idle watches one contestant. The others are not there: the process is its own.
func idle(ctx context.Context, contestant int) (figures []float64, err error) {
	nodes, err := idlers[contestant].make(ctx, 1, 1, "")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, nodes.Close()) }()
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	neighbours, err := start(ctx, self, []string{"bench", "neighbours", "--contestant", strconv.Itoa(contestant), "--way", nodes.Way()})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, neighbours.end()) }()
	soon, stop := context.WithTimeout(ctx, meshLimit)
	defer stop()
	if _, err := neighbours.until(soon, neighboursReady); err != nil {
		return nil, err
	}
	if err := pause(ctx, meshSettles); err != nil {
		return nil, err
	}
	base, err := idleCPU(ctx)
	if err != nil {
		return nil, err
	}
	before := weigh()
	if err := enter(ctx, nodes, 0, manyChannels); err != nil {
		return nil, err
	}
	if err := pause(ctx, manySettle); err != nil {
		return nil, err
	}
	used, err := idleCPU(ctx)
	if err != nil {
		return nil, err
	}
	after := weigh()
	return []float64{
		(after.heap - before.heap) / manyChannels / 1024, (after.resident - before.resident) / manyChannels / 1024,
		float64(after.routines - before.routines), base, used,
	}, nil
}

// idleCPU is what the process uses while nothing is asked of it, in ms a second:
// the median of some windows, for others may be busy on the machine.
func idleCPU(ctx context.Context) (float64, error) {
	runtime.GC() // not in the time that is watched
	var windows []float64
	for range manyWindows {
		used, began := processCPU(), time.Now()
		if err := pause(ctx, manyIdle); err != nil {
			return 0, err
		}
		windows = append(windows, millis(processCPU()-used)/time.Since(began).Seconds())
	}
	return report.Median(windows), nil
}

// weigh gives back to the system what is free, and looks at the rest.
func weigh() weight {
	debug.FreeOSMemory() // collects, too
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	w := weight{heap: float64(m.HeapAlloc + m.StackInuse), resident: math.NaN(), routines: runtime.NumGoroutine()}
	if kib, err := residentKiB(os.Getpid()); err == nil {
		w.resident = kib * 1024
	}
	return w
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// productIdler is nodes whose owners read what they are told.
type productIdler struct {
	nodes []*node.Node
	stop  context.CancelFunc
	work  sync.WaitGroup
}

// newProductIdler makes nodes with the numbers from first on.
func newProductIdler(ctx context.Context, first, n int, way string) (idler, error) {
	life, stop := context.WithCancel(context.Background())
	p := &productIdler{stop: stop}
	for i := range n {
		c := node.Config{PeerNo: first + i, Listen: []string{"/ip4/127.0.0.1/tcp/0"}}
		if way != "" {
			c.Bootstrap = []string{way}
		}
		nd, err := node.New(c)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("start node %d: %w", c.PeerNo, err), p.Close())
		}
		p.nodes = append(p.nodes, nd)
		sub := nd.Subscribe(chat.Owner)
		p.work.Go(func() { _ = nd.Run(life) }) // ends with stop
		p.work.Go(func() {                     // ends with the node
			for {
				if _, err := sub.Next(context.Background()); err != nil {
					return
				}
			}
		})
	}
	if err := p.met(ctx, way); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// met waits until all nodes see the one to whom way leads.
func (p *productIdler) met(ctx context.Context, way string) error {
	if way == "" {
		return nil
	}
	to, err := peer.AddrInfoFromString(way)
	if err != nil {
		return err
	}
	for _, nd := range p.nodes {
		for !nd.InLobby(to.ID) {
			if err := pause(ctx, 5*time.Millisecond); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *productIdler) Way() string {
	h := p.nodes[0].Host()
	return fmt.Sprintf("%s/p2p/%s", h.Network().ListenAddresses()[0], h.ID())
}

func (p *productIdler) Enter(ctx context.Context, node int, channel string) error {
	return p.nodes[node].Do(ctx, chat.Owner, "", chat.Join{Channel: channel})
}

func (p *productIdler) Close() error {
	p.stop()
	p.work.Wait()
	return nil
}
