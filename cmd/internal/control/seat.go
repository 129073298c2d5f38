package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/jsonl"
	"tincan/cmd/internal/lines"
)

// farewell is what comes last to one that goes.
const farewell = "detached; the node runs on"

// marker is the ref of the question whose answer says that those before it without a
// ref are answered. No line has it: it is not UTF-8.
const marker = "\xff"

// seat is one connection.
type seat struct {
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc
	client front.Client
	conn   net.Conn
	limit  time.Duration // of a write
	shown  chan struct{} // closed when nothing more is written
	paid   chan struct{} // holds a token when owed has shrunk

	asking sync.Mutex      // guards owed; never held for long
	owed   map[string]bool // the refs that have had no answer yet

	writing sync.Mutex // guards writing, which may take long, and what follows
	buf     []byte
	over    bool // the farewell is written
}

// serve talks with a front end until it goes or ctx ends.
func (s *Server) serve(base context.Context, conn net.Conn) {
	ctx, cancel := context.WithCancel(base)
	defer cancel()
	f := &seat{ctx: ctx, cancel: cancel, client: s.newSeat(), conn: conn, limit: s.patience, shown: make(chan struct{}), paid: make(chan struct{}, 1), owed: make(map[string]bool)}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() {
		conn.SetReadDeadline(time.Unix(1, 0)) // ends a read that is under way
		time.AfterFunc(goodbyeTime, func() { conn.Close() })
	})()
	go f.show(f.client.Subscribe()) // ends with ctx, or with the connection
	err := f.client.Do(ctx, "", chat.Attach{})
	if err == nil {
		err = f.listen()
	}
	if errors.Is(err, io.EOF) {
		f.linger()
	}
	_ = f.client.Do(base, "", chat.Detach{}) // a node that has ended needs none
	cancel()
	<-f.shown
}

var errLeaves = errors.New("the front end leaves")

// listen carries out what the front end asks for, one line after the other.
func (f *seat) listen() error {
	in := lines.New(f.conn, jsonl.MaxLine)
	for {
		text, size, err := in.Next()
		switch {
		case err != nil:
			return err
		case size > jsonl.MaxLine:
			err = f.tell(chat.Notify{Notification: chat.Failed{Code: jsonl.TooLong,
				Text: fmt.Sprintf("the line has %d bytes – nothing was done – a message takes %d at most", size, chat.MaxText)}})
		case len(bytes.TrimSpace(text)) > 0:
			err = f.object(text)
		}
		if err != nil {
			return err
		}
	}
}

// object carries out a line. The error says that there can be no more.
func (f *seat) object(text []byte) error {
	ref, in, err := jsonl.Parse(text)
	var bad *jsonl.Error
	if errors.As(err, &bad) {
		return f.tell(chat.Notify{Ref: ref, Notification: bad.Notification()})
	}
	switch in.(type) {
	case chat.Quit, chat.Detach: // from here nobody ends the node
		return f.part(ref)
	}
	return f.ask(ref, in)
}

// ask asks the node, and remembers that an answer will come if there is a ref.
func (f *seat) ask(ref string, in chat.Instruction) error {
	f.asking.Lock()
	if ref != "" && len(f.owed) < maxOwed {
		f.owed[ref] = true
	}
	f.asking.Unlock()
	return f.client.Do(f.ctx, ref, in)
}

// part takes leave, when all that was asked is answered: with a ref, what has one,
// and before the answer to marker, what has none and needs nobody else.
func (f *seat) part(ref string) error {
	if err := f.ask(marker, chat.Attach{}); err != nil {
		return err
	}
	limit := time.NewTimer(settleTime)
	defer limit.Stop()
	for late := false; !late && f.owes(); {
		select {
		case <-f.paid:
		case <-limit.C:
			late = true
		case <-f.ctx.Done():
			late = true
		}
	}
	_ = f.tell(chat.Notify{Ref: ref, Notification: chat.Notice{Text: farewell}})
	f.writing.Lock()
	defer f.writing.Unlock()
	f.over = true
	return errLeaves
}

func (f *seat) owes() bool {
	f.asking.Lock()
	defer f.asking.Unlock()
	return len(f.owed) > 0
}

// pay notes that a ref has had an answer.
func (f *seat) pay(ref string) {
	f.asking.Lock()
	defer f.asking.Unlock()
	if !f.owed[ref] {
		return
	}
	delete(f.owed, ref)
	select {
	case f.paid <- struct{}{}:
	default:
	}
}

// linger waits for one to go who has closed his half.
func (f *seat) linger() {
	look := time.NewTicker(checkTime)
	defer look.Stop()
	for !gone(f.conn) {
		select {
		case <-look.C:
		case <-f.ctx.Done():
			return
		}
	}
}

// show writes what the front end is told, until the node ends, or the connection.
func (f *seat) show(sub front.Subscription) {
	defer close(f.shown)
	defer f.cancel()
	defer sub.Close()
	for {
		batch, err := sub.Next(f.ctx)
		if err != nil && f.ctx.Err() != nil {
			batch, err = sub.Next(f.ctx) // what was there already
		}
		if err != nil || f.tell(batch...) != nil {
			return
		}
	}
}

// tell writes notifications. The error says that nothing more can be written.
func (f *seat) tell(batch ...chat.Notify) error {
	f.writing.Lock()
	defer f.writing.Unlock()
	if f.over {
		return errLeaves
	}
	now := time.Now()
	for i, n := range batch {
		if n.Ref != marker {
			f.buf = jsonl.Append(f.buf, n, now)
		}
		if len(f.buf) >= chunk || i == len(batch)-1 {
			if err := f.write(); err != nil {
				return err
			}
		}
	}
	for _, n := range batch {
		f.pay(n.Ref)
	}
	return nil
}

// write writes what is in the buffer. The caller holds writing.
func (f *seat) write() error {
	if len(f.buf) == 0 {
		return nil
	}
	f.conn.SetWriteDeadline(time.Now().Add(f.limit))
	_, err := f.conn.Write(f.buf)
	if f.buf = f.buf[:0]; cap(f.buf) > 2*chunk {
		f.buf = nil
	}
	return err
}
