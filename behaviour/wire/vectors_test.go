package wire

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"tincan/behaviour/chat"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

const vectorFile = "testdata/vectors.json"

// hexBytes are bytes that are written in hex.
type hexBytes []byte

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

// The content of testdata/vectors.json: inputs, and the exact bytes that come
// of them. Authors are given by demo number; logs and times in hex and decimal.
type (
	vectors struct {
		Peers     []peerVector     `json:"peers"`
		Names     []nameVector     `json:"names"`
		Envelopes []envelopeVector `json:"envelopes"`
		Receipt   receiptVector    `json:"receipt"`
		Frames    []frameVector    `json:"frames"`
		Drafts    []frameVector    `json:"drafts"`
	}
	peerVector struct {
		Number uint32      `json:"number"`
		Seed   hexBytes    `json:"seed"`
		Binary hexBytes    `json:"binary"`
		ID     chat.PeerID `json:"id"`
	}
	nameVector struct {
		Network      string            `json:"network"`
		Conversation chat.Conversation `json:"conversation"`
		Shard        *uint16           `json:"shard,omitempty"` // of a channel
		Topic        string            `json:"topic"`
		Rendezvous   hexBytes          `json:"rendezvous,omitempty"` // of a channel's topic
		Direct       string            `json:"direct_protocol"`
		Sync         string            `json:"sync_protocol"`
		Kad          string            `json:"kad_prefix"`
		Session      string            `json:"session_protocol"`
		Links        string            `json:"links_protocol"`
	}
	envelopeVector struct {
		What         string            `json:"what"`
		Author       int               `json:"author"`
		Network      string            `json:"network"`
		Conversation chat.Conversation `json:"conversation"`
		Log          hexBytes          `json:"log"`
		First        uint64            `json:"first,string"`
		Prev         hexBytes          `json:"prev,omitempty"`
		Messages     []messageVector   `json:"messages"`
		Body         hexBytes          `json:"envelope"`
		Signature    hexBytes          `json:"signature"`
		Signed       hexBytes          `json:"signed"`
	}
	messageVector struct {
		Kind  uint32      `json:"kind"`
		Stamp uint64      `json:"stamp,string"`
		Deps  []refVector `json:"deps,omitempty"`
		Re    *refVector  `json:"re,omitempty"`
		Name  string      `json:"name,omitempty"`
		Guest string      `json:"guest,omitempty"`
		To    string      `json:"to,omitempty"`
		Text  string      `json:"body"`
		Bytes hexBytes    `json:"message"`
		Hash  hexBytes    `json:"hash"`
	}
	refVector struct {
		Author chat.PeerID `json:"author"`
		Log    hexBytes    `json:"log"`
		Seq    uint64      `json:"seq,string"`
	}
	receiptVector struct {
		What      string   `json:"what"`
		Last      uint64   `json:"last,string"`
		Body      hexBytes `json:"receipt"`
		Signature hexBytes `json:"signature"`
		Signed    hexBytes `json:"signed"`
	}
	frameVector struct {
		What  string   `json:"what"`
		Frame hexBytes `json:"frame"`
	}
)

// demoSeed is the seed of demo peer n, as the documentation says.
func demoSeed(n uint32) []byte {
	if n <= 255 {
		return bytes.Repeat([]byte{byte(n)}, 32)
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte("tincan demo peer"), n))
	return sum[:]
}

// TestVectors pins every byte that the protocol says. Ids, signatures, hashes
// and topics are computed a second time here, from the documentation alone.
func TestVectors(t *testing.T) {
	got := makeVectors(t)
	text, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if *update {
		if err := os.WriteFile(vectorFile, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		a, b := strings.Split(string(text), "\n"), strings.Split(string(want), "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("line %d of %s\n got %s\nwant %s", i+1, vectorFile, a[i], b[i])
			}
		}
		t.Fatalf("%s has %d lines, want %d", vectorFile, len(b), len(a))
	}
}

func makeVectors(t *testing.T) (v vectors) {
	for _, n := range []uint32{1, 2, 3, 4, 5, 255, 256, 2535} {
		seed := demoSeed(n)
		s := sealerOf(t, ed25519.NewKeyFromSeed(seed), "demo")
		id := append([]byte{0, 0x24, 8, 1, 0x12, 0x20}, ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)...)
		if !bytes.Equal(id, s.id[:]) {
			t.Errorf("id of peer %d: %x, want %x", n, s.id, id)
		}
		v.Peers = append(v.Peers, peerVector{n, seed, id, s.ID()})
	}
	one, two, three := demoSealer(t, 1, "demo"), demoSealer(t, 2, "demo"), demoSealer(t, 3, "demo")
	dm := chat.DirectWith(two.ID(), three.ID())

	for _, n := range []nameVector{
		{Network: "demo", Conversation: "lobby"},
		{Network: "main", Conversation: "lobby"},
		{Network: "demo", Conversation: "here/lobby"},
		{Network: "demo", Conversation: "#grüße"},
		{Network: "demo", Conversation: "here/#grüße"},
		{Network: "main", Conversation: "#grüße"},
	} {
		of := strings.TrimPrefix(string(n.Conversation), "here/")
		sum := sha256.Sum256([]byte("tincan/1/topic\n" + n.Network + "\n" + of))
		if of != "lobby" {
			sum = sha256.Sum256([]byte("tincan/1/channel\n" + n.Network + "\n" + of))
			shard := (uint16(sum[0])<<8 | uint16(sum[1])) % 128
			n.Shard = &shard
			sum = sha256.Sum256([]byte("tincan/1/shard\n" + n.Network + "\n" + string([]byte{byte(shard >> 8), byte(shard)})))
		}
		n.Topic = Topic(n.Network, n.Conversation)
		if want := "tincan/" + hex.EncodeToString(sum[:16]); n.Topic != want {
			t.Errorf("topic %s, want %s", n.Topic, want)
		}
		if n.Shard != nil {
			sum = sha256.Sum256([]byte("tincan/1/rendezvous\n" + n.Topic))
			n.Rendezvous = Rendezvous(n.Topic)
			if want := append([]byte{0x12, 0x20}, sum[:]...); !bytes.Equal(n.Rendezvous, want) {
				t.Errorf("rendezvous %x, want %x", n.Rendezvous, want)
			}
		}
		n.Direct, n.Sync, n.Kad = DirectProtocol(n.Network), SyncProtocol(n.Network), KadPrefix(n.Network)
		n.Session, n.Links = SessionProtocol(n.Network), LinksProtocol(n.Network)
		v.Names = append(v.Names, n)
	}

	hello := &chat.Envelope{Conversation: chat.Lobby, Author: two.ID(), Log: chat.LogID{1, 2, 3, 4, 5, 6, 7, 8}, First: 1,
		Messages: []chat.Message{{Kind: chat.Hello, Stamp: 1_700_000_000_000 << 16}}}
	ref := chat.Ref{LogKey: hello.Key(), Seq: 1}
	run := &chat.Envelope{Conversation: chat.Lobby, Author: one.ID(), Log: chat.LogID{0xff}, First: MaxSeq - 2,
		Messages: []chat.Message{
			{Kind: chat.Text, Stamp: 1_700_000_000_001 << 16, Deps: []chat.Ref{ref}, Name: "Ünal", Body: "first of three"},
			{Kind: chat.Text, Stamp: 1_700_000_000_001<<16 | 1, Guest: "alice", Body: "second\nof \x1b[1mthree"},
			{Kind: 1 << 31, Stamp: 1<<64 - 1, Re: &ref},
		}}
	ack := &chat.Envelope{Conversation: dm, Author: three.ID(), Log: chat.LogID{3}, First: 300,
		Messages: []chat.Message{{Kind: chat.HelloAck, Stamp: 1_700_000_000_500 << 16, Re: &ref, Body: strings.Repeat("long ", 40)}}}
	guests := &chat.Envelope{Conversation: dm, Author: two.ID(), Log: chat.LogID{2}, First: 1,
		Messages: []chat.Message{{Kind: chat.Action, Stamp: 1_700_000_000_600 << 16, Guest: "alice", To: "bob", Body: "waves"}}}
	here := &chat.Envelope{Conversation: chat.Lobby.Presence(), Author: two.ID(), Log: chat.LogID{2}, First: 9,
		Messages: []chat.Message{
			{Kind: chat.Here, Stamp: 1_700_000_000_700 << 16, Name: "anna", Body: "at lunch"},
			{Kind: chat.Gone, Stamp: 1_700_000_000_700<<16 | 1, Guest: "alice"},
		}}
	if err := two.Seal(hello); err != nil {
		t.Fatal(err)
	}
	after := &chat.Envelope{Conversation: chat.Lobby, Author: two.ID(), Log: hello.Log, First: 2, Prev: hello.Messages[0].Hash,
		Messages: []chat.Message{{Kind: chat.Text, Stamp: 1_700_000_000_900 << 16, Body: "on a chain"}}}
	for _, e := range []struct {
		what   string
		author int
		s      *Sealer
		env    *chat.Envelope
	}{
		{"hello in the lobby", 2, two, hello},
		{"run of three up to the highest number, the last of a kind from the future", 1, one, run},
		{"hello-ack in a direct conversation", 3, three, ack},
		{"action of one guest for another", 2, two, guests},
		{"presence in the lobby: the owner is there and away, a guest is gone", 2, two, here},
		{"text in the lobby after the hello, whose hash is prev", 2, two, after},
	} {
		v.Envelopes = append(v.Envelopes, envelopeOf(t, e.what, e.author, e.s, e.env))
	}

	receipt := two.Receipt(ack, 300)
	body, signature := taken(t, receipt)
	if !ed25519.Verify(two.id.key(), labelled("tincan/1/receipt\n", body), signature) {
		t.Error("receipt is not signed as documented")
	}
	if last, err := NewOpener("demo").OpenReceipt(receipt, ack, two.ID()); last != 300 || err != nil {
		t.Errorf("receipt opens as %d, %v", last, err)
	}
	v.Receipt = receiptVector{"of peer 2 for the hello-ack", 300, body, signature, receipt}

	v.Frames = []frameVector{
		{"direct request with the hello-ack, floor 299", EncodeDirect(ack, 299)},
		{"direct answer stored, with the receipt", EncodeAnswer(chat.Stored, receipt)},
		{"direct answer busy", EncodeAnswer(chat.Busy, nil)},
		{"turn of a sync: lobby, with log states 1 to 1 of peer 2 and none of 9 of peer 3, the hello and more; direct conversation, empty", EncodeSync([]chat.Delta{
			{Conversation: chat.Lobby, Vector: []chat.LogState{
				{LogKey: hello.Key(), From: 1, Head: 1},
				{LogKey: ack.Key(), From: 10, Head: 9},
			}, Envelopes: []*chat.Envelope{hello}, More: true},
			{Conversation: dm},
		})},
		{"turn of a sync: lobby, with the sum of message 1 of peer 2 and a forked log of peer 3, of which 3 to 2^63-1 are wanted", EncodeSync([]chat.Delta{
			{Conversation: chat.Lobby, Vector: []chat.LogState{
				{LogKey: hello.Key(), From: 1, Head: 1, Sum: binary.BigEndian.Uint64(hello.Messages[0].Hash[:])},
				{LogKey: ack.Key(), From: 1, Head: 2, Sum: 1, Forked: true},
			}, Want: []chat.Range{{LogKey: ack.Key(), First: 3, Last: MaxSeq}}},
		})},
	}
	v.Frames = append(v.Frames,
		frameVector{"request for links", EncodeLinksRequest()},
		frameVector{"answer with links: direct with peer 1, 250 µs, neighbours in the lobby; relayed with peer 3, round trip not known", EncodeLinks([]chat.Link{
			{Peer: one.ID(), Path: "direct", RTTms: 0.25, Mesh: []chat.Conversation{chat.Lobby}},
			{Peer: three.ID(), Path: "relayed"},
		})})
	for _, d := range []struct {
		what string
		m    chat.Message
	}{
		{"draft of a text with a dep", chat.Message{Kind: chat.Text, Stamp: 1_700_000_000_001 << 16, Deps: []chat.Ref{ref}, Name: "Ünal", Body: "not sent yet"}},
		{"draft of nothing", chat.Message{}},
	} {
		raw, err := EncodeDraft(&d.m)
		if err != nil {
			t.Fatal(err)
		}
		v.Drafts = append(v.Drafts, frameVector{d.what, raw})
	}
	session := chat.SessionID{1, 2, 3, 4, 5, 6, 7, 8}
	for _, f := range []struct {
		what  string
		frame chat.Frame
	}{
		{"session: fresh hello from a guest to a guest", chat.Frame{Kind: chat.FrameHello, Session: session, Fresh: true, From: "alice", To: "bob", Name: "Ünal"}},
		{"session: hello that goes on, everything up to 300 taken in", chat.Frame{Kind: chat.FrameHello, Ack: 300, Session: session, Name: "Ünal"}},
		{"session: data, messages 5 and 6, a text and an action", chat.Frame{Kind: chat.FrameData, Ack: 300, First: 5, Messages: []chat.Message{
			{Kind: chat.Text, Stamp: 1_700_000_000_800 << 16, Body: "hi"},
			{Kind: chat.Action, Stamp: 1_700_000_000_800<<16 | 1, Body: "waves"},
		}}},
		{"session: ack", chat.Frame{Kind: chat.FrameAck, Ack: 301}},
		{"session: close, left", chat.Frame{Kind: chat.FrameClose, Ack: 301, Reason: chat.CloseLeft}},
	} {
		raw, err := EncodeFrame(&f.frame)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := DecodeFrame(raw); err != nil || !reflect.DeepEqual(*again, f.frame) {
			t.Errorf("%s: read as %+v, %v", f.what, again, err)
		}
		v.Frames = append(v.Frames, frameVector{f.what, raw})
	}
	return v
}

func envelopeOf(t *testing.T, what string, author int, s *Sealer, env *chat.Envelope) envelopeVector {
	t.Helper()
	if err := s.Seal(env); err != nil {
		t.Fatal(err)
	}
	if _, err := NewOpener("demo").Open(env.Raw); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	body, signature := taken(t, env.Raw)
	if !ed25519.Verify(s.id.key(), labelled("tincan/1/envelope\n", body), signature) {
		t.Errorf("%s: not signed as documented", what)
	}
	v := envelopeVector{what, author, "demo", env.Conversation, env.Log[:], env.First, nil, nil, body, signature, env.Raw}
	if env.Prev != (chat.Hash{}) {
		v.Prev = env.Prev[:]
	}
	for i, m := range env.Messages {
		encoded, err := appendMessage(nil, &m)
		if err != nil {
			t.Fatal(err)
		}
		pre := "tincan/1/message\n"
		for _, x := range []string{"demo", string(env.Conversation), string(s.id[:]), string(env.Log[:]),
			string(binary.BigEndian.AppendUint64(nil, env.First+uint64(i))), string(encoded)} {
			pre += string(binary.AppendUvarint(nil, uint64(len(x)))) + x
		}
		if sum := sha256.Sum256([]byte(pre)); sum != m.Hash || !bytes.Contains(body, encoded) {
			t.Errorf("%s, message %d: hash %x, want %x", what, i, m.Hash, sum)
		}
		mv := messageVector{Kind: uint32(m.Kind), Stamp: uint64(m.Stamp), Name: m.Name, Guest: m.Guest, To: m.To, Text: m.Body, Bytes: encoded, Hash: m.Hash[:]}
		for _, d := range m.Deps {
			mv.Deps = append(mv.Deps, refVector{d.Author, d.Log[:], d.Seq})
		}
		if m.Re != nil {
			mv.Re = &refVector{m.Re.Author, m.Re.Log[:], m.Re.Seq}
		}
		v.Messages = append(v.Messages, mv)
	}
	return v
}

// taken takes a Signed apart as any protobuf decoder would.
func taken(t *testing.T, raw []byte) (body, signature []byte) {
	t.Helper()
	_, _, n := protowire.ConsumeTag(raw)
	body, m := protowire.ConsumeBytes(raw[n:])
	_, _, k := protowire.ConsumeTag(raw[n+m:])
	signature, l := protowire.ConsumeBytes(raw[n+m+k:])
	if n+m+k+l != len(raw) {
		t.Fatalf("more than a signed body: %x", raw)
	}
	return body, signature
}

func labelled(label string, body []byte) []byte { return append([]byte(label), body...) }
