package node

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// A link over QUIC whose other end is silent is closed long before QUIC gives it up.
func TestSilentLinkIsClosed(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a peer to be given up")
	}
	n, err := New(Config{PeerNo: 2300, Listen: []string{"/ip4/127.0.0.1/udp/0/quic-v1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	other, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/udp/0/quic-v1"), libp2p.DisableMetrics())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	cable, at := newCable(t, other.Addrs()[0])
	if err := n.host.Connect(t.Context(), peer.AddrInfo{ID: other.ID(), Addrs: []ma.Multiaddr{at}}); err != nil {
		t.Fatal(err)
	}
	gone := make(chan time.Time, 1)
	n.host.Network().Notify(&network.NotifyBundle{DisconnectedF: func(network.Network, network.Conn) { gone <- time.Now() }})
	n.super.work.Go(n.super.feelPulses)
	cut := time.Now()
	cable.Close()
	select {
	case at := <-gone:
		if d := at.Sub(cut); d < pulseTime {
			t.Errorf("closed after %v, before the peer had time to answer", d)
		}
	case <-time.After(pulseTime + 3*pulseEvery):
		t.Error("the link is still there")
	}
}

// newCable carries datagrams to an address, until it is closed.
func newCable(t *testing.T, to ma.Multiaddr) (cable io.Closer, from ma.Multiaddr) {
	t.Helper()
	port, err := to.ValueForProtocol(ma.P_UDP)
	if err != nil {
		t.Fatal(err)
	}
	far, err := net.Dial("udp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	near, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	back := make(chan *net.UDPAddr, 1)
	go func() { // ends with near
		buf := make([]byte, 64<<10)
		for first := true; ; first = false {
			n, from, err := near.ReadFromUDP(buf)
			if err != nil {
				return
			}
			if first {
				back <- from
			}
			_, _ = far.Write(buf[:n])
		}
	}()
	go func() { // ends with far
		buf := make([]byte, 64<<10)
		var from *net.UDPAddr
		for {
			n, err := far.Read(buf)
			if err != nil {
				return
			}
			if from == nil {
				from = <-back
			}
			_, _ = near.WriteToUDP(buf[:n], from)
		}
	}()
	_, port, err = net.SplitHostPort(near.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	return far, ma.StringCast("/ip4/127.0.0.1/udp/" + port + "/quic-v1")
}
