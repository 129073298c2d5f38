package node

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// way is a peer that leads into the network, and how users name it.
type way struct {
	info   peer.AddrInfo // ID "": whoever answers at the address
	name   string
	hint   string // what to do when it does not answer
	member bool
}

// readWay adds a way in as a user wrote it in a field.
func (p *plan) readWay(field, typed string) error {
	info, err := parseAddr(typed)
	if err != nil {
		return wrong(field, "%q is not the address of a node – %v – it takes IP:port, or a multiaddr", typed, err)
	}
	if info.ID == p.id || (info.ID == "" && slices.ContainsFunc(p.listen, func(a ma.Multiaddr) bool { return a.Equal(info.Addrs[0]) })) {
		return wrong(field, "%s is this node itself – name another one", typed)
	}
	p.addWay(way{info: info, name: strings.TrimSpace(typed), hint: "check the address, or start the node there", member: field == "Members"})
	return nil
}

// addWay adds a way in, once however often it is named.
func (p *plan) addWay(w way) {
	i := slices.IndexFunc(p.ways, func(o way) bool {
		return o.info.ID == w.info.ID && (w.info.ID != "" || o.info.Addrs[0].Equal(w.info.Addrs[0]))
	})
	if i < 0 {
		p.ways = append(p.ways, w)
		return
	}
	p.ways[i].info.Addrs = ma.Unique(append(p.ways[i].info.Addrs, w.info.Addrs...))
	p.ways[i].member = p.ways[i].member || w.member
}

// parseAddr reads an address with or without /p2p/ID, or IP:port. The peer is ""
// if it names none; there is exactly one address.
func parseAddr(typed string) (peer.AddrInfo, error) {
	typed = strings.TrimSpace(typed)
	if !strings.HasPrefix(typed, "/") {
		host, port, err := net.SplitHostPort(typed)
		if err != nil {
			return peer.AddrInfo{}, fmt.Errorf("it is not IP:port")
		}
		if host == "localhost" {
			host = "127.0.0.1"
		}
		ip, err := netip.ParseAddr(host)
		n, err2 := strconv.ParseUint(port, 10, 16)
		if err != nil || err2 != nil || n == 0 {
			return peer.AddrInfo{}, fmt.Errorf("it is not IP:port")
		}
		at, err := manet.FromNetAddr(net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip.Unmap(), uint16(n))))
		if err != nil {
			return peer.AddrInfo{}, err
		}
		return peer.AddrInfo{Addrs: []ma.Multiaddr{at}}, nil
	}
	m, err := ma.NewMultiaddr(typed)
	if err != nil {
		return peer.AddrInfo{}, fmt.Errorf("it is not a multiaddr: %w", err)
	}
	at, id := peer.SplitAddr(m)
	if at == nil {
		return peer.AddrInfo{}, fmt.Errorf("it has no network address before the peer id")
	}
	if !hasProtocol(at, ma.P_TCP) && !hasProtocol(at, ma.P_QUIC_V1) && !isCircuit(at) {
		return peer.AddrInfo{}, fmt.Errorf("it is neither TCP nor QUIC")
	}
	return peer.AddrInfo{ID: id, Addrs: []ma.Multiaddr{at}}, nil
}

// isCircuit tells an address that leads through a relay.
func isCircuit(a ma.Multiaddr) bool { return hasProtocol(a, ma.P_CIRCUIT) }
