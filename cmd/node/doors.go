package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/address"
	"tincan/node"
)

// doors are a node's ways in besides its console.
type doors struct {
	n   *node.Node
	log *slog.Logger

	runs    []func(ctx context.Context) // each serves one door until ctx ends
	closes  []func()                    // each ends one that is never run
	notes   []chat.Notification         // for the owner to read
	running sync.WaitGroup
}

// openDoors listens wherever the settings say. Nobody is let in before run.
func openDoors(ctx context.Context, s *settings, n *node.Node, log *slog.Logger) (*doors, error) {
	d := &doors{n: n, log: log}
	for _, open := range []func(context.Context, *settings) error{d.openGateway} {
		if err := open(ctx, s); err != nil {
			for _, end := range d.closes {
				end()
			}
			return nil, err
		}
	}
	return d, nil
}

// listen opens a port for a door, and says so to the owner. risk is what others
// can do who reach it; flag opens one for this machine only.
func (d *doors) listen(ctx context.Context, door string, at address.Address, risk, flag string) (net.Listener, error) {
	l, err := address.Listen(ctx, at)
	if err != nil {
		return nil, fail(exitListen, "the %s cannot listen on %s – %v – stop the program that has the port, or take another one", door, at, cause(err))
	}
	d.closes = append(d.closes, func() { l.Close() })
	d.notes = append(d.notes, chat.Notice{Text: door + " on " + l.Addr().String()})
	if at.Exposed() {
		d.notes = append(d.notes, chat.Warning{Text: fmt.Sprintf("the %s on %s is open to everybody who reaches it – %s – %s %d is for this machine only", door, l.Addr(), risk, flag, at.Port())})
	}
	return l, nil
}

// run lets people in until ctx ends.
func (d *doors) run(ctx context.Context) {
	for _, run := range d.runs {
		d.running.Go(func() { run(ctx) }) // see wait
	}
}

// wait waits until the last of them is gone, after ctx has ended.
func (d *doors) wait() { d.running.Wait() }

// cause is the innermost of an error's reasons.
func cause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
