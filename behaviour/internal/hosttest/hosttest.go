// Package hosttest gives tests libp2p hosts on loopback, and ways to let them
// meet, behave badly and be waited for.
package hosttest

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

const (
	// patience is how long Eventually waits: long enough for a busy machine, and
	// only a test that fails takes it.
	patience = 10 * time.Second

	// look is the pause between two looks of Eventually.
	look = 2 * time.Millisecond

	// streamTime is how long a stream of Open can be read and written.
	streamTime = 5 * time.Second

	// resetTime is how long WantReset waits for the end of a stream.
	resetTime = 2 * time.Second
)

// New is a host without relay that lives as long as the test. It listens on a
// free TCP port of loopback, unless an option says where.
func New(t testing.TB, options ...libp2p.Option) host.Host {
	t.Helper()
	options = append([]libp2p.Option{libp2p.DisableMetrics(), libp2p.DisableRelay()}, options...)
	h, err := libp2p.New(append(options, loopback)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// loopback is the option that stands after all others.
func loopback(c *libp2p.Config) error {
	if len(c.ListenAddrs) > 0 {
		return nil
	}
	return c.Apply(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"))
}

// Connect lets a dial b.
func Connect(t testing.TB, a, b host.Host) {
	t.Helper()
	if err := a.Connect(t.Context(), peer.AddrInfo{ID: b.ID(), Addrs: b.Addrs()}); err != nil {
		t.Fatal(err)
	}
}

// Pair is two hosts that are connected.
func Pair(t testing.TB) (a, b host.Host) {
	t.Helper()
	a, b = New(t), New(t)
	Connect(t, a, b)
	return a, b
}

// Open is a raw stream to a peer that is connected, for those who do not keep
// to the protocol. It is reset when the test ends.
func Open(t testing.TB, from host.Host, to peer.ID, id protocol.ID) network.Stream {
	t.Helper()
	s, err := from.NewStream(t.Context(), to, id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Reset() })
	s.SetDeadline(time.Now().Add(streamTime))
	return s
}

// WantReset reads what comes, and fails the test unless a reset by the other
// side is what ends it.
func WantReset(t testing.TB, s network.Stream) {
	t.Helper()
	s.SetReadDeadline(time.Now().Add(resetTime))
	if _, err := io.Copy(io.Discard, s); !errors.Is(err, network.ErrReset) {
		t.Errorf("the stream ended with %v, want a reset", err)
	}
}

// Eventually waits for a condition that others bring about and nobody announces.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for end := time.After(patience); !ok(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}
