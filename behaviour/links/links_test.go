package links

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"tincan/behaviour/exchange"
	"tincan/behaviour/internal/hosttest"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const id = "/test/links/1"

func TestQuestionAndAnswer(t *testing.T) {
	a, b := hosttest.Pair(t)
	long := bytes.Repeat([]byte{7}, MaxAnswer)
	asker := New(a, id, nil)
	defer asker.Close()
	answerer := New(b, id, func(_ context.Context, from peer.ID, request []byte) ([]byte, error) {
		if from != a.ID() || string(request) != "who?" {
			return nil, errors.New("something else was asked")
		}
		return long, nil
	})
	defer answerer.Close()
	reply, err := asker.Ask(t.Context(), b.ID(), []byte("who?"))
	if err != nil || !bytes.Equal(reply, long) {
		t.Errorf("%d bytes back, error %v", len(reply), err)
	}
	if _, err := asker.Ask(t.Context(), b.ID(), make([]byte, MaxRequest+1)); !errors.Is(err, exchange.ErrSize) {
		t.Errorf("above MaxRequest: %v, want ErrSize", err)
	}
}

func TestRudeAsker(t *testing.T) {
	c := config(id, func(context.Context, peer.ID, []byte) ([]byte, error) { return []byte("hi"), nil })
	c.FrameTime = 200 * time.Millisecond
	b := hosttest.New(t)
	x := exchange.New(b, c)
	defer x.Close()
	for _, tc := range []struct {
		name, count string
		sends       []byte
	}{
		{"a byte above the limit", "oversize", binary.AppendUvarint(nil, MaxRequest+1)},
		{"half a request", "timeout", []byte{5, 1}},
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

func TestRudeAnswerer(t *testing.T) {
	for _, tc := range []struct {
		name  string
		sends []byte
	}{
		{"more than an answer may have", append(binary.AppendUvarint(nil, MaxAnswer+1), make([]byte, MaxAnswer+1)...)},
		{"an answer of no bytes", []byte{0}},
		{"half an answer", []byte{9, 1, 2}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a, b := hosttest.Pair(t)
			x := New(a, id, nil)
			defer x.Close()
			b.SetStreamHandler(id, func(s network.Stream) {
				s.Read(make([]byte, MaxRequest))
				s.Write(tc.sends)
				s.CloseWrite()
			})
			if reply, err := x.Ask(t.Context(), b.ID(), []byte("who?")); err == nil {
				t.Errorf("got %d bytes", len(reply))
			}
		})
	}
}
