// Package client is the other end of a gateway, or of a web door: a terminal or a pipe
// that talks through a node elsewhere.
//
//	In ──▶ typed ──▶ connection ──▶ gateway     (what is typed before there is one waits)
//	Out ◀── safe ◀── connection ◀── gateway     (line by line; see websocket.go for the web)
//
// When the connection is lost it makes another, for ever, and takes the user
// back to where he was: his name, his channels, his current conversation. A
// private session ends with the connection; what is typed then is held until the user says
// where it is to go. stdout carries what the gateway says, stderr what the client says.
package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/lines"
	"tincan/cmd/internal/safe"
	"tincan/cmd/internal/visitor"
)

// Exit codes that Run returns.
const (
	OK          = 0
	Failed      = 1 // the gateway did not end the conversation in endTime
	CannotWrite = 5 // Out cannot be written
	NoServer    = 6 // with Once: nobody answered for tryTime
	NotSent     = 7 // with Once: a line was held
)

const (
	// maxTyped bounds the lines that wait for a connection. Beyond it In is not
	// read: a pipe waits, and loses nothing.
	maxTyped = 1000

	// maxLine bounds a line in bytes; the gateway takes less and says how much.
	// maxShown is the same for what comes: the longest message, all of it unprintable.
	maxLine  = 128 << 10
	maxShown = 1 << 20

	// pauseFirst doubles up to pauseLast between attempts to connect.
	pauseFirst = 250 * time.Millisecond
	pauseLast  = 5 * time.Second

	// dialTime bounds one attempt; tryTime all of them, with Once.
	dialTime = 5 * time.Second
	tryTime  = 5 * time.Second

	// endTime is how long the gateway may take to end the conversation when the
	// user has said all.
	endTime = 20 * time.Second

	// fresh is how young a line is that may not have arrived when a connection is lost.
	fresh = 2 * time.Second
)

// Options say with whom to talk and how. Addr, In, Out and Err are needed.
type Options struct {
	Addr     string // "host:port"
	Web      bool   // a web door is there, and no gateway
	In       io.Reader
	Out, Err io.Writer

	// Name is what the user is called, and Lobby says that he goes there, before
	// he types anything.
	Name  string
	Lobby bool

	// Once ends when In has ended and the gateway has answered. Without it the
	// client stays, and shows what comes, until ctx ends or the user types \quit.
	Once bool
}

// Run talks until it is over and returns the exit code. A read from In may
// still be under way then, and ends with In.
func Run(ctx context.Context, o Options) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &client{Options: o, typed: make(chan string, maxTyped)}
	c.standing.name = o.Name
	if o.Lobby {
		c.standing.enter(string(chat.Lobby))
	}
	go c.read(ctx) // ends at the end of In, or with ctx at the next line
	for {
		conn := c.connect(ctx)
		if conn == nil {
			if ctx.Err() != nil {
				return c.code()
			}
			c.unheard()
			return NoServer
		}
		if code, over := c.talk(ctx, conn); over {
			return code
		}
	}
}

type client struct {
	Options
	typed    chan string // closed at the end of In
	pending  *string     // was typed and could not be sent
	standing standing
	refused  string        // why nobody was let in, as it was told last
	been     bool          // there was a connection
	pause    time.Duration // before the next attempt to connect
	quit     bool          // the user has asked for the end
	ended    bool          // In has ended
	held     bool          // a line was held
	sent     time.Time     // the last line

	mu sync.Mutex // guards writing to Err
}

// read passes on what is typed.
func (c *client) read(ctx context.Context) {
	defer close(c.typed)
	in := lines.New(c.In, maxLine)
	for {
		text, size, err := in.Next()
		if err != nil {
			return
		}
		typed := string(text)
		if size > maxLine {
			// The gateway refuses what is left as too long, too.
			c.tell("error: the line has %d bytes – nothing was sent – a message takes 65536 at most", size)
			continue
		}
		select {
		case c.typed <- typed:
		case <-ctx.Done():
			return
		}
	}
}

// connect tries until there is a connection. It returns nil when ctx ends, or
// tryTime with Once.
func (c *client) connect(ctx context.Context) connection {
	if c.Once {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, tryTime)
		defer cancel()
	}
	for told := c.been; ; told = true {
		if c.pause > 0 && !wait(ctx, c.pause) {
			return nil
		}
		conn, err := c.dial(ctx)
		if err == nil {
			c.refused = ""
			return conn
		}
		if ctx.Err() != nil {
			return nil
		}
		var refused *visitor.Refused
		if errors.As(err, &refused) && c.refused != refused.Why {
			c.refused = refused.Why
			c.tell("* %s does not let you in – %s – trying again", c.Addr, refused.Why)
		} else if refused == nil && !told {
			c.tell("* nobody answers at %s, trying again", c.Addr)
		}
		c.slower()
	}
}

// connection is one to a gateway, or what looks like one.
type connection interface {
	io.ReadWriteCloser
	CloseWrite() error
}

// dial makes one attempt, in dialTime.
func (c *client) dial(ctx context.Context) (connection, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	if c.Web {
		return throughWeb(ctx, c.Addr, c.standing.name)
	}
	dialer := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}}
	conn, err := dialer.DialContext(ctx, "tcp", c.Addr)
	if err != nil {
		return nil, err
	}
	return conn.(*net.TCPConn), nil
}

// unheard tells that it is given up.
func (c *client) unheard() {
	door := "--gateway"
	if c.Web {
		door = "--web"
	}
	what := "nobody answered at %s for %v"
	if c.refused != "" {
		what = "%s let nobody in for %v"
	}
	c.tell("error: "+what+" – nothing more is sent – start a node with %s there, or check the address", c.Addr, tryTime, door)
}

// slower lets the next attempt come later than the last.
func (c *client) slower() { c.pause = min(max(2*c.pause, pauseFirst), pauseLast) }

func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// talk uses a connection until it ends. over says that Run is to return code.
func (c *client) talk(ctx context.Context, conn connection) (code int, over bool) {
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	shown := make(chan error, 1)
	go func() { shown <- c.show(conn) }() // ends with conn
	defer func() {
		conn.Close()
		if shown != nil {
			<-shown
		}
	}()
	began := time.Now()
	err := c.greet(conn)
	typed, end := c.typed, (<-chan time.Time)(nil)
	if c.ended {
		typed = nil
	}
	for {
		if err == nil && end == nil && (c.quit || c.ended && c.Once) {
			err = conn.CloseWrite()
			limit := time.NewTimer(endTime)
			defer limit.Stop()
			typed, end = nil, limit.C
		}
		if err != nil {
			typed = nil // what has been said already is still shown
		}
		select {
		case line, ok := <-typed:
			if !ok {
				c.ended, typed = true, nil
				continue
			}
			err = c.send(conn, line)
		case err := <-shown:
			shown = nil
			switch {
			case ctx.Err() != nil:
				return c.code(), true
			case errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe):
				return c.code(), true
			case err != nil:
				c.tell("error: cannot write to the output – %v – give it an output that takes lines", err)
				return CannotWrite, true
			case end != nil:
				return c.code(), true
			}
			c.lost(time.Since(began))
			return 0, false
		case <-end:
			c.tell("error: %s has not ended the conversation in %v – the last lines may not have arrived", c.Addr, endTime)
			return Failed, true
		}
	}
}

// greet says what has to be said first.
func (c *client) greet(conn connection) error {
	if c.been {
		c.tell("* connected again")
	}
	for _, l := range c.standing.back() {
		if _, err := io.WriteString(conn, l+"\n"); err != nil {
			return err
		}
	}
	if c.pending == nil {
		return nil
	}
	line := *c.pending
	c.pending = nil
	return c.send(conn, line)
}

// send says a line, keeps it if it cannot, and holds it if nobody knows where
// it would go.
func (c *client) send(conn connection, line string) error {
	if why := c.standing.astray(line); why != "" {
		c.held = true
		c.tell("held: %s – %s", safe.Short(line, 60), why)
		return nil
	}
	if _, err := io.WriteString(conn, line+"\n"); err != nil {
		c.pending = &line
		return err
	}
	c.quit = c.standing.hear(line)
	c.sent = time.Now()
	return nil
}

// show shows what comes until the connection ends, however it does. The error
// is one of Out.
func (c *client) show(conn connection) error {
	in := lines.New(conn, maxShown)
	for {
		text, size, err := in.Next()
		if err != nil {
			return nil
		}
		shown := safe.Line(string(text))
		if size > maxShown {
			shown = fmt.Sprintf("* a line of %d bytes was left out", size)
		}
		if _, err := io.WriteString(c.Out, shown+"\n"); err != nil {
			return err
		}
	}
}

// lost tells that a connection is gone, which lasted for so long.
func (c *client) lost(lasted time.Duration) {
	c.been = true
	c.standing.lose()
	if lasted > pauseLast {
		c.pause = 0
	}
	c.slower()
	risk := ""
	if time.Since(c.sent) < fresh {
		risk = " – what you typed last may not have arrived"
	}
	c.tell("* connection lost, trying again%s", risk)
}

// tell says something that does not come from the gateway.
func (c *client) tell(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.Err, format+"\n", args...)
}

func (c *client) code() int {
	if c.held && c.Once {
		return NotSent
	}
	return OK
}
