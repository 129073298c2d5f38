package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/gateway"
	"tincan/cmd/lab/internal/floor"
	"tincan/cmd/lab/internal/report"
	"tincan/node"
	"tincan/node/localnet"
)

const (
	guestsRounds = 5
	manyGuests   = 500
	guestsPushed = 1000            // texts in one turn
	guestsLimit  = time.Minute     // for one turn
	guestsSettle = 2 * time.Second // before they are weighed
)

// A door is where guests connect, and another of the same conversation.
type door interface {
	Doors() (guests, speakers string)
	Say(ctx context.Context, text string) error // at the other, as fast as it is taken
	Close() error
}

type host struct {
	door
	name    string
	product bool
	speech  string // of its guests
	many    int    // of them
	crowd   *process

	memory      weight          // what the guests added to this process
	byGuest     []report.Sample // latencies of each
	first, last report.Sample   // of each text: the first to have it, the last
	rates       []float64       // texts a second
	cpu         []float64       // µs of this process for a text to a guest
}

// crowding is what is measured of a kind of door: how the guests speak, how many
// there are, and the two doors, the raw one with its name.
type crowding struct {
	speech      string
	many        int
	floor       string
	openFloor   func(context.Context) (door, error)
	openProduct func(context.Context) (door, error)
}

// crowds fills the doors and has them take turns. The caller closes all, also those
// that come with an error.
func crowds(ctx context.Context, o options, of crowding) (all []*host, err error) {
	for _, c := range []struct {
		name    string
		product bool
		skip    bool
		open    func(context.Context) (door, error)
	}{
		{of.floor, false, o.productOnly, of.openFloor},
		{"tincan", true, o.floorsOnly, of.openProduct},
	} {
		if c.skip {
			continue
		}
		d, err := c.open(ctx)
		if err != nil {
			return all, err
		}
		h := &host{door: d, name: c.name, product: c.product, speech: of.speech, many: of.many, byGuest: make([]report.Sample, of.many)}
		all = append(all, h)
		if err := h.fill(ctx); err != nil {
			return all, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	for round := range cmp.Or(o.rounds, guestsRounds) {
		for _, h := range all {
			if err := h.turn(ctx, round); err != nil {
				return all, fmt.Errorf("%s: %w", h.name, err)
			}
		}
	}
	return all, nil
}

func benchGuests(ctx context.Context, o options) (table report.Table, err error) {
	var all []*host
	defer func() { err = errors.Join(err, closeAll(all)) }()
	all, err = crowds(ctx, o, crowding{"lines", manyGuests, "raw writes, one after the other", openFloorDoor, openProductDoor})
	if err != nil {
		return table, err
	}
	table = report.Table{
		Name:  "guests",
		Setup: fmt.Sprintf("%d B from a guest of another node to %d of one, in a channel, %d rounds of %d texts alone and %d pushed", floor.TextSize, manyGuests, cmp.Or(o.rounds, guestsRounds), crowdTexts, guestsPushed),
		Columns: []report.Column{{Name: "memory each", Unit: report.KiB}, {Name: "resident", Unit: report.KiB},
			{Name: "first guest", Unit: report.Micros}, {Name: "last", Unit: report.Micros}, {Name: "last ÷ first", Unit: report.Count},
			{Name: "first to have it", Unit: report.Micros}, {Name: "last", Unit: report.Micros},
			{Name: "texts", Unit: report.Rate}, {Name: "CPU/delivery", Unit: report.Micros}},
		Notes: []string{
			"the guests are another process; memory: heap and stacks of this one, by guest",
			"first and last guest: of the medians of each, the least and the greatest; first and last to have it: of each text, the median over texts",
			"texts: pushed by the other node, until all guests have them; CPU: of this process, both nodes",
		},
	}
	for _, h := range all {
		table.Rows = append(table.Rows, report.Row{Name: h.name, Product: h.product, Figures: h.figures()})
	}
	return table, nil
}

func (h *host) figures() []float64 {
	var medians []float64
	for i := range h.byGuest {
		medians = append(medians, micros(h.byGuest[i].At(0.5)))
	}
	least, greatest := slices.Min(medians), slices.Max(medians)
	return []float64{h.memory.heap / manyGuests / 1024, h.memory.resident / manyGuests / 1024,
		least, greatest, greatest / least, micros(h.first.At(0.5)), micros(h.last.At(0.5)), report.Median(h.rates), report.Median(h.cpu)}
}

// fill lets the guests in and weighs them.
func (h *host) fill(ctx context.Context) (err error) {
	before := weigh()
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	guests, speakers := h.Doors()
	h.crowd, err = start(ctx, self, []string{"bench", "crowd", "--guests", strconv.Itoa(h.many), "--speech", h.speech, "--door", guests, "--speakers", speakers})
	if err != nil {
		return err
	}
	soon, stop := context.WithTimeout(ctx, guestsLimit)
	defer stop()
	if _, err := h.crowd.until(soon, crowdReady); err != nil {
		return err
	}
	if err := pause(ctx, guestsSettle); err != nil {
		return err
	}
	after := weigh()
	h.memory = weight{heap: after.heap - before.heap, resident: after.resident - before.resident}
	return nil
}

// turn is one turn of one contestant.
func (h *host) turn(ctx context.Context, round int) error {
	ctx, stop := context.WithTimeout(ctx, guestsLimit)
	defer stop()
	if _, err := fmt.Fprintln(h.crowd.in, "latency", round); err != nil {
		return err
	}
	answer, err := h.crowd.until(ctx, crowdHeard)
	if err != nil {
		return err
	}
	var times crowdTimes
	if err := json.Unmarshal([]byte(answer.text), &times); err != nil {
		return fmt.Errorf("read the crowd's answer: %w", err)
	}
	h.add(times)
	return h.push(ctx, pushRound+round)
}

// pushRound is the first of the rounds in which texts are pushed.
const pushRound = 500_000

// add takes in what the guests heard in one turn.
func (h *host) add(times crowdTimes) {
	for n := range crowdTexts {
		var first, last time.Duration
		for guest := range times.Heard {
			d := time.Duration(times.Heard[guest][n])
			h.byGuest[guest].Add(d)
			if guest == 0 {
				first, last = d, d
			}
			first, last = min(first, d), max(last, d)
		}
		h.first.Add(first)
		h.last.Add(last)
	}
}

// push says texts at the other door until all guests have them.
func (h *host) push(ctx context.Context, round int) error {
	if _, err := fmt.Fprintln(h.crowd.in, "push", round, guestsPushed); err != nil {
		return err
	}
	if _, err := h.crowd.until(ctx, crowdReady); err != nil {
		return err
	}
	used, began := processCPU(), time.Now()
	for n := range guestsPushed {
		if err := h.Say(ctx, text(round, n)); err != nil {
			return fmt.Errorf("say: %w", err)
		}
	}
	if _, err := h.crowd.until(ctx, crowdAll); err != nil {
		return err
	}
	h.rates = append(h.rates, guestsPushed/time.Since(began).Seconds())
	h.cpu = append(h.cpu, micros(processCPU()-used)/guestsPushed/float64(h.many))
	return nil
}

func (h *host) Close() error {
	var err error
	if h.crowd != nil {
		err = h.crowd.end()
	}
	return errors.Join(err, h.door.Close())
}

// floorDoor is a door for both.
type floorDoor struct{ *floor.Door }

func openFloorDoor(context.Context) (door, error) {
	d, err := floor.NewDoor()
	return floorDoor{d}, err
}

func (d floorDoor) Doors() (guests, speakers string) { return d.Addr(), d.Addr() }

func (d floorDoor) Say(_ context.Context, text string) error { return d.Door.Say(text) }

// productDoor is two nodes with a door each.
type productDoor struct {
	nw    *localnet.Net
	addrs [2]string
	stop  context.CancelFunc
	work  sync.WaitGroup
}

func openProductDoor(ctx context.Context) (door, error) {
	return openProduct(ctx, func(nd *node.Node, l net.Listener) (func(context.Context), error) {
		return gateway.New(l, func() front.Client { return guest{nd, nd.NewUser()} }, slog.New(slog.DiscardHandler)).Run, nil
	})
}

// openProduct is two nodes, each with a door that open makes.
func openProduct(ctx context.Context, open func(*node.Node, net.Listener) (run func(context.Context), err error)) (door, error) {
	nw, err := newProduct(ctx, 2, localnet.Options{})
	if err != nil {
		return nil, err
	}
	life, stop := context.WithCancel(context.Background())
	d := &productDoor{nw: nw, stop: stop}
	for i, nd := range nw.Nodes {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open door: %w", err), d.Close())
		}
		d.addrs[i] = l.Addr().String()
		run, err := open(nd, l)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open door: %w", err), l.Close(), d.Close())
		}
		d.work.Go(func() { run(life) }) // ends with stop
	}
	if err := nw.Nodes[1].Do(ctx, chat.Owner, "", chat.Join{Channel: benchChannel}); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *productDoor) Doors() (guests, speakers string) { return d.addrs[0], d.addrs[1] }

func (d *productDoor) Say(ctx context.Context, text string) error {
	return d.nw.Nodes[1].Do(ctx, chat.Owner, "", chat.SayIn{In: benchChannel, Text: text})
}

func (d *productDoor) Close() error {
	d.stop()
	d.work.Wait()
	d.nw.Close()
	return nil
}

// guest is a node as one of its guests sees it.
type guest struct {
	*node.Node
	id chat.User
}

func (g guest) Do(ctx context.Context, ref string, in chat.Instruction) error {
	return g.Node.Do(ctx, g.id, ref, in)
}

func (g guest) Subscribe() front.Subscription { return g.Node.Subscribe(g.id) }
