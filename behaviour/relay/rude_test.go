package relay

import (
	"crypto/rand"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/client"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/proto"

	"tincan/behaviour/internal/hosttest"
)

// Relays that take a request and say nothing hold nobody up.
func TestSilentRelays(t *testing.T) {
	h, seek := seeking(t)
	asked := make(chan struct{}, 100)
	for range enough {
		rude := newHost(t)
		rude.SetStreamHandler(proto.ProtoIDv2Hop, func(s network.Stream) { asked <- struct{}{} }) // until the host ends
		link(t, h, rude, seek)
	}
	for range enough {
		<-asked
	}
	r, _ := offering(t, everybody)
	link(t, h, r, seek)
	began := time.Now()
	hosttest.Eventually(t, "the honest one is found", func() bool { return len(circuits(h)) == 1 })
	if took := time.Since(began); took > reserveTime+time.Second {
		t.Errorf("found after %v", took)
	}
}

// A relay that talks nonsense, or promises what has passed, is not believed.
func TestLyingRelays(t *testing.T) {
	junk := make([]byte, 8<<10)
	rand.Read(junk)
	for name, says := range map[string][]byte{
		"nothing":                {},
		"junk":                   junk,
		"half a word":            {0x20, 1, 2},
		"too long":               {0xff, 0xff, 0xff, 0xff, 0x7f},
		"ok, and no reservation": {4, 8, 2, 40, 100},
	} {
		t.Run(name, func(t *testing.T) {
			h, seek := seeking(t)
			rude := newHost(t)
			asked := make(chan struct{}, 100)
			rude.SetStreamHandler(proto.ProtoIDv2Hop, func(s network.Stream) {
				s.Write(says)
				s.Close()
				asked <- struct{}{}
			})
			link(t, h, rude, seek)
			<-asked
			<-asked // not believed, so asked again
			if n := len(circuits(h)); n != 0 {
				t.Errorf("%d addresses from a liar", n)
			}
		})
	}
}

// Who asks for more than there is is refused, and those who have something keep it.
func TestReservationsAreBounded(t *testing.T) {
	r, offer := offering(t, everybody)
	for i := range maxReservations {
		h := newHost(t)
		hosttest.Connect(t, h, r)
		if _, err := client.Reserve(t.Context(), h, peer.AddrInfo{ID: r.ID()}); err != nil {
			t.Fatalf("reservation %d: %v", i, err)
		}
	}
	h := newHost(t)
	hosttest.Connect(t, h, r)
	if _, err := client.Reserve(t.Context(), h, peer.AddrInfo{ID: r.ID()}); err == nil {
		t.Error("one more is accepted")
	}
	// The relay answers first and counts then.
	hosttest.Eventually(t, "one refusal is counted", func() bool { return offer.Counters()["relay requests that were refused"] == 1 })
}

func TestCircuitsAreBounded(t *testing.T) {
	r, _ := offering(t, everybody)
	h, seek := seeking(t)
	link(t, h, r, seek)
	hosttest.Eventually(t, "reachable", func() bool { return len(circuits(h)) == 1 })
	for i := range maxCircuits {
		if err := via(t, newHost(t), h); err != nil {
			t.Fatalf("circuit %d: %v", i, err)
		}
	}
	if err := via(t, newHost(t), h); err == nil {
		t.Error("one more is carried")
	}
}

// Requests that are none are ended, and a request does not open a way to a peer
// that has not asked for it.
func TestRudeRequests(t *testing.T) {
	r, _ := offering(t, everybody)
	a, b := newHost(t), newHost(t)
	hosttest.Connect(t, a, r)
	hosttest.Connect(t, b, r)
	for name, says := range map[string][]byte{
		"junk":     []byte("GET / HTTP/1.1\r\n\r\n"),
		"too long": {0xff, 0xff, 0xff, 0xff, 0x7f},
		"a status": {2, 8, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := hosttest.Open(t, a, r.ID(), proto.ProtoIDv2Hop)
			if _, err := s.Write(says); err != nil {
				t.Fatal(err)
			}
			s.CloseWrite()
			answer, err := io.ReadAll(s) // a refusal, or nothing
			if err != nil && !errors.Is(err, network.ErrReset) {
				t.Errorf("the stream goes on: %v", err)
			}
			if len(answer) > 16 {
				t.Errorf("answered %q", answer)
			}
		})
	}
	a.Peerstore().AddAddrs(b.ID(), through(r.ID(), r.Addrs()), peerstore.TempAddrTTL)
	if err := a.Connect(t.Context(), peer.AddrInfo{ID: b.ID()}); err == nil {
		t.Error("reached without a reservation")
	}
}
