package node

import (
	"strings"
	"testing"
)

// What is read as an address is one that can be written down and read again.
func FuzzParseAddr(f *testing.F) {
	for _, s := range []string{
		"127.0.0.1:4001", "localhost:1", "[::1]:65535", "[fe80::1%eth0]:1", ":1", "1.2.3.4:0x1", " 1.2.3.4:5\n", "::1:1",
		demoAt(1, tcpAt(1)), demoAt(1, quicAt(1)), demoAt(1, ""), "/", "/p2p-circuit",
		demoAt(2, demoAt(1, tcpAt(1))+"/p2p-circuit"), "/dns4/example.org/tcp/1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		info, err := parseAddr(s)
		if err != nil {
			if len(info.Addrs) > 0 || strings.HasPrefix(err.Error(), " ") {
				t.Errorf("%q gives %v and %v", s, info, err)
			}
			return
		}
		if len(info.Addrs) != 1 {
			t.Fatalf("%q gives %d addresses", s, len(info.Addrs))
		}
		text := info.Addrs[0].String()
		if info.ID != "" {
			text += "/p2p/" + info.ID.String()
		}
		again, err := parseAddr(text)
		if err != nil || again.ID != info.ID || !again.Addrs[0].Equal(info.Addrs[0]) {
			t.Errorf("%q gives %s, which gives %v, %v", s, text, again, err)
		}
		if info.ID != "" && info.ID.Validate() != nil {
			t.Errorf("%q gives the peer %q", s, info.ID)
		}
	})
}
