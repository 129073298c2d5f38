package kad

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"tincan/behaviour/internal/hosttest"

	pb "github.com/libp2p/go-libp2p-kad-dht/pb"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/test"
	"github.com/libp2p/go-msgio"
	"google.golang.org/protobuf/proto"
)

func TestNearTellsOfOthersAndDialsNobody(t *testing.T) {
	k := chain(t)
	near, err := k[5].Near(t.Context(), k[4].host.ID())
	if err != nil {
		t.Fatal(err)
	}
	// 4 knows 3 and 5; 5 is who asks.
	if len(near) != 1 || near[0].ID != k[3].host.ID() || !slices.ContainsFunc(near[0].Addrs, k[3].host.Addrs()[0].Equal) {
		t.Errorf("told of %v, want 3 at %v", near, k[3].host.Addrs())
	}
	if peers := k[5].host.Network().Peers(); len(peers) != 1 {
		t.Errorf("connected to %d peers afterwards, want 4 alone", len(peers))
	}
	if addrs := k[5].host.Peerstore().Addrs(k[3].host.ID()); len(addrs) > 0 {
		t.Errorf("hearsay is remembered: %v", addrs)
	}
}

func TestNearDoesNotDialWhomItAsks(t *testing.T) {
	a, b := newKad(t, Config{}), newKad(t, Config{})
	a.host.Peerstore().AddAddrs(b.host.ID(), b.host.Addrs(), time.Minute)
	if near, err := a.Near(t.Context(), b.host.ID()); err == nil {
		t.Errorf("told of %v without a connection", near)
	}
	if n := len(a.host.Network().Conns()); n != 0 {
		t.Errorf("%d connections", n)
	}
}

// frame is an answer of these peers, with its length.
func frame(t *testing.T, peers ...*pb.Message_Peer) []byte {
	t.Helper()
	body, err := proto.Marshal(&pb.Message{Type: pb.Message_FIND_NODE, CloserPeers: peers})
	if err != nil {
		t.Fatal(err)
	}
	return append(binary.AppendUvarint(nil, uint64(len(body))), body...)
}

// asked is a Kad with a peer that answers it in its own way.
func asked(t *testing.T, answer func(me, rude peer.ID) []byte) (*Kad, peer.ID) {
	t.Helper()
	k, h := newKad(t, Config{}), hosttest.New(t)
	hosttest.Connect(t, k.host, h)
	h.SetStreamHandler(kadID, func(s network.Stream) {
		defer s.Close()
		if _, err := msgio.NewVarintReader(s).ReadMsg(); err == nil {
			s.Write(answer(k.host.ID(), h.ID()))
		}
	})
	return k, h.ID()
}

func TestNearBelievesNoMoreThanABucket(t *testing.T) {
	at := hosttest.New(t)
	addr := at.Addrs()[0].Bytes() // here: k may ask again when at is closed and has none
	someone := func(id peer.ID) *pb.Message_Peer {
		return &pb.Message_Peer{Id: []byte(id), Addrs: [][]byte{addr, []byte("junk")}}
	}
	var others []peer.ID
	for range 3 * bucketSize {
		others = append(others, test.RandPeerIDFatal(t))
	}
	k, rude := asked(t, func(me, rude peer.ID) []byte {
		peers := []*pb.Message_Peer{someone(me), someone(rude),
			{Id: []byte(test.RandPeerIDFatal(t))},                                      // without address
			{Id: []byte(test.RandPeerIDFatal(t)), Addrs: [][]byte{[]byte("nonsense")}}, // with none that is one
		}
		for _, id := range others {
			peers = append(peers, someone(id))
		}
		return frame(t, peers...)
	})
	near, err := k.Near(t.Context(), rude)
	if err != nil {
		t.Fatal(err)
	}
	var got []peer.ID
	for _, info := range near {
		got = append(got, info.ID)
		if len(info.Addrs) != 1 {
			t.Errorf("%s at %v, want the one address that is one", info.ID, info.Addrs)
		}
	}
	if !slices.Equal(got, others[:bucketSize]) {
		t.Errorf("told of %d peers: %v\nwant the first %d of %v", len(got), got, bucketSize, others)
	}
	if n := len(at.Network().Conns()); n != 0 {
		t.Errorf("the address they gave has %d connections", n)
	}
}

func TestNearFromARudePeer(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer []byte
		want   error // nil: any
	}{
		{"nothing", nil, io.EOF},
		{"half of a length", []byte{0x80}, nil},
		{"half an answer", []byte{100, 1, 2, 3}, io.ErrUnexpectedEOF},
		{"junk", append([]byte{100}, make([]byte, 100)...), nil},
		{"length 2^63-1", binary.AppendUvarint(nil, 1<<63-1), io.ErrShortBuffer},
		{"a byte above the limit", append(binary.AppendUvarint(nil, maxNear+1), make([]byte, maxNear+1)...), io.ErrShortBuffer},
	} {
		t.Run(tc.name, func(t *testing.T) {
			k, rude := asked(t, func(peer.ID, peer.ID) []byte { return tc.answer })
			near, err := k.Near(t.Context(), rude)
			if near != nil || err == nil || tc.want != nil && !errors.Is(err, tc.want) {
				t.Errorf("told of %v, error %v, want the error %v", near, err, tc.want)
			}
		})
	}
}

func TestNearFromOneWhoKnowsNobody(t *testing.T) {
	k, lonely := asked(t, func(peer.ID, peer.ID) []byte { return frame(t) })
	if near, err := k.Near(t.Context(), lonely); len(near) != 0 || err != nil {
		t.Errorf("told of %v, error %v", near, err)
	}
}

func TestNearWaitsForASilentPeerNoLongerThanItsContext(t *testing.T) {
	silent := make(chan struct{})
	k, rude := asked(t, func(peer.ID, peer.ID) []byte { <-silent; return nil })
	defer close(silent)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	near, err := k.Near(ctx, rude)
	if took := time.Since(began); err == nil || took > askTime/2 {
		t.Errorf("told of %v, error %v, after %v", near, err, took)
	}
}
