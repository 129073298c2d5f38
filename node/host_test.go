package node

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	ma "github.com/multiformats/go-multiaddr"
)

func TestListenErrors(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	takenUDP, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer takenUDP.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	portUDP := takenUDP.LocalAddr().(*net.UDPAddr).Port
	demo, own := Config{PeerNo: 1201}, Config{Key: DemoKey(1)}
	cases := []struct {
		name   string
		config Config
		listen []string
		addr   string // that the error names
		says   string
	}{
		{"tcp port in use", demo, []string{tcpAt(port)}, tcpAt(port), "the port is in use, perhaps by another node with number 1201"},
		{"udp port in use", demo, []string{quicAt(portUDP)}, quicAt(portUDP), "the port is in use, perhaps by another node with number 1201"},
		{"the second of two", demo, []string{loopback, tcpAt(port)}, tcpAt(port), "number 1201"},
		{"with a key", own, []string{tcpAt(port)}, tcpAt(port), "stop the program that has it, or take another one"},
		{"an address of somebody else", demo, []string{"/ip4/192.0.2.1/tcp/4001"}, "/ip4/192.0.2.1/tcp/4001", "give an address of this machine"},
		{"udp of somebody else", demo, []string{"/ip4/192.0.2.1/udp/4001/quic-v1"}, "/ip4/192.0.2.1/udp/4001/quic-v1", "give an address of this machine"},
		{"a transport that there is not", demo, []string{"/ip4/127.0.0.1/udp/0"}, "/ip4/127.0.0.1/udp/0", "give an address of this machine"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			tc.config.Listen = tc.listen
			began := time.Now()
			n, err := New(tc.config)
			if err == nil {
				n.Close()
				t.Fatal("listens")
			}
			var le *ListenError
			if !errors.As(err, &le) {
				t.Fatalf("error %T: %v", err, err)
			}
			if le.Addr != tc.addr || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%q; want %s and %q", err, tc.addr, tc.says)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("told after %v", took)
			}
		})
	}
	n, err := New(Config{PeerNo: 1202, Listen: []string{loopback, loopback}})
	if err != nil {
		t.Fatalf("two free ports: %v", err)
	}
	n.Close()
}

func TestRankDials(t *testing.T) {
	const (
		tcp, quic   = "/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/udp/1/quic-v1"
		tcp6, quic6 = "/ip6/::1/tcp/1", "/ip6/::1/udp/1/quic-v1"
		away        = tcp + "/p2p/12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5/p2p-circuit"
		far, farQ   = "/ip4/198.51.100.1/tcp/1", "/ip4/198.51.100.1/udp/1/quic-v1"
	)
	cases := []struct {
		name  string
		addrs []string
		want  string // in order, with their delays
	}{
		{"none", nil, "[]"},
		{"tcp before quic on loopback", []string{quic, tcp}, "[" + tcp + " 0s " + quic + " 100ms]"},
		{"also over ip6", []string{quic6, tcp6}, "[" + tcp6 + " 0s " + quic6 + " 100ms]"},
		{"quic alone does not wait", []string{quic}, "[" + quic + " 0s]"},
		{"tcp alone", []string{tcp}, "[" + tcp + " 0s]"},
		{"a relay last", []string{away, tcp, quic}, "[" + tcp + " 0s " + quic + " 100ms " + away + " 250ms]"},
		{"a relay alone does not wait", []string{away}, "[" + away + " 0s]"},
		{"elsewhere as libp2p does", []string{far, farQ}, "[" + farQ + " 0s " + far + " 250ms]"},
		{"tcp elsewhere does not hold quic on loopback up", []string{far, quic}, "[" + quic + " 0s " + far + " 0s]"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var addrs []ma.Multiaddr
			for _, a := range tc.addrs {
				addrs = append(addrs, ma.StringCast(a))
			}
			var got []string
			for _, r := range rankDials(addrs) {
				got = append(got, fmt.Sprint(r.Addr, " ", r.Delay))
			}
			if fmt.Sprint(got) != tc.want {
				t.Errorf("got  %v\nwant %s", got, tc.want)
			}
		})
	}
}

// libp2p shares TCP ports: without a look first, both would listen.
func TestTwoNodesDoNotShareAPort(t *testing.T) {
	first, err := New(Config{PeerNo: 1202, Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	at := first.Host().Network().ListenAddresses()[0].String()
	second, err := New(Config{PeerNo: 1202, Listen: []string{at}})
	if err == nil {
		second.Close()
		t.Fatal("the second node listens too")
	}
	var listen *ListenError
	if !errors.As(err, &listen) || listen.Addr != at {
		t.Errorf("got %v, want that %s is in use", err, at)
	}
}
