package behaviour

import (
	"testing"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"go.uber.org/goleak"

	"context"
	"errors"
	"log/slog"
	"time"

	"tincan/behaviour/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bare is a behaviour without protocols: what tickets and post need.
func bare(events int) (*Behaviour, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	return &Behaviour{ctx: ctx, cancel: cancel, events: make(chan chat.Event, events)}, cancel
}

// whole is a behaviour on a host of its own, listening on loopback.
func whole(t *testing.T) *Behaviour {
	t.Helper()
	h, key := newHost(t)
	b, err := New(Config{
		Host:    h,
		Network: "test",
		Key:     key,
		Log:     slog.New(slog.DiscardHandler),
		Ways:    func() []peer.AddrInfo { return nil },
		Dial: func(context.Context, string) (peer.ID, error) {
			return "", errors.New("nobody dials here")
		},
		Came: func(peer.ID) {},
		Left: func(peer.ID) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func newHost(t *testing.T) (host.Host, crypto.PrivKey) {
	t.Helper()
	key, _, err := crypto.GenerateEd25519Key(nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := libp2p.New(libp2p.Identity(key), libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"),
		libp2p.DisableMetrics(), libp2p.DisableRelay(), libp2p.DisableIdentifyAddressDiscovery())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h, key
}

func connect(t *testing.T, from, to host.Host) {
	t.Helper()
	if err := from.Connect(t.Context(), peer.AddrInfo{ID: to.ID(), Addrs: to.Addrs()}); err != nil {
		t.Fatal(err)
	}
}

// next waits for an event of one kind and passes over the others.
func next[E chat.Event](t *testing.T, b *Behaviour) E {
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
