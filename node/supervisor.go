package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/protocol/holepunch"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"tincan/behaviour"
	"tincan/behaviour/chat"
)

const (
	// A peer that is lost is dialled after lostFirst, and then every retryFirst for
	// eagerFor: a node that crashes is mostly restarted at once, and one that knows
	// nobody waits for others to come. After that the pause doubles up to
	// retryLast. All with up to half as much again, by chance: with chaseTime, who
	// can be reached again is reached within 15 s (PROMISES 5.3).
	lostFirst  = 250 * time.Millisecond
	retryFirst = time.Second
	eagerFor   = 2 * time.Minute
	retryLast  = 6 * time.Second

	// chaseRate bounds the dials per second of all chases that are not eager any
	// more: of many who are lost, each waits longer. The first who is back brings
	// the turn of the others forward, at most once in hurryPause.
	chaseRate  = 8
	hurryPause = 5 * time.Second

	// giveUpAfter ends the chase for a lost neighbour: what was said while two parts
	// of a network were apart is waited for as long. Ways in are dialled for ever.
	giveUpAfter = 2 * time.Hour

	// chaseTime bounds one dial; after silentTime without an answer the user is
	// told that a way in is closed.
	chaseTime  = 5 * time.Second
	silentTime = 1500 * time.Millisecond

	// localTime is chaseTime for peers on this machine, who answer at once or are
	// not there. Nobody refuses a QUIC dial to a port without a listener: a peer
	// may come up with TCP while it waits in vain.
	localTime = 600 * time.Millisecond

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
		s.keep(n)
		s.chase(n, 0)
	}
	for _, n := range s.unnamed {
		s.chase(n, 0)
	}
	s.work.Go(s.watchSilence) // ends soon, or with s.ctx
	s.work.Go(s.feelPulses)   // ends with s.ctx
	s.work.Go(s.straighten)   // ends with s.ctx
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
}

// came is told of a peer that speaks tincan. It must not block.
func (s *supervisor) came(id peer.ID) {
	if s.plan.PeerNo != 0 {
		s.plan.numbers.guess(s.host.Peerstore().Addrs(id))
	}
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

// hurryUp has whoever is chased dialled soon: where one is back, it may be the
// network that is back, and others with it. The caller holds mu.
func (s *supervisor) hurryUp() {
	if now := time.Now(); now.Sub(s.hurried) >= hurryPause {
		s.hurried = now
		close(s.hurry)
		s.hurry = make(chan struct{})
	}
}

// left is told that its last connection is gone. It must not block.
func (s *supervisor) left(id peer.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.up, id)
	if s.closed {
		return
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

// chase dials a peer until it is connected. The caller holds mu.
func (s *supervisor) chase(n *neighbour, first time.Duration) {
	n.wanted = time.Now()
	if n.chasing || n.left || s.closed {
		return
	}
	n.chasing = true
	s.chases++
	s.work.Go(func() { s.run(n, first) }) // ends when connected, given up, or with s.ctx
}

func (s *supervisor) run(n *neighbour, first time.Duration) {
	var began time.Time
	delay := retryFirst
	connected := 0 // looks in a row at which there was a connection
	for hurry, again := s.rest(first); again; hurry, again = s.rest(first) {
		info, wanted := s.where(n)
		if hurry || wanted != began { // it begins, or the peer was here and is lost again
			delay = retryFirst
		}
		if wanted != began {
			began, connected = wanted, 0
		}
		err := s.reach(n, info)
		switch {
		case err != nil:
			connected = 0
		case connected > 0:
			err = behaviour.ErrStranger // it had a second to say what it speaks
		default:
			connected++
		}
		if s.settled(n, err, began) {
			return
		}
		first = delay
		if time.Since(began) > eagerFor {
			delay = min(2*delay, retryLast)
			first = max(delay, s.turn())
		}
	}
}

// turn is the least pause between two dials of a chase that leaves the others
// their turns.
func (s *supervisor) turn() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Duration(s.chases) * time.Second / chaseRate
}

// rest is pause, cut short to no more than retryFirst when there is hurry.
func (s *supervisor) rest(d time.Duration) (hurry, again bool) {
	if d <= retryFirst {
		return false, s.pause(d)
	}
	s.mu.Lock()
	news := s.hurry
	s.mu.Unlock()
	t := time.NewTimer(d + rand.N(d/2))
	defer t.Stop()
	select {
	case <-t.C:
		return false, true
	case <-news:
		return true, s.pause(rand.N(retryFirst))
	case <-s.ctx.Done():
		return false, false
	}
}

// where is how to dial a peer now, and since when it is wanted.
func (s *supervisor) where(n *neighbour) (info peer.AddrInfo, wanted time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return n.info, n.wanted
}

// settled ends a chase that has reached its end, and warns once of a way in
// that does not answer. The end is that the peer came, not that there was a
// connection: one that is closed at once is nobody's to tell of.
func (s *supervisor) settled(n *neighbour, err error, began time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.up || n.left || (n.way == nil && time.Since(began) > giveUpAfter) {
		n.chasing = false
		s.chases--
		if !n.up && n.way == nil && s.known[n.info.ID] == n {
			delete(s.known, n.info.ID)
		}
		return true
	}
	if err == nil {
		n.hungUp = true // unless it comes yet
		return false
	}
	s.log.Info("cannot reach a peer; trying again", "peer", n.info.ID, "err", err)
	if n.way != nil {
		s.warnOnce(n, cause(err))
		s.unlearn(n)
	}
	return false
}

// silent is the cause when a peer neither answers nor refuses.
const silent = "nothing answers there"

// watchSilence warns of the ways in that have neither answered nor refused.
func (s *supervisor) watchSilence() {
	t := time.NewTimer(silentTime)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.ctx.Done():
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range slices.AppendSeq(slices.Clone(s.unnamed), maps.Values(s.known)) {
		if n.way == nil || n.up || n.left {
			continue
		}
		why := silent
		if n.hungUp || s.host.Network().Connectedness(n.info.ID) == network.Connected {
			why = behaviour.ErrStranger.Error()
		}
		s.warnOnce(n, why)
	}
}

// warnOnce tells the user that a way in is closed. The caller holds mu.
func (s *supervisor) warnOnce(n *neighbour, why string) {
	if !n.warned && s.ctx.Err() == nil {
		n.warned = true
		s.warn(fmt.Sprintf("cannot reach %s – %s – %s; trying again", n.way.name, why, n.way.hint))
	}
}

func (s *supervisor) warn(text string) {
	select {
	case s.warnings <- chat.Warned{Text: text}:
	default:
		s.log.Warn(text)
	}
}

// pause waits d to 1.5 d, or reports false when the supervisor ends.
func (s *supervisor) pause(d time.Duration) bool {
	if d == 0 {
		return s.ctx.Err() == nil
	}
	t := time.NewTimer(d + rand.N(d/2))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.ctx.Done():
		return false
	}
}

func (s *supervisor) dial(info peer.AddrInfo) error {
	if s.host.Network().Connectedness(info.ID) == network.Connected {
		return nil
	}
	limit := chaseTime
	if local(info.Addrs) {
		limit = localTime
	}
	ctx, cancel := context.WithTimeout(s.ctx, limit)
	defer cancel()
	if !slices.ContainsFunc(info.Addrs, isCircuit) {
		ctx = network.WithForceDirectDial(ctx, "neighbour") // gossip does not flow through relays
	}
	if sw, ok := s.host.Network().(*swarm.Swarm); ok {
		sw.Backoff().Clear(info.ID) // the pauses here are the back-off
	}
	return s.host.Connect(ctx, info)
}

// local tells whether all addresses are of this machine.
func local(addrs []ma.Multiaddr) bool {
	return len(addrs) > 0 && !slices.ContainsFunc(addrs, func(a ma.Multiaddr) bool { return !manet.IsIPLoopback(a) })
}

// cause is why a dial failed, in a few words.
func cause(err error) string {
	if err = behaviour.Cause(err); errors.Is(err, behaviour.ErrSilent) {
		return silent
	}
	return err.Error()
}
