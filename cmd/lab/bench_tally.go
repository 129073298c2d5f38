package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A mesh is a number of nodes that hear each other's broadcasts. Node 0 is the
// author of all.
type mesh interface {
	// Publish broadcasts from the author. It may wait while the node is saturated.
	Publish(ctx context.Context, text string) error

	// Next appends to heard what a node heard next, its own texts included, and
	// returns when there is something. One goroutine a node calls it.
	Next(ctx context.Context, node int, heard []string) ([]string, error)

	// Refused is how many texts so far the author was told not to be taken.
	Refused() int

	Close() error
}

// tally counts who has heard which text of one round.
type tally struct {
	round    int
	nodes    []listener
	left     []atomic.Int32 // per text: nodes that have not heard it
	full     atomic.Int64   // texts that all nodes have heard
	heard    atomic.Int64   // deliveries to others than the author
	own      atomic.Int64   // deliveries to the author
	twice    atomic.Int64   // deliveries of what the node had heard before
	disorder atomic.Int64   // deliveries below an earlier one of the same node
	news     chan struct{}  // has an entry when somebody heard something
}

// listener is the part of a tally that the goroutine of one node owns.
type listener struct {
	seen    []bool
	highest int
}

func newTally(round, nodes, texts int) *tally {
	t := &tally{round: round, nodes: make([]listener, nodes), left: make([]atomic.Int32, texts), news: make(chan struct{}, 1)}
	for i := range t.left {
		t.left[i].Store(int32(nodes))
	}
	for i := range t.nodes {
		t.nodes[i] = listener{seen: make([]bool, texts), highest: -1}
	}
	return t
}

// hear notes that a node heard a text. Only from the goroutine of that node.
func (t *tally) hear(node int, s string) {
	round, n, ok := parseText(s)
	if !ok || round != t.round || n >= len(t.left) {
		return
	}
	l := &t.nodes[node]
	if l.seen[n] {
		t.twice.Add(1)
		return
	}
	l.seen[n] = true
	if n < l.highest {
		t.disorder.Add(1)
	}
	l.highest = max(l.highest, n)
	if node == 0 {
		t.own.Add(1)
	} else {
		t.heard.Add(1)
	}
	if t.left[n].Add(-1) == 0 {
		t.full.Add(1)
	}
	select {
	case t.news <- struct{}{}:
	default:
	}
}

// await waits until all nodes have heard want texts. It gives up with false
// when nobody hears anything for as long as quiet.
func (t *tally) await(ctx context.Context, want int, quiet time.Duration) (bool, error) {
	silence := time.NewTimer(quiet)
	defer silence.Stop()
	for t.full.Load() < int64(want) {
		select {
		case <-t.news:
			silence.Reset(quiet)
		case <-silence.C:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	return true, nil
}

// audience listens at all nodes of a mesh.
type audience struct {
	mesh  mesh
	nodes int
	now   atomic.Pointer[tally]
	stop  context.CancelFunc
	done  sync.WaitGroup
}

// newAudience takes over the mesh. Close ends its goroutines and the mesh.
func newAudience(m mesh, nodes int) *audience {
	ctx, stop := context.WithCancel(context.Background())
	a := &audience{mesh: m, nodes: nodes, stop: stop}
	a.now.Store(newTally(0, nodes, 0))
	for node := range nodes {
		a.done.Go(func() { a.listen(ctx, node) }) // until stop, or the mesh ends
	}
	return a
}

func (a *audience) listen(ctx context.Context, node int) {
	var heard []string
	for {
		var err error
		if heard, err = a.mesh.Next(ctx, node, heard[:0]); err != nil {
			return
		}
		t := a.now.Load()
		for _, s := range heard {
			t.hear(node, s)
		}
	}
}

// expect begins a round of a number of texts; late ones of earlier rounds are
// ignored.
func (a *audience) expect(round, texts int) *tally {
	t := newTally(round, a.nodes, texts)
	a.now.Store(t)
	return t
}

func (a *audience) Close() error {
	a.stop()
	err := a.mesh.Close()
	a.done.Wait()
	if err != nil {
		return fmt.Errorf("close mesh: %w", err)
	}
	return nil
}
