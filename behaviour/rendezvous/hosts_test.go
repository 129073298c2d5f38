package rendezvous_test

import (
	"context"
	"crypto/sha256"
	"testing"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour/internal/hosttest"
	"tincan/behaviour/kad"
	"tincan/behaviour/rendezvous"
)

// Of six nodes in a row, only the first and the last are members: none of their
// neighbours is. They meet.
func TestMembersAtTheEndsOfAChainMeet(t *testing.T) {
	room := key("room")
	var hosts []host.Host
	var kads []*kad.Kad
	for i := range 6 {
		h := hosttest.New(t)
		k, err := kad.New(t.Context(), h, kad.Config{Prefix: "/test", Accept: func(k string) bool { return k == string(room) }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { k.Close() })
		hosts, kads = append(hosts, h), append(kads, k)
		if i > 0 {
			hosttest.Connect(t, h, hosts[i-1])
		}
	}
	first, last := hosts[0], hosts[5]
	join := func(i int, other host.Host) {
		h, k := hosts[i], kads[i]
		linked := func() bool { return h.Network().Connectedness(other.ID()) == network.Connected }
		r := rendezvous.New(rendezvous.Config{
			Ready: func() bool { return k.Size() > 0 },
			Count: func(string) int {
				if linked() {
					return 1
				}
				return 0
			},
			Announce: func(ctx context.Context, topic string) error { return k.Provide(ctx, key(topic)) },
			Search: func(ctx context.Context, topic string, n int) ([]peer.AddrInfo, error) {
				return k.Providers(ctx, key(topic), n)
			},
			Connected: func(p peer.ID) bool { return h.Network().Connectedness(p) == network.Connected },
			Connect:   h.Connect,
		})
		t.Cleanup(r.Close)
		r.Enter("room")
	}
	join(0, last)
	join(5, first)
	hosttest.Eventually(t, "the members are connected", func() bool {
		return last.Network().Connectedness(first.ID()) == network.Connected
	})
}

func key(topic string) []byte {
	sum := sha256.Sum256([]byte(topic))
	return append([]byte{0x12, 0x20}, sum[:]...)
}
