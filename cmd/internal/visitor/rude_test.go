package visitor

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"tincan/behaviour/chat"
)

const welcome = `{"v":1,"type":"entered","ref":"visitor/enter","me":{"id":"p","name":"","guest":"guest"},"asked":""}` + "\n"

// rude is something that looks like a web door. serve has a WebSocket that a visitor
// has said who he is on.
func rude(t *testing.T, serve func(ctx context.Context, c *websocket.Conn)) (addr string) {
	return server(t, func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer c.CloseNow()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if _, _, err := c.Read(ctx); err == nil {
			serve(ctx, c)
		}
	})
}

func server(t *testing.T, h http.HandlerFunc) (addr string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// What answers and is no door is told so, in a few words that are safe to show.
func TestNoDoor(t *testing.T) {
	says := func(frames ...string) func(context.Context, *websocket.Conn) {
		return func(ctx context.Context, c *websocket.Conn) {
			for _, f := range frames {
				if c.Write(ctx, websocket.MessageText, []byte(f)) != nil {
					return
				}
			}
			c.Read(ctx) // until he has had enough
		}
	}
	const no = "there is no web door of a node"
	for _, c := range []struct {
		name, addr, why string
	}{
		{"a page", server(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }), no + " – the answer is 200 OK"},
		{"not found", server(t, http.NotFound), "404 page not found"},
		{"no text", server(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }), no + " – the answer is 500 Internal Server Error"},
		{"a text for the screen", server(t, func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "come \x1b[2J later\nor never", http.StatusServiceUnavailable)
		}), `come \x1b[2J later`},
		{"a way elsewhere", server(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		}), no + " – the answer is 302 Found"},
		{"an endless head", server(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) }), no},
		{"a gateway", lines(t, "* this is tincan\n"), no},
		{"no node", rude(t, says("hello")), no + " – what it says is not JSON of this chat"},
		{"no object", rude(t, says("7\n")), no + " – what it says is not JSON of this chat"},
		{"an array", rude(t, says("[1]\n")), no + " – what it says is not JSON of this chat"},
		{"half an object", rude(t, says(`{"v":1,`)), no + " – what it says is not JSON of this chat"},
		{"bytes", rude(t, func(ctx context.Context, c *websocket.Conn) {
			c.Write(ctx, websocket.MessageBinary, []byte(welcome))
			c.Read(ctx)
		}), no + " – what it says is not JSON of this chat"},
		{"full", rude(t, says(`{"v":1,"type":"error","code":"overloaded","text":"as many guests\u001b as it takes"}`)), `as many guests\x1b as it takes`},
		{"an end with a reason", rude(t, func(_ context.Context, c *websocket.Conn) { c.Close(websocket.StatusTryAgainLater, "later") }), "later"},
		{"much", rude(t, says(strings.Repeat(`{"v":1,"type":"notice","text":"x"}`+"\n", maxBefore+1))), "it says many things and does not let you in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := Dial(soon(t), c.addr, "anna")
			var refused *Refused
			if v != nil || !errors.As(err, &refused) || refused.Why != c.why {
				t.Errorf("%v; want %s", err, c.why)
			}
		})
	}
}

// lines is a server that says something at once, and is no web server.
func lines(t *testing.T, text string) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() { // ends with l
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, text)
			io.Copy(io.Discard, conn)
			conn.Close()
		}
	}()
	return l.Addr().String()
}

// One that answers nothing is nobody, when the time is up.
func TestMute(t *testing.T) {
	for name, addr := range map[string]string{
		"takes connections": lines(t, ""),
		"takes the visitor": rude(t, func(ctx context.Context, c *websocket.Conn) { c.Read(ctx) }),
		"goes":              rude(t, func(context.Context, *websocket.Conn) {}),
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		v, err := Dial(ctx, addr, "")
		cancel()
		if v != nil || err == nil || errors.As(err, new(*Refused)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// After he is in, what is no door's ends the connection, with a reason where there is
// one; what a later version may say does not.
func TestRudeDoor(t *testing.T) {
	write := func(frames ...string) func(context.Context, *websocket.Conn) {
		return func(ctx context.Context, c *websocket.Conn) {
			for _, f := range frames {
				c.Write(ctx, websocket.MessageText, []byte(f))
			}
			c.Read(ctx)
		}
	}
	ended := func(why string) []chat.Notify {
		return []chat.Notify{{Notification: chat.Failed{Text: "this connection has ended – " + why}}}
	}
	for _, c := range []struct {
		name string
		does func(context.Context, *websocket.Conn)
		want []chat.Notify
	}{
		{"junk", write("junk\n"), ended("what it says is not JSON of this chat")},
		{"nothing", func(_ context.Context, c *websocket.Conn) { c.CloseNow() }, nil},
		{"a huge frame", write(strings.Repeat("x", maxFrame+1)), ended("one thing has more than 16 MiB – ask for less")},
		{"an end with a reason", func(_ context.Context, c *websocket.Conn) { c.Close(websocket.StatusPolicyViolation, "go\x1b away") }, ended(`go\x1b away`)},
		{"the node ends", func(_ context.Context, c *websocket.Conn) {
			c.Close(websocket.StatusGoingAway, "the node has ended")
		}, nil},
		{"an end as if he had asked", func(_ context.Context, c *websocket.Conn) { c.Close(websocket.StatusNormalClosure, "") }, nil},
		{"the future", func(ctx context.Context, c *websocket.Conn) {
			c.Write(ctx, websocket.MessageText, []byte(`{"v":2,"type":"hologram"}`+"\n"+`{"v":1,"type":"notice","text":"hi"}`+"\n"))
			c.Close(websocket.StatusGoingAway, "")
		}, []chat.Notify{{Notification: chat.Notice{Text: "hi"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr := rude(t, func(ctx context.Context, s *websocket.Conn) {
				s.Write(ctx, websocket.MessageText, []byte(welcome))
				c.does(ctx, s)
			})
			v := come(t, addr, "")
			sub := v.Subscribe()
			hears(t, sub, c.want...)
			if batch, err := sub.Next(soon(t)); err != io.EOF {
				t.Errorf("then %+v, %v", batch, err)
			}
		})
	}
}

// A door that is silent for too long is gone; one that asks whether somebody is there
// is not.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pipes{make(chan net.Conn), make(chan struct{})}
		s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, err := websocket.Accept(w, r, nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.CloseNow()
			c.Read(t.Context())
			c.Write(t.Context(), websocket.MessageText, []byte(welcome))
			reading := c.CloseRead(context.Background())
			for range 5 {
				time.Sleep(silence * 9 / 10)
				if err := c.Ping(t.Context()); err != nil {
					t.Errorf("he is gone, although the door asks: %v", err)
				}
			}
			<-reading.Done()
		})}
		go s.Serve(l) // ends with s
		begun := time.Now()
		v, err := dial(t.Context(), "127.0.0.1:1", "", l.dial)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Subscribe().Next(t.Context()); err != io.EOF {
			t.Errorf("the door is silent: %v", err)
		}
		if lasted := time.Since(begun); lasted != 5*(silence*9/10)+silence {
			t.Errorf("he was gone after %v", lasted)
		}
		v.Close()
		s.Close()
	})
}

// pipes is a listener within the process.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	p.conns <- far
	return near, nil
}
