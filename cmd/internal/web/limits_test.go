package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/front/fronttest"
	"tincan/cmd/internal/token"
)

// street is a listener whose connections a test makes. They are pipes, so that
// time stands still while nothing happens.
type street struct {
	t      *testing.T
	conns  chan net.Conn
	closed chan struct{}
	secret token.Token
	guests []*fronttest.Client
}

func (s *street) Accept() (net.Conn, error) {
	select {
	case c := <-s.conns:
		return c, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

func (s *street) Close() error {
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
	return nil
}

const streetAddr = "127.0.0.1:8080"

func (s *street) Addr() net.Addr { return address(streetAddr) }

type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }

// pipe is one end of a connection that comes from an address.
type pipe struct {
	net.Conn
	from string
}

func (p pipe) RemoteAddr() net.Addr { return address(p.from) }

// dial connects from an address.
func (s *street) dial(from string) net.Conn {
	here, there := net.Pipe()
	s.conns <- pipe{there, from}
	return here
}

// elsewhere is where strangers come from.
const elsewhere = "192.0.2.1:1"

// raw makes a WebSocket from there.
func (s *street) raw(from string) *raw { return shake(s.t, s.dial(from), streetAddr) }

// inBubble runs a test of a door on a street, in time of its own.
func inBubble(t *testing.T, run func(*testing.T, *street)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &street{t: t, conns: make(chan net.Conn), closed: make(chan struct{}), secret: token.New()}
		door, err := New(s, Options{
			Token: s.secret,
			Owner: func() front.Client { return &fronttest.Client{Answer: polite} },
			Guest: func() front.Client { // one at a time: see the tests
				s.guests = append(s.guests, &fronttest.Client{Answer: polite})
				return s.guests[len(s.guests)-1]
			},
			Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { // ends with ctx
			defer close(done)
			door.Run(ctx)
		}()
		defer func() { cancel(); <-done }()
		run(t, s)
	})
}

// after compares how long something took.
func after(t *testing.T, began time.Time, want time.Duration) {
	t.Helper()
	if d := time.Since(began).Round(100 * time.Millisecond); d != want {
		t.Errorf("it took %v, want %v", d, want)
	}
}

// TestSlowHead: the slow part of row 96 of the bad input.
func TestSlowHead(t *testing.T) {
	inBubble(t, func(t *testing.T, s *street) {
		c := s.dial(elsewhere)
		began := time.Now()
		var slow sync.WaitGroup
		defer slow.Wait()
		slow.Go(func() { // ends with the connection
			for _, b := range []byte("GET / HTTP/1.1\r\nHost: " + streetAddr + "\r\n") {
				if _, err := c.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
		io.Copy(io.Discard, c)
		if d := time.Since(began); d > headTime+time.Second {
			t.Errorf("it took %v", d)
		}
	})
}

// TestSilence: connections that nobody uses end.
func TestSilence(t *testing.T) {
	inBubble(t, func(t *testing.T, s *street) {
		began := time.Now()
		io.Copy(io.Discard, s.dial(elsewhere)) // never asks
		after(t, began, headTime)

		c := s.dial(elsewhere) // asks once
		began = time.Now()
		go fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", streetAddr) // ends with the connection
		r, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, r.Body)
		io.Copy(io.Discard, c)
		after(t, began, idleTime)

		v := s.raw(elsewhere) // does not say who he is
		began = time.Now()
		v.ends(websocket.StatusTryAgainLater, "not said who you are")
		after(t, began, enterTime)
		v.Close()

		v = s.raw(elsewhere) // says it slowly
		began = time.Now()
		v.writes(frame(more|isText, `{"do":`))
		time.Sleep(enterTime - time.Second)
		go v.Write(frame(more|goOn, `"enter"`)) // ends with the connection
		v.ends(websocket.StatusTryAgainLater, "not said who you are")
		after(t, began, enterTime)
		v.Close()
		if len(s.guests) > 0 {
			t.Errorf("%d guests came", len(s.guests))
		}
	})
}

// TestFramesWithoutEnd: a text that never ends, however little is in it.
func TestFramesWithoutEnd(t *testing.T) {
	for name, part := range map[string][]byte{"empty": frame(more|goOn, ""), "a byte": frame(more|goOn, "x"), "a frame that stops": nil} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *street) {
				v := s.raw(elsewhere)
				v.enters()
				time.Sleep(10 * time.Second) // between frames there is no hurry
				began := time.Now()
				var slow sync.WaitGroup
				defer slow.Wait()
				slow.Go(func() { // ends with the connection
					v.Write(frame(more|isText, "{"))
					if part == nil {
						v.Write(head(fin|goOn, withMask, 100))
						return
					}
					for {
						if _, err := v.Write(part); err != nil {
							return
						}
						time.Sleep(time.Second / 10)
					}
				})
				v.ends(websocket.StatusPolicyViolation, "more than 10 s")
				after(t, began, frameTime)
				v.Close()
			})
		})
	}
}

// TestGone: who does not answer is asked again, and then gone.
func TestGone(t *testing.T) {
	inBubble(t, func(t *testing.T, s *street) {
		v := s.raw(elsewhere)
		v.enters()
		began := time.Now()
		for range 3 { // there
			opcode, text, err := v.next()
			if opcode != isPing || err != nil {
				t.Fatalf("read %d, %v", opcode, err)
			}
			v.writes(frame(fin|0xa, string(text)))
		}
		after(t, began, 3*pingEvery)
		if opcode, _, err := v.next(); opcode != isPing || err != nil { // not any more
			t.Fatalf("read %d, %v", opcode, err)
		}
		v.ends(websocket.StatusPolicyViolation, "not answered")
		after(t, began, 4*pingEvery+pongTime)
		v.Close()
		if got := s.guests[0].Asked(context.Background(), 2); got[1].In != (chat.Exit{}) {
			t.Errorf("asked %v", got)
		}
	})
}

// TestFloodWaits: a guest is held to his pace, the owner is not.
func TestFloodWaits(t *testing.T) {
	const many = 400
	inBubble(t, func(t *testing.T, s *street) {
		for _, c := range []struct {
			name string
			sent []byte
			want time.Duration
		}{
			{"instructions", frame(fin|isText, `{"do":"hello"}`), (many - frameBurst) * time.Second / framesPerSecond},
			{"what is none", frame(fin|isText, `{`), (many - frameBurst) * time.Second / framesPerSecond},
			{"pings", frame(fin|isPing, "x"), (many - frameBurst) * time.Second / framesPerSecond},
		} {
			v := s.raw(elsewhere)
			go io.Copy(io.Discard, v.in) // ends with the connection
			v.writes(frame(fin|isText, `{"do":"enter"}`))
			began := time.Now()
			for range many {
				v.writes(c.sent)
			}
			v.writes(frame(fin|isText, `{"do":"ls"}`))
			node := s.guests[len(s.guests)-1]
			for n := 1; ; n++ {
				got := node.Asked(context.Background(), n)
				if got[n-1].In == (chat.ListPeers{}) {
					break
				}
			}
			if d := time.Since(began); d < c.want || d > c.want+time.Second {
				t.Errorf("%s: %v, want %v", c.name, d, c.want)
			}
			v.Close()
		}
		v := s.raw("127.0.0.1:1")
		go io.Copy(io.Discard, v.in) // ends with the connection
		v.writes(frame(fin|isText, `{"do":"enter","token":"`+s.secret.String()+`"}`))
		began := time.Now()
		for range many {
			v.writes(frame(fin|isText, `{"do":"broadcast","text":"`+strings.Repeat("x", 8<<10)+`"}`))
		}
		after(t, began, 0)
		v.Close()
	})
}

// TestFloodOfRequests: what is no WebSocket is held to its pace too.
func TestFloodOfRequests(t *testing.T) {
	inBubble(t, func(t *testing.T, s *street) {
		c := s.dial(elsewhere)
		go io.Copy(io.Discard, c) // ends with the connection
		request := "GET /nothing HTTP/1.1\r\nHost: " + streetAddr + "\r\nX: " + strings.Repeat("x", 2<<10) + "\r\n\r\n"
		began := time.Now()
		const seconds = 10
		for sent := 0; sent < byteBurst+seconds*bytesPerSecond; sent += len(request) {
			if _, err := io.WriteString(c, request); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(began); d < (seconds-1)*time.Second {
			t.Errorf("they took %v", d)
		}
		c.Close()
	})
}

// TestTooMany: 10,000 connections, of which none says anything.
func TestTooMany(t *testing.T) {
	for _, c := range []struct {
		name string
		from func(i int) string
		most int
		want string
	}{
		{"from one address", func(int) string { return elsewhere }, maxFromOne, "128 connections are open from 192.0.2.1"},
		{"from everywhere", func(i int) string { return fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255) }, maxConns - keptForUs, "all places are taken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *street) {
				var all []net.Conn
				for i := range 10_000 {
					all = append(all, s.dial(c.from(i)))
				}
				synctest.Wait()
				closed := 0
				for _, conn := range all {
					conn.SetReadDeadline(time.Now())
					if _, err := conn.Read(make([]byte, 1)); err == io.EOF {
						closed++
					}
				}
				if want := len(all) - c.most - maxDismissed; closed != want {
					t.Errorf("%d are closed at once, want %d", closed, want)
				}
				told := all[c.most]
				told.SetDeadline(time.Now().Add(patience))
				go fmt.Fprintf(told, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", streetAddr) // ends with the connection
				r, err := http.ReadResponse(bufio.NewReader(told), nil)
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(r.Body)
				if r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), c.want) {
					t.Errorf("%s: %s", r.Status, body)
				}
				owner := s.raw("127.0.0.1:1")
				owner.writes(frame(fin|isText, `{"do":"enter","token":"`+s.secret.String()+`"}`))
				if got := owner.text(); !strings.Contains(got, `"type":"ready"`) {
					t.Errorf("the owner is told %s", got)
				}
				owner.Close()
				time.Sleep(headTime + lingerTime)
				next := s.raw(c.from(0)) // there is room again
				next.Close()
				for _, conn := range all {
					conn.Close()
				}
			})
		})
	}
}

// TestTooManyVisitors: those who talk are bounded by themselves.
func TestTooManyVisitors(t *testing.T) {
	inBubble(t, func(t *testing.T, s *street) {
		var all []*raw
		for i := range maxVisitors - keptForUs {
			v := s.raw(fmt.Sprintf("10.0.%d.%d:1", i>>8, i&255))
			v.enters()
			all = append(all, v)
		}
		c := s.dial(elsewhere)
		go io.WriteString(c, strings.ReplaceAll("GET /ws HTTP/1.1\nHost: "+streetAddr+upgrade+"\n\n", "\n", "\r\n")) // ends with the connection
		r, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("one too many: %v, %v", r, err)
		}
		c.Close()
		s.raw("127.0.0.1:1").Close() // the owner comes in all the same
		all[0].Close()
		synctest.Wait()
		s.raw(elsewhere).Close()
		for _, v := range all {
			v.Close()
		}
	})
}

// TestWhoIsNotLetIn: the node has no room, and says so before the end.
func TestWhoIsNotLetIn(t *testing.T) {
	h := open(t)
	h.answer = func(a fronttest.Asked) []chat.Notify {
		switch a.In.(type) {
		case chat.Enter, chat.Attach:
			return []chat.Notify{{Ref: a.Ref, Notification: chat.Failed{Code: chat.Overloaded, Text: "there are many"}}}
		}
		return nil
	}
	for _, first := range []string{`{"do":"enter","name":"anna"}`, enterOwner(h)} {
		p := h.visit(t)
		p.sends(first)
		p.reads("type=error", "code=overloaded")
		p.ends(websocket.StatusTryAgainLater, "does not let you in")
	}

	h.answer = polite
	guest, owner := h.visit(t), h.visit(t)
	guest.sends(`{"do":"enter"}`)
	guest.reads("type=entered")
	owner.sends(enterOwner(h))
	owner.reads("type=ready")
	h.guest(t, 1).Tell(chat.Notify{Notification: chat.Failed{Text: "a mistake"}}, notice("and on"))
	h.owner(t, 1).Tell(chat.Notify{Notification: chat.Failed{Text: "a mistake"}}, notice("and on"))
	for _, p := range []*page{guest, owner} {
		p.reads("type=error")
		p.reads("type=notice", "text=and on")
	}
}

// TestFault: a fault in one visit ends it with a reason, and no other.
func TestFault(t *testing.T) {
	h := open(t)
	other := h.visit(t)
	other.sends(enterOwner(h))
	other.reads("type=ready")
	for _, at := range []chat.Instruction{chat.Enter{}, chat.SayHello{}} {
		h.answer = func(a fronttest.Asked) []chat.Notify {
			if a.In == at {
				panic("a fault, for the test")
			}
			return polite(a)
		}
		p := h.visit(t)
		p.sends(`{"do":"enter"}`)
		if at != (chat.Enter{}) {
			p.reads("type=entered")
			p.sends(`{"do":"hello"}`)
		}
		p.ends(websocket.StatusInternalError, "a fault of the node's")
	}
	h.owner(t, 0).Tell(notice("and on"))
	other.reads("type=notice", "text=and on")
}

// TestTooSlowToLoad: who asks for the page and does not read it is not waited for.
func TestTooSlowToLoad(t *testing.T) {
	inBubble(t, func(t *testing.T, s *street) {
		c := s.dial(elsewhere)
		fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", streetAddr)
		began := time.Now()
		for {
			if _, err := c.Write([]byte("x")); err != nil {
				break
			}
			time.Sleep(time.Second / 10)
		}
		if d := time.Since(began); d > writeTime+lingerTime {
			t.Errorf("it took %v", d)
		}
	})
}
