package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"time"

	"tincan/cmd/lab/internal/floor"
	"tincan/cmd/lab/internal/report"
)

const (
	broadcastRounds = 5
	broadcastTexts  = 2000                    // of a floor in one turn
	productTexts    = 20_000                  // of tincan in one turn: about as long a turn
	latencyTexts    = 60                      // alone in the mesh, in one turn
	latencyPause    = 2 * time.Millisecond    // between them: the mesh is idle again
	quiet           = 1500 * time.Millisecond // after which what has not come is lost
)

// windows are the numbers of texts under way that a floor is tried with: the
// queues of default gossipsub hold 32, and what does not fit is lost. It then
// runs with the window that was fastest without loss.
var windows = []int{4, 8, 16, 24, 32}

// broadcaster is one contestant.
type broadcaster struct {
	*audience
	name    string
	product bool
	window  int // texts under way; 0: as fast as Publish takes them
	texts   int
	rates   []float64 // texts a second
	cpu     []float64 // µs per delivery to a node other than the author
	latency report.Sample
	lost    int
	round   int // of the last tally
}

func benchBroadcast(ctx context.Context, o options) (table report.Table, err error) {
	all, err := newBroadcasters(ctx, o)
	defer func() { err = errors.Join(err, closeAll(all)) }()
	if err != nil {
		return table, err
	}
	for _, c := range all {
		if err := c.chooseWindow(ctx); err != nil {
			return table, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	if table, err = broadcastTable(ctx, "broadcast", all, cmp.Or(o.rounds, broadcastRounds)); err != nil {
		return table, err
	}
	for _, c := range all {
		if c.window > 0 {
			table.Notes = append(table.Notes, fmt.Sprintf("%s: held to %d texts under way, the fastest of %v without loss", c.name, c.window, windows))
		}
	}
	return table, nil
}

// broadcastTable gives all their turns and says what came of it.
func broadcastTable(ctx context.Context, name string, all []*broadcaster, rounds int) (table report.Table, err error) {
	for range rounds {
		for _, c := range all {
			if err := errors.Join(c.throughput(ctx), c.unloaded(ctx)); err != nil {
				return table, fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	table = report.Table{
		Name:  name,
		Setup: fmt.Sprintf("%d B from one of %d nodes to all, one process, loopback, %d rounds", floor.TextSize, benchNodes, rounds),
		Columns: []report.Column{{Name: "texts", Unit: report.Rate}, {Name: "CPU/delivery", Unit: report.Micros},
			{Name: "to the last p50", Unit: report.Micros}, {Name: "p99", Unit: report.Micros}, {Name: "lost", Unit: report.Count}},
		Notes: []string{"texts/s without loss, median of rounds; to the last: one text at a time, until all nodes have it"},
	}
	for _, c := range all {
		table.Rows = append(table.Rows, report.Row{Name: c.name, Product: c.product, Figures: []float64{
			report.Median(c.rates), report.Median(c.cpu), micros(c.latency.At(0.5)), micros(c.latency.At(0.99)), float64(c.lost)}})
	}
	return table, nil
}

// newBroadcasters returns those that it could make with its error.
func newBroadcasters(ctx context.Context, o options) ([]*broadcaster, error) {
	var all []*broadcaster
	if !o.productOnly {
		raw, err := floor.NewMesh(ctx, benchNodes, 0)
		if err != nil {
			return nil, err
		}
		all = append(all, &broadcaster{audience: newAudience(raw, benchNodes), name: "raw gossipsub", texts: broadcastTexts})
	}
	if o.floorsOnly {
		return all, nil
	}
	m, err := newLobbyMesh(ctx, benchNodes)
	if err != nil {
		return all, err
	}
	return append(all, &broadcaster{audience: newAudience(m, benchNodes), name: "tincan", product: true, texts: productTexts}), nil
}

// chooseWindow finds the fastest window without loss for a floor.
func (c *broadcaster) chooseWindow(ctx context.Context) error {
	if c.product {
		return nil
	}
	best := 0.0
	for _, w := range windows {
		rate, _, lost, err := c.push(ctx, w, quiet)
		if err != nil {
			return err
		}
		if lost == 0 && rate > best {
			best, c.window = rate, w
		}
	}
	if c.window == 0 {
		return fmt.Errorf("loses texts even with %d under way", windows[0])
	}
	return nil
}

// throughput is one turn under load. A turn that lost something counts as lost
// texts, not as a rate.
func (c *broadcaster) throughput(ctx context.Context) error {
	rate, cpu, lost, err := c.push(ctx, c.window, quiet)
	if err != nil {
		return err
	}
	c.lost += lost
	if lost == 0 {
		c.rates, c.cpu = append(c.rates, rate), append(c.cpu, cpu)
	}
	return nil
}

// push publishes c.texts with at most window under way and waits until all
// nodes have heard all, or nobody hears anything for as long as quiet.
func (c *broadcaster) push(ctx context.Context, window int, quiet time.Duration) (rate, cpuMicros float64, lost int, err error) {
	runtime.GC()
	c.round++
	t := c.expect(c.round, c.texts)
	cpu, start := processCPU(), time.Now()
	for n := range c.texts {
		if window > 0 && n >= window {
			if ok, err := t.await(ctx, n-window+1, quiet); err != nil {
				return 0, 0, 0, err
			} else if !ok {
				window = 0 // something is lost: the turn does not count, only end it
			}
		}
		if err := c.mesh.Publish(ctx, text(c.round, n)); err != nil {
			return 0, 0, 0, fmt.Errorf("publish: %w", err)
		}
	}
	if _, err := t.await(ctx, c.texts, quiet); err != nil {
		return 0, 0, 0, err
	}
	took, used := time.Since(start), processCPU()-cpu
	heard := int(t.heard.Load())
	lost = c.texts*c.nodes - heard - int(t.own.Load())
	return float64(c.texts) / took.Seconds(), micros(used) / float64(max(1, heard)), lost, nil
}

// unloaded measures texts that are alone in the mesh.
func (c *broadcaster) unloaded(ctx context.Context) error {
	runtime.GC()
	c.round++
	t := c.expect(c.round, latencyTexts)
	for n := range latencyTexts {
		time.Sleep(latencyPause)
		want := int(t.full.Load()) + 1
		start := time.Now()
		if err := c.mesh.Publish(ctx, text(c.round, n)); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		ok, err := t.await(ctx, want, quiet)
		if err != nil {
			return err
		}
		if ok {
			c.latency.Add(time.Since(start))
		} else {
			c.lost++
		}
	}
	return nil
}

// share is part of all in percent, or NaN of none.
func share(part, all int) float64 {
	if all == 0 {
		return math.NaN()
	}
	return 100 * float64(part) / float64(all)
}
