package session

import (
	"sync"
	"time"

	"tincan/behaviour/frame"

	"github.com/libp2p/go-libp2p/core/network"
)

// A line is a stream, its reader and, while something is to be written, its
// writer.
type line struct {
	id   Line
	s    network.Stream
	at   side
	told bool // Config knows of it; the reader's

	// The writer's:
	rest    []byte    // of what it took from queue
	writeBy time.Time // the deadline set on s

	mu      sync.Mutex // guards what follows
	writing bool       // there is a writer
	queue   []byte     // frames to be written
	queued  int        // how many
	spare   []byte     // the queue before, which the writer still needs
	wrote   time.Time  // when a frame was last queued
	heard   bool       // a frame has come since then
	credit  int        // frames queued since the reader asked
	ending  *time.Timer
	broken  error // why this end has reset the stream
	gone    bool  // the reader has ended
}

// Send sends a frame on a line. Frames arrive in order. One for a line that is
// gone, or being ended, is dropped; a line that has too much queued is reset. It
// does not wait for the peer: beyond promptTime, which the connection may take,
// frames leave later. It panics at a frame that is empty or above MaxFrame, and
// does not keep it.
func (x *Session) Send(to Line, f []byte) {
	x.mustFit(f)
	l := x.line(to)
	if l == nil {
		return
	}
	now := time.Now()
	write, prompt := x.push(l, f, now)
	if write && !(prompt && x.writeNow(l, now)) {
		go x.write(l) // ends when the queue is empty, or the stream has ended
	}
}

// End closes a line when the frames before have left, endTime from now at the
// latest. Nothing more is received on it. It does not wait.
func (x *Session) End(id Line) {
	l := x.line(id)
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over() || l.ending != nil {
		return
	}
	l.ending = time.AfterFunc(x.bounds.endTime, func() { l.s.ResetWithError(codeTimeout) })
	if x.claim(l) {
		go x.write(l) // as in Send
	}
}

// push queues a frame. write says that the caller is the writer now, prompt
// that it should write at once: another goroutine would take longer to wake up
// than to write. That is so where the two ends take turns, and of the first
// frame after a pause; the frames of a burst are better written together.
func (x *Session) push(l *line, f []byte, now time.Time) (write, prompt bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.over() || l.ending != nil:
		return false, false
	case l.queued == maxQueued || len(l.queue)+len(f) > maxQueue:
		x.full.Add(1)
		x.breakUp(l, ErrFull, codeTimeout)
		return false, false
	}
	prompt = len(f) <= promptSize && (l.heard || now.Sub(l.wrote) > quietTime) && now.UnixNano() > x.clogged.Load()
	l.heard = false
	l.wrote = now
	l.queue = frame.Append(l.queue, f)
	l.queued++
	l.credit++
	return x.claim(l), prompt
}

// claim makes the caller the writer, if there is none. l.mu is held, and the
// line is not over: its reader still holds x.work.
func (x *Session) claim(l *line) bool {
	if l.writing {
		return false
	}
	l.writing = true
	x.work.Add(1)
	return true
}

// writeNow writes what is queued within promptTime, and is the writer no more.
// Else it says that there is more to do.
func (x *Session) writeNow(l *line, now time.Time) (done bool) {
	if more, _ := l.take(); more {
		switch err := l.write(now, promptTime); {
		case frame.IsTimeout(err):
			x.clogged.Store(now.Add(cloggedTime).UnixNano())
			return false
		case err != nil:
			x.fail(l, known(err), codeTimeout)
			l.rest = nil
		}
		if !l.idle() {
			return false
		}
	}
	x.work.Done()
	return true
}

// write writes what is queued, as much as there is at a time, until nothing is.
// If the line is to end then, it closes this side of the stream: the peer closes
// its own, and the reader sees that.
func (x *Session) write(l *line) {
	defer x.work.Done()
	for {
		for len(l.rest) > 0 {
			if err := l.write(time.Now(), x.bounds.frameTime); err != nil {
				if frame.IsTimeout(err) {
					x.timeouts.Add(1)
				}
				x.fail(l, known(err), codeTimeout)
				l.rest = nil
			}
		}
		if more, end := l.take(); !more {
			if end {
				l.s.CloseWrite()
			}
			return
		}
	}
}

// write writes some of rest within d.
func (l *line) write(now time.Time, d time.Duration) error {
	// A deadline costs a timer, so one that has half of its time left stays.
	if left := l.writeBy.Sub(now); left < d/2 || left > d {
		l.writeBy = now.Add(d)
		l.s.SetWriteDeadline(l.writeBy)
	}
	n, err := l.s.Write(l.rest[:min(len(l.rest), writeSize)])
	l.rest = l.rest[n:]
	return err
}

// take moves what is queued to rest, which must be empty. If nothing is, the
// caller is the writer no more, and end says that it has to close this side of
// the stream.
func (l *line) take() (more, end bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over() || len(l.queue) == 0 {
		l.writing = false
		return false, !l.over() && l.ending != nil
	}
	l.rest = l.queue
	l.queue = l.spare[:0]
	l.queued = 0
	l.spare = nil
	if cap(l.rest) <= keptQueue {
		l.spare = l.rest // for when all of it is written
	}
	return true, false
}

// idle says that there is nothing left to write, and no writer any more.
func (l *line) idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writing = len(l.queue) > 0 || l.ending != nil
	return !l.writing
}

// hear notes that a frame has come, and says whether the line is being ended.
func (l *line) hear() (ending bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard = true
	return l.ending != nil
}

// earned is how many frames the peer was sent since the last call.
func (l *line) earned() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.credit
	l.credit = 0
	return n
}

// over says that nothing more can be written. l.mu is held.
func (l *line) over() bool { return l.gone || l.broken != nil }

// fail resets a line and lets its reader say why. It does not wait.
func (x *Session) fail(l *line, why error, code network.StreamErrorCode) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x.breakUp(l, why, code)
}

// breakUp is fail while l.mu is held. Only the first reason counts. A stream is
// reset by a word on its connection, for which there may be no room just now.
func (x *Session) breakUp(l *line, why error, code network.StreamErrorCode) {
	if l.over() {
		return
	}
	l.broken = why
	l.queue, l.spare = nil, nil
	x.work.Go(func() { l.s.ResetWithError(code) }) // ends by itself, or with the connection
}
