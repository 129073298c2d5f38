package session

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"tincan/behaviour/frame"
	"tincan/behaviour/internal/hosttest"

	"github.com/libp2p/go-libp2p/core/peer"
)

// What is no frame ends the line with a reset, is counted, and told if the line was.
func TestRudeFrames(t *testing.T) {
	long := func(size uint64) []byte { return binary.AppendUvarint(nil, size) }
	b := quick
	b.frameTime = 300 * time.Millisecond
	e := newEnd(t, hosttest.New(t), b)
	for _, c := range []struct {
		name  string
		bytes []byte
		count string
		why   error
	}{
		{"49 length 2^63-1", long(1<<63 - 1), "oversize", ErrMalformed},
		{"49 length 2^64-1", long(1<<64 - 1), "oversize", ErrMalformed},
		{"50 varint of 11 bytes", append(bytes.Repeat([]byte{0x80}, 10), 1), "malformed", ErrMalformed},
		{"66 varint not in its shortest form", []byte("\x81\x00x"), "malformed", ErrMalformed},
		{"51 length 0, 100,000 times", make([]byte, 100_000), "malformed", ErrMalformed},
		{"52 one byte above the limit", append(long(200<<10+1), make([]byte, 1000)...), "oversize", ErrMalformed},
		{"53 half of a length and silence", []byte{0x80}, "timeout", ErrTimeout},
		{"53 half of a frame and silence", append(long(100), make([]byte, 99)...), "timeout", ErrTimeout},
	} {
		for _, first := range []bool{true, false} {
			name := c.name
			if first {
				name += ", before anything else"
			}
			t.Run(name, func(t *testing.T) {
				before := e.Counters()[c.count]
				s := raw(t, e)
				if !first {
					s.Write(frame.Append(nil, []byte("hello")))
					e.want(t, "opened", "hello")
				}
				s.Write(c.bytes)
				hosttest.WantReset(t, s)
				if !first {
					e.wantBroken(t, c.why)
				}
				hosttest.Eventually(t, "nothing left", func() bool { return e.rest() == 0 })
				if n := e.Counters()[c.count]; n != before+1 {
					t.Errorf("%s: %d, want %d", c.count, n, before+1)
				}
			})
		}
	}
	t.Run("47 silence", func(t *testing.T) {
		s := raw(t, e)
		s.Write(nil) // sends the negotiation
		hosttest.WantReset(t, s)
	})
	if len(e.happened) != 0 {
		t.Errorf("told of a line without a frame: %v", <-e.happened)
	}
}

func TestSilenceBetweenFramesIsNoOffence(t *testing.T) {
	b := quick
	b.frameTime = 100 * time.Millisecond
	x, y := ends(t, b)
	line := x.open(t, y)
	yours := y.want(t, "opened", "hello")
	y.Send(yours, []byte("hello"))
	x.want(t, "received", "hello")
	time.Sleep(5 * b.frameTime) // the silence itself
	x.Send(line, []byte("still there?"))
	y.want(t, "received", "still there?")
	y.Send(yours, []byte("yes"))
	x.want(t, "received", "yes")
}

// 48: a frame that trickles in is cut off, whatever came before it.
func TestByteByByte(t *testing.T) {
	b := quick
	b.frameTime = 200 * time.Millisecond
	e := newEnd(t, hosttest.New(t), b)
	s := raw(t, e)
	s.Write(frame.Append(nil, []byte("hello")))
	e.want(t, "opened", "hello")
	begin := time.Now()
	s.Write([]byte{100})
	tick := time.NewTicker(b.frameTime / 3)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.Write([]byte{1})
		case h := <-e.happened:
			if d := time.Since(begin); !errors.Is(h.err, ErrTimeout) || d > 5*b.frameTime {
				t.Errorf("%v, after %v", h, d)
			}
			return
		}
	}
}

// What the receiver refuses ends the line: the first frame without a word more,
// 69, and a later one as a break, 70.
func TestRefused(t *testing.T) {
	x, y := ends(t, quick)
	if err := x.Open(t.Context(), y.host.ID(), []byte("refuse"), func(Line) {}); err != nil {
		t.Fatal(err)
	}
	y.want(t, "opened", "refuse")
	if h := x.next(t); h.what != "closed" || h.err == nil {
		t.Errorf("%v; want closed, and why", h)
	}
	line := x.open(t, y)
	y.want(t, "opened", "hello") // nothing of the other line before
	x.Send(line, []byte("refuse"))
	y.want(t, "received", "refuse")
	y.wantBroken(t, ErrMalformed)
	if n := y.Counters()["malformed"]; n != 2 {
		t.Errorf("malformed: %d, want 2", n)
	}
}

// 77: whoever says nothing too often is cut off; whoever answers what he is told is not.
func TestFlood(t *testing.T) {
	e := newEnd(t, hosttest.New(t), quick)
	s := raw(t, e)
	s.Write(frame.Append(nil, []byte("hello")))
	line := e.want(t, "opened", "hello")
	const answers = 3000
	for range answers {
		e.Send(line, []byte("hi"))
	}
	storm := bytes.Repeat(frame.Append(nil, []byte("idle")), 10*idleBurst)
	go s.Write(storm) // ends with the reset
	n := 0
	h := e.next(t)
	for ; h.what == "received"; h = e.next(t) {
		n++
	}
	if !errors.Is(h.err, ErrFlood) || n < idleBurst || e.Counters()["flood"] != 1 {
		t.Errorf("after %d frames: %v, counters %v", n, h, e.Counters())
	}
}

func TestBucket(t *testing.T) {
	begin := time.Now()
	for _, c := range []struct {
		name   string
		earned int
		wait   time.Duration // after the first burst
		want   int
	}{
		{"burst", 0, 0, 0},
		{"a second later", 0, time.Second, idleRate},
		{"an hour later", 0, time.Hour, idleBurst},
		{"as many answers", 500, 0, 500},
		{"more answers than there is room", 10 * idleBurst, 0, idleBurst},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bucket
			now, n := begin, 0
			for b.take(now, 0) {
				n++
			}
			if n != idleBurst {
				t.Errorf("%d at once, want %d", n, idleBurst)
			}
			now, n = now.Add(c.wait), 0
			for earned := c.earned; b.take(now, earned); earned = 0 {
				n++
			}
			if n != c.want {
				t.Errorf("%d more, want %d", n, c.want)
			}
		})
	}
}

// One who does not read is cut off when too much waits for him, and until then
// costs his sender hardly any time.
func TestOneWhoNeverReads(t *testing.T) {
	e := newEnd(t, hosttest.New(t), quick)
	s := raw(t, e)
	s.Write(frame.Append(nil, []byte("hello")))
	line := e.want(t, "opened", "hello")
	big := make([]byte, promptSize)
	var longest time.Duration
	sent := 0
	for ; e.Counters()["full"] == 0 && sent < 100_000; sent++ { // 400 MB, above the window of any stream
		begin := time.Now()
		e.Send(line, big)
		longest = max(longest, time.Since(begin))
	}
	e.wantBroken(t, ErrFull)
	if longest > 50*promptTime { // of which the machine may have had its part
		t.Errorf("a frame took %v to send", longest)
	}
	t.Logf("%d frames, the slowest %v", sent, longest)
}

// One who reads nothing and is told little is cut off by time.
func TestOneWhoReadsTooSlowly(t *testing.T) {
	b := quick
	b.frameTime = 200 * time.Millisecond
	e := newEnd(t, hosttest.New(t), b)
	s := raw(t, e)
	s.Write(frame.Append(nil, []byte("hello")))
	line := e.want(t, "opened", "hello")
	for range 5 { // above the first window, below the bound of the queue
		e.Send(line, make([]byte, 180<<10))
	}
	e.wantBroken(t, ErrTimeout)
	if n := e.Counters()["timeout"]; n != 1 {
		t.Errorf("timeout: %d, want 1", n)
	}
	hosttest.WantReset(t, s)
}

// A slow receiver slows down its peer, and nobody else.
func TestBackPressure(t *testing.T) {
	release := make(chan struct{})
	slow := hosttest.New(t)
	y := start(slow, testProtocol, Config{
		MaxFrame: 200 << 10,
		Opened: func(_ Line, _ peer.ID, first []byte) error {
			if string(first) == "hello" {
				<-release
			}
			return nil
		},
		Received: func(Line, peer.ID, []byte) (bool, error) { return true, nil },
		Closed:   func(Line, error) {},
	}, quick)
	t.Cleanup(y.Close)
	x := newEnd(t, hosttest.New(t), quick)
	hosttest.Connect(t, x.host, slow)
	line := x.open(t, &end{Session: y})
	for range 5 { // what does not fit the window of the stream waits here
		x.Send(line, make([]byte, 180<<10))
	}
	waits := func() bool {
		l := x.line(line)
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.writing
	}
	hosttest.Eventually(t, "the writer waits", waits)
	good := hosttest.New(t)
	hosttest.Connect(t, good, slow)
	s := hosttest.Open(t, good, slow.ID(), testProtocol)
	s.Write(frame.Append(nil, []byte("another")))
	hosttest.Eventually(t, "another line is open", func() bool { y.mu.Lock(); defer y.mu.Unlock(); return len(y.lines) == 2 })
	close(release)
	hosttest.Eventually(t, "all is written", func() bool { return !waits() })
}

// 68: streams that come and go leave nothing.
func TestOpenAndReset(t *testing.T) {
	e := newEnd(t, hosttest.New(t), quick)
	h := hosttest.New(t)
	hosttest.Connect(t, h, e.host)
	for i := range 3000 {
		s, err := h.NewStream(t.Context(), e.host.ID(), testProtocol)
		if err != nil {
			continue // the resource manager of either side
		}
		if i%2 == 0 {
			s.Write([]byte{200})
		}
		s.Reset()
	}
	hosttest.Eventually(t, "nothing left", func() bool { return e.rest() == 0 })
	good := newEnd(t, hosttest.New(t), quick)
	hosttest.Connect(t, good.host, e.host)
	good.open(t, e)
	e.want(t, "opened", "hello")
}
