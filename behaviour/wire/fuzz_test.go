package wire

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire/pb"
)

// FuzzOpen: nothing panics; what opens, opens again identically; no byte of it
// can be changed without its being refused.
func FuzzOpen(f *testing.F) {
	s, other := demoSealer(f, 2, "demo"), demoSealer(f, 3, "demo")
	for _, n := range []int{1, 3} {
		env := lobby(s, other.ID(), n, 10)
		if err := s.Seal(env); err != nil {
			f.Fatal(err)
		}
		f.Add(env.Raw, uint(n*40))
	}
	f.Add(sealed(f, s, chat.DirectWith(s.ID(), other.ID()), "hi").Raw, uint(3))
	f.Add([]byte{}, uint(0))
	f.Fuzz(func(t *testing.T, raw []byte, at uint) {
		o := NewOpener("demo")
		first, err := o.Open(slices.Clone(raw))
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrNetwork) && !errors.Is(err, ErrSignature) && !errors.Is(err, ErrFuture) {
				t.Fatalf("error that is none of ours: %v", err)
			}
			return
		}
		again, err := o.Open(slices.Clone(raw))
		if err != nil || !reflect.DeepEqual(first, again) {
			t.Fatalf("opened\n%+v\nthen\n%+v, %v", first, again, err)
		}
		flipped := slices.Clone(raw)
		flipped[at%uint(len(raw))] ^= byte(1 << (at % 8))
		if env, err := o.Open(flipped); err == nil {
			t.Fatalf("byte %d changed, and opened as %+v", at%uint(len(raw)), env)
		}
	})
}

// FuzzBody puts any body under a good signature: it opens if and only if the
// generated decoder reads something that is within the rules, and then as that.
func FuzzBody(f *testing.F) {
	s := demoSealer(f, 2, "demo")
	forged := newForge(s)
	forged.message.Deps = append(forged.message.Deps, goodRef(s))
	forged.message.Re = goodRef(s)
	forged.message.Name, forged.message.Guest, forged.message.To = "alice", "bob", "carol"
	f.Add(forged.body(f))
	f.Add(newForge(s).body(f))
	chained := newForge(s)
	chained.First, chained.Prev = 2, bytes.Repeat([]byte{7}, 32)
	f.Add(chained.body(f))
	f.Fuzz(func(t *testing.T, body []byte) {
		var want pb.Envelope
		wantErr := proto.Unmarshal(body, &want)
		if string(want.Author) != string(s.id[:]) {
			return // could not have been signed by s
		}
		env, err := NewOpener("demo").Open(sign(s.key, envelopeLabel, body))
		if good := wantErr == nil && envelopeWithinRules(&want, s.ID()); good != (err == nil) {
			t.Fatalf("within the rules: %v, but %v: %+v", good, err, &want)
		}
		if err != nil {
			return
		}
		if want.Version != Version || want.Network != "demo" || want.Conversation != string(env.Conversation) ||
			!bytes.Equal(want.Log, env.Log[:]) || want.First != env.First || !samePrev(want.Prev, env.Prev) || len(want.Messages) != len(env.Messages) {
			t.Fatalf("opened\n%+v\ngenerated decoder\n%+v", env, &want)
		}
	})
}

// FuzzMessage holds the decoder of messages to the generated one: both refuse
// the same as not protobuf, and read the same from the rest.
func FuzzMessage(f *testing.F) {
	s := demoSealer(f, 2, "demo")
	for _, m := range []*pb.Message{
		{},
		{Kind: 1, Stamp: 1 << 60, Body: []byte("hello"), Name: "alice", Guest: "bob", To: "carol"},
		{Kind: 3, Re: goodRef(s), Deps: []*pb.Ref{goodRef(s), goodRef(s)}},
	} {
		f.Add(encode(f, m))
	}
	f.Add([]byte{4<<3 | 2, 2, 3 << 3, 1, 4<<3 | 2, 2, 3 << 3, 2}) // re in two parts
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want pb.Message
		wantErr := proto.Unmarshal(raw, &want)
		var got chat.Message
		_, err := readMessage(walk(raw), string(raw), &got, nil)
		if wantErr == nil && withinRules(&want) != (err == nil) {
			t.Fatalf("within the rules: %v, but %v: %+v", withinRules(&want), err, &want)
		}
		if err != nil {
			return
		}
		if wantErr != nil {
			t.Fatalf("read what the generated decoder refuses: %v", wantErr)
		}
		same := uint32(got.Kind) == want.Kind && uint64(got.Stamp) == want.Stamp && got.Name == want.Name &&
			got.Guest == want.Guest && got.To == want.To && got.Body == string(want.Body) && len(got.Deps) == len(want.Deps) && (got.Re == nil) == (want.Re == nil)
		for i := range got.Deps {
			same = same && sameRef(got.Deps[i], want.Deps[i])
		}
		if same && got.Re != nil {
			same = sameRef(*got.Re, want.Re)
		}
		if !same {
			t.Fatalf("read\n%+v\ngenerated decoder\n%+v", got, &want)
		}
		// What is encoded by hand is what the generated code encodes.
		mine, err := appendMessage(nil, &got)
		if err != nil {
			t.Fatal(err)
		}
		dropUnknown(&want)
		theirs, err := proto.MarshalOptions{Deterministic: true}.Marshal(&want)
		if err != nil || !bytes.Equal(mine, theirs) {
			t.Fatalf("encoded\n%x\ngenerated code\n%x, %v", mine, theirs, err)
		}
	})
}

func envelopeWithinRules(e *pb.Envelope, author chat.PeerID) bool {
	for _, raw := range e.Messages {
		var m pb.Message
		if proto.Unmarshal(raw, &m) != nil || !withinRules(&m) {
			return false
		}
	}
	n := uint64(len(e.Messages))
	c := chat.Conversation(e.Conversation)
	return e.Version == Version && e.Network == "demo" && checkConversation(c, author) == nil && len(e.Log) == 8 &&
		n >= 1 && n <= chat.MaxBatch && e.First >= 1 && e.First <= MaxSeq && e.First+n-1 <= MaxSeq &&
		(len(e.Prev) == 0 || len(e.Prev) == 32 && e.First > 1)
}

func samePrev(b []byte, h chat.Hash) bool {
	return bytes.Equal(b, h[:]) || len(b) == 0 && h == chat.Hash{}
}

func withinRules(m *pb.Message) bool {
	good := func(r *pb.Ref) bool {
		_, ok := parseID(r.Author)
		return ok && len(r.Log) == 8 && r.Seq > 0 && r.Seq <= MaxSeq
	}
	for _, r := range m.Deps {
		if !good(r) {
			return false
		}
	}
	return len(m.Deps) <= chat.MaxDeps && (m.Re == nil || good(m.Re)) && len(m.Name) <= chat.MaxName &&
		len(m.Guest) <= chat.MaxName && len(m.To) <= chat.MaxName && len(m.Body) <= chat.MaxText && utf8.Valid(m.Body)
}

func sameRef(got chat.Ref, want *pb.Ref) bool {
	id, ok := binaryOf(got.Author)
	return ok && bytes.Equal(id[:], want.Author) && bytes.Equal(got.Log[:], want.Log) && got.Seq == want.Seq
}

func dropUnknown(m *pb.Message) {
	m.ProtoReflect().SetUnknown(nil)
	for _, r := range append(m.Deps, m.Re) {
		if r != nil {
			r.ProtoReflect().SetUnknown(nil)
		}
	}
}

// FuzzDecodeSync: nothing panics; what is read is what the generated decoder
// reads, and encodes to a frame that reads the same.
func FuzzDecodeSync(f *testing.F) {
	s := demoSealer(f, 2, "demo")
	env := sealed(f, s, chat.Lobby, "hi")
	f.Add(EncodeSync([]chat.Delta{{
		Conversation: chat.Lobby,
		Vector:       []chat.LogState{{LogKey: env.Key(), From: 1, Head: 1}},
		Envelopes:    []*chat.Envelope{env},
		More:         true,
	}, {Conversation: "#go"}}))
	f.Add(EncodeSync([]chat.Delta{{
		Conversation: chat.Lobby,
		Vector: []chat.LogState{
			{LogKey: env.Key(), From: 2, Head: 1, Sum: 1<<64 - 1},
			{LogKey: chat.LogKey{Author: s.ID()}, From: 1, Head: 9, Forked: true},
		},
		Want: []chat.Range{{LogKey: env.Key(), First: 1, Last: MaxSeq}, {LogKey: env.Key(), First: 2, Last: 2}},
	}}))
	f.Add(EncodeSync(nil))
	f.Fuzz(func(t *testing.T, frame []byte) {
		o := NewOpener("demo")
		deltas, err := o.DecodeSync(slices.Clone(frame))
		if err != nil {
			return
		}
		var want pb.SyncFrame
		if err := proto.Unmarshal(frame, &want); err != nil || len(want.Deltas) != len(deltas) {
			t.Fatalf("generated decoder: %d deltas, %v; want %d", len(want.Deltas), err, len(deltas))
		}
		for i, w := range want.Deltas {
			d := deltas[i]
			if w.Conversation != string(d.Conversation) || w.More != d.More || len(w.Vector) != len(d.Vector) ||
				len(w.Want) != len(d.Want) || len(w.Envelopes) < len(d.Envelopes) {
				t.Fatalf("read\n%+v\ngenerated decoder\n%+v", d, w)
			}
			for j, v := range w.Vector {
				if got := d.Vector[j]; v.From != got.From || v.Head != got.Head || v.Sum != got.Sum || v.Forked != got.Forked {
					t.Fatalf("read\n%+v\ngenerated decoder\n%+v", got, v)
				}
			}
			for j, r := range w.Want {
				if got := d.Want[j]; r.First != got.First || r.Last != got.Last || !bytes.Equal(r.Log, got.Log[:]) {
					t.Fatalf("read\n%+v\ngenerated decoder\n%+v", got, r)
				}
			}
		}
		again, err := o.DecodeSync(EncodeSync(deltas))
		if err != nil || !reflect.DeepEqual(deltas, again) {
			t.Fatalf("read\n%+v\nthen\n%+v, %v", deltas, again, err)
		}
	})
}

// FuzzDecodeDirect: nothing panics; what is read encodes to a frame that reads
// the same. The bytes are taken as request, answer and receipt.
func FuzzDecodeDirect(f *testing.F) {
	s := demoSealer(f, 2, "demo")
	env := sealed(f, s, chat.Lobby, "hi")
	f.Add(EncodeDirect(env, 1))
	f.Add(EncodeAnswer(chat.Stored, s.Receipt(env, 1)))
	f.Add(EncodeAnswer(chat.Busy, nil))
	f.Add(s.Receipt(env, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		o := NewOpener("demo")
		if env, floor, err := o.DecodeDirect(slices.Clone(b)); err == nil {
			again, same, err := o.DecodeDirect(EncodeDirect(env, floor))
			if err != nil || same != floor || !reflect.DeepEqual(env, again) {
				t.Fatalf("read\n%+v, %d\nthen\n%+v, %d, %v", env, floor, again, same, err)
			}
		}
		if v, receipt, err := DecodeAnswer(b); err == nil {
			w, same, err := DecodeAnswer(EncodeAnswer(v, receipt))
			if err != nil || v != w || !bytes.Equal(receipt, same) {
				t.Fatalf("read %v, %x, then %v, %x, %v", v, receipt, w, same, err)
			}
		}
		if last, err := o.OpenReceipt(b, env, s.ID()); err == nil && last > MaxSeq {
			t.Fatalf("receipt up to %d", last)
		}
	})
}

// FuzzDecodeFrame holds the decoder of session frames to the generated one, and
// the encoder to what was decoded.
func FuzzDecodeFrame(f *testing.F) {
	for _, frame := range []*pb.SessionFrame{
		{},
		{Kind: 1, Session: make([]byte, 8), Fresh: true, From: "alice", To: "bob", Name: "carol"},
		{Kind: 2, Ack: 5, First: 7, Messages: [][]byte{encode(f, &pb.Message{Kind: 1, Stamp: 1, Body: []byte("hi"), Name: "x"}), nil}},
		{Kind: 3, Ack: MaxSeq},
		{Kind: 4, Reason: 2},
		{Kind: 9, First: 1},
	} {
		f.Add(encode(f, frame))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want pb.SessionFrame
		wantErr := proto.Unmarshal(raw, &want)
		got, err := DecodeFrame(slices.Clone(raw))
		if good := wantErr == nil && len(raw) <= MaxFrame && frameWithinRules(&want); good != (err == nil) {
			t.Fatalf("within the rules: %v, but %v: %+v", good, err, &want)
		}
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("error that is none of ours: %v", err)
			}
			return
		}
		if expected := frameOf(t, &want); !reflect.DeepEqual(got, expected) {
			t.Fatalf("read\n%+v\ngenerated decoder\n%+v", got, expected)
		}
		mine, err := EncodeFrame(got)
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeFrame(mine)
		if err != nil || !reflect.DeepEqual(got, again) {
			t.Fatalf("read\n%+v\nthen\n%+v, %v", got, again, err)
		}
		var decoded pb.SessionFrame
		decode(t, mine, &decoded)
		theirs, err := proto.MarshalOptions{Deterministic: true}.Marshal(&decoded)
		if err != nil || !bytes.Equal(mine, theirs) {
			t.Fatalf("encoded\n%x\ngenerated code\n%x, %v", mine, theirs, err)
		}
	})
}

func frameWithinRules(f *pb.SessionFrame) bool {
	n := uint64(len(f.Messages))
	switch chat.FrameKind(min(f.Kind, 255)) {
	case 0:
		return false
	case chat.FrameHello:
		return f.Ack <= MaxSeq && len(f.Session) == 8 && len(f.From) <= chat.MaxName && len(f.To) <= chat.MaxName && len(f.Name) <= chat.MaxName
	case chat.FrameData:
		for _, raw := range f.Messages {
			var m pb.Message
			if proto.Unmarshal(raw, &m) != nil || !withinRules(&m) {
				return false
			}
		}
		return f.Ack <= MaxSeq && n >= 1 && n <= MaxFrameMessages && f.First >= 1 && f.First <= MaxSeq && f.First+n-1 <= MaxSeq
	case chat.FrameAck, chat.FrameClose:
		return f.Ack <= MaxSeq
	}
	return true
}

// frameOf is what a frame within the rules means.
func frameOf(t *testing.T, f *pb.SessionFrame) *chat.Frame {
	got := &chat.Frame{Kind: chat.FrameKind(min(f.Kind, 255))}
	if got.Kind <= chat.FrameClose {
		got.Ack = f.Ack
	}
	switch got.Kind {
	case chat.FrameHello:
		got.Session, got.Fresh, got.From, got.To, got.Name = chat.SessionID(f.Session), f.Fresh, f.From, f.To, f.Name
	case chat.FrameData:
		got.First = f.First
		for _, raw := range f.Messages {
			var m pb.Message
			decode(t, raw, &m)
			got.Messages = append(got.Messages, chat.Message{Stamp: chat.Stamp(m.Stamp), Kind: chat.Kind(m.Kind), Body: string(m.Body)})
		}
	case chat.FrameClose:
		got.Reason = chat.CloseLeft
		if f.Reason <= uint32(chat.CloseBroken) && f.Reason > 0 {
			got.Reason = chat.CloseReason(f.Reason)
		}
	}
	return got
}

// FuzzDraft: nothing panics; what is read is what the generated decoder reads,
// and is the same after it was written again.
func FuzzDraft(f *testing.F) {
	s := demoSealer(f, 2, "demo")
	for _, m := range []*pb.Message{
		{},
		{Kind: 1, Stamp: 1 << 60, Body: []byte("hello"), Name: "alice", Guest: "bob", To: "carol"},
		{Kind: 3, Re: goodRef(s), Deps: []*pb.Ref{goodRef(s), goodRef(s)}},
	} {
		f.Add(encode(f, &pb.Draft{Version: 1, Message: encode(f, m)}))
	}
	f.Add(encode(f, &pb.Draft{Version: 2}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := DecodeDraft(slices.Clone(raw))
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrFuture) {
				t.Fatalf("error that is none of ours: %v", err)
			}
			return
		}
		var want pb.Draft
		var message pb.Message
		if proto.Unmarshal(raw, &want) != nil || proto.Unmarshal(want.Message, &message) != nil || !withinRules(&message) || want.Version != 1 {
			t.Fatalf("read what is against the rules: %+v", got)
		}
		mine, err := EncodeDraft(got)
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeDraft(mine)
		if err != nil || !reflect.DeepEqual(got, again) {
			t.Fatalf("read\n%+v\nthen\n%+v, %v", got, again, err)
		}
		dropUnknown(&message)
		theirs, err := proto.MarshalOptions{Deterministic: true}.Marshal(&pb.Draft{Version: 1, Message: encode(t, &message)})
		if err != nil || !bytes.Equal(mine, theirs) {
			t.Fatalf("encoded\n%x\ngenerated code\n%x, %v", mine, theirs, err)
		}
	})
}

// FuzzDecodeLinks holds the decoder of links to the generated one, and the encoder to
// what was decoded. The bytes are taken as request and answer.
func FuzzDecodeLinks(f *testing.F) {
	s, other := demoSealer(f, 2, "demo"), demoSealer(f, 3, "demo")
	f.Add(EncodeLinksRequest())
	f.Add(EncodeLinks(nil))
	f.Add(EncodeLinks([]chat.Link{
		{Peer: s.ID(), Path: "direct", RTTms: 0.25, Mesh: []chat.Conversation{"#go", chat.Lobby}},
		{Peer: other.ID(), Path: "relayed"},
	}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := DecodeLinksRequest(raw); err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrFuture) {
			t.Fatalf("error that is none of ours: %v", err)
		}
		got, err := DecodeLinks(slices.Clone(raw))
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrFuture) {
				t.Fatalf("error that is none of ours: %v", err)
			}
			return
		}
		var want pb.LinksAnswer
		if err := proto.Unmarshal(raw, &want); err != nil || want.Version != Version || len(want.Links) != len(got) || len(got) > chat.MaxLinks {
			t.Fatalf("read %d links; generated decoder: %v, %+v", len(got), err, &want)
		}
		for i, w := range want.Links {
			id, _ := binaryOf(got[i].Peer)
			var mesh []string
			for _, c := range got[i].Mesh {
				mesh = append(mesh, string(c))
			}
			if !bytes.Equal(id[:], w.Peer) || w.Relayed != (got[i].Path == "relayed") || float64(w.RttUs)/1000 != got[i].RTTms || !slices.Equal(mesh, w.Mesh) {
				t.Fatalf("read\n%+v\ngenerated decoder\n%+v", got[i], w)
			}
		}
		again, err := DecodeLinks(EncodeLinks(got))
		if err != nil || !reflect.DeepEqual(got, again) {
			t.Fatalf("read\n%+v\nthen\n%+v, %v", got, again, err)
		}
	})
}
