package kad

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"
	"github.com/libp2p/go-libp2p-kad-dht/records"
	"github.com/multiformats/go-base32"
)

// good and better are the keys that are accepted in these tests.
const good, better = "good", "better"

func accept(key string) bool { return key == good || key == better }

// at is how the manager names a record.
func at(key, peer string) datastore.Key {
	enc := base32.RawStdEncoding
	return datastore.NewKey(records.ProvidersKeyPrefix + enc.EncodeToString([]byte(key)) + "/" + enc.EncodeToString([]byte(peer)))
}

// held lists the values of a key's records, or of all when key is "".
func held(t testing.TB, s *store, key string) (values []string) {
	t.Helper()
	prefix := records.ProvidersKeyPrefix
	if key != "" {
		prefix = strings.TrimSuffix(at(key, "").String(), "/")
	}
	res, err := s.Query(context.Background(), query.Query{Prefix: prefix})
	if err != nil {
		t.Fatal(err)
	}
	all, err := res.Rest()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if v, err := s.Get(context.Background(), datastore.RawKey(e.Key)); err != nil || string(v) != string(e.Value) {
			t.Errorf("%s is listed as %q and read as %q, %v", e.Key, e.Value, v, err)
		}
		values = append(values, string(e.Value))
	}
	return values
}

func TestStore(t *testing.T) {
	type step struct {
		do        string // put or delete
		key, peer string
	}
	many := func(n int) (steps []step) {
		for i := range n {
			steps = append(steps, step{"put", good, fmt.Sprint(i)})
		}
		return steps
	}
	names := func(from, to int) (all []string) {
		for i := from; i < to; i++ {
			all = append(all, fmt.Sprint(i))
		}
		return all
	}
	for _, tc := range []struct {
		name  string
		steps []step
		good  []string // who is held for it, in order
		all   int
	}{
		{"two keys", []step{{"put", good, "a"}, {"put", better, "a"}, {"put", good, "b"}}, []string{"a", "b"}, 3},
		{"who says it again is the newest", []step{{"put", good, "a"}, {"put", good, "b"}, {"put", good, "a"}}, []string{"b", "a"}, 2},
		{"a key that nobody agreed upon", []step{{"put", "bad", "a"}, {"delete", "bad", "a"}}, nil, 0},
		{"as many as there may be", many(maxRecords), names(0, maxRecords), maxRecords},
		{"the newest push the oldest out", many(maxRecords + 3), names(3, maxRecords+3), maxRecords},
		{"deleted", append(many(3), step{"delete", good, "1"}, step{"delete", good, "7"}), []string{"0", "2"}, 2},
		{"deleted to the last", []step{{"put", good, "a"}, {"delete", good, "a"}, {"delete", good, "a"}}, nil, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(accept)
			for _, step := range tc.steps {
				var err error
				if step.do == "put" {
					err = s.Put(t.Context(), at(step.key, step.peer), []byte(step.peer))
				} else {
					err = s.Delete(t.Context(), at(step.key, step.peer))
				}
				if err != nil {
					t.Fatalf("%+v: %v", step, err)
				}
			}
			if got := held(t, s, good); !slices.Equal(got, tc.good) {
				t.Errorf("held %q, want %q", got, tc.good)
			}
			if got := held(t, s, ""); len(got) != tc.all {
				t.Errorf("held of all keys: %q, want %d", got, tc.all)
			}
		})
	}
}

func TestStoreHasNothingElse(t *testing.T) {
	s, ctx := newStore(accept), t.Context()
	name := at(good, "a")
	s.Put(ctx, name, []byte("12345"))
	for _, strange := range []datastore.Key{{}, datastore.NewKey("/"), datastore.NewKey("/values/x/y"), datastore.NewKey("/providers"),
		datastore.NewKey("/providers/x"), datastore.NewKey("/providers/x/y"), name.ChildString("z"), at("bad", "a")} {
		if err := s.Put(ctx, strange, []byte("v")); err != nil {
			t.Errorf("%s: %v", strange, err)
		}
		if ok, err := s.Has(ctx, strange); ok || err != nil {
			t.Errorf("%s is there, %v", strange, err)
		}
		if n, err := s.GetSize(ctx, strange); n != -1 || !errors.Is(err, datastore.ErrNotFound) {
			t.Errorf("%s has %d bytes, %v", strange, n, err)
		}
	}
	if n, err := s.GetSize(ctx, name); n != 5 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	if ok, err := s.Has(ctx, name); !ok || err != nil {
		t.Errorf("not there, %v", err)
	}
	if got := held(t, s, ""); len(got) != 1 {
		t.Errorf("held: %q", got)
	}
}

func TestStoreFromManyGoroutines(t *testing.T) {
	s := newStore(accept)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 200 {
				peer := fmt.Sprint(i * n % 100)
				s.Put(t.Context(), at(good, peer), []byte(peer))
				s.Delete(t.Context(), at(good, fmt.Sprint(n)))
				s.Query(t.Context(), query.Query{Prefix: records.ProvidersKeyPrefix})
			}
		})
	}
	all.Wait()
	if got := held(t, s, good); len(got) > maxRecords {
		t.Errorf("%d records", len(got))
	}
}

// FuzzStore holds the store against names of any kind, made as the manager does.
func FuzzStore(f *testing.F) {
	f.Add(at(good, "a").String())
	f.Add("/providers/ME/x/y")
	f.Add("")
	f.Add("//providers/ME//x/")
	f.Fuzz(func(t *testing.T, name string) {
		s := newStore(accept)
		s.Put(t.Context(), datastore.NewKey(name), []byte("v"))
		if got := held(t, s, ""); len(got) > 1 {
			t.Errorf("%q makes %d records", name, len(got))
		}
		s.Delete(t.Context(), datastore.NewKey(name))
		if got := held(t, s, ""); len(got) != 0 || len(s.keys) != 0 {
			t.Errorf("%q stays", name)
		}
	})
}
