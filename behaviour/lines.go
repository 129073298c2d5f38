package behaviour

import (
	"context"
	"errors"
	"fmt"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"tincan/behaviour/chat"
	"tincan/behaviour/session"
	"tincan/behaviour/wire"
)

// newLines takes the lines of private sessions. The events of a line wait for
// the loop on the line's own goroutine: they keep their order, and the peer
// behind it waits with them.
func (b *Behaviour) newLines() *session.Session {
	return session.New(b.cfg.Host, protocol.ID(wire.SessionProtocol(b.cfg.Network)), session.Config{
		MaxFrame: wire.MaxFrame,
		Opened:   b.lineOpened,
		Received: b.frameReceived,
		Closed:   b.lineClosed,
	})
}

func (b *Behaviour) openLine(e chat.OpenLine) {
	if err := b.tryLine(e); err != nil {
		b.report(chat.LineDone{Attempt: e.Attempt, Err: words(err)})
	}
}

// tryLine reports the line itself: before anything that comes on it.
func (b *Behaviour) tryLine(e chat.OpenLine) error {
	ctx, cancel := context.WithTimeout(b.ctx, lineTime)
	defer cancel()
	to, err := peer.Decode(string(e.To))
	if err != nil {
		return fmt.Errorf("read the peer's id: %w", err)
	}
	if err := b.reach(ctx, to); err != nil {
		return err
	}
	return b.session.Open(ctx, to, encodeFrame(e.Hello), func(l session.Line) {
		b.report(chat.LineDone{Attempt: e.Attempt, Line: chat.Line(l)})
	})
}

func (b *Behaviour) sendFrame(e chat.SendFrame) {
	b.session.Send(session.Line(e.Line), encodeFrame(e.Frame))
}

func (b *Behaviour) closeLine(e chat.CloseLine) { b.session.End(session.Line(e.Line)) }

// encodeFrame panics when a frame breaks the limits of the wire, to which the
// core keeps.
func encodeFrame(f *chat.Frame) []byte {
	raw, err := wire.EncodeFrame(f)
	if err != nil {
		panic(fmt.Sprintf("behaviour: the core made a frame that cannot be sent: %v", err))
	}
	return raw
}

func (b *Behaviour) lineOpened(l session.Line, from peer.ID, first []byte) error {
	f, err := b.decodeFrame(first)
	if err != nil {
		return err
	}
	if f.Kind != chat.FrameHello {
		b.counts.add("lines that do not begin with a hello")
		return errors.New("the first frame is no hello")
	}
	b.report(chat.FrameReceived{Line: chat.Line(l), From: text(from), Frame: f})
	return nil
}

func (b *Behaviour) frameReceived(l session.Line, from peer.ID, frame []byte) (useful bool, err error) {
	f, err := b.decodeFrame(frame)
	if err != nil {
		return false, err
	}
	b.report(chat.FrameReceived{Line: chat.Line(l), From: text(from), Frame: f})
	return f.Kind == chat.FrameData, nil
}

func (b *Behaviour) decodeFrame(frame []byte) (*chat.Frame, error) {
	f, err := wire.DecodeFrame(frame)
	if err != nil {
		b.counts.add("session frames that are not valid")
	}
	return f, err
}

func (b *Behaviour) lineClosed(l session.Line, err error) {
	b.report(chat.LineClosed{Line: chat.Line(l), Err: broken(err)})
}

// broken is why a line broke, in words for users: what libp2p says of a
// connection that is gone would tell them nothing. It is "" if the line was closed.
func broken(err error) string {
	if err == nil {
		return ""
	}
	for _, why := range []error{session.ErrClosed, session.ErrBusy, session.ErrFull, session.ErrFlood, session.ErrMalformed, session.ErrTimeout} {
		if errors.Is(err, why) {
			return why.Error()
		}
	}
	return "the connection broke"
}

func (b *Behaviour) hangup(e chat.Hangup) {
	id, err := peer.Decode(string(e.Peer))
	if err != nil {
		return // there is no connection to nobody
	}
	if b.cfg.Hangup != nil {
		b.cfg.Hangup(id)
		return
	}
	_ = b.cfg.Host.Network().ClosePeer(id) // it is closed for us, whatever it says
}
