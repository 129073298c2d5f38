package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/jsonl"
)

// Server lets front ends of the owner's in.
type Server struct {
	listener net.Listener
	newSeat  func() front.Client
	log      *slog.Logger
	stranger func(net.Conn) error // why the other end is not the user; nil: it is he
	patience time.Duration        // writeTime, but in tests

	serving    sync.WaitGroup
	dismissing chan struct{} // holds a token for each connection that is sent away

	mu   sync.Mutex // guards what follows
	open int
}

// New makes a server of who connects to l, which it will close. newSeat makes
// each a seat of its own.
func New(l net.Listener, newSeat func() front.Client, log *slog.Logger) *Server {
	return &Server{listener: l, newSeat: newSeat, log: log, stranger: stranger, patience: writeTime, dismissing: make(chan struct{}, maxDismissed)}
}

// Run serves until ctx ends, and returns when all connections are closed: what is
// told already is written for goodbyeTime at most. It may be called once.
func (s *Server) Run(ctx context.Context) {
	defer s.serving.Wait()
	defer context.AfterFunc(ctx, func() { s.listener.Close() })()
	defer s.listener.Close()
	pause := acceptPause
	for {
		conn, err := s.listener.Accept()
		switch {
		case err == nil:
			pause = acceptPause
			s.admit(ctx, conn)
			continue
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return
		case pause == acceptPause:
			s.log.Warn("the control socket cannot let anybody in for now", "error", err)
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, acceptPauseMax)
		case <-ctx.Done():
		}
	}
}

// admit serves a connection if it is the user's and there is room for it, without
// waiting.
func (s *Server) admit(ctx context.Context, conn net.Conn) {
	if err := s.stranger(conn); err != nil {
		s.log.Warn("somebody else was turned away at the control socket", "why", err)
		s.dismiss(ctx, conn, chat.NotAllowed, "this node is another user's – nothing was done – ask your own")
		return
	}
	if n, ok := s.enter(); !ok {
		s.dismiss(ctx, conn, chat.Overloaded, fmt.Sprintf("%d front ends are attached – there is no room for more – close one first", n))
		return
	}
	s.serving.Go(func() { // ends with the connection, or with ctx
		defer s.leave()
		s.serve(ctx, conn)
	})
}

func (s *Server) enter() (open int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open >= maxFrontEnds {
		return s.open, false
	}
	s.open++
	return s.open, true
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
}

// dismiss sends a connection away with a reason, hardly waiting: a new connection
// has room for a line. What it has to say meanwhile is not heard.
func (s *Server) dismiss(ctx context.Context, conn net.Conn, code chat.FailCode, why string) {
	conn.SetDeadline(time.Now().Add(dismissTime))
	if _, err := conn.Write(jsonl.Append(nil, chat.Notify{Notification: chat.Failed{Code: code, Text: why}}, time.Now())); err != nil {
		conn.Close()
		return
	}
	select {
	case s.dismissing <- struct{}{}:
	default:
		conn.Close()
		return
	}
	s.serving.Go(func() { // ends after lingerTime
		defer func() { <-s.dismissing }()
		defer conn.Close()
		defer context.AfterFunc(ctx, func() { conn.Close() })()
		conn.SetReadDeadline(time.Now().Add(lingerTime))
		if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
			_, _ = io.Copy(io.Discard, conn) // closed with input unread it might lose the reason
		}
	})
}
