package session

import (
	"errors"
	"fmt"
	"io"
	"time"

	"tincan/behaviour/frame"

	"github.com/libp2p/go-libp2p/core/network"
)

// read takes frames from a line until it ends, and cleans up behind it.
func (x *Session) read(l *line) {
	defer x.leave(l.at)
	err := x.readFrames(l)
	x.mu.Lock()
	delete(x.lines, l.id)
	x.mu.Unlock()
	why := x.finish(l, err)
	if l.told {
		x.c.Closed(l.id, why)
	}
}

func (x *Session) readFrames(l *line) error {
	r := frame.NewReader(l.s)
	defer r.Free()
	l.s.SetReadDeadline(time.Now().Add(x.bounds.frameTime))
	hurried := true // a deadline is set
	hurry := func() {
		hurried = true
		l.s.SetReadDeadline(time.Now().Add(x.bounds.frameTime))
	}
	var idle bucket
	for {
		f, err := r.Read(x.c.MaxFrame, hurry)
		if err != nil {
			return err
		}
		if hurried {
			hurried = false
			l.s.SetReadDeadline(time.Time{})
		}
		if l.hear() {
			continue // until the peer closes its side, too
		}
		useful := true
		if l.told {
			useful, err = x.c.Received(l.id, l.at.peer, f)
		} else if err = x.c.Opened(l.id, l.at.peer, f); err == nil {
			l.told = true
		}
		switch {
		case err != nil:
			return fmt.Errorf("%w: %w", ErrMalformed, err)
		case !useful && !idle.take(time.Now(), l.earned()):
			return ErrFlood
		}
	}
}

// finish ends the stream of a line whose reader ended with err, and returns
// what to tell of it.
func (x *Session) finish(l *line, err error) error {
	l.mu.Lock()
	broken, ended, writing := l.broken, l.ending != nil, l.writing
	l.gone = true
	if ended {
		l.ending.Stop()
	}
	l.queue, l.spare = nil, nil
	l.mu.Unlock()
	if broken != nil {
		return broken // and reset
	}
	if err == io.EOF && !writing {
		l.s.Close()
		return nil
	}
	err = known(err)
	l.s.ResetWithError(x.judge(err))
	if err == io.EOF || ended {
		return nil
	}
	return err
}

// judge counts why a line is reset and says it to the peer.
func (x *Session) judge(why error) network.StreamErrorCode {
	switch {
	case errors.Is(why, ErrFlood):
		x.floods.Add(1)
		return codeFlood
	case errors.Is(why, ErrTimeout):
		x.timeouts.Add(1)
		return codeTimeout
	case errors.Is(why, frame.ErrOversize):
		x.oversize.Add(1)
	case errors.Is(why, ErrMalformed):
		x.malformed.Add(1)
	}
	return codeMalformed
}

// bucket holds the frames without use that a line may still say.
type bucket struct {
	tokens float64
	filled time.Time // zero: it is full
}

// take adds what was earned and what time has brought, and takes one out; or
// says that there is none.
func (b *bucket) take(now time.Time, earned int) bool {
	if b.filled.IsZero() {
		b.tokens, b.filled = idleBurst, now
	}
	b.tokens = min(idleBurst, b.tokens+float64(earned)+now.Sub(b.filled).Seconds()*idleRate)
	b.filled = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
