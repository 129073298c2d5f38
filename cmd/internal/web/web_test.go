package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/front/fronttest"
	"tincan/cmd/internal/token"
)

func TestMain(m *testing.M) {
	// net/http sleeps for half a second before it closes a connection with input unread.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// patience bounds every wait: long enough for a busy machine.
const patience = 20 * time.Second

// house is a door on loopback to a node that exists on paper only.
type house struct {
	addr   string
	secret token.Token
	close  context.CancelFunc // ends the door and waits for it

	answer func(fronttest.Asked) []chat.Notify // of those who come from now on

	mu     sync.Mutex // guards what follows
	owners []*fronttest.Client
	guests []*fronttest.Client
	came   chan struct{} // closed and replaced at each new client
}

func open(t testing.TB) *house {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return openOn(t, l)
}

func openOn(t testing.TB, l net.Listener) *house {
	t.Helper()
	h := &house{addr: l.Addr().String(), secret: token.New(), answer: polite, came: make(chan struct{})}
	client := func(all *[]*fronttest.Client) func() front.Client {
		return func() front.Client {
			h.mu.Lock()
			defer h.mu.Unlock()
			c := &fronttest.Client{Answer: h.answer}
			*all = append(*all, c)
			close(h.came)
			h.came = make(chan struct{})
			return c
		}
	}
	s, err := New(l, Options{Token: h.secret, Owner: client(&h.owners), Guest: client(&h.guests), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { // ends with ctx
		defer close(done)
		s.Run(ctx)
	}()
	h.close = func() { cancel(); <-done }
	t.Cleanup(h.close)
	return h
}

// polite is what a core answers at least.
func polite(a fronttest.Asked) []chat.Notify {
	switch in := a.In.(type) {
	case chat.Attach:
		return []chat.Notify{{Ref: a.Ref, Notification: chat.Ready{Me: chat.Peer{ID: "12D3"}, Network: "lab"}}}
	case chat.Enter:
		return []chat.Notify{{Ref: a.Ref, Notification: chat.Entered{Me: chat.Peer{ID: "12D3", Guest: in.Name}, Asked: in.Name}}}
	case chat.Exit:
		return []chat.Notify{{Notification: chat.Ended{}}}
	}
	return nil
}

// client waits for the n-th of the clients, from 0.
func (h *house) client(t testing.TB, all *[]*fronttest.Client, n int) *fronttest.Client {
	t.Helper()
	late := time.After(patience)
	for {
		h.mu.Lock()
		clients, came := *all, h.came
		h.mu.Unlock()
		if len(clients) > n {
			return clients[n]
		}
		select {
		case <-came:
		case <-late:
			t.Fatalf("client %d did not come", n)
		}
	}
}

func (h *house) guest(t testing.TB, n int) *fronttest.Client { return h.client(t, &h.guests, n) }
func (h *house) owner(t testing.TB, n int) *fronttest.Client { return h.client(t, &h.owners, n) }

// count is how many owners and guests have come.
func (h *house) count() (owners, guests int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.owners), len(h.guests)
}

// page is a WebSocket of a browser's.
type page struct {
	*websocket.Conn
	t      testing.TB
	unread []string
}

// visit opens a WebSocket as the door's own page does.
func (h *house) visit(t testing.TB) *page {
	t.Helper()
	c, _, err := websocket.Dial(t.Context(), "ws://"+h.addr+socket, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"http://" + h.addr}}})
	if err != nil {
		t.Fatal(err)
	}
	c.SetReadLimit(-1)
	t.Cleanup(func() { c.CloseNow() })
	return &page{Conn: c, t: t}
}

func (p *page) sends(frame string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.Write(ctx, websocket.MessageText, []byte(frame)); err != nil {
		p.t.Fatalf("send %.100s: %v", frame, err)
	}
}

// told reads the next object, without what changes from run to run.
func (p *page) told() map[string]any {
	p.t.Helper()
	for len(p.unread) == 0 {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		_, frame, err := p.Read(ctx)
		cancel()
		if err != nil {
			p.t.Fatalf("read: %v", err)
		}
		text, whole := strings.CutSuffix(string(frame), "\n")
		if !whole {
			p.t.Fatalf("a frame ends within a line: %q", frame)
		}
		p.unread = strings.Split(text, "\n")
	}
	var o map[string]any
	if err := json.Unmarshal([]byte(p.unread[0]), &o); err != nil {
		p.t.Fatalf("read %q: %v", p.unread[0], err)
	}
	p.unread = p.unread[1:]
	return o
}

// reads compares some fields of the next object, as "type=…", "ref=…".
func (p *page) reads(want ...string) {
	p.t.Helper()
	o := p.told()
	for _, w := range want {
		key, value, _ := strings.Cut(w, "=")
		if got, _ := o[key].(string); got != value {
			p.t.Errorf("%s is %q in %v, want %q", key, got, o, value)
		}
	}
}

// until reads on to an object of a type in which a field has a value.
func (p *page) until(kind, key, value string) map[string]any {
	p.t.Helper()
	for {
		if o := p.told(); o["type"] == kind && o[key] == value {
			return o
		}
	}
}

// enterOwner is the first frame of the owner.
func enterOwner(h *house) string { return fmt.Sprintf(`{"do":"enter","token":"%v"}`, h.secret) }

// ends waits for the end and compares it.
func (p *page) ends(code websocket.StatusCode, why string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		_, frame, err := p.Read(ctx)
		if err == nil {
			p.unread = append(p.unread, string(frame))
			continue
		}
		var got websocket.CloseError
		if !errors.As(err, &got) || got.Code != code || !strings.Contains(got.Reason, why) {
			p.t.Errorf("it ends with %v, want %d %q", err, code, why)
		}
		return
	}
}

// asked waits for the instructions of a client and compares them all.
func asked(t testing.TB, c *fronttest.Client, want ...chat.Instruction) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var got []chat.Instruction
	for _, a := range c.Asked(ctx, len(want)) {
		got = append(got, a.In)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("asked\n %.1000v, want\n %.1000v", fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", want))
	}
}

func notice(text string) chat.Notify { return chat.Notify{Notification: chat.Notice{Text: text}} }

func TestOwner(t *testing.T) {
	h := open(t)
	p := h.visit(t)
	p.sends(`{"do":"enter","token":"` + h.secret.String() + `","ref":"e"}`)
	p.reads("type=ready", "ref=e", "network=lab")
	me := h.owner(t, 0)
	p.sends(`{"do":"say","conversation":"lobby","text":"hi","ref":"1"}`)
	asked(t, me, chat.Attach{Apart: true}, chat.Broadcast{Text: "hi"})
	me.Tell(notice("one"), notice("two"))
	p.reads("type=notice", "text=one")
	p.reads("type=notice", "text=two")
	p.sends(`{"do":"dm","ref":"2"}`)
	p.reads("type=error", "code=bad-request", "ref=2")
	p.sends(`{"do":"attach","apart":true,"ref":"3"}`) // nothing is before him any more
	p.sends(`{"do":"quit"}`)
	p.ends(websocket.StatusNormalClosure, "you have left")
	asked(t, me, chat.Attach{Apart: true}, chat.Broadcast{Text: "hi"}, chat.Attach{Apart: true}, chat.Detach{})
}

func TestGuest(t *testing.T) {
	h := open(t)
	p := h.visit(t)
	p.sends(`{"do":"enter","name":"anna"}`)
	p.reads("type=entered", "asked=anna")
	p.sends(`{"do":"join","channel":"#ops"}`)
	anna := h.guest(t, 0)
	asked(t, anna, chat.Enter{Name: "anna"}, chat.Join{Channel: "#ops"})
	p.sends(`{"do":"quit"}`)
	p.ends(websocket.StatusNormalClosure, "you have left")
	if len(p.unread) > 0 {
		t.Errorf("who has left is told %q", p.unread)
	}
	asked(t, anna, chat.Enter{Name: "anna"}, chat.Join{Channel: "#ops"}, chat.Exit{})

	other := h.visit(t)
	other.sends(`{"do":"enter"}`)
	other.reads("type=entered")
	other.CloseNow() // a lost line
	asked(t, h.guest(t, 1), chat.Enter{}, chat.Exit{})
}

func TestEndOfTheNode(t *testing.T) {
	h := open(t)
	silent, anna, bob := h.visit(t), h.visit(t), h.visit(t)
	anna.sends(enterOwner(h))
	anna.reads("type=ready")
	bob.sends(`{"do":"enter"}`)
	bob.reads("type=entered")
	h.owner(t, 0).Tell(notice("the end"), chat.Notify{Notification: chat.Ended{}})
	anna.reads("type=notice", "text=the end")
	anna.reads("type=notice", "code=ended")
	anna.ends(websocket.StatusGoingAway, "the node has ended")
	done := make(chan struct{})
	go func() { // ends with the door
		defer close(done)
		h.close()
	}()
	silent.ends(websocket.StatusGoingAway, "the node has ended")
	bob.ends(websocket.StatusGoingAway, "the node has ended")
	<-done
	if _, err := net.Dial("tcp", h.addr); err == nil {
		t.Error("the door is open")
	}
}

// TestWhoIsReady: that the node begins is told to all users, and is the owner's to know.
func TestWhoIsReady(t *testing.T) {
	h := open(t)
	owner, guest := h.visit(t), h.visit(t)
	owner.sends(enterOwner(h))
	owner.reads("type=ready")
	guest.sends(`{"do":"enter"}`)
	guest.reads("type=entered")
	for _, c := range []*fronttest.Client{h.owner(t, 0), h.guest(t, 0)} {
		c.Tell(chat.Notify{Notification: chat.Ready{Addrs: []string{"/ip4/203.0.113.7/tcp/1"}}}, notice("and on"))
	}
	owner.reads("type=ready")
	owner.reads("type=notice")
	guest.reads("type=notice")
}
