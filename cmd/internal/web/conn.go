package web

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// conn is a connection to the door. It is read no faster than a stranger may send,
// and whoever does not read what is written gives it up after writeTime.
type conn struct {
	net.Conn
	local bool   // within this machine
	full  string // why there is no room for it; "" if there is

	ctx   context.Context // ends when it is closed
	close func() error    // once
	pace  atomic.Pointer[rate.Limiter]
	since atomic.Int64 // when the read under way began, in Unix nanoseconds; 0: none is
	slow  atomic.Bool  // what was written last had to wait for writeTime
}

func newConn(c net.Conn, leave func()) *conn {
	ctx, cancel := context.WithCancel(context.Background())
	n := &conn{Conn: c, ctx: ctx}
	n.close = sync.OnceValue(func() error {
		defer leave()
		cancel()
		return c.Close()
	})
	n.pace.Store(rate.NewLimiter(bytesPerSecond, byteBurst))
	if t, ok := c.(interface{ SetWriteBuffer(bytes int) error }); ok {
		_ = t.SetWriteBuffer(sendBuffer) // else the system's own will do
	}
	return n
}

// Close closes the connection and gives its place back. It is safe from any
// goroutine and may be called twice.
func (c *conn) Close() error { return c.close() }

// CloseWrite says that nothing more is written.
func (c *conn) CloseWrite() error {
	if t, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return t.CloseWrite()
	}
	return errors.ErrUnsupported
}

// trust reads what comes as fast as it does.
func (c *conn) trust() { c.pace.Store(nil) }

func (c *conn) Read(p []byte) (int, error) {
	c.since.Store(time.Now().UnixNano())
	n, err := c.Conn.Read(p)
	c.since.Store(0)
	if pace := c.pace.Load(); pace != nil && n > 0 {
		if wait := pace.WaitN(c.ctx, min(n, byteBurst)); wait != nil && err == nil {
			err = net.ErrClosed
		}
	}
	return n, err
}

// silence is for how long nothing has come while somebody was waiting for it.
func (c *conn) silence() time.Duration {
	since := c.since.Load()
	if since == 0 {
		return 0
	}
	return time.Since(time.Unix(0, since))
}

// Write takes as long as the other end reads a chunk every writeTime. When it does not,
// there is more room just once, so that what was begun can be ended, and one more frame
// that says why.
func (c *conn) Write(p []byte) (n int, err error) {
	for len(p) > n && err == nil {
		var m int
		m, err = c.put(p[n:min(len(p), n+chunk)], writeTime)
		n += m
		if !errors.Is(err, os.ErrDeadlineExceeded) || c.slow.Swap(true) {
			continue
		}
		if t, ok := c.Conn.(interface{ SetWriteBuffer(bytes int) error }); ok && t.SetWriteBuffer(lastBuffer) == nil {
			m, err = c.put(p[n:], 0)
			n += m
		}
	}
	return n, err
}

// put writes p within a time, and what there is room for in any case.
func (c *conn) put(p []byte, within time.Duration) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(within + time.Millisecond)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

type connKey struct{}

// withConn lets the handlers of a connection's requests find it.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// connOf is the connection that a request came on.
func connOf(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}
