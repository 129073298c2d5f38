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
	"tincan/node/localnet"
)

// Trips of a turn are made one after the other; the first few only warm up.
const (
	dmRounds = 40
	dmTurn   = 100
	dmWarmUp = 10
	dmLimit  = 5 * time.Second // for one trip
)

// A trip brings a text to another node and returns when the answer is there.
type trip interface {
	Go(ctx context.Context, text string) error
	Close() error
}

// A preparer does something before each trip that is not part of it.
type preparer interface {
	Prepare()
}

type dmContestant struct {
	trip
	name    string
	product bool
	against []string // floors, when product
	sample  report.Sample
}

func benchDM(ctx context.Context, o options) (table report.Table, err error) {
	var all []*dmContestant
	defer func() { err = errors.Join(err, closeAll(all)) }()
	for _, fresh := range []bool{false, true} {
		how := map[bool]string{false: "kept open", true: "fresh"}[fresh]
		var against []string
		for _, signed := range []bool{false, true} {
			if o.productOnly {
				break
			}
			t, err := floor.NewTrip(ctx, floor.TripKind{Fresh: fresh, Signed: signed})
			if err != nil {
				return table, err
			}
			name := "raw stream, " + how
			if signed {
				name += ", signed both ways"
			}
			against = append(against, name)
			all = append(all, &dmContestant{trip: t, name: name})
		}
		if o.floorsOnly {
			continue
		}
		t, err := newProductTrip(ctx, fresh, localnet.Options{})
		if err != nil {
			return table, err
		}
		all = append(all, &dmContestant{trip: t, name: "tincan, " + how, product: true, against: against})
	}
	rounds := cmp.Or(o.rounds, dmRounds)
	for round := range rounds {
		for _, c := range all {
			if err := dmTrips(ctx, c, round); err != nil {
				return table, fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	table = report.Table{
		Name:    "dm",
		Setup:   fmt.Sprintf("%d B to a connected node and the answer back, loopback, %d rounds of %d trips each", floor.TextSize, rounds, dmTurn),
		Columns: []report.Column{{Name: "p50", Unit: report.Micros}, {Name: "p99", Unit: report.Micros}},
		Notes:   []string{"tincan keeps its stream open; fresh: that stream was taken away before each trip, so it finds out and opens another"},
	}
	for _, c := range all {
		table.Rows = append(table.Rows, report.Row{Name: c.name, Product: c.product, Against: c.against,
			Figures: []float64{micros(c.sample.At(0.5)), micros(c.sample.At(0.99))}})
	}
	return table, nil
}

// dmTrips is one turn of one contestant.
func dmTrips(ctx context.Context, c *dmContestant, round int) error {
	ctx, stop := context.WithTimeout(ctx, dmLimit*dmTurn)
	defer stop()
	runtime.GC() // nobody pays for another's garbage
	for n := range dmWarmUp + dmTurn {
		s := text(round, n)
		if p, ok := c.trip.(preparer); ok {
			p.Prepare()
		}
		start := time.Now()
		if err := c.Go(ctx, s); err != nil {
			return err
		}
		if took := time.Since(start); n >= dmWarmUp {
			c.sample.Add(took)
		}
	}
	return nil
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
func millis(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
