package session

import (
	"encoding/binary"
	"testing"

	"tincan/behaviour/internal/hosttest"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/client"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/relay"
	"github.com/multiformats/go-multiaddr"
)

// talk opens a line and says n frames each way, by turns and then in a burst.
func talk(t *testing.T, x, y *end, n int) (mine, yours Line) {
	t.Helper()
	mine = x.open(t, y)
	yours = y.want(t, "opened", "hello")
	for i := range n {
		text := string(binary.BigEndian.AppendUint32(nil, uint32(i)))
		x.Send(mine, []byte(text))
		y.want(t, "received", text)
		y.Send(yours, []byte(text))
		x.want(t, "received", text)
	}
	for i := range n {
		x.Send(mine, binary.BigEndian.AppendUint32(nil, uint32(i)))
	}
	for i := range n {
		y.want(t, "received", string(binary.BigEndian.AppendUint32(nil, uint32(i))))
	}
	return mine, yours
}

func TestOverQUIC(t *testing.T) {
	udp := libp2p.ListenAddrStrings("/ip4/127.0.0.1/udp/0/quic-v1")
	one, two := hosttest.New(t, udp), hosttest.New(t, udp)
	hosttest.Connect(t, one, two)
	x, y := newEnd(t, one, quick), newEnd(t, two, quick)
	mine, _ := talk(t, x, y, 500)
	x.Send(mine, make([]byte, 180<<10))
	x.Send(mine, []byte("bye"))
	x.End(mine)
	if h := y.next(t); len(h.text) != 180<<10 {
		t.Errorf("%s, %d bytes", h.what, len(h.text))
	}
	y.want(t, "received", "bye")
	y.want(t, "closed", "")
	x.want(t, "closed", "")
}

// A line opens over a relay, and stays where it is when a direct connection appears.
func TestOverRelay(t *testing.T) {
	middle := hosttest.New(t)
	service, err := relay.New(middle)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { service.Close() })
	one, two := hosttest.New(t, libp2p.EnableRelay()), hosttest.New(t, libp2p.EnableRelay())
	for _, h := range []host.Host{one, two} {
		hosttest.Connect(t, h, middle)
	}
	if _, err := client.Reserve(t.Context(), two, peer.AddrInfo{ID: middle.ID(), Addrs: middle.Addrs()}); err != nil {
		t.Fatal(err)
	}
	via, err := multiaddr.NewMultiaddr("/p2p/" + middle.ID().String() + "/p2p-circuit")
	if err != nil {
		t.Fatal(err)
	}
	x, y := newEnd(t, one, quick), newEnd(t, two, quick)
	ctx := network.WithAllowLimitedConn(t.Context(), "test")
	if err := one.Connect(ctx, peer.AddrInfo{ID: two.ID(), Addrs: []multiaddr.Multiaddr{via}}); err != nil {
		t.Fatal(err)
	}
	if c := one.Network().Connectedness(two.ID()); c != network.Limited {
		t.Fatalf("connected: %v, want by the relay", c)
	}
	mine, yours := talk(t, x, y, 20)
	if err := one.Connect(network.WithForceDirectDial(t.Context(), "test"), peer.AddrInfo{ID: two.ID(), Addrs: two.Addrs()}); err != nil {
		t.Fatal(err)
	}
	x.Send(mine, []byte("still here"))
	y.want(t, "received", "still here")
	y.Send(yours, []byte("me too"))
	x.want(t, "received", "me too")
	talk(t, x, y, 20)
}
