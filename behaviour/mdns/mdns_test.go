package mdns

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	"go.uber.org/goleak"

	"tincan/behaviour/internal/hosttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// abroad is a host that others than this machine could reach.
func abroad(t *testing.T) host.Host {
	t.Helper()
	if len(networks()) == 0 {
		t.Skip("SKIPPED: this machine is on no network")
	}
	return hosttest.New(t, libp2p.ListenAddrStrings("/ip4/0.0.0.0/tcp/0"))
}

func config(network string, found func(context.Context, peer.AddrInfo)) Config {
	return Config{Network: network, Log: slog.New(slog.DiscardHandler), Found: found}
}

// A service is announced in the whole local network: other tests shall not be found.
func ownNetwork(t *testing.T) string { return fmt.Sprintf("%s-%d", t.Name(), time.Now().UnixNano()) }

func TestTwoHostsFindEachOther(t *testing.T) {
	network := ownNetwork(t)
	a, b := abroad(t), abroad(t)
	type sight struct {
		by host.Host
		of peer.AddrInfo
	}
	sights := make(chan sight, 16)
	tell := func(h host.Host, network string) *MDNS {
		return New(h, config(network, func(_ context.Context, p peer.AddrInfo) { sights <- sight{h, p} }))
	}
	defer tell(a, network).Close()
	defer tell(b, network).Close()
	defer tell(abroad(t), network+"-other").Close()

	seen := make(map[peer.ID]peer.ID)
	late := time.After(20 * time.Second)
	for len(seen) < 2 {
		select {
		case s := <-sights:
			if s.of.ID != a.ID() && s.of.ID != b.ID() || s.by.ID() == s.of.ID {
				t.Errorf("%s found %s", s.by.ID(), s.of.ID)
			}
			for _, addr := range s.of.Addrs {
				if strings.HasPrefix(addr.String(), "/ip4/127.") {
					t.Errorf("%s found at %s", s.of.ID, addr)
				}
			}
			seen[s.by.ID()] = s.of.ID
		case <-late:
			t.Fatalf("found so far: %v", seen)
		}
	}
}

func TestCloseEndsWhatFoundWaitsFor(t *testing.T) {
	waiting := make(chan struct{})
	m := New(hosttest.New(t), config(ownNetwork(t), func(ctx context.Context, _ peer.AddrInfo) {
		close(waiting)
		<-ctx.Done()
	}))
	m.HandlePeerFound(fake(1))
	<-waiting
	began := time.Now()
	m.Close()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("closed after %v", took)
	}
}

// A host on loopback has nothing to announce: that is no reason to fail.
func TestNothingToAnnounce(t *testing.T) {
	m := New(hosttest.New(t), config(ownNetwork(t), nil))
	m.Close()
}

// Somebody on the local network claims to be 10,000 nodes, none of which answers.
func TestFloodOfFakePeers(t *testing.T) {
	var told, most, now atomic.Int64
	full := make(chan struct{}, 1)
	m := New(hosttest.New(t), config(ownNetwork(t), func(ctx context.Context, _ peer.AddrInfo) {
		told.Add(1)
		n := now.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		if n == dials {
			select {
			case full <- struct{}{}:
			default:
			}
		}
		<-ctx.Done()
		now.Add(-1)
	}))
	const fakes = 10_000
	for i := range fakes {
		m.HandlePeerFound(fake(i))
	}
	<-full
	if len(m.queue) > found || len(m.sieve.told) > 2*found || m.Dropped() < fakes-2*found {
		t.Errorf("%d wait, %d remembered, %d dropped", len(m.queue), len(m.sieve.told), m.Dropped())
	}
	m.Close()
	if most.Load() != dials || told.Load() > dials+found {
		t.Errorf("%d told, up to %d at the same time", told.Load(), most.Load())
	}
}

func TestSieve(t *testing.T) {
	m := New(hosttest.New(t), config(ownNetwork(t), nil))
	m.Close()
	s, now := &m.sieve, time.Now()
	passed := 0
	for minute := range 10 {
		for i := range 1000 {
			at := now.Add(time.Duration(minute)*again + time.Duration(i)*again/1000)
			if s.lets(fake(1000*minute+i).ID, at) {
				passed++
			}
			if len(s.told) > 2*found {
				t.Fatalf("%d remembered", len(s.told))
			}
		}
	}
	if passed < 10*found || passed > 11*found {
		t.Errorf("%d passed in ten minutes, want %d each and as many at first", passed, found)
	}
	now = now.Add(time.Hour)
	id := fake(1).ID
	if !s.lets(id, now) || s.lets(id, now.Add(again-1)) || !s.lets(id, now.Add(again)) {
		t.Error("a peer is told once in a minute")
	}
}

func TestNear(t *testing.T) {
	_, ours, err := net.ParseCIDR("2001:db8:1::/64")
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]bool{
		"/ip4/10.1.2.3/tcp/4004":              true,
		"/ip4/192.168.0.7/udp/4004/quic-v1":   true,
		"/ip6/fd00::7/tcp/4004":               true,
		"/ip6/2001:db8:1::7/tcp/4004":         true, // a network of ours
		"/ip6/2001:db8:2::7/tcp/4004":         false,
		"/ip4/198.51.100.1/tcp/80":            false, // a victim
		"/ip4/127.0.0.1/tcp/22":               false,
		"/ip6/::1/tcp/22":                     false,
		"/ip4/0.0.0.0/tcp/22":                 false,
		"/ip4/224.0.0.251/udp/5353":           false,
		"/ip4/169.254.1.1/tcp/1":              false,
		"/ip6/fe80::1/tcp/1":                  false,
		"/dns4/printer.local/tcp/9100":        false,
		"/ip4/10.1.2.3/tcp/4004/p2p-circuit":  false,
		"/ip4/255.255.255.255/udp/1/quic-v1":  false,
		"/ip6/::ffff:198.51.100.1/tcp/80":     false,
		"/ip6/64:ff9b::198.51.100.1/tcp/4004": false,
	} {
		if got := len(near([]ma.Multiaddr{ma.StringCast(addr)}, []*net.IPNet{ours})) == 1; got != want {
			t.Errorf("%s: near %v, want %v", addr, got, want)
		}
	}
	var many []ma.Multiaddr
	for i := range 10_000 {
		many = append(many, ma.StringCast(fmt.Sprintf("/ip4/10.0.%d.%d/tcp/1", i>>8, i&255)))
	}
	if got := len(near(many, nil)); got != maxAddrs {
		t.Errorf("%d of 10000 addresses of a peer are believed", got)
	}
}

func TestServiceName(t *testing.T) {
	seen := make(map[string]string)
	for _, network := range []string{"main", "demo", "m", strings.Repeat("x", 64), "a.b_c"} {
		name := service(network)
		bare := strings.TrimSuffix(strings.TrimPrefix(name, "_"), "._udp")
		if len(bare) > 15 || strings.Trim(bare, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || seen[name] != "" {
			t.Errorf("network %s is %s, as is %q", network, name, seen[name])
		}
		seen[name] = network
	}
}

// fake is a peer that there is not, at an address that could be.
func fake(i int) peer.AddrInfo {
	sum := sha256.Sum256(fmt.Append(nil, i))
	return peer.AddrInfo{ID: peer.ID(sum[:]), Addrs: []ma.Multiaddr{ma.StringCast("/ip4/10.9.9.9/tcp/9")}}
}
