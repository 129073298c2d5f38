// Package exchange carries one frame out and one frame back over a libp2p
// stream, and keeps the stream open for the next pair.
//
//	Ask ──▶ kept stream, or a new one ──▶ [length][request] ──▶ Handle
//	    ◀────────────────────────────────  [length][reply]  ◀──
//
// Frames are those of package frame. A stream carries one pair at a time, in order.
// The side that asks opens and closes streams; the side that answers only ever
// ends one, by closing it when idle and by resetting it when anything is wrong.
//
// A request that a peer may have seen can be sent a second time (see Ask), so
// what Handle does must be safe to repeat.
package exchange

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	logging "github.com/libp2p/go-libp2p/gologshim"
)

var log = logging.Logger("tincan/exchange")

// Errors that callers decide on.
var (
	// ErrClosed is what Ask says once Close has been called.
	ErrClosed = errors.New("exchange is closed")
	// ErrSize is what Ask says to a request that is empty or above MaxRequest.
	ErrSize = errors.New("request is empty or too large")
	// ErrRefused is what Ask says when the peer's Handle returned an error, or
	// the peer found the request malformed. Asking again will not help.
	ErrRefused = errors.New("refused by the peer")
	// ErrBusy is what Ask says when the peer is at its bound of streams.
	ErrBusy = errors.New("peer has too many streams open")
)

// Codes that travel with a reset. Those of libp2p (0x1000 and up) are used
// where one fits.
const (
	codeFailed    network.StreamErrorCode = 1 // Handle returned an error or panicked
	codeMalformed                         = network.StreamProtocolViolation
	codeBusy                              = network.StreamResourceLimitExceeded
	codeTimeout                           = network.StreamGarbageCollected
	codeShutdown                          = network.StreamShutdown
)

// Config says what is exchanged and how much of it. The bounds of time and size
// may not be zero.
type Config struct {
	Protocol protocol.ID

	MaxRequest int // bytes of a request, checked before memory is taken
	MaxReply   int // bytes of a reply, likewise

	// FrameTime is how long a frame may take from its first byte to its last, how
	// long a new stream may stay silent, and how long Ask waits for a stream to
	// open, and again for the reply, when its context has no earlier deadline.
	// Deadlines are renewed once half of their time is gone, so a peer gets
	// between half and all of it.
	FrameTime time.Duration
	// IdleTime is how long a stream may stay silent between two requests.
	IdleTime time.Duration

	// StreamsPerPeer and StreamsTotal bound the streams that are answered at the
	// same time; further ones are reset. This node itself has at most half of
	// StreamsPerPeer open to a peer (at least one), so that a stream that it has
	// closed and the peer has not yet does not count against it; further Asks wait.
	StreamsPerPeer int
	StreamsTotal   int

	// Asks bounds the Asks of this node that are under way at the same time, to
	// all peers together; further ones wait. 0 is no bound.
	Asks int

	// Handle answers a request. It runs on the stream's goroutine, at most
	// StreamsTotal at a time, and may block, but its asker waits for FrameTime
	// only, and its stream counts until it returns, even if the asker has gone. It
	// owns request and gives reply away; reply must not be empty. An error resets
	// the stream. ctx ends with Close; it has no deadline.
	Handle func(ctx context.Context, from peer.ID, request []byte) (reply []byte, err error)
}

// Exchange is one protocol on one host. Its methods are safe from any goroutine.
type Exchange struct {
	c      Config
	host   host.Host
	ctx    context.Context // ends with Close; given to Handle
	cancel context.CancelFunc
	asks   chan struct{} // a token for each Ask under way; nil without bound

	serving sync.WaitGroup // the stream handlers and the sweeper

	mu     sync.Mutex // guards what follows
	closed bool
	in     map[network.Stream]struct{} // streams that are answered
	from   map[peer.ID]int             // how many of them a peer has
	out    map[*lane]struct{}          // streams that ask, busy and kept
	roads  map[peer.ID]*road           // the way to a peer, while somebody uses it

	refused, malformed, oversize, timeouts, failed, panics atomic.Uint64
}

// New answers c.Protocol on h from now on. End it with Close, before h.
func New(h host.Host, c Config) *Exchange {
	x := &Exchange{
		c:     c,
		host:  h,
		in:    make(map[network.Stream]struct{}),
		from:  make(map[peer.ID]int),
		out:   make(map[*lane]struct{}),
		roads: make(map[peer.ID]*road),
	}
	x.ctx, x.cancel = context.WithCancel(context.Background())
	if c.Asks > 0 {
		x.asks = make(chan struct{}, c.Asks)
	}
	x.serving.Add(1)
	go x.sweep() // ended by Close
	h.SetStreamHandler(c.Protocol, x.serve)
	return x
}

// Counters is what happened since New: streams refused at a bound ("refused"),
// frames that were no frames ("malformed") or too large ("oversize"), frames that
// took too long ("timeout"), requests that Handle failed at ("failed") or
// panicked at ("panic").
func (x *Exchange) Counters() map[string]uint64 {
	return map[string]uint64{
		"refused":   x.refused.Load(),
		"malformed": x.malformed.Load(),
		"oversize":  x.oversize.Load(),
		"timeout":   x.timeouts.Load(),
		"failed":    x.failed.Load(),
		"panic":     x.panics.Load(),
	}
}

// Close resets every stream, in and out, and returns when no handler runs any
// more. Asks under way fail. It may be called more than once.
func (x *Exchange) Close() {
	x.host.RemoveStreamHandler(x.c.Protocol)
	x.mu.Lock()
	x.closed = true
	var streams []network.Stream
	for s := range x.in {
		streams = append(streams, s)
	}
	for l := range x.out {
		streams = append(streams, l.s)
	}
	for _, r := range x.roads {
		for _, l := range r.kept {
			l.unwatch()
		}
	}
	clear(x.out)
	clear(x.roads)
	x.mu.Unlock()
	x.cancel()
	for _, s := range streams {
		s.ResetWithError(codeShutdown)
	}
	x.serving.Wait()
}
