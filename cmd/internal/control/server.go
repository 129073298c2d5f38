package control

import (
	"context"
	"log/slog"
	"net"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/entrance"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/jsonl"
)

// Server lets front ends of the owner's in.
type Server struct {
	entrance *entrance.Entrance
	newSeat  func() front.Client
	log      *slog.Logger
	stranger func(net.Conn) error // why the other end is not the user; nil: it is he
	patience time.Duration        // writeTime, but in tests
}

// New makes a server of who connects to l, which it will close. newSeat makes
// each a seat of its own.
func New(l net.Listener, newSeat func() front.Client, log *slog.Logger) *Server {
	s := &Server{
		entrance: entrance.New(l, "control socket", log),
		newSeat:  newSeat,
		log:      log,
		stranger: stranger,
		patience: writeTime,
	}
	s.entrance.Bar = s.bar
	s.entrance.Most, s.entrance.MostFromOne, s.entrance.Whom = maxFrontEnds, maxFrontEnds, "front ends"
	s.entrance.Refusal = func(why string) []byte { return refusal(chat.Overloaded, why) }
	return s
}

// Run serves until ctx ends, and returns when all connections are closed: what is
// told already is written for goodbyeTime at most. It may be called once.
func (s *Server) Run(ctx context.Context) { s.entrance.Run(ctx, s.serve) }

// bar turns another user of this machine away.
func (s *Server) bar(conn net.Conn) []byte {
	err := s.stranger(conn)
	if err == nil {
		return nil
	}
	s.log.Warn("somebody else was turned away at the control socket", "why", err)
	return refusal(chat.NotAllowed, "this node is another user's – nothing was done – ask your own")
}

func refusal(code chat.FailCode, why string) []byte {
	return jsonl.Append(nil, chat.Notify{Notification: chat.Failed{Code: code, Text: why}}, time.Now())
}
