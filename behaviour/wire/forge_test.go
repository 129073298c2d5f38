package wire

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p/core/crypto"
	"google.golang.org/protobuf/proto"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire/pb"
)

// demoKey is the key of a demo peer with a number below 256.
func demoKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string([]byte{n}), ed25519.SeedSize)))
}

func demoSealer(t testing.TB, n byte, network string) *Sealer {
	t.Helper()
	return sealerOf(t, demoKey(n), network)
}

func sealerOf(t testing.TB, std ed25519.PrivateKey, network string) *Sealer {
	t.Helper()
	key, _, err := crypto.KeyPairFromStdKey(&std)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSealer(key, network)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// lobby is an unsealed envelope of s with count messages of size bytes, each
// with one dep on a message of by.
func lobby(s *Sealer, by chat.PeerID, count, size int) *chat.Envelope {
	env := &chat.Envelope{Conversation: chat.Lobby, Author: s.ID(), Log: chat.LogID{1}, First: 7}
	for i := range count {
		env.Messages = append(env.Messages, chat.Message{
			Kind:  chat.Text,
			Stamp: chat.Stamp(1_700_000_000_000<<16 + uint64(i)),
			Deps:  []chat.Ref{{LogKey: chat.LogKey{Author: by, Log: chat.LogID{2}}, Seq: uint64(i + 1)}},
			Name:  "alice",
			Body:  strings.Repeat("x", size),
		})
	}
	return env
}

// forge is what a rude peer sends: a signed envelope of s, made with the
// generated code, which checks nothing, and changed before it is signed.
type forge struct {
	pb.Envelope
	message pb.Message // goes in as messages[0] unless there are messages
}

func newForge(s *Sealer) *forge {
	f := &forge{message: pb.Message{Kind: 1, Stamp: 5, Body: []byte("hello")}}
	f.Version = 1
	f.Network = s.network
	f.Conversation = string(chat.Lobby)
	f.Author = s.id[:]
	f.Log = make([]byte, 8)
	f.First = 1
	return f
}

func (f *forge) body(t testing.TB) []byte {
	t.Helper()
	if f.Messages == nil {
		f.Messages = [][]byte{encode(t, &f.message)}
	}
	return encode(t, &f.Envelope)
}

func (f *forge) sign(t testing.TB, s *Sealer) []byte {
	t.Helper()
	return sign(s.key, envelopeLabel, f.body(t))
}

func encode(t testing.TB, m proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// goodRef is a ref to a message of s.
func goodRef(s *Sealer) *pb.Ref { return &pb.Ref{Author: s.id[:], Log: make([]byte, 8), Seq: 1} }

func decode(t testing.TB, b []byte, m proto.Message) {
	t.Helper()
	if err := proto.Unmarshal(b, m); err != nil {
		t.Fatal(err)
	}
}
