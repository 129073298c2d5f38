package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire/pb"
)

// sealed is a sealed envelope of s with the given body in the conversation.
func sealed(t testing.TB, s *Sealer, c chat.Conversation, body string) *chat.Envelope {
	t.Helper()
	env := &chat.Envelope{Conversation: c, Author: s.ID(), Log: chat.LogID{1}, First: 1, Messages: []chat.Message{{Kind: chat.Text, Body: body}}}
	if err := s.Seal(env); err != nil {
		t.Fatal(err)
	}
	return env
}

func TestSync(t *testing.T) {
	s, other := demoSealer(t, 2, "demo"), demoSealer(t, 3, "demo")
	dm := chat.DirectWith(s.ID(), other.ID())
	want := []chat.Delta{
		{
			Conversation: chat.Lobby,
			Vector: []chat.LogState{
				{LogKey: chat.LogKey{Author: s.ID(), Log: chat.LogID{1}}, From: 1, Head: 9, Sum: 1<<64 - 1},
				{LogKey: chat.LogKey{Author: other.ID(), Log: chat.LogID{2}}, From: 10, Head: 9, Forked: true},
				{LogKey: chat.LogKey{Author: other.ID(), Log: chat.LogID{3}}, From: 1, Head: 0},
				{LogKey: chat.LogKey{Author: other.ID(), Log: chat.LogID{4}}, From: MaxSeq, Head: MaxSeq},
			},
			Envelopes: []*chat.Envelope{sealed(t, s, chat.Lobby, "a"), sealed(t, other, chat.Lobby, "b")},
			More:      true,
			Want: []chat.Range{
				{LogKey: chat.LogKey{Author: s.ID(), Log: chat.LogID{1}}, First: 1, Last: 1},
				{LogKey: chat.LogKey{Author: other.ID()}, First: 2, Last: MaxSeq},
			},
		},
		{Conversation: dm, Envelopes: []*chat.Envelope{sealed(t, s, dm, "c")}},
		{Conversation: "#empty"},
	}
	frame := EncodeSync(want)
	got, err := NewOpener("demo").DecodeSync(frame)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	// Nothing that was decoded lies in the frame.
	for i := range frame {
		frame[i] = 0xff
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("what was decoded changed with the frame")
	}
	if got, err := NewOpener("demo").DecodeSync(EncodeSync(nil)); err != nil || len(got) != 0 {
		t.Errorf("a turn about nothing: %v, %v", got, err)
	}
}

func TestDecodeSyncRefuses(t *testing.T) {
	s, other := demoSealer(t, 2, "demo"), demoSealer(t, 3, "demo")
	newer := newForge(s)
	newer.Version = 2
	good := sealed(t, s, chat.Lobby, "a").Raw
	state := func() *pb.LogState {
		return &pb.LogState{Author: s.id[:], Log: make([]byte, 8), From: 1, Head: 1}
	}
	states := func(n int) (list []*pb.LogState) {
		for range n {
			list = append(list, state())
		}
		return list
	}
	one := func(change func(*pb.Delta)) []byte {
		d := &pb.Delta{Conversation: "lobby"}
		change(d)
		return encode(t, &pb.SyncFrame{Deltas: []*pb.Delta{d}})
	}
	with := func(change func(*pb.LogState)) []byte {
		return one(func(d *pb.Delta) { d.Vector = states(2); change(d.Vector[1]) })
	}
	wants := func(n int, first, last uint64) []byte {
		return one(func(d *pb.Delta) {
			for range n {
				d.Want = append(d.Want, &pb.Range{Author: s.id[:], Log: make([]byte, 8), First: first, Last: last})
			}
		})
	}
	deltas := func(n int) []byte {
		var f pb.SyncFrame
		for i := range n {
			f.Deltas = append(f.Deltas, &pb.Delta{Conversation: "#" + strconv.Itoa(i)})
		}
		return encode(t, &f)
	}
	for _, c := range []struct {
		name      string
		frame     []byte
		want      error
		envelopes int // in all deltas, when want is nil
	}{
		{"64 deltas", deltas(MaxDeltas), nil, 0},
		{"65 deltas", deltas(MaxDeltas + 1), ErrMalformed, 0},
		{"half a million empty deltas", bytes.Repeat([]byte{1<<3 | 2, 0}, MaxSyncFrame/2), ErrMalformed, 0},
		{"8192 log states", one(func(d *pb.Delta) { d.Vector = states(MaxLogStates) }), nil, 0},
		{"8193 log states", one(func(d *pb.Delta) { d.Vector = states(MaxLogStates + 1) }), ErrMalformed, 0},
		{"half a million empty log states", bytes.Join([][]byte{{1<<3 | 2, 0x80, 0xc0, 0x3f}, bytes.Repeat([]byte{2<<3 | 2, 0}, 0x3f<<13/2)}, nil), ErrMalformed, 0},
		{"4097 envelopes", one(func(d *pb.Delta) { d.Envelopes = make([][]byte, MaxSyncEnvelopes+1) }), ErrMalformed, 0},
		{"4097 envelopes in two deltas", encode(t, &pb.SyncFrame{Deltas: []*pb.Delta{
			{Conversation: "a", Envelopes: make([][]byte, MaxSyncEnvelopes)}, {Conversation: "b", Envelopes: make([][]byte, 1)},
		}}), ErrMalformed, 0},
		{"52 a byte too long", make([]byte, MaxSyncFrame+1), ErrMalformed, 0},
		{"54 garbage", []byte{0}, ErrMalformed, 0},
		{"53 cut short", one(func(d *pb.Delta) { d.Envelopes = [][]byte{good} })[:100], ErrMalformed, 0},
		{"delta that is not protobuf", []byte{1<<3 | 2, 1, 0x0a}, ErrMalformed, 0},
		{"no conversation", one(func(d *pb.Delta) { d.Conversation = "" }), ErrMalformed, 0},
		{"conversation not UTF-8", []byte{1<<3 | 2, 3, 1<<3 | 2, 1, 0xff}, ErrMalformed, 0},
		{"conversation between nobody", one(func(d *pb.Delta) { d.Conversation = "dm/a/b" }), ErrMalformed, 0},
		{"one conversation twice", encode(t, &pb.SyncFrame{Deltas: []*pb.Delta{{Conversation: "a"}, {Conversation: "a"}}}), ErrMalformed, 0},
		{"log of 9 bytes", with(func(s *pb.LogState) { s.Log = make([]byte, 9) }), ErrMalformed, 0},
		{"log of nobody", with(func(s *pb.LogState) { s.Author = nil }), ErrMalformed, 0},
		{"log state that is not protobuf", one(func(d *pb.Delta) { d.ProtoReflect().SetUnknown([]byte{2<<3 | 2, 1, 0x0a}) }), ErrMalformed, 0},
		{"60 from 0", with(func(s *pb.LogState) { s.From = 0 }), ErrMalformed, 0},
		{"60 from two above head", with(func(s *pb.LogState) { s.From = 3 }), ErrMalformed, 0},
		{"60 head 2^63", with(func(s *pb.LogState) { s.Head = 1 << 63 }), ErrMalformed, 0},
		{"60 head 2^64-1, from 0", with(func(s *pb.LogState) { s.From, s.Head = 0, 1<<64-1 }), ErrMalformed, 0},
		{"256 ranges, one of them of everything", wants(MaxWants, 1, MaxSeq), nil, 0},
		{"257 ranges", wants(MaxWants+1, 1, 1), ErrMalformed, 0},
		{"half a million empty ranges", bytes.Join([][]byte{{1<<3 | 2, 0x80, 0xc0, 0x3f}, bytes.Repeat([]byte{6<<3 | 2, 0}, 0x3f<<13/2)}, nil), ErrMalformed, 0},
		{"range from 0", wants(1, 0, 1), ErrMalformed, 0},
		{"range whose first is after its last", wants(1, 3, 2), ErrMalformed, 0},
		{"range up to 2^63", wants(1, 1, 1<<63), ErrMalformed, 0},
		{"range from and up to 2^64-1", wants(1, 1<<64-1, 1<<64-1), ErrMalformed, 0},
		{"range of nobody's log", one(func(d *pb.Delta) { d.Want = []*pb.Range{{Log: make([]byte, 8), First: 1, Last: 1}} }), ErrMalformed, 0},
		{"range of a log of 7 bytes", one(func(d *pb.Delta) {
			d.Want = []*pb.Range{{Author: s.id[:], Log: make([]byte, 7), First: 1, Last: 1}}
		}), ErrMalformed, 0},
		{"range that is not protobuf", one(func(d *pb.Delta) { d.ProtoReflect().SetUnknown([]byte{6<<3 | 2, 1, 0x0a}) }), ErrMalformed, 0},
		{"envelope of another conversation", one(func(d *pb.Delta) { d.Envelopes = [][]byte{sealed(t, s, "#go", "a").Raw} }), ErrMalformed, 0},
		{"57 envelope with a broken signature", one(func(d *pb.Delta) {
			bad := slices.Clone(good)
			bad[len(bad)-1] ^= 1
			d.Envelopes = [][]byte{good, bad}
		}), ErrSignature, 0},
		{"envelope of another network", one(func(d *pb.Delta) {
			d.Envelopes = [][]byte{sealed(t, demoSealer(t, 2, "main"), chat.Lobby, "a").Raw}
		}), ErrNetwork, 0},
		{"55 envelope from the future between others", one(func(d *pb.Delta) {
			d.Envelopes = [][]byte{good, newer.sign(t, s), sealed(t, other, chat.Lobby, "b").Raw}
		}), nil, 2},
		{"66 unknown fields", append(one(func(d *pb.Delta) {
			d.Envelopes = [][]byte{good}
			d.Vector = states(1)
			d.Vector[0].ProtoReflect().SetUnknown([]byte{15 << 3, 1})
			d.ProtoReflect().SetUnknown([]byte{15 << 3, 1})
		}), 15<<3, 1), nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			deltas, err := NewOpener("demo").DecodeSync(c.frame)
			if !errors.Is(err, c.want) || err != nil && deltas != nil {
				t.Fatalf("got %d deltas, %v; want %v", len(deltas), err, c.want)
			}
			var envelopes int
			for _, d := range deltas {
				envelopes += len(d.Envelopes)
			}
			if envelopes != c.envelopes {
				t.Errorf("got %d envelopes, want %d", envelopes, c.envelopes)
			}
		})
	}
}

// A frame of nothing but small things takes no more memory than its size
// explains.
func TestDecodeSyncAllocatesLittle(t *testing.T) {
	frame := bytes.Join([][]byte{{1<<3 | 2, 0x80, 0xc0, 0x3f}, bytes.Repeat([]byte{2<<3 | 2, 0}, 0x3f<<13/2)}, nil)
	o := NewOpener("demo")
	if n := testing.AllocsPerRun(10, func() {
		if _, err := o.DecodeSync(frame); err == nil {
			t.Error("accepted")
		}
	}); n > 20 {
		t.Errorf("%v allocations to refuse a frame", n)
	}
}

// However much there is to say, a turn stays within its bounds.
func TestEncodeSyncStaysWithinBounds(t *testing.T) {
	s := demoSealer(t, 2, "demo")
	var deltas []chat.Delta
	for i := range MaxDeltas + 3 {
		d := chat.Delta{Conversation: chat.Conversation("#" + strconv.Itoa(i))}
		for j := range 300 {
			state := chat.LogState{LogKey: chat.LogKey{Author: s.ID()}, From: MaxSeq, Head: MaxSeq, Sum: 1, Forked: true}
			binary.BigEndian.PutUint32(state.Log[:], uint32(j))
			d.Vector = append(d.Vector, state)
		}
		d.Want = slices.Repeat([]chat.Range{{LogKey: chat.LogKey{Author: s.ID()}, First: MaxSeq, Last: MaxSeq}}, MaxWants+1)
		env := sealed(t, s, d.Conversation, string(bytes.Repeat([]byte("x"), 20<<10)))
		d.Envelopes = []*chat.Envelope{env, env}
		deltas = append(deltas, d)
	}
	frame := EncodeSync(deltas)
	if len(frame) > MaxSyncFrame || len(frame) < MaxSyncFrame*9/10 {
		t.Errorf("frame of %d bytes", len(frame))
	}
	got, err := NewOpener("demo").DecodeSync(frame)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != MaxDeltas {
		t.Errorf("%d deltas", len(got))
	}
	for i, d := range got {
		if d.More != (len(d.Envelopes) < 2) {
			t.Errorf("delta %d: %d envelopes, more = %v", i, len(d.Envelopes), d.More)
		}
	}
	if got[0].More || !got[MaxDeltas-1].More {
		t.Error("the envelopes that are left out are not the last")
	}

	small := sealed(t, s, chat.Lobby, "")
	small.Messages, small.Raw = small.Messages[:1], small.Raw[:100]
	many := chat.Delta{Conversation: chat.Lobby, Envelopes: slices.Repeat([]*chat.Envelope{small}, MaxSyncEnvelopes+1)}
	many.Vector = slices.Repeat([]chat.LogState{{LogKey: small.Key(), From: 1, Head: 1}}, MaxLogStates+1)
	many.Want = slices.Repeat([]chat.Range{{LogKey: small.Key(), First: 1, Last: 1}}, MaxWants+1)
	var counted pb.SyncFrame
	decode(t, EncodeSync([]chat.Delta{many}), &counted)
	if d := counted.Deltas[0]; len(d.Envelopes) != MaxSyncEnvelopes || !d.More || len(d.Vector) != MaxLogStates || len(d.Want) != MaxWants {
		t.Errorf("%d envelopes, more = %v, %d log states, %d ranges", len(d.Envelopes), d.More, len(d.Vector), len(d.Want))
	}
}
