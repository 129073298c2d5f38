package web

import (
	"strings"
	"testing"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/jsonl"
)

// TestDiscreet: a guest is told no address, and what others are told stays as it is.
func TestDiscreet(t *testing.T) {
	const addr = "/ip4/203.0.113.7/tcp/4001"
	info := chat.PeerInfo{Peer: chat.Peer{ID: "12D3"}, State: "here", Addr: addr}
	for _, n := range []chat.Notification{
		chat.Ready{Addrs: []string{addr}},
		chat.PeerList{Peers: []chat.PeerInfo{info}},
		chat.Portrait{State: "here", Addr: addr},
		chat.StatusReport{Addrs: []string{addr}, Counters: map[string]uint64{"secret": 1}},
		chat.Topology{Nodes: []chat.NodeInfo{{PeerInfo: info}}, Links: []chat.LinkInfo{{B: 0}}},
	} {
		told := func(n chat.Notification) string {
			if n == nil {
				return ""
			}
			return string(jsonl.Append(nil, chat.Notify{Notification: n}, time.Time{}))
		}
		before := told(n)
		if !strings.Contains(before, addr) {
			t.Fatalf("%T has no address to begin with: %s", n, before)
		}
		if got := told(discreet(n)); strings.Contains(got, "203.0.113.7") || strings.Contains(got, "secret") {
			t.Errorf("%T tells a guest %s", n, got)
		}
		if got := told(n); got != before {
			t.Errorf("%T is %s now, %s before", n, got, before)
		}
	}
	if n := (chat.Notice{Text: addr}); discreet(n) != n {
		t.Error("what people say is changed")
	}
}

// Which front end is told what is tested with a real node in cmd/node.
func TestOwnerIsToldAll(t *testing.T) {
	h := open(t)
	owner, guest := h.visit(t), h.visit(t)
	owner.sends(enterOwner(h))
	owner.reads("type=ready")
	guest.sends(`{"do":"enter"}`)
	guest.reads("type=entered")
	list := chat.Notify{Notification: chat.Portrait{State: "here", Addr: "/ip4/203.0.113.7/tcp/1"}}
	h.owner(t, 0).Tell(list)
	h.guest(t, 0).Tell(list)
	owner.reads("type=whois", "addr=/ip4/203.0.113.7/tcp/1")
	guest.reads("type=whois", "addr=")
}
