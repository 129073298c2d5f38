package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/gateway"
	"tincan/node"
)

// door is a node's gateway; the zero door is none.
type door struct {
	gateway *gateway.Gateway
	notes   []chat.Notification // for the owner to read
	running sync.WaitGroup
}

// openGateway listens for guests of n; at may be nil. echo shows them their own
// messages too.
func openGateway(ctx context.Context, at *gateway.Address, echo bool, n *node.Node, log *slog.Logger) (*door, error) {
	d := &door{}
	if at == nil {
		return d, nil
	}
	l, err := gateway.Listen(ctx, *at)
	if err != nil {
		return nil, fail(exitListen, "the gateway cannot listen on %s – %v – stop the program that has the port, or take another one", at, cause(err))
	}
	d.notes = append(d.notes, chat.Notice{Text: "gateway on " + l.Addr().String()})
	if at.Exposed() {
		d.notes = append(d.notes, chat.Warning{Text: fmt.Sprintf("the gateway on %s is open to everybody who reaches it – they talk in this node's name, and unencrypted – --gateway %d is for this machine only", l.Addr(), at.Port())})
	}
	d.gateway = gateway.New(l, func() front.Client { return user{n, n.NewUser()} }, log)
	d.gateway.Echo = echo
	return d, nil
}

// run lets guests in until ctx ends.
func (d *door) run(ctx context.Context) {
	if d.gateway != nil {
		d.running.Go(func() { d.gateway.Run(ctx) }) // see wait
	}
}

// wait waits until the last guest is gone, after ctx has ended.
func (d *door) wait() { d.running.Wait() }

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
