package client

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/front/fronttest"
	"tincan/cmd/internal/web"
)

// house is a web door to a node that exists on paper only.
type house struct {
	addr   string
	guests chan *fronttest.Client
	close  func()
}

func openHouse(t *testing.T, addr string) *house {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{addr: l.Addr().String(), guests: make(chan *fronttest.Client, 10)}
	s, err := web.New(l, web.Options{Log: slog.New(slog.DiscardHandler), Guest: func() front.Client {
		c := &fronttest.Client{Answer: hospitable()}
		h.guests <- c
		return c
	}})
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

// hospitable answers one guest.
func hospitable() func(fronttest.Asked) []chat.Notify {
	me := chat.Peer{ID: "12D3KooWhost", Name: "host", Guest: "guest"}
	var to chat.Conversation
	return func(a fronttest.Asked) []chat.Notify {
		tell := func(n chat.Notification) []chat.Notify { return []chat.Notify{{Ref: a.Ref, Notification: n}} }
		switch in := a.In.(type) {
		case chat.Enter:
			if in.Name != "" {
				me.Guest = in.Name
			}
			return tell(chat.Entered{Me: me, Asked: in.Name})
		case chat.Rename:
			was := me
			me.Guest = in.Name
			return tell(chat.Renamed{Was: was, Now: me, Mine: true})
		case chat.Join:
			to = chat.Conversation(in.Channel)
			return tell(chat.Joined{Conversation: to, N: 1})
		case chat.Say:
			if to == "" {
				return tell(chat.Failed{Code: chat.NoPlace, Text: "join a channel first"})
			}
			return tell(chat.Notice{Text: "said in " + string(to) + ": " + in.Text})
		case chat.SendDirect:
			return tell(chat.Delivery{ID: chat.MessageID{Conversation: "dm/a/b"}, State: chat.Delivered})
		}
		return nil
	}
}

func (h *house) guest(t *testing.T) *fronttest.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case c := <-h.guests:
		return c
	case <-ctx.Done():
		t.Fatal("nobody comes")
		return nil
	}
}

func asked(t *testing.T, c *fronttest.Client, want ...chat.Instruction) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var got []chat.Instruction
	for _, a := range c.Asked(ctx, len(want)) {
		got = append(got, a.In)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("the node was asked\n %#v, want\n %#v", got, want)
	}
}

// Over the web everything is as through a gateway: talk before a channel is refused,
// "join <channel> <name>" does both, and quit ends.
func TestOverWeb(t *testing.T) {
	h := openHouse(t, "127.0.0.1:0")
	term := start(t, Options{Addr: h.addr, Web: true})
	term.out.sees(t, "* this is tincan, and you are a guest here")
	term.types(t, "hello?")
	term.out.sees(t, "error: join a channel first\n")
	term.types(t, "join #ops anna", "hi")
	term.out.sees(t, "* said in #ops: hi\n")
	term.types(t, `\quit`)
	term.ends(t, OK)
	asked(t, h.guest(t), chat.Enter{}, chat.Say{Text: "hello?"}, chat.Join{Channel: "#ops", Name: "anna"}, chat.Say{Text: "hi"}, chat.Exit{})
	if term.err.text != "" {
		t.Errorf("stderr %q", term.err.text)
	}
}

// With Once it waits for what was asked, also of a direct message.
func TestOverWebOnce(t *testing.T) {
	h := openHouse(t, "127.0.0.1:0")
	term := start(t, Options{Addr: h.addr, Web: true, Once: true, Name: "anna"})
	term.types(t, "dm bob hi", "join #ops anna", "hi")
	term.in.Close()
	term.ends(t, OK)
	term.out.sees(t, "* said in #ops: hi\n")
	asked(t, h.guest(t), chat.Enter{Name: "anna"}, chat.SendDirect{To: "bob", Text: "hi", Line: "dm bob hi"}, chat.Join{Channel: "#ops", Name: "anna"}, chat.Say{Text: "hi"}, chat.Exit{})
}

// When the door comes back, so does the user, to where he was and under his name.
func TestWebDoorOpensAgain(t *testing.T) {
	h := openHouse(t, "127.0.0.1:0")
	term := start(t, Options{Addr: h.addr, Web: true})
	term.types(t, "join #dev anna", "/join #ops", "one")
	term.out.sees(t, "* said in #ops: one\n")
	h.close()
	term.err.sees(t, "* connection lost, trying again – what you typed last may not have arrived\n")
	term.types(t, "two")
	again := openHouse(t, h.addr)
	term.err.sees(t, "* connected again\n")
	term.out.sees(t, "* said in #ops: two\n")
	asked(t, again.guest(t), chat.Enter{Name: "anna"}, chat.Join{Channel: "#dev"}, chat.Join{Channel: "#ops"}, chat.Say{Text: "two"})
	term.stop()
	term.ends(t, OK)
}

// Who is not let in is told why, once for each reason, and comes in when he can.
func TestWebDoorRefuses(t *testing.T) {
	var mu sync.Mutex
	why, tries := "as many are here as there is room for", 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if tries++; tries == 3 {
			why = "another reason"
		}
		http.Error(w, why, http.StatusServiceUnavailable)
	}))
	addr := s.Listener.Addr().String()
	term := start(t, Options{Addr: addr, Web: true})
	term.err.sees(t, "another reason")
	s.Close()
	h := openHouse(t, addr)
	term.out.sees(t, "* this is tincan")
	h.guest(t)
	term.stop()
	term.ends(t, OK)
	want := "* " + addr + " does not let you in – as many are here as there is room for – trying again\n" +
		"* " + addr + " does not let you in – another reason – trying again\n"
	if got, _, _ := strings.Cut(term.err.text, "* nobody answers"); got != want {
		t.Errorf("stderr %q, want %q", got, want)
	}
}

func TestOnceNoWebDoor(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	term := start(t, Options{Addr: s.Listener.Addr().String(), Web: true, Once: true})
	term.in.Close()
	term.ends(t, NoServer)
	term.err.sees(t, "does not let you in – 404 page not found – trying again\nerror: "+s.Listener.Addr().String()+" let nobody in for 5s – nothing more is sent – start a node with --web there, or check the address\n")
}

// A pipe is as good as a connection: either end can stop saying, and still hear.
func TestPipe(t *testing.T) {
	near, far := newPipe()
	go func() { // ends with near
		text, _ := io.ReadAll(far)
		io.WriteString(far, "heard "+string(text))
		far.Close()
	}()
	io.WriteString(near, "all")
	near.CloseWrite()
	if text, err := io.ReadAll(near); err != nil || string(text) != "heard all" {
		t.Errorf("%q, %v", text, err)
	}
	near.Close()
}
