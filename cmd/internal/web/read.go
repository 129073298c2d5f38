package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// read reads one frame, or one text in several, that has begun before a time; the zero
// time is never. The slice is the caller's. The error is an *end.
func (v *visitor) read(before time.Time) ([]byte, error) {
	if err := v.until(before); err != nil {
		return nil, err
	}
	kind, body, err := v.socket.Reader(context.Background())
	if err != nil {
		return nil, v.broken(err)
	}
	if kind != websocket.MessageText {
		return nil, &end{websocket.StatusUnsupportedData, "a frame is not text"}
	}
	if before.IsZero() {
		before = time.Now().Add(frameTime)
	}
	if err := v.until(before); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(body, v.limit+1))
	switch {
	case int64(len(text)) > v.limit:
		return nil, &end{websocket.StatusMessageTooBig, fmt.Sprintf("a frame has more than %d KiB – send less", v.limit>>10)}
	case err != nil:
		return nil, v.broken(err)
	case !utf8.Valid(text):
		return nil, &end{websocket.StatusInvalidFramePayloadData, "a frame is not UTF-8"}
	}
	return text, v.wait()
}

// until sets when reading ends; the end of the visit goes before.
func (v *visitor) until(t time.Time) error {
	err := v.conn.SetReadDeadline(t)
	if err != nil || v.ctx.Err() != nil {
		return noNode
	}
	return nil
}

// wait holds back a visitor who is too fast.
func (v *visitor) wait() error {
	if v.pace == nil {
		return nil
	}
	if v.pace.Wait(v.ctx) != nil {
		return noNode
	}
	return nil
}

// broken is the end that an error of reading makes.
func (v *visitor) broken(err error) error {
	switch {
	case v.ctx.Err() != nil:
		return noNode
	case errors.Is(err, os.ErrDeadlineExceeded) && v.client == nil:
		return &end{websocket.StatusTryAgainLater, "you have not said who you are within 5 s"}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &end{websocket.StatusPolicyViolation, "a frame has taken more than 10 s"}
	}
	return &end{websocket.StatusProtocolError, "what has come is no WebSocket"}
}
