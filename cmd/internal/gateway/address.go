package gateway

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// An Address is where a gateway is to be found.
type Address struct{ netip.AddrPort }

// ParseAddress reads "4005", ":4005", "localhost:4005" or "IP:4005". Without an
// IP it is this machine only. The error is what is wrong, in a few words.
func ParseAddress(s string) (Address, error) {
	host, port := "", s
	if strings.Contains(s, ":") {
		var err error
		if host, port, err = net.SplitHostPort(s); err != nil {
			return Address{}, errors.New("it is not IP:PORT")
		}
	}
	ip := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if host != "" && host != "localhost" {
		var err error
		if ip, err = netip.ParseAddr(host); err != nil {
			return Address{}, errors.New("its host is not an IP address")
		}
	}
	no, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return Address{}, errors.New("its port is not a number from 0 to 65535")
	}
	return Address{netip.AddrPortFrom(ip.Unmap(), uint16(no))}, nil
}

// Exposed says whether others than users of this machine may reach the address.
func (a Address) Exposed() bool { return !a.Addr().IsLoopback() }

// Listen opens the door; port 0 takes a free one.
func Listen(ctx context.Context, a Address) (net.Listener, error) {
	c := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 3}}
	return c.Listen(ctx, "tcp", a.String())
}
