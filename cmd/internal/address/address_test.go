package address

import (
	"errors"
	"net/netip"
	"syscall"
	"testing"
)

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		in, want string
		exposed  bool
	}{
		{"4005", "127.0.0.1:4005", false},
		{":4005", "127.0.0.1:4005", false},
		{"localhost:4005", "127.0.0.1:4005", false},
		{"127.0.0.2:0", "127.0.0.2:0", false},
		{"[::1]:4005", "[::1]:4005", false},
		{"[::ffff:127.0.0.1]:4005", "127.0.0.1:4005", false},
		{"0.0.0.0:4005", "0.0.0.0:4005", true},
		{"[::]:4005", "[::]:4005", true},
		{"192.0.2.7:4005", "192.0.2.7:4005", true},
		{"", "its port is not a number from 0 to 65535", false},
		{"x", "its port is not a number from 0 to 65535", false},
		{"65536", "its port is not a number from 0 to 65535", false},
		{"+5", "its port is not a number from 0 to 65535", false},
		{":", "its port is not a number from 0 to 65535", false},
		{"example.org:4005", "its host is not an IP address", false},
		{"1.2.3.4:5:6", "it is not IP:PORT", false},
	} {
		a, err := Parse(c.in)
		got := a.String()
		if err != nil {
			got = err.Error()
		}
		if got != c.want || err == nil && a.Exposed() != c.exposed {
			t.Errorf("%q: %s, exposed %v; want %s", c.in, got, a.Exposed(), c.want)
		}
	}
}

func TestPortInUse(t *testing.T) {
	l, err := Listen(t.Context(), Address{netip.MustParseAddrPort("127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := Parse(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(t.Context(), a); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("got %v", err)
	}
}
