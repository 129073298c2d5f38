package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"tincan/behaviour/frame"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

// Ask sends request to a peer and returns its reply, which the caller owns; it
// dials if there is no connection and the host knows an address. request is not
// kept. It ends when ctx ends; see Config.FrameTime for what bounds it besides
// (the error is context.DeadlineExceeded then, too).
//
// It uses a stream that an earlier Ask left open, if one is free. When that
// stream turns out to be dead before a byte of the reply has come, Ask tries
// once more on a new one: the peer may then see the request twice.
func (x *Exchange) Ask(ctx context.Context, to peer.ID, request []byte) ([]byte, error) {
	return x.ask(ctx, to, request, true)
}

// Fresh is Ask on a stream that is opened for it and closed after it.
func (x *Exchange) Fresh(ctx context.Context, to peer.ID, request []byte) ([]byte, error) {
	return x.ask(ctx, to, request, false)
}

func (x *Exchange) ask(ctx context.Context, to peer.ID, request []byte, keep bool) ([]byte, error) {
	if len(request) == 0 || len(request) > x.c.MaxRequest {
		return nil, fmt.Errorf("ask %s: %w: %d bytes of at most %d", to, ErrSize, len(request), x.c.MaxRequest)
	}
	if x.asks != nil {
		select {
		case x.asks <- struct{}{}:
		case <-ctx.Done():
			return nil, fmt.Errorf("ask %s: wait for a turn: %w", to, ctx.Err())
		case <-x.ctx.Done():
			return nil, ErrClosed
		}
		defer func() { <-x.asks }()
	}
	r, l, err := x.join(ctx, to, keep)
	if err != nil {
		return nil, err
	}
	if l != nil {
		reply, started, err := x.turn(ctx, l, request)
		if err == nil {
			x.part(to, r, l)
			return reply, nil
		}
		x.drop(r, l)
		if started || ctx.Err() != nil || frame.IsTimeout(err) || errors.Is(err, ErrRefused) {
			x.part(to, r, nil)
			return nil, x.explain(ctx, to, err)
		}
	}
	l, err = x.open(ctx, to, r)
	if err != nil {
		x.part(to, r, nil)
		return nil, x.explain(ctx, to, err)
	}
	reply, _, err := x.turn(ctx, l, request)
	switch {
	case err != nil:
		x.drop(r, l)
		x.part(to, r, nil)
		return nil, x.explain(ctx, to, err)
	case keep:
		x.part(to, r, l)
	default:
		x.finish(r, l)
		x.part(to, r, nil)
	}
	return reply, nil
}

// turn is one frame out and one frame back. started says that bytes of the
// reply had come when it failed.
func (x *Exchange) turn(ctx context.Context, l *lane, request []byte) (reply []byte, started bool, err error) {
	now := time.Now()
	l.used = now
	l.renewRead(now, x.c.FrameTime)
	l.renewWrite(now, x.c.FrameTime)
	l.watch(ctx) // also for its deadline
	err = l.write(request)
	if err != nil {
		err = fmt.Errorf("write request: %w", known(err))
	} else if reply, err = l.r.Read(x.c.MaxReply, nil); err != nil {
		started = errors.Is(err, io.ErrUnexpectedEOF) || l.r.Buffered() > 0
		err = fmt.Errorf("read reply: %w", known(err))
	} else if l.r.Buffered() > 0 {
		l.dead = true // a peer that says more than it was asked
	}
	l.watched()
	return reply, started, err
}

// known gives the resets that this package sends their names.
func known(err error) error {
	var reset *network.StreamError
	if errors.As(err, &reset) && reset.Remote {
		switch reset.ErrorCode {
		case codeFailed, codeMalformed:
			return fmt.Errorf("%w: %w", ErrRefused, err)
		case codeBusy:
			return fmt.Errorf("%w: %w", ErrBusy, err)
		}
	}
	return err
}

// explain says what an Ask was about and, if that is why, that its time was up.
func (x *Exchange) explain(ctx context.Context, to peer.ID, err error) error {
	switch {
	case ctx.Err() != nil && !errors.Is(err, ctx.Err()):
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	case x.ctx.Err() != nil && !errors.Is(err, ErrClosed):
		err = fmt.Errorf("%w: %w", ErrClosed, err)
	case frame.IsTimeout(err) && !errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return fmt.Errorf("ask %s: %w", to, err)
}
