// Package session keeps streams between two peers open and carries frames both
// ways, in order.
//
//	Open ──▶ [first frame] ──▶ Opened        a line: named by a number at each end,
//	Send ──▶ [frame]       ──▶ Received      for as long as the stream lives
//	     ◀── [frame]       ◀── Send
//	End  ──▶ (close)       ──▶ Closed
//
// Frames are those of package frame. Both ends are equal once the line is open,
// and may say what they like when they like, or nothing for days. What was sent
// may be lost when a line breaks: who cares numbers his frames and asks again.
package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"tincan/behaviour/frame"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// Why there is no line, or none any more.
var (
	// ErrClosed: Close was called.
	ErrClosed = errors.New("sessions are closed")
	// ErrBusy: there are as many lines, here or at the peer, as there may be.
	ErrBusy = errors.New("too many lines")
	// ErrFull: the peer takes frames more slowly than they are sent.
	ErrFull = errors.New("the peer does not keep up")
	// ErrFlood: the peer says nothing, too often.
	ErrFlood = errors.New("too many empty frames")
	// ErrMalformed: what the peer sent is not in frames, or was refused.
	ErrMalformed = errors.New("malformed")
	// ErrTimeout: the peer was too slow to take, send or finish a frame.
	ErrTimeout = errors.New("the peer was too slow")
)

// Codes that travel with a reset.
const (
	codeMalformed = network.StreamProtocolViolation
	codeBusy      = network.StreamResourceLimitExceeded
	codeFlood     = network.StreamRateLimited
	codeTimeout   = network.StreamGarbageCollected
	codeShutdown  = network.StreamShutdown
)

// Line names an open stream at this end: never 0, never used again.
type Line uint64

// Config says what happens on the lines. All fields are required.
//
// The functions are called one at a time for a line, in the order in which
// things happened on it. They may block: the peer on the line waits then. They
// own the frames that they are given.
type Config struct {
	MaxFrame int // bytes of a frame, checked before memory is taken

	// Opened tells of a line that the peer from has opened, with the first frame
	// on it. An error resets the line; nothing more is heard of it.
	Opened func(l Line, from peer.ID, first []byte) error

	// Received brings each further frame, and all of the lines that this node has
	// opened. useful says that it carried something: frames that do not are
	// bounded (see idleBurst). An error resets the line.
	Received func(l Line, from peer.ID, frame []byte) (useful bool, err error)

	// Closed says that a line is gone: of each that Open or Opened told of, once,
	// as the last that is heard of it. err is nil if it was closed by End or by the
	// peer, else why it broke.
	Closed func(l Line, err error)
}

// Session is one protocol on one host. Its methods are safe from any goroutine.
type Session struct {
	c        Config
	bounds   bounds
	host     host.Host
	protocol protocol.ID
	ctx      context.Context // ends with Close
	cancel   context.CancelFunc

	// work is readers, writers and resets. It grows under mu while closed is not
	// set, or while a reader runs.
	work sync.WaitGroup

	mu     sync.Mutex // guards what follows
	closed bool
	last   Line
	lines  map[Line]*line
	places map[side]int // lines in use or being opened, by peer and direction
	total  map[bool]int // the same, by direction

	clogged atomic.Int64 // Unix nanoseconds until when nobody writes at once

	refused, malformed, oversize, timeouts, floods, full atomic.Uint64
}

// side is one peer and who opens lines with it.
type side struct {
	peer     peer.ID
	incoming bool
}

// New takes lines of protocol id on h from now on. End it with Close, before h.
func New(h host.Host, id protocol.ID, c Config) *Session { return start(h, id, c, standard) }

func start(h host.Host, id protocol.ID, c Config, b bounds) *Session {
	x := &Session{
		c:        c,
		bounds:   b,
		host:     h,
		protocol: id,
		lines:    make(map[Line]*line),
		places:   make(map[side]int),
		total:    make(map[bool]int),
	}
	x.ctx, x.cancel = context.WithCancel(context.Background())
	h.SetStreamHandler(id, x.serve)
	return x
}

// Open opens a line to a peer with its first frame, and dials if there is no
// connection and the host knows an address. It runs opened, which must not be
// nil, before anything is received on the line. It ends when ctx ends, or after
// frameTime. first is not kept.
func (x *Session) Open(ctx context.Context, to peer.ID, first []byte, opened func(Line)) error {
	x.mustFit(first)
	at := side{to, false}
	if err := x.enter(at); err != nil {
		return fmt.Errorf("open a line: %w", err)
	}
	s, err := x.begin(ctx, to, first)
	if err != nil {
		x.leave(at)
		switch {
		case ctx.Err() != nil:
			err = fmt.Errorf("%w: %w", ctx.Err(), err)
		case x.ctx.Err() != nil:
			err = ErrClosed
		default:
			err = known(err)
		}
		return fmt.Errorf("open a line: %w", err)
	}
	l := x.newLine(s, at)
	l.told = true
	opened(l.id)
	go x.read(l) // ends with the stream, at the latest by Close
	return nil
}

// begin opens a stream and says the first frame on it.
func (x *Session) begin(ctx context.Context, to peer.ID, first []byte) (network.Stream, error) {
	ctx, cancel := context.WithTimeout(network.WithAllowLimitedConn(ctx, string(x.protocol)), x.bounds.frameTime)
	defer cancel()
	defer context.AfterFunc(x.ctx, cancel)()
	s, err := x.host.NewStream(ctx, to, x.protocol)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { s.ResetWithError(codeTimeout) })
	_, err = s.Write(frame.Append(nil, first))
	if !stop() {
		return nil, ctx.Err()
	}
	if err != nil {
		s.ResetWithError(codeTimeout)
	}
	return s, err
}

// serve reads a stream that a peer has opened. It runs on the goroutine that
// libp2p has for it.
func (x *Session) serve(s network.Stream) {
	at := side{s.Conn().RemotePeer(), true}
	if err := x.enter(at); err != nil {
		x.refused.Add(1)
		s.ResetWithError(codeBusy)
		return
	}
	x.read(x.newLine(s, at))
}

// enter takes a place for a line and, until leave, keeps Close waiting.
func (x *Session) enter(at side) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.closed:
		return ErrClosed
	case x.places[at] >= x.bounds.linesPerPeer, x.total[at.incoming] >= x.bounds.linesTotal:
		return ErrBusy
	}
	x.places[at]++
	x.total[at.incoming]++
	x.work.Add(1)
	return nil
}

func (x *Session) leave(at side) {
	x.mu.Lock()
	x.total[at.incoming]--
	if x.places[at]--; x.places[at] == 0 {
		delete(x.places, at)
	}
	x.mu.Unlock()
	x.work.Done()
}

// newLine gives a stream its number.
func (x *Session) newLine(s network.Stream, at side) *line {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.last++
	l := &line{id: x.last, s: s, at: at}
	x.lines[l.id] = l
	if x.closed {
		x.fail(l, ErrClosed, codeShutdown)
	}
	return l
}

func (x *Session) line(id Line) *line {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.lines[id]
}

// Counters is what happened since New: lines refused at a bound ("refused"),
// lines reset because what came was no frame, or not one to accept
// ("malformed"), was too large ("oversize") or too slow ("timeout"), because of
// too many frames without use ("flood"), or too many that the peer would not
// take ("full").
func (x *Session) Counters() map[string]uint64 {
	return map[string]uint64{
		"refused":   x.refused.Load(),
		"malformed": x.malformed.Load(),
		"oversize":  x.oversize.Load(),
		"timeout":   x.timeouts.Load(),
		"flood":     x.floods.Load(),
		"full":      x.full.Load(),
	}
}

// Close resets all lines and returns when they are gone and nothing of Config
// runs any more. It may be called more than once.
func (x *Session) Close() {
	x.host.RemoveStreamHandler(x.protocol)
	x.mu.Lock()
	x.closed = true
	for _, l := range x.lines {
		x.fail(l, ErrClosed, codeShutdown)
	}
	x.mu.Unlock()
	x.cancel()
	x.work.Wait()
}

// mustFit panics at a frame that the peer would have to refuse.
func (x *Session) mustFit(frame []byte) {
	if len(frame) == 0 || len(frame) > x.c.MaxFrame {
		panic(fmt.Sprintf("session: frame of %d bytes; want 1 to %d", len(frame), x.c.MaxFrame))
	}
}

// known gives what ends a stream the names of this package.
func known(err error) error {
	var reset *network.StreamError
	switch {
	case errors.As(err, &reset) && reset.Remote && reset.ErrorCode == codeBusy:
		return fmt.Errorf("%w: %w", ErrBusy, err)
	case frame.IsTimeout(err):
		return fmt.Errorf("%w: %w", ErrTimeout, err)
	case frame.IsBad(err):
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return err
}
