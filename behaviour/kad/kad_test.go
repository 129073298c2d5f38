package kad

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"tincan/behaviour/internal/hosttest"

	pb "github.com/libp2p/go-libp2p-kad-dht/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/test"
	"github.com/libp2p/go-msgio"
	ma "github.com/multiformats/go-multiaddr"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	prefix = "/test"
	kadID  = prefix + "/kad/1.0.0"
)

func newKad(t testing.TB, c Config) *Kad {
	t.Helper()
	c.Prefix = prefix
	k, err := New(context.Background(), hosttest.New(t), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

// chain is 2→1, 3→1, 4→3, 5→4; index 0 is not used.
func chain(t testing.TB) []*Kad {
	t.Helper()
	return chainOf(t, Config{})
}

func chainOf(t testing.TB, c Config) []*Kad {
	t.Helper()
	k := make([]*Kad, 6)
	for n := 1; n <= 5; n++ {
		k[n] = newKad(t, c)
	}
	for _, edge := range [][2]int{{2, 1}, {3, 1}, {4, 3}, {5, 4}} {
		hosttest.Connect(t, k[edge[0]].host, k[edge[1]].host)
	}
	for n, peers := range []int{0, 2, 1, 2, 2, 1} {
		if n > 0 {
			hosttest.Eventually(t, fmt.Sprintf("%d knows its neighbours", n), func() bool { return k[n].Size() == peers })
		}
	}
	return k
}

func TestFindAlongAChain(t *testing.T) {
	k := chain(t)
	two, five := k[2].host, k[5].host
	if c := five.Network().Connectedness(two.ID()); c != network.NotConnected {
		t.Fatalf("5 and 2 are %s before", c)
	}
	if addrs := five.Peerstore().Addrs(two.ID()); len(addrs) > 0 {
		t.Fatalf("5 knows addresses of 2 before: %v", addrs)
	}
	info, err := k[5].Find(t.Context(), two.ID())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(info.Addrs, two.Addrs()[0].Equal) {
		t.Errorf("found %v, want %v", info.Addrs, two.Addrs())
	}
	if err := five.Connect(t.Context(), info); err != nil {
		t.Error(err)
	}
}

func TestFindWhoIsConnected(t *testing.T) {
	a, b := newKad(t, Config{}), hosttest.New(t) // b speaks no kad
	hosttest.Connect(t, a.host, b)
	info, err := a.Find(t.Context(), b.ID())
	if err != nil || info.ID != b.ID() || len(info.Addrs) == 0 {
		t.Errorf("found %v, error %v", info, err)
	}
}

func TestFindNobody(t *testing.T) {
	k := chain(t)
	nobody := test.RandPeerIDFatal(t)
	if info, err := k[5].Find(t.Context(), nobody); err == nil {
		t.Errorf("found %v", info)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k[5].Find(ctx, nobody); err == nil {
		t.Error("found somebody with an ended context")
	}
	lonely := newKad(t, Config{})
	if _, err := lonely.Find(t.Context(), nobody); err == nil {
		t.Error("found somebody in an empty network")
	}
}

func TestClosestMeetsEverybody(t *testing.T) {
	k := chain(t)
	peers, err := k[5].Closest(t.Context())
	if err != nil || len(peers) != 4 {
		t.Errorf("met %d peers, error %v, want 4", len(peers), err)
	}
	hosttest.Eventually(t, "all are in the table", func() bool { return k[5].Size() == 4 })
}

func TestRefreshMeetsEverybody(t *testing.T) {
	one := newKad(t, Config{Refresh: true})
	bootstrap := func() []peer.AddrInfo {
		return []peer.AddrInfo{{ID: one.host.ID(), Addrs: one.host.Addrs()}}
	}
	var all []*Kad
	for range 3 {
		k := newKad(t, Config{Refresh: true, Bootstrap: bootstrap})
		hosttest.Connect(t, k.host, one.host)
		all = append(all, k)
	}
	for _, k := range all {
		hosttest.Eventually(t, "the table is full", func() bool { return k.Size() == 3 })
	}
}

func TestOtherNetworksAreStrangers(t *testing.T) {
	a := newKad(t, Config{})
	other, err := New(t.Context(), hosttest.New(t), Config{Prefix: "/other"})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	same := newKad(t, Config{})
	hosttest.Connect(t, a.host, other.host)
	hosttest.Connect(t, a.host, same.host)
	hosttest.Eventually(t, "the one of our network is known", func() bool { return a.Size() == 1 })
	if other.Size() != 0 {
		t.Error("the other one knows us")
	}
}

func TestCloseEndsALookup(t *testing.T) {
	a, asked := newKad(t, Config{}), make(chan struct{}, 16)
	silent := hosttest.New(t)
	silent.SetStreamHandler(kadID, func(s network.Stream) { asked <- struct{}{} })
	hosttest.Connect(t, a.host, silent)
	// A peer is taken into the table once it has answered; this one never does,
	// so it is put there by hand.
	if _, err := a.dht.RoutingTable().TryAddPeer(silent.ID(), true, false); err != nil {
		t.Fatal(err)
	}
	result := make(chan error)
	go func() {
		_, err := a.Find(context.Background(), test.RandPeerIDFatal(t))
		result <- err
	}()
	<-asked
	begin := time.Now()
	a.Close()
	if err := <-result; err == nil || time.Since(begin) > 2*time.Second {
		t.Errorf("error %v after %s", err, time.Since(begin))
	}
	if _, err := a.Find(t.Context(), silent.ID()); err != nil && a.host.Network().Connectedness(silent.ID()) == network.Connected {
		t.Errorf("a connected peer is not found after Close: %v", err)
	}
	if _, err := a.Closest(t.Context()); err == nil {
		t.Error("a lookup after Close went well")
	}
}

func TestRudeBytes(t *testing.T) {
	k := chain(t)
	flood, err := proto.Marshal(&pb.Message{Type: pb.Message_PUT_VALUE, Key: make([]byte, 1<<20)})
	if err != nil {
		t.Fatal(err)
	}
	for name, bytes := range map[string][]byte{
		"length 2^63-1":     binary.AppendUvarint(nil, 1<<63-1),
		"above the size":    binary.AppendUvarint(nil, network.MessageSizeMax+1),
		"junk":              append([]byte{100}, make([]byte, 100)...),
		"half a message":    {100, 1, 2, 3},
		"something to keep": append(binary.AppendUvarint(nil, uint64(len(flood))), flood...),
	} {
		t.Run(name, func(t *testing.T) {
			h := hosttest.New(t)
			hosttest.Connect(t, h, k[3].host)
			for range 10 {
				s := hosttest.Open(t, h, k[3].host.ID(), kadID)
				s.SetDeadline(time.Now().Add(2 * time.Second))
				s.Write(bytes)
				s.CloseWrite()
				io.Copy(io.Discard, s)
				s.Reset()
			}
		})
	}
	if _, err := k[5].Find(t.Context(), k[2].host.ID()); err != nil {
		t.Errorf("a good peer afterwards: %v", err)
	}
}

// liar answers every question with peers that do not exist, at the address of a
// victim, and far too many of them.
func liar(t *testing.T, victim ma.Multiaddr) (h host.Host, asked *atomic.Int32) {
	h, asked = hosttest.New(t), new(atomic.Int32)
	h.SetStreamHandler(kadID, func(s network.Stream) {
		defer s.Close()
		r, w := msgio.NewVarintReaderSize(s, 1<<20), msgio.NewVarintWriter(s)
		for {
			question, err := r.ReadMsg()
			if err != nil {
				return
			}
			asked.Add(1)
			var m pb.Message
			proto.Unmarshal(question, &m)
			m.CloserPeers = nil
			for range 200 {
				p := &pb.Message_Peer{Id: []byte(test.RandPeerIDFatal(t))}
				for range 100 {
					p.Addrs = append(p.Addrs, victim.Bytes())
				}
				p.Addrs = append(p.Addrs, []byte("junk"))
				m.CloserPeers = append(m.CloserPeers, p)
			}
			m.CloserPeers = append(m.CloserPeers, &pb.Message_Peer{Id: []byte("junk")})
			answer, _ := proto.Marshal(&m)
			if w.WriteMsg(answer) != nil {
				return
			}
		}
	})
	return h, asked
}

func TestALiarIsNotTheOnlyOneAsked(t *testing.T) {
	k := chain(t)
	victim := hosttest.New(t)
	l, asked := liar(t, victim.Addrs()[0])
	hosttest.Connect(t, l, k[5].host)
	hosttest.Eventually(t, "the liar is in the table", func() bool { return k[5].Size() == 2 })
	info, err := k[5].Find(t.Context(), k[2].host.ID())
	if err != nil || len(info.Addrs) == 0 {
		t.Errorf("found %v, error %v", info, err)
	}
	if asked.Load() == 0 {
		t.Error("the liar was never asked")
	}
	lies := 0
	for _, p := range k[5].host.Peerstore().PeersWithAddrs() {
		n := len(k[5].host.Peerstore().Addrs(p))
		if n > maxAddrs {
			t.Errorf("%d addresses of one peer are believed", n)
		}
		lies++
	}
	if lies > 500 {
		t.Errorf("addresses of %d peers are believed", lies)
	}
	if n := len(victim.Network().Conns()); n > 0 {
		t.Errorf("the victim has %d connections", n)
	}
}

// A client is found through those that it is connected to, and not asked.
func TestAClientIsFoundAndNotAsked(t *testing.T) {
	a, b, c := newKad(t, Config{}), newKad(t, Config{}), newKad(t, Config{Client: true})
	hosttest.Connect(t, a.host, b.host)
	hosttest.Connect(t, c.host, b.host)
	hosttest.Eventually(t, "the servers know each other, and the client them", func() bool { return a.Size() == 1 && c.Size() == 1 })
	info, err := a.Find(t.Context(), c.host.ID())
	if err != nil || len(info.Addrs) == 0 {
		t.Fatalf("found %v, %v", info, err)
	}
	if b.Size() != 1 {
		t.Errorf("%d peers in the table, want the server alone", b.Size())
	}
}

func TestWhoWaitsBehindARelayIsNotAsked(t *testing.T) {
	h, other := hosttest.New(t), hosttest.New(t)
	hosttest.Connect(t, h, other)
	stranger, err := test.RandPeerID()
	if err != nil {
		t.Fatal(err)
	}
	at := ma.StringCast("/ip4/192.0.2.1/tcp/1")
	circuit := at.Encapsulate(ma.StringCast("/p2p/" + other.ID().String() + "/p2p-circuit"))
	for _, c := range []struct {
		name  string
		peer  peer.ID
		addrs []ma.Multiaddr
		want  bool
	}{
		{"who is connected", other.ID(), nil, true},
		{"who has an address", stranger, []ma.Multiaddr{circuit, at}, true},
		{"who is behind a relay", stranger, []ma.Multiaddr{circuit}, false},
		{"who has none", stranger, nil, false},
	} {
		if got := direct(h, peer.AddrInfo{ID: c.peer, Addrs: c.addrs}); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
