package web

import (
	"encoding/json"
	"time"

	"github.com/coder/websocket"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/jsonl"
)

// hello is the first frame of a visitor.
type hello struct {
	Do    string `json:"do"`
	Ref   string `json:"ref"`
	Token string `json:"token"`
	Name  string `json:"name"`
}

// readHello reads a first frame. The error is an *end.
func readHello(text []byte) (h hello, err error) {
	if json.Unmarshal(text, &h) != nil || h.Do != "enter" || len(h.Ref) > chat.MaxRef {
		return hello{}, &end{websocket.StatusPolicyViolation, `the first frame is not {"do":"enter","name":"…"}`}
	}
	return h, nil
}

// enter reads who the visitor is, and makes him known. The error says why he cannot come in.
func (v *visitor) enter() (front.Subscription, error) {
	text, err := v.read(time.Now().Add(enterTime))
	if err != nil {
		return nil, err
	}
	h, err := readHello(text)
	if err != nil {
		return nil, err
	}
	var first chat.Instruction
	switch {
	case h.Token == "":
		v.client, v.limit, first = v.server.Guest(), maxFrame, chat.Enter{Name: h.Name}
	case v.server.Owner == nil || !v.conn.local:
		return nil, &end{websocket.StatusPolicyViolation, "the owner comes in from the node's own machine only"}
	case !v.server.Token.Admits(h.Token):
		return nil, &end{websocket.StatusPolicyViolation, "this is not the token of this node – open the link that it shows"}
	default:
		v.owner, v.client, v.limit, first = true, v.server.Owner(), jsonl.MaxLine, chat.Attach{Apart: true}
		v.conn.trust()
		v.pace = nil
	}
	sub := v.client.Subscribe()
	if v.client.Do(v.ctx, h.Ref, first) != nil {
		sub.Close()
		return nil, noNode
	}
	return sub, nil
}
