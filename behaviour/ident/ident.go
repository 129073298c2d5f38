// Package ident tells which peers that speak our protocols come and go.
//
// It also ends the connection that a peer has left behind when it died and came
// back as itself: see replace.go.
package ident

import (
	"fmt"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
)

// eventBuffer is what the event bus holds for us. A full buffer holds libp2p up,
// so it is emptied without ever waiting for Came or Left.
const eventBuffer = 256

// Config says whom to look for and whom to tell. All functions are required.
type Config struct {
	// Speaks says whether a peer with these protocols is one of ours.
	Speaks func([]protocol.ID) bool

	// Came says that a peer of ours is connected, directly or over a relay, and
	// identified; Left, that it is not connected any more, or does not speak our
	// protocols any more. Strictly by turns for each peer, Came first. Called from
	// one goroutine; they may block. What happens meanwhile is put together: of
	// several partings at most the last is told.
	Came func(peer.ID)
	Left func(peer.ID)
}

// Ident watches one host.
type Ident struct {
	c      Config
	host   host.Host
	sub    event.Subscription
	unhook func()
	work   sync.WaitGroup // the goroutines of drain, tell and replace

	wake   chan struct{} // one token: there may be news
	done   chan struct{} // closed by Close
	ending sync.Once

	mu   sync.Mutex // guards what follows
	news map[peer.ID]news
	here map[peer.ID]bool // Came was told last; written by tell only
}

// news is what has happened to a peer since tell last looked at it.
type news struct {
	gone bool // it was not connected at some time
	met  bool // it has said what it speaks
}

// New watches h from now on; the peers that are connected already have come.
// End it with Close, before h.
func New(h host.Host, c Config) (*Ident, error) {
	return start(h, c, oldConn)
}

func start(h host.Host, c Config, old time.Duration) (*Ident, error) {
	sub, err := h.EventBus().Subscribe([]any{
		new(event.EvtPeerIdentificationCompleted),
		new(event.EvtPeerProtocolsUpdated),
		new(event.EvtPeerConnectednessChanged),
	}, eventbus.BufSize(eventBuffer), eventbus.Name("tincan/ident"))
	if err != nil {
		return nil, fmt.Errorf("subscribe to the host's events: %w", err)
	}
	i := &Ident{
		c:    c,
		host: h,
		sub:  sub,
		wake: make(chan struct{}, 1),
		done: make(chan struct{}),
		news: make(map[peer.ID]news),
		here: make(map[peer.ID]bool),
	}
	i.unhook = i.replaceOld(old)
	for _, p := range h.Network().Peers() {
		if protocols, _ := h.Peerstore().GetProtocols(p); len(protocols) > 0 {
			i.note(p, news{met: true})
		}
	}
	i.work.Go(i.drain) // ended by Close, which closes sub
	i.work.Go(i.tell)  // ended by Close
	return i, nil
}

// drain empties the subscription.
func (i *Ident) drain() {
	for ev := range i.sub.Out() {
		switch ev := ev.(type) {
		case event.EvtPeerIdentificationCompleted:
			i.note(ev.Peer, news{met: true})
		case event.EvtPeerProtocolsUpdated:
			i.note(ev.Peer, news{met: true})
		case event.EvtPeerConnectednessChanged:
			if ev.Connectedness == network.NotConnected {
				i.note(ev.Peer, news{gone: true})
			}
		}
	}
}

// note adds to the news of a peer. There are news only of peers that are
// connected or here, so the resource manager's bound of connections is theirs.
func (i *Ident) note(p peer.ID, n news) {
	connected := i.connected(p)
	i.mu.Lock()
	defer i.mu.Unlock()
	if !connected && !i.here[p] {
		delete(i.news, p)
		return
	}
	was := i.news[p]
	i.news[p] = news{gone: was.gone || n.gone, met: was.met || n.met}
	select {
	case i.wake <- struct{}{}:
	default:
	}
}

// tell calls Came and Left.
func (i *Ident) tell() {
	for {
		select {
		case <-i.done:
			return
		case <-i.wake:
		}
		i.mu.Lock()
		all := i.news
		i.news = make(map[peer.ID]news)
		i.mu.Unlock()
		for p, n := range all {
			select {
			case <-i.done:
				return
			default:
				i.look(p, n)
			}
		}
	}
}

// look decides by how things are now. Events may be late, out of order or put
// together: they say only where to look.
func (i *Ident) look(p peer.ID, n news) {
	speaks := false
	if i.connected(p) {
		protocols, err := i.host.Peerstore().GetProtocols(p)
		speaks = err == nil && i.c.Speaks(protocols)
	}
	i.mu.Lock()
	here := i.here[p]
	i.mu.Unlock()
	if here && (n.gone || !speaks) {
		i.set(p, false)
		i.c.Left(p)
		here = false
	}
	// The protocols of a peer that has just connected may be those of its last
	// visit: wait for it to say.
	if !here && speaks && n.met {
		i.set(p, true)
		i.c.Came(p)
		if !i.connected(p) { // its parting may have been noted before it was here
			i.note(p, news{gone: true})
		}
	}
}

func (i *Ident) set(p peer.ID, here bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if here {
		i.here[p] = true
	} else {
		delete(i.here, p)
	}
}

func (i *Ident) connected(p peer.ID) bool {
	return i.host.Network().Connectedness(p) != network.NotConnected
}

// Close ends it; Came and Left have returned then and are not called any more.
// It must not be called from them. It may be called more than once.
func (i *Ident) Close() {
	i.ending.Do(func() {
		close(i.done)
		i.unhook()
		i.sub.Close()
	})
	i.work.Wait()
}
