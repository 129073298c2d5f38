package relay

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/client"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/proto"
	ma "github.com/multiformats/go-multiaddr"
)

// tag keeps the connection manager from closing the link to a relay.
const tag = "relay"

// seeker keeps reservations at some of the connected peers and tells the host
// the addresses that come with them, which Identify spreads.
type seeker struct {
	ctx     context.Context
	host    host.Host
	c       Config
	emitter event.Emitter
	wake    chan struct{} // one token: look again
	results chan result   // room for everybody who is being asked

	// only from run:
	asked map[peer.ID]*berth // whom this node has asked, while they are linked
	told  []ma.Multiaddr     // the addresses that the host knows
}

// berth is a reservation, or the attempt to get one.
type berth struct {
	link   network.Conn // on which it was asked for; both end together
	asking bool
	held   bool
	at     time.Time     // when to ask again
	pause  time.Duration // after the last refusal
}

// result is how asking a peer went: until when it holds.
type result struct {
	peer  peer.ID
	until time.Time
	err   error
}

func newSeeker(ctx context.Context, h host.Host, c Config) (*seeker, error) {
	emitter, err := h.EventBus().Emitter(new(event.EvtAutoRelayAddrsUpdated), eventbus.Stateful)
	if err != nil {
		return nil, err
	}
	return &seeker{
		ctx:     ctx,
		host:    h,
		c:       c,
		emitter: emitter,
		wake:    make(chan struct{}, 1),
		results: make(chan result, enough),
		asked:   make(map[peer.ID]*berth),
	}, nil
}

func (s *seeker) look() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run ends with s.ctx, and when those who ask have returned.
func (s *seeker) run() {
	defer s.emitter.Close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-s.ctx.Done():
			for _, b := range s.asked {
				if b.asking {
					<-s.results
				}
			}
			return
		case <-s.wake:
		case <-timer.C:
		case r := <-s.results:
			s.answered(time.Now(), r)
		}
		timer.Reset(time.Until(s.tend(time.Now())))
	}
}

// tend drops the reservations that have ended, asks for those that are due or
// missing, and returns when to do so again.
func (s *seeker) tend(now time.Time) (next time.Time) {
	for id, b := range s.asked {
		if b.link.IsClosed() && !b.asking {
			s.drop(id)
		}
	}
	for id, link := range s.links() {
		if s.asked[id] == nil {
			s.asked[id] = &berth{link: link, at: now, pause: retryFirst}
		}
	}
	used := 0
	for _, b := range s.asked {
		if b.held || b.asking {
			used++
		}
	}
	next = now.Add(lookEvery)
	for _, id := range s.shuffled() {
		b := s.asked[id]
		switch {
		case b.asking:
			continue
		case b.at.After(now):
		case b.held:
			s.ask(id, b)
			continue
		case used < enough:
			used++
			s.ask(id, b)
			continue
		default:
			continue // until there is need of it
		}
		if b.at.Before(next) {
			next = b.at
		}
	}
	s.tell()
	return next
}

// links are the direct connections to peers of ours that this node has dialled
// and that relay.
func (s *seeker) links() map[peer.ID]network.Conn {
	links := make(map[peer.ID]network.Conn)
	for _, c := range s.host.Network().Conns() {
		id, stat := c.RemotePeer(), c.Stat()
		if stat.Limited || stat.Direction != network.DirOutbound || c.IsClosed() || !s.c.Needed(c.RemoteMultiaddr()) {
			continue
		}
		relays, err := s.host.Peerstore().SupportsProtocols(id, protocol.ID(proto.ProtoIDv2Hop))
		if err == nil && len(relays) > 0 && s.c.Ours(id) {
			links[id] = c
		}
	}
	return links
}

// shuffled spreads the load: everybody asks others first.
func (s *seeker) shuffled() []peer.ID {
	ids := make([]peer.ID, 0, len(s.asked))
	for id := range s.asked {
		ids = append(ids, id)
	}
	rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return ids
}

// ask asks a peer for a reservation; the answer comes as a result.
func (s *seeker) ask(id peer.ID, b *berth) {
	b.asking = true
	go func() { // ends after reserveTime, or with s.ctx; run waits for it
		ctx, cancel := context.WithTimeout(network.WithNoDial(s.ctx, tag), reserveTime)
		defer cancel()
		got, err := client.Reserve(ctx, hasty{s.host}, peer.AddrInfo{ID: id})
		r := result{peer: id, err: err}
		if err == nil {
			r.until = got.Expiration
		}
		s.results <- r
	}()
}

// answered notes how asking went.
func (s *seeker) answered(now time.Time, r result) {
	b := s.asked[r.peer]
	b.asking = false
	if b.held = r.err == nil; !b.held {
		b.at, b.pause = now.Add(b.pause), min(2*b.pause, retryLast)
		s.host.ConnManager().Unprotect(r.peer, tag)
		return
	}
	// Half of the time is left for a relay that is slow to renew, and there is no
	// clock so wrong that it asks without end.
	b.at, b.pause = now.Add(max(r.until.Sub(now)/2, lookEvery)), retryFirst
	s.host.ConnManager().Protect(r.peer, tag)
}

func (s *seeker) drop(id peer.ID) {
	delete(s.asked, id)
	s.host.ConnManager().Unprotect(id, tag)
}

// tell gives the host the addresses of the reservations.
func (s *seeker) tell() {
	var addrs []ma.Multiaddr
	for id, b := range s.asked {
		if b.held {
			addrs = append(addrs, through(id, s.host.Peerstore().Addrs(id))...)
		}
	}
	slices.SortFunc(addrs, ma.Multiaddr.Compare)
	if slices.EqualFunc(addrs, s.told, ma.Multiaddr.Equal) {
		return
	}
	s.told = addrs
	_ = s.emitter.Emit(event.EvtAutoRelayAddrsUpdated{RelayAddrs: slices.Clone(addrs)}) // fails when closed
}

// through are addresses of this node by way of a relay.
func through(id peer.ID, at []ma.Multiaddr) (addrs []ma.Multiaddr) {
	circuit := ma.StringCast("/p2p/" + id.String() + "/p2p-circuit")
	at = slices.SortedFunc(slices.Values(at), ma.Multiaddr.Compare) // the same ones each time
	for _, a := range at {
		if _, err := a.ValueForProtocol(ma.P_CIRCUIT); err != nil && len(addrs) < maxAddrs {
			addrs = append(addrs, a.Encapsulate(circuit))
		}
	}
	return addrs
}

// hasty is a host whose streams end with the context that they were opened with:
// client.Reserve would wait for an answer for a minute.
type hasty struct{ host.Host }

func (h hasty) NewStream(ctx context.Context, p peer.ID, ids ...protocol.ID) (network.Stream, error) {
	s, err := h.Host.NewStream(ctx, p, ids...)
	if err == nil {
		context.AfterFunc(ctx, func() { _ = s.Reset() })
	}
	return s, err
}
