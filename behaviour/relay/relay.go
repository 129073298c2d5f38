// Package relay lets peers that nobody can dial be reached through others that
// they have dialled: circuit relay v2, as a service (offer.go) and as one who
// needs it (seek.go).
//
//	          reserve                     dial
//	seeker ─────────────▶ offering peer ◀────── anybody
//	   ▲   (link of its own)  │
//	   └──────── circuit ─────┘
//
// A circuit is a connection like any other, authenticated and encrypted from end
// to end: whoever carries it sees who talks with whom, and nothing else. libp2p
// marks it as limited. Streams open on it only when their protocol asks for
// that, so gossip does not flow there.
package relay

import (
	"context"
	"fmt"
	"sync"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	service "github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/relay"
	ma "github.com/multiformats/go-multiaddr"
)

// Config says what a node gives and takes.
type Config struct {
	// Offer carries circuits for peers that are Ours.
	Offer bool

	// Needed says whether this node has to be reached through a peer that it has
	// dialled at an address; nil: never. Called from one goroutine.
	Needed func(at ma.Multiaddr) bool

	// Ours says whether a connected peer is of this network. Called from several
	// goroutines; required.
	Ours func(peer.ID) bool
}

// Relay is a node's part in relaying. Its methods are safe from any goroutine.
type Relay struct {
	cancel context.CancelFunc
	work   sync.WaitGroup // the goroutines of seek
	meter  *meter
	offer  *service.Relay // nil: this node offers none
	seek   *seeker        // nil: this node needs none
}

// New begins to offer and to seek. h must have the relay transport and think of
// itself as private (libp2p.EnableRelay, ForceReachabilityPrivate): else it does
// not tell others where it can be reached. End it with Close, before h.
func New(h host.Host, c Config) (*Relay, error) {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Relay{cancel: cancel, meter: newMeter(ctx)}
	var err error
	if c.Offer {
		if r.offer, err = newOffer(h, c.Ours, r.meter); err != nil {
			cancel()
			return nil, fmt.Errorf("offer to relay: %w", err)
		}
	}
	if c.Needed != nil {
		if r.seek, err = newSeeker(ctx, h, c); err != nil {
			r.Close()
			return nil, fmt.Errorf("seek relays: %w", err)
		}
		r.work.Go(r.seek.run) // ended by Close
	}
	return r, nil
}

// Look says that a peer came or left: there may be a relay to use or to replace.
// It does not block.
func (r *Relay) Look() {
	if r.seek != nil {
		r.seek.look()
	}
}

// Counters is what happened since New; see meter for the names.
func (r *Relay) Counters() map[string]uint64 { return r.meter.counters() }

// Close ends it. Circuits that are carried end with their connections. It may be
// called more than once.
func (r *Relay) Close() {
	r.cancel()
	r.work.Wait()
	if r.offer != nil {
		_ = r.offer.Close() // never fails
	}
}
