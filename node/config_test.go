package node

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p/core/crypto"
)

func TestWrongConfigNamesItsField(t *testing.T) {
	rsa, _, err := crypto.GenerateKeyPair(crypto.RSA, 2048)
	if err != nil {
		t.Fatal(err)
	}
	self := demoAt(7, tcpAt(4001))
	cases := []struct {
		name   string
		config Config
		field  string
		says   string
	}{
		{"neither number nor key", Config{}, "PeerNo", "peer number 0 is out of range – numbers go from 1 to 2535"},
		{"negative number", Config{PeerNo: -1}, "PeerNo", "-1 is out of range"},
		{"number too great", Config{PeerNo: MaxPeerNo + 1}, "PeerNo", "2536 is out of range"},
		{"number and key", Config{PeerNo: 7, Key: DemoKey(7)}, "PeerNo", "not both"},
		{"key of another kind", Config{Key: rsa}, "Key", "Ed25519"},
		{"demo peers with a key", Config{Key: DemoKey(7), BootstrapPeerNos: []int{3}}, "BootstrapPeerNos", "demo peer 3 leads into no network"},
		{"network name with a space", Config{PeerNo: 7, Network: "my net"}, "Network", `"my net"`},
		{"network name too long", Config{PeerNo: 7, Network: strings.Repeat("x", 65)}, "Network", "65 bytes"},
		{"network name with a slash", Config{PeerNo: 7, Network: "a/b"}, "Network", "a/b"},
		{"display name too long", Config{PeerNo: 7, Name: strings.Repeat("x", 33)}, "Name", "33 characters and may have 32"},
		{"display name of spaces", Config{PeerNo: 7, Name: "  "}, "Name", "the name is empty"},
		{"display name with an override", Config{PeerNo: 7, Name: "anna\u202e"}, "Name", `"anna\u202e" – it has a character in it that cannot be seen (U+202E)`},
		{"display name that is a number", Config{PeerNo: 7, Name: "8"}, "Name", "looks like a peer number"},
		{"display name of 10 kB", Config{PeerNo: 7, Name: strings.Repeat("x", 10<<10)}, "Name", "…\" – the name has 10240 bytes"},
		{"display name not UTF-8", Config{PeerNo: 7, Name: "a\xff"}, "Name", "UTF-8"},
		{"listen on words", Config{PeerNo: 7, Listen: []string{"localhost:4001"}}, "Listen", "localhost:4001"},
		{"listen on no address", Config{PeerNo: 7, Listen: []string{"/ip4/999.1.1.1/tcp/1"}}, "Listen", "999.1.1.1"},
		{"listen on port 65536", Config{PeerNo: 7, Listen: []string{"/ip4/127.0.0.1/tcp/65536"}}, "Listen", "65536"},
		{"listen on nothing", Config{PeerNo: 7, Listen: []string{""}}, "Listen", "cannot listen on"},
		{"bootstrap number 0", Config{PeerNo: 7, BootstrapPeerNos: []int{0}}, "BootstrapPeerNos", "number 0 is out of range"},
		{"bootstrap number too great", Config{PeerNo: 7, BootstrapPeerNos: []int{1, 2536}}, "BootstrapPeerNos", "2536"},
		{"its own bootstrap", Config{PeerNo: 7, BootstrapPeerNos: []int{7}}, "BootstrapPeerNos", "peer 7 cannot be its own"},
		{"its own bootstrap by address", Config{PeerNo: 7, Bootstrap: []string{self}}, "Bootstrap", "this node itself"},
		{"bootstrap without address", Config{PeerNo: 7, Bootstrap: []string{demoAt(8, "")}}, "Bootstrap", "no network address"},
		{"bootstrap without port", Config{PeerNo: 7, Bootstrap: []string{"127.0.0.1"}}, "Bootstrap", "takes IP:port, or a multiaddr"},
		{"bootstrap on port 0", Config{PeerNo: 7, Bootstrap: []string{"127.0.0.1:0"}}, "Bootstrap", `"127.0.0.1:0"`},
		{"bootstrap on port 65536", Config{PeerNo: 7, Bootstrap: []string{"127.0.0.1:65536"}}, "Bootstrap", "not IP:port"},
		{"a member by name", Config{PeerNo: 7, Members: []string{"example.org:4001"}}, "Members", "not IP:port"},
		{"a member that is itself", Config{PeerNo: 7, Members: []string{self}}, "Members", "this node itself"},
		{"a member that is itself, by port", Config{PeerNo: 7, Members: []string{"localhost:63007"}}, "Members", "localhost:63007 is this node itself"},
		{"listening and not", Config{PeerNo: 7, NoListen: true, Listen: []string{tcpAt(1)}}, "NoListen", "leave one out"},
		{"bootstrap in words", Config{PeerNo: 7, Bootstrap: []string{"peer 8"}}, "Bootstrap", `"peer 8"`},
		{"bootstrap with an id too short", Config{PeerNo: 7, Bootstrap: []string{tcpAt(1) + "/p2p/12D3"}}, "Bootstrap", "12D3"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			n, err := New(tc.config)
			if err == nil {
				n.Close()
				t.Fatal("accepted")
			}
			var wrong *ConfigError
			if !errors.As(err, &wrong) {
				t.Fatalf("error %T: %v", err, err)
			}
			if wrong.Field != tc.field || !strings.Contains(wrong.Text, tc.says) {
				t.Errorf("field %s: %q; want field %s and %q", wrong.Field, wrong.Text, tc.field, tc.says)
			}
		})
	}
}

func TestWaysOfAConfig(t *testing.T) {
	c := Config{PeerNo: 7, BootstrapPeerNos: []int{300}, Bootstrap: []string{" " + demoAt(8, tcpAt(4001)) + "\n"}}
	p, err := c.check()
	if err != nil {
		t.Fatal(err)
	}
	if p.Network != DemoNetwork || fmt.Sprint(p.listen) != fmt.Sprint(DemoAddrs(7)) {
		t.Errorf("network %s, listening on %v", p.Network, p.listen)
	}
	if len(p.ways) != 2 || len(p.ways[0].info.Addrs) != 2 || p.ways[0].info.Addrs[0].String() != "/ip4/127.0.0.1/tcp/63300" {
		t.Errorf("ways %+v", p.ways)
	}
	if id, _ := p.numbers.id(8); p.ways[1].info.ID != id {
		t.Errorf("second way leads to %s", p.ways[1].info.ID)
	}
}

func TestDefaultsWithAKey(t *testing.T) {
	p, err := Config{Key: DemoKey(7), Name: " Ame\u0301lie "}.check()
	if err != nil {
		t.Fatal(err)
	}
	if p.Network != MainNetwork || !p.anyPort || len(p.listen) != 0 || p.Name != "Am\u00e9lie" {
		t.Errorf("network %s, name %q, listening on %v, any port %v", p.Network, p.Name, p.listen, p.anyPort)
	}
	p, err = Config{Key: DemoKey(7), Listen: []string{tcpAt(4001)}}.check()
	if err != nil || p.anyPort || len(p.listen) != 1 {
		t.Errorf("%v, listening on %v, any port %v, though told where", err, p.listen, p.anyPort)
	}
}

func TestOneWayHoweverOftenItIsNamed(t *testing.T) {
	c := Config{
		PeerNo:    7,
		Bootstrap: []string{demoAt(8, tcpAt(4001)), "127.0.0.1:4002", "[::1]:4001"},
		Members:   []string{"localhost:4002", demoAt(8, quicAt(4001)), demoAt(8, tcpAt(4001)), tcpAt(4003)},
	}
	p, err := c.check()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range p.ways {
		got = append(got, fmt.Sprint(w.name, " ", w.info.Addrs, " ", w.member))
	}
	want := []string{
		demoAt(8, tcpAt(4001)) + " [" + tcpAt(4001) + " " + quicAt(4001) + "] true",
		"127.0.0.1:4002 [" + tcpAt(4002) + "] true",
		"[::1]:4001 [/ip6/::1/tcp/4001] false",
		tcpAt(4003) + " [" + tcpAt(4003) + "] true",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
