package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		for _, clean := range cleanups {
			clean()
		}
		os.Exit(code)
	}))
}

// A saver is what tests give as Saved: it remembers, and can be waited for.
type saver struct {
	mu      sync.Mutex
	changed sync.Cond
	through uint64
	told    []error // errors, and nil when saving works again
}

func newSaver() *saver {
	s := &saver{}
	s.changed.L = &s.mu
	return s
}

func (s *saver) saved(through uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.through = through
	}
	if err != nil || len(s.told) > 0 && s.told[len(s.told)-1] != nil {
		s.told = append(s.told, err)
	}
	s.changed.Broadcast()
}

// wait waits until n is saved.
func (s *saver) wait(n uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.through < n {
		s.changed.Wait()
	}
}

// waitTold waits for n outcomes other than that all is well as before.
func (s *saver) waitTold(n int) []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.told) < n {
		s.changed.Wait()
	}
	return append([]error(nil), s.told...)
}

// A subject is a store under test, with its transactions numbered.
type subject struct {
	Store
	t     testing.TB
	saver *saver
	n     uint64
}

func (s *subject) write(changes ...Change) {
	s.n++
	s.Write(s.n, changes)
	s.saver.wait(s.n)
}

func (s *subject) load() *Image {
	image, err := s.Load(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return image
}

// tidy waits until the writer has done its chores.
func (s *subject) tidy() {
	if d, ok := s.Store.(*DB); ok {
		tidy(s.t, d)
	}
}

func tidy(t testing.TB, d *DB) {
	if err := d.await(context.Background(), d.tidy); err != nil {
		t.Fatal(err)
	}
}

var key = []byte("a key that seals what the tests keep")

// implementations are what the conformance tests run over.
var implementations = []struct {
	name string
	open func(t testing.TB, cfg Config) Store
}{
	{"memory", func(t testing.TB, cfg Config) Store { return NewMemory(cfg) }},
	{"sqlite", func(t testing.TB, cfg Config) Store {
		return mustOpen(t, filepath.Join(t.TempDir(), "history.db"), cfg)
	}},
}

func mustOpen(t testing.TB, path string, cfg Config) *DB {
	t.Helper()
	d, err := Open(path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// conform runs a test over both implementations.
func conform(t *testing.T, cfg Config, test func(t *testing.T, s *subject)) {
	for _, i := range implementations {
		t.Run(i.name, func(t *testing.T) { test(t, open1(t, i.open, cfg)) })
	}
}

func open1(t testing.TB, open func(testing.TB, Config) Store, cfg Config) *subject {
	saver := newSaver()
	cfg.Key, cfg.Saved = key, saver.saved
	s := &subject{Store: open(t, cfg), t: t, saver: saver}
	t.Cleanup(func() { s.Close() })
	return s
}

// log names a log of tests: author "anna" of "lobby" by default.
func log(conversation, author string) Key {
	return Key{conversation, author, Log{1, 2, 3, 4, 5, 6, 7, byte(len(author))}}
}

// row makes one of n messages from first on, whose stamps follow each other.
func row(k Key, first, n, stamp uint64, texts ...string) Row {
	return Row{Key: k, First: first, Last: first + n - 1, Low: stamp, Top: stamp + n - 1, At: int64(1000 + stamp),
		Raw: fmt.Appendf(nil, "%s/%s/%d+%d", k.Conversation, k.Author, first, n), Texts: texts}
}

// plain is the row as reads return it.
func plain(r Row) Row {
	r.Texts = nil
	return r
}

func plains(rows ...Row) []Row {
	var out []Row
	for _, r := range rows {
		out = append(out, plain(r))
	}
	return out
}
