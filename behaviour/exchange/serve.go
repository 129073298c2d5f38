package exchange

import (
	"errors"
	"io"
	"runtime/debug"
	"time"

	"tincan/behaviour/frame"

	"github.com/libp2p/go-libp2p/core/network"
)

// serve answers the requests of one stream until it ends. It runs on the
// goroutine that libp2p has for the stream.
func (x *Exchange) serve(s network.Stream) {
	if !x.enter(s) {
		x.refused.Add(1)
		s.ResetWithError(codeBusy)
		return
	}
	defer x.leave(s)
	defer func() {
		if r := recover(); r != nil {
			x.panics.Add(1)
			log.Debug("handler panicked", "protocol", x.c.Protocol, "peer", s.Conn().RemotePeer(), "panic", r, "stack", string(debug.Stack()))
			s.ResetWithError(codeFailed)
		}
	}()

	from := s.Conn().RemotePeer()
	l := newLane(s)
	defer l.free()
	hurry := func() { l.hurry(x.c.FrameTime) }
	now := time.Now()
	for n := 0; ; n++ {
		patience := x.c.IdleTime
		if n == 0 {
			patience = x.c.FrameTime
		}
		l.renewRead(now, patience)
		request, err := l.r.Read(x.c.MaxRequest, hurry)
		if err != nil {
			hurried := l.readBy.IsZero()
			x.end(s, err, n > 0 && !hurried)
			return
		}
		reply, err := x.c.Handle(x.ctx, from, request)
		if err == nil && (len(reply) == 0 || len(reply) > x.c.MaxReply) {
			err = errors.New("reply is empty or too large")
		}
		if err != nil {
			x.failed.Add(1)
			log.Debug("handle", "protocol", x.c.Protocol, "peer", from, "error", err)
			s.ResetWithError(codeFailed)
			return
		}
		now = time.Now()
		l.renewWrite(now, x.c.FrameTime)
		if err := l.write(reply); err != nil {
			x.end(s, err, false)
			return
		}
	}
}

// end counts why a stream ends and frees it. idle says that it was between two
// requests, where silence is no offence.
func (x *Exchange) end(s network.Stream, err error, idle bool) {
	code := codeMalformed
	switch {
	case err == io.EOF:
		s.Close()
		return
	case frame.IsTimeout(err) && idle:
		s.Close()
		return
	case frame.IsTimeout(err):
		x.timeouts.Add(1)
		code = codeTimeout
	case errors.Is(err, frame.ErrOversize):
		x.oversize.Add(1)
	case frame.IsBad(err):
		x.malformed.Add(1)
	}
	s.ResetWithError(code)
}

// enter takes a place for s, or says that there is none.
func (x *Exchange) enter(s network.Stream) bool {
	p := s.Conn().RemotePeer()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed || len(x.in) >= x.c.StreamsTotal || x.from[p] >= x.c.StreamsPerPeer {
		return false
	}
	x.in[s] = struct{}{}
	x.from[p]++
	x.serving.Add(1)
	return true
}

func (x *Exchange) leave(s network.Stream) {
	p := s.Conn().RemotePeer()
	x.mu.Lock()
	delete(x.in, s)
	if x.from[p]--; x.from[p] == 0 {
		delete(x.from, p)
	}
	x.mu.Unlock()
	x.serving.Done()
}
