package web

import (
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
	"tincan/cmd/internal/token"
	"tincan/node"
)

// seat is a seat of a real node.
type seat struct{ node.Seat }

func (s seat) Subscribe() front.Subscription { return s.Seat.Subscribe() }

// openReal is a door to a real node.
func openReal(t *testing.T) *house {
	t.Helper()
	n, err := node.New(node.Config{PeerNo: 1702, Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Name: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{addr: l.Addr().String(), secret: token.New()}
	s, err := New(l, Options{
		Token: h.secret,
		Owner: func() front.Client { return seat{n.Seat(chat.Owner)} },
		Guest: func() front.Client { return seat{n.Seat(n.NewUser())} },
		Log:   slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = n.Run(ctx) }) // ends with ctx
	running.Go(func() { s.Run(ctx) })     // likewise
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return h
}

// used is what the process holds.
func used(t *testing.T) (goroutines, files int) {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("NOT TESTED: there is no /proc to count open files in")
	}
	return runtime.NumGoroutine(), len(open)
}

// Two hundred guests and the owner hear each other, while others do what they like;
// nothing of these is left when they are gone.
func TestTwoHundredGuests(t *testing.T) {
	guests, each := 200, 20
	if testing.Short() {
		guests, each = 40, 5
	}
	h := openReal(t)
	owner := h.visit(t)
	owner.sends(enterOwner(h))
	owner.reads("type=ready")
	owner.sends(`{"do":"join","channel":"#civil","ref":"j"}`)
	owner.until("channel", "ref", "j")
	all := make([]*page, guests)
	for i := range all {
		all[i] = h.visit(t)
		all[i].sends(fmt.Sprintf(`{"do":"enter","name":"guest%d"}`, i))
		all[i].sends(`{"do":"join","channel":"#civil","ref":"j"}`)
		all[i].until("channel", "ref", "j")
	}
	goroutines, files := used(t)

	var rude sync.WaitGroup
	crowd := func(do func(r *raw, i int)) {
		for i := range each {
			r := h.raw(t)
			rude.Go(func() {
				defer r.Close()
				do(r, i)
			})
		}
	}
	enters := func(r *raw, name string) {
		r.Write(frame(fin|isText, fmt.Sprintf(`{"do":"enter","name":%q}`, name)))
	}
	crowd(func(r *raw, i int) {}) // gone at once
	crowd(func(r *raw, i int) {   // in and out of channels
		enters(r, "rude")
		for j := range 40 {
			r.Write(frame(fin|isText, fmt.Sprintf(`{"do":"join","channel":"#made-up%d-%d"}`, i, j)))
			r.Write(frame(fin|isText, `{"do":"part"}`))
		}
		r.Write(frame(fin|isText, `{"do":"quit"}`))
		io.Copy(io.Discard, r)
	})
	crowd(func(r *raw, i int) { // asks for much and never reads
		enters(r, "deaf")
		for range 90 {
			r.Write(frame(fin|isText, `{"do":"users","conversation":"#civil"}`))
			r.Write(frame(fin|isText, `{"do":"topology"}`))
		}
	})
	crowd(func(r *raw, i int) { // what is no WebSocket
		enters(r, "\u202e")
		r.Write([]byte(strings.Repeat("\x00\xff\x1b", 1000)))
		io.Copy(io.Discard, r)
	})
	crowd(func(r *raw, i int) { // private sessions with guests
		enters(r, fmt.Sprint("spy", i))
		r.Write(frame(fin|isText, `{"do":"join","channel":"#civil"}`))
		r.Write(frame(fin|isText, fmt.Sprintf(`{"do":"fork","to":"guest%d"}`, i)))
		for range 8 {
			if _, _, err := r.next(); err != nil {
				return
			}
		}
	})
	done := make(chan struct{})
	go func() { // ends with the rude
		defer close(done)
		rude.Wait()
	}()
	for busy, round := true, 0; busy || round < 3; round++ {
		select {
		case <-done:
			busy = false
		default:
		}
		text := fmt.Sprint("round ", round)
		all[round%guests].sends(fmt.Sprintf(`{"do":"say","conversation":"#civil","text":%q}`, text))
		for _, p := range append(all, owner) {
			p.until("message", "text", text)
		}
	}
	late := time.Now().Add(patience)
	for {
		now, open := used(t)
		if now <= goroutines+3 && open <= files+1 {
			break
		}
		if time.Now().After(late) {
			t.Errorf("%d goroutines and %d open files, %d and %d before", now, open, goroutines, files)
			break
		}
		time.Sleep(20 * time.Millisecond) // between looks: the system does not tell
	}
	owner.sends(`{"do":"users","conversation":"#civil","ref":"u"}`)
	if users := owner.until("users", "ref", "u")["users"].([]any); len(users) != guests+1 {
		t.Errorf("%d are in the channel, want %d", len(users), guests+1)
	}
}
