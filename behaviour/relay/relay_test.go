package relay

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	"golang.org/x/time/rate"

	"tincan/behaviour/internal/hosttest"
)

func TestReservesAndIsReached(t *testing.T) {
	r, offer := offering(t, everybody)
	h, seek := seeking(t)
	link(t, h, r, seek)
	began := time.Now()
	hosttest.Eventually(t, "it has an address through the relay", func() bool { return len(circuits(h)) == 1 })
	t.Logf("reachable after %v", time.Since(began))
	hosttest.Eventually(t, "the relay has heard of it", func() bool {
		for _, a := range r.Peerstore().Addrs(h.ID()) {
			if _, err := a.ValueForProtocol(ma.P_CIRCUIT); err == nil {
				return true
			}
		}
		return false
	})
	a := newHost(t)
	if err := via(t, a, h); err != nil {
		t.Fatal(err)
	}
	if c := a.Network().Connectedness(h.ID()); c != network.Limited {
		t.Errorf("connectedness %v, want limited: gossip would go there", c)
	}
	if n := offer.Counters()["circuits carried for others"]; n != 1 {
		t.Errorf("%d circuits counted", n)
	}
	if !h.ConnManager().IsProtected(r.ID(), tag) {
		t.Error("the link to the relay may be closed")
	}
}

func TestThreeOfFourAndTheFourthWhenOneDies(t *testing.T) {
	h, seek := seeking(t)
	var relays []host.Host
	for range 4 {
		r, _ := offering(t, everybody)
		link(t, h, r, seek)
		relays = append(relays, r)
	}
	through := func() (n int, ids map[string]bool) {
		ids = make(map[string]bool)
		for _, a := range circuits(h) {
			id, _ := a.ValueForProtocol(ma.P_P2P)
			ids[id] = true
		}
		return len(ids), ids
	}
	hosttest.Eventually(t, "three relays", func() bool { n, _ := through(); return n == enough })
	_, before := through()
	for _, r := range relays {
		if before[r.ID().String()] {
			r.Close()
			hosttest.Eventually(t, "the fourth takes its place", func() bool {
				n, now := through()
				return n == enough && !now[r.ID().String()]
			})
			return
		}
	}
}

func TestARefusalIsAskedAgain(t *testing.T) {
	var friends only
	r, offer := offering(t, friends.lets)
	h, seek := seeking(t)
	link(t, h, r, seek)
	hosttest.Eventually(t, "refused twice", func() bool { return offer.Counters()["relay requests that were refused"] >= 2 })
	if n := len(circuits(h)); n != 0 {
		t.Errorf("%d addresses without a reservation", n)
	}
	id := h.ID()
	friends.id.Store(&id)
	hosttest.Eventually(t, "it is let in", func() bool { return len(circuits(h)) == 1 })
	// Both ends have to be of the network.
	if err := via(t, newHost(t), h); err == nil {
		t.Error("a stranger was carried")
	}
}

// A circuit carries what a session does: streams of both sides, kept open, and
// more bytes than libp2p's own bound.
func TestACircuitCarriesALongTalk(t *testing.T) {
	r, offer := offering(t, everybody)
	h, seek := seeking(t)
	link(t, h, r, seek)
	hosttest.Eventually(t, "reachable", func() bool { return len(circuits(h)) == 1 })
	h.SetStreamHandler("/echo", func(s network.Stream) { io.Copy(s, s); s.Close() })
	a := newHost(t)
	if err := via(t, a, h); err != nil {
		t.Fatal(err)
	}
	s, err := a.NewStream(network.WithAllowLimitedConn(t.Context(), "test"), h.ID(), "/echo")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Reset()
	turn := make([]byte, 256<<10)
	began := time.Now()
	for range 2 {
		go s.Write(turn) // ends with s
		if _, err := io.ReadFull(s, make([]byte, len(turn))); err != nil {
			t.Fatalf("after %d bytes: %v", offer.Counters()["bytes carried for others"], err)
		}
	}
	t.Logf("two turns of 256 KiB there and back took %v", time.Since(began))
	began = time.Now()
	for range 100 {
		if _, err := s.Write(turn[:100]); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(s, turn[:100]); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("100 bytes there and back take %v", time.Since(began)/100)
}

func TestThePaceHoldsUpWhoSends(t *testing.T) {
	m := newMeter(t.Context())
	m.pace = rate.NewLimiter(100<<10, burst)
	m.BytesTransferred(burst) // at once
	began := time.Now()
	for range 10 {
		m.BytesTransferred(buffer / 2)
	}
	if took, want := time.Since(began), 150*time.Millisecond; took < want {
		t.Errorf("20 KiB at 100 KiB a second took %v, want %v at least", took, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	m = newMeter(ctx)
	cancel()
	m.pace.ReserveN(time.Now(), burst)
	m.BytesTransferred(burst) // a second, if Close did not end it
	if m.pace.Tokens() < -pace {
		t.Error("waits after the end")
	}
}

func TestAddressesThroughARelay(t *testing.T) {
	id := peer.ID("x")
	var at []ma.Multiaddr
	for i := range maxAddrs + 2 {
		at = append(at, ma.StringCast(fmt.Sprintf("/ip4/192.0.2.1/tcp/%d", 10-i)))
	}
	at = append(at, ma.StringCast("/ip4/192.0.2.1/tcp/1/p2p/12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5/p2p-circuit"))
	id, err := peer.Decode("12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq")
	if err != nil {
		t.Fatal(err)
	}
	got := through(id, at)
	if len(got) != maxAddrs {
		t.Fatalf("%d addresses, want %d", len(got), maxAddrs)
	}
	for i, a := range got {
		want := fmt.Sprintf("/ip4/192.0.2.1/tcp/%d/p2p/%s/p2p-circuit", 5+i, id)
		if a.String() != want {
			t.Errorf("got %s, want %s", a, want)
		}
	}
}
