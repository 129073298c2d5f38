package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tincan/behaviour/internal/hosttest"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testConfig answers a request with itself, within bounds that tests can reach.
func testConfig() Config {
	return Config{
		Protocol:       "/test/exchange/1",
		MaxRequest:     200 << 10,
		MaxReply:       200 << 10,
		FrameTime:      2 * time.Second,
		IdleTime:       10 * time.Second,
		StreamsPerPeer: 4,
		StreamsTotal:   6,
		Handle: func(_ context.Context, _ peer.ID, request []byte) ([]byte, error) {
			return request, nil
		},
	}
}

func newExchange(t testing.TB, h host.Host, c Config) *Exchange {
	t.Helper()
	x := New(h, c)
	t.Cleanup(x.Close)
	return x
}

// pair is a host that asks and one that answers by c.
func pair(t testing.TB, c Config) (asker, answerer *Exchange) {
	t.Helper()
	a, b := hosttest.Pair(t)
	return newExchange(t, a, c), newExchange(t, b, c)
}

// streams counts the streams of the exchange between a host and a peer.
func streams(h host.Host, p peer.ID) (n int) {
	for _, c := range h.Network().ConnsToPeer(p) {
		for _, s := range c.GetStreams() {
			if s.Protocol() == testConfig().Protocol {
				n++
			}
		}
	}
	return n
}

func TestFramesOfEverySize(t *testing.T) {
	a, b := pair(t, testConfig())
	for _, n := range []int{1, 127, 128, 4094, 4096, 16383, 16384, 64 << 10, 64<<10 + 1, 3*64<<10 + 7, 200 << 10} {
		request := bytes.Repeat([]byte{byte(n)}, n)
		reply, err := a.Ask(t.Context(), b.host.ID(), request)
		if err != nil || !bytes.Equal(reply, request) {
			t.Errorf("ask with %d bytes: %d bytes back, error %v", n, len(reply), err)
		}
	}
	if n := streams(a.host, b.host.ID()); n != 1 {
		t.Errorf("%d streams after asks one by one, want the kept one", n)
	}
	for _, n := range []int{0, 200<<10 + 1} {
		if _, err := a.Ask(t.Context(), b.host.ID(), make([]byte, n)); !errors.Is(err, ErrSize) {
			t.Errorf("ask with %d bytes: %v, want ErrSize", n, err)
		}
	}
}

func TestFreshLeavesNoStream(t *testing.T) {
	a, b := pair(t, testConfig())
	for range 20 {
		if _, err := a.Fresh(t.Context(), b.host.ID(), []byte("hi")); err != nil {
			t.Fatal(err)
		}
	}
	hosttest.Eventually(t, "no stream left", func() bool { return streams(a.host, b.host.ID())+streams(b.host, a.host.ID()) == 0 })
	if len(a.roads) != 0 {
		t.Errorf("%d roads left", len(a.roads))
	}
}

func TestAskOutlivesTheOtherSidesRestart(t *testing.T) {
	c := testConfig()
	a, b := pair(t, c)
	for range 3 {
		if reply, err := a.Ask(t.Context(), b.host.ID(), []byte("hi")); err != nil || string(reply) != "hi" {
			t.Fatalf("reply %q, error %v", reply, err)
		}
		b.Close()
		b = newExchange(t, b.host, c)
	}
}

func TestAskOutlivesTheConnection(t *testing.T) {
	a, b := pair(t, testConfig())
	for range 3 {
		if reply, err := a.Ask(t.Context(), b.host.ID(), []byte("hi")); err != nil || string(reply) != "hi" {
			t.Fatalf("reply %q, error %v", reply, err)
		}
		a.host.Network().ClosePeer(b.host.ID())
	}
}

func TestManyAsksAtOnce(t *testing.T) {
	var now, most atomic.Int32
	c := testConfig()
	c.Asks = 3
	c.StreamsPerPeer = 8
	c.StreamsTotal = 8
	c.Handle = func(_ context.Context, _ peer.ID, request []byte) ([]byte, error) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		return request, nil
	}
	a, b := pair(t, c)
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			request := fmt.Appendf(nil, "request %d", i)
			reply, err := a.Ask(t.Context(), b.host.ID(), request)
			if err != nil || !bytes.Equal(reply, request) {
				t.Errorf("asked %q: %q, error %v", request, reply, err)
			}
		})
	}
	all.Wait()
	if n := streams(a.host, b.host.ID()); n > 3 || most.Load() > 3 {
		t.Errorf("%d streams, %d handlers at once, want 3 at most", n, most.Load())
	}
	for name, n := range b.Counters() {
		if n != 0 {
			t.Errorf("%s: %d", name, n)
		}
	}
}

func TestHandlerThatFails(t *testing.T) {
	var calls atomic.Int32
	c := testConfig()
	c.Handle = func(_ context.Context, _ peer.ID, request []byte) ([]byte, error) {
		calls.Add(1)
		switch string(request) {
		case "panic":
			panic("on purpose")
		case "error":
			return nil, errors.New("on purpose")
		case "nothing":
			return nil, nil
		case "too much":
			return make([]byte, c.MaxReply+1), nil
		}
		return request, nil
	}
	a, b := pair(t, c)
	for _, bad := range []string{"panic", "error", "nothing", "too much"} {
		// A good one first, so that the bad one goes over a kept stream.
		if _, err := a.Ask(t.Context(), b.host.ID(), []byte("good")); err != nil {
			t.Fatal(err)
		}
		calls.Store(0)
		if _, err := a.Ask(t.Context(), b.host.ID(), []byte(bad)); !errors.Is(err, ErrRefused) || calls.Load() != 1 {
			t.Errorf("%s: error %v after %d calls, want ErrRefused after one", bad, err, calls.Load())
		}
	}
	if n := b.Counters(); n["panic"] != 1 || n["failed"] != 3 {
		t.Errorf("counters %v, want 1 panic, 3 failed", n)
	}
}

func TestContextEndsAnAsk(t *testing.T) {
	started := make(chan struct{}, 1)
	c := testConfig()
	c.StreamsPerPeer = 8 // the slow handlers keep their places until Close
	c.StreamsTotal = 8
	c.Handle = func(ctx context.Context, _ peer.ID, request []byte) ([]byte, error) {
		if string(request) == "quick" {
			return request, nil
		}
		started <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	a, b := pair(t, c)
	for name, ask := range map[string]func(context.Context, peer.ID, []byte) ([]byte, error){"ask": a.Ask, "fresh": a.Fresh} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-started; cancel() }()
		begin := time.Now()
		if _, err := ask(ctx, b.host.ID(), []byte("slow")); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled: %v", name, err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
		go func() { <-started }()
		if _, err := ask(ctx, b.host.ID(), []byte("slow")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s, out of time: %v", name, err)
		}
		cancel()
		if d := time.Since(begin); d > time.Second {
			t.Errorf("%s: took %s", name, d)
		}
	}
	if n := streams(a.host, b.host.ID()); n != 0 {
		t.Errorf("%d streams left at the asker", n)
	}
	// Cancelled after the reply: the next ask must not suffer.
	for range 100 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := a.Ask(ctx, b.host.ID(), []byte("quick"))
		cancel()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestSilentAnswererCostsFrameTime(t *testing.T) {
	c := testConfig()
	c.FrameTime = 60 * time.Millisecond
	a, b := hosttest.Pair(t)
	x := newExchange(t, a, c)
	b.SetStreamHandler(c.Protocol, func(s network.Stream) {}) // takes and says nothing
	begin := time.Now()
	_, err := x.Ask(t.Context(), b.ID(), []byte("hi"))
	if err == nil || time.Since(begin) > time.Second {
		t.Errorf("error %v after %s", err, time.Since(begin))
	}
	if n := streams(a, b.ID()); n != 0 {
		t.Errorf("%d streams left", n)
	}
}

func TestAnswererThatLies(t *testing.T) {
	for name, answer := range map[string]string{
		"empty frame":      "\x00",
		"too large":        "\xff\xff\xff\x7f",
		"too long varint":  "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
		"half a frame":     "\x05abc",
		"nothing":          "",
		"half of a length": "\x80",
	} {
		t.Run(name, func(t *testing.T) {
			a, b := hosttest.Pair(t)
			x := newExchange(t, a, testConfig())
			var opened atomic.Int32
			b.SetStreamHandler(testConfig().Protocol, func(s network.Stream) {
				opened.Add(1)
				s.Read(make([]byte, 100))
				s.Write([]byte(answer))
				s.Close()
			})
			if reply, err := x.Ask(t.Context(), b.ID(), []byte("hi")); err == nil || opened.Load() != 1 {
				t.Errorf("reply %q, error %v, %d streams opened", reply, err, opened.Load())
			}
			if n := streams(a, b.ID()); n != 0 {
				t.Errorf("%d streams left", n)
			}
		})
	}
}

func TestAnswererThatSaysMoreIsNotAskedAgainOnThatStream(t *testing.T) {
	a, b := hosttest.Pair(t)
	x := newExchange(t, a, testConfig())
	b.SetStreamHandler(testConfig().Protocol, func(s network.Stream) {
		s.Read(make([]byte, 100))
		s.Write([]byte("\x02ok\x04more"))
	})
	for range 3 {
		if reply, err := x.Ask(t.Context(), b.ID(), []byte("hi")); err != nil || string(reply) != "ok" {
			t.Errorf("reply %q, error %v", reply, err)
		}
	}
}

func TestIdleStreamsAreClosedByTheAsker(t *testing.T) {
	c := testConfig()
	c.IdleTime = 200 * time.Millisecond
	a, b := hosttest.Pair(t)
	x := newExchange(t, a, c)
	c.IdleTime = time.Minute
	newExchange(t, b, c)
	if _, err := x.Ask(t.Context(), b.ID(), []byte("hi")); err != nil {
		t.Fatal(err)
	}
	hosttest.Eventually(t, "idle stream closed", func() bool { return streams(a, b.ID()) == 0 })
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.roads) != 0 || len(x.out) != 0 {
		t.Errorf("%d roads, %d streams remembered", len(x.roads), len(x.out))
	}
}

func TestIdleStreamsAreClosedByTheAnswerer(t *testing.T) {
	c := testConfig()
	c.IdleTime = time.Minute
	a, b := hosttest.Pair(t)
	x := newExchange(t, a, c)
	c.IdleTime = 50 * time.Millisecond
	y := newExchange(t, b, c)
	for range 3 {
		if _, err := x.Ask(t.Context(), b.ID(), []byte("hi")); err != nil {
			t.Fatal(err)
		}
		hosttest.Eventually(t, "idle stream closed", func() bool { y.mu.Lock(); defer y.mu.Unlock(); return len(y.in) == 0 })
	}
	if n := y.Counters()["timeout"]; n != 0 {
		t.Errorf("%d timeouts counted for being idle", n)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	started := make(chan struct{})
	c := testConfig()
	c.Handle = func(ctx context.Context, _ peer.ID, request []byte) ([]byte, error) {
		close(started)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	a, b := pair(t, c)
	result := make(chan error)
	go func() {
		_, err := a.Ask(context.Background(), b.host.ID(), []byte("hi"))
		result <- err
	}()
	<-started
	a.Close()
	if err := <-result; !errors.Is(err, ErrClosed) {
		t.Errorf("ask under way: %v, want ErrClosed", err)
	}
	b.Close()
	if _, err := a.Ask(context.Background(), b.host.ID(), []byte("hi")); !errors.Is(err, ErrClosed) {
		t.Errorf("ask after Close: %v, want ErrClosed", err)
	}
	if n := streams(a.host, b.host.ID()) + streams(b.host, a.host.ID()); n != 0 {
		t.Errorf("%d streams left", n)
	}
}
