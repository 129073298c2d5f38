package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"tincan/behaviour"
	"tincan/behaviour/chat"
	"tincan/behaviour/wire"
	"tincan/cmd/lab/internal/report"
	"tincan/node"
)

const (
	catchupRounds  = 3
	catchupAuthors = 10
	catchupMany    = 100_000 // what a newcomer has to get
	catchupFew     = 1000    // what was said while a node was away
	catchupLimit   = 3 * time.Minute
)

// catchup is one way of coming to hold what others hold.
type catchup struct {
	name    string
	holders int
	had     int // so many messages the one who comes has already
	lacks   int // and so many not

	took, first report.Sample // since exec: until it is told of all, or of the first
	here, there []cost        // of the one who comes and of a holder
}

func benchCatchup(ctx context.Context, o options) (table report.Table, err error) {
	path, cleanUpNode, err := nodeBinary(ctx, o.node)
	defer cleanUpNode()
	if err != nil {
		return table, err
	}
	rounds, many := cmp.Or(o.rounds, catchupRounds), min(catchupMany, o.messages)
	c, err := newCorpus(catchupAuthors, 0, many+catchupFew, time.Now().Add(-time.Hour))
	if err != nil {
		return table, err
	}
	all, err := c.take(many + catchupFew)
	if err != nil {
		return table, err
	}
	ways := []*catchup{
		{name: "newcomer, one holder", holders: 1, lacks: many},
		{name: "newcomer, three holders", holders: 3, lacks: many},
		{name: "back after an absence, one holder", holders: 1, had: many, lacks: catchupFew},
	}
	var raw report.Sample
	var rawCPU []float64
	for range rounds {
		for _, w := range ways {
			if err := w.turn(ctx, o, path, all[:w.had+w.lacks]); err != nil {
				return table, fmt.Errorf("%s: %w", w.name, err)
			}
		}
		cpu := processCPU()
		took, err := rawCatchup(ctx, o, all[:many])
		if err != nil {
			return table, fmt.Errorf("raw: %w", err)
		}
		raw.Add(took)
		rawCPU = append(rawCPU, millis(processCPU()-cpu))
	}
	table = report.Table{
		Name: "catchup",
		Setup: fmt.Sprintf("%d messages in the lobby, signed one by one by %d authors, and %d that were said while a node was away; processes with their histories on disk, loopback, %d rounds",
			many, catchupAuthors, catchupFew, rounds),
		Columns: []report.Column{{Name: "to the first p50", Unit: report.Millis}, {Name: "to the last p50", Unit: report.Millis}, {Name: "worst", Unit: report.Millis},
			{Name: "CPU", Unit: report.Millis}, {Name: "peak", Unit: report.MiB}, {Name: "a holder's CPU", Unit: report.Millis}, {Name: "its peak", Unit: report.MiB}},
		Notes: []string{"from exec to when its user is told of the first and the last of them; peak: resident memory of a process; raw: check the signatures, then append to SQLite by " + strconv.Itoa(storeBatch)},
	}
	rawName := fmt.Sprintf("raw signatures and SQLite, %d", many)
	table.Rows = append(table.Rows, report.Row{Name: rawName, Figures: []float64{known(0), millis(raw.At(0.5)), millis(raw.At(1)), report.Median(rawCPU), known(0), known(0), known(0)}})
	for _, w := range ways {
		row := report.Row{Name: w.name, Product: true, Against: []string{rawName}, Figures: []float64{
			millis(w.first.At(0.5)), millis(w.took.At(0.5)), millis(w.took.At(1)), cpuOf(w.here), peakOf(w.here), cpuOf(w.there), peakOf(w.there)}}
		if w.lacks != many {
			row.Against = []string{} // it does another thing
		}
		table.Rows = append(table.Rows, row)
	}
	return table, nil
}

// turn has new holders, and one process that comes.
func (w *catchup) turn(ctx context.Context, o options, path string, all []*chat.Envelope) (err error) {
	dir, cleanUp, err := o.workplace()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cleanUp()) }()
	place := func(i int) string { return filepath.Join(dir, strconv.Itoa(i)) }
	args := func(i int) []string {
		a := []string{"--json", "--no-mdns", "--peer-no", strconv.Itoa(o.peerNo + i), "--data-dir", place(i)}
		for holder := range i {
			a = append(a, "-b", strconv.Itoa(o.peerNo+holder))
		}
		return a
	}
	for i := range w.holders {
		if err := fillHistory(ctx, place(i), o.peerNo+i, false, each(all)); err != nil {
			return fmt.Errorf("fill store of a holder: %w", err)
		}
	}
	me := w.holders
	if w.had > 0 {
		if err := fillHistory(ctx, place(me), o.peerNo+me, false, each(all[:w.had])); err != nil {
			return fmt.Errorf("fill store: %w", err)
		}
	}
	ctx, stop := context.WithTimeout(ctx, catchupLimit)
	defer stop()
	var holders []*process
	defer func() {
		for _, h := range holders {
			err = errors.Join(err, h.endWithin(storeLimit))
		}
	}()
	for i := range w.holders {
		h, err := start(ctx, path, args(i))
		if err != nil {
			return err
		}
		holders = append(holders, h)
		if _, err := h.until(ctx, `"type":"ready"`); err != nil {
			return fmt.Errorf("holder: %w", err)
		}
	}
	p, err := start(ctx, path, args(me))
	if err != nil {
		return err
	}
	err = w.watch(ctx, p)
	w.here = append(w.here, p.costs())
	w.there = append(w.there, holders[0].costs())
	if err := errors.Join(err, p.endWithin(storeLimit)); err != nil {
		return err
	}
	return w.holds(place(me), o.peerNo+me, len(all))
}

// watch waits until the user has been told of all.
func (w *catchup) watch(ctx context.Context, p *process) error {
	for told := 0; told < w.lacks; {
		l, err := p.until(ctx, `"type":"digest"`)
		if err != nil {
			return fmt.Errorf("told of %d of %d: %w", told, w.lacks, err)
		}
		var digest struct{ Count int }
		if err := json.Unmarshal([]byte(l.text), &digest); err != nil {
			return fmt.Errorf("read %q: %w", l.text, err)
		}
		if told == 0 {
			w.first.Add(l.at)
		}
		if told += digest.Count; told >= w.lacks {
			w.took.Add(l.at)
		}
	}
	return nil
}

// cost is what a process has used so far; NaN where that is not to be had.
type cost struct{ cpu, peak float64 } // ms, MiB of resident memory

func (c *process) costs() cost {
	used := cost{math.NaN(), math.NaN()}
	if kib, err := statusKiB(c.cmd.Process.Pid, "VmHWM:"); err == nil {
		used.peak = kib / 1024
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.cmd.Process.Pid))
	if at := bytes.LastIndexByte(stat, ')'); err == nil && at > 0 {
		// proc(5): of what follows the name in parentheses, the 12th and 13th are
		// the times in user and kernel, in hundredths of a second.
		if f := strings.Fields(string(stat[at+1:])); len(f) > 12 {
			user, _ := strconv.ParseFloat(f[11], 64)
			kernel, _ := strconv.ParseFloat(f[12], 64)
			used.cpu = 10 * (user + kernel)
		}
	}
	return used
}

func cpuOf(all []cost) float64 {
	return medianOf(all, func(c cost) float64 { return c.cpu })
}

func peakOf(all []cost) float64 {
	return medianOf(all, func(c cost) float64 { return c.peak })
}

func medianOf(all []cost, figure func(cost) float64) float64 {
	var values []float64
	for _, c := range all {
		values = append(values, figure(c))
	}
	return report.Median(values)
}

// holds checks that all is there.
func (w *catchup) holds(dir string, peerNo, want int) error {
	h, err := behaviour.ReadHistory(historyOf(dir), behaviour.HistoryConfig{Network: node.DemoNetwork, Key: node.DemoKey(peerNo)})
	if err != nil {
		return fmt.Errorf("open history: %w", err)
	}
	defer h.Close()
	n := 0
	err = h.Each(context.Background(), chat.Lobby, func(m chat.Memory) error {
		if m.Kind == chat.Text {
			n++
		}
		return nil
	})
	if err == nil && n != want {
		err = fmt.Errorf("%d messages are kept; want %d", n, want)
	}
	return err
}

// rawCatchup is what cannot be left out.
func rawCatchup(ctx context.Context, o options, all []*chat.Envelope) (took time.Duration, err error) {
	dir, cleanUp, err := o.workplace()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, cleanUp()) }()
	k, tincan, err := openKeepers(ctx, dir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, k.Close(), tincan.Close()) }()
	opener := wire.NewOpener(node.DemoNetwork)
	runtime.GC()
	begun := time.Now()
	for at := 0; at < len(all); at += storeBatch {
		batch := all[at:min(at+storeBatch, len(all))]
		for _, e := range batch {
			if _, err := opener.Open(e.Raw); err != nil {
				return 0, err
			}
		}
		if err := k.Keep(ctx, batch); err != nil {
			return 0, err
		}
	}
	return time.Since(begun), nil
}
