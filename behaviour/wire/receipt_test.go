package wire

import (
	"errors"
	"strings"
	"testing"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire/pb"
)

func TestReceipt(t *testing.T) {
	alice, bob, eve := demoSealer(t, 2, "demo"), demoSealer(t, 3, "demo"), demoSealer(t, 4, "demo")
	envelope := func(body string) *chat.Envelope {
		env := lobby(alice, bob.ID(), 1, 0)
		env.Conversation = chat.DirectWith(alice.ID(), bob.ID())
		env.Messages[0].Body = body
		if err := alice.Seal(env); err != nil {
			t.Fatal(err)
		}
		return env
	}
	env := envelope("hi")
	forged := func(change func(*pb.Receipt)) []byte {
		r := pb.Receipt{}
		body, err := signedBody(bob.Receipt(env, 7))
		if err != nil {
			t.Fatal(err)
		}
		decode(t, body, &r)
		change(&r)
		return sign(bob.key, receiptLabel, encode(t, &r))
	}
	body, _ := signedBody(bob.Receipt(env, 7))
	for _, c := range []struct {
		name string
		raw  []byte
		last uint64
		want error
	}{
		{"stored", bob.Receipt(env, 7), 7, nil},
		{"stored, something before it missing", bob.Receipt(env, 3), 3, nil},
		{"stored, all before it missing", bob.Receipt(env, 0), 0, nil},
		{"67 for a message never sent", bob.Receipt(envelope("ho"), 7), 0, ErrMalformed},
		{"67 of a third party", eve.Receipt(env, 7), 0, ErrSignature},
		{"67 of the author", alice.Receipt(env, 7), 0, ErrSignature},
		{"67 of a third party in the recipient's name", sign(eve.key, receiptLabel, body), 0, ErrSignature},
		{"signed as an envelope", sign(bob.key, envelopeLabel, body), 0, ErrSignature},
		{"other network", demoSealer(t, 3, "main").Receipt(env, 7), 0, ErrNetwork},
		{"55 no version", forged(func(r *pb.Receipt) { r.Version = 0 }), 0, ErrMalformed},
		{"55 version from the future", forged(func(r *pb.Receipt) { r.Version, r.Envelope = 2, nil }), 0, ErrFuture},
		{"other log", forged(func(r *pb.Receipt) { r.Log = make([]byte, 8) }), 0, ErrMalformed},
		{"other author", forged(func(r *pb.Receipt) { r.Author = bob.id[:] }), 0, ErrMalformed},
		{"other conversation", forged(func(r *pb.Receipt) { r.Conversation = "lobby" }), 0, ErrMalformed},
		{"60 number 2^63", forged(func(r *pb.Receipt) { r.Last = 1 << 63 }), 0, ErrMalformed},
		{"unknown field", forged(func(r *pb.Receipt) { r.ProtoReflect().SetUnknown([]byte{15 << 3, 1}) }), 7, nil},
		{"51 nothing", nil, 0, ErrMalformed},
		{"not protobuf", sign(bob.key, receiptLabel, []byte{0x0a}), 0, ErrMalformed},
		{"52 too long", sign(bob.key, receiptLabel, make([]byte, MaxReceipt)), 0, ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			last, err := NewOpener("demo").OpenReceipt(c.raw, env, bob.ID())
			if last != c.last || !errors.Is(err, c.want) {
				t.Errorf("got %d, %v; want %d, %v", last, err, c.last, c.want)
			}
		})
	}
}

// The longest receipt that version 1 can make fits the frame of an answer.
func TestReceiptFits(t *testing.T) {
	s := demoSealer(t, 2, strings.Repeat("n", MaxNetwork))
	env := lobby(s, s.ID(), 1, 0)
	env.Conversation = chat.Conversation(strings.Repeat("c", chat.MaxConversation))
	if err := s.Seal(env); err != nil {
		t.Fatal(err)
	}
	receipt := s.Receipt(env, MaxSeq)
	if len(receipt) != 530 {
		t.Errorf("receipt of %d bytes; limits.go says 530", len(receipt))
	}
	verdict, back, err := DecodeAnswer(EncodeAnswer(chat.Stored, make([]byte, MaxReceipt)))
	if verdict != chat.Stored || len(back) != MaxReceipt || err != nil {
		t.Errorf("answer with the longest receipt: %v, %d bytes, %v", verdict, len(back), err)
	}
}
