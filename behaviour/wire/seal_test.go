package wire

import (
	"crypto/rand"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p/core/crypto"

	"tincan/behaviour/chat"
)

func TestNewSealerRefuses(t *testing.T) {
	key, _, err := crypto.GenerateSecp256k1Key(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := NewSealer(key, "demo"); err == nil {
		t.Errorf("a secp256k1 key made %v", s)
	}
	std := demoKey(2)
	good, _, err := crypto.KeyPairFromStdKey(&std)
	if err != nil {
		t.Fatal(err)
	}
	for _, network := range []string{"", "a/b", "a\nb", "Main", "ä", strings.Repeat("n", MaxNetwork+1)} {
		if _, err := NewSealer(good, network); err == nil {
			t.Errorf("made a sealer for the network %q", network)
		}
	}
}

// Seal refuses what Open would refuse, and leaves it as it was.
func TestSealRefuses(t *testing.T) {
	s, other := demoSealer(t, 2, "demo"), demoSealer(t, 3, "demo")
	for _, c := range []struct {
		name   string
		change func(*chat.Envelope)
	}{
		{"57 another's envelope", func(e *chat.Envelope) { e.Author = other.ID() }},
		{"no author", func(e *chat.Envelope) { e.Author = "" }},
		{"56 another's direct conversation", func(e *chat.Envelope) {
			e.Conversation = chat.DirectWith(other.ID(), demoSealer(t, 4, "demo").ID())
		}},
		{"conversation not UTF-8", func(e *chat.Envelope) { e.Conversation = "\xff" }},
		{"no conversation", func(e *chat.Envelope) { e.Conversation = "" }},
		{"conversation too long", func(e *chat.Envelope) {
			e.Conversation = chat.Conversation(strings.Repeat("c", chat.MaxConversation+1))
		}},
		{"60 number 0", func(e *chat.Envelope) { e.First = 0 }},
		{"60 run up to 2^63", func(e *chat.Envelope) { e.First = MaxSeq }},
		{"51 nothing in it", func(e *chat.Envelope) { e.Messages = nil }},
		{"257 messages", func(e *chat.Envelope) { e.Messages = make([]chat.Message, chat.MaxBatch+1) }},
		{"62 five deps", func(e *chat.Envelope) { e.Messages[0].Deps = slices.Repeat(e.Messages[0].Deps, 5) }},
		{"dep on nobody", func(e *chat.Envelope) { e.Messages[0].Deps[0].Author = "nobody" }},
		{"61 dep on number 0", func(e *chat.Envelope) { e.Messages[0].Deps[0].Seq = 0 }},
		{"re nobody", func(e *chat.Envelope) { e.Messages[0].Re = &chat.Ref{} }},
		{"64 body too long", func(e *chat.Envelope) { e.Messages[0].Body = strings.Repeat("x", chat.MaxText+1) }},
		{"64 body not UTF-8", func(e *chat.Envelope) { e.Messages[0].Body = "\xff" }},
		{"name not UTF-8", func(e *chat.Envelope) { e.Messages[0].Name = "\xff" }},
		{"name too long", func(e *chat.Envelope) { e.Messages[0].Name = strings.Repeat("n", chat.MaxName+1) }},
		{"guest too long", func(e *chat.Envelope) { e.Messages[0].Guest = strings.Repeat("n", chat.MaxName+1) }},
		{"to not UTF-8", func(e *chat.Envelope) { e.Messages[0].To = "\xff" }},
		{"to too long", func(e *chat.Envelope) { e.Messages[0].To = strings.Repeat("n", chat.MaxName+1) }},
		{"52 envelope too long", func(e *chat.Envelope) {
			e.Messages[0].Body = strings.Repeat("x", chat.MaxText/2)
			e.Messages = slices.Repeat(e.Messages[:1], 3)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			env, same := lobby(s, other.ID(), 2, 10), lobby(s, other.ID(), 2, 10)
			c.change(env)
			c.change(same)
			if err := s.Seal(env); err == nil {
				t.Fatal("sealed")
			}
			if !reflect.DeepEqual(env, same) {
				t.Errorf("changed to %+v", env)
			}
		})
	}
}

// Whatever the sizes, what is sealed can be opened, up to the last byte.
func TestSealFillsTheEnvelope(t *testing.T) {
	s := demoSealer(t, 2, "demo")
	sealed, refused := false, false
	for size := 16<<10 + 50; size < 16<<10+450; size++ {
		env := lobby(s, s.ID(), 5, 16<<10-200)
		env.Messages[4].Body = strings.Repeat("x", size)
		switch err := s.Seal(env); {
		case err == nil:
			sealed = sealed || len(env.Raw) == chat.MaxEnvelope
			if _, err := NewOpener("demo").Open(env.Raw); err != nil {
				t.Fatal(err)
			}
		case errors.Is(err, ErrMalformed):
			refused = true
		default:
			t.Fatal(err)
		}
	}
	if !sealed || !refused {
		t.Errorf("reached the bound: %v; went beyond: %v", sealed, refused)
	}
}
