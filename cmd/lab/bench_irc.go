package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/irc"
	"tincan/cmd/lab/internal/report"
	"tincan/node"
	"tincan/node/localnet"
)

const (
	ircClients = 500
	ircRounds  = 5
	ircTexts   = 90 // a round: a new client may send so many at once
	ircLimit   = time.Minute
	ircFlood   = 60 << 10 // bytes of a text to who does not read
)

// ircNet is two nodes with an IRC door each.
type ircNet struct {
	nw    *localnet.Net
	addrs [2]string
	stop  context.CancelFunc
	work  sync.WaitGroup
}

// ircSeat is a node as one of its users sees it who comes in through the door.
type ircSeat struct{ node.Seat }

func (s ircSeat) Subscribe() front.Subscription { return s.Seat.Subscribe() }

func openIRC(ctx context.Context) (*ircNet, error) {
	nw, err := newProduct(ctx, 2, localnet.Options{})
	if err != nil {
		return nil, err
	}
	life, stop := context.WithCancel(context.Background())
	d := &ircNet{nw: nw, stop: stop}
	for i, nd := range nw.Nodes {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open door: %w", err), d.Close())
		}
		d.addrs[i] = l.Addr().String()
		door := irc.New(l, irc.Options{
			Guest: func() front.Client { return ircSeat{nd.Seat(nd.NewUser())} },
			Log:   slog.New(slog.DiscardHandler),
		})
		d.work.Go(func() { door.Run(life) }) // ends with stop
	}
	return d, nil
}

func (d *ircNet) Close() error {
	d.stop()
	d.work.Wait()
	d.nw.Close()
	return nil
}

// ircClient is a client that reads only when it is asked to.
type ircClient struct {
	net.Conn
	in *bufio.Reader
}

// comeIRC registers a client and has it join a channel.
func comeIRC(addr, nick, channel string) (*ircClient, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("connect to the door: %w", err)
	}
	conn.SetDeadline(time.Now().Add(ircLimit))
	c := &ircClient{conn, bufio.NewReaderSize(conn, 512)}
	if err := c.say("NICK %s\r\nUSER %s 0 * :bench\r\nJOIN %s", nick, nick, channel); err != nil {
		return nil, err
	}
	return c, c.until(" 366 ")
}

func (c *ircClient) say(format string, args ...any) error {
	_, err := fmt.Fprintf(c, format+"\r\n", args...)
	return err
}

// until reads up to a line with a text in it.
func (c *ircClient) until(text string) error {
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return fmt.Errorf("wait for %q: %w", text, err)
		}
		if strings.Contains(line, text) {
			return nil
		}
	}
}

// times says texts one after the other and notes how long each takes to the other.
func (c *ircClient) times(to *ircClient, round int, into *report.Sample) error {
	for n := range ircTexts {
		mark := fmt.Sprintf("text %d of round %d.", n, round)
		began := time.Now()
		if err := c.say("PRIVMSG #bench :%s", mark); err != nil {
			return err
		}
		if err := to.until(mark); err != nil {
			return err
		}
		into.Add(time.Since(began))
	}
	return nil
}

// ircTurn is one turn of a contestant: a new speaker and a new hearer.
func ircTurn(from, to string, round int, into *report.Sample) error {
	a, err := comeIRC(from, fmt.Sprintf("speaker%d", round), "#bench")
	if err != nil {
		return err
	}
	defer a.Close()
	b, err := comeIRC(to, fmt.Sprintf("hearer%d", round), "#bench")
	if err != nil {
		return err
	}
	defer b.Close()
	if from != to { // until they know of each other
		if err := a.until("hearer"); err != nil {
			return err
		}
	}
	return a.times(b, round, into)
}

// floorTurn is ircTurn over a relay that copies lines and nothing else.
func floorTurn(round int, into *report.Sample) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("open relay: %w", err)
	}
	defer l.Close()
	var ends [2]*ircClient
	var relayed [2]net.Conn
	for i := range ends {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return fmt.Errorf("connect to the relay: %w", err)
		}
		defer conn.Close()
		ends[i] = &ircClient{conn, bufio.NewReaderSize(conn, 512)}
		if relayed[i], err = l.Accept(); err != nil {
			return fmt.Errorf("accept: %w", err)
		}
		defer relayed[i].Close()
	}
	var work sync.WaitGroup
	defer work.Wait()
	defer ends[0].Close()
	work.Go(func() { _, _ = io.Copy(struct{ io.Writer }{relayed[1]}, struct{ io.Reader }{relayed[0]}) }) // ends with its source
	return ends[0].times(ends[1], round, into)
}

// flood has a client that never reads be told more than it may leave unread.
func (d *ircNet) flood(ctx context.Context, round int) (stop func(), err error) {
	c, err := comeIRC(d.addrs[0], fmt.Sprintf("deaf%d", round), "#flood")
	if err != nil {
		return nil, err
	}
	owner := d.nw.Nodes[0]
	if err := owner.Do(ctx, chat.Owner, "", chat.Join{Channel: "#flood"}); err != nil {
		return nil, err
	}
	life, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { // ends with stop
		for life.Err() == nil {
			if owner.Do(life, chat.Owner, "", chat.SayIn{In: "#flood", Text: strings.Repeat("x", ircFlood)}) != nil {
				return
			}
			_ = pause(life, 5*time.Millisecond)
		}
	})
	return func() { cancel(); work.Wait(); c.Close() }, nil
}

func benchIRC(ctx context.Context, o options) (table report.Table, err error) {
	d, err := openIRC(ctx)
	if err != nil {
		return table, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	before := weigh()
	for i := range ircClients {
		c, err := comeIRC(d.addrs[0], fmt.Sprintf("idle%d", i), "#crowd")
		if err != nil {
			return table, err
		}
		defer c.Close()
	}
	if err := pause(ctx, guestsSettle); err != nil {
		return table, err
	}
	after := weigh()
	var raw, local, across, beside report.Sample
	for round := range cmp.Or(o.rounds, ircRounds) {
		if err := floorTurn(round, &raw); err != nil {
			return table, fmt.Errorf("relay: %w", err)
		}
		if err := ircTurn(d.addrs[0], d.addrs[0], 3*round, &local); err != nil {
			return table, fmt.Errorf("one node: %w", err)
		}
		if err := ircTurn(d.addrs[0], d.addrs[1], 3*round+1, &across); err != nil {
			return table, fmt.Errorf("two nodes: %w", err)
		}
		stop, err := d.flood(ctx, round)
		if err != nil {
			return table, fmt.Errorf("flood: %w", err)
		}
		err = ircTurn(d.addrs[0], d.addrs[0], 3*round+2, &beside)
		stop()
		if err != nil {
			return table, fmt.Errorf("beside a flood: %w", err)
		}
	}
	each := (after.heap - before.heap) / ircClients / 1024
	row := func(name string, product bool, memory float64, s *report.Sample) report.Row {
		return report.Row{Name: name, Product: product, Figures: []float64{memory, micros(s.At(0.5)), micros(s.At(0.99))}}
	}
	return report.Table{
		Name:    "irc",
		Setup:   fmt.Sprintf("PRIVMSG from one client to another in a channel, one at a time, beside %d idle clients in another", ircClients),
		Columns: []report.Column{{Name: "memory each", Unit: report.KiB}, {Name: "p50", Unit: report.Micros}, {Name: "p99", Unit: report.Micros}},
		Rows: []report.Row{
			row("raw TCP relay", false, 0, &raw),
			row("tincan, one node", true, each, &local),
			row("tincan, across two nodes", true, each, &across),
			row("tincan, beside one who does not read", true, each, &beside),
		},
		Notes: []string{
			"memory: heap and stacks of this process, both ends of the connections in it, by client",
			fmt.Sprintf("who does not read is told %d KiB every 5 ms, and dropped each round", ircFlood>>10),
		},
	}, nil
}
