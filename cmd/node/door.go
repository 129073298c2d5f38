package main

import (
	"context"
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

// openGateway listens for guests of n; at may be nil.
func openGateway(ctx context.Context, at *gateway.Address, n *node.Node, log *slog.Logger) (*door, error) {
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

// user is the node as one of its users sees it.
type user struct {
	*node.Node
	id chat.User
}

func (u user) Do(ctx context.Context, ref string, in chat.Instruction) error {
	return u.Node.Do(ctx, u.id, ref, in)
}

func (u user) Subscribe() front.Subscription { return u.Node.Subscribe(u.id) }

// announcing is a client whose user is told more when the node is ready: what
// the program has to say.
type announcing struct {
	front.Client
	notes []chat.Notification
}

func (a announcing) Subscribe() front.Subscription {
	return &announcer{a.Client.Subscribe(), a.notes}
}

type announcer struct {
	front.Subscription
	notes []chat.Notification // still to be told
}

func (a *announcer) Next(ctx context.Context) ([]chat.Notify, error) {
	batch, err := a.Subscription.Next(ctx)
	for i, n := range batch {
		if _, ready := n.Notification.(chat.Ready); !ready || len(a.notes) == 0 {
			continue
		}
		told := append([]chat.Notify(nil), batch[:i+1]...)
		for _, n := range a.notes {
			told = append(told, chat.Notify{Notification: n})
		}
		a.notes = nil
		return append(told, batch[i+1:]...), err
	}
	return batch, err
}
