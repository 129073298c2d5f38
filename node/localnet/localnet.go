// Package localnet runs N real nodes in one process, connected over loopback:
// for tests and benchmarks.
package localnet

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/node"
)

// Options of a network. The zero value makes a full mesh over TCP.
type Options struct {
	First    int      // demo number of the first node; 0: 1. The ports are the system's choice all the same
	Listen   []string // none: TCP on a free port of loopback
	Sparse   bool     // nodes keep only the links of Ways
	Ways     [][]int  // Ways[i] are the nodes, by index below i, that node i joins through; nil: all through the first
	NoListen []int    // nodes, by index, that nobody can dial; no Ways lead to them
	Dir      string   // where each node has a directory of its own, by its number, and keeps there what was said; none: they forget
	Log      *slog.Logger
}

// Net is a set of running nodes.
type Net struct {
	Nodes []*node.Node

	options Options
	ctx     context.Context // what the nodes run under
	cancel  context.CancelFunc
	work    sync.WaitGroup
}

// New starts n nodes. They end with ctx or Close.
func New(ctx context.Context, n int, o Options) (*Net, error) {
	ctx, cancel := context.WithCancel(ctx)
	net := &Net{options: o, ctx: ctx, cancel: cancel}
	for range n {
		if _, err := net.Add(); err != nil {
			net.Close()
			return nil, err
		}
	}
	return net, nil
}

// Add starts one more node as the options say.
func (net *Net) Add() (*node.Node, error) {
	o, i := net.options, len(net.Nodes)
	listen := o.Listen
	if len(listen) == 0 {
		listen = []string{"/ip4/127.0.0.1/tcp/0"}
	}
	c := node.Config{PeerNo: max(o.First, 1) + i, Listen: listen, Sparse: o.Sparse, Log: o.Log}
	if o.Dir != "" {
		c.Dir = filepath.Join(o.Dir, strconv.Itoa(c.PeerNo))
		if err := os.MkdirAll(c.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the directory of node %d: %w", i, err)
		}
	}
	if slices.Contains(o.NoListen, i) {
		c.Listen, c.NoListen = nil, true
	}
	ways := []int{0}
	if o.Ways != nil {
		ways = o.Ways[i]
	}
	for _, w := range ways {
		if w < i {
			c.Bootstrap = append(c.Bootstrap, net.Addr(w))
		}
	}
	nd, err := node.New(c)
	if err != nil {
		return nil, fmt.Errorf("start node %d: %w", i, err)
	}
	net.Nodes = append(net.Nodes, nd)
	net.work.Go(func() { _ = nd.Run(net.ctx) }) // ends with Close
	return nd, nil
}

// Addr is the first address of node i, with its id.
func (net *Net) Addr(i int) string {
	h := net.Nodes[i].Host()
	return fmt.Sprintf("%s/p2p/%s", h.Network().ListenAddresses()[0], h.ID())
}

// WaitConnected waits until every node is connected to every other.
func (net *Net) WaitConnected(ctx context.Context) error {
	return net.wait(ctx, func(a *node.Node, b peer.ID) bool {
		return a.Host().Network().Connectedness(b) == network.Connected
	})
}

// WaitMeshed waits until every node sees every other in the lobby.
func (net *Net) WaitMeshed(ctx context.Context) error {
	return net.wait(ctx, func(a *node.Node, b peer.ID) bool { return a.InLobby(b) })
}

func (net *Net) wait(ctx context.Context, ok func(a *node.Node, b peer.ID) bool) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if net.all(ok) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for %d nodes: %w", len(net.Nodes), ctx.Err())
		}
	}
}

func (net *Net) all(ok func(a *node.Node, b peer.ID) bool) bool {
	for _, a := range net.Nodes {
		for _, b := range net.Nodes {
			if a != b && !ok(a, b.ID()) {
				return false
			}
		}
	}
	return true
}

// Close ends all nodes and waits for them.
func (net *Net) Close() {
	net.cancel()
	net.work.Wait()
}
