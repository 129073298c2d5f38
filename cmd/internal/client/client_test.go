package client

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait: long enough for a busy machine.
const patience = 20 * time.Second

// screen is a writer that can be waited for.
type screen struct {
	mu   sync.Mutex // guards what follows
	text string
	more chan struct{} // closed and replaced at each write
}

func newScreen() *screen { return &screen{more: make(chan struct{})} }

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text += string(p)
	close(s.more)
	s.more = make(chan struct{})
	return len(p), nil
}

func (s *screen) sees(t *testing.T, want string) {
	t.Helper()
	limit := time.After(patience)
	for {
		s.mu.Lock()
		text, more := s.text, s.more
		s.mu.Unlock()
		if strings.Contains(text, want) {
			return
		}
		select {
		case <-more:
		case <-limit:
			t.Fatalf("%q does not come; there is %q", want, text)
		}
	}
}

// terminal is a client whose input is typed step by step.
type terminal struct {
	in       *io.PipeWriter
	out, err *screen
	stop     context.CancelFunc
	done     chan int
}

func start(t *testing.T, o Options) *terminal {
	t.Helper()
	r, w := io.Pipe()
	term := &terminal{in: w, out: newScreen(), err: newScreen(), done: make(chan int, 1)}
	o.In, o.Err = r, term.err
	if o.Out == nil {
		o.Out = term.out
	}
	ctx, cancel := context.WithCancel(context.Background())
	term.stop = cancel
	go func() { term.done <- Run(ctx, o) }() // ended by the cleanup
	t.Cleanup(func() { cancel(); w.Close() })
	return term
}

func (term *terminal) types(t *testing.T, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if _, err := io.WriteString(term.in, l+"\n"); err != nil {
			t.Fatal(err)
		}
	}
}

func (term *terminal) ends(t *testing.T, want int) {
	t.Helper()
	select {
	case code := <-term.done:
		if code != want {
			t.Errorf("exit code %d, want %d; stderr %q", code, want, term.err.text)
		}
	case <-time.After(patience):
		t.Fatal("the client did not end")
	}
}

// server is a gateway on paper: a listener whose connections a test serves.
type server struct{ net.Listener }

func listen(t *testing.T, addr string) server {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return server{l}
}

type served struct {
	net.Conn
	t  *testing.T
	in *bufio.Reader
}

func (s server) accept(t *testing.T) *served {
	t.Helper()
	s.Listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	conn, err := s.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { conn.Close() })
	return &served{conn, t, bufio.NewReader(conn)}
}

func (s *served) gets(lines ...string) {
	s.t.Helper()
	for _, want := range lines {
		if got, err := s.in.ReadString('\n'); err != nil || got != want+"\n" {
			s.t.Fatalf("the server got %q, %v; want %q", got, err, want)
		}
	}
}

func (s *served) getsEnd() {
	s.t.Helper()
	if rest, err := io.ReadAll(s.in); err != nil || len(rest) > 0 {
		s.t.Errorf("the server got %q, %v; want the end", rest, err)
	}
}

func (s *served) says(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s, text); err != nil {
		s.t.Fatal(err)
	}
}

func TestOnce(t *testing.T) {
	s := listen(t, "127.0.0.1:0")
	term := start(t, Options{Addr: s.Addr().String(), Once: true})
	term.types(t, "/nick bob", "hi")
	io.WriteString(term.in, "half")
	term.in.Close()
	conn := s.accept(t)
	conn.gets("/nick bob", "hi", "half")
	conn.getsEnd()
	conn.says("* you are in #ops\nescape \x1b[2J\r\nhalf a line")
	conn.Close()
	term.ends(t, OK)
	if want := "* you are in #ops\nescape \\x1b[2J\nhalf a line\n"; term.out.text != want || term.err.text != "" {
		t.Errorf("stdout %q, want %q; stderr %q", term.out.text, want, term.err.text)
	}
}

func TestOnceNobodyThere(t *testing.T) {
	s := listen(t, "127.0.0.1:0")
	s.Close()
	began := time.Now()
	term := start(t, Options{Addr: s.Addr().String(), Once: true})
	term.types(t, "hi")
	term.in.Close()
	term.err.sees(t, "* nobody answers at "+s.Addr().String()+", trying again\n")
	term.ends(t, NoServer)
	term.err.sees(t, "error: nobody answered at "+s.Addr().String()+" for 5s – nothing more is sent – ")
	if d := time.Since(began); d < tryTime {
		t.Errorf("it gave up after %v", d)
	}
}

// TestServerComesLater: it is tried until it is there (H-04), and what was typed
// waits for it (H-05).
func TestServerComesLater(t *testing.T) {
	s := listen(t, "127.0.0.1:0")
	s.Close()
	term := start(t, Options{Addr: s.Addr().String(), Name: "anna", Lobby: true})
	term.types(t, "one", "two")
	term.err.sees(t, "* nobody answers")
	conn := listen(t, s.Addr().String()).accept(t)
	conn.gets("/nick anna", `\lobby`, "one", "two")
	conn.says("* hello\n")
	term.out.sees(t, "* hello\n")
	term.in.Close() // and it stays
	conn.says("* still here?\n")
	term.out.sees(t, "* still here?\n")
	term.stop()
	conn.getsEnd()
	term.ends(t, OK)
}

// TestServerStartsAgain: the user is taken back to where he was.
func TestServerStartsAgain(t *testing.T) {
	s := listen(t, "127.0.0.1:0")
	term := start(t, Options{Addr: s.Addr().String()})
	term.types(t, `\lobby`, "hi")
	conn := s.accept(t)
	conn.gets(`\lobby`, "hi")
	conn.Close()
	s.Close()
	term.err.sees(t, "* connection lost, trying again – what you typed last may not have arrived\n")
	term.types(t, "typed meanwhile")
	conn = listen(t, s.Addr().String()).accept(t)
	conn.gets(`\lobby`, "typed meanwhile")
	term.err.sees(t, "* connected again\n")
	term.types(t, `\quit`)
	conn.gets(`\quit`)
	conn.getsEnd()
	conn.says("* bye\n")
	conn.Close()
	term.ends(t, OK)
	term.out.sees(t, "* bye\n")
}

// TestDirectConversation: what was meant for one is not said to all.
func TestDirectConversation(t *testing.T) {
	s := listen(t, "127.0.0.1:0")
	term := start(t, Options{Addr: s.Addr().String(), Lobby: true, Once: true})
	conn := s.accept(t)
	conn.gets(`\lobby`)
	term.types(t, "/dm 3", "one")
	conn.gets("/dm 3", "one")
	conn.Close()
	conn = s.accept(t)
	conn.gets(`\lobby`, "/dm 3") // which the gateway opens or holds what follows
	term.in.Close()
	conn.getsEnd()
	conn.Close()
	term.ends(t, OK)
}

func TestHeld(t *testing.T) {
	err := newScreen()
	c := &client{Options: Options{Err: err, Once: true}}
	c.standing.lost = true
	if err := c.send(nil, "a secret"); err != nil || c.code() != NotSent {
		t.Errorf("%v, exit code %d", err, c.code())
	}
	err.sees(t, "held: a secret – your conversation ended with the connection")
}

func TestServerThatDoesNotLetGo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes endTime")
	}
	t.Parallel()
	s := listen(t, "127.0.0.1:0")
	r, w := io.Pipe()
	w.Close()
	err := newScreen()
	done := make(chan int, 1)
	go func() {
		done <- Run(t.Context(), Options{Addr: s.Addr().String(), In: r, Out: io.Discard, Err: err, Once: true})
	}() // ends by itself
	s.accept(t).getsEnd()
	if code := <-done; code != Failed {
		t.Errorf("exit code %d, want %d", code, Failed)
	}
	err.sees(t, "has not ended the conversation in 20s")
}

func TestTooLong(t *testing.T) {
	s := listen(t, "127.0.0.1:0")
	term := start(t, Options{Addr: s.Addr().String()})
	term.types(t, strings.Repeat("x", maxLine+1), "hi")
	conn := s.accept(t)
	conn.gets("hi")
	term.err.sees(t, "error: the line has 131073 bytes – nothing was sent – a message takes 65536 at most\n")
	go io.WriteString(conn, strings.Repeat("x", maxShown+1)+"\nhi\n") // ends with the connection
	term.out.sees(t, "* a line of 1048577 bytes was left out\nhi\n")
	term.stop()
	term.ends(t, OK)
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFullDisk(t *testing.T) {
	s := listen(t, "127.0.0.1:0")
	term := start(t, Options{Addr: s.Addr().String(), Out: fullDisk{}})
	s.accept(t).says("hi\n")
	term.ends(t, CannotWrite)
	term.err.sees(t, "error: cannot write to the output – no space left on device – ")
}

// TestReaderLeaves: `node client … | head` has had enough, and that is no error.
func TestReaderLeaves(t *testing.T) {
	s := listen(t, "127.0.0.1:0")
	r, w := io.Pipe()
	r.Close()
	term := start(t, Options{Addr: s.Addr().String(), Out: w})
	s.accept(t).says("hi\n")
	term.ends(t, OK)
	if term.err.text != "" {
		t.Errorf("stderr %q", term.err.text)
	}
}
