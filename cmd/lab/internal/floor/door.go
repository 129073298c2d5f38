package floor

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
)

// Door brings each line that anybody writes to it to everybody who is connected,
// by one goroutine, one write after the other.
type Door struct {
	listener net.Listener
	work     sync.WaitGroup

	mu     sync.Mutex // guards conns
	conns  []net.Conn
	closed bool
}

// NewDoor listens on loopback. Close ends it.
func NewDoor() (*Door, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open door: %w", err)
	}
	d := &Door{listener: l}
	d.work.Go(d.accept) // ends with the listener
	return d, nil
}

// Addr is where to connect.
func (d *Door) Addr() string { return d.listener.Addr().String() }

// Say writes a line to everybody.
func (d *Door) Say(text string) error {
	line := []byte(text + "\n")
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.conns {
		if _, err := c.Write(line); err != nil {
			return fmt.Errorf("write to %v: %w", c.RemoteAddr(), err)
		}
	}
	return nil
}

func (d *Door) accept() {
	for {
		conn, err := d.listener.Accept()
		if err != nil {
			return
		}
		d.mu.Lock()
		if d.closed {
			conn.Close()
		}
		d.conns = append(d.conns, conn)
		d.mu.Unlock()
		d.work.Go(func() { d.serve(conn) }) // ends with the connection
	}
}

// serve passes on what somebody writes, except that he joins.
func (d *Door) serve(conn net.Conn) {
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if text := lines.Text(); !strings.HasPrefix(text, "join ") && d.Say(text) != nil {
			return
		}
	}
}

// Close ends all connections.
func (d *Door) Close() error {
	err := d.listener.Close()
	d.mu.Lock()
	d.closed = true
	for _, c := range d.conns {
		c.Close()
	}
	d.mu.Unlock()
	d.work.Wait()
	return err
}
