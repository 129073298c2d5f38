package web

import (
	"net"
	"net/netip"
	"strconv"
)

// hosts are the values of Host by which the door may be asked for. A page of
// another site whose name is made to lead here says that name: it is refused.
type hosts struct {
	port    uint16
	exact   map[string]bool
	literal bool // any IP address will do: one of the machine's, or one that leads to it
}

// hostsOf are those of a door that listens at an address.
func hostsOf(at net.Addr) hosts {
	a, err := netip.ParseAddrPort(at.String())
	if err != nil {
		return hosts{}
	}
	h := hosts{port: a.Port(), exact: make(map[string]bool), literal: !a.Addr().Unmap().IsLoopback()}
	for _, name := range []string{"127.0.0.1", "localhost", "::1", a.Addr().Unmap().String()} {
		h.exact[net.JoinHostPort(name, strconv.Itoa(int(a.Port())))] = true
	}
	return h
}

// admit says whether a request for host may be answered.
func (h hosts) admit(host string) bool {
	if h.exact[host] {
		return true
	}
	if h.port == 80 && h.exact[host+":80"] { // which browsers leave out
		return true
	}
	if !h.literal {
		return false
	}
	a, err := netip.ParseAddrPort(host)
	if err != nil && h.port == 80 {
		a, err = netip.ParseAddrPort(host + ":80")
	}
	return err == nil && a.Port() == h.port && a.Addr().Zone() == ""
}
