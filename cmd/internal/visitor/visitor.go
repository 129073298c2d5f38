// Package visitor is a guest of a node elsewhere who comes in by its web door
// without a browser.
//
//	front end ──Do──▶ jsonl.AppendInstruction ──▶ WebSocket ──▶ web door     (the front end's goroutine)
//	          ◀─Next── jsonl.ParseNotification ◀── WebSocket ◀──             (a goroutine of its own)
//
// A [Visitor] is a [front.Client], so every front end can be had there that can be had
// in the node. The door wants to know at once who comes, and a front end says so when
// somebody has typed a name: so [Dial] enters, and [chat.Enter] is what may still have to
// be said of the name.
//
// What comes is believed no more than what a stranger says: limits.go bounds it.
package visitor

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/coder/websocket"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/jsonl"
)

// Visitor is one guest, for as long as his connection lasts. It is safe from any
// goroutine.
type Visitor struct {
	socket *websocket.Conn
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc
	told   chan []chat.Notify // to the front end; nothing waits in it
	over   chan struct{}      // closed when nothing more is told
	alive  *time.Timer        // runs out when the door has been silent for too long

	name string       // under which he has entered
	me   chat.Entered // how that was answered

	mu    sync.Mutex // guards what follows
	asked string     // the name that he wants instead
	ref   string     // of who asked for it
	quits bool       // he has asked to leave
}

var _ front.Client = (*Visitor)(nil)

// errGone is the error of Do when the connection is gone.
var errGone = fmt.Errorf("the connection to the node is gone: %w", io.ErrClosedPipe)

// entering is the ref of what a Visitor asks for by himself; front ends have no such.
const entering = "visitor/enter"

// Do implements front.Client. It blocks while the door does not take what is sent, for
// writeTime at most. What is too long for the door is refused here.
func (v *Visitor) Do(ctx context.Context, ref string, in chat.Instruction) error {
	switch asks := in.(type) {
	case chat.Enter:
		if asks.Name == v.name || asks.Name == "" {
			return v.tell(ctx, chat.Notify{Ref: ref, Notification: v.me})
		}
		v.mu.Lock()
		v.asked, v.ref = asks.Name, ref
		v.mu.Unlock()
		ref, in = entering, chat.Rename(asks)
	case chat.Quit:
		v.mu.Lock()
		v.quits = true
		v.mu.Unlock()
	case chat.Exit: // he is gone with the connection
		v.Close()
		return nil
	}
	frame, err := jsonl.AppendInstruction(nil, ref, in)
	if err == nil && len(frame) > maxSent {
		err = &jsonl.Error{Code: jsonl.TooLong, Text: fmt.Sprintf("what you typed has %d bytes – nothing was sent – a web door takes %d at most", len(frame), maxSent)}
	}
	if wrong, ok := err.(*jsonl.Error); ok {
		return v.tell(ctx, v.translated([]chat.Notify{{Ref: ref, Notification: wrong.Notification()}})...)
	}
	return v.write(ctx, frame)
}

// write sends a frame. The connection does not outlive an error.
func (v *Visitor) write(ctx context.Context, frame []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	if v.socket.Write(ctx, websocket.MessageText, frame) != nil {
		v.Close()
		return errGone
	}
	return nil
}

// Close ends the connection, without asking to leave. It may be called twice.
func (v *Visitor) Close() {
	v.cancel()
	v.alive.Stop()
	_ = v.socket.CloseNow()
}

// Subscribe implements front.Client. There is one subscription: what there is to be
// told waits for it, and it may be asked for once.
func (v *Visitor) Subscribe() front.Subscription { return subscription{v} }

type subscription struct{ *Visitor }

// Next implements front.Subscription.
func (s subscription) Next(ctx context.Context) ([]chat.Notify, error) {
	select {
	case batch := <-s.told:
		return batch, nil
	case <-s.over:
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// tell gives the front end something that the node has not said.
func (v *Visitor) tell(ctx context.Context, batch ...chat.Notify) error {
	select {
	case v.told <- batch:
		return nil
	case <-v.over:
		return errGone
	case <-ctx.Done():
		return ctx.Err()
	}
}
