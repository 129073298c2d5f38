package node

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

var longAgo = time.Unix(1_700_000_000, 0)

// idOf makes up peers.
func idOf(n int) peer.ID { return peer.ID(fmt.Sprintf("%s%032d", idHead, n)) }

func tcpOf(ip string) ma.Multiaddr { return ma.StringCast("/ip4/" + ip + "/tcp/4004") }

// meets lets a memory meet a peer at an address some seconds after longAgo.
func meets(m *memory, n int, ip string, at int, up map[peer.ID]bool) bool {
	return m.met(idOf(n), []ma.Multiaddr{tcpOf(ip)}, longAgo.Add(time.Duration(at)*time.Second), up)
}

func TestMemoryOfOnePeer(t *testing.T) {
	m := newMemory()
	var all []ma.Multiaddr
	for i := range maxPlaces + 2 {
		all = append(all, tcpOf(fmt.Sprintf("1.2.3.%d", i)))
	}
	for _, c := range []struct {
		story string
		addrs []ma.Multiaddr
		news  bool
		want  []ma.Multiaddr
	}{
		{"nowhere to be found", nil, false, nil},
		{"met", all[:1], true, all[:1]},
		{"met again at the same place", all[:1], false, all[:1]},
		{"met at none", nil, false, all[:1]},
		{"met elsewhere: the new place first", all[1:2], true, []ma.Multiaddr{all[1], all[0]}},
		{"one address twice", []ma.Multiaddr{all[1], all[1]}, false, []ma.Multiaddr{all[1], all[0]}},
		{"with more places than are kept", all, true, all[:maxPlaces]},
	} {
		if news := m.met(idOf(1), c.addrs, longAgo, nil); news != c.news {
			t.Errorf("%s: news %v, want %v", c.story, news, c.news)
		}
		var got []ma.Multiaddr
		if a := m.peers[idOf(1)]; a != nil {
			got = a.addrs
		}
		if !slices.EqualFunc(got, c.want, ma.Multiaddr.Equal) {
			t.Errorf("%s: %v, want %v", c.story, got, c.want)
		}
	}
	if m.saw(idOf(2), longAgo) || !m.saw(idOf(1), longAgo.Add(time.Hour)) || !m.peers[idOf(1)].seen.Equal(longAgo.Add(time.Hour)) {
		t.Error("it was not seen")
	}
	if !m.drop(idOf(1)) || m.drop(idOf(1)) || len(m.peers) != 0 {
		t.Error("it is not dropped")
	}
}

// Whoever has all the identities he wants in one place cannot push those out
// who are elsewhere, and nobody those who are connected.
func TestMemoryIsBounded(t *testing.T) {
	m := newMemory()
	for i := range 10 {
		meets(m, i, fmt.Sprintf("10.0.%d.1", i), i, nil)
	}
	friend := idOf(1000)
	meets(m, 1000, "6.6.6.1", 0, nil) // connected, in the same place, and the oldest
	up := map[peer.ID]bool{friend: true}
	for i := range 2 * maxRemembered {
		if !meets(m, 2000+i, fmt.Sprintf("6.6.6.%d", i%250), 100+i, up) {
			t.Fatalf("no room for %d", i)
		}
	}
	if len(m.peers) != maxRemembered {
		t.Errorf("%d peers, want %d", len(m.peers), maxRemembered)
	}
	for i := range 10 {
		if m.peers[idOf(i)] == nil {
			t.Errorf("peer %d is forgotten", i)
		}
	}
	if m.peers[friend] == nil {
		t.Error("one who is connected is forgotten")
	}
	if last := 2000 + 2*maxRemembered - 1; m.peers[idOf(last)] == nil || m.peers[idOf(2000)] != nil {
		t.Error("of a crowd the oldest shall be forgotten")
	}
	for id := range m.peers {
		up[id] = true
	}
	if meets(m, 9999, "9.9.9.9", 9999, up) || len(m.peers) != maxRemembered {
		t.Error("there is room for one more than the bound")
	}
}

// The first to be dialled are of as many owners as there are.
func TestTurnsOfMemory(t *testing.T) {
	m := newMemory()
	for n, ip := range []string{"1.1.1.1", "1.1.1.2", "1.1.1.3", "2.2.2.2", "2.2.2.3", "3.3.3.3"} {
		meets(m, n, ip, -n, nil)
	}
	var got, want []peer.ID
	for _, info := range m.inTurn() {
		got = append(got, info.ID)
	}
	for _, n := range []int{0, 3, 5, 1, 4, 2} {
		want = append(want, idOf(n))
	}
	if !slices.Equal(got, want) {
		t.Errorf("in the order %v, want %v", got, want)
	}
}

func TestScopes(t *testing.T) {
	for addr, want := range map[string]scope{
		"/ip4/127.0.0.1/tcp/1":               machine,
		"/ip6/::1/udp/1/quic-v1":             machine,
		"/ip4/192.168.1.2/tcp/1":             locality,
		"/ip4/10.1.2.3/udp/1/quic-v1":        locality,
		"/ip6/fd00::1/tcp/1":                 locality,
		"/ip4/8.8.8.8/tcp/1":                 world,
		"/ip6/2606:4700::1/udp/1/quic-v1":    world,
		"/ip4/0.0.0.0/tcp/1":                 nowhere,
		"/ip4/224.0.0.1/tcp/1":               nowhere,
		"/ip4/255.255.255.255/tcp/1":         nowhere,
		"/ip6/fe80::1/tcp/1":                 nowhere,
		"/ip6zone/eth0/ip6/fe80::1/tcp/1":    nowhere,
		"/ip4/8.8.8.8":                       nowhere,
		"/ip4/8.8.8.8/udp/1":                 nowhere,
		"/ip4/8.8.8.8/tcp/1/ws":              nowhere,
		"/dns4/example.org/tcp/1":            nowhere,
		"/ip4/8.8.8.8/tcp/1/p2p-circuit":     nowhere,
		demoAt(1, tcpAt(1)):                  nowhere,
		demoAt(1, tcpAt(1)) + "/p2p-circuit": nowhere,
	} {
		if got := scopeOf(ma.StringCast(addr)); got != want {
			t.Errorf("%s: scope %d, want %d", addr, got, want)
		}
	}
	if scopeOf(nil) != nowhere {
		t.Error("no address leads somewhere")
	}
}
