package kad

import (
	"context"
	"strings"
	"sync"

	"github.com/hashicorp/golang-lru/simplelru"
	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"
	"github.com/libp2p/go-libp2p-kad-dht/records"
	"github.com/multiformats/go-base32"
)

// A store keeps the records of the library's provider manager, which has no
// bounds of its own: of keys that are accepted only, and of each the maxRecords
// newest. What is beyond is dropped without a word, so that it costs a flooder's
// victim nothing to remember and nothing to log. Safe from any goroutine.
//
// The manager names a record "/providers/<key>/<peer>", both in base32, and
// writes nothing but the time in it, newest last. It uses Put, Delete and Query.
type store struct {
	accept func(key string) bool

	mu   sync.RWMutex        // guards keys
	keys map[string][]record // oldest first, by the key as the manager spells it
}

type record struct {
	peer  string // as the manager spells it
	value []byte
}

func newStore(accept func(string) bool) *store {
	return &store{accept: accept, keys: make(map[string][]record)}
}

// split takes a record's name apart; ok says that it is one whose key is accepted.
func (s *store) split(name datastore.Key) (key, peer string, ok bool) {
	rest, ok := strings.CutPrefix(name.String(), records.ProvidersKeyPrefix)
	if !ok {
		return "", "", false
	}
	key, peer, ok = strings.Cut(rest, "/")
	if !ok || strings.Contains(peer, "/") {
		return "", "", false
	}
	raw, err := base32.RawStdEncoding.DecodeString(key)
	return key, peer, err == nil && s.accept(string(raw))
}

// Put remembers a record as the newest of its key.
func (s *store) Put(_ context.Context, name datastore.Key, value []byte) error {
	key, peer, ok := s.split(name)
	if !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := without(s.keys[key], peer)
	if len(all) >= maxRecords {
		all = without(all, all[0].peer)
	}
	s.keys[key] = append(all, record{peer, value})
	return nil
}

// Delete forgets a record.
func (s *store) Delete(_ context.Context, name datastore.Key) error {
	key, peer, ok := s.split(name)
	if !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys[key] = without(s.keys[key], peer); len(s.keys[key]) == 0 {
		delete(s.keys, key)
	}
	return nil
}

// without is all but the record of a peer, in the same array.
func without(all []record, peer string) []record {
	for i := range all {
		if all[i].peer == peer {
			return append(all[:i], all[i+1:]...)
		}
	}
	return all
}

// Query lists the records of a key, or all: what the manager asks for. Limits,
// filters and orders are not for this store.
func (s *store) Query(_ context.Context, q query.Query) (query.Results, error) {
	var all []query.Entry
	key := strings.TrimPrefix(q.Prefix+"/", records.ProvidersKeyPrefix)
	key = strings.Trim(key, "/")
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := func(key string) {
		for _, r := range s.keys[key] {
			all = append(all, query.Entry{Key: records.ProvidersKeyPrefix + key + "/" + r.peer, Value: r.value, Size: len(r.value)})
		}
	}
	if key != "" {
		list(key)
		return query.ResultsWithEntries(q, all), nil
	}
	for key := range s.keys {
		list(key)
	}
	return query.ResultsWithEntries(q, all), nil
}

// Get finds a record.
func (s *store) Get(_ context.Context, name datastore.Key) ([]byte, error) {
	key, peer, _ := s.split(name)
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, r := range s.keys[key] {
		if r.peer == peer {
			return r.value, nil
		}
	}
	return nil, datastore.ErrNotFound
}

// Has says whether a record is there.
func (s *store) Has(ctx context.Context, name datastore.Key) (bool, error) {
	_, err := s.Get(ctx, name)
	return err == nil, nil
}

// GetSize is the length of a record.
func (s *store) GetSize(ctx context.Context, name datastore.Key) (int, error) {
	value, err := s.Get(ctx, name)
	if err != nil {
		return -1, err
	}
	return len(value), nil
}

// Batch is no faster than its parts.
func (s *store) Batch(context.Context) (datastore.Batch, error) {
	return datastore.NewBasicBatch(s), nil
}

// Sync has nothing to do: records live in memory, as long as the node.
func (s *store) Sync(context.Context, datastore.Key) error { return nil }

// Close has nothing to do.
func (s *store) Close() error { return nil }

// noCache keeps the manager from keeping providers beyond the store's bounds: it
// would add them to what it had read, which would then have none.
type noCache struct{ simplelru.LRUCache }

// Add forgets at once.
func (noCache) Add(_, _ any) bool { return false }

// Get finds nothing.
func (noCache) Get(any) (any, bool) { return nil, false }
