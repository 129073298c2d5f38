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

// marker is the ref of the question whose answer says that all before it is
// answered. No line has it: it is not UTF-8.
const marker = "\xff"

// seat is one connection.
type seat struct {
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc
	client front.Client
	conn   net.Conn
	limit  time.Duration // of a write
	marked chan struct{} // closed when the answer to marker has come
	shown  chan struct{} // closed when nothing more is written

	mu   sync.Mutex // guards writing, and what follows
	buf  []byte
	over bool // the farewell is written
}

// serve talks with a front end until it goes or ctx ends.
func (s *Server) serve(base context.Context, conn net.Conn) {
	ctx, cancel := context.WithCancel(base)
	defer cancel()
	f := &seat{ctx: ctx, cancel: cancel, client: s.newSeat(), conn: conn, limit: s.patience, marked: make(chan struct{}), shown: make(chan struct{})}
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
	return f.client.Do(f.ctx, ref, in)
}

// part takes leave, when all that was asked is answered.
func (f *seat) part(ref string) error {
	if err := f.client.Do(f.ctx, marker, chat.Attach{}); err != nil {
		return err
	}
	limit := time.NewTimer(settleTime)
	defer limit.Stop()
	select {
	case <-f.marked:
	case <-limit.C:
	case <-f.ctx.Done():
	}
	_ = f.tell(chat.Notify{Ref: ref, Notification: chat.Notice{Text: farewell}})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = true
	return errLeaves
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
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over {
		return errLeaves
	}
	now := time.Now()
	for i, n := range batch {
		if _, ready := n.Notification.(chat.Ready); ready && n.Ref == marker {
			close(f.marked)
			continue
		}
		f.buf = jsonl.Append(f.buf, n, now)
		if len(f.buf) < chunk && i < len(batch)-1 {
			continue
		}
		if err := f.write(); err != nil {
			return err
		}
	}
	return f.write()
}

// write writes what is in the buffer. The caller holds mu.
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
