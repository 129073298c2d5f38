package gateway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/front/fronttest"
	"tincan/cmd/internal/line"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait: long enough for a busy machine.
const patience = 20 * time.Second

// house is a gateway on loopback to a node that exists on paper only.
type house struct {
	addr  string
	close context.CancelFunc // ends the gateway and waits for it

	mu     sync.Mutex // guards what follows
	guests []*fronttest.Client
	came   chan struct{} // closed and replaced at each new user
	answer func(*fronttest.Client, fronttest.Asked) []chat.Notify
}

// polite is what a core answers at least.
func polite(_ *fronttest.Client, a fronttest.Asked) []chat.Notify {
	_, quit := a.In.(chat.Quit)
	switch {
	case quit:
		return []chat.Notify{{Notification: chat.Ended{}}}
	case line.Opens(a.In):
		return []chat.Notify{{Ref: a.Ref, Notification: chat.Delivery{}}} // which shows nothing
	}
	return nil
}

func open(t testing.TB) *house {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return openOn(t, l)
}

func openOn(t testing.TB, l net.Listener) *house { return openWith(t, l, false) }

func openWith(t testing.TB, l net.Listener, echo bool) *house {
	h := &house{addr: l.Addr().String(), came: make(chan struct{}), answer: polite}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { // ends with ctx
		defer close(done)
		g := New(l, h.newUser, slog.New(slog.DiscardHandler))
		g.Echo = echo
		g.Run(ctx)
	}()
	h.close = func() { cancel(); <-done }
	t.Cleanup(h.close)
	return h
}

func (h *house) newUser() front.Client {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := &fronttest.Client{}
	answer := h.answer
	c.Answer = func(a fronttest.Asked) []chat.Notify { return answer(c, a) }
	h.guests = append(h.guests, c)
	close(h.came)
	h.came = make(chan struct{})
	return c
}

// guest waits for the n-th user, from 0.
func (h *house) guest(t testing.TB, n int) *fronttest.Client {
	t.Helper()
	late := time.After(patience)
	for {
		h.mu.Lock()
		guests, came := h.guests, h.came
		h.mu.Unlock()
		if len(guests) > n {
			return guests[n]
		}
		select {
		case <-came:
		case <-late:
			t.Fatalf("guest %d did not come", n)
		}
	}
}

func (h *house) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.guests)
}

// visitor is a connection to a house.
type visitor struct {
	*net.TCPConn
	t  testing.TB
	in *bufio.Reader
}

func (h *house) visit(t testing.TB) *visitor {
	t.Helper()
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patience))
	v := &visitor{conn.(*net.TCPConn), t, bufio.NewReaderSize(conn, 512)}
	t.Cleanup(func() { conn.Close() })
	return v
}

// greeted is a visitor who has read the greeting.
func (h *house) greeted(t testing.TB) *visitor {
	t.Helper()
	v := h.visit(t)
	v.reads(strings.Split(strings.TrimSuffix(greeting, "\n"), "\n")...)
	return v
}

func (v *visitor) types(lines ...string) {
	v.t.Helper()
	if _, err := io.WriteString(v.TCPConn, strings.Join(lines, "\n")+"\n"); err != nil {
		v.t.Fatal(err)
	}
}

func (v *visitor) reads(lines ...string) {
	v.t.Helper()
	for _, want := range lines {
		got, err := v.in.ReadString('\n')
		if err != nil || got != want+"\n" {
			v.t.Fatalf("read %q, %v; want %q", got, err, want)
		}
	}
}

// readsEnd reads what is left.
func (v *visitor) readsEnd(want string) {
	v.t.Helper()
	if got, err := io.ReadAll(v.in); err != nil || string(got) != want {
		v.t.Errorf("read %q, %v; want %q and the end", got, err, want)
	}
}

// asked waits for n instructions of a guest and compares them all.
func asked(t testing.TB, c *fronttest.Client, want ...chat.Instruction) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var got []chat.Instruction
	for _, a := range c.Asked(ctx, len(want)) {
		got = append(got, a.In)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("asked\n %#v, want\n %#v", got, want)
	}
}

func notice(text string) chat.Notify { return chat.Notify{Notification: chat.Notice{Text: text}} }

// TestEcho: with Echo a guest sees his own lines, otherwise not.
func TestEcho(t *testing.T) {
	for _, c := range []struct {
		echo bool
		want []string
	}{
		{false, []string{"[#ops] bob: hello"}},
		{true, []string{"[#ops] anna: hi", "[#ops] bob: hello"}},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		h := openWith(t, l, c.echo)
		v := h.greeted(t)
		v.types("/ls")
		said := func(name, text string, mine bool) chat.Notify {
			return chat.Notify{Notification: chat.Shown{ID: chat.MessageID{Conversation: "#ops"}, From: chat.Peer{Name: name}, Kind: chat.Text, Text: text, Mine: mine}}
		}
		h.guest(t, 0).Tell(said("anna", "hi", true), said("bob", "hello", false))
		v.reads(c.want...)
	}
}

func TestWhatGuestsType(t *testing.T) {
	long := strings.Repeat("x", chat.MaxText)
	enter, quit := chat.Enter{}, chat.Quit{}
	for _, c := range []struct {
		name, in string
		want     []chat.Instruction
		answer   string
	}{
		{"nothing", "", nil, ""},
		{"empty lines", "\n\r\n\n", nil, ""},
		{"only help", "/help ls\n", nil, "* /ls, /peers: who is here: number, id, state, path, round trip\n"},
		{"a command that is none", "/nonsense\n", nil, "error: /nonsense is not a command – nothing was sent – /help lists the commands, //nonsense sends it as text\n"},
		{"text", "hi\n", []chat.Instruction{enter, chat.Say{Text: "hi"}, quit}, ""},
		{"ends of lines", "a\r\nb\n", []chat.Instruction{enter, chat.Say{Text: "a"}, chat.Say{Text: "b"}, quit}, ""},
		{"half a line", "hi", []chat.Instruction{enter, chat.Say{Text: "hi"}, quit}, ""},
		{"a line that goes on", "a\\\nb\\\n\nc\n", []chat.Instruction{enter, chat.Say{Text: "a\nb\n"}, chat.Say{Text: "c"}, quit}, ""},
		{"a line that would go on", "a\\", []chat.Instruction{enter, chat.Say{Text: "a"}, quit}, ""},
		{"the lobby", "\\lobby\nhi\n", []chat.Instruction{enter, chat.OpenLobby{}, chat.Say{Text: "hi"}, quit}, ""},
		{"a channel", "join #ops anna\nhi\n", []chat.Instruction{chat.Enter{Name: "anna"}, chat.Join{Channel: "#ops"}, chat.Say{Text: "hi"}, quit}, ""},
		{"JSON is text", `{"do":"broadcast"}` + "\n", []chat.Instruction{enter, chat.Say{Text: `{"do":"broadcast"}`}, quit}, ""},
		{"NUL", "a\x00b\n", []chat.Instruction{enter, chat.Say{Text: "a\x00b"}, quit}, ""},
		{"binary", "\x80\x81\xfe\n", []chat.Instruction{enter, chat.Say{Text: "\x80\x81\xfe"}, quit}, ""},
		{"telnet", "\xff\xf4\xff\xfd\x06hi\xff\xfa\x1f\x00\x50\x00\x0a\xff\xf0!\r\n", []chat.Instruction{enter, chat.Say{Text: "hi!"}, quit}, ""},
		{"as long as may be", long + "\n", []chat.Instruction{enter, chat.Say{Text: long}, quit}, ""},
		{"too long", strings.Repeat(long, 3) + "\nhi\n", []chat.Instruction{enter, chat.Say{Text: "hi"}, quit},
			"error: the line has 196608 bytes – nothing was sent – a message takes 65536 at most\n"},
		{"too long in parts", strings.Repeat(long[:40000]+"\\\n", 2) + "\nhi\n", []chat.Instruction{enter, chat.Say{Text: "hi"}, quit},
			"error: the line has 80004 bytes – nothing was sent – a message takes 65536 at most\n"},
		{"the owner's", "/status\n/connect 127.0.0.1 1\n", []chat.Instruction{enter, chat.GetStatus{}, chat.Connect{Addr: "127.0.0.1 1"}, quit}, ""},
		{"quit, and what follows", "hi\n\\quit\nnever\n", []chat.Instruction{enter, chat.Say{Text: "hi"}, quit}, ""},
		{"quit at once", "\\quit\n", nil, ""},
		{"the web", "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\njoin #ops eve\nspam\n", nil,
			"error: this is no web server – it speaks lines of text – node client connects to it\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			v := h.visit(t)
			go func() { // ends with the connection
				io.WriteString(v, c.in)
				v.CloseWrite()
			}()
			v.readsEnd(greeting + c.answer)
			if c.want == nil {
				if n := h.count(); n > 0 {
					t.Errorf("%d guests came", n)
				}
				return
			}
			asked(t, h.guest(t, 0), c.want...)
		})
	}
}

func TestEnter(t *testing.T) {
	for _, c := range []struct {
		first chat.Instruction
		want  []chat.Instruction
	}{
		{chat.Rename{Name: "anna"}, []chat.Instruction{chat.Enter{Name: "anna"}}},
		{chat.Join{Channel: "#ops", Name: "anna"}, []chat.Instruction{chat.Enter{Name: "anna"}, chat.Join{Channel: "#ops"}}},
		{chat.Join{Channel: "#ops"}, []chat.Instruction{chat.Enter{}, chat.Join{Channel: "#ops"}}},
		{chat.MayJoin{Channel: "ops", Name: "anna", Line: "join ops anna"},
			[]chat.Instruction{chat.Enter{Name: "anna"}, chat.MayJoin{Channel: "ops", Line: "join ops anna"}}},
		{chat.OpenLobby{}, []chat.Instruction{chat.Enter{}, chat.OpenLobby{}}},
		{chat.Say{Text: "hi"}, []chat.Instruction{chat.Enter{}, chat.Say{Text: "hi"}}},
		{chat.Blank{}, nil},
	} {
		t.Run(fmt.Sprintf("%#v", c.first), func(t *testing.T) {
			node := &fronttest.Client{}
			node.Answer = func(a fronttest.Asked) []chat.Notify { return polite(node, a) }
			ctx, cancel := context.WithCancel(t.Context())
			here, there := net.Pipe()
			defer there.Close()
			g := New(nil, func() front.Client { return node }, slog.New(slog.DiscardHandler))
			guest := &guest{gateway: g, base: ctx, ctx: ctx, cancel: cancel, conn: here, in: newInput(newSource(ctx, here))}
			if err := guest.ask(c.first, "typed"); err != nil {
				t.Fatal(err)
			}
			asked(t, node, c.want...)
			cancel()
			if guest.screen != nil {
				<-guest.screen.done
			}
		})
	}
}

func TestGuestsAreTold(t *testing.T) {
	h := open(t)
	anna, bob := h.greeted(t), h.greeted(t)
	anna.types("hi")
	asked(t, h.guest(t, 0), chat.Enter{}, chat.Say{Text: "hi"})
	bob.types("ho")
	asked(t, h.guest(t, 1), chat.Enter{}, chat.Say{Text: "ho"})
	h.guest(t, 0).Tell(notice("for anna\x1b[2J"))
	h.guest(t, 1).Tell(notice("for bob"), chat.Notify{Notification: chat.Warning{Text: "trouble"}})
	anna.reads(`* for anna\x1b[2J`)
	bob.reads("* for bob", "warning: trouble")

	bob.SetLinger(0) // a reset
	bob.Close()
	asked(t, h.guest(t, 1), chat.Enter{}, chat.Say{Text: "ho"}, chat.Exit{})

	h.guest(t, 0).Tell(notice("last words"), chat.Notify{Notification: chat.Ended{}})
	anna.readsEnd("* last words\n")
	asked(t, h.guest(t, 0), chat.Enter{}, chat.Say{Text: "hi"}) // and no Exit: the core has said that it is over
}

func TestWhatWaitsForAConversation(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer chat.Notification
		shown  string
		want   chat.Instruction
	}{
		{"it opens", chat.Notice{Text: "open"}, "* open", chat.Say{Text: "a secret"}},
		{"it does not", chat.Failed{Text: "nobody"}, "error: nobody", chat.Hold{Line: "a secret", Reason: "the conversation that it was meant for is not open"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t)
			asks := make(chan string, 1)
			h.answer = func(_ *fronttest.Client, a fronttest.Asked) []chat.Notify {
				if _, ok := a.In.(chat.OpenDirect); ok {
					asks <- a.Ref
				}
				return nil
			}
			v := h.greeted(t)
			v.types("/dm 3", "a secret")
			ref := <-asks
			node := h.guest(t, 0)
			node.Tell(notice("meanwhile"))
			v.reads("* meanwhile")
			asked(t, node, chat.Enter{}, chat.OpenDirect{To: "3"})
			node.Tell(chat.Notify{Ref: ref, Notification: c.answer})
			asked(t, node, chat.Enter{}, chat.OpenDirect{To: "3"}, c.want)
			if c.shown != "" {
				v.reads(c.shown)
			}
			v.types("seen it")
			asked(t, node, chat.Enter{}, chat.OpenDirect{To: "3"}, c.want, chat.Say{Text: "seen it"})
		})
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		n                        chat.Notification
		session, opened, refused bool
	}{
		{chat.Notice{Text: "calling"}, true, false, false},
		{chat.Notice{Text: "open"}, false, true, false},
		{chat.Joined{}, false, true, false},
		{chat.Failed{}, true, false, true},
		{chat.Failed{}, false, false, true},
		{chat.Switched{}, true, true, false},
		{chat.SessionChanged{Event: chat.Opened}, true, true, false},
		{chat.SessionChanged{Event: chat.Closed}, true, false, true},
		{chat.SessionChanged{Event: chat.Interrupted}, true, false, false},
	} {
		if opened, refused := verdict(c.n, c.session); opened != c.opened || refused != c.refused {
			t.Errorf("%#v: %v, %v", c.n, opened, refused)
		}
	}
}

func TestWhoHasSaidAllGetsHisAnswers(t *testing.T) {
	h := open(t)
	h.answer = func(c *fronttest.Client, a fronttest.Asked) []chat.Notify {
		if dm, ok := a.In.(chat.SendDirect); ok {
			answer := func(text string, state chat.State) chat.Notify {
				return chat.Notify{Ref: a.Ref, Notification: chat.Delivery{To: &chat.Peer{No: 3}, Text: text, State: state}}
			}
			if dm.Text == "two" {
				go func() { // ends at once
					c.Tell(answer("one", chat.Delivered))
					c.Tell(answer("two", chat.Delivered))
				}()
			}
			return []chat.Notify{answer(dm.Text, chat.Queued)}
		}
		return polite(c, a)
	}
	v := h.greeted(t)
	v.types("dm 3 one", "dm 3 two")
	v.CloseWrite()
	v.readsEnd("[dm] to peer 3: one — delivered\n[dm] to peer 3: two — delivered\n")
	dm := func(text string) chat.Instruction { return chat.SendDirect{To: "3", Text: text, Line: "dm 3 " + text} }
	asked(t, h.guest(t, 0), chat.Enter{}, dm("one"), dm("two"), chat.Quit{})
}

func TestEndOfTheNode(t *testing.T) {
	h := open(t)
	silent, anna := h.greeted(t), h.greeted(t)
	anna.types("hi")
	asked(t, h.guest(t, 0), chat.Enter{}, chat.Say{Text: "hi"})
	h.guest(t, 0).Tell(notice("the end"))
	h.close()
	silent.readsEnd("")
	anna.readsEnd("* the end\n")
	if _, err := net.Dial("tcp", h.addr); err == nil {
		t.Error("the door is open")
	}
}

// poor is a listener that has run out of files twice.
type poor struct {
	net.Listener
	times int
}

func (p *poor) Accept() (net.Conn, error) {
	if p.times > 0 {
		p.times--
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return p.Listener.Accept()
}

func TestAcceptRecovers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	openOn(t, &poor{l, 2}).greeted(t)
}
