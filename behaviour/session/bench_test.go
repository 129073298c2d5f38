package session

import (
	"io"
	"slices"
	"testing"
	"time"

	"tincan/behaviour/internal/hosttest"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

// BenchmarkRoundTrip times 100 bytes there and back on a stream that is kept
// open: raw, in the barest way that libp2p allows, and as a line of two
// sessions. "ratio" takes both by turns over the same connection and reports the
// ratio of the medians: the machine may do as it likes.
func BenchmarkRoundTrip(b *testing.B) {
	one, two := hosttest.Pair(b)
	raw, line := rawTrip(b, one, two), lineTrip(b, one, two)
	b.Run("raw", func(b *testing.B) {
		for b.Loop() {
			raw()
		}
	})
	b.Run("session", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			line()
		}
	})
	b.Run("ratio", func(b *testing.B) {
		var raws, lines []time.Duration
		for b.Loop() {
			begin := time.Now()
			raw()
			middle := time.Now()
			line()
			raws, lines = append(raws, middle.Sub(begin)), append(lines, time.Since(middle))
		}
		slices.Sort(raws)
		slices.Sort(lines)
		for name, at := range map[string]int{"p50": len(raws) / 2, "p99": len(raws) * 99 / 100} {
			b.ReportMetric(float64(lines[at])/float64(raws[at]), name+"-session/raw")
		}
	})
}

func rawTrip(b *testing.B, one, two host.Host) func() {
	two.SetStreamHandler("/test/raw/1", func(s network.Stream) {
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
	s, err := one.NewStream(b.Context(), two.ID(), "/test/raw/1")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	frame := make([]byte, 101)
	return func() {
		if _, err := s.Write(frame); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(s, frame); err != nil {
			b.Fatal(err)
		}
	}
}

// lineTrip answers on the reader's goroutine, as the raw side does.
func lineTrip(b *testing.B, one, two host.Host) func() {
	back := make(chan []byte, 1)
	var y *Session
	x := New(one, testProtocol, Config{
		MaxFrame: 1000,
		Opened:   func(Line, peer.ID, []byte) error { return nil },
		Received: func(_ Line, _ peer.ID, frame []byte) (bool, error) { back <- frame; return true, nil },
		Closed:   func(Line, error) {},
	})
	b.Cleanup(x.Close)
	y = New(two, testProtocol, Config{
		MaxFrame: 1000,
		Opened:   func(l Line, _ peer.ID, frame []byte) error { y.Send(l, frame); return nil },
		Received: func(l Line, _ peer.ID, frame []byte) (bool, error) { y.Send(l, frame); return true, nil },
		Closed:   func(Line, error) {},
	})
	b.Cleanup(y.Close)
	var line Line
	frame := make([]byte, 100)
	if err := x.Open(b.Context(), two.ID(), frame, func(l Line) { line = l }); err != nil {
		b.Fatal(err)
	}
	<-back
	return func() {
		x.Send(line, frame)
		<-back
	}
}
