package console

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front/fronttest"
)

// session is a console whose input is typed step by step.
type session struct {
	client *fronttest.Client
	in     *io.PipeWriter
	out    *screen
	err    *screen
	done   chan int
}

func start(t *testing.T, o Options) *session {
	t.Helper()
	r, w := io.Pipe()
	t.Cleanup(func() { w.Close() })
	s := startOn(t, o, r)
	s.in = w
	return s
}

// startOn starts a console that reads from in.
func startOn(t *testing.T, o Options, in io.Reader) *session {
	t.Helper()
	s := &session{client: newNode(), out: newScreen(), err: newScreen(), done: make(chan int, 1)}
	o.In, o.Err = in, s.err
	if o.Out == nil {
		o.Out = s.out
	}
	o.Begin = func() { s.client.Tell(ready) }
	go func() { s.done <- Run(t.Context(), s.client, o) }() // ended by the test
	return s
}

func (s *session) end(t *testing.T, want int) {
	t.Helper()
	select {
	case code := <-s.done:
		if code != want {
			t.Errorf("exit code %d, want %d", code, want)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the console did not end")
	}
}

// screen is a writer that can be waited for.
type screen struct {
	mu   sync.Mutex // guards text and more
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

func (s *screen) wait(t *testing.T, want string) {
	t.Helper()
	limit := time.After(30 * time.Second)
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

func TestEnterSendsAHeldLine(t *testing.T) {
	s := start(t, Options{Interactive: true})
	fmt.Fprintln(s.in, "dm 9 hi")
	s.err.wait(t, "held: dm 9 hi – nobody is 9 – Enter again sends it as text\n")
	fmt.Fprintln(s.in)
	fmt.Fprintln(s.in)
	fmt.Fprintln(s.in, `\quit`)
	s.end(t, OK)
	want := []chat.Instruction{chat.SendDirect{To: "9", Text: "hi", Line: "dm 9 hi"}, chat.Say{Text: "dm 9 hi"}, chat.Blank{}, chat.Quit{}}
	if got := instructions(s.client); !reflect.DeepEqual(got, want) {
		t.Errorf("asked %#v, want %#v", got, want)
	}
}

func TestEnterAfterAnotherLineIsAHello(t *testing.T) {
	s := start(t, Options{Interactive: true})
	fmt.Fprintln(s.in, "dm")
	s.err.wait(t, "held: dm")
	fmt.Fprintln(s.in, "never mind")
	fmt.Fprintln(s.in)
	fmt.Fprintln(s.in, `\quit`)
	s.end(t, OK)
	want := []chat.Instruction{chat.Hold{Line: "dm", Reason: "dm needs a peer and a text"}, chat.Say{Text: "never mind"}, chat.Blank{}, chat.Quit{}}
	if got := instructions(s.client); !reflect.DeepEqual(got, want) {
		t.Errorf("asked %#v, want %#v", got, want)
	}
}

func TestEndOfInputIsNotTheEnd(t *testing.T) {
	s := start(t, Options{Interactive: true})
	s.in.Close()
	s.err.wait(t, "end of input: the node runs on")
	s.client.Tell(chat.Notify{Notification: chat.Shown{ID: chat.MessageID{Conversation: chat.Lobby}, From: peer3, Kind: chat.Text, Text: "still there?"}})
	s.out.wait(t, "[lobby] peer 3: still there?\n")
	s.client.Tell(ended)
	s.end(t, OK)
}

func TestNothingIsReadBeforeReady(t *testing.T) {
	client := newNode()
	begun := make(chan struct{})
	r, w := io.Pipe()
	done := make(chan int, 1)
	go func() { // ended by the Quit below
		done <- Run(t.Context(), client, Options{In: r, Out: io.Discard, Err: io.Discard, Begin: func() { close(begun) }})
	}()
	<-begun
	typed := make(chan struct{})
	go func() { // ends when the line is read
		fmt.Fprintln(w, `\quit`)
		close(typed)
	}()
	select {
	case <-typed:
		t.Error("a line was read before the node was ready")
	case <-time.After(20 * time.Millisecond):
	}
	client.Tell(ready)
	<-typed
	w.Close()
	if code := <-done; code != OK {
		t.Errorf("exit code %d", code)
	}
}

func TestSaturatedNodeStopsReading(t *testing.T) {
	gate := make(chan struct{})
	client := newNode()
	client.Gate = gate
	r, w := io.Pipe()
	done := make(chan int, 1)
	go func() { // ended by the Quit below
		done <- Run(t.Context(), client, Options{In: r, Out: io.Discard, Err: io.Discard, Begin: func() { client.Tell(ready) }})
	}()
	big := strings.Repeat("x", 40<<10) // more than is read ahead
	fmt.Fprintln(w, "one")
	stuck := make(chan struct{})
	go func() { // ends when the gate opens
		fmt.Fprintln(w, big)
		fmt.Fprintln(w, `\quit`)
		close(stuck)
	}()
	select {
	case <-stuck:
		t.Error("the console read on although the node took nothing")
	case <-time.After(20 * time.Millisecond):
	}
	for range 3 {
		gate <- struct{}{}
	}
	<-stuck
	w.Close()
	<-done
	want := []chat.Instruction{chat.Say{Text: "one"}, chat.Say{Text: big}, chat.Quit{}}
	if got := instructions(client); !reflect.DeepEqual(got, want) {
		t.Errorf("asked %d instructions, want 3 in order", len(got))
	}
}

type brokenWriter struct{ err error }

func (b brokenWriter) Write([]byte) (int, error) { return 0, b.err }

func TestBrokenOutputEndsTheNode(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		code int
		said string
	}{
		{"reader has gone", syscall.EPIPE, OK, ""},
		{"disk full", errors.New("no space left on device"), CannotWrite, "error: cannot write to the output – no space left on device – the node ends; give it an output that takes lines\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, Options{Out: brokenWriter{c.err}})
			s.end(t, c.code)
			if got := instructions(s.client); !reflect.DeepEqual(got, []chat.Instruction{chat.Quit{}}) {
				t.Errorf("asked %#v", got)
			}
			if s.err.text != c.said {
				t.Errorf("stderr %q, want %q", s.err.text, c.said)
			}
		})
	}
}
