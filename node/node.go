package node

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"

	crand "crypto/rand"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour"
	"tincan/behaviour/chat"
)

// ErrStopped answers instructions to a node that has ended.
var ErrStopped = errors.New("the node has stopped")

// Node is one tincan node. New makes it, one call of Run works it; all other
// methods are safe from any goroutine.
type Node struct {
	plan  *plan
	log   *slog.Logger
	host  host.Host
	net   *behaviour.Behaviour
	super *supervisor
	hub   hub

	history *behaviour.History

	core     *chat.Core // only from the loop
	asks     chan ask
	users    atomic.Int64 // guests that NewUser has named
	seats    atomic.Int64 // front ends that Seat has numbered
	running  atomic.Bool
	finished chan struct{} // closed when Run returns
}

// ask is an instruction on its way to the loop.
type ask struct {
	who chat.Asker
	in  chat.Instruction
}

// maxAsks is how many instructions may wait for the loop before Do waits.
const maxAsks = 64

// New makes a node and listens. The caller must call Run, or Close.
func New(c Config) (*Node, error) {
	p, err := c.check()
	if err != nil {
		return nil, err
	}
	n := &Node{plan: p, log: c.Log, asks: make(chan ask, maxAsks), finished: make(chan struct{})}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	var past *chat.Past
	if n.history, past, err = p.openHistory(); err != nil {
		return nil, err
	}
	g := newGate(p.refuses)
	h, punch, err := newHost(p, g)
	if err != nil {
		_ = n.history.Close()
		return nil, err
	}
	n.host = h
	n.super = newSupervisor(n.host, g, p, n.log)
	n.super.punch = punch
	remembers := n.super.remembers()
	n.net, err = behaviour.New(behaviour.Config{
		Host:     n.host,
		Network:  p.Network,
		Key:      p.Key,
		Log:      n.log,
		History:  n.history,
		Sparse:   p.Sparse,
		NoListen: p.NoListen,
		Relayed:  p.relayed(n.host),
		Ways:     n.super.bootstraps,
		Found:    n.found(),
		Dial:     n.dial,
		Hangup:   n.super.forget,
		Came:     n.super.came,
		Left:     n.super.left,
	})
	if err != nil {
		_ = n.host.Close()
		_ = n.history.Close()
		return nil, err
	}
	n.super.near = n.net.Near
	n.core = chat.New(chat.Config{
		Me:       chat.PeerID(n.host.ID().String()),
		Log:      newLogID(),
		Network:  p.Network,
		Name:     p.Name,
		Number:   n.number(),
		ByNumber: n.byNumber(),

		CleanName:    behaviour.CleanName,
		Skeleton:     behaviour.Skeleton,
		CleanChannel: behaviour.CleanChannel,

		Keeps:   true,
		Durable: n.history.Durable(),
		Past:    past,

		Expecting: len(p.ways) > 0 || remembers,
		Seal:      n.net.Seal,
		Rand:      rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
	})
	return n, nil
}

// ID is the node's peer id.
func (n *Node) ID() peer.ID { return n.host.ID() }

// Host is the node's libp2p host, for programs that speak protocols of their
// own on it. The node closes it.
func (n *Node) Host() host.Host { return n.host }

// Do asks for something on behalf of a local user. Answers come as notifications with
// the same ref, at all his seats: of the core's [chat.Seat] this is number 0 (see
// [Node.Seat]). It waits while the node has more to send than it can, and returns when
// the instruction is taken, ctx ends or the node has stopped (ErrStopped).
func (n *Node) Do(ctx context.Context, from chat.User, ref string, in chat.Instruction) error {
	return n.ask(ctx, chat.Asker{User: from, Ref: ref}, in)
}

func (n *Node) ask(ctx context.Context, who chat.Asker, in chat.Instruction) error {
	select {
	case <-n.finished: // before there is a place in asks, which nobody reads any more
		return ErrStopped
	default:
	}
	select {
	case n.asks <- ask{who, in}:
		return nil
	case <-n.finished:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Subscribe gives a local user's notifications from now on, whichever of his seats
// they are for. Those who subscribe before Run miss nothing; the first is Ready then.
func (n *Node) Subscribe(user chat.User) *Subscription { return n.hub.subscribe(user, 0) }

// NewUser names a guest: a user who was never there before. His first
// instruction has to be [chat.Enter].
func (n *Node) NewUser() chat.User { return chat.Owner + chat.User(n.users.Add(1)) }

// Close ends a node that was never run. After Run it does nothing.
func (n *Node) Close() {
	if n.running.CompareAndSwap(false, true) {
		n.close()
	}
}

func (n *Node) close() {
	n.super.close()
	n.net.Close()
	_ = n.host.Close()
	if err := n.history.Close(); err != nil { // the owner knows: saving has failed before
		n.log.Warn("not all of the history is saved", "error", err)
	}
	n.hub.end()
	close(n.finished)
}

func newLogID() (l chat.LogID) {
	_, _ = crand.Read(l[:]) // never fails
	return l
}

// number and byNumber know the demo peers; a network of real keys has no numbers.
func (n *Node) number() func(chat.PeerID) int {
	if n.plan.PeerNo == 0 {
		return nil
	}
	return n.plan.numbers.of
}

func (n *Node) byNumber() func(int) (chat.PeerID, bool) {
	if n.plan.PeerNo == 0 {
		return nil
	}
	return func(no int) (chat.PeerID, bool) {
		id, ok := n.plan.numbers.id(no)
		return chat.PeerID(id.String()), ok
	}
}

// InLobby says whether a connected peer has announced that it is in the lobby.
func (n *Node) InLobby(id peer.ID) bool { return n.net.InLobby(id) }
