package node

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

// dialled is the answer to a Connect: how it went.
func dialled(t *testing.T, l *life, addr string) (chat.Notification, time.Duration) {
	t.Helper()
	seen := len(l.told)
	began := time.Now()
	l.do(t, chat.Connect{Addr: addr})
	for {
		l.await(t, 8*time.Second, "an answer to connect "+addr, func(chat.Notification) bool { return len(l.told) > seen })
		for ; seen < len(l.told); seen++ {
			switch n := l.told[seen].(type) {
			case chat.Failed:
				return n, time.Since(began)
			case chat.Notice:
				if strings.HasPrefix(n.Text, "connected to ") {
					return n, time.Since(began)
				}
			}
		}
	}
}

func TestConnect(t *testing.T) {
	silent, err := net.Listen("tcp4", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	rude, err := net.Listen("tcp4", "127.0.0.1:0") // says something else and hangs up
	if err != nil {
		t.Fatal(err)
	}
	defer rude.Close()
	go func() { // ends with rude
		for {
			c, err := rude.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			c.Close()
		}
	}()
	a := live(t, Config{PeerNo: 1301})
	b := live(t, Config{PeerNo: 1302, Listen: []string{loopback, "/ip4/127.0.0.1/udp/0/quic-v1"}})
	c := live(t, Config{PeerNo: 1303})
	at := func(l *life, i int) string { return l.host.Network().ListenAddresses()[i].String() }
	port := func(addr string) string { return addr[strings.LastIndex(addr, "/")+1:] }
	cases := []struct {
		name, addr string
		says       string // of the notice, or of the failure
		code       chat.FailCode
		within     time.Duration
	}{
		{"not an address", "somewhere", "is not an address", chat.BadAddress, time.Second},
		{"not a multiaddr", "/ip4/127.0.0.1/tcp/x", "not a multiaddr", chat.Unreachable, time.Second},
		{"no address", "/p2p/" + b.ID().String(), "no network address", chat.Unreachable, time.Second},
		{"oneself", a.addr(), "this node itself", chat.Unreachable, time.Second},
		{"oneself, by port", "127.0.0.1 " + port(at(a, 0)), "this node itself", chat.Unreachable, 2 * time.Second},
		{"nobody there", fmt.Sprint("127.0.0.1 ", freePort(t)), "connection refused", chat.Unreachable, time.Second},
		{"nobody there, over quic", quicAt(freePort(t)), "no answer", chat.Unreachable, 2 * time.Second},
		{"somebody silent", fmt.Sprint("127.0.0.1 ", silent.Addr().(*net.TCPAddr).Port), "no answer", chat.Unreachable, 2 * time.Second},
		{"somebody who speaks otherwise", fmt.Sprint("127.0.0.1 ", rude.Addr().(*net.TCPAddr).Port), "does not speak", chat.Unreachable, 2 * time.Second},
		{"a transport that there is not", "/ip4/127.0.0.1/udp/1", "", chat.Unreachable, time.Second},
		{"somebody else than named", demoAt(1399, at(b, 0)), "somebody else answers there: " + b.ID().String(), chat.Unreachable, 2 * time.Second},
		{"by ip and port", "127.0.0.1 " + port(at(c, 0)), "connected to peer 1303", "", 3 * time.Second},
		{"by quic without id", at(b, 1), "connected to peer 1302", "", 3 * time.Second},
		{"again", b.addr(), "connected to peer 1302", "", 3 * time.Second},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			n, took := dialled(t, a, tc.addr)
			var text string
			var code chat.FailCode
			switch n := n.(type) {
			case chat.Failed:
				text, code = n.Text, n.Code
			case chat.Notice:
				text = n.Text
			}
			t.Logf("%v: %s", took.Round(time.Millisecond), text)
			if code != tc.code || !strings.Contains(text, tc.says) {
				t.Errorf("told %q (%s); want %q (%s)", text, code, tc.says, tc.code)
			}
			if took > tc.within {
				t.Errorf("took %v, want %v at most", took, tc.within)
			}
		})
	}
	meet(t, 2*time.Second, a, b)
	for _, p := range a.host.Peerstore().Peers() {
		if p != a.ID() && p != b.ID() && p != c.ID() && len(a.host.Peerstore().Addrs(p)) > 0 && !strings.Contains(demoAt(1399, ""), p.String()) {
			t.Errorf("%s, who was made up, has addresses", p)
		}
	}
}
