package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"tincan/cmd/lab/internal/floor"
	"tincan/cmd/lab/internal/report"
)

const (
	burstRounds = 3
	burstTexts  = 10_000
	burstQueue  = 16 << 10 // of the floor with raised queues: holds the whole burst
	burstQuiet  = 3 * time.Second
)

type burster struct {
	*audience
	name    string
	product bool

	refused, heard, owed, disorder, twice int
	took                                  []float64 // ms a round, until the last delivery
}

func benchBurst(ctx context.Context, o options) (table report.Table, err error) {
	all, err := newBursters(ctx, o)
	defer func() { err = errors.Join(err, closeAll(all)) }()
	if err != nil {
		return table, err
	}
	rounds := cmp.Or(o.rounds, burstRounds)
	for round := range rounds {
		for _, c := range all {
			if err := c.burst(ctx, round+1); err != nil {
				return table, fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	table = report.Table{
		Name:  "burst",
		Setup: fmt.Sprintf("%d texts of %d B unpaced from one of %d nodes, %d rounds", burstTexts, floor.TextSize, benchNodes, rounds),
		Columns: []report.Column{{Name: "refused", Unit: report.Count}, {Name: "delivered", Unit: report.Percent},
			{Name: "out of order", Unit: report.Count}, {Name: "twice", Unit: report.Count}, {Name: "to the last", Unit: report.Millis}},
		Notes: []string{"delivered: share of the texts that were not refused, over all nodes but the author's"},
	}
	for _, c := range all {
		table.Rows = append(table.Rows, report.Row{Name: c.name, Product: c.product, Figures: []float64{
			float64(c.refused), share(c.heard, c.owed), float64(c.disorder), float64(c.twice), report.Median(c.took)}})
	}
	return table, nil
}

// newBursters returns those that it could make with its error.
func newBursters(ctx context.Context, o options) (all []*burster, err error) {
	for _, f := range []struct {
		name  string
		queue int
	}{{"raw gossipsub", 0}, {"raw gossipsub, long queues", burstQueue}} {
		if o.productOnly {
			break
		}
		m, err := floor.NewMesh(ctx, benchNodes, f.queue)
		if err != nil {
			return all, err
		}
		all = append(all, &burster{audience: newAudience(m, benchNodes), name: f.name})
	}
	if o.floorsOnly {
		return all, nil
	}
	m, err := newLobbyMesh(ctx, benchNodes)
	if err != nil {
		return all, err
	}
	return append(all, &burster{audience: newAudience(m, benchNodes), name: "tincan", product: true}), nil
}

// burst is one turn.
func (c *burster) burst(ctx context.Context, round int) error {
	runtime.GC()
	t := c.expect(round, burstTexts)
	before, start := c.mesh.Refused(), time.Now()
	for n := range burstTexts {
		if err := c.mesh.Publish(ctx, text(round, n)); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
	}
	whole, err := t.await(ctx, burstTexts, burstQuiet)
	if err != nil {
		return err
	}
	took := time.Since(start)
	if !whole {
		took -= burstQuiet
	}
	refused := c.mesh.Refused() - before
	c.refused += refused
	c.heard += int(t.heard.Load())
	c.owed += (burstTexts - refused) * (c.nodes - 1)
	c.disorder += int(t.disorder.Load())
	c.twice += int(t.twice.Load())
	c.took = append(c.took, millis(took))
	return nil
}
