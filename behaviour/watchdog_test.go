package behaviour

import (
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"tincan/behaviour/internal/hosttest"
	"tincan/behaviour/wire"
)

// A peer that speaks tincan and never joins the lobby is deaf; one that does not
// speak it is nobody's concern; one that is in the lobby is fine.
func TestWatchdogFindsTheDeaf(t *testing.T) {
	b, hearing := whole(t), whole(t)
	deaf := newHost(t)
	deaf.SetStreamHandler(protocol.ID(wire.SyncProtocol("test")), func(s network.Stream) { s.Reset() })
	other := newHost(t)
	elsewhere := newHost(t)
	elsewhere.SetStreamHandler(protocol.ID(wire.SyncProtocol("elsewhere")), func(s network.Stream) { s.Reset() })
	hosttest.Connect(t, deaf, b.cfg.Host)
	hosttest.Connect(t, other, b.cfg.Host)
	hosttest.Connect(t, elsewhere, b.cfg.Host)
	hosttest.Connect(t, hearing.cfg.Host, b.cfg.Host)
	hosttest.Eventually(t, "the two that speak it are known", func() bool {
		return b.InLobby(hearing.cfg.Host.ID()) && b.speaksNow(deaf.ID())
	})
	at := time.Now()
	since := make(map[peer.ID]time.Time)
	look := func(after time.Duration, want ...peer.ID) {
		t.Helper()
		if got := b.deaf(at.Add(after), since); !slices.Equal(got, want) {
			t.Errorf("after %v: %v, want %v", after, got, want)
		}
	}
	look(0)
	if len(since) != 1 || since[deaf.ID()] != at {
		t.Fatalf("account of %v, want of the deaf one alone", since)
	}
	look(watchLimit - 1)
	look(watchLimit, deaf.ID())
	look(watchLimit + 1) // patience begins anew
	look(2*watchLimit+1, deaf.ID())

	look(3 * watchLimit)
	deaf.Close()
	hosttest.Eventually(t, "gone", func() bool {
		return b.cfg.Host.Network().Connectedness(deaf.ID()) != network.Connected
	})
	look(9 * watchLimit) // gone
	if len(since) != 0 {
		t.Errorf("account of %v, who are gone", since)
	}
}

func TestWatchdogDisconnectsTheDeaf(t *testing.T) {
	if testing.Short() {
		t.Skip("takes watchLimit")
	}
	b := whole(t)
	deaf := newHost(t)
	deaf.SetStreamHandler(protocol.ID(wire.SyncProtocol("test")), func(s network.Stream) { s.Reset() })
	gone := make(chan struct{})
	deaf.Network().Notify(&network.NotifyBundle{DisconnectedF: func(network.Network, network.Conn) { close(gone) }})
	hosttest.Connect(t, deaf, b.cfg.Host)
	began := time.Now()
	select {
	case <-gone:
	case <-time.After(watchLimit + 3*watchEvery):
		t.Fatal("still connected")
	}
	if d := time.Since(began); d < watchLimit {
		t.Errorf("disconnected after %v, too early", d)
	}
	m := make(map[string]uint64)
	b.counts.into(m)
	if m["connections renewed because gossip did not flow"] != 1 {
		t.Errorf("counted: %v", m)
	}
}
