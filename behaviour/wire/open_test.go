package wire

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p/core/crypto"

	"tincan/behaviour/chat"
)

// demoKey is the key of a demo peer with a number below 256.
func demoKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string([]byte{n}), ed25519.SeedSize)))
}

func demoSealer(t testing.TB, n byte, network string) *Sealer {
	t.Helper()
	key, _, err := crypto.KeyPairFromStdKey(new(demoKey(n)))
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
// with one dep.
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

func BenchmarkSeal(b *testing.B) {
	s := demoSealer(b, 2, "demo")
	for _, n := range []int{1, 256} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			env := lobby(s, demoSealer(b, 3, "demo").ID(), n, 100)
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Seal(env); err != nil {
					b.Fatal(err)
				}
			}
			perMessage(b, n)
		})
	}
}

// BenchmarkOpen shows the whole of Open and, as its floor, the signature alone.
func BenchmarkOpen(b *testing.B) {
	s := demoSealer(b, 2, "demo")
	for _, n := range []int{1, 256} {
		env := lobby(s, demoSealer(b, 3, "demo").ID(), n, 100)
		if err := s.Seal(env); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			o := NewOpener("demo")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := o.Open(env.Raw); err != nil {
					b.Fatal(err)
				}
			}
			perMessage(b, n)
		})
		b.Run(fmt.Sprint(n, "/signature"), func(b *testing.B) {
			body, err := signedBody(env.Raw)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if !verified(&s.id, envelopeLabel, body, env.Raw) {
					b.Fatal("not verified")
				}
			}
			perMessage(b, n)
		})
	}
}

func perMessage(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/message")
}
