package exchange

import (
	"context"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

// A road is this node's side of the streams to one peer. It lives while an Ask
// uses it or a stream is kept on it.
type road struct {
	slots chan struct{} // a token for each Ask under way

	// guarded by Exchange.mu:
	users int     // Asks under way or waiting
	open  int     // streams open, busy and kept
	kept  []*lane // free streams, the last used last
}

// join takes a turn on the road to a peer and, if kept is set, a kept stream if
// there is one. part gives the turn back.
func (x *Exchange) join(ctx context.Context, to peer.ID, kept bool) (*road, *lane, error) {
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		return nil, nil, ErrClosed
	}
	r := x.roads[to]
	if r == nil {
		r = &road{slots: make(chan struct{}, max(1, x.c.StreamsPerPeer/2))}
		x.roads[to] = r
	}
	r.users++
	select {
	case r.slots <- struct{}{}:
	default:
		x.mu.Unlock()
		var err error
		select {
		case r.slots <- struct{}{}:
		case <-ctx.Done():
			err = fmt.Errorf("ask %s: wait for a stream: %w", to, ctx.Err())
		case <-x.ctx.Done():
			err = ErrClosed
		}
		x.mu.Lock()
		if err != nil {
			x.forget(to, r)
			x.mu.Unlock()
			return nil, nil, err
		}
	}
	var l *lane
	var dead []*lane
	if kept {
		l, dead = x.take(r)
	}
	x.mu.Unlock()
	for _, d := range dead {
		d.s.Reset()
	}
	return r, l, nil
}

// part ends a turn on a road; l is a stream to keep, or nil.
func (x *Exchange) part(to peer.ID, r *road, l *lane) {
	if l != nil && l.dead {
		x.drop(r, l)
		l = nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case l == nil:
	case x.closed: // and Close has reset it
		l.unwatch()
	default:
		r.kept = append(r.kept, l)
	}
	<-r.slots
	x.forget(to, r)
}

// forget ends one use of a road, and the road with the last. x.mu is held.
func (x *Exchange) forget(to peer.ID, r *road) {
	r.users--
	x.tidy(to, r)
}

// tidy drops a road that nobody needs. x.mu is held.
func (x *Exchange) tidy(to peer.ID, r *road) {
	if r.users == 0 && len(r.kept) == 0 && x.roads[to] == r {
		delete(x.roads, to)
	}
}

// take returns a kept stream that is worth trying, or nil, and those on the way
// to it that are not. x.mu is held.
func (x *Exchange) take(r *road) (l *lane, dead []*lane) {
	for n := len(r.kept); n > 0; n = len(r.kept) {
		l := r.kept[n-1]
		r.kept[n-1] = nil
		r.kept = r.kept[:n-1]
		c := l.s.Conn()
		superseded := l.relayed && x.host.Network().Connectedness(c.RemotePeer()) == network.Connected
		if !c.IsClosed() && !superseded {
			return l, dead
		}
		delete(x.out, l)
		r.open--
		l.unwatch()
		dead = append(dead, l)
	}
	return nil, dead
}

// open opens a stream on a road. A kept one makes room for it if need be.
func (x *Exchange) open(ctx context.Context, to peer.ID, r *road) (*lane, error) {
	x.mu.Lock()
	var oldest *lane
	if len(r.kept) > 0 && r.open >= cap(r.slots) {
		oldest = r.kept[0]
		r.kept = r.kept[1:]
	}
	x.mu.Unlock()
	if oldest != nil {
		x.finish(r, oldest)
	}

	ctx, cancel := context.WithTimeout(network.WithAllowLimitedConn(ctx, string(x.c.Protocol)), x.c.FrameTime)
	defer cancel()
	s, err := x.host.NewStream(ctx, to, x.c.Protocol)
	if err != nil {
		return nil, fmt.Errorf("open stream: %w", err)
	}
	l := newLane(s)
	l.relayed = s.Conn().Stat().Limited
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		s.ResetWithError(codeShutdown)
		return nil, ErrClosed
	}
	x.out[l] = struct{}{}
	r.open++
	return l, nil
}

// finish closes a stream that owes nothing.
func (x *Exchange) finish(r *road, l *lane) {
	x.gone(r, l)
	l.s.Close()
}

// drop resets a stream that failed.
func (x *Exchange) drop(r *road, l *lane) {
	x.gone(r, l)
	l.s.ResetWithError(codeTimeout)
}

func (x *Exchange) gone(r *road, l *lane) {
	l.unwatch()
	l.free()
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.out, l)
	r.open--
}

// sweep closes streams that nobody has used for half of IdleTime, before the
// peer does. Close ends it.
func (x *Exchange) sweep() {
	defer x.serving.Done()
	tick := time.NewTicker(max(x.c.IdleTime/4, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-x.ctx.Done():
			return
		case now := <-tick.C:
			for _, l := range x.idle(now.Add(-x.c.IdleTime / 2)) {
				l.s.Close()
			}
		}
	}
}

// idle takes the streams off their roads that are free since before then.
func (x *Exchange) idle(then time.Time) []*lane {
	x.mu.Lock()
	defer x.mu.Unlock()
	var old []*lane
	for to, r := range x.roads {
		n := 0
		for n < len(r.kept) && r.kept[n].used.Before(then) {
			r.kept[n].unwatch()
			delete(x.out, r.kept[n])
			n++
		}
		old = append(old, r.kept[:n]...)
		r.kept = append([]*lane(nil), r.kept[n:]...)
		r.open -= n
		x.tidy(to, r)
	}
	return old
}
