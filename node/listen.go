package node

import (
	"errors"
	"fmt"
	"net"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	ma "github.com/multiformats/go-multiaddr"
)

// MainPort is the TCP and UDP port of a node with a key of its own, unless
// another program has it or its Config says otherwise.
const MainPort = 4004

// portTries is how many ports a node tries that may listen on any: between
// finding one and listening on it, another program may take it.
const portTries = 8

// listen lets the host listen as its plan says.
func listen(h host.Host, p *plan) error {
	if !p.anyPort {
		return listenOn(h, p, p.listen)
	}
	sw, ok := h.Network().(*swarm.Swarm)
	addrs := everywhere(MainPort)
	for try := 1; ; try++ {
		err := listenOn(h, p, addrs)
		if err == nil || !errors.Is(err, errInUse) || !ok || try == portTries {
			return err
		}
		sw.ListenClose(addrs...) // those before the one that is in use
		port, err := anyPort()
		if err != nil {
			return err
		}
		addrs = everywhere(port)
	}
}

// listenOn listens on all of the addresses.
func listenOn(h host.Host, p *plan, addrs []ma.Multiaddr) error {
	for _, a := range addrs {
		err := vacant(a)
		if err == nil {
			err = h.Network().Listen(a)
		}
		if err != nil {
			return &ListenError{a.String(), listenCause(p, a, err)}
		}
	}
	return nil
}

// everywhere is one port, TCP and QUIC, on all interfaces of this machine. IPv6
// is left out where there is none.
func everywhere(port int) []ma.Multiaddr {
	hosts := []string{"/ip4/0.0.0.0"}
	if l, err := net.Listen("tcp6", "[::]:0"); err == nil {
		_ = l.Close()
		hosts = append(hosts, "/ip6/::")
	}
	var addrs []ma.Multiaddr
	for _, at := range hosts {
		addrs = append(addrs,
			ma.StringCast(fmt.Sprintf("%s/tcp/%d", at, port)),
			ma.StringCast(fmt.Sprintf("%s/udp/%d/quic-v1", at, port)))
	}
	return addrs
}

// anyPort is a TCP port that nobody listens on.
func anyPort() (int, error) {
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		return 0, &ListenError{"any port", err}
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}
