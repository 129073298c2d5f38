// Package address is where a door for people of this machine, or of others, is
// to be found.
package address

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// An Address is where a door is to be found. It is comparable.
type Address struct{ netip.AddrPort }

// Parse reads "4005", ":4005", "localhost:4005" or "IP:4005". Without an
// IP it is this machine only. The error is what is wrong, in a few words.
func Parse(s string) (Address, error) {
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

// Listen opens the door; port 0 takes a free one. Connections that nobody is at the
// other end of any more are noticed after a minute.
func Listen(ctx context.Context, a Address) (net.Listener, error) {
	c := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 3}}
	return c.Listen(ctx, "tcp", a.String())
}
