package ident

import (
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	ma "github.com/multiformats/go-multiaddr"
)

// paper is a connection that exists on paper.
type paper struct {
	network.Conn
	stat       network.ConnStats
	here, from string
}

func (p paper) Stat() network.ConnStats          { return p.stat }
func (p paper) LocalMultiaddr() ma.Multiaddr     { return ma.StringCast(p.here) }
func (p paper) RemoteMultiaddr() ma.Multiaddr    { return ma.StringCast(p.from) }
func opened(ago time.Duration) network.ConnStats { return stats(network.DirInbound, ago, false) }

func stats(d network.Direction, ago time.Duration, limited bool) network.ConnStats {
	return network.ConnStats{Stats: network.Stats{Direction: d, Opened: time.Now().Add(-ago), Limited: limited}}
}

func TestWhatReplacesWhat(t *testing.T) {
	const (
		here  = "/ip4/127.0.0.1/udp/63001/quic-v1"
		from  = "/ip4/127.0.0.1/udp/63002/quic-v1"
		other = "/ip4/192.0.2.1/udp/63002/quic-v1"
	)
	fresh := paper{stat: opened(0), here: here, from: from}
	for _, tc := range []struct {
		name string
		old  paper
		want bool
	}{
		{"old, from elsewhere", paper{stat: opened(oldConn), here: here, from: other}, true},
		{"old, from the same socket", paper{stat: opened(oldConn), here: here, from: from}, true},
		{"young, from the same socket: of a life that was short", paper{stat: opened(oldConn / 20), here: here, from: from}, true},
		{"young, from elsewhere: it dialled two ways at once", paper{stat: opened(oldConn / 20), here: here, from: other}, false},
		{"young, to elsewhere", paper{stat: opened(oldConn / 20), here: other, from: from}, false},
		{"ours, between the same sockets: both dialled at once", paper{stat: stats(network.DirOutbound, oldConn/20, false), here: here, from: from}, false},
		{"old and ours", paper{stat: stats(network.DirOutbound, oldConn, false), here: here, from: from}, false},
		{"old and relayed", paper{stat: stats(network.DirInbound, oldConn, true), here: here, from: other}, false},
	} {
		if got := replaces(fresh, tc.old, oldConn); got != tc.want {
			t.Errorf("%s: replaced %t, want %t", tc.name, got, tc.want)
		}
	}
	relayed := paper{stat: stats(network.DirInbound, oldConn/20, true), here: here, from: from}
	if replaces(relayed, relayed, oldConn) {
		t.Error("of two relayed connections one replaces the other: all have the same addresses")
	}
}
