package visitor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/coder/websocket"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/jsonl"
	"tincan/cmd/internal/safe"
)

// errJunk is what no door of a node says.
var errJunk = errors.New("what it says is not JSON of this chat")

// read passes on what comes, first what came already, until the connection ends.
func (v *Visitor) read(batch []chat.Notify) {
	defer close(v.over)
	defer v.Close()
	for {
		if !v.pass(v.translated(batch)) {
			return
		}
		v.alive.Reset(silence)
		var err error
		if batch, err = v.frame(v.ctx); err != nil {
			v.pass(v.last(err))
			return
		}
		v.alive.Stop() // the front end may take its time
	}
}

// pass waits until the front end takes something, and reports false when that is over.
func (v *Visitor) pass(batch []chat.Notify) bool {
	if len(batch) == 0 {
		return true
	}
	select {
	case v.told <- batch:
		return true
	case <-v.ctx.Done():
		return false
	}
}

// frame reads what one frame tells.
func (v *Visitor) frame(ctx context.Context) (batch []chat.Notify, err error) {
	kind, text, err := v.socket.Read(ctx)
	if err != nil {
		return nil, err
	}
	if kind != websocket.MessageText {
		return nil, errJunk
	}
	for line := range bytes.Lines(text) {
		n, err := jsonl.ParseNotification(line)
		switch {
		case err == nil:
			batch = append(batch, n)
		case !jsonl.Is(line) || !json.Valid(line):
			return nil, errJunk
		} // else it is of a later version, and for others
	}
	return batch, nil
}

// translated is what the node tells as the front end has asked for it: to be called
// something, when one is in already, is to enter under that name.
func (v *Visitor) translated(batch []chat.Notify) []chat.Notify {
	for i, n := range batch {
		if n.Ref != entering {
			continue
		}
		v.mu.Lock()
		asked, ref := v.asked, v.ref
		v.mu.Unlock()
		n.Ref = ref
		switch told := n.Notification.(type) {
		case chat.Renamed:
			n.Notification = chat.Entered{Me: told.Now, Asked: asked}
			batch[i] = n
		case chat.Failed:
			batch[i] = n
			return append(batch[:i:i], append([]chat.Notify{{Notification: v.me}}, batch[i:]...)...)
		}
	}
	return batch
}

// last is what is told when the connection ends: that it has been left, or why the
// door has ended it; nothing if it is just gone.
func (v *Visitor) last(err error) []chat.Notify {
	var end websocket.CloseError
	errors.As(err, &end)
	v.mu.Lock()
	quits := v.quits
	v.mu.Unlock()
	why := ""
	switch {
	case quits && end.Code == websocket.StatusNormalClosure:
		return []chat.Notify{{Notification: chat.Ended{}}}
	case errors.Is(err, errJunk):
		why = errJunk.Error()
	case errors.Is(err, websocket.ErrMessageTooBig):
		why = fmt.Sprintf("one thing has more than %d MiB – ask for less", maxFrame>>20)
	case end.Reason != "" && end.Code != websocket.StatusGoingAway:
		why = safe.Short(end.Reason, 200)
	default:
		return nil
	}
	return []chat.Notify{{Notification: chat.Failed{Text: "this connection has ended – " + why}}}
}
