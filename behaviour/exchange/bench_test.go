package exchange

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"tincan/behaviour/internal/hosttest"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

const rawProtocol = "/test/raw/1"

// rawPair answers fixed-size frames in the barest way that libp2p allows.
func rawPair(b *testing.B) (host.Host, host.Host) {
	one, two := hosttest.Pair(b)
	two.SetStreamHandler(rawProtocol, func(s network.Stream) {
		defer s.Close()
		frame := make([]byte, 101)
		for {
			if _, err := io.ReadFull(s, frame); err != nil {
				return
			}
			if _, err := s.Write(frame); err != nil {
				return
			}
		}
	})
	return one, two
}

func rawTurn(b *testing.B, s network.Stream, out, in []byte) {
	if _, err := s.Write(out); err != nil {
		b.Fatal(err)
	}
	if _, err := io.ReadFull(s, in); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkTurn times 100 bytes there and back, raw and through the room, by
// turns and over the same connection, and reports the ratio of the medians: the
// machine may do as it likes.
func BenchmarkTurn(b *testing.B) {
	out, in := make([]byte, 101), make([]byte, 101)
	request := make([]byte, 100)
	long, cancel := context.WithCancel(context.Background())
	defer cancel()

	one, two := rawPair(b)
	kept, err := one.NewStream(long, two.ID(), rawProtocol)
	if err != nil {
		b.Fatal(err)
	}
	defer kept.Close()
	c := testConfig()
	c.FrameTime, c.IdleTime = 10*time.Second, 2*time.Minute
	x, y := newExchange(b, one, c), newExchange(b, two, c)

	rawKept := func() { rawTurn(b, kept, out, in) }
	rawFresh := func() {
		s, err := one.NewStream(long, two.ID(), rawProtocol)
		if err != nil {
			b.Fatal(err)
		}
		s.SetDeadline(time.Now().Add(c.FrameTime))
		rawTurn(b, s, out, in)
		s.Close()
	}
	room := func(ask func(context.Context, peer.ID, []byte) ([]byte, error), ctx context.Context) func() {
		return func() {
			if _, err := ask(ctx, y.host.ID(), request); err != nil {
				b.Fatal(err)
			}
		}
	}
	deadline, cancelDeadline := context.WithTimeout(long, 8*time.Second)
	defer cancelDeadline()
	for _, bc := range []struct {
		name      string
		raw, room func()
	}{
		{"kept", rawKept, room(x.Ask, long)},
		{"kept with a deadline", rawKept, room(x.Ask, deadline)},
		{"fresh", rawFresh, room(x.Fresh, long)},
	} {
		b.Run(bc.name, func(b *testing.B) {
			var raw, room []time.Duration
			for b.Loop() {
				begin := time.Now()
				bc.raw()
				middle := time.Now()
				bc.room()
				raw, room = append(raw, middle.Sub(begin)), append(room, time.Since(middle))
			}
			slices.Sort(raw)
			slices.Sort(room)
			r, m := raw[len(raw)/2], room[len(room)/2]
			b.ReportMetric(float64(m)/float64(r), "room/raw")
			b.ReportMetric(float64(r.Nanoseconds()), "raw-ns")
			b.ReportMetric(float64(m.Nanoseconds()), "room-ns")
		})
	}
}
