package control

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/jsonl"
)

// InUseError says that a node that lives has the path already.
type InUseError struct{ Path string }

func (e *InUseError) Error() string { return "another node listens at " + e.Path }

// ErrNoNode says that nobody listens at a path.
var ErrNoNode = errors.New("no node is running there")

// ErrGone says that the node went away without a word.
var ErrGone = errors.New("the node is gone")

// ErrSilent says that a node has the path and does not answer.
var ErrSilent = errors.New("the node does not answer")

// RefusedError says that a node has no place for this front end, and why.
type RefusedError struct{ Text string }

func (e *RefusedError) Error() string { return e.Text }

// Client is a running node as a front end in another process sees it: one seat of
// its owner's. Its methods are safe from any goroutine.
type Client struct {
	conn  net.Conn
	in    *bufio.Reader
	first chat.Notify        // what the node has said already
	told  chan []chat.Notify // closed when nothing more comes
	local chan chat.Notify   // what the node need not be asked for
	begin sync.Once          // reading

	closing sync.Once
	closed  chan struct{}

	writing sync.Mutex // one line at a time

	mu    sync.Mutex // guards what follows
	parts bool       // the front end has taken leave
	err   error      // why nothing more comes; io.EOF after a farewell
}

// Dial reaches the node that listens at a path, and waits for readyTime at most
// until it says something. The error may be ErrNoNode, ErrSilent or a *RefusedError.
func Dial(path string) (*Client, error) { return dial(path, readyTime) }

func dial(path string, limit time.Duration) (*Client, error) {
	conn, err := connect(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrNoNode
	case err != nil:
		return nil, err
	}
	c := &Client{conn: conn, in: bufio.NewReaderSize(conn, chunk), told: make(chan []chat.Notify), local: make(chan chat.Notify), closed: make(chan struct{})}
	if err := c.hear(limit); err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

// hear waits for the first word of the node.
func (c *Client) hear(limit time.Duration) error {
	c.conn.SetReadDeadline(time.Now().Add(limit))
	line, err := c.in.ReadBytes('\n')
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ErrSilent
	case err != nil: // it ended meanwhile
		return ErrNoNode
	}
	if c.first, err = jsonl.ParseNotification(line); err != nil {
		return err
	}
	if no, ok := c.first.Notification.(chat.Failed); ok {
		return &RefusedError{no.Text}
	}
	return c.conn.SetReadDeadline(time.Time{})
}

// Do implements [front.Client]. Quit is Detach: the node runs on. What cannot be
// said in JSON is answered as the node would.
func (c *Client) Do(ctx context.Context, ref string, in chat.Instruction) error {
	_, quit := in.(chat.Quit)
	_, detach := in.(chat.Detach)
	if quit || detach {
		in = chat.Detach{}
		c.mu.Lock()
		c.parts = true
		c.mu.Unlock()
	}
	line, err := jsonl.AppendInstruction(nil, ref, in)
	var bad *jsonl.Error
	if errors.As(err, &bad) {
		select {
		case c.local <- chat.Notify{Ref: ref, Notification: bad.Notification()}:
			return nil
		case <-c.closed:
			return ErrGone
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	// A line that is cut off is the last: whoever gives up has no use for the rest.
	defer context.AfterFunc(ctx, func() { c.conn.SetWriteDeadline(time.Unix(1, 0)) })()
	if _, err := c.conn.Write(line); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return ErrGone
	}
	return nil
}

// Subscribe implements [front.Client], but for one subscriber: each front end
// dials for itself. What the node has to say waits for it.
func (c *Client) Subscribe() front.Subscription {
	c.begin.Do(func() { go c.read() }) // ends with the connection
	return (*subscription)(c)
}

// Close ends the connection. It may be called twice.
func (c *Client) Close() {
	c.closing.Do(func() { close(c.closed) })
	c.conn.Close()
}

// Err is why nothing more is told: nil when the front end has taken leave or the
// node has ended, else ErrGone. It is to be asked when Next has returned an error.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == io.EOF {
		return nil
	}
	return c.err
}

// read hands on what the node says until the connection ends. The node is the user's
// own: how long a line may be is for it to say.
func (c *Client) read() {
	defer close(c.told)
	batch := []chat.Notify{c.first}
	for {
		_, ended := batch[len(batch)-1].Notification.(chat.Ended)
		select {
		case c.told <- batch:
		case <-c.closed:
			c.over(ended, net.ErrClosed)
			return
		}
		batch = nil
		for len(batch) == 0 || len(batch) < maxBatch && complete(c.in) {
			line, err := c.in.ReadBytes('\n')
			if err != nil {
				c.over(ended, err)
				return
			}
			n, err := jsonl.ParseNotification(line)
			if err == nil { // else it is of a node of another version
				batch = append(batch, n)
			}
		}
	}
}

// complete tells whether a whole line is there already.
func complete(in *bufio.Reader) bool {
	there, err := in.Peek(in.Buffered())
	return err == nil && bytes.IndexByte(there, '\n') >= 0
}

func (c *Client) over(ended bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err = io.EOF; !ended && !c.parts {
		c.err = fmt.Errorf("%w: %w", ErrGone, err)
	}
}

// subscription is a Client as its subscriber sees it.
type subscription Client

// Next implements [front.Subscription].
func (s *subscription) Next(ctx context.Context) ([]chat.Notify, error) {
	select {
	case batch, ok := <-s.told:
		if !ok {
			s.mu.Lock()
			defer s.mu.Unlock()
			return nil, s.err
		}
		return batch, nil
	case n := <-s.local:
		return []chat.Notify{n}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close implements [front.Subscription]. The connection ends with it.
func (s *subscription) Close() { (*Client)(s).Close() }
