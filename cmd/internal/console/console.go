// Package console is a node's face on two streams: lines in, lines out, as
// plain text or as JSON.
//
//	In ──▶ input ──line, jsonl──▶ Client.Do          (asker; waits while the node is saturated)
//	Out, Err ◀──line, jsonl── Subscription.Next      (shower; one write a batch and stream)
//
// stdout carries the conversation and nothing else; stderr carries trouble.
// With JSON everything goes to stdout. It appends only: no prompt, no escape byte, no
// spinner, whether the streams are a terminal or pipes.
package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/line"
	"tincan/cmd/internal/safe"
)

// Exit codes that Run returns.
const (
	OK          = 0
	Failed      = 1 // something that was asked could not be done
	CannotWrite = 5 // Out cannot be written
	NoPeer      = 6 // nobody was ever reachable, and something was to be sent
	NotSent     = 7 // a recipient was unknown or ambiguous, or a line was held
	Undelivered = 8 // the node ended before everything was delivered
)

// Options say how to speak. In, Out and Err are needed.
type Options struct {
	In       io.Reader
	Out, Err io.Writer

	// JSON writes objects instead of text, and reads lines that begin with '{' as
	// objects.
	JSON bool

	// Once ends the node at the end of In, when what In asked for is done.
	// Without it the node runs on.
	Once bool

	// Time puts the time before messages in plain text.
	Time bool

	// Interactive says that a person types: a held line can be sent with Enter,
	// and mistakes do not change the exit code.
	Interactive bool

	// Begin, if not nil, is called once when nothing can be missed any more: the
	// place to start the node.
	Begin func()

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Run serves until the node has ended, ctx ends or the subscription breaks, and
// returns the exit code. The first notification has to be chat.Ready: nothing
// is read before it. When Out can no longer be written Run asks the node to
// quit and waits for its end. A read from In may still be under way when Run
// returns, and ends with In; nothing is written any more.
func Run(ctx context.Context, client front.Client, o Options) int {
	if o.Now == nil {
		o.Now = time.Now
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sub := client.Subscribe()
	defer sub.Close()
	c := &console{
		Options: o,
		client:  client,
		ready:   make(chan struct{}),
		format:  line.Formatter{Time: o.Time, Resend: o.Interactive},
		waiting: make(map[string]awaited),
		changed: make(chan struct{}, 1),
		quit:    func() { go client.Do(ctx, "", chat.Quit{}) }, // ends with Run at the latest
	}
	if o.Begin != nil {
		o.Begin()
	}
	go c.ask(ctx) // ends at the end of In, or with ctx at the next line
	for {
		batch, err := sub.Next(ctx)
		if err != nil {
			break // io.EOF after the node's end, or ctx
		}
		c.tell(batch)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	return c.code()
}

type console struct {
	Options
	client front.Client
	ready  chan struct{} // closed when the node is ready
	quit   func()        // asks the node to end, without waiting

	mu       sync.Mutex // guards what follows, and writing to Out and Err
	format   line.Formatter
	out, err []byte // reused between batches
	broken   error  // why Out cannot be written
	began    bool   // ready is closed
	over     bool   // Run has returned: nothing is written any more
	seen     seen
	typed    string             // the last line that was not empty
	held     string             // typed was held and waits for Enter
	waiting  map[string]awaited // by ref
	refused  string             // ref of the last chat.Failed
	changed  chan struct{}      // holds a token when waiting has shrunk
}

// awaited is what is still to come in answer to an instruction.
type awaited struct {
	answers int  // at least 1
	session bool // whether a session opens is the answer; that it is tried is none
}

// seen is what the exit code depends on.
type seen struct {
	peer, notSent, failed bool
	undelivered           int
}

// tell shows a batch with one write a stream.
func (c *console) tell(batch []chat.Notify) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	c.out, c.err = c.out[:0], c.err[:0]
	for _, n := range batch {
		c.note(n)
		c.append(n)
	}
	c.write()
}

// write writes what is appended, and ends the node when Out is broken. Whether
// Err can be written makes no difference.
func (c *console) write() {
	if len(c.err) > 0 {
		c.Err.Write(c.err)
	}
	if len(c.out) == 0 || c.broken != nil {
		return
	}
	if _, c.broken = c.Out.Write(c.out); c.broken != nil {
		if c.code() == CannotWrite {
			fmt.Fprintf(c.Err, "error: cannot write to the output – %s – the node ends; give it an output that takes lines\n", safe.Line(c.broken.Error()))
		}
		c.quit()
	}
}

// note keeps what the asker and the exit code need of a notification.
func (c *console) note(n chat.Notify) {
	if w, ok := c.waiting[n.Ref]; ok {
		c.answered(n, w)
	}
	switch in := n.Notification.(type) {
	case chat.Ready:
		if !c.began {
			c.began = true
			close(c.ready)
		}
	case chat.PeerCame:
		c.seen.peer = true
	case chat.Shown:
		c.seen.peer = c.seen.peer || !in.Mine
	case chat.Delivery:
		switch in.State {
		case chat.Held:
			c.seen.notSent = true
			if in.Text == c.typed {
				c.held = in.Text
			}
		case chat.SendFailed:
			c.seen.undelivered++
		}
	case chat.Failed:
		c.refused = n.Ref
		switch in.Code {
		case chat.UnknownPeer, chat.AmbiguousPeer, chat.SelfPeer:
			c.seen.notSent = true
		default:
			c.seen.failed = true
		}
	case chat.Ended:
		c.seen.undelivered += in.Undelivered
	}
}

// answered counts an answer that is waited for. A failure is always the last.
func (c *console) answered(n chat.Notify, w awaited) {
	_, remark := n.Notification.(chat.Notice)
	_, failed := n.Notification.(chat.Failed)
	switch {
	case remark && w.session:
		return
	case failed || w.answers == 1:
		delete(c.waiting, n.Ref)
	default:
		w.answers--
		c.waiting[n.Ref] = w
	}
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// code is the exit code after the end. The caller holds mu.
func (c *console) code() int {
	switch {
	case c.broken != nil && !errors.Is(c.broken, syscall.EPIPE) && !errors.Is(c.broken, io.ErrClosedPipe):
		return CannotWrite
	case c.seen.notSent && !c.Interactive:
		return NotSent
	case c.seen.undelivered > 0 && !c.seen.peer:
		return NoPeer
	case c.seen.undelivered > 0:
		return Undelivered
	case c.seen.failed && !c.Interactive:
		return Failed
	}
	return OK
}
