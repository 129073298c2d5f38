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
	"tincan/cmd/internal/token"
	"tincan/node"
)

// doors are a node's ways in besides its console.
type doors struct {
	n   *node.Node
	dir string // where the owner's token is kept; "": nowhere
	log *slog.Logger

	runs    []func(ctx context.Context) // each serves one door until ctx ends
	closes  []func()                    // each ends one that is never run
	notes   []chat.Notification         // for the owner to read
	where   []string                    // those of them that say where people come in
	secret  *token.Token                // the owner's, once a door has asked for it
	link    string                      // to the page in a browser; "" if there is none
	running sync.WaitGroup
}

// openDoors listens wherever the settings say. Nobody is let in before run. dir is
// where the node keeps things, or "".
func openDoors(ctx context.Context, s *settings, n *node.Node, dir string, log *slog.Logger) (*doors, error) {
	d := &doors{n: n, dir: dir, log: log}
	for _, open := range []func(context.Context, *settings) error{d.openControl, d.openGateway, d.openWeb, d.openIRC} {
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
	l, err := d.bind(ctx, door, at)
	if err == nil {
		d.announce(door, l.Addr().String(), l.Addr(), at, risk, flag)
	}
	return l, err
}

// bind opens a port for a door.
func (d *doors) bind(ctx context.Context, door string, at address.Address) (net.Listener, error) {
	l, err := address.Listen(ctx, at)
	if err != nil {
		return nil, fail(exitListen, "the %s cannot listen on %s – %v – stop the program that has the port, or take another one", door, at, cause(err))
	}
	d.closes = append(d.closes, func() { l.Close() })
	return l, nil
}

// announce says to the owner where people find a door that listens on addr.
func (d *doors) announce(door, where string, addr net.Addr, at address.Address, risk, flag string) {
	text := door + " on " + where
	d.where, d.notes = append(d.where, text), append(d.notes, chat.Notice{Text: text})
	if at.Exposed() {
		d.notes = append(d.notes, chat.Warning{Text: fmt.Sprintf("the %s on %s is open to everybody who reaches it – %s – %s %d is for this machine only", door, addr, risk, flag, at.Port())})
	}
}

// ownersToken is the secret by which all doors know the owner: the one that is kept
// with the node's data, or one for this run.
func (d *doors) ownersToken() (token.Token, error) {
	if d.secret != nil {
		return *d.secret, nil
	}
	secret := token.New()
	if d.dir != "" {
		var err error
		if secret, err = token.Load(d.dir); err != nil {
			return secret, fail(exitIdentity, "the owner has no token for the doors – %v – remove that file for a new one", err)
		}
	}
	d.secret = &secret
	return secret, nil
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

// doors reads which ways there are in besides the console.
func (f *flags) doors(s *settings) (err error) {
	if s.gateway, err = f.gateway.address(); err != nil {
		return err
	}
	if s.web, err = f.web.address(); err != nil {
		return err
	}
	if s.irc, err = f.irc.address(); err != nil {
		return err
	}
	s.ircName, err = f.ircName.one()
	return err
}

// address returns the only value as an address of a door, nil if there is none.
func (g *given) address() (*address.Address, error) {
	at, err := g.one()
	if at == "" || err != nil {
		return nil, err
	}
	return doorAt(g.source, at)
}

// doorAt reads the address of a door.
func doorAt(source, at string) (*address.Address, error) {
	a, err := address.Parse(at)
	if err != nil {
		return nil, usage("%s is %s – %v – give a port, or IP:PORT, for example 4005", source, quoted(at), err)
	}
	return &a, nil
}
