package exchange

import (
	"context"
	"time"

	"tincan/behaviour/frame"

	"github.com/libp2p/go-libp2p/core/network"
)

// keptBuffer is the largest write buffer that a stream keeps between frames.
const keptBuffer = 16 << 10

// A lane is a stream with its buffers and deadlines. One goroutine uses it at a
// time; only Reset is for others.
type lane struct {
	s   network.Stream
	r   *frame.Reader
	out []byte // scratch for write

	readBy, writeBy time.Time // the deadlines that are set on s

	relayed bool      // over a limited connection
	dead    bool      // not to be used for another frame
	used    time.Time // when its last turn began

	// See watch.
	last, watching <-chan struct{}
	unwatching     func() bool
	lasting        bool
}

func newLane(s network.Stream) *lane {
	return &lane{s: s, r: frame.NewReader(s)}
}

// free gives the buffer away. The lane cannot be used for reading any more.
func (l *lane) free() {
	l.r.Free()
	l.r = nil
}

// watch lets the end of ctx reset the stream, for the turn that watched ends.
// The second turn in a row under the same context leaves the watch in place for
// those that follow, since setting it costs as much as all else in a turn. If
// such a context ends while the stream is free, the next turn finds it dead.
func (l *lane) watch(ctx context.Context) {
	done := ctx.Done()
	if l.watching == done {
		return // lasting, or there is nothing to watch
	}
	l.unwatch()
	if done == nil {
		return
	}
	l.watching = done
	l.unwatching = context.AfterFunc(ctx, func() { l.s.ResetWithError(codeTimeout) })
	l.lasting = done == l.last
	l.last = done
}

func (l *lane) watched() {
	if l.unwatching != nil && !l.lasting && !l.unwatch() {
		l.dead = true // ctx ended just now: the turn may have gone well, the stream has not
	}
}

// unwatch ends a watch, or says that it is too late.
func (l *lane) unwatch() bool {
	stop := l.unwatching
	l.watching, l.unwatching = nil, nil
	return stop == nil || stop()
}

// renewRead makes reading fail d from now, give or take half: a deadline costs
// a timer, so one that has half of its time left stays.
func (l *lane) renewRead(now time.Time, d time.Duration) {
	if left := l.readBy.Sub(now); left < d/2 || left > d {
		l.readBy = now.Add(d)
		l.s.SetReadDeadline(l.readBy)
	}
}

func (l *lane) renewWrite(now time.Time, d time.Duration) {
	if left := l.writeBy.Sub(now); left < d/2 || left > d {
		l.writeBy = now.Add(d)
		l.s.SetWriteDeadline(l.writeBy)
	}
}

// write sends one frame in one Write.
func (l *lane) write(f []byte) error {
	b := frame.Append(l.out[:0], f)
	if cap(b) <= keptBuffer {
		l.out = b
	} else {
		l.out = nil
	}
	_, err := l.s.Write(b)
	return err
}

// hurry gives the rest of a frame d. The next renewRead sets a deadline anew.
func (l *lane) hurry(d time.Duration) {
	l.readBy = time.Time{}
	l.s.SetReadDeadline(time.Now().Add(d))
}
