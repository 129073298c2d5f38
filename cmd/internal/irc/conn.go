package irc

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/ergochat/irc-go/ircreader"
	"golang.org/x/time/rate"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/entrance"
	"tincan/cmd/internal/front"
)

// conn drives a session: it does the I/O that the session does not.
type conn struct {
	door *Door
	net  net.Conn
	base context.Context // of the door
	ctx  context.Context // ends with the connection

	session *session
	poster  *poster
	client  front.Client // nil until the client has a user

	lines  chan []byte        // from the reader
	taken  chan struct{}      // to it: the line may be overwritten; whoever gives it never waits
	ended  chan struct{}      // closed when the input has ended
	broken error              // why it has
	notes  chan []chat.Notify // from the listener
	heard  chan struct{}      // likewise, for the batch

	sending sendQueue
	helpers sync.WaitGroup
}

// serve deals with a connection until one of the two ends it.
func (d *Door) serve(base context.Context, nc net.Conn) {
	ctx, cancel := context.WithCancel(base)
	p := new(poster)
	c := &conn{
		door: d, net: nc, base: base, ctx: ctx,
		session: newSession(d, p), poster: p,
		lines: make(chan []byte), taken: make(chan struct{}, 1), ended: make(chan struct{}),
		notes: make(chan []chat.Notify), heard: make(chan struct{}, 1),
		sending: newSendQueue(nc),
	}
	stop := context.AfterFunc(ctx, func() { nc.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	c.helpers.Go(c.read) // ends with ctx, or with the input
	c.helpers.Go(c.sending.run)
	why := c.run()
	c.depart(why)
	c.sending.finish()
	cancel()
	c.helpers.Wait()
	entrance.Linger(base, nc)
}

// run works until the connection is to end, and says why.
func (c *conn) run() (why string) {
	s := c.session
	s.now = time.Now()
	timer := time.NewTimer(registerTime)
	defer timer.Stop()
	asked := false // whether the client is there
	for {
		lines := c.lines
		if s.busy() {
			lines = nil
		}
		var patience <-chan time.Time
		if s.contested != nil {
			lines, patience = nil, time.After(nickTime)
		}
		select {
		case raw := <-lines:
			asked = false
			c.rest(timer)
			s.line(time.Now(), raw)
			c.taken <- struct{}{}
		case batch := <-c.notes:
			was := s.registered
			if s.told(time.Now(), batch); s.registered != was {
				c.rest(timer)
			}
			c.heard <- struct{}{}
		case <-s.contested:
			s.contend(time.Now(), true)
		case <-patience:
			s.contend(time.Now(), false)
		case <-timer.C:
			asked = c.silent(asked)
			timer.Reset(idleTime)
		case <-c.ended:
			c.inputEnded()
		case <-c.sending.over:
			return "Connection reset"
		case <-c.ctx.Done():
			s.quit = "the node has stopped"
			s.end(s.quit)
		}
		if err := c.carryOut(); err != nil {
			s.quit = "the node has stopped"
			s.end(s.quit)
		}
		if !c.flush() {
			return "SendQ exceeded"
		}
		if s.closing {
			return cmp(s.quit, "Connection closed")
		}
	}
}

// rest begins anew to wait for the client to fall silent, once it has registered.
func (c *conn) rest(timer *time.Timer) {
	if c.session.registered {
		timer.Reset(idleTime)
	}
}

// silent deals with a client of which nothing has come for a while.
func (c *conn) silent(asked bool) bool {
	s := c.session
	switch {
	case !s.registered:
		s.end("registration timed out")
	case asked:
		s.quit = "Ping timeout"
		s.end(s.quit)
	default:
		s.now = time.Now()
		s.emit(s.server("PING", c.door.Name))
	}
	return true
}

// inputEnded is the end of what the client says.
func (c *conn) inputEnded() {
	if errors.Is(c.broken, ircreader.ErrReadQ) {
		c.session.quit = "the line is too long"
		c.session.end(c.session.quit)
		return
	}
	c.session.quit = cmp(c.session.quit, "Connection closed")
	c.session.closing = true
}

// read hands the client's lines over, no faster than it may send them.
func (c *conn) read() {
	defer close(c.ended)
	pace := rate.NewLimiter(linesPerSecond, lineBurst)
	var r ircreader.Reader
	r.Initialize(c.net, lineSize, readSize)
	for {
		raw, err := r.ReadLine()
		if err == nil {
			err = pace.WaitN(c.ctx, 1+len(raw)/lineBytes)
		}
		if err != nil {
			c.broken = err
			return
		}
		select {
		case c.lines <- raw:
		case <-c.ctx.Done():
			return
		}
		select {
		case <-c.taken:
		case <-c.ctx.Done():
			return
		}
	}
}

// listen hands over what the user is told.
func (c *conn) listen(sub front.Subscription) {
	defer sub.Close()
	for {
		batch, err := sub.Next(c.ctx)
		if err != nil {
			return
		}
		select {
		case c.notes <- batch:
		case <-c.ctx.Done():
			return
		}
		select {
		case <-c.heard:
		case <-c.ctx.Done():
			return
		}
	}
}

// carryOut does what the session asks for. It waits while the node is saturated.
func (c *conn) carryOut() error {
	s := c.session
	for _, a := range s.asks {
		if a.act != nil {
			a.to.poster.post(c.ctx, a.act)
			continue
		}
		if c.client == nil {
			c.enter()
		}
		if err := c.client.Do(c.ctx, a.ref, a.in); err != nil {
			return err
		}
	}
	s.asks = s.asks[:0]
	return nil
}

// enter gives the client a user.
func (c *conn) enter() {
	make := c.door.Guest
	if c.session.owner {
		make = c.door.Owner
	}
	c.client = make()
	c.poster.client = c.client
	sub := c.client.Subscribe()
	c.helpers.Go(func() { c.listen(sub) }) // ends with ctx, or with the node
}

// flush gives what is to be written to the writer; false says that the client has
// let too much gather.
func (c *conn) flush() bool {
	s := c.session
	ok := c.sending.put(s.out)
	if s.out = s.out[:0]; cap(s.out) > 4*lineSize {
		s.out = nil
	}
	return ok
}

// depart takes the client out of the chat.
func (c *conn) depart(why string) {
	s := c.session
	if c.client == nil {
		c.door.gone(s.face)
		return
	}
	last := s.owner || c.door.bow(s.face, why)
	var exit chat.Instruction = chat.Exit{}
	if s.owner {
		exit = chat.Detach{}
	}
	c.poster.leave()
	_ = c.client.Do(c.base, "", exit) // it goes, or the node does
	c.door.gone(s.face)
	if last && s.registered {
		c.door.offline(c.base, s.face.nick)
	}
}
