package wire

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"tincan/behaviour/chat"
)

func TestOpenGivesWhatWasSealed(t *testing.T) {
	s, other := demoSealer(t, 2, "demo"), demoSealer(t, 3, "demo")
	env := lobby(s, other.ID(), 3, 100)
	env.Conversation = chat.DirectWith(s.ID(), other.ID())
	env.Prev = chat.Hash{31: 1}
	env.Messages[1] = chat.Message{Kind: 99, Guest: "bob", To: "carol", Re: &env.Messages[0].Deps[0]}
	env.Messages[2].Deps = slices.Repeat(env.Messages[2].Deps, chat.MaxDeps)
	if err := s.Seal(env); err != nil {
		t.Fatal(err)
	}
	got, err := NewOpener("demo").Open(env.Raw)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, env) {
		t.Errorf("opened\n%+v\nsealed\n%+v", got, env)
	}
	seen := map[chat.Hash]bool{{}: true}
	for _, m := range got.Messages {
		if seen[m.Hash] {
			t.Errorf("hash %x twice or zero", m.Hash)
		}
		seen[m.Hash] = true
	}
}

// A message's hash depends on its place, not on the envelope that it came in.
func TestHash(t *testing.T) {
	s := demoSealer(t, 2, "demo")
	hash := func(s *Sealer, change func(*chat.Envelope)) chat.Hash {
		t.Helper()
		env := lobby(s, s.ID(), 1, 10)
		change(env)
		if err := s.Seal(env); err != nil {
			t.Fatal(err)
		}
		return env.Messages[len(env.Messages)-1].Hash
	}
	base := hash(s, func(*chat.Envelope) {})
	if got := hash(s, func(e *chat.Envelope) {
		e.First--
		e.Messages = append([]chat.Message{{Kind: chat.Hello}}, e.Messages...)
	}); got != base {
		t.Error("the hash depends on the envelope")
	}
	for name, got := range map[string]chat.Hash{
		"network":      hash(demoSealer(t, 2, "main"), func(*chat.Envelope) {}),
		"author":       hash(demoSealer(t, 4, "demo"), func(*chat.Envelope) {}),
		"conversation": hash(s, func(e *chat.Envelope) { e.Conversation = "#go" }),
		"log":          hash(s, func(e *chat.Envelope) { e.Log[7]++ }),
		"number":       hash(s, func(e *chat.Envelope) { e.First++ }),
		"stamp":        hash(s, func(e *chat.Envelope) { e.Messages[0].Stamp++ }),
	} {
		if got == base {
			t.Errorf("another %s has the same hash", name)
		}
	}
}

// The numbers are those of the corpus of bad input.
func TestOpenRefuses(t *testing.T) {
	s, other := demoSealer(t, 2, "demo"), demoSealer(t, 3, "demo")
	groups := func(n int) []byte { // unknown groups within each other
		var b []byte
		for range n {
			b = protowire.AppendTag(b, 1000, protowire.StartGroupType)
		}
		for range n {
			b = protowire.AppendTag(b, 1000, protowire.EndGroupType)
		}
		return b
	}
	for _, c := range []struct {
		name   string
		change func(*forge)
		want   error
	}{
		{"51 nothing in it", func(f *forge) { f.Messages = [][]byte{} }, ErrMalformed},
		{"55 no version", func(f *forge) { f.Version = 0 }, ErrMalformed},
		{"55 version from the future", func(f *forge) { f.Version = 2 }, ErrFuture},
		{"55 future version, all else changed", func(f *forge) { f.Version, f.Log, f.Conversation, f.First = 9, nil, "", 0 }, ErrFuture},
		{"55 future version of another network", func(f *forge) { f.Version, f.Network = 2, "main" }, ErrNetwork},
		{"other network", func(f *forge) { f.Network = "main" }, ErrNetwork},
		{"no network", func(f *forge) { f.Network = "" }, ErrNetwork},
		{"56 direct, the author no party", func(f *forge) { f.Conversation = direct(t, other, 4) }, ErrMalformed},
		{"56 direct, parties in disorder", func(f *forge) { f.Conversation = disordered(direct(t, s, 3)) }, ErrMalformed},
		{"56 direct with oneself", func(f *forge) { f.Conversation = "dm/" + string(s.ID()) + "/" + string(s.ID()) }, ErrMalformed},
		{"56 direct with nobody", func(f *forge) { f.Conversation = "dm/" + string(s.ID()) + "/zzz" }, ErrMalformed},
		{"56 direct with three", func(f *forge) { f.Conversation = direct(t, s, 3) + "/zzz" }, ErrMalformed},
		{"57 another's name", func(f *forge) { f.Author = other.id[:] }, ErrSignature},
		{"57 future version under another's name", func(f *forge) { f.Author, f.Version = other.id[:], 2 }, ErrSignature},
		{"no author", func(f *forge) { f.Author = nil }, ErrMalformed},
		{"author of one byte too much", func(f *forge) { f.Author = append(s.id[:], 0) }, ErrMalformed},
		{"author by SHA-256 of a key", func(f *forge) { f.Author = append([]byte{0x12, 0x20}, make([]byte, 32)...) }, ErrMalformed},
		{"author with a secp256k1 key", func(f *forge) { f.Author = bytes.Replace(s.id[:], []byte{8, 1}, []byte{8, 2}, 1) }, ErrMalformed},
		{"log of 7 bytes", func(f *forge) { f.Log = f.Log[1:] }, ErrMalformed},
		{"log of 9 bytes", func(f *forge) { f.Log = append(f.Log, 0) }, ErrMalformed},
		{"no log", func(f *forge) { f.Log = nil }, ErrMalformed},
		{"no conversation", func(f *forge) { f.Conversation = "" }, ErrMalformed},
		{"conversation too long", func(f *forge) { f.Conversation = strings.Repeat("c", chat.MaxConversation+1) }, ErrMalformed},
		{"60 number 0", func(f *forge) { f.First = 0 }, ErrMalformed},
		{"60 number 2^64-1", func(f *forge) { f.First = 1<<64 - 1 }, ErrMalformed},
		{"60 number 2^63", func(f *forge) { f.First = 1 << 63 }, ErrMalformed},
		{"prev of 31 bytes", func(f *forge) { f.First, f.Prev = 2, make([]byte, 31) }, ErrMalformed},
		{"prev of 33 bytes", func(f *forge) { f.First, f.Prev = 2, make([]byte, 33) }, ErrMalformed},
		{"prev of 60,000 bytes", func(f *forge) { f.First, f.Prev = 2, make([]byte, 60_000) }, ErrMalformed},
		{"prev of the first message", func(f *forge) { f.Prev = make([]byte, 32) }, ErrMalformed},
		{"60 run up to 2^63", func(f *forge) { f.First, f.Messages = MaxSeq, make([][]byte, 2) }, ErrMalformed},
		{"257 messages", func(f *forge) { f.Messages = make([][]byte, chat.MaxBatch+1) }, ErrMalformed},
		{"message that is not protobuf", func(f *forge) { f.Messages = [][]byte{{0x0a}} }, ErrMalformed},
		{"second message that is not protobuf", func(f *forge) { f.Messages = [][]byte{nil, {0}} }, ErrMalformed},
		{"message cut short", func(f *forge) { b := encode(t, &f.message); f.Messages = [][]byte{b[:len(b)-1]} }, ErrMalformed},
		{"54 garbage after a message", func(f *forge) { f.Messages = [][]byte{append(encode(t, &f.message), 0xff)} }, ErrMalformed},
		{"61 dep on number 0", func(f *forge) { f.message.Deps = append(f.message.Deps, goodRef(s)); f.message.Deps[0].Seq = 0 }, ErrMalformed},
		{"61 dep beyond all numbers", func(f *forge) { f.message.Deps = append(f.message.Deps, goodRef(s)); f.message.Deps[0].Seq = 1 << 63 }, ErrMalformed},
		{"dep on nobody", func(f *forge) { f.message.Deps = append(f.message.Deps, goodRef(s)); f.message.Deps[0].Author = nil }, ErrMalformed},
		{"dep on a log of 7 bytes", func(f *forge) {
			f.message.Deps = append(f.message.Deps, goodRef(s))
			f.message.Deps[0].Log = make([]byte, 7)
		}, ErrMalformed},
		{"62 five deps", func(f *forge) {
			for range chat.MaxDeps + 1 {
				f.message.Deps = append(f.message.Deps, goodRef(s))
			}
		}, ErrMalformed},
		{"re nothing", func(f *forge) { f.Messages = [][]byte{{4<<3 | 2, 0}} }, ErrMalformed},
		{"re what is not protobuf", func(f *forge) { f.Messages = [][]byte{{4<<3 | 2, 1, 0x0a}} }, ErrMalformed},
		{"64 body one byte too long", func(f *forge) { f.message.Body = bytes.Repeat([]byte("x"), chat.MaxText+1) }, ErrMalformed},
		{"64 body not UTF-8", func(f *forge) { f.message.Body = []byte{0xc0, 0x80} }, ErrMalformed},
		{"64 half a surrogate pair", func(f *forge) { f.message.Body = []byte{0xed, 0xa0, 0x80} }, ErrMalformed},
		{"name not UTF-8", func(f *forge) { f.Messages = [][]byte{{5<<3 | 2, 1, 0xff}} }, ErrMalformed},
		{"guest not UTF-8", func(f *forge) { f.Messages = [][]byte{{6<<3 | 2, 1, 0xff}} }, ErrMalformed},
		{"to not UTF-8", func(f *forge) { f.Messages = [][]byte{{8<<3 | 2, 1, 0xff}} }, ErrMalformed},
		{"to too long", func(f *forge) { f.message.To = strings.Repeat("n", chat.MaxName+1) }, ErrMalformed},
		{"name too long", func(f *forge) { f.message.Name = strings.Repeat("n", chat.MaxName+1) }, ErrMalformed},
		{"guest too long", func(f *forge) { f.message.Guest = strings.Repeat("n", chat.MaxName+1) }, ErrMalformed},
		{"52 envelope too long", func(f *forge) { f.Messages = slices.Repeat([][]byte{make([]byte, 8<<10)}, 10) }, ErrMalformed},
		{"65 groups 19,000 deep in a message", func(f *forge) { f.Messages = [][]byte{groups(19_000)} }, ErrMalformed},
		{"65 groups 19,000 deep in the envelope", func(f *forge) { f.ProtoReflect().SetUnknown(groups(19_000)) }, ErrMalformed},

		{"the same unchanged", func(*forge) {}, nil},
		{"64 body empty", func(f *forge) { f.message.Body = nil }, nil},
		{"64 body as long as may be", func(f *forge) { f.message.Body = bytes.Repeat([]byte("x"), chat.MaxText) }, nil},
		{"names as long as may be", func(f *forge) {
			name := strings.Repeat("n", chat.MaxName)
			f.message.Name, f.message.Guest, f.message.To = name, name, name
		}, nil},
		{"63 stamp 2^64-1", func(f *forge) { f.message.Stamp = 1<<64 - 1 }, nil},
		{"60 run up to 2^63-1", func(f *forge) { f.First, f.Messages = MaxSeq-1, make([][]byte, 2) }, nil},
		{"256 messages", func(f *forge) { f.Messages = make([][]byte, chat.MaxBatch) }, nil},
		{"NUL, escape and bidi in text", func(f *forge) { f.message.Body = []byte("\x00\x1b[2J\u202e") }, nil},
		{"66 number not minimal, field twice", func(f *forge) {
			f.Messages = [][]byte{{1 << 3, 0x85, 0x80, 0x00, 1 << 3, 1}}
		}, nil},
		{"66 field of another type", func(f *forge) { f.Messages = [][]byte{{7 << 3, 1, 1<<3 | 2, 0}} }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newForge(s)
			c.change(f)
			raw := f.sign(t, s)
			env, err := NewOpener("demo").Open(raw)
			if !errors.Is(err, c.want) || (err == nil) != (env != nil) {
				t.Fatalf("got %v, %v; want %v", env, err, c.want)
			}
			if err == nil && !bytes.Equal(env.Raw, raw) {
				t.Errorf("Raw is not what was opened")
			}
		})
	}
	t.Run("opener without a proper network", func(t *testing.T) {
		f := newForge(s)
		f.Network = "a/b"
		if env, err := NewOpener("a/b").Open(f.sign(t, s)); !errors.Is(err, ErrNetwork) {
			t.Errorf("got %v, %v", env, err)
		}
	})
}

func direct(t *testing.T, a *Sealer, b byte) string {
	return string(chat.DirectWith(a.ID(), demoSealer(t, b, "demo").ID()))
}

func disordered(c string) string {
	parts := strings.Split(c, "/")
	return parts[0] + "/" + parts[2] + "/" + parts[1]
}

// Around the signed body there is one encoding only.
func TestOpenRefusesOtherEncodings(t *testing.T) {
	s := demoSealer(t, 2, "demo")
	good := newForge(s).sign(t, s)
	body := newForge(s).body(t)
	signature := good[len(good)-64:]
	field := func(num protowire.Number, v []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), v)
	}
	for _, c := range []struct {
		name string
		raw  []byte
	}{
		{"51 nothing", nil},
		{"53 cut short", good[:len(good)-1]},
		{"54 a byte more", append(slices.Clone(good), 0)},
		{"54 an unknown field more", append(slices.Clone(good), 3<<3, 1)},
		{"66 signature first", slices.Concat(field(2, signature), field(1, body))},
		{"66 signature twice", slices.Concat(good, field(2, signature))},
		{"66 body twice", slices.Concat(field(1, nil), good)},
		{"66 length not minimal", slices.Concat([]byte{good[0], good[1] | 0x80, 0}, good[2:])},
		{"49 length beyond all", slices.Concat([]byte{good[0]}, bytes.Repeat([]byte{0xff}, 8), []byte{0x7f}, good[2:])},
		{"no signature", field(1, body)},
		{"signature of 63 bytes", slices.Concat(field(1, body), field(2, signature[1:]))},
		{"no body", field(2, signature)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if env, err := NewOpener("demo").Open(c.raw); !errors.Is(err, ErrMalformed) {
				t.Errorf("got %v, %v", env, err)
			}
		})
	}
	if len(body) > 127 {
		t.Fatal("the length of the body must be one byte for these cases")
	}
	if _, err := NewOpener("demo").Open(good); err != nil {
		t.Error(err)
	}
}

// What later versions add is carried, and covered by signature and hash.
func TestOpenCarriesUnknownFields(t *testing.T) {
	s := demoSealer(t, 2, "demo")
	extra := protowire.AppendString(protowire.AppendTag(nil, 77, protowire.BytesType), "from the future")
	f := newForge(s)
	plain, err := NewOpener("demo").Open(f.sign(t, s))
	if err != nil {
		t.Fatal(err)
	}
	f = newForge(s)
	f.message.Kind = 1 << 31
	f.message.Deps = append(f.message.Deps, goodRef(s))
	f.message.Deps[0].ProtoReflect().SetUnknown(extra)
	f.message.ProtoReflect().SetUnknown(extra)
	f.ProtoReflect().SetUnknown(extra)
	raw := f.sign(t, s)
	env, err := NewOpener("demo").Open(slices.Clone(raw))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(env.Raw, raw) {
		t.Error("Raw is not what was opened")
	}
	m := env.Messages[0]
	if m.Body != "hello" || m.Kind != 1<<31 || len(m.Deps) != 1 {
		t.Errorf("opened %+v", m)
	}
	if m.Hash == plain.Messages[0].Hash {
		t.Error("the hash does not cover unknown fields")
	}
}

// Every bit counts: of an envelope there are no two spellings that a stranger
// could make.
func TestOpenRefusesEveryFlippedBit(t *testing.T) {
	s := demoSealer(t, 2, "demo")
	raw := lobbySealed(t, s)
	for i := range 8 * len(raw) {
		flipped := slices.Clone(raw)
		flipped[i/8] ^= 1 << (i % 8)
		if env, err := NewOpener("demo").Open(flipped); err == nil {
			t.Fatalf("bit %d of byte %d changed, and opened as %+v", i%8, i/8, env)
		}
	}
}

// One opener and one sealer serve all goroutines.
func TestConcurrentUse(t *testing.T) {
	s, o := demoSealer(t, 2, "demo"), NewOpener("demo")
	raw := lobbySealed(t, s)
	want, err := o.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup // ends when each goroutine has opened and sealed 20 times
	for range 8 {
		wg.Go(func() {
			for range 20 {
				env := lobby(s, s.ID(), 2, 50)
				if err := s.Seal(env); err != nil || !reflect.DeepEqual(env, want) {
					t.Errorf("sealed %+v, %v", env, err)
				}
				if got, err := o.Open(raw); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("opened %+v, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}

func lobbySealed(t *testing.T, s *Sealer) []byte {
	t.Helper()
	env := lobby(s, s.ID(), 2, 50)
	if err := s.Seal(env); err != nil {
		t.Fatal(err)
	}
	return env.Raw
}
