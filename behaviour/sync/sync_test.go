package sync

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"testing"
	"time"

	"tincan/behaviour/exchange"
	"tincan/behaviour/internal/hosttest"

	"github.com/libp2p/go-libp2p/core/peer"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const id = "/test/sync/1"

func echo(_ context.Context, _ peer.ID, request []byte) ([]byte, error) { return request, nil }

func TestTurnsOfFullSize(t *testing.T) {
	a, b := hosttest.Pair(t)
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
	a := hosttest.New(t)
	asker := New(a, id, echo)
	defer asker.Close()
	began := make(chan struct{}, asks+5)
	release := make(chan struct{})
	var peers []peer.ID
	for range asks + 4 {
		b := hosttest.New(t)
		hosttest.Connect(t, a, b)
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
	b := hosttest.New(t)
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
			h := hosttest.New(t)
			hosttest.Connect(t, h, b)
			s := hosttest.Open(t, h, b.ID(), id)
			before := x.Counters()[tc.count]
			s.Write(tc.sends)
			hosttest.WantReset(t, s)
			if n := x.Counters()[tc.count] - before; n != 1 {
				t.Errorf("%s counted %d times", tc.count, n)
			}
		})
	}
}
