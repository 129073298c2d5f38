package entrance

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// One more than there is room for is told so, and has the place of the first who goes.
// How many may come from one address the gateway tests, which can have several.
func TestRoomForOne(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := New(l, "door", slog.New(slog.DiscardHandler))
	e.Most, e.MostFromOne, e.Whom = 1, 1, "guests"
	e.Refusal = func(why string) []byte { return []byte("no: " + why + "\n") }
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	left := make(chan struct{}, 2)
	go func() { // ends with ctx
		defer close(done)
		e.Run(ctx, func(ctx context.Context, conn net.Conn) {
			defer func() { left <- struct{}{} }()
			_, _ = conn.Write([]byte("yes\n"))
			_, _ = io.Copy(io.Discard, conn)
			Linger(ctx, conn)
		})
	}()
	visit := func() (net.Conn, string) {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		var said [4]byte
		if _, err := io.ReadFull(conn, said[:]); err != nil {
			t.Fatal(err)
		}
		return conn, string(said[:])
	}
	first, said := visit()
	if said != "yes\n" {
		t.Errorf("the first is told %q", said)
	}
	second, said := visit()
	if rest, err := io.ReadAll(second); err != nil || !strings.HasPrefix(said+string(rest), "no: 1 guests are here") {
		t.Errorf("the second is told %q, %v", said+string(rest), err)
	}
	second.Close()
	first.Close()
	<-left
	for said = "no"; said != "yes\n"; { // the place is free a moment later
		var third net.Conn
		third, said = visit()
		third.Close()
	}
	cancel()
	<-done
}

// Who is barred is told why, and takes nobody's place.
func TestBarred(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := New(l, "door", slog.New(slog.DiscardHandler))
	e.Most, e.MostFromOne, e.Whom = 1, 1, "guests"
	e.Bar = func(net.Conn) []byte { return []byte("never\n") }
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { // ends with ctx
		defer close(done)
		e.Run(ctx, func(_ context.Context, conn net.Conn) {
			t.Error("somebody is served")
			conn.Close()
		})
	}()
	for range 3 {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if said, err := io.ReadAll(conn); err != nil || string(said) != "never\n" {
			t.Errorf("told %q, %v", said, err)
		}
		if n := e.Open(); n != 0 {
			t.Errorf("%d places are taken", n)
		}
		conn.Close()
	}
	cancel()
	<-done
}
