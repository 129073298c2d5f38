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
				if strings.Contains(n.Text, "connected to ") {
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
	other := live(t, Config{PeerNo: 1304, Network: "elsewhere"})
	addr := func(l *life, i int) string { return l.host.Network().ListenAddresses()[i].String() }
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
		{"oneself, by port", "127.0.0.1 " + port(addr(a, 0)), "this node itself", chat.Unreachable, 2 * time.Second},
		{"nobody there", fmt.Sprint("127.0.0.1 ", freePort(t)), "connection refused", chat.Unreachable, time.Second},
		{"nobody there, over quic", quicAt(freePort(t)), "no answer", chat.Unreachable, 2 * time.Second},
		{"somebody silent", fmt.Sprint("127.0.0.1 ", silent.Addr().(*net.TCPAddr).Port), "no answer", chat.Unreachable, 2 * time.Second},
		{"somebody who speaks otherwise", fmt.Sprint("127.0.0.1 ", rude.Addr().(*net.TCPAddr).Port), "does not speak", chat.Unreachable, 2 * time.Second},
		{"a transport that there is not", "/ip4/127.0.0.1/udp/1", "", chat.Unreachable, time.Second},
		{"somebody else than named", demoAt(1399, addr(b, 0)), "somebody else answers there: " + b.ID().String(), chat.Unreachable, 2 * time.Second},
		{"by ip and port", "127.0.0.1 " + port(addr(c, 0)), "connected to peer 1303", "", 3 * time.Second},
		{"by quic without id", addr(b, 1), "connected to peer 1302", "", 3 * time.Second},
		{"again", b.addr(), "already connected to peer 1302", "", 3 * time.Second},
		{"a node of another network", other.addr(), "not a node of this network", chat.Unreachable, 3 * time.Second},
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
	eventually(t, 2*time.Second, "the stranger's connection is closed", func() bool { return !a.connected(other) })
	for _, p := range a.host.Peerstore().Peers() {
		if p != a.ID() && p != b.ID() && p != c.ID() && p != other.ID() && len(a.host.Peerstore().Addrs(p)) > 0 && !strings.Contains(demoAt(1399, ""), p.String()) {
			t.Errorf("%s, who was made up, has addresses", p)
		}
	}
}

// use is the connections and streams that a node has.
func (l *life) use() (conns, streams int) {
	for _, c := range l.host.Network().Conns() {
		conns++
		streams += len(c.GetStreams())
	}
	return conns, streams
}

func TestConnectingAgainLeaksNothing(t *testing.T) {
	a, b := live(t, Config{PeerNo: 1310}), live(t, Config{PeerNo: 1311})
	dialled(t, a, b.addr())
	meet(t, 3*time.Second, a, b)
	const slack = 4 // streams that come and go by themselves
	_, before := a.use()
	for i := range 100 {
		addr := b.addr()
		if i%2 == 1 {
			addr = b.host.Network().ListenAddresses()[0].String()
		}
		n, _ := dialled(t, a, addr)
		if text, ok := n.(chat.Notice); !ok || text.Text != "already connected to peer 1311" {
			t.Fatalf("time %d: told %v", i, n)
		}
	}
	eventually(t, 5*time.Second, "no more than before", func() bool {
		conns, streams := a.use()
		theirs, _ := b.use()
		return conns == 1 && theirs == 1 && streams <= before+slack
	})
}

func TestWhoHangsUpIsLeftAlone(t *testing.T) {
	for name, c := range map[string]Config{
		"a neighbour": {PeerNo: 1320},
		"a way in":    {PeerNo: 1321},
		"a member":    {PeerNo: 1322},
	} {
		t.Run(name, func(t *testing.T) {
			b := live(t, Config{PeerNo: 1330})
			switch name {
			case "a way in":
				c.Bootstrap = []string{b.addr()}
			case "a member":
				c.Members = []string{b.addr()}
			}
			a := live(t, c)
			if name == "a neighbour" {
				dialled(t, a, b.addr())
			}
			meet(t, 3*time.Second, a, b)
			a.super.forget(b.ID())
			eventually(t, 2*time.Second, "they part", func() bool { return !a.connected(b) && !b.connected(a) })
			dialled(t, b, a.addr()) // later than b comes back by itself; who dials may not see yet that it is shut out
			eventually(t, 2*time.Second, "they part again", func() bool { return !a.connected(b) && !b.connected(a) })
			a.do(t, chat.SendDirect{To: "1330", Text: "are you there?"})
			a.await(t, 3*time.Second, "the reason", func(n chat.Notification) bool {
				d, ok := n.(chat.Delivery)
				return ok && d.State == chat.Queued && strings.Contains(d.Reason, "you have disconnected from it")
			})
			if n, _ := dialled(t, a, b.addr()); n != (chat.Notice{Text: "connected to peer 1330"}) {
				t.Errorf("told %v", n)
			}
			meet(t, 5*time.Second, a, b)
			b.await(t, 5*time.Second, "the message", line("are you there?"))
		})
	}
}
