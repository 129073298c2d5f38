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
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/core/transport"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/net/upgrader"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/client"
	"github.com/libp2p/go-libp2p/p2p/protocol/holepunch"
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
//
// punch makes direct connections to peers behind NATs; it is nil if there are none.
func newHost(p *plan, g *gate) (h host.Host, punch *holepunch.Service, err error) {
	manager, err := connmgr.NewConnManager(lowWater, highWater)
	if err != nil {
		return nil, nil, fmt.Errorf("make a connection manager: %w", err)
	}
	options := []libp2p.Option{
		libp2p.Identity(p.Key),
		libp2p.NoListenAddrs,
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Transport(quic.NewTransport),
		libp2p.Security(libp2ptls.ID, libp2ptls.New),
		libp2p.Security(noise.ID, noise.New),
		libp2p.ConnectionManager(manager),
		libp2p.SwarmOpts(swarm.WithDialRanker(rankDials), swarm.WithDialTimeoutLocal(localDial)),
		libp2p.UDPBlackHoleSuccessCounter(nil),  // after 100 dials in vain, as in a cut of some minutes,
		libp2p.IPv6BlackHoleSuccessCounter(nil), // it would let one in 100 through that is not in vain any more
		libp2p.DisableMetrics(),
		libp2p.ConnectionGater(g),
		libp2p.ForceReachabilityPrivate(), // or it would keep the addresses to itself at which relays wait for it
		libp2p.UserAgent("tincan"),
		libp2p.ProtocolVersion("tincan/" + p.Network),
	}
	if p.waits() {
		options = append(options, libp2p.EnableRelay())
	} else {
		options = append(options, libp2p.DisableRelay())
	}
	if p.abroad() {
		options = append(options, libp2p.EnableHolePunching(func(s *holepunch.Service) error { punch = s; return nil }))
	} else {
		options = append(options, libp2p.DisableIdentifyAddressDiscovery())
	}
	h, err = libp2p.New(append(options, p.host...)...)
	if err != nil {
		return nil, nil, fmt.Errorf("make a libp2p host: %w", err)
	}
	if !p.waits() {
		if err := dialCircuits(h, p.Key, g); err != nil {
			_ = h.Close()
			return nil, nil, fmt.Errorf("dial through relays: %w", err)
		}
	}
	if err := listen(h, p); err != nil {
		_ = h.Close()
		return nil, nil, err
	}
	return h, punch, nil
}

// dialCircuits lets a host dial through relays that never waits for others there:
// libp2p's own option listens too, which takes goroutines and makes an address
// that leads nowhere.
func dialCircuits(h host.Host, key crypto.PrivKey, g *gate) error {
	muxers := []upgrader.StreamMuxer{{ID: yamux.ID, Muxer: yamux.DefaultTransport}}
	viaTLS, err := libp2ptls.New(libp2ptls.ID, key, muxers)
	if err != nil {
		return err
	}
	viaNoise, err := noise.New(noise.ID, key, muxers)
	if err != nil {
		return err
	}
	up, err := upgrader.New([]sec.SecureTransport{viaTLS, viaNoise}, muxers, nil, h.Network().ResourceManager(), g)
	if err != nil {
		return err
	}
	c, err := client.New(h, up)
	if err != nil {
		return err
	}
	return h.Network().(transport.TransportNetwork).AddTransport(c)
}

// abroad tells whether anybody beyond this machine can be at the other end of a
// connection to where the node listens.
func (p *plan) abroad() bool {
	return !p.NoListen && !local(p.listen)
}

// waits tells whether the node may have to wait for others at relays.
func (p *plan) waits() bool { return p.NoListen || p.abroad() }

// relayed says when the node has to be reached through others: always when it
// does not listen, else through those who have a public address while it has none
// itself, which makes it one behind a NAT. A verdict of AutoNAT would take some
// 20 s and four others who have one.
func (p *plan) relayed(h host.Host) func(at ma.Multiaddr) bool {
	switch {
	case !p.waits():
		return nil
	case p.NoListen:
		return func(ma.Multiaddr) bool { return true }
	}
	return func(at ma.Multiaddr) bool {
		own, err := h.Network().InterfaceListenAddresses()
		return err == nil && manet.IsPublicAddr(at) && !slices.ContainsFunc(own, manet.IsPublicAddr)
	}
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

// circuitDelay is how long relays wait when there is a direct address.
const circuitDelay = 250 * time.Millisecond

// rankDials tries TCP before QUIC on loopback, where nothing is lost and TCP
// takes half the time per message, and relays last; elsewhere it ranks as libp2p
// does.
func rankDials(addrs []ma.Multiaddr) []network.AddrDelay {
	ranked := swarm.DefaultDialRanker(addrs)
	near := func(a ma.Multiaddr) bool { return manet.IsIPLoopback(a) && !isCircuit(a) }
	tcp := slices.ContainsFunc(addrs, func(a ma.Multiaddr) bool { return near(a) && hasProtocol(a, ma.P_TCP) })
	direct := slices.ContainsFunc(addrs, func(a ma.Multiaddr) bool { return !isCircuit(a) })
	for i, r := range ranked {
		if direct && isCircuit(r.Addr) {
			ranked[i].Delay = max(r.Delay, circuitDelay)
		}
		if !tcp || !near(r.Addr) {
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
