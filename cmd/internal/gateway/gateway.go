package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"tincan/cmd/internal/front"
)

// Gateway lets guests in.
type Gateway struct {
	// Echo shows guests their own messages too, as others see them, once the node
	// has them. It is set before Run, if at all.
	Echo bool

	listener net.Listener
	newUser  func() front.Client
	log      *slog.Logger

	serving    sync.WaitGroup
	dismissing chan struct{} // holds a token for each connection that is sent away
	rooms      sync.Pool     // of *[]byte, to write from

	mu     sync.Mutex // guards what follows
	open   int
	byAddr map[netip.Addr]int
}

// New makes a gateway that takes its guests from l, which it will close.
// newUser makes each a user of the node who was never there before.
func New(l net.Listener, newUser func() front.Client, log *slog.Logger) *Gateway {
	return &Gateway{
		listener:   l,
		newUser:    newUser,
		log:        log,
		dismissing: make(chan struct{}, maxDismissed),
		rooms:      sync.Pool{New: func() any { return new([]byte) }},
		byAddr:     make(map[netip.Addr]int),
	}
}

// Run serves guests until ctx ends, and returns when all connections are closed:
// what is told already is written for goodbyeTime at most. It may be called once.
func (g *Gateway) Run(ctx context.Context) {
	defer g.serving.Wait()
	defer context.AfterFunc(ctx, func() { g.listener.Close() })()
	defer g.listener.Close()
	pause := acceptPause
	for {
		conn, err := g.listener.Accept()
		switch {
		case err == nil:
			pause = acceptPause
			g.admit(ctx, conn)
			continue
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return
		case pause == acceptPause:
			g.log.Warn("the gateway cannot let anybody in for now", "error", err)
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, acceptPauseMax)
		case <-ctx.Done():
		}
	}
}

// admit serves a connection if there is room for it, without waiting.
func (g *Gateway) admit(ctx context.Context, conn net.Conn) {
	addr := remote(conn)
	if full := g.enter(addr); full != "" {
		g.dismiss(ctx, conn, full)
		return
	}
	g.serving.Go(func() { // ends with the connection, or with ctx
		defer g.leave(addr)
		g.serve(ctx, conn)
	})
}

// enter takes a place, or says why there is none.
func (g *Gateway) enter(addr netip.Addr) (full string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.open >= maxGuests:
		return fmt.Sprintf("%d guests are here – there is no room for more – try again later", g.open)
	case g.byAddr[addr] >= maxFromOne && !addr.IsLoopback():
		return fmt.Sprintf("%d connections are open from %s – there may be no more from one address – close one first", g.byAddr[addr], addr)
	}
	g.open++
	g.byAddr[addr]++
	return ""
}

func (g *Gateway) leave(addr netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open--
	if g.byAddr[addr]--; g.byAddr[addr] == 0 {
		delete(g.byAddr, addr)
	}
}

// dismiss sends a connection away with a reason, hardly waiting: a new
// connection has room for a line.
func (g *Gateway) dismiss(ctx context.Context, conn net.Conn, why string) {
	conn.SetWriteDeadline(time.Now().Add(dismissTime))
	if _, err := fmt.Fprintf(conn, "error: %s\n", why); err != nil {
		conn.Close()
		return
	}
	select {
	case g.dismissing <- struct{}{}:
	default:
		conn.Close()
		return
	}
	g.serving.Go(func() { // ends after lingerTime
		defer func() { <-g.dismissing }()
		linger(ctx, conn)
	})
}

// linger closes a connection after its other end has had the time to read what
// was written: a connection that is closed with input unread may swallow it.
func linger(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	half, ok := conn.(interface{ CloseWrite() error })
	if !ok || ctx.Err() != nil || half.CloseWrite() != nil {
		return
	}
	conn.SetReadDeadline(time.Now().Add(lingerTime))
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	io.Copy(io.Discard, conn)
}

// remote is where a connection comes from; the zero address if that has none.
func remote(conn net.Conn) netip.Addr {
	if a, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
		return a.Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}
