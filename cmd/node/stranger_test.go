package main

import (
	"context"
	"crypto/ed25519"
	bin "encoding/binary"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pubsubpb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"
	"google.golang.org/protobuf/proto"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire"
	"tincan/behaviour/wire/pb"
	"tincan/node"
)

// stranger is a libp2p host that says what it likes to one node.
type stranger struct {
	t     *testing.T
	host  host.Host
	key   ed25519.PrivateKey
	id    peer.ID
	to    peer.ID
	topic *pubsub.Topic
	first uint64
}

// newStranger connects to demo node no, and is in the lobby's topic with it.
func newStranger(t *testing.T, no int) *stranger {
	t.Helper()
	_, std, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := crypto.KeyPairFromStdKey(&std)
	if err != nil {
		t.Fatal(err)
	}
	h, err := libp2p.New(libp2p.Identity(key), libp2p.NoListenAddrs, libp2p.DisableMetrics())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	s := &stranger{t: t, host: h, key: std, id: h.ID(), to: demoID(t, no)}
	ps, err := pubsub.NewGossipSub(t.Context(), h, pubsub.WithFloodPublish(true), pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign), pubsub.WithNoAuthor(),
		pubsub.WithMessageIdFn(func(m *pubsubpb.Message) string { return string(m.Data) }))
	if err != nil {
		t.Fatal(err)
	}
	if s.topic, err = ps.Join(wire.Topic(node.DemoNetwork, chat.Lobby)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.topic.Subscribe(); err != nil {
		t.Fatal(err)
	}
	at := ma.StringCast(fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", 63000+no))
	if err := h.Connect(t.Context(), peer.AddrInfo{ID: s.to, Addrs: []ma.Multiaddr{at}}); err != nil {
		t.Fatal(err)
	}
	return s
}

func demoID(t *testing.T, no int) peer.ID {
	t.Helper()
	id, err := peer.IDFromPrivateKey(node.DemoKey(no))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// envelope is a line for a conversation that says it is author's; it is signed
// by the stranger.
func (s *stranger) envelope(author peer.ID, to chat.Conversation, text string) []byte {
	s.first++
	return s.sign(&pb.Envelope{
		Version: 1, Network: node.DemoNetwork, Conversation: string(to), Author: []byte(author), Log: []byte("logs of8"), First: s.first,
		Messages: [][]byte{s.marshal(&pb.Message{Kind: uint32(chat.Text), Stamp: uint64(chat.StampAt(time.Now())), Body: []byte(text)})},
	})
}

func (s *stranger) sign(e *pb.Envelope) []byte {
	body := s.marshal(e)
	signed := ed25519.Sign(s.key, append([]byte("tincan/1/envelope\n"), body...))
	return s.marshal(&pb.Signed{Body: body, Signature: signed})
}

func (s *stranger) marshal(m proto.Message) []byte {
	s.t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// publishes says something to everybody, once the node is there to hear it: in
// the topic, and with a queue for what it is sent. pubsub's own readiness takes
// one who has told of itself before there is a queue, and then sends nothing.
func (s *stranger) publishes(data []byte) {
	s.t.Helper()
	for limit := time.Now().Add(patience); len(s.topic.ListPeers()) == 0; {
		if time.Now().After(limit) {
			s.t.Fatalf("the node is not in the topic within %v", patience)
		}
		<-time.After(10 * time.Millisecond)
	}
	if err := s.topic.Publish(s.t.Context(), data); err != nil {
		s.t.Fatal(err)
	}
}

// says writes bytes on a stream of a protocol and returns what comes back
// before the node is done with it.
func (s *stranger) says(id protocol.ID, data []byte) []byte {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	st, err := s.host.NewStream(network.WithAllowLimitedConn(ctx, "test"), s.to, id)
	if err != nil {
		s.t.Fatal(err)
	}
	defer st.Reset()
	_ = st.SetDeadline(time.Now().Add(patience))
	if _, err := st.Write(data); err != nil {
		return nil // it has hung up already
	}
	_ = st.CloseWrite()
	answer, _ := io.ReadAll(io.LimitReader(st, 1<<20))
	return answer
}

// framed puts the length before a frame.
func framed(frame []byte) []byte {
	return append(bin.AppendUvarint(nil, uint64(len(frame))), frame...)
}

// conversation is the direct one of the stranger and its node.
func (s *stranger) conversation() chat.Conversation {
	a, b := s.id.String(), s.to.String()
	return chat.Conversation("dm/" + min(a, b) + "/" + max(a, b))
}
