package web

import (
	"context"
	"time"

	"github.com/coder/websocket"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/jsonl"
)

// tell gives the visitor what he is told, until the visit ends. The error says why.
func (v *visitor) tell(sub front.Subscription) error {
	defer sub.Close()
	for {
		batch, err := sub.Next(v.ctx)
		if err != nil {
			return noNode
		}
		if err := v.write(batch); err != nil {
			return err
		}
		for _, n := range batch {
			if err := v.note(n.Notification); err != nil {
				return err
			}
		}
	}
}

// note looks for the end in what was told.
func (v *visitor) note(n chat.Notification) error {
	switch n.(type) {
	case chat.Ended:
		return noNode
	case chat.Entered, chat.Ready:
		v.entered = true
	case chat.Failed:
		if !v.entered {
			return &end{websocket.StatusTryAgainLater, "the node does not let you in"}
		}
	}
	return nil
}

// write writes a batch, in frames of about frameSize. It is safe from any goroutine.
func (v *visitor) write(batch []chat.Notify) error {
	room := v.server.rooms.Get().(*[]byte)
	defer func() {
		if cap(*room) <= 2*frameSize {
			v.server.rooms.Put(room)
		}
	}()
	now := time.Now()
	p := (*room)[:0]
	for i, n := range batch {
		if _, ready := n.Notification.(chat.Ready); v.owner || !ready { // told to all when the node begins
			p = jsonl.Append(p, n, now)
		}
		if len(p) >= frameSize || i == len(batch)-1 && len(p) > 0 {
			if err := v.put(p); err != nil {
				return err
			}
			p = p[:0]
		}
	}
	*room = p
	return nil
}

// put writes one frame.
func (v *visitor) put(frame []byte) error {
	err := v.socket.Write(context.Background(), websocket.MessageText, frame) // bounded by conn.Write
	if v.conn.slow.Load() {
		return &end{websocket.StatusTryAgainLater, "you have not read for 10 s"}
	}
	if err != nil {
		return noNode // or nobody is there any more
	}
	return nil
}
