package main

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/coder/websocket"

	"tincan/cmd/lab/internal/floor"
)

// A speech is how a crowd talks with a door: in lines, which come in what it dials.
type speech struct {
	dial  func(ctx context.Context, door string) (net.Conn, error)
	enter func(name string) []string // what is said first, a line each
	say   func(text string) string
	hear  func(line string) (text string) // "" if it is none
}

// speeches by their names.
var speeches = map[string]speech{
	"lines": {
		dial: func(ctx context.Context, door string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "tcp", door)
		},
		enter: func(name string) []string { return []string{fmt.Sprintf("join %s %s", benchChannel, name)} },
		say:   func(text string) string { return text },
		hear:  func(line string) string { return line[max(0, len(line)-floor.TextSize):] },
	},
	"web": {
		dial: func(ctx context.Context, door string) (net.Conn, error) {
			c, _, err := websocket.Dial(ctx, "ws://"+door+"/ws", nil)
			if err != nil {
				return nil, err
			}
			c.SetReadLimit(-1)
			return websocket.NetConn(context.Background(), c, websocket.MessageText), nil
		},
		enter: func(name string) []string {
			return []string{fmt.Sprintf(`{"do":"enter","name":%q}`, name), fmt.Sprintf(`{"do":"join","channel":%q}`, benchChannel)}
		},
		say: func(text string) string {
			return fmt.Sprintf(`{"do":"say","conversation":%q,"text":%q}`, benchChannel, text)
		},
		hear: func(line string) string {
			_, text, _ := strings.Cut(line, `"text":"`)
			text, _, _ = strings.Cut(text, `"`)
			return text
		},
	},
}
