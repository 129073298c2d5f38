package chat

import (
	"fmt"
	"strings"
	"testing"
)

// A guest is told no address and no counter, whatever he asks; the owner, who asks at
// the same time, is told all.
func TestGuestsAreToldNoAddresses(t *testing.T) {
	const addr = "/ip4/203.0.113.7/tcp/4001"
	s := newScript(t, "a")
	s.give("a", Started{Addrs: []string{addr}})
	s.enter("a", "gina")
	s.up("a", "b")
	for _, ask := range []Instruction{ListPeers{}, GetStatus{}, Whois{"b"}, ShowNetwork{}} {
		t.Run(fmt.Sprintf("%T", ask), func(t *testing.T) {
			told := make(map[User]string)
			hear := func(effects []Effect) {
				for _, e := range effects {
					if n, ok := e.(Notify); ok {
						for _, u := range n.For {
							told[u] += fmt.Sprintf("%+v", n.Notification)
						}
					}
				}
			}
			hear(s.give("a", ask))
			hear(s.give("a", asks{1, "", ask}))
			hear(s.give("a", Inspected{Links: []Link{{Peer: "b", Path: "direct", Addr: addr}}, Counters: map[string]uint64{"junk": 7}}))
			hear(s.give("a", LinksDone{With: "b"}))
			if !strings.Contains(told[Owner], addr) {
				t.Errorf("the owner is told %s", told[Owner])
			}
			if told[1] == "" || strings.Contains(told[1], "203.0.113.7") || strings.Contains(told[1], "junk") {
				t.Errorf("a guest is told %s", told[1])
			}
		})
	}
}
