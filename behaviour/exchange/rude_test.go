package exchange

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"tincan/behaviour/frame"
	"tincan/behaviour/internal/hosttest"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

// rude is a raw stream to the answerer, from somebody new.
func rude(t *testing.T, x *Exchange) network.Stream {
	t.Helper()
	h := hosttest.New(t)
	hosttest.Connect(t, h, x.host)
	return hosttest.Open(t, h, x.host.ID(), x.c.Protocol)
}

// isOver says that the other side has ended the stream without an answer.
func isOver(s network.Stream) bool {
	n, err := s.Read(make([]byte, 1))
	return n == 0 && err != nil && !frame.IsTimeout(err)
}

func TestRudeFrames(t *testing.T) {
	long := func(size uint64) []byte { return binary.AppendUvarint(nil, size) }
	cases := []struct {
		name  string
		bytes []byte
		half  bool // and then close for writing
		count string
	}{
		{"length 2^63-1", long(1<<63 - 1), false, "oversize"},
		{"length 2^63", long(1 << 63), false, "oversize"},
		{"length 2^64-1", long(1<<64 - 1), false, "oversize"},
		{"length above 64 bits", []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), false, "malformed"},
		{"varint of 11 bytes", append(bytes.Repeat([]byte{0x80}, 10), 1), false, "malformed"},
		{"varint that never ends", bytes.Repeat([]byte{0xff}, 100), false, "malformed"},
		{"varint not in its shortest form", []byte("\x81\x00x"), false, "malformed"},
		{"length 0", []byte{0}, false, "malformed"},
		{"length 0, 100,000 times", make([]byte, 100_000), false, "malformed"},
		{"one byte above the limit", append(long(200<<10+1), make([]byte, 1000)...), false, "oversize"},
		{"early end", append(long(100), make([]byte, 99)...), true, "malformed"},
		{"end within the length", []byte{0x80}, true, "malformed"},
		{"silence", nil, false, "timeout"},
		{"half of a length and silence", []byte{0x80}, false, "timeout"},
		{"half of a frame and silence", append(long(100), make([]byte, 99)...), false, "timeout"},
		{"large frame promised", append(long(200<<10), 1), false, "timeout"},
	}
	c := testConfig()
	c.FrameTime = 300 * time.Millisecond
	x := newExchange(t, hosttest.New(t), c)
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			before := x.Counters()[tc.count]
			s := rude(t, x)
			s.Write(tc.bytes) // nil sends the negotiation only
			if tc.half {
				s.CloseWrite()
			}
			if !isOver(s) {
				t.Error("the stream is still open")
			}
			hosttest.Eventually(t, tc.count+" counted", func() bool { return x.Counters()[tc.count] == before+1 })
		})
	}
	good := newExchange(t, hosttest.New(t), c)
	hosttest.Connect(t, good.host, x.host)
	if reply, err := good.Ask(t.Context(), x.host.ID(), []byte("hi")); err != nil || string(reply) != "hi" {
		t.Errorf("a good peer afterwards: %q, error %v", reply, err)
	}
}

func TestByteByByteIsCutOff(t *testing.T) {
	c := testConfig()
	c.FrameTime = 200 * time.Millisecond
	x := newExchange(t, hosttest.New(t), c)
	s := rude(t, x)
	s.Write([]byte("\x02ok")) // a good frame first: the long IdleTime is in force
	if n, _ := s.Read(make([]byte, 3)); n == 0 {
		t.Fatal("no answer to a good frame")
	}
	begin := time.Now()
	tick := time.NewTicker(c.FrameTime * 9 / 10)
	defer tick.Stop()
	over := make(chan bool, 1)
	go func() { over <- isOver(s) }()
	s.Write([]byte{100})
	for {
		select {
		case <-tick.C:
			s.Write([]byte{1})
		case ok := <-over:
			if d := time.Since(begin); !ok || d > 5*c.FrameTime {
				t.Errorf("reset: %v, after %s", ok, d)
			}
			return
		}
	}
}

func TestTrailingBytesEndTheStream(t *testing.T) {
	x := newExchange(t, hosttest.New(t), testConfig())
	s := rude(t, x)
	s.Write([]byte("\x02ok\x00\x00\x00"))
	hosttest.Eventually(t, "malformed counted", func() bool { return x.Counters()["malformed"] == 1 })
	io.ReadFull(s, make([]byte, 3)) // the answer, unless the reset overtook it
	if !isOver(s) {
		t.Error("the stream is still open")
	}
}

func TestOneWhoNeverReads(t *testing.T) {
	c := testConfig()
	c.FrameTime = 200 * time.Millisecond
	x := newExchange(t, hosttest.New(t), c)
	s := rude(t, x)
	request := append(binary.AppendUvarint(nil, 200<<10), make([]byte, 200<<10)...)
	for range 100 { // 20 MB, above the window of any stream
		if _, err := s.Write(request); err != nil {
			break
		}
	}
	hosttest.Eventually(t, "timeout counted", func() bool { return x.Counters()["timeout"] == 1 })
	hosttest.Eventually(t, "handler gone", func() bool { x.mu.Lock(); defer x.mu.Unlock(); return len(x.in)+len(x.from) == 0 })
}

func TestStreamsAreBounded(t *testing.T) {
	c := testConfig()
	release := make(chan struct{})
	c.Handle = func(ctx context.Context, _ peer.ID, request []byte) ([]byte, error) {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return request, nil
	}
	x := newExchange(t, hosttest.New(t), c)
	one, two := hosttest.New(t), hosttest.New(t)
	hosttest.Connect(t, one, x.host)
	hosttest.Connect(t, two, x.host)
	storm := func(h host.Host, n int) {
		var all sync.WaitGroup
		for range n {
			all.Go(func() {
				if s, err := h.NewStream(t.Context(), x.host.ID(), c.Protocol); err == nil {
					s.Write([]byte("\x02hi"))
				}
			})
		}
		all.Wait()
	}
	storm(one, 1000)
	hosttest.Eventually(t, "first peer at its bound", func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		return x.from[one.ID()] == c.StreamsPerPeer && x.refused.Load() > 0
	})
	storm(two, 100)
	hosttest.Eventually(t, "all at their bound", func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		return len(x.in) == c.StreamsTotal && x.from[two.ID()] == c.StreamsTotal-c.StreamsPerPeer
	})
	good := newExchange(t, hosttest.New(t), testConfig())
	hosttest.Connect(t, good.host, x.host)
	if _, err := good.Ask(t.Context(), x.host.ID(), []byte("hi")); !errors.Is(err, ErrBusy) {
		t.Errorf("at the bound: %v, want ErrBusy", err)
	}
	close(release)
	one.Close()
	two.Close()
	hosttest.Eventually(t, "places free again", func() bool { x.mu.Lock(); defer x.mu.Unlock(); return len(x.in)+len(x.from) == 0 })
	if reply, err := good.Ask(t.Context(), x.host.ID(), []byte("hi")); err != nil || string(reply) != "hi" {
		t.Errorf("afterwards: %q, error %v", reply, err)
	}
}

func TestOpenAndReset(t *testing.T) {
	x := newExchange(t, hosttest.New(t), testConfig())
	h := hosttest.New(t)
	hosttest.Connect(t, h, x.host)
	for i := range 10_000 {
		s, err := h.NewStream(t.Context(), x.host.ID(), testConfig().Protocol)
		if err != nil {
			continue // the resource manager of either side
		}
		if i%2 == 0 {
			s.Write([]byte{200})
		}
		s.Reset()
	}
	hosttest.Eventually(t, "no stream left", func() bool { x.mu.Lock(); defer x.mu.Unlock(); return len(x.in)+len(x.from) == 0 })
	good := newExchange(t, hosttest.New(t), testConfig())
	hosttest.Connect(t, good.host, x.host)
	if reply, err := good.Ask(t.Context(), x.host.ID(), []byte("hi")); err != nil || string(reply) != "hi" {
		t.Errorf("afterwards: %q, error %v", reply, err)
	}
}
