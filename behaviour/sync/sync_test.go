package sync

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"tincan/behaviour/exchange"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const id = "/test/sync/1"

func newHost(t testing.TB) host.Host {
	t.Helper()
	h, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"), libp2p.DisableMetrics(), libp2p.DisableRelay())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func connect(t testing.TB, a, b host.Host) {
	t.Helper()
	if err := a.Connect(context.Background(), peer.AddrInfo{ID: b.ID(), Addrs: b.Addrs()}); err != nil {
		t.Fatal(err)
	}
}

func echo(_ context.Context, _ peer.ID, request []byte) ([]byte, error) { return request, nil }

func TestTurnsOfFullSize(t *testing.T) {
	a, b := newHost(t), newHost(t)
	connect(t, a, b)
	asker, answerer := New(a, id, echo), New(b, id, echo)
	defer answerer.Close()
	defer asker.Close()
	for _, n := range []int{1, MaxTurn, 300_000} {
		turn := bytes.Repeat([]byte{7}, n)
		reply, err := asker.Ask(t.Context(), b.ID(), turn)
		if err != nil || !bytes.Equal(reply, turn) {
			t.Errorf("turn of %d bytes: %d back, error %v", n, len(reply), err)
		}
	}
	if _, err := asker.Ask(t.Context(), b.ID(), make([]byte, MaxTurn+1)); !errors.Is(err, exchange.ErrSize) {
		t.Errorf("above MaxTurn: %v, want ErrSize", err)
	}
}

func TestEightTurnsAtOnce(t *testing.T) {
	a := newHost(t)
	asker := New(a, id, echo)
	defer asker.Close()
	began := make(chan struct{}, asks+5)
	release := make(chan struct{})
	var peers []peer.ID
	for range asks + 4 {
		b := newHost(t)
		connect(t, a, b)
		peers = append(peers, b.ID())
		s := New(b, id, func(ctx context.Context, _ peer.ID, request []byte) ([]byte, error) {
			began <- struct{}{}
			select {
			case <-release:
			case <-ctx.Done():
			}
			return request, nil
		})
		defer s.Close()
	}
	var all sync.WaitGroup
	for _, p := range peers {
		all.Go(func() {
			if _, err := asker.Ask(t.Context(), p, []byte("turn")); err != nil {
				t.Error(err)
			}
		})
	}
	for range asks {
		<-began
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := asker.Ask(ctx, peers[0], []byte("turn")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one more: %v, want to wait in vain", err)
	}
	if n := len(began); n != 0 {
		t.Errorf("%d turns more than %d under way", n, asks)
	}
	close(release)
	all.Wait()
}

func TestRudePeer(t *testing.T) {
	c := config(id, echo)
	c.FrameTime = 200 * time.Millisecond
	b := newHost(t)
	x := exchange.New(b, c)
	defer x.Close()
	for _, tc := range []struct {
		name, count string
		sends       []byte
	}{
		{"a byte above the limit", "oversize", binary.AppendUvarint(nil, MaxTurn+1)},
		{"a full turn promised, half of it sent", "timeout", append(binary.AppendUvarint(nil, MaxTurn), make([]byte, MaxTurn/2)...)},
		{"silence", "timeout", nil},
		{"nothing", "malformed", []byte{0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHost(t)
			connect(t, h, b)
			s, err := h.NewStream(t.Context(), b.ID(), id)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Reset()
			before := x.Counters()[tc.count]
			s.Write(tc.sends)
			s.SetReadDeadline(time.Now().Add(2 * time.Second))
			if _, err := io.Copy(io.Discard, s); !errors.Is(err, network.ErrReset) {
				t.Errorf("the stream ended with %v, want a reset", err)
			}
			if n := x.Counters()[tc.count] - before; n != 1 {
				t.Errorf("%s counted %d times", tc.count, n)
			}
		})
	}
}
