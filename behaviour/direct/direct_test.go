package direct

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"tincan/behaviour/exchange"
	"tincan/behaviour/internal/hosttest"

	"github.com/libp2p/go-libp2p/core/peer"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const id = "/test/direct/1"

func stored(_ context.Context, _ peer.ID, request []byte) ([]byte, error) {
	return fmt.Appendf(nil, "stored %d", len(request)), nil
}

func TestAMessageAndItsReceipt(t *testing.T) {
	a, b := hosttest.Pair(t)
	from := make(chan peer.ID, 1)
	answerer := New(b, id, func(ctx context.Context, p peer.ID, request []byte) ([]byte, error) {
		from <- p
		return stored(ctx, p, request)
	})
	defer answerer.Close()
	asker := New(a, id, stored)
	defer asker.Close()

	for _, n := range []int{1, MaxRequest} {
		answer, err := asker.Ask(t.Context(), b.ID(), make([]byte, n))
		if want := fmt.Sprintf("stored %d", n); err != nil || string(answer) != want {
			t.Errorf("answer %q, error %v, want %q", answer, err, want)
		}
		if p := <-from; p != a.ID() {
			t.Errorf("from %s, want %s", p, a.ID())
		}
	}
	if _, err := asker.Ask(t.Context(), b.ID(), make([]byte, MaxRequest+1)); !errors.Is(err, exchange.ErrSize) {
		t.Errorf("above MaxRequest: %v, want ErrSize", err)
	}
}

func TestRudePeer(t *testing.T) {
	length := func(n uint64) []byte { return binary.AppendUvarint(nil, n) }
	cases := []struct {
		row   int // of the list of bad input
		name  string
		sends []byte
		ends  bool
		count string
	}{
		{47, "open, send nothing", nil, false, "timeout"},
		{48, "a byte and no more", []byte{200}, false, "timeout"},
		{49, "length 2^63-1", length(1<<63 - 1), false, "oversize"},
		{50, "varint of 11 bytes", append(bytes.Repeat([]byte{0x80}, 10), 1), false, "malformed"},
		{51, "length 0, 100,000 times", make([]byte, 100_000), false, "malformed"},
		{52, "a byte above the limit", length(MaxRequest + 1), false, "oversize"},
		{53, "early end", append(length(1000), make([]byte, 999)...), true, "malformed"},
		{54, "trailing bytes", []byte("\x02hi\x00"), false, "malformed"},
		{66, "varint not in its shortest form", []byte("\x82\x00hi"), false, "malformed"},
	}
	c := config(id, stored)
	c.FrameTime = 200 * time.Millisecond
	b := hosttest.New(t)
	d := exchange.New(b, c)
	defer d.Close()
	for _, tc := range cases {
		t.Run(fmt.Sprintf("%d %s", tc.row, tc.name), func(t *testing.T) {
			h := hosttest.New(t)
			hosttest.Connect(t, h, b)
			s := hosttest.Open(t, h, b.ID(), id)
			before := d.Counters()[tc.count]
			s.Write(tc.sends)
			if tc.ends {
				s.CloseWrite()
			}
			hosttest.WantReset(t, s)
			if n := d.Counters()[tc.count] - before; n != 1 {
				t.Errorf("%s counted %d times", tc.count, n)
			}
		})
	}
}

func TestAThousandStreams(t *testing.T) {
	release := make(chan struct{})
	a, b := hosttest.Pair(t)
	d := New(b, id, func(ctx context.Context, from peer.ID, request []byte) ([]byte, error) {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return stored(ctx, from, request)
	})
	defer d.Close()
	answers := make(chan error, 1000)
	opened := 0
	for range 1000 {
		s, err := a.NewStream(t.Context(), b.ID(), id)
		if err != nil {
			continue
		}
		opened++
		s.SetDeadline(time.Now().Add(8 * time.Second))
		s.Write([]byte("\x02hi"))
		go func() {
			_, err := s.Read(make([]byte, 1))
			answers <- err
			s.Reset()
		}()
	}
	for range opened - streamsPerPeer {
		if err := <-answers; err == nil {
			t.Fatal("a stream was answered before any handler returned")
		}
	}
	if d.Counters()["refused"] == 0 {
		t.Error("none was refused by the room")
	}
	close(release)
	for range streamsPerPeer {
		if err := <-answers; err != nil {
			t.Errorf("one of the %d: %v", streamsPerPeer, err)
		}
	}
}
