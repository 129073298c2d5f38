package exchange

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
)

const (
	// readBuffer holds a short frame whole, so that it costs one read.
	readBuffer = 4 << 10

	// keptBuffer is the largest write buffer that a stream keeps between frames.
	keptBuffer = 16 << 10

	// firstBytes is what is taken for a frame on its word; more only as the bytes
	// come in.
	firstBytes = 64 << 10
)

var (
	errMalformed = errors.New("malformed frame length")
	errEmpty     = errors.New("empty frame")
	errOversize  = errors.New("frame above the limit")
)

// A lane is a stream with its buffers and deadlines. One goroutine uses it at a
// time; only Reset is for others.
type lane struct {
	s   network.Stream
	r   *bufio.Reader
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

// readers are free buffers: a stream that is opened for one frame should not
// cost 4 KiB of garbage at both ends.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, readBuffer) }}

func newLane(s network.Stream) *lane {
	l := &lane{s: s, r: readers.Get().(*bufio.Reader)}
	l.r.Reset(s)
	return l
}

// free gives the buffer away. The lane cannot be used for reading any more.
func (l *lane) free() {
	l.r.Reset(nil)
	readers.Put(l.r)
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

// write sends one frame in one Write: one packet, and no reader ever wakes for
// a length alone.
func (l *lane) write(frame []byte) error {
	b := binary.AppendUvarint(l.out[:0], uint64(len(frame)))
	b = append(b, frame...)
	if cap(b) <= keptBuffer {
		l.out = b
	} else {
		l.out = nil
	}
	_, err := l.s.Write(b)
	return err
}

// read returns one frame of 1 to limit bytes, which the caller owns. The first
// byte comes under the deadline that is set. If the rest is not there with it,
// it has frameTime; 0 leaves the deadline as it is. An io.EOF means that there
// was not even a first byte.
func (l *lane) read(limit int, frameTime time.Duration) ([]byte, error) {
	first, err := l.r.ReadByte()
	if err != nil {
		return nil, err
	}
	size := uint64(first)
	hurried := frameTime == 0
	if first >= 0x80 {
		size &= 0x7f
		for shift := 7; ; shift += 7 {
			if !hurried && l.r.Buffered() == 0 {
				hurried = true
				l.hurry(frameTime)
			}
			b, err := l.r.ReadByte()
			if err != nil {
				return nil, noEOF(err)
			}
			if b == 0 || shift == 63 && b > 1 {
				return nil, errMalformed // not the shortest form, or above 64 bits
			}
			size |= uint64(b&0x7f) << shift
			if b < 0x80 {
				break
			}
		}
	}
	if size == 0 {
		return nil, errEmpty
	}
	if size > uint64(limit) {
		return nil, errOversize
	}
	n := int(size)
	if !hurried && l.r.Buffered() < n {
		l.hurry(frameTime)
	}
	frame := make([]byte, min(n, firstBytes))
	for have := 0; ; {
		if _, err := io.ReadFull(l.r, frame[have:]); err != nil {
			return nil, noEOF(err)
		}
		if have = len(frame); have == n {
			return frame, nil
		}
		more := min(n-have, have)
		frame = slices.Grow(frame, more)[:have+more]
	}
}

// hurry gives the rest of a frame d. The next renewRead sets a deadline anew.
func (l *lane) hurry(d time.Duration) {
	l.readBy = time.Time{}
	l.s.SetReadDeadline(time.Now().Add(d))
}

// noEOF turns the end of the stream in the middle of a frame into what it is.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
