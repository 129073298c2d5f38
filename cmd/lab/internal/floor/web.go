package floor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/coder/websocket"
)

// Web is Door for WebSockets: each frame that says something goes to all of
// them, by one goroutine, one write after the other.
type Web struct {
	server   http.Server
	listener net.Listener
	work     sync.WaitGroup

	mu      sync.Mutex // guards sockets
	sockets []*websocket.Conn
}

// NewWeb listens on loopback. Close ends it.
func NewWeb() (*Web, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open door: %w", err)
	}
	w := &Web{listener: l}
	w.server.Handler = http.HandlerFunc(w.serve)
	w.work.Go(func() { _ = w.server.Serve(l) }) // ends with Close
	return w, nil
}

// Addr is where to connect.
func (w *Web) Addr() string { return w.listener.Addr().String() }

// Say writes a frame to everybody.
func (w *Web) Say(text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.sockets {
		if err := c.Write(context.Background(), websocket.MessageText, []byte(text)); err != nil {
			return fmt.Errorf("write to a WebSocket: %w", err)
		}
	}
	return nil
}

// serve passes on what somebody says, and nothing else.
func (w *Web) serve(rw http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(rw, r, nil)
	if err != nil {
		return
	}
	defer c.CloseNow()
	w.mu.Lock()
	w.sockets = append(w.sockets, c)
	w.mu.Unlock()
	for {
		_, frame, err := c.Read(context.Background())
		if err != nil || strings.HasPrefix(string(frame), `{"do":"say"`) && w.Say(string(frame)) != nil {
			return
		}
	}
}

// Close ends all connections.
func (w *Web) Close() error {
	err := w.server.Close()
	w.mu.Lock()
	for _, c := range w.sockets {
		err = errors.Join(err, ignoreClosed(c.CloseNow()))
	}
	w.mu.Unlock()
	w.work.Wait()
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
