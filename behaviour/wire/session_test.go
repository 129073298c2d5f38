package wire

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire/pb"
)

func TestFrames(t *testing.T) {
	name := strings.Repeat("n", chat.MaxName)
	longest := chat.Message{Kind: 1<<32 - 1, Stamp: 1<<64 - 1, Body: strings.Repeat("x", chat.MaxText)}
	for _, c := range []struct {
		name string
		sent chat.Frame
		want chat.Frame // zero: as it was sent
	}{
		{"hello", chat.Frame{Kind: chat.FrameHello, Ack: 3, Session: chat.SessionID{1}, From: "alice", To: "bob", Name: "carol"}, chat.Frame{}},
		{"fresh hello, names as long as may be", chat.Frame{Kind: chat.FrameHello, Fresh: true, From: name, To: name, Name: name}, chat.Frame{}},
		{"data", chat.Frame{Kind: chat.FrameData, Ack: MaxSeq, First: 9, Messages: []chat.Message{{Kind: chat.Text, Stamp: 5, Body: "hi"}, {}, {Kind: chat.Action}}}, chat.Frame{}},
		{"data up to the last number", chat.Frame{Kind: chat.FrameData, First: MaxSeq, Messages: make([]chat.Message, 1)}, chat.Frame{}},
		{"longest message", chat.Frame{Kind: chat.FrameData, Ack: MaxSeq, First: MaxSeq, Messages: []chat.Message{longest}}, chat.Frame{}},
		{"64 messages, together of the size of an envelope", chat.Frame{Kind: chat.FrameData, Ack: MaxSeq, First: 1 << 62,
			Messages: slices.Repeat([]chat.Message{{Kind: 1<<32 - 1, Stamp: 1<<64 - 1, Body: strings.Repeat("x", chat.MaxEnvelope/MaxFrameMessages)}}, MaxFrameMessages)}, chat.Frame{}},
		{"64 empty messages", chat.Frame{Kind: chat.FrameData, First: 1, Messages: make([]chat.Message, MaxFrameMessages)}, chat.Frame{}},
		{"ack", chat.Frame{Kind: chat.FrameAck, Ack: 7}, chat.Frame{}},
		{"close", chat.Frame{Kind: chat.FrameClose, Ack: 7, Reason: chat.CloseBroken}, chat.Frame{}},
		{"close for a reason from the future", chat.Frame{Kind: chat.FrameClose, Reason: 77}, chat.Frame{Kind: chat.FrameClose, Reason: chat.CloseLeft}},
		{"close for no reason", chat.Frame{Kind: chat.FrameClose}, chat.Frame{Kind: chat.FrameClose, Reason: chat.CloseLeft}},
		{"kind from the future", chat.Frame{Kind: 200, Ack: 7, First: 3, Reason: 1}, chat.Frame{Kind: 200}},
		{"what the kind does not have", chat.Frame{Kind: chat.FrameAck, Session: chat.SessionID{1}, Fresh: true, Name: "x", First: 5, Messages: make([]chat.Message, 1), Reason: 1},
			chat.Frame{Kind: chat.FrameAck}},
		{"what a message does not have here", chat.Frame{Kind: chat.FrameData, First: 1, Messages: []chat.Message{{Kind: chat.Text, Body: "hi", Name: "x", Guest: "y", To: "z",
			Deps: make([]chat.Ref, 1), Re: &chat.Ref{}, Hash: chat.Hash{1}}}},
			chat.Frame{Kind: chat.FrameData, First: 1, Messages: []chat.Message{{Kind: chat.Text, Body: "hi"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw, err := EncodeFrame(&c.sent)
			if err != nil {
				t.Fatal(err)
			}
			want := c.want
			if want.Kind == 0 {
				want = c.sent
			}
			got, err := DecodeFrame(raw)
			clear(raw) // what was read does not lie there
			if err != nil || !reflect.DeepEqual(*got, want) {
				t.Errorf("read\n%+v\nwant\n%+v, error %v", got, want, err)
			}
		})
	}
}

// Whatever the sizes, frames are encoded up to MaxFrame and refused beyond.
func TestFramesFill(t *testing.T) {
	for _, more := range []int{-1, 0, 1} {
		f := &chat.Frame{Kind: chat.FrameData, First: 1, Messages: []chat.Message{
			{Kind: chat.Text, Stamp: 1, Body: strings.Repeat("x", chat.MaxText)},
			{Kind: chat.Text, Stamp: 1, Body: strings.Repeat("y", MaxFrame-chat.MaxText-42+more)},
		}}
		raw, err := EncodeFrame(f)
		if more > 0 != (err != nil) {
			t.Errorf("%d bytes beside the bound: %d bytes, error %v", more, len(raw), err)
		}
		if more == 0 && len(raw) != MaxFrame {
			t.Errorf("frame of %d bytes, want %d", len(raw), MaxFrame)
		}
	}
}

func TestEncodeFrameRefuses(t *testing.T) {
	data := func(first uint64, messages ...chat.Message) chat.Frame {
		return chat.Frame{Kind: chat.FrameData, First: first, Messages: messages}
	}
	for name, f := range map[string]chat.Frame{
		"no kind":                   {},
		"74 ack beyond all":         {Kind: chat.FrameAck, Ack: MaxSeq + 1},
		"from too long":             {Kind: chat.FrameHello, From: strings.Repeat("n", chat.MaxName+1)},
		"to too long":               {Kind: chat.FrameHello, To: strings.Repeat("n", chat.MaxName+1)},
		"name not UTF-8":            {Kind: chat.FrameHello, Name: "\xff"},
		"no message":                data(1),
		"65 messages":               data(1, make([]chat.Message, MaxFrameMessages+1)...),
		"60 number 0":               data(0, chat.Message{}),
		"60 number 2^63":            data(1<<63, chat.Message{}),
		"60 run up to 2^63":         data(MaxSeq, chat.Message{}, chat.Message{}),
		"64 body one byte too long": data(1, chat.Message{Body: strings.Repeat("x", chat.MaxText+1)}),
		"64 body not UTF-8":         data(1, chat.Message{Body: "\xff"}),
	} {
		t.Run(name, func(t *testing.T) {
			if raw, err := EncodeFrame(&f); !errors.Is(err, ErrMalformed) || raw != nil {
				t.Errorf("encoded as %x, error %v", raw, err)
			}
		})
	}
}

func TestDecodeFrameRefuses(t *testing.T) {
	good := encode(t, &pb.SessionFrame{Kind: 2, First: 1, Messages: [][]byte{encode(t, &pb.Message{Body: []byte("hi")})}})
	for _, c := range []struct {
		name  string
		frame []byte
		ok    bool
	}{
		{"the good one", good, true},
		{"66 unknown field", append(slices.Clone(good), 15<<3, 1), true},
		{"66 field of another type", append(slices.Clone(good), 3<<3, 1), true},
		{"kind above 255", encode(t, &pb.SessionFrame{Kind: 257, Ack: 1 << 63}), true},
		{"51 nothing", nil, false},
		{"53 cut short", good[:len(good)-1], false},
		{"54 garbage after it", append(slices.Clone(good), 0), false},
		{"52 too long", protowire.AppendBytes(append(slices.Clone(good), 15<<3|2), make([]byte, MaxFrame)), false},
		{"session of 7 bytes", encode(t, &pb.SessionFrame{Kind: 1, Session: make([]byte, 7)}), false},
		{"session of 9 bytes", encode(t, &pb.SessionFrame{Kind: 1, Session: make([]byte, 9)}), false},
		{"no session", encode(t, &pb.SessionFrame{Kind: 1}), false},
		{"name too long", encode(t, &pb.SessionFrame{Kind: 1, Session: make([]byte, 8), Name: strings.Repeat("n", chat.MaxName+1)}), false},
		{"name not UTF-8", append(encode(t, &pb.SessionFrame{Kind: 1, Session: make([]byte, 8)}), 7<<3|2, 1, 0xff), false},
		{"name not UTF-8, overwritten", append(encode(t, &pb.SessionFrame{Kind: 1, Session: make([]byte, 8)}), 7<<3|2, 1, 0xff, 7<<3|2, 0), false},
		{"74 ack beyond all", encode(t, &pb.SessionFrame{Kind: 3, Ack: MaxSeq + 1}), false},
		{"no message", encode(t, &pb.SessionFrame{Kind: 2, First: 1}), false},
		{"65 messages", encode(t, &pb.SessionFrame{Kind: 2, First: 1, Messages: make([][]byte, MaxFrameMessages+1)}), false},
		{"62 messages ×40,000", append(slices.Clone(good), bytes.Repeat([]byte{9<<3 | 2, 0}, 40_000)...), false},
		{"60 number 0", encode(t, &pb.SessionFrame{Kind: 2, Messages: make([][]byte, 1)}), false},
		{"60 run up to 2^63", encode(t, &pb.SessionFrame{Kind: 2, First: MaxSeq, Messages: make([][]byte, 2)}), false},
		{"message that is not protobuf", encode(t, &pb.SessionFrame{Kind: 2, First: 1, Messages: [][]byte{nil, {0}}}), false},
		{"64 body not UTF-8", encode(t, &pb.SessionFrame{Kind: 2, First: 1, Messages: [][]byte{{7<<3 | 2, 1, 0xff}}}), false},
		{"61 message with a dep on nobody", encode(t, &pb.SessionFrame{Kind: 2, First: 1, Messages: [][]byte{{3<<3 | 2, 0}}}), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if f, err := DecodeFrame(c.frame); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrMalformed) {
				t.Errorf("read %+v, error %v", f, err)
			}
		})
	}
}

func BenchmarkFrame(b *testing.B) {
	f := &chat.Frame{Kind: chat.FrameData, Ack: 1000, First: 1000, Messages: []chat.Message{{Kind: chat.Text, Stamp: 1 << 60, Body: strings.Repeat("x", 100)}}}
	b.ReportAllocs()
	for b.Loop() {
		raw, err := EncodeFrame(f)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := DecodeFrame(raw); err != nil {
			b.Fatal(err)
		}
	}
}
