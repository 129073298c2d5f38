package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A disk is what the files of a database are like after some ops, as far as a
// power cut is concerned: what was synced is there, of everything since then any
// part may be.
type disk map[string]*platter

// A platter is one file.
type platter struct {
	there   bool     // its name is durable
	synced  []byte   // what is there for certain
	pending []op     // since then
	before  *platter // what its name stood for before it was deleted, if that is not certain
}

func (d disk) do(o op) {
	p := d[o.file]
	if p == nil {
		p = &platter{}
		d[o.file] = p
	}
	switch o.kind {
	case 'w', 't':
		p.pending = append(p.pending, o)
	case 's':
		for _, o := range p.pending {
			p.synced = o.apply(p.synced, nil)
		}
		p.pending, p.there, p.before = nil, true, nil
	case 'd':
		if p.there {
			p.before = &platter{there: true, synced: p.synced, pending: p.pending}
		}
		p.there, p.synced, p.pending = false, nil, nil
	}
}

// apply does o to b; torn, which may be nil, says which sectors get lost.
func (o op) apply(b []byte, torn func() bool) []byte {
	if o.kind == 't' {
		return append([]byte(nil), b[:min(int(o.at), len(b))]...)
	}
	b = slices.Clone(b)
	for at := 0; at < len(o.data); at += sector {
		if torn != nil && torn() {
			continue
		}
		end := min(at+sector, len(o.data))
		if need := int(o.at) + end; need > len(b) {
			b = append(b, make([]byte, need-len(b))...)
		}
		copy(b[int(o.at)+at:], o.data[at:end])
	}
	return b
}

const sector = 512

// cut is what a power cut leaves of the disk.
func (d disk) cut(rng *rand.Rand) map[string][]byte {
	left := make(map[string][]byte)
	for name, p := range d {
		if p.before != nil && rng.IntN(2) == 0 {
			p = p.before
		}
		if !p.there && (len(p.pending) == 0 || rng.IntN(2) == 0) {
			continue
		}
		left[name] = p.cut(rng)
	}
	return left
}

func (p *platter) cut(rng *rand.Rand) []byte {
	b := p.synced
	whole, none := rng.IntN(len(p.pending)+1), rng.IntN(4)
	for i, o := range p.pending {
		switch none {
		case 0: // a beginning of it, the last write torn
			if i > whole {
				return b
			}
			if i == whole {
				b = o.apply(b, func() bool { return rng.IntN(2) == 0 })
				continue
			}
			b = o.apply(b, nil)
		case 1: // any of it
			if rng.IntN(2) == 0 {
				b = o.apply(b, nil)
			}
		case 2: // any of it, torn
			b = o.apply(b, func() bool { return rng.IntN(3) == 0 })
		case 3: // all of it
			b = o.apply(b, nil)
		}
	}
	return b
}

// cuts is how many power cuts a test makes.
func cuts() int {
	if os.Getenv("TINCAN_TEST_SOAK") != "" {
		return 10_000
	}
	if raced {
		return 40
	}
	return 400
}

// quickDir is a directory in memory if there is such a thing: what is done
// thousands of times should not wait for a disk.
func quickDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "tincan-store-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func put(t testing.TB, dir string, files map[string][]byte) {
	t.Helper()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func clearDir(t testing.TB, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPowerCuts lets a store live through several lives, and then cuts the power
// at every op of them, many times over: what was reported as saved is there, the
// rest of it is there in whole transactions, and nothing is taken for damage.
func TestPowerCuts(t *testing.T) {
	const lives, writes = 4, 20
	tape := useTape(t)
	dir := quickDir(t)
	path := filepath.Join(dir, "history.db")
	cfg := Config{Key: key, vfs: tapeName, pages: 20, Saved: func(through uint64, err error) {
		if err != nil {
			t.Errorf("not saved: %v", err)
		}
		theTape.add(op{kind: 'r', n: through})
	}}
	if err := mustOpen(t, path, cfg).Close(); err != nil {
		t.Fatal(err)
	}
	begun, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w, memory := newWriting(1), NewMemory(Config{})
	states := []string{dump(t, memory)}
	tape.record(true)
	n := uint64(0)
	for range lives {
		d := mustOpen(t, path, cfg)
		for range writes {
			n++
			changes := w.transaction()
			memory.Write(n, slices.Clone(changes))
			states = append(states, dump(t, memory))
			d.Write(n, changes)
			if w.rng.IntN(3) == 0 {
				tidy(t, d) // waits for what was written, and has it indexed
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	ops := tape.record(false)
	rng := rand.New(rand.NewPCG(2, 2))
	total := cuts()
	for round := 0; total > 0; round++ {
		now := disk{"history.db": {there: true, synced: begun}}
		saved := uint64(0)
		for i, o := range ops {
			if o.kind == 'r' {
				saved = o.n
			} else {
				now.do(o)
			}
			// Every so often, so that one round of the test sees them all.
			if rng.IntN(len(ops)) >= 200 {
				continue
			}
			if total--; total == 0 {
				break
			}
			files := now.cut(rng)
			clearDir(t, dir)
			put(t, dir, files)
			if err := lives1(t, path, states, saved, cfg); err != nil {
				t.Fatalf("round %d, power cut after op %d of %d (%c %s %d): %v", round, i, len(ops), o.kind, o.file, o.at, err)
			}
		}
	}
	t.Logf("%d ops", len(ops))
}

// lives1 opens what a power cut has left, and looks whether it is one of the states
// that it may be.
func lives1(t *testing.T, path string, states []string, saved uint64, cfg Config) error {
	d, err := Open(path, Config{Key: key})
	if err != nil {
		return err
	}
	defer d.Close()
	if d.Replaced() != (Replaced{}) {
		return fmt.Errorf("taken for damaged: %v", d.Replaced())
	}
	got := dump(t, d)
	if n := d.Stats().Damaged; n > 0 {
		return fmt.Errorf("%d rows are damaged", n)
	}
	at := slices.Index(states, got)
	if at < 0 {
		return fmt.Errorf("it is in none of the states that it was in; the last one saved was %d:\n%s", saved, difference(got, states[saved]))
	}
	// The same state may have been there more than once.
	if !slices.Contains(states[saved:], got) {
		return fmt.Errorf("it is as after write %d, and %d was saved", at, saved)
	}
	return nil
}

// TestPowerCutsWhileItIsMade: there is no database, or a whole one.
func TestPowerCutsWhileItIsMade(t *testing.T) {
	tape := useTape(t)
	dir := quickDir(t)
	path := filepath.Join(dir, "history.db")
	cfg := (Config{Key: key, vfs: tapeName}).withDefaults()
	tape.record(true)
	if err := cfg.create(path, current); err != nil {
		t.Fatal(err)
	}
	ops := tape.record(false)
	made, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 3))
	now := disk{}
	for i, o := range ops {
		now.do(o)
		for range max(1, cuts()/4/len(ops)) {
			clearDir(t, dir)
			put(t, dir, now.cut(rng))
			if err := lives1(t, path, []string{dump(t, NewMemory(Config{}))}, 0, cfg); err != nil {
				t.Fatalf("power cut after op %d of %d: %v", i, len(ops), err)
			}
		}
	}
	// It gets its name after the last op, and by then all of it is durable.
	for name, p := range now {
		if name == "history.db.new" && (len(p.pending) > 0 || string(p.synced) != string(made)) {
			t.Errorf("%s is renamed before it is synced", name)
		}
		if strings.HasSuffix(name, "-wal") && p.there {
			t.Errorf("%s is left behind", name)
		}
	}
}

// old is a made-up version 0, in which rows had no texts, and how it becomes
// the current one.
var old = scheme{
	version: 0,
	create:  strings.NewReplacer(",\n\ttexts        BLOB", "", "TABLE state ", "TABLE status ", "INTO state", "INTO status").Replace(current.create),
}

var migrating = scheme{
	version: current.version,
	create:  current.create,
	migrate: map[int]func(*conn) error{0: func(c *conn) error {
		if err := c.exec("ALTER TABLE row ADD COLUMN texts BLOB"); err != nil {
			return err
		}
		return c.exec("ALTER TABLE status RENAME TO state")
	}},
}

// TestPowerCutsWhileItIsMigrated: it is of the one version or of the other, and
// whole.
func TestPowerCutsWhileItIsMigrated(t *testing.T) {
	tape := useTape(t)
	dir := quickDir(t)
	path := filepath.Join(dir, "history.db")
	cfg := (Config{Key: key, vfs: tapeName}).withDefaults()
	if err := cfg.create(path, old); err != nil {
		t.Fatal(err)
	}
	k, notes := newSealer(key), &Image{Notes: map[string][]byte{}}
	c, err := cfg.dial(path, "rw")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		n := Note{fmt.Sprint("note", i), fmt.Append(nil, "value", i)}
		notes.Notes[n.Name] = n.Value
		if err := c.exec("INSERT INTO note VALUES (?, ?, ?)", []byte(n.Name), n.Value, k.note(&n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	begun, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tape.record(true)
	d, err := open(path, cfg, migrating)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	ops := tape.record(false)
	rng := rand.New(rand.NewPCG(4, 4))
	now := disk{"history.db": {there: true, synced: begun}}
	for i, o := range ops {
		now.do(o)
		for range max(1, cuts()/4/len(ops)) {
			clearDir(t, dir)
			put(t, dir, now.cut(rng))
			d, err := open(path, Config{Key: key}, migrating)
			if err != nil {
				t.Fatalf("power cut after op %d of %d: %v", i, len(ops), err)
			}
			if d.Replaced() != (Replaced{}) {
				t.Fatalf("power cut after op %d of %d: %v", i, len(ops), d.Replaced())
			}
			image, err := d.Load(ctx)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "notes", image, notes)
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestMigrationThatFails leaves the database as it was.
func TestMigrationThatFails(t *testing.T) {
	path := filepath.Join(quickDir(t), "history.db")
	cfg := (Config{Key: key}).withDefaults()
	if err := cfg.create(path, old); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	trouble := errors.New("trouble")
	broken := migrating
	broken.migrate = map[int]func(*conn) error{0: func(c *conn) error {
		return errors.Join(c.exec("DROP TABLE note"), trouble)
	}}
	if _, err := open(path, cfg, broken); !errors.Is(err, trouble) {
		t.Errorf("opened with %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Error("the file has changed")
	}
}
