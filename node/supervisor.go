package node

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/holepunch"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"tincan/behaviour/chat"
)

const (
	// silentTime is how long a way in may not answer before the user is told.
	silentTime = 1500 * time.Millisecond

	// maxKnown bounds the neighbours that are remembered. Beyond it those who
	// come are not chased when they leave.
	maxKnown = 256
)

// supervisor keeps the node connected: it dials the ways in, comes back to lost
// neighbours, and a sparse node that has lost its ways in finds others.
type supervisor struct {
	host     host.Host
	gate     *gate
	plan     *plan
	log      *slog.Logger
	warnings chan chat.Event // for the owner; what does not fit is only logged

	// punch makes holes in NATs; nil: there are none. Set before start.
	punch *holepunch.Service

	// near asks a peer for others near this node, without dialling them. Set
	// before start.
	near func(ctx context.Context, via peer.ID) ([]peer.AddrInfo, error)

	news       chan struct{} // one token: somebody new is in memory
	alone      chan struct{} // one token: the last peer has left
	unwritable bool          // the owner knows that memory is not kept; only for writeMemory

	ctx    context.Context // ends with close
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu       sync.Mutex // guards what follows
	closed   bool
	known    map[peer.ID]*neighbour
	unnamed  []*neighbour     // ways in of which nobody knows yet who is there
	up       map[peer.ID]bool // who is connected, known or not
	contacts []peer.AddrInfo  // whom a sparse node may turn to
	falling  bool             // fallBack runs
	chases   int              // under way
	hurried  time.Time        // when hurry was closed last
	hurry    chan struct{}    // closed when somebody who was lost is back; then another
	memory   *memory          // who was met, in earlier runs too

	unwritten bool // there is more in memory than in its file
}

// neighbour is a peer that the supervisor wants to be connected with.
type neighbour struct {
	info    peer.AddrInfo // ID "": see unnamed
	way     *way          // nil: met on the way
	met     bool          // it has been up
	up      bool
	chasing bool
	left    bool      // nobody wants it: the user hung up, or it is another one
	wanted  time.Time // since when it is dialled
	hungUp  bool      // there was a connection to it, though it is not up
	warned  bool
}

func newSupervisor(h host.Host, g *gate, p *plan, log *slog.Logger) *supervisor {
	ctx, cancel := context.WithCancel(context.Background())
	s := &supervisor{
		host:     h,
		gate:     g,
		plan:     p,
		log:      log,
		warnings: make(chan chat.Event, 16),
		ctx:      ctx,
		cancel:   cancel,
		known:    make(map[peer.ID]*neighbour),
		up:       make(map[peer.ID]bool),
		hurry:    make(chan struct{}),
		memory:   newMemory(),
		news:     make(chan struct{}, 1),
		alone:    make(chan struct{}, 1),
	}
	for i := range p.ways {
		w := &p.ways[i]
		n := &neighbour{info: w.info, way: w}
		if w.info.ID == "" {
			s.unnamed = append(s.unnamed, n)
			continue
		}
		s.known[w.info.ID] = n
	}
	return s
}

// bootstraps are the ways in that are connected, for Kademlia. The others are
// dialled from here only: the swarm makes one dial of all to the same peer and
// tries each address once in it, and Kademlia's has no end of its own. Safe from
// any goroutine.
func (s *supervisor) bootstraps() []peer.AddrInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	var infos []peer.AddrInfo
	for _, n := range s.known {
		if n.way != nil && n.up {
			infos = append(infos, n.info)
		}
	}
	return infos
}

// start dials the ways in. Their addresses are known from now on to whoever has
// a message for them.
func (s *supervisor) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.known {
		if n.way == nil {
			continue // it came before: the node listens from New on
		}
		s.keep(n)
		s.chase(n, 0)
	}
	for _, n := range s.unnamed {
		s.chase(n, 0)
	}
	s.work.Go(s.watchSilence) // ends soon, or with s.ctx
	s.work.Go(s.feelPulses)   // ends with s.ctx
	s.work.Go(s.straighten)   // ends with s.ctx
	s.work.Go(s.revisit)      // ends with s.ctx
	if s.plan.Dir != "" {
		s.work.Go(s.keepMemory) // ends with s.ctx
	}
	if s.plan.Sparse && s.near != nil {
		s.work.Go(s.keepContacts) // ends with s.ctx
	}
}

func (s *supervisor) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.work.Wait()
	s.writeMemory()
}

// came is told of a peer that speaks tincan. It must not block.
func (s *supervisor) came(id peer.ID) {
	if s.plan.PeerNo != 0 {
		s.plan.numbers.guess(s.host.Peerstore().Addrs(id))
	}
	s.note(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.up[id] = true
	n := s.known[id]
	if n == nil {
		if s.plan.Sparse || len(s.known) >= maxKnown {
			return
		}
		n = &neighbour{info: peer.AddrInfo{ID: id}}
		s.known[id] = n
	}
	if n.met && n.chasing {
		s.hurryUp()
	}
	n.up, n.met, n.left = true, true, false
}

// left is told that its last connection is gone. It must not block.
func (s *supervisor) left(id peer.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.up, id)
	s.unwritten = s.memory.saw(id, time.Now()) || s.unwritten
	if s.closed {
		return
	}
	if len(s.up) == 0 {
		select {
		case s.alone <- struct{}{}:
		default:
		}
	}
	n := s.known[id]
	if n != nil {
		n.up = false
		if addrs := s.host.Peerstore().Addrs(id); len(addrs) > 0 && n.way == nil {
			n.info.Addrs = slices.DeleteFunc(addrs, isCircuit)
			n.left = n.left || len(n.info.Addrs) == 0 // who dials us and cannot be dialled
		}
		if n.left && n.way == nil {
			delete(s.known, id)
		}
		s.chase(n, lostFirst)
	}
	way := n != nil && n.way != nil
	if s.plan.Sparse && !s.falling && s.cutOff() && (way || len(s.up) == 0) {
		s.falling = true
		s.work.Go(s.fallBack) // ends with s.ctx, or when the node is connected
	}
}

// cutOff says whether no way in is connected. The caller holds mu.
func (s *supervisor) cutOff() bool {
	for _, n := range s.known {
		if n.way != nil && n.up {
			return false
		}
	}
	return true
}

// local tells whether all addresses are of this machine.
func local(addrs []ma.Multiaddr) bool {
	return len(addrs) > 0 && !slices.ContainsFunc(addrs, func(a ma.Multiaddr) bool { return !manet.IsIPLoopback(a) })
}
