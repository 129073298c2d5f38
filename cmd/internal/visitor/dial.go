package visitor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/coder/websocket"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/jsonl"
	"tincan/cmd/internal/safe"
)

// Refused is the error of Dial when somebody has answered who does not let the visitor
// in: Why is safe to show.
type Refused struct{ Why string }

func (r *Refused) Error() string { return r.Why }

// Dial comes to the web door at addr, "host:port", as a guest who wants to be called
// name; "" leaves it to the node. It returns when he is let in, or a *Refused, or why
// nobody can be reached. ctx bounds the attempt, not what comes of it. The caller
// must Close.
func Dial(ctx context.Context, addr, name string) (*Visitor, error) {
	addr, err := numeric(ctx, addr)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}}
	return dial(ctx, addr, name, dialer.DialContext)
}

// connector makes connections, as net.Dialer.DialContext does.
type connector func(ctx context.Context, network, addr string) (net.Conn, error)

// numeric is addr without a name: doors answer to their addresses only, since a page
// of another site could come by a name of its own.
func numeric(ctx context.Context, addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return addr, nil
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(found[0].Unmap().String(), port), nil
}

// dial is Dial to an address without a name.
func dial(ctx context.Context, addr, name string, connect connector) (*Visitor, error) {
	v := &Visitor{told: make(chan []chat.Notify), over: make(chan struct{}), name: name}
	v.ctx, v.cancel = context.WithCancel(context.Background())
	v.alive = time.AfterFunc(silence, v.cancel)
	var reached atomic.Bool
	socket, answer, err := websocket.Dial(ctx, "ws://"+addr+"/ws", &websocket.DialOptions{
		HTTPClient: straight(connect, &reached),
		OnPingReceived: func(context.Context, []byte) bool {
			v.alive.Reset(silence)
			return true
		},
	})
	if err != nil {
		v.cancel()
		v.alive.Stop()
		switch {
		case answer != nil:
			return nil, &Refused{whyNot(answer)}
		case reached.Load() && ctx.Err() == nil && !gone(err):
			return nil, &Refused{"there is no web door of a node"}
		}
		return nil, err
	}
	socket.SetReadLimit(maxFrame)
	v.socket = socket
	first, err := v.enter(ctx)
	if err != nil {
		v.Close()
		return nil, err
	}
	go v.read(first) // ends with v.ctx, or with the connection
	return v, nil
}

// gone says that whoever answered has gone since.
func gone(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// straight asks the door itself, and goes nowhere else. It says whether somebody was
// reached.
func straight(connect connector, reached *atomic.Bool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := connect(ctx, network, addr)
				if err == nil {
					reached.Store(true)
				}
				return conn, err
			},
			MaxResponseHeaderBytes: maxHeader, DisableKeepAlives: true, DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// whyNot is what is said instead of becoming a WebSocket.
func whyNot(answer *http.Response) string {
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 400)) // what there is of it will do
	why, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	if answer.Header.Get("Content-Type") != "text/plain; charset=utf-8" || why == "" {
		return fmt.Sprintf("there is no web door of a node – the answer is %s", safe.Short(answer.Status, 40))
	}
	return safe.Short(why, 200)
}

// enter says who comes, waits for the answer, and returns what was told besides.
func (v *Visitor) enter(ctx context.Context) (rest []chat.Notify, err error) {
	hello, err := jsonl.AppendInstruction(nil, entering, chat.Enter{Name: v.name})
	if err != nil {
		return nil, &Refused{err.Error()}
	}
	if err := v.socket.Write(ctx, websocket.MessageText, hello); err != nil {
		return nil, v.refusal(err)
	}
	for {
		batch, err := v.frame(ctx)
		if err != nil {
			return nil, v.refusal(err)
		}
		for i, n := range batch {
			switch told := n.Notification.(type) {
			case chat.Entered:
				v.me = told
				return append(rest, batch[i+1:]...), nil
			case chat.Failed:
				return nil, &Refused{safe.Short(told.Text, 200)}
			}
			if rest = append(rest, n); len(rest) > maxBefore {
				return nil, &Refused{"it says many things and does not let you in"}
			}
		}
	}
}

// maxBefore bounds what may be told before a visitor is let in.
const maxBefore = 16

// refusal is what an error before he was let in means.
func (v *Visitor) refusal(err error) error {
	var end websocket.CloseError
	switch {
	case errors.As(err, &end) && end.Reason != "":
		return &Refused{safe.Short(end.Reason, 200)}
	case errors.Is(err, errJunk):
		return &Refused{"there is no web door of a node – " + errJunk.Error()}
	}
	return err
}
