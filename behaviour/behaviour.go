package behaviour

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"

	"tincan/behaviour/chat"
	"tincan/behaviour/direct"
	"tincan/behaviour/gossip"
	"tincan/behaviour/ident"
	"tincan/behaviour/kad"
	"tincan/behaviour/links"
	"tincan/behaviour/mdns"
	"tincan/behaviour/relay"
	"tincan/behaviour/rendezvous"
	"tincan/behaviour/session"
	syncs "tincan/behaviour/sync"
	"tincan/behaviour/wire"
)

// Config is what a behaviour is made of. All fields are required, unless they say
// what they are when left out.
type Config struct {
	Host    host.Host // owned by the caller, who closes it after Close
	Network string
	Key     crypto.PrivKey // Ed25519, the host's
	Log     *slog.Logger

	// History keeps what the chat asks to be saved; nil only if it never asks. Owned
	// by the caller, who closes it after Close.
	History *History

	// Sparse keeps to the links that others make: no peer exchange, no refreshing
	// of the routing table. Links with others in the same channels are made all
	// the same: that is how they meet.
	Sparse bool

	// NoListen says that nobody can dial this node: it carries nothing for others,
	// and is not asked where peers are.
	NoListen bool

	// Relayed says whether this node has to be reached through a peer that it has
	// dialled at an address; nil: never.
	Relayed func(at ma.Multiaddr) bool

	// Ways are the peers that lead into the network and are connected. Kademlia
	// turns to them; dialling the others is the caller's. Safe from any goroutine.
	Ways func() []peer.AddrInfo

	// Found, if set, is told of peers that claim to be on the local network, at
	// most 8 at a time. It may block until ctx ends.
	Found func(ctx context.Context, p peer.AddrInfo)

	// Dial connects to an address that a user typed and tells whom it reached, and
	// whether there was a connection before.
	Dial func(ctx context.Context, addr string) (id peer.ID, already bool, err error)

	// Hangup closes all connections to a peer and does not come back to it; nil
	// only closes them. It may block.
	Hangup func(peer.ID)

	// Came and Left tell of peers that speak tincan, from one goroutine and before
	// the chat learns of them. They must not block.
	Came, Left func(peer.ID)
}

// Behaviour is the protocols of one node. Do must be called from one goroutine
// at a time; Events may be read by anyone.
type Behaviour struct {
	cfg    Config
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup // what New and Do started

	sealer *wire.Sealer
	opener *wire.Opener

	events chan chat.Event
	lobby  string // topic
	dials  chan struct{}

	recalls chan struct{}

	directs tickets[chat.Answer]
	syncs   tickets[chat.AnswerSync]
	callers tickets[chat.AnswerLinks]
	counts  counters

	direct  *direct.Direct
	sync    *syncs.Sync
	links   *links.Links
	session *session.Session
	gossip  *gossip.Gossip
	kad     *kad.Kad
	relay   *relay.Relay
	ident   *ident.Ident
	mdns    *mdns.MDNS // nil: nobody is looked for

	topics     *topics
	rendezvous *rendezvous.Rendezvous
}

// New starts the protocols on a host. The caller must read Events from then on.
func New(cfg Config) (*Behaviour, error) {
	sealer, err := wire.NewSealer(cfg.Key, cfg.Network)
	if err != nil {
		return nil, fmt.Errorf("use the node's key: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	b := &Behaviour{
		sealer:  sealer,
		opener:  wire.NewOpener(cfg.Network),
		cfg:     cfg,
		ctx:     ctx,
		cancel:  cancel,
		events:  make(chan chat.Event, maxEvents),
		lobby:   wire.Topic(cfg.Network, chat.Lobby),
		dials:   make(chan struct{}, maxDials),
		recalls: make(chan struct{}, maxRecalls),
		topics:  newTopics(),
	}
	h := cfg.Host
	b.direct = direct.New(h, protocol.ID(wire.DirectProtocol(cfg.Network)), b.directAsked)
	b.sync = syncs.New(h, protocol.ID(wire.SyncProtocol(cfg.Network)), b.syncAsked)
	b.links = links.New(h, protocol.ID(wire.LinksProtocol(cfg.Network)), b.linksAsked)
	b.session = b.newLines()
	b.kad, err = kad.New(ctx, h, kad.Config{
		Prefix:    protocol.ID(wire.KadPrefix(cfg.Network)),
		Bootstrap: cfg.Ways,
		Client:    cfg.NoListen,
		Refresh:   !cfg.Sparse,
		Accept:    shards(cfg.Network),
	})
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("start kademlia: %w", err)
	}
	b.gossip, err = gossip.New(ctx, h, gossip.Config{
		MaxMessage: wire.MaxGossip,
		Log:        cfg.Log.With("logger", "pubsub"),
		Sparse:     cfg.Sparse,
		Validate:   b.validate,
		Received:   b.gossipReceived,
		Met:        b.met,
		Grafted:    b.grafted,
		Lost:       b.lost,
	})
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("start gossip: %w", err)
	}
	if err := b.gossip.Join(b.lobby); err != nil {
		b.Close()
		return nil, fmt.Errorf("join the lobby: %w", err)
	}
	b.rendezvous = rendezvous.New(b.meeting())
	b.relay, err = relay.New(h, relay.Config{Offer: !cfg.NoListen, Needed: cfg.Relayed, Ours: b.speaksNow})
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("start relaying: %w", err)
	}
	b.ident, err = ident.New(h, ident.Config{Speaks: b.speaks, Came: b.came, Left: b.left})
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("watch connections: %w", err)
	}
	if cfg.Found != nil {
		b.mdns = mdns.New(h, mdns.Config{Network: cfg.Network, Log: cfg.Log.With("logger", "mdns"), Found: cfg.Found})
	}
	b.work.Go(b.watchdog)  // ends with b.ctx
	b.work.Go(b.runTopics) // likewise
	return b, nil
}

// Events is what happened, in order. It is never closed.
func (b *Behaviour) Events() <-chan chat.Event { return b.events }

// Seal signs an envelope of the core's. It panics when the envelope breaks the
// limits of the wire, to which the core keeps.
func (b *Behaviour) Seal(e *chat.Envelope) {
	if err := b.sealer.Seal(e); err != nil {
		panic(fmt.Sprintf("behaviour: the core made an envelope that cannot be sealed: %v", err))
	}
}

// CheckNetwork says why a name cannot be a network's.
func CheckNetwork(name string) error { return wire.CheckNetwork(name) }

// Close stops the protocols and waits for what they have under way.
func (b *Behaviour) Close() {
	b.cancel()
	if b.mdns != nil {
		b.mdns.Close()
	}
	if b.ident != nil {
		b.ident.Close()
	}
	if b.rendezvous != nil {
		b.rendezvous.Close()
	}
	if b.relay != nil {
		b.relay.Close()
	}
	b.direct.Close()
	b.sync.Close()
	b.links.Close()
	b.session.Close()
	if b.gossip != nil {
		b.gossip.Close()
	}
	if b.kad != nil {
		b.kad.Close()
	}
	b.work.Wait()
}

// start runs f on its own goroutine; Close waits for it.
func (b *Behaviour) start(f func()) { b.work.Go(f) }
