// Package entrance lets connections in at a door: no more than there is room for,
// and whoever is sent away is told why.
//
//	listener ──▶ Run ──▶ admitted? ──▶ serve, on a goroutine of its own
//	                         └──no──▶ the reason, and a moment to read it
//
// It knows no protocol: what a reason looks like is the door's to say.
package entrance

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
)

// Entrance is where the connections of one door come in.
type Entrance struct {
	// Refusal is what a connection is told that is sent away. It fits into the room
	// that a new connection has: a line. It is set before Run.
	Refusal func(why string) []byte

	// Most bounds the connections that are open, MostFromOne those of one address.
	// This machine itself is exempt from that: its users share one address, or have
	// none. Both are set before Run, and above 0 unless nobody is to come.
	Most, MostFromOne int

	// Whom is who comes in, in the plural: "guests".
	Whom string

	// Bar says what a connection is told that is not to be let in whatever room there
	// is; nil lets it in. It must not wait. It is set before Run; nil bars nobody.
	Bar func(net.Conn) (why []byte)

	listener net.Listener
	door     string
	log      *slog.Logger

	serving    sync.WaitGroup
	dismissing chan struct{} // holds a token for each connection that is sent away

	mu     sync.Mutex // guards what follows
	open   int
	byAddr map[netip.Addr]int
}

// New makes the entrance of a door, which is called so in the log. Run will close l.
func New(l net.Listener, door string, log *slog.Logger) *Entrance {
	return &Entrance{
		listener:   l,
		door:       door,
		log:        log,
		dismissing: make(chan struct{}, maxDismissed),
		byAddr:     make(map[netip.Addr]int),
	}
}

// Run calls serve for each connection that is let in, on a goroutine of its own;
// serve closes it. It returns when ctx has ended and every serve has returned. It
// may be called once.
func (e *Entrance) Run(ctx context.Context, serve func(context.Context, net.Conn)) {
	defer e.serving.Wait()
	defer context.AfterFunc(ctx, func() { e.listener.Close() })()
	defer e.listener.Close()
	pause := acceptPause
	for {
		conn, err := e.listener.Accept()
		switch {
		case err == nil:
			pause = acceptPause
			e.admit(ctx, conn, serve)
			continue
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return
		case pause == acceptPause:
			e.log.Warn("the "+e.door+" cannot let anybody in for now", "error", err)
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, acceptPauseMax)
		case <-ctx.Done():
		}
	}
}

// admit serves a connection if there is room for it, without waiting.
func (e *Entrance) admit(ctx context.Context, conn net.Conn, serve func(context.Context, net.Conn)) {
	if e.Bar != nil {
		if why := e.Bar(conn); why != nil {
			e.dismiss(ctx, conn, why)
			return
		}
	}
	addr := Remote(conn)
	if full := e.enter(addr); full != "" {
		e.dismiss(ctx, conn, e.Refusal(full))
		return
	}
	e.serving.Go(func() { // ends with the connection, or with ctx
		defer e.leave(addr)
		serve(ctx, conn)
	})
}

// enter takes a place, or says why there is none.
func (e *Entrance) enter(addr netip.Addr) (full string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.open >= e.Most:
		return fmt.Sprintf("%d %s are here – there is no room for more – try again later", e.open, e.Whom)
	case e.byAddr[addr] >= e.MostFromOne && addr.IsValid() && !addr.IsLoopback():
		return fmt.Sprintf("%d connections are open from %s – there may be no more from one address – close one first", e.byAddr[addr], addr)
	}
	e.open++
	e.byAddr[addr]++
	return ""
}

func (e *Entrance) leave(addr netip.Addr) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.open--
	if e.byAddr[addr]--; e.byAddr[addr] == 0 {
		delete(e.byAddr, addr)
	}
}

// Open is how many connections are open.
func (e *Entrance) Open() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.open
}

// dismiss sends a connection away with a reason, hardly waiting: a new
// connection has room for a line.
func (e *Entrance) dismiss(ctx context.Context, conn net.Conn, why []byte) {
	conn.SetWriteDeadline(time.Now().Add(DismissTime))
	if _, err := conn.Write(why); err != nil {
		conn.Close()
		return
	}
	select {
	case e.dismissing <- struct{}{}:
	default:
		conn.Close()
		return
	}
	e.serving.Go(func() { // ends after lingerTime
		defer func() { <-e.dismissing }()
		Linger(ctx, conn)
	})
}

// Linger closes a connection after its other end has had the time to read what
// was written: a connection that is closed with input unread may swallow it. It
// waits for the other end to close, lingerTime at most, and not after ctx has ended.
func Linger(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	half, ok := conn.(interface{ CloseWrite() error })
	if !ok || ctx.Err() != nil || half.CloseWrite() != nil {
		return
	}
	conn.SetReadDeadline(time.Now().Add(lingerTime))
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	io.Copy(io.Discard, conn)
}

// Remote is where a connection comes from; the zero address if that has none.
func Remote(conn net.Conn) netip.Addr {
	if a, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
		return a.Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}
