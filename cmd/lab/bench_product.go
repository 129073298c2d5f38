package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"tincan/behaviour/chat"
	"tincan/node"
	"tincan/node/localnet"
)

// What a network of tincan nodes gets before it is measured.
const (
	meshLimit   = 30 * time.Second // until everybody sees everybody
	meshSettles = 3 * time.Second  // then it is left alone for as long as the floor's
)

// newProduct starts n nodes and returns when they are connected and settled.
func newProduct(ctx context.Context, n int, o localnet.Options) (*localnet.Net, error) {
	nw, err := localnet.New(context.WithoutCancel(ctx), n, o)
	if err != nil {
		return nil, err
	}
	soon, stop := context.WithTimeout(ctx, meshLimit)
	defer stop()
	err = errors.Join(nw.WaitConnected(soon), nw.WaitMeshed(soon))
	if err == nil {
		err = pause(ctx, meshSettles)
	}
	if err != nil {
		nw.Close()
		return nil, err
	}
	return nw, nil
}

// productTrip is a direct message from what a user asks to what he is told.
type productTrip struct {
	nw    *localnet.Net
	told  *node.Subscription // the sender's
	fresh bool               // the stream of the trip before is gone
	reads chan struct{}      // closed when the recipient's user reads no more
}

// newProductTrip connects two nodes. The recipient has a user who reads.
func newProductTrip(ctx context.Context, fresh bool, o localnet.Options) (trip, error) {
	nw, err := newProduct(ctx, 2, o)
	if err != nil {
		return nil, err
	}
	t := &productTrip{nw: nw, told: nw.Nodes[0].Subscribe(chat.Owner), fresh: fresh, reads: make(chan struct{})}
	shown := nw.Nodes[1].Subscribe(chat.Owner)
	go func() { // ends with the node
		defer close(t.reads)
		for {
			if _, err := shown.Next(context.Background()); err != nil {
				return
			}
		}
	}()
	return t, nil
}

// Prepare ends the streams that are kept open, when that is wanted: the product
// has no way to be asked not to keep them.
func (t *productTrip) Prepare() {
	if !t.fresh {
		return
	}
	for _, c := range t.nw.Nodes[0].Host().Network().ConnsToPeer(t.nw.Nodes[1].ID()) {
		for _, s := range c.GetStreams() {
			if strings.Contains(string(s.Protocol()), "/direct/") {
				_ = s.Reset()
			}
		}
	}
}

// Go sends a text and waits for the word that it was delivered.
func (t *productTrip) Go(ctx context.Context, text string) error {
	if err := t.nw.Nodes[0].Do(ctx, chat.Owner, "", chat.SendDirect{To: "2", Text: text}); err != nil {
		return err
	}
	for {
		batch, err := t.told.Next(ctx)
		if err != nil {
			return fmt.Errorf("wait for delivery: %w", err)
		}
		for _, n := range batch {
			switch n := n.Notification.(type) {
			case chat.Failed:
				return fmt.Errorf("send: %s", n.Text)
			case chat.Delivery:
				switch {
				case n.State == chat.SendFailed || n.State == chat.Queued:
					return fmt.Errorf("message is %v: %s", n.State, n.Reason)
				case n.State == chat.Delivered && n.Text == text:
					return nil
				}
			}
		}
	}
}

// Push sends n texts as fast as they are taken and waits until all are delivered.
func (t *productTrip) Push(ctx context.Context, round, n int) error {
	sent := make(chan error, 1)
	go func() { // ends with ctx at the latest
		for i := range n {
			if err := t.nw.Nodes[0].Do(ctx, chat.Owner, "", chat.SendDirect{To: "2", Text: text(round, i)}); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	left := n
	err := await(ctx, t.told, func(x chat.Notification) (bool, error) {
		switch x := x.(type) {
		case chat.Failed:
			return false, fmt.Errorf("send: %s", x.Text)
		case chat.Delivery:
			if x.State == chat.Delivered {
				left--
			}
		}
		return left == 0, nil
	})
	if err != nil {
		return fmt.Errorf("%d of %d texts are not delivered: %w", left, n, err)
	}
	return <-sent
}

func (t *productTrip) Close() error {
	t.nw.Close()
	<-t.reads
	return nil
}

// productMesh is a conversation of all nodes, the lobby or a channel. Each node
// has a user who reads.
type productMesh struct {
	nw      *localnet.Net
	subs    []*node.Subscription
	say     func(text string) chat.Instruction
	refused atomic.Int64
}

// newProductMesh starts n nodes, of which the first says texts by way of say.
func newProductMesh(ctx context.Context, n int, o localnet.Options, say func(text string) chat.Instruction) (*productMesh, error) {
	nw, err := newProduct(ctx, n, o)
	if err != nil {
		return nil, err
	}
	m := &productMesh{nw: nw, say: say}
	for _, nd := range nw.Nodes {
		m.subs = append(m.subs, nd.Subscribe(chat.Owner))
	}
	return m, nil
}

// newLobbyMesh is the lobby of n nodes.
func newLobbyMesh(ctx context.Context, n int) (mesh, error) {
	return newProductMesh(ctx, n, localnet.Options{}, func(text string) chat.Instruction { return chat.Broadcast{Text: text} })
}

// benchChannel is the channel in which there is something to be measured.
const benchChannel = "#bench"

// newChannelMesh is a channel in which n nodes are, and nobody else.
func newChannelMesh(ctx context.Context, n int) (mesh, error) {
	m, err := newProductMesh(ctx, n, localnet.Options{}, func(text string) chat.Instruction { return chat.SayIn{In: benchChannel, Text: text} })
	if err != nil {
		return nil, err
	}
	if err := m.join(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("join %s: %w", benchChannel, err), m.Close())
	}
	return m, nil
}

// join takes all nodes into the channel and returns when each has seen the
// others there and the mesh has settled.
func (m *productMesh) join(ctx context.Context) error {
	soon, stop := context.WithTimeout(ctx, meshLimit)
	defer stop()
	for _, nd := range m.nw.Nodes {
		if err := nd.Do(soon, chat.Owner, "", chat.Join{Channel: benchChannel}); err != nil {
			return err
		}
	}
	for _, sub := range m.subs {
		for there := 1; there < len(m.subs); { // itself
			batch, err := sub.Next(soon)
			if err != nil {
				return err
			}
			for _, n := range batch {
				switch n := n.Notification.(type) {
				case chat.Joined:
					there += len(n.Who)
				case chat.MemberCame:
					if n.Conversation == benchChannel {
						there++
					}
				}
			}
		}
	}
	return pause(ctx, meshSettles)
}

// Publish waits while the node is saturated, as a front end does.
func (m *productMesh) Publish(ctx context.Context, text string) error {
	return m.nw.Nodes[0].Do(ctx, chat.Owner, "", m.say(text))
}

func (m *productMesh) Next(ctx context.Context, node int, heard []string) ([]string, error) {
	for {
		batch, err := m.subs[node].Next(ctx)
		if err != nil {
			return heard, err
		}
		for _, n := range batch {
			switch n := n.Notification.(type) {
			case chat.Shown:
				heard = append(heard, n.Text)
			case chat.Failed:
				m.refused.Add(1)
			}
		}
		if len(heard) > 0 {
			return heard, nil
		}
	}
}

// Refused counts what node 0 was told: nobody asks the others for anything.
func (m *productMesh) Refused() int { return int(m.refused.Load()) }

func (m *productMesh) Close() error {
	m.nw.Close()
	return nil
}
