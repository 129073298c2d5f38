// Package lines reads lines of bounded length from whoever sends them.
package lines

import (
	"bytes"
	"errors"
	"io"
)

// small is the room for what is read, in bytes, as long as lines are short:
// there may be a thousand readers that wait.
const small = 512

// maxIdle is how many reads may bring nothing before the source counts as broken.
const maxIdle = 100

var errIdle = errors.New("the source brings neither bytes nor an error")

// A Reader reads lines. It has the memory of the longest line while there is one, and
// little otherwise.
type Reader struct {
	r   io.Reader
	max int

	buf        []byte
	start, end int   // what is read and not given out is buf[start:end]
	seen       int   // of buf[start:end], how much has no newline in it
	err        error // what the source ended with
}

// New makes a Reader of lines of at most max bytes, which has to be positive.
func New(r io.Reader, max int) *Reader { return &Reader{r: r, max: max} }

// Next returns a line without its end, "\n" or "\r\n", and its size in bytes.
// Of a line larger than max it returns only the size, having read past it
// without keeping it. What stands before the end of the source is a line too. The line
// is valid until the next call. An error comes alone and stays.
func (r *Reader) Next() (line []byte, size int, err error) {
	for {
		if i := bytes.IndexByte(r.buf[r.start+r.seen:r.end], '\n'); i >= 0 {
			line = r.buf[r.start : r.start+r.seen+i]
			r.start += r.seen + i + 1
			r.seen = 0
			return r.judge(line)
		}
		r.seen = r.end - r.start
		if r.err != nil {
			if r.seen == 0 {
				return nil, 0, r.err
			}
			line = r.buf[r.start:r.end]
			r.start, r.seen = r.end, 0
			return r.judge(line)
		}
		if r.seen > r.max+1 { // one more than the line and a '\r'
			return r.skip()
		}
		r.fill()
	}
}

// judge cuts off a '\r' and refuses what is still too long.
func (r *Reader) judge(line []byte) ([]byte, int, error) {
	line = bytes.TrimSuffix(line, []byte{'\r'})
	if len(line) > r.max {
		return nil, len(line), nil
	}
	return line, len(line), nil
}

// skip reads to the end of the line and keeps nothing but its size.
func (r *Reader) skip() ([]byte, int, error) {
	size, returned := 0, 0 // returned is 1 after a '\r', which may belong to the end
	for {
		chunk := r.buf[r.start:r.end]
		i := bytes.IndexByte(chunk, '\n')
		if i >= 0 {
			chunk = chunk[:i]
		}
		if n := len(chunk); n > 0 {
			size, returned = size+n, 0
			if chunk[n-1] == '\r' {
				returned = 1
			}
		}
		if i >= 0 {
			r.start += i + 1
			r.seen = 0
			return nil, size - returned, nil
		}
		r.start, r.end, r.seen = 0, 0, 0
		if r.err != nil {
			return nil, size - returned, nil
		}
		r.fill()
	}
}

// fill reads once, after making room.
func (r *Reader) fill() {
	switch {
	case r.start == r.end:
		r.start, r.end = 0, 0
		if len(r.buf) != small {
			r.buf = make([]byte, small)
		}
	case r.end < len(r.buf):
	case r.start >= len(r.buf)/2:
		copy(r.buf, r.buf[r.start:r.end])
		r.start, r.end = 0, r.end-r.start
	default:
		grown := make([]byte, 2*len(r.buf))
		copy(grown, r.buf[r.start:r.end])
		r.start, r.end, r.buf = 0, r.end-r.start, grown
	}
	for range maxIdle {
		n, err := r.r.Read(r.buf[r.end:])
		r.end += n
		r.err = err
		if n > 0 || err != nil {
			return
		}
	}
	r.err = errIdle
}
