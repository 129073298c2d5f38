package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"tincan/behaviour"
	"tincan/behaviour/chat"
	"tincan/cmd/lab/internal/floor"
	"tincan/cmd/lab/internal/report"
	"tincan/node"
)

const (
	storeRounds   = 10
	storeSingles  = 50 // messages committed alone, in one turn
	storeBatches  = 20
	storeBatch    = 100
	storeTail     = 1000 // the last so many of a conversation
	storeHits     = 20   // what a search asks for
	storeAuthors  = 50
	storeChannels = 20
	commitTexts   = 300 // of the process whose fsyncs are counted
)

// searches are of a frequent, a rarer and a rare word, and of two.
var searches = []string{"word1", "word77", "word7777", "word1 word77", "wo word3"}

// keeper is a contestant that keeps messages.
type keeper interface {
	// Keep returns when the messages would outlive a power cut.
	Keep(ctx context.Context, all []*chat.Envelope) error
	Close() error
}

// librarian is a contestant that reads a large history.
type librarian interface {
	Tail(ctx context.Context) error
	Find(ctx context.Context, words string) error
	Close() error
}

// storer is a contestant in all that it takes part in.
type storer struct {
	name    string
	product bool
	keeper
	fsyncs           float64
	singles          report.Sample
	batches          []float64 // messages a second
	reads            librarian
	tail, find       report.Sample
	starts, restarts report.Sample
	rss              []float64 // MiB, the peak until it is ready
}

func benchStore(ctx context.Context, o options) (table report.Table, err error) {
	dir, cleanUp, err := o.workplace()
	if err != nil {
		return table, err
	}
	defer func() { err = errors.Join(err, cleanUp()) }()
	raw, tincan := &storer{name: "raw SQLite"}, &storer{name: "tincan", product: true}
	plain := &storer{name: "tincan without a directory"}
	rounds := cmp.Or(o.rounds, storeRounds)
	for _, step := range []func() error{
		func() error { return appendTurns(ctx, dir, raw, tincan, rounds) },
		func() error { return countFsyncs(ctx, dir, raw, tincan) },
		func() error { return fillMillion(ctx, filepath.Join(dir, "million"), o.peerNo, o.messages) },
		func() error { return readTurns(ctx, dir, o.peerNo, raw, tincan, rounds) },
		func() error { return startTurns(ctx, dir, o, plain, tincan, rounds) },
	} {
		if err := step(); err != nil {
			return table, err
		}
	}
	table = report.Table{
		Name:  "store",
		Setup: fmt.Sprintf("signed messages of ten words; alone and in transactions of %d; then %d of them in %d conversations of %d authors, half in the lobby; %d rounds", storeBatch, o.messages, storeChannels+1, storeAuthors, rounds),
		Columns: []report.Column{
			{Name: "alone p50", Unit: report.Micros}, {Name: "fsyncs", Unit: report.Count}, {Name: fmt.Sprintf("by %d", storeBatch), Unit: report.Rate},
			{Name: fmt.Sprintf("last %d p50", storeTail), Unit: report.Millis}, {Name: "search p50", Unit: report.Millis}, {Name: "worst", Unit: report.Millis},
			{Name: "exec to ready p50", Unit: report.Millis}, {Name: "after a kill p50", Unit: report.Millis}, {Name: "peak", Unit: report.MiB}},
		Notes: []string{
			fmt.Sprintf("fsyncs: of one message that is saved alone, by strace over %d of them, checkpoints included; last %d: read, checked and decoded; raw: read", commitTexts, storeTail),
			"search: one to three words, frequent and rare; peak: resident memory of the whole process until it is ready",
		},
	}
	for _, c := range []*storer{raw, plain, tincan} {
		table.Rows = append(table.Rows, report.Row{Name: c.name, Product: c.product, Figures: []float64{
			known(micros(c.singles.At(0.5))), known(c.fsyncs), known(report.Median(c.batches)),
			known(millis(c.tail.At(0.5))), known(millis(c.find.At(0.5))), known(millis(c.find.At(1))),
			known(millis(c.starts.At(0.5))), known(millis(c.restarts.At(0.5))), known(report.Median(c.rss))}})
	}
	return table, nil
}

// known is NaN of what was not measured.
func known(f float64) float64 {
	if f == 0 {
		return math.NaN()
	}
	return f
}

// workplace makes a directory for what is kept; cleanUp removes it.
func (o options) workplace() (dir string, cleanUp func() error, err error) {
	if dir, err = os.MkdirTemp(o.dir, "lab-bench-"); err != nil {
		return "", nil, fmt.Errorf("make directory for stores: %w", err)
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}

// openKeepers makes both an empty store.
func openKeepers(ctx context.Context, dir string) (raw, tincan keeper, err error) {
	f, err := openFiller(filepath.Join(dir, "tincan"), firstAuthor)
	if err != nil {
		return nil, nil, err
	}
	s, err := floor.NewStore(ctx, filepath.Join(dir, "raw.db"), historyOf(filepath.Join(dir, "tincan")))
	if err != nil {
		return nil, nil, errors.Join(err, f.history.Close())
	}
	return rawKeeper{s}, tincanKeeper{f}, nil
}

type tincanKeeper struct{ *filler }

func (k tincanKeeper) Keep(ctx context.Context, all []*chat.Envelope) error {
	changes, now := make([]chat.Change, len(all)), time.Now()
	for i, e := range all {
		changes[i] = chat.Kept{Envelope: e, At: now}
	}
	return k.save(ctx, changes, 0)
}

func (k tincanKeeper) Close() error { return k.history.Close() }

type rawKeeper struct{ *floor.Store }

func (k rawKeeper) Keep(ctx context.Context, all []*chat.Envelope) error {
	return k.Append(ctx, rawRows(all))
}

func rawRows(all []*chat.Envelope) []floor.Kept {
	rows := make([]floor.Kept, len(all))
	for i, e := range all {
		rows[i] = floor.Kept{Number: int64(e.First), Stamp: int64(e.Messages[0].Stamp), Raw: e.Raw, Texts: []byte(e.Messages[0].Body)}
	}
	return rows
}

// appendTurns has both keep the same messages, alone and in batches, in turn.
func appendTurns(ctx context.Context, dir string, raw, tincan *storer, rounds int) (err error) {
	if raw.keeper, tincan.keeper, err = openKeepers(ctx, filepath.Join(dir, "append")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, raw.keeper.Close(), tincan.keeper.Close()) }()
	c, err := newCorpus(1, 0, 0, time.Now())
	if err != nil {
		return err
	}
	for range rounds {
		all, err := c.take(storeSingles + storeBatches*storeBatch)
		if err != nil {
			return err
		}
		for _, s := range []*storer{raw, tincan} {
			runtime.GC()
			if err := s.append(ctx, all); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	return nil
}

func (s *storer) append(ctx context.Context, all []*chat.Envelope) error {
	for i := range storeSingles {
		begun := time.Now()
		if err := s.Keep(ctx, all[i:i+1]); err != nil {
			return err
		}
		s.singles.Add(time.Since(begun))
	}
	begun := time.Now()
	for at := storeSingles; at < len(all); at += storeBatch {
		if err := s.Keep(ctx, all[at:at+storeBatch]); err != nil {
			return err
		}
	}
	s.batches = append(s.batches, float64(len(all)-storeSingles)/time.Since(begun).Seconds())
	return nil
}

// fillMillion makes the large store of a demo peer.
func fillMillion(ctx context.Context, dir string, peerNo, messages int) error {
	c, err := newCorpus(storeAuthors, storeChannels, messages, time.Now())
	if err != nil {
		return err
	}
	if err := fillHistory(ctx, dir, peerNo, true, c.made(messages)); err != nil {
		return fmt.Errorf("fill store: %w", err)
	}
	return nil
}

type tincanLibrarian struct{ *behaviour.History }

func (l tincanLibrarian) Tail(ctx context.Context) error {
	got, err := l.Recall(ctx, chat.Recall{Conversation: chat.Lobby, Limit: storeTail})
	return enough(len(got.Items), storeTail, err)
}

func (l tincanLibrarian) Find(ctx context.Context, words string) error {
	_, err := l.Recall(ctx, chat.Recall{Words: words, Limit: storeHits})
	return err
}

type rawLibrarian struct{ *floor.Reader }

func (l rawLibrarian) Tail(ctx context.Context) error {
	n, err := l.Reader.Tail(ctx, string(chat.Lobby), storeTail)
	return enough(n, storeTail, err)
}

func (l rawLibrarian) Find(ctx context.Context, words string) error {
	_, err := l.Reader.Find(ctx, words, storeHits)
	return err
}

func enough(n, want int, err error) error {
	if err == nil && n < want {
		err = fmt.Errorf("%d messages; want %d", n, want)
	}
	return err
}

// readTurns reads the large store, in turn.
func readTurns(ctx context.Context, dir string, peerNo int, raw, tincan *storer, rounds int) error {
	path := historyOf(filepath.Join(dir, "million"))
	r, err := floor.OpenReader(ctx, path)
	if err != nil {
		return err
	}
	defer r.Close()
	h, err := behaviour.ReadHistory(path, behaviour.HistoryConfig{Network: node.DemoNetwork, Key: node.DemoKey(peerNo)})
	if err != nil {
		return fmt.Errorf("open history: %w", err)
	}
	defer h.Close()
	raw.reads, tincan.reads = rawLibrarian{r}, tincanLibrarian{h}
	for range rounds {
		for _, s := range []*storer{raw, tincan} {
			runtime.GC()
			if err := s.read(ctx); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	return nil
}

func (s *storer) read(ctx context.Context) error {
	for range 5 {
		begun := time.Now()
		if err := s.reads.Tail(ctx); err != nil {
			return err
		}
		s.tail.Add(time.Since(begun))
	}
	for _, words := range searches {
		begun := time.Now()
		if err := s.reads.Find(ctx, words); err != nil {
			return err
		}
		s.find.Add(time.Since(begun))
	}
	return nil
}
