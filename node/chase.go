package node

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"

	"tincan/behaviour"
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
	// more, some 6 kB each over QUIC: of many who are lost, each waits longer. Of a
	// part of the network that can be reached again somebody is dialled soon all the
	// same; and who is back brings the turn of the others forward, at most once in
	// hurryPause.
	chaseRate  = 2
	hurryPause = 5 * time.Second

	// giveUpAfter ends the chase for a lost neighbour: what was said while two parts
	// of a network were apart is waited for as long. Ways in are dialled for ever.
	giveUpAfter = 2 * time.Hour

	// chaseTime bounds one dial.
	chaseTime = 5 * time.Second

	// localTime is chaseTime for peers on this machine, who answer at once or are
	// not there. Nobody refuses a QUIC dial to a port without a listener: a peer
	// may come up with TCP while it waits in vain.
	localTime = 600 * time.Millisecond
)

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
	var (
		info          peer.AddrInfo
		wanted, began time.Time
		news          <-chan struct{} // of hurry
		connected     int             // looks in a row at which there was a connection
	)
	delay := retryFirst
	for hurry, again := s.rest(first, nil); again; hurry, again = s.rest(first, news) {
		info, wanted, news = s.where(n)
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

// rest is pause, cut short to little when there is hurry: since the last dial
// began, of which news tells.
func (s *supervisor) rest(d time.Duration, news <-chan struct{}) (hurry, again bool) {
	if d <= retryFirst {
		return false, s.pause(d)
	}
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

// where is how to dial a peer now, since when it is wanted, and what tells of hurry
// from now on.
func (s *supervisor) where(n *neighbour) (info peer.AddrInfo, wanted time.Time, news <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return n.info, n.wanted, s.hurry
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

// hurryUp has whoever is chased dialled soon: where one is back, it may be the
// network that is back, and others with it. The caller holds mu.
func (s *supervisor) hurryUp() {
	if now := time.Now(); now.Sub(s.hurried) >= hurryPause {
		s.hurried = now
		close(s.hurry)
		s.hurry = make(chan struct{})
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
