package localnet_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"google.golang.org/protobuf/proto"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire"
	"tincan/behaviour/wire/pb"
	"tincan/node"
)

// forger signs what it likes under one key.
type forger struct {
	key ed25519.PrivateKey
	lib crypto.PrivKey
	bin peer.ID
	id  chat.PeerID
}

func newForger() *forger {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		panic(err)
	}
	return forgerOf(key)
}

// impostor has the key of a demo peer, as anybody may.
func impostor(u *user) *forger {
	for no := 1501; ; no++ {
		raw, _ := node.DemoKey(no).Raw()
		if f := forgerOf(raw); f.id == u.id {
			return f
		}
	}
}

func forgerOf(key ed25519.PrivateKey) *forger {
	lib, _, err := crypto.KeyPairFromStdKey(&key)
	if err != nil {
		panic(err)
	}
	id, err := peer.IDFromPrivateKey(lib)
	if err != nil {
		panic(err)
	}
	return &forger{key, lib, id, chat.PeerID(id.String())}
}

func marshal(m proto.Message) []byte {
	b, err := proto.Marshal(m)
	if err != nil {
		panic(err)
	}
	return b
}

// sign makes a Signed of any bytes.
func (f *forger) sign(label string, body []byte) []byte {
	return marshal(&pb.Signed{Body: body, Signature: ed25519.Sign(f.key, append([]byte(label), body...))})
}

const envelopeLabel, receiptLabel = "tincan/1/envelope\n", "tincan/1/receipt\n"

// draft is an envelope that is well-formed until the test changes it.
type draft struct {
	*pb.Envelope
	message *pb.Message // goes in first unless there are Messages
}

func (f *forger) draft(to chat.Conversation, text string) *draft {
	return &draft{
		&pb.Envelope{Version: 1, Network: node.DemoNetwork, Conversation: string(to), Author: []byte(f.bin), Log: []byte("logs of8"), First: 1},
		&pb.Message{Kind: 1, Stamp: uint64(chat.StampAt(time.Now())), Body: []byte(text)},
	}
}

func (d *draft) body() []byte {
	if d.Messages == nil {
		d.Messages = [][]byte{marshal(d.message)}
	}
	return marshal(d.Envelope)
}

// seal signs a draft after a change of it, which may be nil.
func (f *forger) seal(d *draft, change func(*draft)) []byte {
	if change != nil {
		change(d)
	}
	return f.sign(envelopeLabel, d.body())
}

// stranger is a bare libp2p host with a key of its own, connected to node a.
type stranger struct {
	*forger
	host.Host
	t *testing.T
	a peer.ID
}

// visit connects a stranger to node a; what it answers is set before.
func (s *scene) visit(t *testing.T, f *forger, answers map[protocol.ID]network.StreamHandler) *stranger {
	t.Helper()
	h, err := libp2p.New(
		libp2p.Identity(f.lib), libp2p.NoListenAddrs, libp2p.Transport(tcp.NewTCPTransport),
		libp2p.DisableMetrics(), libp2p.DisableRelay(), libp2p.DisableIdentifyAddressDiscovery(),
		libp2p.ResourceManager(&network.NullResourceManager{}),
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	for id, answer := range answers {
		h.SetStreamHandler(id, answer)
	}
	st := &stranger{f, h, t, s.a.ID()}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := h.Connect(ctx, peer.AddrInfo{ID: s.a.ID(), Addrs: s.a.Host().Addrs()}); err != nil {
		t.Fatalf("connect a stranger: %v", err)
	}
	return st
}

var (
	directID = protocol.ID(wire.DirectProtocol(node.DemoNetwork))
	syncID   = protocol.ID(wire.SyncProtocol(node.DemoNetwork))
)

// open opens a stream to node a.
func (st *stranger) open(id protocol.ID) network.Stream {
	st.t.Helper()
	ctx, cancel := context.WithTimeout(st.t.Context(), 5*time.Second)
	defer cancel()
	s, err := st.NewStream(ctx, st.a, id)
	if err != nil {
		st.t.Fatalf("open %s: %v", id, err)
	}
	s.SetDeadline(time.Now().Add(20 * time.Second))
	return s
}

// ask sends one frame and returns the answer; an error means that a hung up.
func (st *stranger) ask(id protocol.ID, frame []byte) ([]byte, error) {
	s := st.open(id)
	defer s.Reset()
	return exchange(s, frame)
}

func exchange(s network.Stream, frame []byte) ([]byte, error) {
	if err := writeFrame(s, frame); err != nil {
		return nil, err
	}
	return readFrame(s)
}

func writeFrame(w io.Writer, frame []byte) error {
	_, err := w.Write(append(binary.AppendUvarint(nil, uint64(len(frame))), frame...))
	return err
}

type byteReader struct{ io.Reader }

func (r byteReader) ReadByte() (byte, error) {
	var b [1]byte
	_, err := io.ReadFull(r, b[:])
	return b[0], err
}

func readFrame(r io.Reader) ([]byte, error) {
	n, err := binary.ReadUvarint(byteReader{r})
	if err != nil {
		return nil, err
	}
	if n > 1<<20 {
		return nil, fmt.Errorf("frame of %d bytes", n)
	}
	b := make([]byte, n)
	_, err = io.ReadFull(r, b)
	return b, err
}

// answering is a stream handler that answers each request as f says.
func answering(f func(request []byte) []byte) network.StreamHandler {
	return func(s network.Stream) {
		defer s.Reset()
		for {
			request, err := readFrame(s)
			if err != nil {
				return
			}
			if err := writeFrame(s, f(request)); err != nil {
				return
			}
		}
	}
}

// mute is a stream handler that listens and never says a word.
func mute(s network.Stream) {
	io.Copy(io.Discard, s)
	s.Reset()
}

func repeat(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }
