package wire

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire/pb"
)

func TestDraft(t *testing.T) {
	s := demoSealer(t, 2, "demo")
	ref := chat.Ref{LogKey: chat.LogKey{Author: s.ID(), Log: chat.LogID{1}}, Seq: 7}
	long := strings.Repeat("n", chat.MaxName)
	for _, m := range []chat.Message{
		{},
		{Kind: chat.Text, Stamp: 1<<64 - 1, Deps: []chat.Ref{ref}, Re: &ref, Name: "ann", Guest: "bob", To: "carol", Body: "hi"},
		{Kind: chat.Text, Stamp: 1, Deps: []chat.Ref{ref, ref, ref, ref}, Re: &ref, Name: long, Guest: long, To: long, Body: strings.Repeat("x", chat.MaxText)},
	} {
		raw, err := EncodeDraft(&m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeDraft(raw)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(*got, m) {
			t.Errorf("got %+v, want %+v", *got, m)
		}
	}
	if _, err := EncodeDraft(&chat.Message{Body: strings.Repeat("x", chat.MaxText+1)}); !errors.Is(err, ErrMalformed) {
		t.Errorf("too long a text: %v", err)
	}
	if _, err := EncodeDraft(&chat.Message{Re: &chat.Ref{LogKey: chat.LogKey{Author: "nobody"}, Seq: 1}}); !errors.Is(err, ErrMalformed) {
		t.Errorf("re to nobody: %v", err)
	}
}

func TestDecodeDraftRefuses(t *testing.T) {
	message := encode(t, &pb.Message{Kind: 1, Body: []byte("hi")})
	for _, c := range []struct {
		name string
		raw  []byte
		want error
	}{
		{"nothing", nil, ErrMalformed},
		{"no version", encode(t, &pb.Draft{Message: message}), ErrMalformed},
		{"version from the future", encode(t, &pb.Draft{Version: 2, Message: message}), ErrFuture},
		{"garbage", []byte{0xff}, ErrMalformed},
		{"garbage within", encode(t, &pb.Draft{Version: 1, Message: []byte{0xff}}), ErrMalformed},
		{"cut short", encode(t, &pb.Draft{Version: 1, Message: message})[:5], ErrMalformed},
		{"a byte too long", make([]byte, MaxDraft+1), ErrMalformed},
		{"body not UTF-8", encode(t, &pb.Draft{Version: 1, Message: encode(t, &pb.Message{Body: []byte{0xff}})}), ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			if m, err := DecodeDraft(c.raw); !errors.Is(err, c.want) || m != nil {
				t.Errorf("got %+v, %v; want %v", m, err, c.want)
			}
		})
	}
}
