package node

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// The connection manager trims from highWater connections down to lowWater. A
// node of a network of some hundred keeps them all.
const (
	lowWater  = 160
	highWater = 256
)

// localDial bounds a dial within this machine or its local network. Over QUIC
// nobody says that nobody is there: whoever waits learns it by this bound, and
// it leaves room for one packet to be lost over TCP.
const localDial = 1500 * time.Millisecond

// ListenError says that an address cannot be listened on.
type ListenError struct {
	Addr string
	Err  error
}

func (e *ListenError) Error() string { return fmt.Sprintf("cannot listen on %s – %v", e.Addr, e.Err) }
func (e *ListenError) Unwrap() error { return e.Err }

// newHost makes the libp2p host and listens. TLS stands before Noise: it is the
// faster of the two here.
func newHost(p *plan) (host.Host, error) {
	manager, err := connmgr.NewConnManager(lowWater, highWater)
	if err != nil {
		return nil, fmt.Errorf("make a connection manager: %w", err)
	}
	h, err := libp2p.New(
		libp2p.Identity(p.Key),
		libp2p.NoListenAddrs,
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Transport(quic.NewTransport),
		libp2p.Security(libp2ptls.ID, libp2ptls.New),
		libp2p.Security(noise.ID, noise.New),
		libp2p.ConnectionManager(manager),
		libp2p.ConnectionGater(refusal{p}),
		libp2p.SwarmOpts(swarm.WithDialRanker(rankDials), swarm.WithDialTimeoutLocal(localDial)),
		libp2p.DisableMetrics(),
		libp2p.DisableRelay(),
		libp2p.DisableIdentifyAddressDiscovery(),
		libp2p.UserAgent("tincan"),
		libp2p.ProtocolVersion("tincan/"+p.Network),
	)
	if err != nil {
		return nil, fmt.Errorf("make a libp2p host: %w", err)
	}
	if err := listen(h, p); err != nil {
		_ = h.Close()
		return nil, err
	}
	return h, nil
}

// vacant says whether nobody listens at a TCP address. libp2p shares its ports
// (SO_REUSEPORT), so that a second node would listen too, and get half of the
// connections.
func vacant(a ma.Multiaddr) error {
	network, at, err := manet.DialArgs(a)
	if err != nil || !strings.HasPrefix(network, "tcp") {
		return nil // not TCP: whoever listens will tell
	}
	l, err := net.Listen(network, at)
	if err != nil {
		return err
	}
	return l.Close()
}

// quicDelay is how long QUIC waits on loopback when there is TCP.
const quicDelay = 100 * time.Millisecond

// rankDials tries TCP before QUIC on loopback, where nothing is lost and TCP
// takes half the time per message; elsewhere it ranks as libp2p does.
func rankDials(addrs []ma.Multiaddr) []network.AddrDelay {
	ranked := swarm.DefaultDialRanker(addrs)
	tcp := slices.ContainsFunc(addrs, func(a ma.Multiaddr) bool { return manet.IsIPLoopback(a) && hasProtocol(a, ma.P_TCP) })
	for i, r := range ranked {
		if !tcp || !manet.IsIPLoopback(r.Addr) {
			continue
		}
		ranked[i].Delay = 0
		if !hasProtocol(r.Addr, ma.P_TCP) {
			ranked[i].Delay = quicDelay
		}
	}
	slices.SortStableFunc(ranked, func(a, b network.AddrDelay) int { return cmp.Compare(a.Delay, b.Delay) })
	return ranked
}

func hasProtocol(a ma.Multiaddr, code int) bool {
	_, err := a.ValueForProtocol(code)
	return err == nil
}

// errInUse says that another program listens there.
var errInUse = errors.New("the port is in use")

// listenCause says why in a few words, and what to do.
func listenCause(p *plan, a ma.Multiaddr, err error) error {
	var op *net.OpError
	switch {
	case errors.Is(err, syscall.EADDRINUSE) || strings.Contains(err.Error(), "address already in use"):
		if p.PeerNo != 0 {
			return fmt.Errorf("%w, perhaps by another node with number %d – stop that one, or take another number", errInUse, p.PeerNo)
		}
		return fmt.Errorf("%w – stop the program that has it, or take another one", errInUse)
	case errors.Is(err, syscall.EACCES) || strings.Contains(err.Error(), "permission denied"):
		return errors.New("this user may not use that port – take one above 1023")
	case errors.As(err, &op):
		return fmt.Errorf("%w – give an address of this machine", op.Err)
	}
	return fmt.Errorf("%w – give an address of this machine, like /ip4/127.0.0.1/tcp/4001", err)
}
