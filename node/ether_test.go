package node

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/p2p/transport/quicreuse"
	"github.com/marcopolo/simnet"
	"github.com/quic-go/quic-go"
)

// An ether is an imaginary network that carries the QUIC of real hosts in the
// virtual time of a synctest bubble. What happens to packets can be changed at
// any time; each place in it has a number from 0 on and an address of its own.
//
// A packet that does not arrive is not handed to simnet at all: given to it with
// an endless latency, an hour of them would fill the memory.
type ether struct {
	net simnet.Simnet

	mu      sync.Mutex // guards what follows
	rand    *rand.Rand
	weather weather
}

// weather is what happens to packets. The zero value is fair.
type weather struct {
	cut    cut           // nil: everything arrives
	loss   float64       // probability that a packet is lost
	twice  float64       // probability that it arrives twice
	jitter time.Duration // up to so much longer on the way, which changes the order too
}

const (
	etherDelay = 25 * time.Millisecond // one way
	etherSpeed = 100_000_000           // bits per second, each way, of each place
	etherPort  = 4001
)

// newEther makes a network that ends with the bubble's test. The same seed makes
// the same weather, and by no means the same run.
func newEther(t *testing.T, seed uint64) *ether {
	e := &ether{rand: rand.New(rand.NewPCG(seed, 0))}
	e.net.LatencyFunc = func(*simnet.Packet) time.Duration {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.weather.jitter == 0 {
			return etherDelay
		}
		return etherDelay + time.Duration(e.rand.Int64N(int64(e.weather.jitter)))
	}
	e.net.Start()
	t.Cleanup(e.net.Close)
	return e
}

func (e *ether) turn(w weather) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.weather = w
}

// copies is how often a packet arrives.
func (e *ether) copies(from, to int) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.weather
	switch {
	case w.cut != nil && w.cut(from, to), e.rand.Float64() < w.loss:
		return 0
	case e.rand.Float64() < w.twice:
		return 2
	}
	return 1
}

// etherIP is public: libp2p tells nobody of a private one. There are 254 of them.
func etherIP(place int) net.IP { return net.IPv4(1, 0, 0, byte(place+1)) }

func etherPlace(at net.Addr) int { return int(at.(*net.UDPAddr).IP.To4()[3]) - 1 }

func etherAddr(place int) string {
	return fmt.Sprintf("/ip4/%s/udp/%d/quic-v1", etherIP(place), etherPort)
}

// A plug is where one life of a node is plugged in.
type plug struct {
	ether *ether
	place int
	reuse *quicreuse.ConnManager // set when the host is made

	mu     sync.Mutex // guards what follows
	pulled bool
}

// pull lets nothing more of this life out: it cannot say goodbye.
func (p *plug) pull() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pulled = true
}

func (p *plug) isPulled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pulled
}

// PreferredSourceIPForDestination spares a look into this machine's routes.
func (p *plug) PreferredSourceIPForDestination(*net.UDPAddr) (net.IP, error) {
	return etherIP(p.place), nil
}

// options make a host that is plugged in here. The owner closes p.reuse after it.
func (p *plug) options() []libp2p.Option {
	listen := func(_ string, at *net.UDPAddr) (net.PacketConn, error) {
		speed := simnet.LinkSettings{BitsPerSecond: etherSpeed}
		c := p.ether.net.NewEndpoint(at, simnet.NodeBiDiLinkSettings{Downlink: speed, Uplink: speed})
		return &wire{c, p}, nil
	}
	reuse := func(reset quic.StatelessResetKey, token quic.TokenGeneratorKey, o ...quicreuse.Option) (cm *quicreuse.ConnManager, err error) {
		cm, err = quicreuse.NewConnManager(reset, token, o...)
		p.reuse = cm
		return cm, err
	}
	return []libp2p.Option{
		libp2p.QUICReuse(reuse,
			quicreuse.OverrideSourceIPSelector(func() (quicreuse.SourceIPSelector, error) { return p, nil }),
			quicreuse.OverrideListenUDP(listen)),
		libp2p.DisableIdentifyAddressDiscovery(), // it stalls virtual time
		libp2p.ResourceManager(&network.NullResourceManager{}),
	}
}

// A wire is a node's socket.
type wire struct {
	*simnet.SimConn
	plug *plug
}

func (w *wire) WriteTo(b []byte, to net.Addr) (n int, err error) {
	if w.plug.isPulled() {
		return len(b), nil
	}
	for range w.plug.ether.copies(w.plug.place, etherPlace(to)) {
		if _, err := w.SimConn.WriteTo(b, to); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}
