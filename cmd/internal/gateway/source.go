package gateway

import (
	"context"
	"net"
	"time"

	"golang.org/x/time/rate"
)

// source is what a guest sends, without the words of the telnet protocol and no
// faster than he may. Only one goroutine reads it.
type source struct {
	ctx    context.Context
	conn   net.Conn
	pace   *rate.Limiter // of lines
	bytes  int           // read and not yet counted as lines
	telnet telnet

	stale int  // of the bytes that come next, how many had come when mark was called
	fresh bool // what was read last had not
}

func newSource(ctx context.Context, conn net.Conn) *source {
	return &source{ctx: ctx, conn: conn, pace: rate.NewLimiter(linesPerSecond, lineBurst)}
}

// Read implements io.Reader. It waits when the guest is too fast, and until
// there is something that is no word of telnet's.
func (s *source) Read(p []byte) (int, error) {
	for {
		n, err := s.conn.Read(p)
		s.fresh = s.stale == 0
		s.stale -= min(n, s.stale)
		for s.bytes += n; s.bytes >= lineBytes; s.bytes -= lineBytes {
			if err := s.wait(); err != nil {
				return 0, err
			}
		}
		if kept := s.telnet.strip(p[:n]); kept > 0 || err != nil || n == 0 {
			return kept, err
		}
	}
}

// wait counts a line.
func (s *source) wait() error { return s.pace.Wait(s.ctx) }

// mark makes what has come so far stale. It may be called from another
// goroutine while nobody reads.
func (s *source) mark() { s.stale, s.fresh = unread(s.conn), false }

// until sets when reading ends; stop goes before.
func (s *source) until(t time.Time) error {
	if err := s.conn.SetReadDeadline(t); err != nil {
		return err
	}
	return s.ctx.Err()
}

// The bytes of the telnet protocol (RFC 854).
const (
	iac  = 255 // what follows is a command
	dont = 254
	will = 251
	sb   = 250 // what follows, up to IAC SE, is about an option
	se   = 240
)

// telnet takes telnet's commands out of a stream: some clients send them unasked.
// The zero value is at the beginning of a stream.
type telnet struct {
	state   telnetState
	subsize int // bytes since SB
}

type telnetState uint8

const (
	plain   telnetState = iota
	command             // after IAC
	option              // after WILL, WONT, DO or DONT
	about               // after SB
	aboutTo             // after IAC within that
)

// maxAbout bounds what is about an option, in bytes: a stranger who never ends
// it is not to be swallowed for ever.
const maxAbout = 256

// strip moves what is no command to the front of p and returns its length.
func (t *telnet) strip(p []byte) int {
	kept := 0
	for _, b := range p {
		switch t.state {
		case plain:
			if b == iac {
				t.state = command
				continue
			}
			p[kept] = b
			kept++
		case command:
			switch {
			case b == iac: // a byte 255, doubled
				t.state = plain
				p[kept] = b
				kept++
			case b == sb:
				t.state, t.subsize = about, 0
			case b >= will && b <= dont:
				t.state = option
			default:
				t.state = plain
			}
		case option:
			t.state = plain
		case about, aboutTo:
			t.subsize++
			switch {
			case t.subsize > maxAbout, t.state == aboutTo && b == se:
				t.state = plain
			case t.state == about && b == iac:
				t.state = aboutTo
			default:
				t.state = about
			}
		}
	}
	return kept
}
