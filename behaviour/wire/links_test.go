package wire

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire/pb"
)

// peers are n peers' ids.
func peers(t testing.TB, n int) (ids []chat.PeerID) {
	t.Helper()
	for i := range n {
		id := demoSealer(t, 2, "demo").id
		id[len(id)-1], id[len(id)-2] = byte(i), byte(i>>8)
		ids = append(ids, id.text())
	}
	return ids
}

func TestLinks(t *testing.T) {
	ids := peers(t, chat.MaxLinks+1)
	for _, c := range []struct {
		name       string
		sent, want []chat.Link
	}{
		{"none", nil, []chat.Link{}},
		{"a few", []chat.Link{
			{Peer: ids[0], Path: "direct", RTTms: 0.25, Mesh: []chat.Conversation{"#go", chat.Lobby}},
			{Peer: ids[1], Path: "relayed"},
		}, nil},
		{"addresses do not travel", []chat.Link{{Peer: ids[0], Path: "direct", Addr: "/ip4/192.0.2.1/tcp/1"}}, []chat.Link{{Peer: ids[0], Path: "direct"}}},
		{"impossible round trips", []chat.Link{{Peer: ids[0], Path: "direct", RTTms: 1e18}, {Peer: ids[1], Path: "direct", RTTms: -4}},
			[]chat.Link{{Peer: ids[0], Path: "direct", RTTms: 60_000}, {Peer: ids[1], Path: "direct"}}},
		{"who is no peer", []chat.Link{{Peer: "nobody", Path: "direct"}, {Peer: ids[0], Path: "direct"}}, []chat.Link{{Peer: ids[0], Path: "direct"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := EncodeLinks(c.sent)
			want := c.want
			if want == nil {
				want = c.sent
			}
			got, err := DecodeLinks(raw)
			clear(raw) // what was read does not lie there
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("read\n%+v\nwant\n%+v, error %v", got, want, err)
			}
		})
	}
}

func TestLinksFitTheirFrame(t *testing.T) {
	var many []chat.Link
	var mesh []chat.Conversation
	for i := range chat.MaxMesh + 5 {
		mesh = append(mesh, chat.Conversation(fmt.Sprintf("#%02d%s", i, strings.Repeat("x", 200))))
	}
	for _, id := range peers(t, chat.MaxLinks+5) {
		many = append(many, chat.Link{Peer: id, Path: "direct", RTTms: 1})
	}
	got, err := DecodeLinks(EncodeLinks(many))
	if err != nil || !reflect.DeepEqual(got, many[:chat.MaxLinks]) {
		t.Errorf("%d links, %v; want the first %d", len(got), err, chat.MaxLinks)
	}
	for i := range many {
		many[i].Mesh = mesh
	}
	raw := EncodeLinks(many)
	got, err = DecodeLinks(raw)
	if err != nil || len(raw) > MaxLinksAnswer || len(got) < 4 || !slices.Equal(got[0].Mesh, mesh[:chat.MaxMesh]) {
		t.Errorf("%d links in %d bytes, %v", len(got), len(raw), err)
	}
}

func TestDecodeLinksRefuses(t *testing.T) {
	s := demoSealer(t, 2, "demo")
	answer := func(change func(*pb.LinksAnswer)) []byte {
		a := &pb.LinksAnswer{Version: 1, Links: []*pb.LinkState{{Peer: s.id[:]}}}
		change(a)
		return encode(t, a)
	}
	link := func(change func(*pb.LinkState)) []byte {
		return answer(func(a *pb.LinksAnswer) { change(a.Links[0]) })
	}
	if got, err := DecodeLinks(link(func(*pb.LinkState) {})); err != nil || len(got) != 1 {
		t.Fatalf("the one that all others are made of: %+v, %v", got, err)
	}
	for _, c := range []struct {
		name string
		raw  []byte
		want error
	}{
		{"nothing", nil, ErrMalformed},
		{"no protobuf", []byte{0xff}, ErrMalformed},
		{"too long", make([]byte, MaxLinksAnswer+1), ErrMalformed},
		{"no version", answer(func(a *pb.LinksAnswer) { a.Version = 0 }), ErrMalformed},
		{"version from the future", answer(func(a *pb.LinksAnswer) { a.Version = 2; a.Links[0].Peer = nil }), ErrFuture},
		{"no peer", link(func(l *pb.LinkState) { l.Peer = nil }), ErrMalformed},
		{"a peer of another kind", link(func(l *pb.LinkState) { l.Peer = append([]byte{0x12}, l.Peer[1:]...) }), ErrMalformed},
		{"one peer twice", answer(func(a *pb.LinksAnswer) { a.Links = append(a.Links, a.Links[0]) }), ErrMalformed},
		{"ten thousand links", answer(func(a *pb.LinksAnswer) {
			a.Links = slices.Repeat([]*pb.LinkState{{}}, 10_000)
		}), ErrMalformed},
		{"257 links", answer(func(a *pb.LinksAnswer) {
			a.Links = slices.Repeat([]*pb.LinkState{{Peer: s.id[:]}}, chat.MaxLinks+1)
		}), ErrMalformed},
		{"too long a round trip", link(func(l *pb.LinkState) { l.RttUs = MaxRTT + 1 }), ErrMalformed},
		{"65 conversations", link(func(l *pb.LinkState) { l.Mesh = slices.Repeat([]string{"#x"}, chat.MaxMesh+1) }), ErrMalformed},
		{"a direct conversation", link(func(l *pb.LinkState) { l.Mesh = []string{"dm/a/b"} }), ErrMalformed},
		{"a conversation without a name", link(func(l *pb.LinkState) { l.Mesh = []string{""} }), ErrMalformed},
		{"too long a conversation", link(func(l *pb.LinkState) { l.Mesh = []string{"#" + strings.Repeat("x", chat.MaxConversation)} }), ErrMalformed},
	} {
		if got, err := DecodeLinks(c.raw); !errors.Is(err, c.want) {
			t.Errorf("%s: %v and %d links, want %v", c.name, err, len(got), c.want)
		}
	}
	for _, c := range []struct {
		name string
		raw  []byte
		want error
	}{
		{"as it is made", EncodeLinksRequest(), nil},
		{"with more than is known", append(EncodeLinksRequest(), 5<<3, 1), nil},
		{"nothing", nil, ErrMalformed},
		{"no protobuf", []byte{0xff}, ErrMalformed},
		{"too long", make([]byte, MaxLinksRequest+1), ErrMalformed},
		{"version from the future", []byte{1 << 3, 2}, ErrFuture},
	} {
		if err := DecodeLinksRequest(c.raw); !errors.Is(err, c.want) {
			t.Errorf("request, %s: %v, want %v", c.name, err, c.want)
		}
	}
}
