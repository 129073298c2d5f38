package wire

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire/pb"
)

func TestDirect(t *testing.T) {
	s, other := demoSealer(t, 2, "demo"), demoSealer(t, 3, "demo")
	env := lobby(s, other.ID(), 1, 10)
	if err := s.Seal(env); err != nil {
		t.Fatal(err)
	}
	big := func(envelope, unknown int) []byte {
		d := &pb.DirectFrame{Envelope: make([]byte, envelope), Floor: MaxSeq}
		if unknown > 0 {
			d.ProtoReflect().SetUnknown(protowire.AppendBytes([]byte{15<<3 | 2}, make([]byte, unknown)))
		}
		return encode(t, d)
	}
	frame := EncodeDirect(env, 5)
	for _, c := range []struct {
		name  string
		frame []byte
		floor uint64
		want  error
	}{
		{"floor below", frame, 5, nil},
		{"floor at the message", EncodeDirect(env, 7), 7, nil},
		{"no floor", EncodeDirect(env, 0), 0, nil},
		{"66 unknown field", append(slices.Clone(frame), 15<<3, 1), 5, nil},
		{"60 floor above", EncodeDirect(env, 8), 0, ErrMalformed},
		{"60 floor 2^64-1", EncodeDirect(env, 1<<64-1), 0, ErrMalformed},
		{"51 nothing", nil, 0, ErrMalformed},
		{"52 envelope one byte too long", big(chat.MaxEnvelope+1, 0), 0, ErrMalformed},
		{"52 frame too long", big(100, MaxDirectFrame), 0, ErrMalformed},
		{"53 cut short", frame[:len(frame)-3], 0, ErrMalformed},
		{"54 garbage after it", append(slices.Clone(frame), 0), 0, ErrMalformed},
		{"57 broken signature", bytes.Replace(frame, env.Raw[len(env.Raw)-8:], make([]byte, 8), 1), 0, ErrSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, floor, err := NewOpener("demo").DecodeDirect(slices.Clone(c.frame))
			if floor != c.floor || !errors.Is(err, c.want) {
				t.Fatalf("got floor %d, %v; want %d, %v", floor, err, c.floor, c.want)
			}
			if err == nil && !reflect.DeepEqual(got, env) {
				t.Errorf("got\n%+v\nwant\n%+v", got, env)
			}
		})
	}
	if n := len(big(chat.MaxEnvelope, 0)); n > MaxDirectFrame {
		t.Errorf("the longest envelope makes a request of %d bytes", n)
	}
}

func TestDecodeAnswer(t *testing.T) {
	for _, c := range []struct {
		name    string
		frame   []byte
		verdict chat.Verdict
		receipt string
		want    error
	}{
		{"stored", EncodeAnswer(chat.Stored, []byte("r")), chat.Stored, "r", nil},
		{"busy", EncodeAnswer(chat.Busy, nil), chat.Busy, "", nil},
		{"refused", EncodeAnswer(chat.Refused, nil), chat.Refused, "", nil},
		{"malformed", EncodeAnswer(chat.Malformed, nil), chat.Malformed, "", nil},
		{"a receipt where none belongs", EncodeAnswer(chat.Refused, []byte("r")), chat.Refused, "", nil},
		{"forked", EncodeAnswer(chat.Forked, nil), chat.Forked, "", nil},
		{"verdict from the future", EncodeAnswer(6, []byte("r")), chat.Busy, "", nil},
		{"verdict 257 is not verdict 1", encode(t, &pb.DirectAnswer{Verdict: 257, Receipt: []byte("r")}), chat.Busy, "", nil},
		{"67 stored without receipt", EncodeAnswer(chat.Stored, nil), 0, "", ErrMalformed},
		{"51 nothing", nil, 0, "", ErrMalformed},
		{"52 too long", EncodeAnswer(chat.Stored, make([]byte, MaxAnswerFrame)), 0, "", ErrMalformed},
		{"54 garbage", []byte{1 << 3, 2, 0}, 0, "", ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			verdict, receipt, err := DecodeAnswer(c.frame)
			if verdict != c.verdict || string(receipt) != c.receipt || !errors.Is(err, c.want) {
				t.Errorf("got %v, %q, %v", verdict, receipt, err)
			}
		})
	}
}
