package node

import (
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour/chat"
)

func TestDemoIDsArePinned(t *testing.T) {
	want := map[int]string{
		1: "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5",
		2: "12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq",
		3: "12D3KooWRndVhVZPCiQwHBBBdg769GyrPUW13zxwqQyf9r3ANaba",
		4: "12D3KooWPT98FXMfDQYavZm66EeVjTqP9Nnehn1gyaydqV8L8BQw",
		5: "12D3KooWHFd1gyNYFqxt7ke9FY2VoVVWY2XSPhvL9vg2pB6wQGfa",
	}
	table := newNumbers()
	for n, text := range want {
		id, err := peer.IDFromPrivateKey(DemoKey(n))
		if err != nil || id.String() != text {
			t.Errorf("peer %d is %s (%v), want %s", n, id, err, text)
		}
		if got := table.of(chat.PeerID(text)); got != n {
			t.Errorf("%s has number %d, want %d", text, got, n)
		}
		if got, ok := table.id(n); !ok || got != id {
			t.Errorf("table says peer %d is %s", n, got)
		}
	}
}

func TestEveryNumberHasItsOwnID(t *testing.T) {
	table := newNumbers()
	if got := table.of("12D3KooWstranger"); got != 0 {
		t.Errorf("a stranger has number %d", got)
	}
	if len(table.byID) != MaxPeerNo {
		t.Errorf("%d ids for %d numbers", len(table.byID), MaxPeerNo)
	}
	for _, n := range []int{-1, 0, MaxPeerNo + 1} {
		if id, ok := table.id(n); ok {
			t.Errorf("peer %d is %s, want none", n, id)
		}
	}
}
