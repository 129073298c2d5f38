package mdns

import (
	"net"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
	"golang.org/x/time/rate"
)

// maxAddrs bounds the addresses of a peer that are believed: TCP and QUIC for
// some interfaces.
const maxAddrs = 16

// sieve lets few of those who claim to be there through.
type sieve struct {
	mu    sync.Mutex // guards what follows
	limit *rate.Limiter
	told  map[peer.ID]time.Time // when; those of the last again, which limit bounds to 2*found
}

// lets says whether to tell of a peer. Each time that it does counts.
func (s *sieve) lets(id peer.ID, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.told[id]; ok && now.Sub(at) < again {
		return false
	}
	if !s.limit.AllowN(now, 1) {
		return false
	}
	for other, at := range s.told {
		if now.Sub(at) >= again {
			delete(s.told, other)
		}
	}
	s.told[id] = now
	return true
}

// networks are those that this machine is on.
func networks() []*net.IPNet {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var nets []*net.IPNet
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() {
			nets = append(nets, n)
		}
	}
	return nets
}

// near keeps the addresses that can be on the local network: private ones, and
// those of the networks that this machine is on. Who could name any address
// could make others dial a victim.
func near(addrs []ma.Multiaddr, ours []*net.IPNet) (kept []ma.Multiaddr) {
	for _, a := range addrs {
		ip, err := manet.ToIP(a)
		if err != nil || ip.IsLoopback() || ip.IsUnspecified() || ip.IsMulticast() || ip.IsLinkLocalUnicast() {
			continue // link-local addresses mean nothing without their interface
		}
		if _, err := a.ValueForProtocol(ma.P_CIRCUIT); err == nil {
			continue
		}
		local := ip.IsPrivate()
		for _, n := range ours {
			local = local || n.Contains(ip)
		}
		if local && len(kept) < maxAddrs {
			kept = append(kept, a)
		}
	}
	return kept
}
