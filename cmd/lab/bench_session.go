package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/lab/internal/floor"
	"tincan/cmd/lab/internal/report"
	"tincan/node"
	"tincan/node/localnet"
)

const (
	sessionRounds = 40
	sessionTurn   = 100 // trips of each kind, one after the other
	sessionWarmUp = 10
	sessionTexts  = 5000             // pushed one way in one turn
	sessionLimit  = 20 * time.Second // for a turn
)

// A talk is a line between two that is kept open.
type talk interface {
	Echo(ctx context.Context) error        // a text there, and when it is read another one back
	Deliver(ctx context.Context) error     // a text there, and the word that it has come back
	Push(ctx context.Context, n int) error // n texts there, until the last is read
	Close() error
}

type talker struct {
	talk
	name            string
	product         bool
	echo, delivered report.Sample
	rates           []float64 // texts a second
}

func benchSession(ctx context.Context, o options) (table report.Table, err error) {
	all, err := newTalkers(ctx, o)
	defer func() { err = errors.Join(err, closeAll(all)) }()
	if err != nil {
		return table, err
	}
	rounds := cmp.Or(o.rounds, sessionRounds)
	for range rounds {
		for _, c := range all {
			if err := c.turn(ctx); err != nil {
				return table, fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	table = report.Table{
		Name:  "session",
		Setup: fmt.Sprintf("%d B in a private session of two connected nodes, loopback, %d rounds of %d trips and %d texts", floor.TextSize, rounds, sessionTurn, sessionTexts),
		Columns: []report.Column{{Name: "there and back p50", Unit: report.Micros}, {Name: "p99", Unit: report.Micros},
			{Name: "delivered p50", Unit: report.Micros}, {Name: "p99", Unit: report.Micros}, {Name: "one way", Unit: report.Rate}},
		Notes: []string{
			"there and back: from what a user asks to what the other is told, who asks in turn, to what the first is told",
			"delivered: from what a user asks to the word that the other's node has it; one way: texts/s unpaced, median of rounds",
		},
	}
	for _, c := range all {
		table.Rows = append(table.Rows, report.Row{Name: c.name, Product: c.product, Figures: []float64{
			micros(c.echo.At(0.5)), micros(c.echo.At(0.99)), micros(c.delivered.At(0.5)), micros(c.delivered.At(0.99)), report.Median(c.rates)}})
	}
	return table, nil
}

// newTalkers returns those that it could make with its error.
func newTalkers(ctx context.Context, o options) (all []*talker, err error) {
	if !o.productOnly {
		l, err := floor.NewLine(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, &talker{talk: l, name: "raw stream, kept open"})
	}
	if o.floorsOnly {
		return all, nil
	}
	s, err := newProductTalk(ctx)
	if err != nil {
		return all, err
	}
	return append(all, &talker{talk: s, name: "tincan", product: true}), nil
}

// turn is one turn of one contestant.
func (c *talker) turn(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, sessionLimit)
	defer stop()
	runtime.GC() // nobody pays for another's garbage
	for _, k := range []struct {
		trip   func(context.Context) error
		sample *report.Sample
	}{{c.Echo, &c.echo}, {c.Deliver, &c.delivered}} {
		for n := range sessionWarmUp + sessionTurn {
			start := time.Now()
			if err := k.trip(ctx); err != nil {
				return err
			}
			if took := time.Since(start); n >= sessionWarmUp {
				k.sample.Add(took)
			}
		}
	}
	start := time.Now()
	if err := c.Push(ctx, sessionTexts); err != nil {
		return err
	}
	c.rates = append(c.rates, sessionTexts/time.Since(start).Seconds())
	return nil
}

// The first byte of a text tells the user at the other end what to do.
const (
	keepQuiet = 'q'
	sayIt     = 's' // is the last: whoever waits may go on
	answer    = 'a'
)

// productTalk is a session between the owners of two nodes.
type productTalk struct {
	nw    *localnet.Net
	told  *node.Subscription // the first owner's
	texts map[byte]string
	got   chan struct{} // has an entry when the other has read what ends a push
	ended chan struct{} // closed when the other reads no more
}

func newProductTalk(ctx context.Context) (*productTalk, error) {
	nw, err := newProduct(ctx, 2, localnet.Options{})
	if err != nil {
		return nil, err
	}
	t := &productTalk{nw: nw, told: nw.Nodes[0].Subscribe(chat.Owner), texts: make(map[byte]string), got: make(chan struct{}, 1), ended: make(chan struct{})}
	for _, what := range []byte{keepQuiet, sayIt, answer} {
		t.texts[what] = string(what) + text(0, 0)[1:]
	}
	other := nw.Nodes[1].Subscribe(chat.Owner)
	if err := t.open(ctx, other); err != nil {
		nw.Close()
		return nil, fmt.Errorf("open session: %w", err)
	}
	go t.reply(other) // ends with the node
	return t, nil
}

// open begins the session and takes both owners there.
func (t *productTalk) open(ctx context.Context, other *node.Subscription) error {
	ctx, stop := context.WithTimeout(ctx, meshLimit)
	defer stop()
	if err := t.nw.Nodes[0].Do(ctx, chat.Owner, "", chat.Fork{To: "2"}); err != nil {
		return err
	}
	var n int
	opened := func(x chat.Notification) (bool, error) {
		s, ok := x.(chat.SessionChanged)
		if ok && s.Event != chat.Opened {
			return false, fmt.Errorf("session is %v: %s", s.Event, s.Reason)
		}
		n = s.N
		return ok, nil
	}
	if err := errors.Join(await(ctx, t.told, opened), await(ctx, other, opened)); err != nil {
		return err
	}
	if err := t.nw.Nodes[1].Do(ctx, chat.Owner, "", chat.SwitchTo{To: strconv.Itoa(n)}); err != nil {
		return err
	}
	return await(ctx, other, func(x chat.Notification) (bool, error) {
		_, ok := x.(chat.Switched)
		return ok, nil
	})
}

// reply is the other owner.
func (t *productTalk) reply(other *node.Subscription) {
	defer close(t.ended)
	for {
		batch, err := other.Next(context.Background())
		if err != nil {
			return
		}
		for _, n := range batch {
			s, ok := n.Notification.(chat.Shown)
			if !ok || s.Mine || s.Session == 0 {
				continue
			}
			switch s.Text[0] {
			case sayIt:
				t.got <- struct{}{}
			case answer:
				_ = t.nw.Nodes[1].Do(context.Background(), chat.Owner, "", chat.Say{Text: t.texts[keepQuiet]}) // fails when the node ends
			}
		}
	}
}

// Echo says a text and waits for the other's.
func (t *productTalk) Echo(ctx context.Context) error {
	return t.say(ctx, answer, func(n chat.Notification) bool {
		s, ok := n.(chat.Shown)
		return ok && !s.Mine && s.Session > 0
	})
}

// Deliver says a text and waits for the word that it was delivered.
func (t *productTalk) Deliver(ctx context.Context) error {
	return t.say(ctx, keepQuiet, func(n chat.Notification) bool {
		d, ok := n.(chat.Delivery)
		return ok && d.State == chat.Delivered && d.Text[0] == keepQuiet
	})
}

func (t *productTalk) say(ctx context.Context, what byte, done func(chat.Notification) bool) error {
	if err := t.nw.Nodes[0].Do(ctx, chat.Owner, "", chat.Say{Text: t.texts[what]}); err != nil {
		return err
	}
	return await(ctx, t.told, func(n chat.Notification) (bool, error) {
		if f, ok := n.(chat.Failed); ok {
			return false, fmt.Errorf("say: %s", f.Text)
		}
		return done(n), nil
	})
}

// Push is done when the other owner has read all. What the first is told of it
// meanwhile is read afterwards.
func (t *productTalk) Push(ctx context.Context, n int) error {
	for range n - 1 {
		if err := t.nw.Nodes[0].Do(ctx, chat.Owner, "", chat.Say{Text: t.texts[keepQuiet]}); err != nil {
			return err
		}
	}
	if err := t.nw.Nodes[0].Do(ctx, chat.Owner, "", chat.Say{Text: t.texts[sayIt]}); err != nil {
		return err
	}
	select {
	case <-t.got:
	case <-ctx.Done():
		return ctx.Err()
	}
	return await(ctx, t.told, func(n chat.Notification) (bool, error) {
		d, ok := n.(chat.Delivery)
		return ok && d.State == chat.Delivered && d.Text[0] == sayIt, nil
	})
}

func (t *productTalk) Close() error {
	t.nw.Close()
	<-t.ended
	return nil
}

// await reads a subscription until ok says that it was that, or an error.
func await(ctx context.Context, s *node.Subscription, ok func(chat.Notification) (bool, error)) error {
	for {
		batch, err := s.Next(ctx)
		if err != nil {
			return err
		}
		for _, n := range batch {
			if done, err := ok(n.Notification); done || err != nil {
				return err
			}
		}
	}
}
