package kad

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"testing"
	"time"

	"tincan/behaviour/internal/hosttest"

	pb "github.com/libp2p/go-libp2p-kad-dht/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/routing"
	"github.com/libp2p/go-libp2p/core/test"
	"github.com/libp2p/go-msgio"
	"github.com/libp2p/go-msgio/pbio"
	ma "github.com/multiformats/go-multiaddr"
	"google.golang.org/protobuf/proto"
)

// keyOf is a multihash.
func keyOf(name string) []byte {
	sum := sha256.Sum256([]byte(name))
	return append([]byte{0x12, 0x20}, sum[:]...)
}

var room = keyOf("room")

func acceptRoom(key string) bool { return key == string(room) }

// providers looks until as many as wanted are found, and returns who they are.
func providers(t *testing.T, k *Kad, want int) map[peer.ID]peer.AddrInfo {
	t.Helper()
	all := make(map[peer.ID]peer.AddrInfo)
	hosttest.Eventually(t, fmt.Sprintf("%d providers", want), func() bool {
		infos, err := k.Providers(t.Context(), room, 10)
		if err != nil {
			t.Fatal(err)
		}
		clear(all)
		for _, info := range infos {
			all[info.ID] = info
		}
		return len(all) == want
	})
	return all
}

func TestProvidersAlongAChain(t *testing.T) {
	k := chainOf(t, Config{Accept: acceptRoom})
	if got, err := k[5].Providers(t.Context(), room, 10); len(got) != 0 || err != nil {
		t.Fatalf("found %v, %v before anybody provides", got, err)
	}
	if err := k[2].Provide(t.Context(), room); err != nil {
		t.Fatal(err)
	}
	two := k[2].host
	if got := providers(t, k[5], 1)[two.ID()]; !slices.ContainsFunc(got.Addrs, two.Addrs()[0].Equal) {
		t.Errorf("found %v, want 2 at %v", got, two.Addrs())
	}
	if err := k[5].Provide(t.Context(), room); err != nil {
		t.Fatal(err)
	}
	if got := providers(t, k[2], 1); got[k[5].host.ID()].ID == "" {
		t.Errorf("2 found %v, want 5 and not itself", got)
	}
	if got := providers(t, k[3], 2); len(got) != 2 {
		t.Errorf("3 found %v", got)
	}
	one, err := k[3].Providers(t.Context(), room, 1)
	if len(one) != 1 || err != nil {
		t.Errorf("asked for one and found %v, %v", one, err)
	}
}

func TestProvideWhatIsNoKey(t *testing.T) {
	k := chainOf(t, Config{Accept: acceptRoom})
	for _, key := range [][]byte{nil, []byte("room"), room[:33]} {
		if err := k[5].Provide(t.Context(), key); err == nil {
			t.Errorf("provided %x", key)
		}
		if got, err := k[5].Providers(t.Context(), key, 1); err == nil {
			t.Errorf("%v provide %x", got, key)
		}
	}
	// A key that is none of those agreed upon is well formed, and remembered by nobody.
	other := keyOf("other")
	if err := k[5].Provide(t.Context(), other); err != nil {
		t.Error(err)
	}
	if got, err := k[4].Providers(t.Context(), other, 1); len(got) != 0 || err != nil {
		t.Errorf("%v provide what is not accepted, %v", got, err)
	}
}

func TestProvideNowhere(t *testing.T) {
	lonely := newKad(t, Config{Accept: acceptRoom})
	if err := lonely.Provide(t.Context(), room); err == nil {
		t.Error("provided in an empty network")
	}
	if got, err := lonely.Providers(t.Context(), room, 1); err == nil {
		t.Errorf("found %v in an empty network", got)
	}
	without := newKad(t, Config{})
	if err := without.Provide(t.Context(), room); !errors.Is(err, routing.ErrNotSupported) {
		t.Errorf("without records: %v", err)
	}
	if _, err := without.Providers(t.Context(), room, 1); !errors.Is(err, routing.ErrNotSupported) {
		t.Errorf("without records: %v", err)
	}
	lonely.Close()
	if err := lonely.Provide(context.Background(), room); err == nil {
		t.Error("provided after Close")
	}
}

// flood adds a peer as the provider of keys, as often as there are messages.
func flood(t *testing.T, h host.Host, victim *Kad, messages int, message func(i int) *pb.Message) {
	t.Helper()
	s := hosttest.Open(t, h, victim.host.ID(), kadID)
	s.SetDeadline(time.Now().Add(30 * time.Second))
	w := pbio.NewDelimitedWriter(s)
	for i := range messages {
		if w.WriteMsg(message(i)) != nil {
			s.Reset()
			s = hosttest.Open(t, h, victim.host.ID(), kadID)
			s.SetDeadline(time.Now().Add(30 * time.Second))
			w = pbio.NewDelimitedWriter(s)
		}
	}
	s.CloseWrite()
	io.Copy(io.Discard, s)
}

func addProvider(key []byte, id peer.ID, addrs ...ma.Multiaddr) *pb.Message {
	m := pb.NewMessage(pb.Message_ADD_PROVIDER, key, 0)
	p := &pb.Message_Peer{Id: []byte(id)}
	for _, a := range addrs {
		p.Addrs = append(p.Addrs, a.Bytes())
	}
	m.ProviderPeers = append(m.ProviderPeers, p)
	return m
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestAFloodOfProvidersCostsNothing(t *testing.T) {
	k, rude := newKad(t, Config{Accept: acceptRoom}), hosttest.New(t)
	hosttest.Connect(t, rude, k.host)
	hosttest.Eventually(t, "they know each other", func() bool { return len(k.host.Peerstore().Addrs(rude.ID())) > 0 })
	known := len(k.host.Peerstore().Addrs(rude.ID()))
	before := heap()
	const messages = 20_000
	address := func(i int) ma.Multiaddr {
		return ma.StringCast(fmt.Sprintf("/ip4/10.%d.%d.%d/tcp/1", i>>16&255, i>>8&255, i&255))
	}
	flood(t, rude, k, messages, func(i int) *pb.Message {
		key, id := keyOf(fmt.Sprint(i)), rude.ID()
		switch i % 4 {
		case 0:
			key = room
		case 1:
			id = peer.ID(fmt.Sprint("somebody else", i))
		case 2:
			key = bytes.Repeat([]byte{'/'}, 34)
		}
		return addProvider(key, id, address(2*i), address(2*i+1))
	})
	if got := len(k.host.Peerstore().Addrs(rude.ID())); got != known {
		t.Errorf("%d addresses of the flooder are believed, %d before", got, known)
	}
	if grown := int64(heap()) - int64(before); grown > 100*messages { // two addresses alone would be more
		t.Errorf("%d messages cost %d bytes", messages, grown)
	}
	infos, err := k.dht.ProviderStore().GetProviders(t.Context(), room)
	if err != nil || len(infos) != 1 || infos[0].ID != rude.ID() {
		t.Errorf("providers %v, %v, want the flooder once", infos, err)
	}
}

func TestManyPeersProvideOneKey(t *testing.T) {
	k := newKad(t, Config{Accept: acceptRoom})
	for range 2 * maxRecords {
		k.dht.ProviderStore().AddProvider(t.Context(), room, peer.AddrInfo{ID: test.RandPeerIDFatal(t)})
		infos, err := k.dht.ProviderStore().GetProviders(t.Context(), room)
		if err != nil || len(infos) > maxRecords {
			t.Fatalf("%d providers, %v", len(infos), err)
		}
	}
}

// A liar names thousands of providers, at the address of a victim.
func TestProvidersOfALiar(t *testing.T) {
	k, victim, l := newKad(t, Config{Accept: acceptRoom}), hosttest.New(t), hosttest.New(t)
	addr := victim.Addrs()[0].Bytes() // here: k may ask again when the victim is closed and has none
	asked := make(chan struct{}, 100)
	l.SetStreamHandler(kadID, func(s network.Stream) {
		defer s.Close()
		r, w := msgio.NewVarintReaderSize(s, 1<<20), msgio.NewVarintWriter(s)
		for {
			question, err := r.ReadMsg()
			if err != nil {
				return
			}
			var m pb.Message
			proto.Unmarshal(question, &m)
			if m.Type == pb.Message_GET_PROVIDERS {
				asked <- struct{}{}
				for range 500 {
					p := &pb.Message_Peer{Id: []byte(test.RandPeerIDFatal(t))}
					for range 10 {
						p.Addrs = append(p.Addrs, addr, []byte("junk"))
					}
					m.ProviderPeers = append(m.ProviderPeers, p, &pb.Message_Peer{Id: []byte("junk")}, p)
				}
				m.ProviderPeers = m.ProviderPeers[:min(len(m.ProviderPeers), 250)]
			}
			answer, _ := proto.Marshal(&m)
			if w.WriteMsg(answer) != nil {
				return
			}
		}
	})
	hosttest.Connect(t, l, k.host)
	if _, err := k.dht.RoutingTable().TryAddPeer(l.ID(), true, false); err != nil {
		t.Fatal(err)
	}
	infos, err := k.Providers(t.Context(), room, 16)
	if len(infos) == 0 || len(infos) > 16 || err != nil {
		t.Fatalf("found %d, %v", len(infos), err)
	}
	<-asked
	seen := make(map[peer.ID]bool)
	for _, info := range infos {
		seen[info.ID] = true
		if _, err := peer.IDFromBytes([]byte(info.ID)); err != nil || len(info.Addrs) > maxAddrs {
			t.Errorf("found %v", info)
		}
		if len(k.host.Peerstore().Addrs(info.ID)) > 0 {
			t.Errorf("hearsay of %s is remembered", info.ID)
		}
	}
	if len(seen) != len(infos) {
		t.Errorf("%d of %d are different: %v", len(seen), len(infos), slices.Collect(maps.Keys(seen)))
	}
	if n := len(victim.Network().Conns()); n > 0 {
		t.Errorf("the victim has %d connections", n)
	}
}
