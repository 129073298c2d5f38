package main

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tincan/behaviour"
	"tincan/behaviour/chat"
	"tincan/behaviour/wire"
	"tincan/node"
)

// firstAuthor is the demo number of the first author of a corpus.
const firstAuthor = 1001

// corpus makes ordinary messages, each in an envelope of its own as people's are:
// ten words of which some are frequent and most are rare, signed, one every second.
// The same seed makes the same ones.
type corpus struct {
	rng      *rand.Rand
	authors  []*author
	channels int // there are so many besides the lobby, where half of all is said
	at       time.Time
}

// author is one of those who speak.
type author struct {
	sealer *wire.Sealer
	heads  map[chat.Conversation]chat.Envelope // the last of each, without its messages
}

// newCorpus ends with a message said at until, after n in all.
func newCorpus(authors, channels, n int, until time.Time) (*corpus, error) {
	c := &corpus{rng: rand.New(rand.NewPCG(1, 1)), channels: channels, at: until.Add(-time.Duration(n) * time.Second)}
	for i := range authors {
		s, err := wire.NewSealer(node.DemoKey(firstAuthor+i), node.DemoNetwork)
		if err != nil {
			return nil, fmt.Errorf("make author: %w", err)
		}
		c.authors = append(c.authors, &author{s, make(map[chat.Conversation]chat.Envelope)})
	}
	return c, nil
}

// words is what somebody says.
func (c *corpus) words() string {
	var words []string
	for range 10 {
		words = append(words, "word"+strconv.Itoa(int(1/(c.rng.Float64()+1e-5))))
	}
	return strings.Join(words, " ")
}

// next is what is said next, somewhere, by somebody.
func (c *corpus) next() (*chat.Envelope, error) {
	in := chat.Lobby
	if n := c.rng.IntN(2*c.channels + 1); n < c.channels {
		in = chat.Conversation(fmt.Sprint("#", n))
	}
	c.at = c.at.Add(time.Second)
	a := c.authors[c.rng.IntN(len(c.authors))]
	last := a.heads[in]
	e := &chat.Envelope{
		Conversation: in, Author: a.sealer.ID(), Log: chat.LogID{1}, First: last.First + 1, Prev: last.Prev,
		Messages: []chat.Message{{Stamp: chat.StampAt(c.at), Kind: chat.Text, Body: c.words()}},
	}
	if err := a.sealer.Seal(e); err != nil {
		return nil, fmt.Errorf("seal message: %w", err)
	}
	a.heads[in] = chat.Envelope{First: e.First, Prev: e.Messages[0].Hash}
	return e, nil
}

// take makes n messages.
func (c *corpus) take(n int) ([]*chat.Envelope, error) {
	all := make([]*chat.Envelope, n)
	for i := range all {
		var err error
		if all[i], err = c.next(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// chunk is how many messages one transaction of a filler has, and ahead how many
// transactions it is ahead of the disk.
const (
	chunk = 1000
	ahead = 4
)

// filler fills the history of a demo peer as the peer itself would.
type filler struct {
	history *behaviour.History
	n       uint64 // of the last transaction
	through uint64 // so many are on disk
}

// historyOf is where a demo peer keeps its history.
func historyOf(dir string) string { return filepath.Join(dir, node.HistoryFile) }

// openFiller opens the history of a demo peer in a directory, which is made.
func openFiller(dir string, peerNo int) (*filler, error) {
	p, err := node.OpenDerivedProfile(dir, fmt.Sprint("demo peer ", peerNo))
	if err != nil {
		return nil, err
	}
	p.Close()
	h, err := behaviour.OpenHistory(historyOf(dir), behaviour.HistoryConfig{Network: node.DemoNetwork, Key: node.DemoKey(peerNo)})
	if err != nil {
		return nil, fmt.Errorf("open history: %w", err)
	}
	return &filler{history: h}, nil
}

// save keeps changes and returns when no more than behind transactions are not on
// disk.
func (f *filler) save(ctx context.Context, changes []chat.Change, behind uint64) error {
	f.n++
	f.history.Save(chat.Save{N: f.n, Changes: changes})
	for f.n-f.through > behind {
		select {
		case ev := <-f.history.Saved():
			s := ev.(chat.Saved)
			if s.Err != "" {
				return fmt.Errorf("save: %s", s.Err)
			}
			f.through = s.Through
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// fill keeps messages, and for each log that it began today, as a node would that
// had heard them all.
func (f *filler) fill(ctx context.Context, all iter.Seq2[*chat.Envelope, error]) error {
	type logOf struct {
		in  chat.Conversation
		log chat.LogKey
	}
	heads, now := make(map[logOf]uint64), time.Now()
	var changes []chat.Change
	for e, err := range all {
		if err != nil {
			return err
		}
		heads[logOf{e.Conversation, e.Key()}] = e.Last()
		if changes = append(changes, chat.Kept{Envelope: e, At: now}); len(changes) == chunk {
			if err := f.save(ctx, changes, ahead); err != nil {
				return err
			}
			changes = nil
		}
	}
	for l, head := range heads {
		began := []chat.Day{{Day: now.Unix() / (24 * 60 * 60), First: 1}}
		changes = append(changes, chat.Moved{Conversation: l.in, LogMark: chat.LogMark{LogKey: l.log, Head: head, Days: began}})
	}
	return f.save(ctx, changes, 0)
}

// close ends when all is on disk and, if so wanted, in the index of words.
func (f *filler) close(ctx context.Context, indexed bool) error {
	for tick := time.Tick(50 * time.Millisecond); indexed && f.history.Unindexed() > 0; {
		select {
		case <-tick:
		case <-ctx.Done():
			_ = f.history.Close()
			return fmt.Errorf("wait for the index: %w", ctx.Err())
		}
	}
	return f.history.Close()
}

// fillHistory fills the history of a demo peer in dir.
func fillHistory(ctx context.Context, dir string, peerNo int, indexed bool, all iter.Seq2[*chat.Envelope, error]) error {
	f, err := openFiller(dir, peerNo)
	if err != nil {
		return err
	}
	if err := f.fill(ctx, all); err != nil {
		_ = f.history.Close()
		return err
	}
	return f.close(ctx, indexed)
}

// each yields messages that are there.
func each(all []*chat.Envelope) iter.Seq2[*chat.Envelope, error] {
	return func(yield func(*chat.Envelope, error) bool) {
		for _, e := range all {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// made yields n messages that are made meanwhile, on a goroutine of its own that
// ends with it.
func (c *corpus) made(n int) iter.Seq2[*chat.Envelope, error] {
	return func(yield func(*chat.Envelope, error) bool) {
		type item struct {
			e   *chat.Envelope
			err error
		}
		items, stop := make(chan item, chunk), make(chan struct{})
		defer close(stop)
		go func() {
			defer close(items)
			for range n {
				e, err := c.next()
				select {
				case items <- item{e, err}:
				case <-stop:
					return
				}
			}
		}()
		for i := range items {
			if !yield(i.e, i.err) {
				return
			}
		}
	}
}
