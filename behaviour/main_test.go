package behaviour

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"go.uber.org/goleak"

	"tincan/behaviour/chat"
	"tincan/behaviour/internal/hosttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bare is a behaviour without protocols: what tickets and post need.
func bare(events int) (*Behaviour, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	return &Behaviour{ctx: ctx, cancel: cancel, events: make(chan chat.Event, events)}, cancel
}

// whole is a behaviour on a host of its own, listening on loopback.
func whole(t testing.TB) *Behaviour {
	t.Helper()
	return with(t, func(*Config) {})
}

// with is whole, with something changed.
func with(t testing.TB, change func(*Config)) *Behaviour {
	t.Helper()
	h := newHost(t)
	c := Config{
		Host:    h,
		Network: "test",
		Key:     h.Peerstore().PrivKey(h.ID()),
		Log:     slog.New(slog.DiscardHandler),
		Ways:    func() []peer.AddrInfo { return nil },
		Dial: func(context.Context, string) (peer.ID, bool, error) {
			return "", false, errors.New("nobody dials here")
		},
		Came: func(peer.ID) {},
		Left: func(peer.ID) {},
	}
	change(&c)
	b, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func newHost(t testing.TB) host.Host {
	t.Helper()
	return hosttest.New(t, libp2p.DisableIdentifyAddressDiscovery())
}

// next waits for an event of one kind and passes over the others.
func next[E chat.Event](t testing.TB, b *Behaviour) E {
	t.Helper()
	late := time.NewTimer(15 * time.Second)
	defer late.Stop()
	for {
		select {
		case ev := <-b.Events():
			if ev, ok := ev.(E); ok {
				return ev
			}
		case <-late.C:
			var e E
			t.Fatalf("no %T", e)
		}
	}
}
