package gateway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/node"
)

// real is a guest of a real node.
type real struct {
	*node.Node
	id chat.User
}

func (r real) Do(ctx context.Context, ref string, in chat.Instruction) error {
	return r.Node.Do(ctx, r.id, ref, in)
}

func (r real) Subscribe() front.Subscription { return r.Node.Subscribe(r.id) }

// used is what the process holds.
func used(t *testing.T) (goroutines, files int) {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("there is no /proc to count open files in")
	}
	return runtime.NumGoroutine(), len(open)
}

// Hundreds of guests of a real node do what they like, all at once: another guest
// is served meanwhile, and nothing of them is left when they are gone.
func TestRudeGuestsOfARealNode(t *testing.T) {
	const each = 60
	n, err := node.New(node.Config{PeerNo: 1701, Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Name: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = n.Run(ctx) }) // ends with ctx
	g := New(l, func() front.Client { return real{n, n.NewUser()} }, slog.New(slog.DiscardHandler))
	running.Go(func() { g.Run(ctx) }) // likewise
	defer running.Wait()
	defer cancel()

	dial := func() net.Conn {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Error(err)
			return nil
		}
		conn.SetDeadline(time.Now().Add(patience))
		return conn
	}
	civil := func(name string) (net.Conn, *bufio.Reader) {
		conn := dial()
		fmt.Fprintf(conn, "join #civil %s\n", name)
		return conn, bufio.NewReader(conn)
	}
	reads := func(in *bufio.Reader, want string) {
		t.Helper()
		for {
			text, err := in.ReadString('\n')
			if err != nil {
				t.Fatalf("wait for %q: %v", want, err)
			}
			if strings.Contains(text, want) {
				return
			}
		}
	}
	ann, annReads := civil("anna")
	reads(annReads, "#civil")
	bob, bobReads := civil("bob")
	reads(bobReads, "#civil")
	goroutines, files := used(t)

	var rude sync.WaitGroup
	crowd := func(do func(conn net.Conn, i int)) {
		for i := range each {
			rude.Go(func() {
				conn := dial()
				if conn == nil {
					return
				}
				defer conn.Close()
				do(conn, i)
			})
		}
	}
	crowd(func(conn net.Conn, i int) { // in and out of channels
		fmt.Fprintln(conn, "/nick anna")
		for j := range 40 {
			fmt.Fprintf(conn, "/join #made-up%d-%d\n/part\n", i, j)
		}
		fmt.Fprintln(conn, `\quit`)
		io.Copy(io.Discard, conn)
	})
	crowd(func(conn net.Conn, i int) { // as many places as there are, and gone
		for j := range 98 {
			fmt.Fprintf(conn, "/join #place%d-%d\n", i, j)
		}
		for r := bufio.NewReader(conn); ; {
			if text, err := r.ReadString('\n'); strings.Contains(text, "leave one first") {
				return
			} else if err != nil {
				t.Errorf("guest %d is in 98 conversations: %v", i, err)
				return
			}
		}
	})
	crowd(func(conn net.Conn, i int) { // a session with somebody who may be gone, and gone
		fmt.Fprintf(conn, "join #civil rude%d\n\\fork rude%d\npsst\n\\fork bob\n", i, (i+1)%each)
		r := bufio.NewReader(conn)
		for range 8 {
			r.ReadString('\n')
		}
	})
	crowd(func(conn net.Conn, i int) { // a flood of direct messages to one
		fmt.Fprintln(conn, `/nick flood`)
		for range 90 {
			fmt.Fprintln(conn, "dm anna@1701 you are a winner")
		}
		fmt.Fprintln(conn, `\quit`)
		io.Copy(io.Discard, conn)
	})
	crowd(func(conn net.Conn, i int) { // what is no line of text
		conn.Write([]byte("\x00\xff\xfb\x01\x1b[2J\xe2\x80"))
		conn.Write([]byte(strings.Repeat("x", 1<<17)))
		fmt.Fprintf(conn, "\njoin #civil \u202e\nhalf a line")
	})
	crowd(func(conn net.Conn, i int) { // asks for much and never reads
		fmt.Fprintf(conn, "join #civil deaf%d\n", i)
		for range 90 {
			fmt.Fprintln(conn, "/help")
		}
	})
	done := make(chan struct{})
	go func() { // ends with the rude
		defer close(done)
		rude.Wait()
	}()
	var longest time.Duration
	rounds := 0
	for busy := true; busy; rounds++ {
		began := time.Now()
		fmt.Fprintf(ann, "round %d\n", rounds)
		reads(bobReads, fmt.Sprintf("round %d", rounds))
		longest = max(longest, time.Since(began))
		select {
		case <-done:
			busy = false
		case <-time.After(100 * time.Millisecond): // ann is held to the pace of a guest
		}
	}
	t.Logf("%d rounds, the longest took %v", rounds, longest)
	if longest > 3*time.Second {
		t.Errorf("a line took %v", longest)
	}
	deadline := time.Now().Add(patience)
	for {
		now, open := used(t)
		if now <= goroutines+3 && open <= files+1 {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("%d goroutines and %d open files, %d and %d before", now, open, goroutines, files)
			break
		}
		time.Sleep(20 * time.Millisecond) // between looks
	}
	fmt.Fprintln(ann, "/names")
	reads(annReads, "bob")
	fmt.Fprintln(bob, "/whois rude1")
	reads(bobReads, "rude1")
	ann.Close()
	bob.Close()
}
