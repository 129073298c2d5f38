// Package frame cuts a stream of bytes into frames: the length as an unsigned
// varint, in its shortest form, and that many bytes. No frame is empty.
package frame

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
	"sync"
)

const (
	// readBuffer holds a short frame whole, so that it costs one read.
	readBuffer = 4 << 10

	// firstBytes is what is taken for a frame on its word; more only as the bytes
	// come in.
	firstBytes = 64 << 10
)

// Why Read refuses what came.
var (
	ErrMalformed = errors.New("malformed frame length")
	ErrEmpty     = errors.New("empty frame")
	ErrOversize  = errors.New("frame above the limit")
)

// IsBad says that err is a refusal of Read's, or the end of the stream in the
// middle of a frame: whoever wrote it does not keep to the form.
func IsBad(err error) bool {
	return errors.Is(err, ErrMalformed) || errors.Is(err, ErrEmpty) || errors.Is(err, ErrOversize) || errors.Is(err, io.ErrUnexpectedEOF)
}

// IsTimeout tells a deadline of the stream, whatever transport it is on.
func IsTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

// Append appends a frame to b: one Write of that is one packet, and no reader
// ever wakes for a length alone.
func Append(b, frame []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(frame))), frame...)
}

// Reader reads frames. One goroutine uses it at a time.
type Reader struct{ r *bufio.Reader }

// readers are free buffers: a stream that is opened for one frame should not
// cost 4 KiB of garbage at both ends.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, readBuffer) }}

// NewReader reads frames from s. End it with Free.
func NewReader(s io.Reader) *Reader {
	r := readers.Get().(*bufio.Reader)
	r.Reset(s)
	return &Reader{r}
}

// Free gives the buffer away. The Reader cannot be used any more.
func (r *Reader) Free() {
	r.r.Reset(nil)
	readers.Put(r.r)
	r.r = nil
}

// Buffered is how many bytes have come after the last frame, as far as is known.
func (r *Reader) Buffered() int { return r.r.Buffered() }

// Read returns one frame of 1 to limit bytes, which the caller owns. If the rest
// of it has not come with its first byte, begun is called, once, before waiting
// for that: the time to set a deadline. It may be nil. An io.EOF means that there
// was not even a first byte.
func (r *Reader) Read(limit int, begun func()) ([]byte, error) {
	first, err := r.r.ReadByte()
	if err != nil {
		return nil, err
	}
	wait := func() {
		if begun != nil {
			begun()
			begun = nil
		}
	}
	size := uint64(first)
	if first >= 0x80 {
		size &= 0x7f
		for shift := 7; ; shift += 7 {
			if r.r.Buffered() == 0 {
				wait()
			}
			b, err := r.r.ReadByte()
			if err != nil {
				return nil, noEOF(err)
			}
			if b == 0 || shift == 63 && b > 1 {
				return nil, ErrMalformed // not the shortest form, or above 64 bits
			}
			size |= uint64(b&0x7f) << shift
			if b < 0x80 {
				break
			}
		}
	}
	if size == 0 {
		return nil, ErrEmpty
	}
	if size > uint64(limit) {
		return nil, ErrOversize
	}
	n := int(size)
	if r.r.Buffered() < n {
		wait()
	}
	frame := make([]byte, min(n, firstBytes))
	for have := 0; ; {
		if _, err := io.ReadFull(r.r, frame[have:]); err != nil {
			return nil, noEOF(err)
		}
		if have = len(frame); have == n {
			return frame, nil
		}
		more := min(n-have, have)
		frame = slices.Grow(frame, more)[:have+more]
	}
}

// noEOF turns the end of the stream in the middle of a frame into what it is.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
