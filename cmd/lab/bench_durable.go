package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/lab/internal/floor"
	"tincan/cmd/lab/internal/report"
	"tincan/node/localnet"
)

const (
	durableRounds = 5
	durableTrips  = 100
	durableTexts  = 3000             // of direct messages unpaced, in one turn
	durableLimit  = 60 * time.Second // for one turn of them
)

// durable is a contestant whose nodes keep what is said, or do not.
type durable struct {
	name        string
	product     bool
	trip        trip
	broadcaster *broadcaster // nil of the floor
	sample      report.Sample
	rates       []float64 // direct messages a second
	round       int
}

func benchDurable(ctx context.Context, o options) (table report.Table, err error) {
	dir, cleanUp, err := o.workplace()
	if err != nil {
		return table, err
	}
	defer func() { err = errors.Join(err, cleanUp()) }()
	var all []*durable
	defer func() { err = errors.Join(err, closeAll(all)) }()
	for _, d := range []*durable{{name: "raw stream and SQLite"}, {name: "tincan in memory"}, {name: "tincan", product: true}} {
		if d.product && o.floorsOnly || !d.product && o.productOnly {
			continue
		}
		if err := d.open(ctx, dir); err != nil {
			return table, fmt.Errorf("%s: %w", d.name, err)
		}
		all = append(all, d)
	}
	rounds := cmp.Or(o.rounds, durableRounds)
	for range rounds {
		for _, d := range all {
			if err := d.turn(ctx); err != nil {
				return table, fmt.Errorf("%s: %w", d.name, err)
			}
		}
	}
	table = report.Table{
		Name: "durable",
		Setup: fmt.Sprintf("%d B on disk at both ends before they count as delivered, loopback: %d rounds of %d trips, %d direct messages unpaced, %d broadcasts among %d nodes",
			floor.TextSize, rounds, durableTrips, durableTexts, productTexts, benchNodes),
		Columns: []report.Column{{Name: "receipt p50", Unit: report.Millis}, {Name: "p99", Unit: report.Millis}, {Name: "direct", Unit: report.Rate},
			{Name: "broadcast", Unit: report.Rate}, {Name: "CPU/delivery", Unit: report.Micros}, {Name: "lost", Unit: report.Count}},
		Notes: []string{"raw: a commit, a frame there, a commit, a frame back; receipt: from what a user asks to the word that the other node has it, one at a time"},
	}
	for _, d := range all {
		f := []float64{millis(d.sample.At(0.5)), millis(d.sample.At(0.99)), known(report.Median(d.rates)), known(0), known(0), known(0)}
		if b := d.broadcaster; b != nil {
			f[3], f[4], f[5] = report.Median(b.rates), report.Median(b.cpu), float64(b.lost)
		}
		table.Rows = append(table.Rows, report.Row{Name: d.name, Product: d.product, Figures: f})
	}
	return table, nil
}

// open makes the nodes; those of the product, their directories below dir.
func (d *durable) open(ctx context.Context, dir string) (err error) {
	if !d.product && d.name == "raw stream and SQLite" {
		d.trip, err = newKeptTrip(ctx, filepath.Join(dir, "raw"))
		return err
	}
	var pair, crowd localnet.Options
	if d.product {
		pair.Dir, crowd.Dir = filepath.Join(dir, "pair"), filepath.Join(dir, "crowd")
	}
	if d.trip, err = newProductTrip(ctx, false, pair); err != nil {
		return err
	}
	m, err := newProductMesh(ctx, benchNodes, crowd, func(text string) chat.Instruction { return chat.Broadcast{Text: text} })
	if err != nil {
		return errors.Join(err, d.trip.Close())
	}
	d.broadcaster = &broadcaster{audience: newAudience(m, benchNodes), name: d.name, product: true, texts: productTexts}
	return nil
}

func (d *durable) Close() error {
	if d.broadcaster == nil {
		return d.trip.Close()
	}
	return errors.Join(d.broadcaster.Close(), d.trip.Close())
}

// turn is one turn of one contestant.
func (d *durable) turn(ctx context.Context) error {
	soon, stop := context.WithTimeout(ctx, durableLimit)
	defer stop()
	runtime.GC()
	d.round++
	for n := range dmWarmUp + durableTrips {
		begun := time.Now()
		if err := d.trip.Go(soon, text(d.round, n)); err != nil {
			return err
		}
		if n >= dmWarmUp {
			d.sample.Add(time.Since(begun))
		}
	}
	if d.broadcaster == nil {
		return nil
	}
	begun := time.Now()
	if err := d.trip.(*productTrip).Push(soon, d.round, durableTexts); err != nil {
		return err
	}
	d.rates = append(d.rates, durableTexts/time.Since(begun).Seconds())
	return d.broadcaster.throughput(ctx)
}

// keptTrip is a trip with a commit at each end.
type keptTrip struct {
	*floor.Trip
	keepers [2]keeper
	corpus  *corpus
}

func newKeptTrip(ctx context.Context, dir string) (*keptTrip, error) {
	t := &keptTrip{}
	for i := range t.keepers {
		raw, tincan, err := openKeepers(ctx, filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			return nil, err
		}
		t.keepers[i] = raw
		if err := tincan.Close(); err != nil { // it was there for its scheme
			return nil, err
		}
	}
	var err error
	if t.corpus, err = newCorpus(1, 0, 0, time.Now()); err != nil {
		return nil, err
	}
	t.Trip, err = floor.NewTrip(ctx, floor.TripKind{Signed: true})
	return t, err
}

// Go keeps the text at both ends. It does not matter to what is measured that both
// do it in front.
func (t *keptTrip) Go(ctx context.Context, text string) error {
	one, err := t.corpus.take(1)
	if err != nil {
		return err
	}
	for _, k := range t.keepers {
		if err := k.Keep(ctx, one); err != nil {
			return err
		}
	}
	return t.Trip.Go(ctx, text)
}

func (t *keptTrip) Close() error {
	return errors.Join(t.Trip.Close(), t.keepers[0].Close(), t.keepers[1].Close())
}
