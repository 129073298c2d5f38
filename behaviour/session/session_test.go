package session

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"tincan/behaviour/frame"
	"tincan/behaviour/internal/hosttest"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testProtocol = "/test/session/1"

// quick is bounds that tests can reach.
var quick = bounds{frameTime: 2 * time.Second, endTime: time.Second, linesPerPeer: 4, linesTotal: 6}

// end is one end of lines, which writes down what it hears.
type end struct {
	*Session
	happened chan happening
}

// happening is what Config is told.
type happening struct {
	what string // "opened", "received" or "closed"
	line Line
	text string
	err  error
}

func (h happening) String() string {
	return fmt.Sprintf("%s on %d: %q, error %v", h.what, h.line, h.text, h.err)
}

// newEnd is an end on h. It refuses frames that say "refuse", and takes those
// that say "idle" for useless.
func newEnd(t testing.TB, h host.Host, b bounds) *end {
	t.Helper()
	e := &end{happened: make(chan happening, 100_000)}
	judge := func(frame []byte) error {
		if string(frame) == "refuse" {
			return errors.New("on purpose")
		}
		return nil
	}
	e.Session = start(h, testProtocol, Config{
		MaxFrame: 200 << 10,
		Opened: func(l Line, _ peer.ID, first []byte) error {
			e.happened <- happening{"opened", l, string(first), nil}
			return judge(first)
		},
		Received: func(l Line, _ peer.ID, frame []byte) (bool, error) {
			e.happened <- happening{"received", l, string(frame), nil}
			return string(frame) != "idle", judge(frame)
		},
		Closed: func(l Line, err error) { e.happened <- happening{"closed", l, "", err} },
	}, b)
	t.Cleanup(e.Close)
	return e
}

// next is what happens next.
func (e *end) next(t testing.TB) happening {
	t.Helper()
	select {
	case h := <-e.happened:
		return h
	case <-time.After(10 * time.Second):
		t.Fatal("nothing happens")
		return happening{}
	}
}

// want fails the test unless that is what happens next, and returns the line.
func (e *end) want(t testing.TB, what, text string) Line {
	t.Helper()
	h := e.next(t)
	if h.what != what || h.text != text || h.err != nil {
		t.Fatalf("%v; want %s: %q", h, what, text)
	}
	return h.line
}

// wantBroken fails the test unless a line breaks next, for that reason.
func (e *end) wantBroken(t testing.TB, why error) {
	t.Helper()
	if h := e.next(t); h.what != "closed" || !errors.Is(h.err, why) {
		t.Fatalf("%v; want closed: %v", h, why)
	}
}

// open opens a line that begins with "hello".
func (e *end) open(t testing.TB, to *end) Line {
	t.Helper()
	var line Line
	if err := e.Open(t.Context(), to.host.ID(), []byte("hello"), func(l Line) { line = l }); err != nil {
		t.Fatal(err)
	}
	return line
}

// rest says what is remembered of lines.
func (e *end) rest() (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.lines) + len(e.places) + e.total[true] + e.total[false]
}

// ends are two ends that are connected.
func ends(t testing.TB, b bounds) (*end, *end) {
	t.Helper()
	one, two := hosttest.Pair(t)
	return newEnd(t, one, b), newEnd(t, two, b)
}

func TestConversation(t *testing.T) {
	x, y := ends(t, quick)
	mine := x.open(t, y)
	yours := y.want(t, "opened", "hello")
	y.Send(yours, []byte("hello yourself"))
	x.want(t, "received", "hello yourself")
	for i := range 3 {
		text := fmt.Sprint("turn ", i)
		x.Send(mine, []byte(text))
		y.want(t, "received", text)
		y.Send(yours, []byte(text))
		x.want(t, "received", text)
	}
	x.Send(mine, []byte("bye"))
	x.End(mine)
	x.Send(mine, []byte("too late"))
	y.want(t, "received", "bye")
	if y.want(t, "closed", "") != yours || x.want(t, "closed", "") != mine {
		t.Error("other lines were closed")
	}
	x.Send(mine, []byte("far too late"))
	x.End(mine)
	hosttest.Eventually(t, "nothing left", func() bool { return x.rest()+y.rest() == 0 })
	if again := x.open(t, y); again == mine {
		t.Error("the number of a line was used again")
	}
}

func TestFramesOfEverySize(t *testing.T) {
	x, y := ends(t, quick)
	line := x.open(t, y)
	y.want(t, "opened", "hello")
	for _, n := range []int{1, 127, 128, promptSize, promptSize + 1, writeSize, writeSize + 1, 200 << 10} {
		text := string(slices.Repeat([]byte{byte(n)}, n))
		x.Send(line, []byte(text))
		if h := y.next(t); h.text != text {
			t.Errorf("frame of %d bytes: %s, %d bytes", n, h.what, len(h.text))
		}
	}
	for _, n := range []int{0, 200<<10 + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a frame of %d bytes is sent", n)
				}
			}()
			x.Send(line, make([]byte, n))
		}()
	}
}

// Both ends say thousands of frames at once, by turns and in bursts, and all of
// them arrive in order, also those that were sent just before the end.
func TestOrder(t *testing.T) {
	x, y := ends(t, quick)
	mine := x.open(t, y)
	yours := y.want(t, "opened", "hello")
	const n = 4000
	var all sync.WaitGroup
	for e, l := range map[*end]Line{x: mine, y: yours} {
		all.Go(func() {
			for i := range n {
				e.Send(l, binary.BigEndian.AppendUint32(nil, uint32(i)))
				if i%500 == 0 {
					time.Sleep(quietTime) // a pause, after which the next is written at once
				}
			}
		})
	}
	all.Wait()
	for _, e := range []*end{x, y} {
		for i := range n {
			e.want(t, "received", string(binary.BigEndian.AppendUint32(nil, uint32(i))))
		}
	}
	for i := range n {
		x.Send(mine, binary.BigEndian.AppendUint32(nil, uint32(i)))
	}
	x.End(mine)
	for i := range n {
		y.want(t, "received", string(binary.BigEndian.AppendUint32(nil, uint32(i))))
	}
	y.want(t, "closed", "")
	x.want(t, "closed", "")
}

// 72: what either end said last may be lost on the other, who has left too; the
// line is closed once at each.
func TestBothEndAtOnce(t *testing.T) {
	x, y := ends(t, quick)
	for range 50 {
		mine := x.open(t, y)
		yours := y.want(t, "opened", "hello")
		var both sync.WaitGroup
		both.Go(func() { x.Send(mine, []byte("bye")); x.End(mine) })
		both.Go(func() { y.Send(yours, []byte("bye")); y.End(yours) })
		both.Wait()
		for _, e := range []*end{x, y} {
			h := e.next(t)
			if h.what == "received" && h.text == "bye" {
				h = e.next(t)
			}
			if h.what != "closed" || h.err != nil {
				t.Fatalf("%v; want closed", h)
			}
		}
	}
	hosttest.Eventually(t, "nothing left", func() bool { return x.rest()+y.rest() == 0 })
}

// 73: two lines are two lines; which of them is to live is not decided here.
func TestBothOpenAtOnce(t *testing.T) {
	x, y := ends(t, quick)
	var both sync.WaitGroup
	both.Go(func() { x.open(t, y) })
	both.Go(func() { y.open(t, x) })
	both.Wait()
	x.want(t, "opened", "hello")
	y.want(t, "opened", "hello")
}

func TestLostConnection(t *testing.T) {
	x, y := ends(t, quick)
	for range 3 {
		x.open(t, y)
		y.want(t, "opened", "hello")
		x.host.Network().ClosePeer(y.host.ID())
		for _, e := range []*end{x, y} {
			if h := e.next(t); h.what != "closed" || h.err == nil {
				t.Errorf("%v; want closed, and why", h)
			}
		}
	}
	hosttest.Eventually(t, "nothing left", func() bool { return x.rest()+y.rest() == 0 })
}

func TestOpenFails(t *testing.T) {
	x, y := ends(t, quick)
	never := func(Line) { t.Error("a line was opened") }
	if err := x.Open(t.Context(), hosttest.New(t).ID(), []byte("hello"), never); err == nil {
		t.Error("opened a line to nobody")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.Open(ctx, y.host.ID(), []byte("hello"), never); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	stranger := hosttest.New(t)
	hosttest.Connect(t, x.host, stranger)
	if err := x.Open(t.Context(), stranger.ID(), []byte("hello"), never); err == nil {
		t.Error("opened a line to one who does not speak the protocol")
	}
	x.Close()
	if err := x.Open(t.Context(), y.host.ID(), []byte("hello"), never); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v, want ErrClosed", err)
	}
	if n := x.rest(); n != 0 {
		t.Errorf("%d things left", n)
	}
}

func TestLinesAreBounded(t *testing.T) {
	x, y := ends(t, quick)
	for range quick.linesPerPeer {
		x.open(t, y)
		y.want(t, "opened", "hello")
	}
	if err := x.Open(t.Context(), y.host.ID(), []byte("hello"), nil); !errors.Is(err, ErrBusy) {
		t.Errorf("one line too many from here: %v, want ErrBusy", err)
	}
	// Somebody who takes himself more than he may have.
	rude := hosttest.New(t)
	hosttest.Connect(t, rude, y.host)
	z := newEnd(t, rude, bounds{time.Minute, time.Minute, 100, 100})
	for range quick.linesTotal - quick.linesPerPeer {
		z.open(t, y)
		y.want(t, "opened", "hello")
	}
	z.open(t, y)
	z.wantBroken(t, ErrBusy)
	if n := y.Counters()["refused"]; n != 1 {
		t.Errorf("%d lines refused, want 1", n)
	}
	// What others have opened here leaves room for those of this node's own.
	y.open(t, x)
	x.want(t, "opened", "hello")
}

func TestCloseEndsEverything(t *testing.T) {
	x, y := ends(t, quick)
	for range 3 {
		x.open(t, y)
		y.want(t, "opened", "hello")
	}
	x.Close()
	for range 3 {
		x.wantBroken(t, ErrClosed)
		if h := y.next(t); h.what != "closed" || h.err == nil {
			t.Errorf("%v; want closed, and why", h)
		}
	}
	x.Close()
	if n := x.rest(); n != 0 {
		t.Errorf("%d things left", n)
	}
}

// raw is a stream to e from somebody new, who keeps to no protocol.
func raw(t *testing.T, e *end) network.Stream {
	t.Helper()
	h := hosttest.New(t)
	hosttest.Connect(t, h, e.host)
	return hosttest.Open(t, h, e.host.ID(), testProtocol)
}

// 76: whoever closes his side has closed the line.
func TestHalfClose(t *testing.T) {
	e := newEnd(t, hosttest.New(t), quick)
	s := raw(t, e)
	s.Write(frame.Append(frame.Append(nil, []byte("hello")), []byte("bye")))
	s.CloseWrite()
	line := e.want(t, "opened", "hello")
	e.want(t, "received", "bye")
	if e.want(t, "closed", "") != line {
		t.Error("another line was closed")
	}
	e.Send(line, []byte("are you there?"))
	if b, err := io.ReadAll(s); err != nil || len(b) != 0 {
		t.Errorf("the other side says %q, error %v", b, err)
	}
}

// Whoever does not close his side after the other has is reset.
func TestOneWhoDoesNotLeave(t *testing.T) {
	b := quick
	b.endTime = 100 * time.Millisecond
	e := newEnd(t, hosttest.New(t), b)
	s := raw(t, e)
	s.Write(frame.Append(nil, []byte("hello")))
	line := e.want(t, "opened", "hello")
	e.End(line)
	s.Write(frame.Append(nil, []byte("wait")))
	e.want(t, "closed", "")
	hosttest.Eventually(t, "the stream is reset", func() bool { _, err := s.Write([]byte{1}); return err != nil })
}
