package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A sample is a history file as it is when the node has ended, or, with its
// write-ahead log, when it was killed; and all rows that were put into it.
type sample struct {
	db, wal []byte
	rows    map[string]bool
}

// newSample makes one of some 60 pages.
func newSample(t testing.TB, k []byte) *sample {
	dir := quickDir(t)
	path := filepath.Join(dir, "history.db")
	saver := newSaver()
	cfg := Config{Key: k, Saved: saver.saved}
	s := &sample{rows: make(map[string]bool)}
	d := mustOpen(t, path, cfg)
	sub := &subject{Store: d, t: t, saver: saver}
	write := func(from, to uint64) {
		for i := from; i <= to; i++ {
			r := row(log([]string{"lobby", "dm"}[i%2], fmt.Sprint("author", i%7)), i, 1, i, fmt.Sprint("word number ", i))
			r.Raw = append(r.Raw, bytes.Repeat([]byte{byte(i)}, 400)...)
			r.Open = i%50 == 0
			s.rows[short(r)] = true
			sub.n++
			d.Write(sub.n, []Change{Put{r}, Head{r.Key, 1, i, nil}, Draft{r.Key, i + 7, []byte("x")}})
		}
		saver.wait(sub.n)
		tidy(t, d)
	}
	write(1, 300)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	s.db = mustRead(t, path)
	d = mustOpen(t, path, cfg)
	sub.Store, sub.n = d, 0
	write(301, 340)
	// What is open may not be read by this process, see examine: another one does.
	s.wal = mustCopy(t, path+"-wal")
	return s
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mustCopy reads a write-ahead log that is in use: SQLite has no locks on it.
func mustCopy(t testing.TB, path string) []byte { return mustRead(t, path) }

// open looks at everything that is in a file that may be bad. No row may come out
// of it that was not put in, and nothing may take long.
func (s *sample) open(t *testing.T, path string, cfg Config) *DB {
	t.Helper()
	begun := time.Now()
	d, err := Open(path, cfg)
	if err != nil {
		t.Fatalf("not opened: %v", err)
	}
	t.Cleanup(func() { d.Close() })
	s.read(t, d)
	if took := time.Since(begun); took > hang {
		t.Errorf("it took %v", took)
	}
	return d
}

// hang is what no honest work takes, on however busy a machine: these files are of
// some 60 pages, and reading one takes milliseconds.
const hang = 30 * time.Second

// read reads everything; damage may be told, and wrong rows may not be there.
func (s *sample) read(t *testing.T, d *DB) (rows int) {
	t.Helper()
	check := func(what string, rows ...Row) {
		for _, r := range rows {
			if !s.rows[short(r)] {
				t.Fatalf("%s: a row that was never put: %s", what, short(r))
			}
		}
	}
	may := func(what string, err error) {
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatalf("%s: %v", what, err)
		}
	}
	image, err := d.Load(ctx)
	may("load", err)
	if err == nil {
		check("open", image.Open...)
		for _, l := range image.Logs {
			check("newest", l.Newest)
		}
	}
	may("each", d.Each(ctx, "", func(r Row) error { rows++; check("each", r); return nil }))
	var spans []Span
	for i := range 7 {
		for _, c := range []string{"lobby", "dm"} {
			tail, err := d.Tail(ctx, c, Window{To: uint64(i * 100)}, 50)
			may("tail", err)
			check("tail", tail...)
			spans = append(spans, Span{log(c, fmt.Sprint("author", i)), 1, 1000})
		}
	}
	got, _, err := d.Range(ctx, spans, 1<<20)
	may("range", err)
	check("range", got...)
	hits, err := d.Find(ctx, "", "word num", Cursor{}, 1000)
	may("find", err)
	for _, h := range hits {
		check("find", h.Row)
	}
	return rows
}

// works says whether a store can be written to and closed.
func works(t *testing.T, d *DB, saver *saver) {
	t.Helper()
	d.Write(1, []Change{Note{"a", []byte("b")}})
	saver.mu.Lock()
	for saver.through < 1 && len(saver.told) == 0 {
		saver.changed.Wait()
	}
	told := saver.told
	saver.mu.Unlock()
	if len(told) > 0 {
		t.Fatalf("what was opened cannot be written to: %v", told)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// replaced wants the file that was there under a new name, byte for byte.
func replaced(t *testing.T, d *DB, was []byte, why string) {
	t.Helper()
	r := d.Replaced()
	if !strings.Contains(r.Why, why) || r.Path == "" {
		t.Fatalf("replaced: %+v, want it because %q", r, why)
	}
	if !strings.HasPrefix(filepath.Base(r.Path), "history.db.bad-") {
		t.Errorf("kept as %s", r.Path)
	}
	if got := mustRead(t, r.Path); was != nil && !bytes.Equal(got, was) {
		t.Errorf("%s is not what was there", r.Path)
	}
}

// TestFilesThatAreNone: what is no database of ours is set aside, and a fresh one
// works.
func TestFilesThatAreNone(t *testing.T) {
	s := newSample(t, key)
	change := func(at int, b ...byte) []byte {
		db := bytes.Clone(s.db)
		copy(db[at:], b)
		return db
	}
	cases := []struct {
		name string
		db   []byte
		why  string
	}{
		{"0 bytes", []byte{}, "it has 0 bytes"},
		{"1 byte", []byte{0}, "it has 1 bytes"},
		{"99 bytes", s.db[:99], "it has 99 bytes"},
		{"junk", bytes.Repeat([]byte("junk"), 3000), "it is no database"},
		{"zeroes", make([]byte, len(s.db)), "it is no database"},
		{"another application's", change(68, 1, 2, 3, 4), "another program"},
		{"of no application", change(68, 0, 0, 0, 0), "another program"},
		{"of version 0", change(60, 0, 0, 0, 0), "never was"},
		{"with other pages", change(16, 4, 0), "header"},
		{"not with a log", change(18, 1, 1), "header"},
		{"half", s.db[:len(s.db)/8192*4096], "instead of"},
		{"with a page less in its header", change(28, 0, 0, 0, byte(len(s.db)/4096-1)), "instead of"},
		{"the first page only", s.db[:4096], "instead of"},
		{"with a schema of zeroes", change(100, make([]byte, 3996)...), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := quickDir(t)
			path := filepath.Join(dir, "history.db")
			put(t, dir, map[string][]byte{"history.db": c.db})
			saver := newSaver()
			d := s.open(t, path, Config{Key: key, Saved: saver.saved})
			replaced(t, d, c.db, c.why)
			works(t, d, saver)
		})
	}
}

// TestTruncated: at each page, closed and killed.
func TestTruncated(t *testing.T) {
	s := newSample(t, key)
	step := 4096
	if raced {
		step *= 10
	}
	for at := 0; at < len(s.db); at += step {
		for _, wal := range [][]byte{nil, s.wal} {
			func() {
				dir := quickDir(t)
				defer os.RemoveAll(dir)
				put(t, dir, map[string][]byte{"history.db": s.db[:at]})
				if wal != nil {
					put(t, dir, map[string][]byte{"history.db-wal": wal})
				}
				saver := newSaver()
				d := s.open(t, filepath.Join(dir, "history.db"), Config{Key: key, Saved: saver.saved})
				if wal == nil || d.Replaced().Path != "" {
					replaced(t, d, s.db[:at], "")
					if wal != nil && !bytes.Equal(mustRead(t, d.Replaced().Path+"-wal"), wal) {
						t.Errorf("the log of %s is not what was there", d.Replaced().Path)
					}
					works(t, d, saver)
				}
				d.Close()
			}()
		}
	}
}

// flips is how many places of a file are damaged.
func flips() int {
	if os.Getenv("TINCAN_TEST_SOAK") != "" {
		return 1000
	}
	if raced {
		return 10
	}
	return 60
}

// TestFlipped: 16 bytes wrong somewhere, or a page zeroed; closed and killed. It is
// noticed at once, or when it is met, or what is damaged is left out.
func TestFlipped(t *testing.T) {
	s := newSample(t, key)
	rng := rand.New(rand.NewPCG(5, 5))
	set, out, whole := 0, 0, 0
	for i := range flips() {
		func() {
			dir := quickDir(t)
			defer os.RemoveAll(dir)
			db, wal := bytes.Clone(s.db), bytes.Clone(s.wal)
			files := map[string][]byte{"history.db": db}
			target := db
			if i%3 > 0 {
				files["history.db-wal"] = wal
			}
			if i%3 == 2 {
				target = wal
			}
			if i%4 == 3 {
				at := rng.IntN(len(target)/4096) * 4096
				clear(target[at : at+4096])
			} else {
				at := rng.IntN(len(target) - 16)
				for j := range 16 {
					target[at+j] ^= byte(1 + rng.IntN(255))
				}
			}
			put(t, dir, files)
			saver := newSaver()
			d := s.open(t, filepath.Join(dir, "history.db"), Config{Key: key, Saved: saver.saved})
			if d.Replaced().Path != "" {
				set++
				works(t, d, saver)
			} else if d.Stats().Damaged > 0 {
				out++
			} else {
				whole++
			}
			d.Close()
		}()
	}
	t.Logf("set aside %d, damage left out %d, nothing noticed %d", set, out, whole)
}

// TestLogOfAnother: a database with the write-ahead log of another one.
func TestLogOfAnother(t *testing.T) {
	s, other := newSample(t, key), newSample(t, []byte("another key"))
	dir := quickDir(t)
	put(t, dir, map[string][]byte{"history.db": s.db, "history.db-wal": other.wal})
	saver := newSaver()
	d := s.open(t, filepath.Join(dir, "history.db"), Config{Key: key, Saved: saver.saved})
	if d.Replaced().Path == "" && d.Stats().Damaged == 0 {
		t.Error("nothing was noticed")
	}
	// A log and no database.
	dir = quickDir(t)
	put(t, dir, map[string][]byte{"history.db-wal": other.wal})
	d = s.open(t, filepath.Join(dir, "history.db"), Config{Key: key, Saved: saver.saved})
	if r := d.Replaced(); !strings.Contains(r.Why, "without its database") || !bytes.Equal(mustRead(t, r.Path+"-wal"), other.wal) {
		t.Errorf("replaced: %+v", r)
	}
	works(t, d, saver)
}

// TestNewer: a later version's file is not touched.
func TestNewer(t *testing.T) {
	s := newSample(t, key)
	newer := bytes.Clone(s.db)
	newer[63] = 2
	dir := quickDir(t)
	path := filepath.Join(dir, "history.db")
	try := func(name string, db, wal []byte) {
		t.Run(name, func(t *testing.T) {
			clearDir(t, dir)
			put(t, dir, map[string][]byte{"history.db": db})
			if wal != nil {
				put(t, dir, map[string][]byte{"history.db-wal": wal})
			}
			if _, err := Open(path, Config{Key: key}); !errors.Is(err, ErrNewer) {
				t.Fatalf("opened with %v", err)
			}
			if _, err := OpenReader(path, Config{Key: key}); !errors.Is(err, ErrNewer) {
				t.Fatalf("opened for reading with %v", err)
			}
			if !bytes.Equal(mustRead(t, path), db) || wal != nil && !bytes.Equal(mustRead(t, path+"-wal"), wal) {
				t.Error("it was touched")
			}
		})
	}
	try("in the file", newer, nil)

	// The version is in the write-ahead log only.
	clearDir(t, dir)
	put(t, dir, map[string][]byte{"history.db": s.db})
	cfg := (Config{}).withDefaults()
	c, err := cfg.dial(path, "rw", "wal_autocheckpoint(0)")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.script("PRAGMA user_version = 2"); err != nil {
		t.Fatal(err)
	}
	wal := mustCopy(t, path+"-wal")
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	try("in the log", s.db, wal)
}

// TestPathsThatAreNone: what is no regular file is refused, and left alone.
func TestPathsThatAreNone(t *testing.T) {
	s := newSample(t, key)
	for _, suffix := range suffixes {
		for name, make := range map[string]func(path string) error{
			"directory":       func(p string) error { return os.Mkdir(p, 0o700) },
			"link to zeroes":  func(p string) error { return os.Symlink("/dev/zero", p) },
			"link to nothing": func(p string) error { return os.Symlink("nothing", p) },
			"link to itself":  func(p string) error { return os.Symlink(p, p) },
			"pipe":            func(p string) error { return unix.Mkfifo(p, 0o600) },
		} {
			t.Run(name+suffix, func(t *testing.T) {
				path := filepath.Join(quickDir(t), "history.db")
				if suffix != "" {
					put(t, filepath.Dir(path), map[string][]byte{"history.db": s.db})
				}
				if err := make(path + suffix); err != nil {
					t.Skip(err)
				}
				before, _ := os.Lstat(path + suffix)
				if _, err := Open(path, Config{Key: key}); !errors.Is(err, ErrNotRegular) {
					t.Errorf("opened with %v", err)
				}
				if after, err := os.Lstat(path + suffix); err != nil || after.Mode() != before.Mode() {
					t.Errorf("it is not what it was: %v, %v", after, err)
				}
			})
		}
	}
}

// TestSparse: 100 GB of nothing take no time.
func TestSparse(t *testing.T) {
	s := newSample(t, key)
	const size = 100 << 30
	for _, begin := range [][]byte{nil, s.db[:100], s.db} {
		for _, claim := range []bool{false, true} {
			dir := quickDir(t)
			path := filepath.Join(dir, "history.db")
			begin := bytes.Clone(begin)
			if claim && begin != nil {
				copy(begin[28:], []byte{0x01, 0x90, 0, 0}) // the header says so too
			}
			put(t, dir, map[string][]byte{"history.db": begin})
			if err := os.Truncate(path, size); err != nil {
				t.Skipf("no file can be that large here: %v", err)
			}
			saver := newSaver()
			d := s.open(t, path, Config{Key: key, Saved: saver.saved})
			if d.Replaced().Path != "" {
				works(t, d, saver)
			} else {
				t.Logf("used: %d damaged", d.Stats().Damaged)
			}
			d.Close()
		}
	}
}

// TestForgedRow: rows of somebody without the key are left out, unless they are
// vouched for, and told once.
func TestForgedRow(t *testing.T) {
	path := filepath.Join(quickDir(t), "history.db")
	saver := newSaver()
	d := mustOpen(t, path, Config{Key: []byte("another key"), Saved: saver.saved})
	good, bad := row(anna, 1, 1, 10, "word"), row(anna, 2, 1, 20, "word")
	d.Write(1, []Change{Put{good}, Put{bad}, Note{"a", []byte("b")}, Head{anna, 1, 2, nil}, Draft{anna, 3, []byte("c")}})
	saver.wait(1)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	vouch := func(r Row) error {
		if string(r.Raw) != string(good.Raw) {
			return errors.New("bad signature")
		}
		return nil
	}
	d = mustOpen(t, path, Config{Key: key, Verify: vouch, Saved: saver.saved})
	for range 2 {
		image, err := d.Load(ctx)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "image", image, &Image{Notes: map[string][]byte{}, Logs: []Kept{{anna, 1, 1, plain(good)}}, Damaged: []Key{anna}})
		tail, err := d.Tail(ctx, "lobby", Window{}, 9)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "tail", tail, plains(good))
		hits, err := d.Find(ctx, "", "word", Cursor{}, 9)
		if err != nil || len(hits) != 0 {
			t.Errorf("found %v, %v: texts have no other voucher", hits, err)
		}
	}
	if n := d.Stats().Damaged; n != 5 { // row, note, head, draft, and the texts of the good row
		t.Errorf("%d damaged", n)
	}
	// The true one comes again.
	d.Write(2, []Change{Put{bad}})
	saver.wait(2)
	tail, err := d.Tail(ctx, "lobby", Window{}, 9)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "tail when it came again", tail, plains(bad, good))
}

// TestCheckedMeanwhile: a large file that was not closed is used at once. What is
// wrong with its structure is told when it is found, and the next start sets it
// aside.
func TestCheckedMeanwhile(t *testing.T) {
	s := newSample(t, key)
	found := 0
	for at := 4096; at < len(s.db); at += 4096 {
		dir := quickDir(t)
		path := filepath.Join(dir, "history.db")
		db := bytes.Clone(s.db)
		clear(db[at+16 : at+64])
		put(t, dir, map[string][]byte{"history.db": db, "history.db-wal": s.wal})
		cfg := (Config{}).withDefaults()
		c, err := cfg.dial(path, "ro")
		if err != nil {
			t.Fatal(err)
		}
		wrong := check(ctx, c, "quick_check")
		if err := c.close(); err != nil {
			t.Fatal(err)
		}
		if wrong == nil {
			continue
		}
		saver := newSaver()
		d := s.open(t, path, Config{Key: key, Saved: saver.saved, atOnce: 1})
		if d.Replaced().Path == "" { // it was not in the way of the start
			found++
			if told := saver.waitTold(1); !errors.Is(told[0], ErrDamaged) {
				t.Fatalf("told %v", told)
			}
			d.Close()
			d = s.open(t, path, Config{Key: key})
			if !strings.Contains(d.Replaced().Why, "in use") {
				t.Errorf("replaced: %+v", d.Replaced())
			}
		}
		d.Close()
	}
	if found == 0 {
		t.Error("all damage was in the way of the start")
	}
}

// FuzzOpen opens anything as a history file, reads everything, and writes.
func FuzzOpen(f *testing.F) {
	s := newSample(f, key)
	f.Add([]byte{}, []byte{})
	f.Add(s.db[:8192], []byte{})
	f.Add(s.db, s.wal)
	f.Add(s.db, s.wal[:5000])
	f.Fuzz(func(t *testing.T, db, wal []byte) {
		if len(db) > 1<<20 || len(wal) > 1<<20 {
			t.Skip("large")
		}
		dir := quickDir(t)
		files := map[string][]byte{"history.db": db}
		if len(wal) > 0 {
			files["history.db-wal"] = wal
		}
		put(t, dir, files)
		d, err := Open(filepath.Join(dir, "history.db"), Config{Key: key})
		if errors.Is(err, ErrNewer) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		s.read(t, d)
		d.Write(1, []Change{Put{row(anna, 9999, 1, 1, "word")}})
		d.Close()
	})
}
