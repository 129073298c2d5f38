package node

import (
	"fmt"
	"log/slog"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"tincan/behaviour"
)

// The networks of nodes that are told no other. Nodes of different networks
// never meet: protocols and topics have the name in theirs.
const (
	DemoNetwork = "demo" // of nodes that have a number
	MainNetwork = "main" // of nodes that have a key of their own
)

// Config is what a node is made of. PeerNo or Key is required; everything else
// works when it is left out.
type Config struct {
	PeerNo int            // demo identity, 1 to MaxPeerNo; 0 with Key
	Key    crypto.PrivKey // Ed25519; nil with PeerNo

	BootstrapPeerNos []int    // demo peers that lead into the network
	Bootstrap        []string // the same by address: a multiaddr, or IP:port for TCP

	// Members are fixed peers, by address as in Bootstrap, which lead in as well:
	// whatever happens, this node comes back to them. Without /p2p/ID in it, an
	// address belongs to the node that answers there first.
	Members []string

	Listen  []string // multiaddrs; none: DemoAddrs of PeerNo, MainPort of all interfaces with Key
	Network string   // none: DemoNetwork with PeerNo, MainNetwork with Key
	Name    string   // display name, as CheckName has it; none: others see the number or the id

	// Sparse keeps only the links to the bootstrap peers and finds others through
	// Kademlia when a message needs them.
	Sparse bool

	// MDNS finds other nodes of the network on the local network, and lets them
	// find this one. A node that listens on loopback only is not found.
	MDNS bool

	// NoListen makes a node that nobody can dial. Others reach it through those
	// that it dials.
	NoListen bool

	// Dir is the directory of a Profile that is open as long as the node lives: the
	// node remembers there whom it has met, and turns to them when it starts again,
	// and keeps there what was said, within the bounds of Keep. None: it forgets.
	Dir  string
	Keep Retention

	Log *slog.Logger // none: nothing is logged

	host []libp2p.Option // the last word on the host; tests bring another network
}

// ConfigError says which field is wrong and what it wants.
type ConfigError struct{ Field, Text string }

func (e *ConfigError) Error() string { return e.Text }

func wrong(field, format string, args ...any) error {
	return &ConfigError{field, fmt.Sprintf(format, args...)}
}

// checkName is a name as all will see it.
func checkName(name string) (clean string, err error) {
	clean, why := behaviour.CheckName(name)
	if why != "" {
		return "", wrong("Name", "cannot use the name %q – %s", shortened(name), why)
	}
	return clean, nil
}

// shortened keeps an error on one line.
func shortened(s string) string {
	const most = 40 // bytes
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

// plan is a checked Config.
type plan struct {
	Config
	id      peer.ID
	numbers *numbers
	ways    []way
	listen  []ma.Multiaddr
	anyPort bool // MainPort is meant or, where it is in use, any other
}

// check fills in the defaults and refuses what cannot work.
func (c Config) check() (*plan, error) {
	p := &plan{Config: c, numbers: newNumbers()}
	if p.Network == "" {
		p.Network = p.usualNetwork()
	}
	var err error
	if err := behaviour.CheckNetwork(p.Network); err != nil {
		return nil, wrong("Network", "the network name %q cannot be used – %v", c.Network, err)
	}
	if p.Name != "" {
		if p.Name, err = checkName(c.Name); err != nil {
			return nil, err
		}
	}
	switch {
	case c.Key != nil && c.PeerNo != 0:
		return nil, wrong("PeerNo", "a node has a number or a key, not both")
	case c.Key == nil && (c.PeerNo < 1 || c.PeerNo > MaxPeerNo):
		return nil, wrong("PeerNo", "peer number %d is out of range – numbers go from 1 to %d", c.PeerNo, MaxPeerNo)
	case c.Key == nil:
		p.Key = DemoKey(c.PeerNo)
		p.numbers.id(c.PeerNo)
		if len(p.Listen) == 0 && !p.NoListen {
			p.Listen = DemoAddrs(c.PeerNo)
		}
	case len(c.BootstrapPeerNos) > 0:
		return nil, wrong("BootstrapPeerNos", "demo peer %d leads into no network of nodes with a key – name a node by its address, or be a demo peer too", c.BootstrapPeerNos[0])
	default:
		p.anyPort = len(p.Listen) == 0 && !p.NoListen
	}
	if p.Key.Type() != crypto.Ed25519 {
		return nil, wrong("Key", "the key is of type %s and has to be Ed25519", p.Key.Type())
	}
	if p.id, err = peer.IDFromPrivateKey(p.Key); err != nil {
		return nil, wrong("Key", "the key has no peer id – %v", err)
	}
	if p.Keep.Days < 0 || p.Keep.MB < 0 {
		return nil, wrong("Keep", "cannot keep %d days and %d MiB of history – less than nothing – leave it out for the default", p.Keep.Days, p.Keep.MB)
	}
	if p.NoListen && len(p.Listen) > 0 {
		return nil, wrong("NoListen", "a node listens on %s or does not listen – leave one out", p.Listen[0])
	}
	for _, a := range p.Listen {
		m, err := ma.NewMultiaddr(a)
		if err != nil {
			return nil, wrong("Listen", "cannot listen on %s – %v", a, err)
		}
		p.listen = append(p.listen, m)
	}
	return p, p.findWays()
}

func (p *plan) findWays() error {
	for _, n := range p.BootstrapPeerNos {
		id, ok := p.numbers.id(n)
		if !ok {
			return wrong("BootstrapPeerNos", "bootstrap peer number %d is out of range – numbers go from 1 to %d", n, MaxPeerNo)
		}
		if id == p.id {
			return wrong("BootstrapPeerNos", "peer %d cannot be its own bootstrap peer – name another one, or leave it out on the first node", n)
		}
		w := way{
			info: peer.AddrInfo{ID: id},
			name: fmt.Sprintf("peer %d at 127.0.0.1:%d", n, DemoPort(n)),
			hint: fmt.Sprintf("start it with `node --peer-no %d`, or check the number", n),
		}
		for _, a := range DemoAddrs(n) {
			w.info.Addrs = append(w.info.Addrs, ma.StringCast(a))
		}
		p.addWay(w)
	}
	for _, a := range p.Bootstrap {
		if err := p.readWay("Bootstrap", a); err != nil {
			return err
		}
	}
	for _, a := range p.Members {
		if err := p.readWay("Members", a); err != nil {
			return err
		}
	}
	return nil
}
