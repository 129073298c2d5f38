package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"tincan/cmd/internal/front"
	"tincan/cmd/internal/web"
	"tincan/cmd/lab/internal/floor"
	"tincan/cmd/lab/internal/report"
	"tincan/node"
)

// manyBrowsers are at the web door of one node.
const manyBrowsers = 200

func benchWeb(ctx context.Context, o options) (report.Table, error) {
	return benchBrowsers(ctx, o, "web", manyBrowsers)
}

func benchPage(ctx context.Context, o options) (report.Table, error) {
	return benchBrowsers(ctx, o, "page", 1)
}

func benchBrowsers(ctx context.Context, o options, name string, many int) (table report.Table, err error) {
	var all []*host
	defer func() { err = errors.Join(err, closeAll(all)) }()
	all, err = crowds(ctx, o, crowding{"web", many, "raw WebSockets, one after the other", openFloorWeb, openProductWeb})
	if err != nil {
		return table, err
	}
	table = report.Table{
		Name:  name,
		Setup: fmt.Sprintf("%d B from a guest of another node to %d of one, all in browsers, in a channel, %d rounds of %d texts alone and %d pushed", floor.TextSize, many, cmp.Or(o.rounds, guestsRounds), crowdTexts, guestsPushed),
		Columns: []report.Column{{Name: "memory each", Unit: report.KiB}, {Name: "resident", Unit: report.KiB},
			{Name: "median", Unit: report.Micros}, {Name: "p99", Unit: report.Micros},
			{Name: "first to have it", Unit: report.Micros}, {Name: "last", Unit: report.Micros},
			{Name: "texts", Unit: report.Rate}, {Name: "CPU/delivery", Unit: report.Micros}},
		Notes: []string{
			"the browsers are WebSockets of another process; memory: heap and stacks of this one, by browser",
			"median and p99: from the frame that says a text to the frame in which a browser has it, all of them; first and last to have it: of each text, the median over texts",
			"texts: pushed by the other node, until all browsers have them; CPU: of this process, both nodes",
		},
	}
	for _, h := range all {
		var each report.Sample
		for i := range h.byGuest {
			each.Join(&h.byGuest[i])
		}
		table.Rows = append(table.Rows, report.Row{Name: h.name, Product: h.product, Figures: []float64{
			h.memory.heap / float64(many) / 1024, h.memory.resident / float64(many) / 1024,
			micros(each.At(0.5)), micros(each.At(0.99)), micros(h.first.At(0.5)), micros(h.last.At(0.5)),
			report.Median(h.rates), report.Median(h.cpu)}})
	}
	return table, nil
}

// floorWeb is a door for both.
type floorWeb struct{ *floor.Web }

func openFloorWeb(context.Context) (door, error) {
	d, err := floor.NewWeb()
	return floorWeb{d}, err
}

func (d floorWeb) Doors() (guests, speakers string) { return d.Addr(), d.Addr() }

func (d floorWeb) Say(_ context.Context, text string) error {
	return d.Web.Say(speeches["web"].say(text) + "\n")
}

// openProductWeb is two nodes with a web door each.
func openProductWeb(ctx context.Context) (door, error) {
	return openProduct(ctx, func(nd *node.Node, l net.Listener) (func(context.Context), error) {
		s, err := web.New(l, web.Options{
			Guest: func() front.Client { return guest{nd, nd.NewUser()} },
			Log:   slog.New(slog.DiscardHandler),
		})
		if err != nil {
			return nil, err
		}
		return s.Run, nil
	})
}
