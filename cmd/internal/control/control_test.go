//go:build linux || darwin || freebsd

package control

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/front/fronttest"
)

// patience bounds every wait.
const patience = 10 * time.Second

// me is who the paper node is.
var me = chat.Ready{Me: chat.Peer{ID: "p1", No: 1}, Network: "demo"}

// answers is what a paper node answers with.
func answers(a fronttest.Asked) []chat.Notify {
	switch a.In.(type) {
	case chat.Attach:
		return []chat.Notify{{Ref: a.Ref, Notification: me}}
	case chat.ListPeers:
		return []chat.Notify{{Ref: a.Ref, Notification: chat.PeerList{Peers: []chat.PeerInfo{{Peer: chat.Peer{ID: "p2", No: 2}, State: "here"}}}}}
	}
	return nil
}

// door is a served socket with the seats that were taken there.
type door struct {
	t      *testing.T
	path   string
	server *Server
	close  func() // ends the server and waits for it

	mu    sync.Mutex // guards seats
	seats []*fronttest.Client
	more  chan struct{} // one token a seat
}

// open serves a socket until the end of the test.
func open(t *testing.T) *door {
	t.Helper()
	d := &door{t: t, path: filepath.Join(t.TempDir(), "control.sock"), more: make(chan struct{}, 4096)}
	l, err := Listen(d.path)
	if err != nil {
		t.Fatal(err)
	}
	d.server = New(l, func() front.Client {
		c := &fronttest.Client{Answer: answers}
		d.mu.Lock()
		d.seats = append(d.seats, c)
		d.mu.Unlock()
		d.more <- struct{}{}
		return c
	}, slog.New(slog.DiscardHandler))
	return d
}

func (d *door) run() *door {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { d.server.Run(ctx); close(done) }()
	d.close = func() { cancel(); <-done }
	d.t.Cleanup(d.close)
	return d
}

// seat waits for the next front end and returns what it has of the node.
func (d *door) seat() *fronttest.Client {
	d.t.Helper()
	select {
	case <-d.more:
	case <-time.After(patience):
		d.t.Fatal("nobody has taken a seat")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seats[len(d.seats)-1]
}

// free waits until nobody is there any more.
func (d *door) free() {
	d.t.Helper()
	limit := time.After(patience)
	for tick := time.NewTicker(time.Millisecond); ; {
		open := d.server.entrance.Open()
		if open == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			d.t.Fatalf("%d are still there", open)
		}
	}
}

// dials connects a client, and reads that the node is ready.
func (d *door) dials() (*Client, front.Subscription) {
	d.t.Helper()
	c, err := Dial(d.path)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(c.Close)
	sub := c.Subscribe()
	d.next(sub, me)
	return c, sub
}

// next waits for the next notification.
func (d *door) next(sub front.Subscription, want chat.Notification) chat.Notify {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	batch, err := sub.Next(ctx)
	if err != nil || len(batch) != 1 || fmt.Sprintf("%+v", batch[0].Notification) != fmt.Sprintf("%+v", want) {
		d.t.Fatalf("told %+v, %v\nwant %+v", batch, err, want)
	}
	return batch[0]
}

// ends waits for the end.
func (d *door) ends(sub front.Subscription, want error) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if batch, err := sub.Next(ctx); !errors.Is(err, want) {
		d.t.Fatalf("told %+v, %v; want %v", batch, err, want)
	}
}

func (d *door) does(c *Client, ref string, in chat.Instruction) {
	d.t.Helper()
	if err := c.Do(d.t.Context(), ref, in); err != nil {
		d.t.Fatalf("%+v: %v", in, err)
	}
}

// raw connects as other programs do.
func (d *door) raw() (conn *net.UnixConn, out *bufio.Scanner) {
	d.t.Helper()
	c, err := net.Dial("unix", d.path)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	out = bufio.NewScanner(c)
	out.Buffer(nil, 1<<20)
	return c.(*net.UnixConn), out
}

// reads waits for lines with these parts, one after the other.
func (d *door) reads(out *bufio.Scanner, parts ...string) {
	d.t.Helper()
	for _, part := range parts {
		if !out.Scan() || !strings.Contains(out.Text(), part) {
			d.t.Fatalf("read %.200q, %v; want %q", out.Text(), out.Err(), part)
		}
	}
}

// A client is a front end like those in the node, and going ends nothing.
func TestAttachAskAndDetach(t *testing.T) {
	d := open(t).run()
	c, sub := d.dials()
	seat := d.seat()
	d.does(c, "1", chat.ListPeers{})
	if n := d.next(sub, chat.PeerList{Peers: []chat.PeerInfo{{Peer: chat.Peer{ID: "p2", No: 2}, State: "here"}}}); n.Ref != "1" {
		t.Errorf("answered to %q", n.Ref)
	}
	hi := chat.Shown{ID: chat.MessageID{Conversation: chat.Lobby, Ref: chat.Ref{LogKey: chat.LogKey{Author: "p2"}, Seq: 1}},
		From: chat.Peer{ID: "p2", No: 2}, Kind: chat.Text, Text: "hi", At: time.Unix(1, 0).UTC()}
	seat.Tell(chat.Notify{Notification: hi})
	d.next(sub, hi)
	d.does(c, "q", chat.Quit{})
	if n := d.next(sub, chat.Notice{Text: farewell}); n.Ref != "q" {
		t.Errorf("left with %q", n.Ref)
	}
	d.ends(sub, io.EOF)
	if err := c.Err(); err != nil {
		t.Error(err)
	}
	d.free()
	var done []string
	for _, a := range seat.Asked(t.Context(), 4) {
		done = append(done, fmt.Sprintf("%T", a.In))
	}
	if got := strings.Join(done, " "); got != "chat.Attach chat.ListPeers chat.Attach chat.Detach" {
		t.Errorf("the node was asked for %s", got)
	}
}

// The node's end is told to all who are there; they know why it was.
func TestNodeEnds(t *testing.T) {
	d := open(t).run()
	c, sub := d.dials()
	d.seat().Tell(chat.Notify{Notification: chat.Ended{Undelivered: 2, Kept: true}})
	d.close()
	d.next(sub, chat.Ended{Undelivered: 2, Kept: true})
	d.ends(sub, io.EOF)
	if err := c.Err(); err != nil {
		t.Error(err)
	}
}

func TestNodeVanishes(t *testing.T) {
	d := open(t).run()
	c, sub := d.dials()
	d.close()
	d.ends(sub, ErrGone)
	if err := c.Err(); !errors.Is(err, ErrGone) {
		t.Errorf("gone because of %v", err)
	}
	if _, err := Dial(d.path); !errors.Is(err, ErrNoNode) {
		t.Errorf("dialled again: %v", err)
	}
}

// Somebody who attaches to a node that is going hears its last words.
func TestLastWords(t *testing.T) {
	d := open(t).run()
	c, sub := d.dials()
	seat := d.seat()
	const n = 5000
	for i := range n {
		seat.Tell(chat.Notify{Notification: chat.Notice{Text: fmt.Sprint(i)}})
	}
	seat.Tell(chat.Notify{Notification: chat.Ended{}})
	go d.close()
	heard := 0
	for {
		batch, err := sub.Next(t.Context())
		if err != nil {
			break
		}
		heard += len(batch)
	}
	if heard != n+1 || c.Err() != nil {
		t.Errorf("heard %d of %d, %v", heard, n+1, c.Err())
	}
}

// What cannot be said in JSON is refused with its ref, and not changed.
func TestTextThatIsNotUTF8(t *testing.T) {
	d := open(t).run()
	c, sub := d.dials()
	done := make(chan error, 1)
	go func() { done <- c.Do(t.Context(), "1", chat.Broadcast{Text: "a\xff"}) }()
	if n := d.next(sub, chat.Failed{Code: chat.BadText, Text: "the text is not valid UTF-8; nothing was sent"}); n.Ref != "1" {
		t.Errorf("answered to %q", n.Ref)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Who gives up asking a node that takes nothing is free.
func TestSaturatedNode(t *testing.T) {
	d := open(t)
	gate := make(chan struct{}, 1)
	gate <- struct{}{} // for the first thing: the greeting
	d.server.newSeat = func() front.Client {
		return &fronttest.Client{Gate: gate, Answer: answers}
	}
	d.run()
	c, err := Dial(d.path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	full := make(chan error)
	go func() {
		text := strings.Repeat("x", chat.MaxText)
		for {
			if err := c.Do(ctx, "", chat.Broadcast{Text: text}); err != nil {
				full <- err
				return
			}
		}
	}()
	cancel()
	if err := <-full; !errors.Is(err, context.Canceled) {
		t.Errorf("gave up with %v", err)
	}
}

// A node that says nothing, and one that has no room, are no nodes to talk with.
func TestDialsInVain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := dial(path, time.Millisecond); !errors.Is(err, ErrSilent) {
		t.Errorf("a silent node: %v", err)
	}
	d := open(t)
	d.server.entrance.Most = 0
	d.run()
	var no *RefusedError
	if _, err := Dial(d.path); !errors.As(err, &no) || !strings.Contains(no.Text, "no room for more") {
		t.Errorf("a full node: %v", err)
	}
}
