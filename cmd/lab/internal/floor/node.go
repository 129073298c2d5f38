package floor

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p"
	dht "github.com/libp2p/go-libp2p-kad-dht"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/multiformats/go-multiaddr"
)

// The lines that a Node prints.
const (
	NodeReady = "ready"  // it listens
	NodeHeard = "heard " // and the text
)

// firstPort plus the peer number is the port of a Node.
const firstPort = 63000

// nodeQueue is the length of the queues of a Node.
const nodeQueue = 4096

// Node is a process without an application: TCP, QUIC, Kademlia and gossipsub,
// tuned to hear as soon as it can. It publishes every line of in and prints
// what it hears from others on out, until ctx ends. bootstrap 0 is none.
func Node(ctx context.Context, peerNo, bootstrap int, in io.Reader, out io.Writer) error {
	key, err := nodeKey(peerNo)
	if err != nil {
		return err
	}
	h, err := libp2p.New(
		libp2p.Identity(key),
		libp2p.ListenAddrStrings(nodeAddr(peerNo), fmt.Sprintf("/ip4/127.0.0.1/udp/%d/quic-v1", firstPort+peerNo)),
		libp2p.Transport(tcp.NewTCPTransport), libp2p.Transport(quic.NewTransport),
		libp2p.DisableMetrics(), libp2p.DisableRelay(),
	)
	if err != nil {
		return fmt.Errorf("make host: %w", err)
	}
	defer h.Close()
	kad, err := dht.New(h, dht.Mode(dht.ModeServer), dht.ProtocolPrefix("/floor"))
	if err != nil {
		return fmt.Errorf("start kademlia: %w", err)
	}
	defer kad.Close()
	topic, sub, err := joinTuned(ctx, h)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, NodeReady)
	if bootstrap > 0 {
		if err := dial(ctx, h, bootstrap); err != nil {
			return err
		}
	}
	go publishLines(ctx, topic, in) // ends with in or with the process
	for {
		msg, err := sub.Next(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("read subscription: %w", err)
		case msg.ReceivedFrom != h.ID():
			fmt.Fprintf(out, "%s%s\n", NodeHeard, msg.Data)
		}
	}
}

func joinTuned(ctx context.Context, h host.Host) (*pubsub.Topic, *pubsub.Subscription, error) {
	params := pubsub.DefaultGossipSubParams()
	params.HeartbeatInitialDelay = 5 * time.Millisecond
	params.HeartbeatInterval = 200 * time.Millisecond
	ps, err := pubsub.NewGossipSub(ctx, h, pubsub.WithGossipSubParams(params), pubsub.WithFloodPublish(true),
		pubsub.WithPeerOutboundQueueSize(nodeQueue), pubsub.WithValidateQueueSize(nodeQueue))
	if err != nil {
		return nil, nil, fmt.Errorf("start gossipsub: %w", err)
	}
	topic, err := ps.Join("floor")
	if err != nil {
		return nil, nil, fmt.Errorf("join topic: %w", err)
	}
	sub, err := topic.Subscribe(pubsub.WithBufferSize(nodeQueue))
	if err != nil {
		return nil, nil, fmt.Errorf("subscribe: %w", err)
	}
	return topic, sub, nil
}

func dial(ctx context.Context, h host.Host, peerNo int) error {
	key, err := nodeKey(peerNo)
	if err != nil {
		return err
	}
	id, err := peer.IDFromPrivateKey(key)
	if err != nil {
		return fmt.Errorf("derive peer id: %w", err)
	}
	addr, err := multiaddr.NewMultiaddr(nodeAddr(peerNo))
	if err != nil {
		return fmt.Errorf("make address: %w", err)
	}
	if err := h.Connect(ctx, peer.AddrInfo{ID: id, Addrs: []multiaddr.Multiaddr{addr}}); err != nil {
		return fmt.Errorf("connect to floor node %d: %w", peerNo, err)
	}
	return nil
}

func publishLines(ctx context.Context, topic *pubsub.Topic, in io.Reader) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if err := topic.Publish(ctx, []byte(lines.Text())); err != nil {
			return
		}
	}
}

func nodeAddr(peerNo int) string { return fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", firstPort+peerNo) }

// nodeKey derives the key of a floor node from its number.
func nodeKey(peerNo int) (crypto.PrivKey, error) {
	if peerNo < 1 || firstPort+peerNo > 65535 {
		return nil, errors.New("peer number out of range")
	}
	seed := sha256.Sum256(binary.BigEndian.AppendUint32([]byte("floor node"), uint32(peerNo)))
	std := ed25519.NewKeyFromSeed(seed[:])
	key, _, err := crypto.KeyPairFromStdKey(&std)
	return key, err
}
