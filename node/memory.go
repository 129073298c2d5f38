package node

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

const (
	// maxRemembered bounds the peers that are remembered: as many as a node keeps
	// connected (highWater). At the bound the most crowded crowd loses the one who
	// was not seen for longest; who is connected is not forgotten for a newcomer.
	maxRemembered = 256

	// maxPlaces bounds the addresses of each: TCP and QUIC over IPv4 and IPv6. At
	// the bound the newest are kept.
	maxPlaces = 4
)

// memory are the peers of this network that the node has met, in this run and
// in earlier ones. One goroutine at a time may use it.
type memory struct {
	peers map[peer.ID]*acquaintance
}

// acquaintance is a peer that spoke tincan when it was last connected.
type acquaintance struct {
	id    peer.ID
	addrs []ma.Multiaddr // 1 to maxPlaces, the most promising first; never changed in place
	seen  time.Time      // when it was last connected, in whole seconds
}

func newMemory() *memory { return &memory{peers: make(map[peer.ID]*acquaintance)} }

// met notes where a peer is that is connected now, and reports whether that is
// news. up are those who are connected; at the bound they stay.
func (m *memory) met(id peer.ID, addrs []ma.Multiaddr, now time.Time, up map[peer.ID]bool) (news bool) {
	a := m.peers[id]
	if a == nil {
		if len(addrs) == 0 || len(m.peers) >= maxRemembered && !m.makeRoom(up) {
			return false
		}
		a = &acquaintance{id: id}
		m.peers[id] = a
	}
	was := a.addrs
	a.addrs = nil
	for _, at := range slices.Concat(addrs, was) {
		if len(a.addrs) < maxPlaces && !slices.ContainsFunc(a.addrs, at.Equal) {
			a.addrs = append(a.addrs, at)
		}
	}
	a.seen = now.Truncate(time.Second)
	return !slices.EqualFunc(a.addrs, was, ma.Multiaddr.Equal)
}

// saw notes that a peer was connected until now, and reports whether it is
// remembered.
func (m *memory) saw(id peer.ID, now time.Time) bool {
	a := m.peers[id]
	if a != nil {
		a.seen = now.Truncate(time.Second)
	}
	return a != nil
}

// drop forgets a peer, and reports whether it was remembered.
func (m *memory) drop(id peer.ID) bool {
	_, ok := m.peers[id]
	delete(m.peers, id)
	return ok
}

// makeRoom forgets one who is not connected, if there is one. Whoever has a
// thousand identities in one place takes the places of each other, not those of
// peers elsewhere.
func (m *memory) makeRoom(up map[peer.ID]bool) bool {
	size := make(map[netip.Prefix]int)
	for _, a := range m.peers {
		size[a.crowd()]++
	}
	var out *acquaintance
	for _, a := range m.peers {
		if !up[a.id] && (out == nil || cmp.Or(cmp.Compare(size[a.crowd()], size[out.crowd()]), out.seen.Compare(a.seen)) > 0) {
			out = a
		}
	}
	return out != nil && m.drop(out.id)
}

// newest are all, the last seen first.
func (m *memory) newest() []*acquaintance {
	all := make([]*acquaintance, 0, len(m.peers))
	for _, a := range m.peers {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *acquaintance) int {
		return cmp.Or(b.seen.Compare(a.seen), cmp.Compare(a.id, b.id))
	})
	return all
}

// inTurn are all in the order in which to dial them: of each crowd the last
// seen, then of each the one before, so that the first few are not all of one
// owner.
func (m *memory) inTurn() []peer.AddrInfo {
	all := m.newest()
	before := make(map[netip.Prefix]int) // in each crowd
	turn := make(map[peer.ID]int)
	for _, a := range all {
		turn[a.id] = before[a.crowd()]
		before[a.crowd()]++
	}
	slices.SortStableFunc(all, func(a, b *acquaintance) int { return cmp.Compare(turn[a.id], turn[b.id]) })
	infos := make([]peer.AddrInfo, len(all))
	for i, a := range all {
		infos[i] = peer.AddrInfo{ID: a.id, Addrs: slices.Clone(a.addrs)}
	}
	return infos
}

// crowd is the network of a peer's first address: the 24 bits of IPv4 or 48 of
// IPv6 that one owner is mostly given as a whole.
func (a *acquaintance) crowd() netip.Prefix {
	ip, err := manet.ToIP(a.addrs[0])
	if err != nil {
		return netip.Prefix{}
	}
	at, _ := netip.AddrFromSlice(ip)
	bits := 48
	if at = at.Unmap(); at.Is4() {
		bits = 24
	}
	p, _ := at.Prefix(bits)
	return p
}

// scope is who can reach an address.
type scope int

const (
	nowhere  scope = iota // no address to dial
	machine               // loopback
	locality              // a local network
	world
)

// scopeOf returns nowhere for all that this node cannot dial by itself: what is
// neither TCP nor QUIC on an IP address, leads through a relay, or has a name
// that somebody else would have to look up.
func scopeOf(a ma.Multiaddr) scope {
	var codes []int
	for _, c := range a {
		codes = append(codes, c.Code())
	}
	switch {
	case len(codes) < 2 || codes[0] != ma.P_IP4 && codes[0] != ma.P_IP6:
		return nowhere
	case !slices.Equal(codes[1:], []int{ma.P_TCP}) && !slices.Equal(codes[1:], []int{ma.P_UDP, ma.P_QUIC_V1}):
		return nowhere
	case manet.IsIPLoopback(a):
		return machine
	case manet.IsIP6LinkLocal(a): // which leads nowhere without the name of an interface
		return nowhere
	case manet.IsPrivateAddr(a):
		return locality
	case manet.IsPublicAddr(a):
		return world
	}
	return nowhere
}
