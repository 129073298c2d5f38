package kad

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
	dht "github.com/libp2p/go-libp2p-kad-dht"
	pb "github.com/libp2p/go-libp2p-kad-dht/pb"
	"github.com/libp2p/go-libp2p-kad-dht/records"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/routing"
	"github.com/multiformats/go-multihash"
)

const (
	// recordTime is how long it is remembered that somebody provided a key. Chat
	// nodes come and go, so it is short; who stays says so again every hour.
	recordTime = 3 * time.Hour

	// maxRecords bounds the providers of a key that are remembered: the newest.
	// Who asks wants a few of them, and forgers need an identity and a connection
	// for each.
	maxRecords = 64

	// maxProviders bounds the answer to a question for providers: 20 closer peers
	// and maxRecords providers with maxAddrs addresses of 50 bytes each.
	maxProviders = 96 << 10

	// askedAtOnce bounds the peers that a search asks for providers at a time.
	askedAtOnce = 4
)

// providing is how the library is made to remember providers within our
// bounds: in our store, with nothing in front of it, and without remembering
// the addresses that a provider claims.
func providing(accept func(key string) bool) []dht.Option {
	return []dht.Option{
		dht.ProviderDatastore(newStore(accept)),
		dht.ProviderManagerOpts(
			records.Cache(noCache{}),
			records.ProviderAddrTTL(0),
			records.ProvideValidity(recordTime),
		),
	}
}

// Provide tells the peers closest to a key, a multihash, that this node is to be
// found under it, for recordTime. Nobody confirms that he will remember. It takes
// 30 s at most.
func (k *Kad) Provide(ctx context.Context, key []byte) error {
	hash, err := k.hash(key)
	if err == nil {
		err = k.lookup(ctx, func(ctx context.Context) error {
			return k.dht.Provide(ctx, cid.NewCidV1(cid.Raw, hash), true)
		})
	}
	if err != nil {
		return fmt.Errorf("provide %x: %w", key, err)
	}
	return nil
}

// Providers looks for up to n peers that have provided a key, in no order, this
// node left out. It meets the peers closest to the key and asks them one after
// the other. Who they name is hearsay, and may come without addresses: then Find
// may know some. Nobody is an error only if nobody could be asked. It takes 30 s
// at most.
func (k *Kad) Providers(ctx context.Context, key []byte, n int) ([]peer.AddrInfo, error) {
	f := found{limit: n, self: k.host.ID(), peers: make(map[peer.ID]peer.AddrInfo)}
	hash, err := k.hash(key)
	if err == nil {
		err = k.lookup(ctx, func(ctx context.Context) error { return k.search(ctx, hash, &f) })
	}
	if err != nil {
		return nil, fmt.Errorf("look for providers of %x: %w", key, err)
	}
	return f.list(), nil
}

func (k *Kad) hash(key []byte) (multihash.Multihash, error) {
	if k.dht.ProviderStore() == nil {
		return nil, routing.ErrNotSupported
	}
	return multihash.Cast(key)
}

func (k *Kad) search(ctx context.Context, hash multihash.Multihash, f *found) error {
	mine, err := k.dht.ProviderStore().GetProviders(ctx, hash)
	if err != nil || f.add(mine) {
		return err
	}
	closest, err := k.dht.GetClosestPeers(ctx, string(hash))
	if len(closest) == 0 && err != nil {
		return err
	}
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	var asking sync.WaitGroup
	turns := make(chan struct{}, askedAtOnce)
	for _, p := range closest {
		turns <- struct{}{}
		asking.Go(func() { // ends with ctx, and by itself after askTime
			defer func() { <-turns }()
			if theirs, err := k.ask(ctx, p, pb.NewMessage(pb.Message_GET_PROVIDERS, hash, 0), maxProviders); err == nil {
				if f.add(infos(theirs.GetProviderPeers())) {
					enough()
				}
			}
		})
	}
	asking.Wait()
	return nil
}

// infos reads peers in an answer, no more of them than a store of ours keeps.
func infos(peers []*pb.Message_Peer) (all []peer.AddrInfo) {
	for _, info := range pb.PBPeersToPeerInfos(peers[:min(len(peers), maxRecords)]) {
		if _, err := peer.IDFromBytes([]byte(info.ID)); err == nil {
			all = append(all, peer.AddrInfo{ID: info.ID, Addrs: few(info.Addrs)})
		}
	}
	return all
}

// found collects the providers that several peers name. Safe from any goroutine.
type found struct {
	limit int
	self  peer.ID

	mu    sync.Mutex // guards peers
	peers map[peer.ID]peer.AddrInfo
}

// add takes some at random, while there is room, and says whether that is over.
func (f *found) add(some []peer.AddrInfo) (full bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, i := range rand.Perm(len(some)) {
		info := some[i]
		known, ok := f.peers[info.ID]
		if info.ID != f.self && (ok && len(known.Addrs) == 0 || !ok && len(f.peers) < f.limit) {
			f.peers[info.ID] = info
		}
	}
	return len(f.peers) >= f.limit
}

func (f *found) list() (all []peer.AddrInfo) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, info := range f.peers {
		all = append(all, info)
	}
	return all
}
