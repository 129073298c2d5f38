package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"tincan/cmd/internal/front"
	"tincan/cmd/internal/token"
)

// Options are whom a door is for.
type Options struct {
	Token token.Token         // the owner's; the zero token admits nobody
	Owner func() front.Client // takes one more seat for the owner
	Guest func() front.Client // makes a user of the node who was never there before
	Log   *slog.Logger        // of what goes wrong with requests; never of what is in them
}

// Server lets browsers in.
type Server struct {
	Options
	door  *admission
	hosts hosts
	page  map[string]*asset // by path

	visits sync.WaitGroup
	rooms  sync.Pool // of *[]byte, to write from

	mu       sync.Mutex // guards what follows
	visitors int
	closed   bool // no more of them
}

// New makes a server of those who come to l, which it will close. It takes what
// l.Addr says for the door's address.
func New(l net.Listener, o Options) (*Server, error) {
	page, err := newPage(embedded())
	if err != nil {
		return nil, fmt.Errorf("make the page ready: %w", err)
	}
	return &Server{
		Options: o,
		door:    newAdmission(l),
		hosts:   hostsOf(l.Addr()),
		page:    page,
		rooms:   sync.Pool{New: func() any { return new([]byte) }},
	}, nil
}

// Run serves until ctx ends, and returns when all visits have: what is told already
// is written for goodbyeTime at most. It may be called once.
func (s *Server) Run(ctx context.Context) {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	h := &http.Server{
		Handler:                      s,
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            headTime,
		ReadTimeout:                  headTime,
		IdleTimeout:                  idleTime,
		MaxHeaderBytes:               maxHeader,
		Protocols:                    protocols,
		ErrorLog:                     slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug), // strangers cause them
		BaseContext:                  func(net.Listener) context.Context { return ctx },
		ConnContext:                  withConn,
	}
	defer context.AfterFunc(ctx, func() { h.Close() })()
	err := h.Serve(s.door)
	if !errors.Is(err, http.ErrServerClosed) {
		s.Log.Warn("the web door lets nobody in any more", "error", err)
		<-ctx.Done()
	}
	h.Close()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.visits.Wait()
}

// enter takes a place for a visitor, from this machine or not, if there is one.
func (s *Server) enter(local bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	room := maxVisitors
	if !local {
		room -= keptForUs
	}
	if s.visitors >= room || s.closed {
		return false
	}
	s.visitors++
	s.visits.Add(1)
	return true
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.visitors--
	s.visits.Done()
}
