package gateway

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/entrance"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/front/fronttest"
)

// street is a listener whose connections a test makes. They are pipes, so that
// time stands still while nothing happens.
type street struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newStreet() *street { return &street{make(chan net.Conn), make(chan struct{})} }

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

func (s *street) Addr() net.Addr { return nil }

// pipe is one end of a connection that comes from an address.
type pipe struct {
	net.Conn
	from string
}

func (p pipe) RemoteAddr() net.Addr {
	a, _ := net.ResolveTCPAddr("tcp", p.from)
	return a
}

// dial connects from an address.
func (s *street) dial(from string) net.Conn {
	here, there := net.Pipe()
	s.conns <- pipe{there, from}
	return here
}

// inBubble runs a test of a gateway on a street, in time of its own.
func inBubble(t *testing.T, run func(*testing.T, *street, *[]*fronttest.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newStreet()
		var guests []*fronttest.Client
		g := New(s, func() front.Client { // one at a time: see the tests
			guests = append(guests, &fronttest.Client{})
			return guests[len(guests)-1]
		}, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { // ends with ctx
			defer close(done)
			g.Run(ctx)
		}()
		defer func() { cancel(); <-done }()
		run(t, s, &guests)
	})
}

// first reads the greeting.
func first(t *testing.T, c net.Conn) {
	t.Helper()
	if got := head(c, len(greeting)); got != greeting {
		t.Fatalf("read %q", got)
	}
}

func head(c net.Conn, n int) string {
	p := make([]byte, n)
	n, _ = io.ReadFull(c, p)
	return string(p[:n])
}

func rest(c net.Conn) string {
	p, _ := io.ReadAll(c)
	return string(p)
}

// so far, without waiting.
func soFar(c *fronttest.Client) []fronttest.Asked {
	synctest.Wait()
	return c.Asked(context.Background(), 0)
}

func TestSilenceEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, s *street, guests *[]*fronttest.Client) {
		silent, busy := s.dial("192.0.2.1:1"), s.dial("192.0.2.1:2")
		first(t, silent)
		first(t, busy)
		began := time.Now()
		go func() { // ends with the connection
			time.Sleep(idleTime - time.Second)
			fmt.Fprintln(busy)
		}()
		want := "error: you have asked for nothing for 2m0s – this connection ends – connect again when you like\n"
		if got := rest(silent); got != want || time.Since(began) != idleTime {
			t.Errorf("after %v: %q", time.Since(began), got)
		}
		if got := rest(busy); got != want || time.Since(began) != 2*idleTime-time.Second {
			t.Errorf("after %v: %q", time.Since(began), got)
		}
		if len(*guests) > 0 {
			t.Errorf("%d guests came", len(*guests))
		}
		entered := s.dial("192.0.2.1:3")
		first(t, entered)
		fmt.Fprintln(entered, "hi")
		synctest.Wait()
		time.Sleep(10 * idleTime)
		(*guests)[0].Tell(notice("still here"))
		if got := head(entered, 13); got != "* still here\n" {
			t.Errorf("read %q", got)
		}
		entered.Close()
	})
}

func TestFloodWaits(t *testing.T) {
	for _, c := range []struct {
		name        string
		line        string
		times, free int
		last        time.Duration
	}{
		{"short lines", "x", 150, lineBurst, 50 * time.Second / linesPerSecond},
		{"long lines", strings.Repeat("x", 8*lineBytes-1), 20, lineBurst / 9, 80 * time.Second / linesPerSecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *street, guests *[]*fronttest.Client) {
				v := s.dial("192.0.2.1:1")
				first(t, v)
				began := time.Now()
				go func() { // ends with the connection
					for range c.times {
						fmt.Fprintln(v, c.line)
					}
				}()
				synctest.Wait()
				node := (*guests)[0]
				if n := len(soFar(node)) - 1; n != c.free {
					t.Errorf("%d lines at once, want %d", n, c.free)
				}
				node.Asked(context.Background(), 1+c.times)
				if d := time.Since(began).Round(100 * time.Millisecond); d != c.last {
					t.Errorf("%d lines took %v, want %v", c.times, d, c.last)
				}
				v.Close()
			})
		})
	}
}

// TestWhoNeverReads: he is gone after writeTime, and nobody else notices.
func TestWhoNeverReads(t *testing.T) {
	inBubble(t, func(t *testing.T, s *street, guests *[]*fronttest.Client) {
		deaf, other := s.dial("192.0.2.1:1"), s.dial("192.0.2.1:2")
		for _, v := range []net.Conn{deaf, other} {
			first(t, v)
			fmt.Fprintln(v, "hi")
			synctest.Wait()
		}
		began := time.Now()
		for range 1000 {
			for _, node := range *guests {
				node.Tell(notice("a line"))
			}
			if got := head(other, 9); got != "* a line\n" {
				t.Fatalf("the other one read %q", got)
			}
		}
		if time.Since(began) > 0 {
			t.Errorf("the other one waited for %v", time.Since(began))
		}
		if asked := (*guests)[0].Asked(context.Background(), 3); asked[2].In != (chat.Exit{}) || time.Since(began) != writeTime {
			t.Errorf("after %v: %v", time.Since(began), asked)
		}
		deaf.Close()
		other.Close()
	})
}

// TestWhoNeverReadsMayQuit: what is not read in time is not waited for.
func TestWhoNeverReadsMayQuit(t *testing.T) {
	inBubble(t, func(t *testing.T, s *street, guests *[]*fronttest.Client) {
		v := s.dial("192.0.2.1:1")
		first(t, v)
		fmt.Fprintln(v, "hi")
		synctest.Wait()
		node := (*guests)[0]
		node.Tell(notice("a line"), chat.Notify{Notification: chat.Ended{}})
		fmt.Fprintln(v, `\quit`)
		began := time.Now()
		node.Asked(context.Background(), 3)
		if _, err := v.Write([]byte("x")); err == nil || time.Since(began) > partTime+goodbyeTime {
			t.Errorf("after %v the connection is open: %v", time.Since(began), err)
		}
	})
}

func TestTooMany(t *testing.T) {
	for _, c := range []struct {
		name string
		from func(i int) string
		most int
		want string
	}{
		{"from one address", func(i int) string { return fmt.Sprintf("[::ffff:192.0.2.1]:%d", i+1) }, maxFromOne,
			"error: 64 connections are open from 192.0.2.1 – there may be no more from one address – close one first\n"},
		{"from everywhere", func(i int) string { return fmt.Sprintf("192.0.%d.%d:1", i/250, i%250) }, maxGuests,
			"error: 1024 guests are here – there is no room for more – try again later\n"},
		{"from this machine", func(i int) string { return fmt.Sprintf("127.0.0.1:%d", i+1) }, maxGuests,
			"error: 1024 guests are here – there is no room for more – try again later\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *street, guests *[]*fronttest.Client) {
				var open []net.Conn
				for i := range c.most {
					v := s.dial(c.from(i))
					first(t, v)
					open = append(open, v)
				}
				if got := rest(s.dial(c.from(c.most))); got != c.want {
					t.Errorf("one too many read %q, want %q", got, c.want)
				}
				deaf := s.dial(c.from(c.most))
				synctest.Wait()
				began := time.Now()
				open[0].Close()
				synctest.Wait()
				next := s.dial(c.from(0))
				first(t, next)
				if time.Since(began) > entrance.DismissTime {
					t.Errorf("who does not read why held up the next for %v", time.Since(began))
				}
				deaf.Close()
				next.Close()
				for _, v := range open {
					v.Close()
				}
			})
		})
	}
}
