package node

import (
	"crypto/rand"
	"fmt"
	"net"
	"testing"

	"github.com/libp2p/go-libp2p/core/crypto"
	ma "github.com/multiformats/go-multiaddr"
)

// realKey is a key that nobody can derive.
func realKey(t *testing.T) crypto.PrivKey {
	t.Helper()
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// ports are those of all addresses at which a node listens, by protocol.
func ports(t *testing.T, n *Node) map[int]map[string]bool {
	t.Helper()
	found := map[int]map[string]bool{ma.P_TCP: {}, ma.P_UDP: {}}
	for _, a := range n.host.Network().ListenAddresses() {
		for code := range found {
			if port, err := a.ValueForProtocol(code); err == nil {
				found[code][port] = true
			}
		}
	}
	return found
}

func TestAPortInUseIsNotAskedFor(t *testing.T) {
	if l, err := net.Listen("tcp", fmt.Sprintf(":%d", MainPort)); err == nil { // else somebody else holds it
		defer l.Close()
	}
	n, err := New(Config{Key: realKey(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	p := ports(t, n)
	if len(p[ma.P_TCP]) != 1 || fmt.Sprint(p[ma.P_TCP]) != fmt.Sprint(p[ma.P_UDP]) || p[ma.P_TCP][fmt.Sprint(MainPort)] {
		t.Errorf("listens on %v", n.host.Network().ListenAddresses())
	}
	for _, a := range everywhere(0) {
		port, _ := a.ValueForProtocol(ma.P_TCP)
		if port == "0" && !listensOn(n, a) {
			t.Errorf("listens on %v, not on %s", n.host.Network().ListenAddresses(), a)
		}
	}
}

// listensOn tells whether a node listens on the host of an address over TCP.
func listensOn(n *Node, at ma.Multiaddr) bool {
	host, _ := ma.SplitFirst(at)
	for _, a := range n.host.Network().ListenAddresses() {
		if first, _ := ma.SplitFirst(a); first.Equal(host) && hasProtocol(a, ma.P_TCP) {
			return true
		}
	}
	return false
}

// A UDP port in use is as bad: TCP must not stay behind on the first.
func TestHalfAPortIsGivenUp(t *testing.T) {
	if u, err := net.ListenPacket("udp", fmt.Sprintf(":%d", MainPort)); err == nil {
		defer u.Close()
	}
	n, err := New(Config{Key: realKey(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	p := ports(t, n)
	if len(p[ma.P_TCP]) != 1 || fmt.Sprint(p[ma.P_TCP]) != fmt.Sprint(p[ma.P_UDP]) {
		t.Errorf("listens on %v", n.host.Network().ListenAddresses())
	}
}
