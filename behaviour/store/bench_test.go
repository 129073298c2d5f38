package store

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	_ "modernc.org/sqlite"
)

// benchRow is an ordinary message: 260 bytes and ten words.
func benchRow(rng *rand.Rand, k Key, i uint64) Row {
	var words []string
	for range 10 {
		words = append(words, "word"+strconv.Itoa(int(1/(rng.Float64()+1e-5)))) // some frequent, most rare
	}
	return Row{Key: k, First: i, Last: i, Low: i << 16, Top: i << 16, At: int64(i), Raw: make([]byte, 260), Texts: []string{strings.Join(words, " ")}}
}

// rawStore is SQLite with our schema, prepared statements and settings, and nothing
// else, as one would use it from database/sql.
type rawStore struct {
	db     *sql.DB
	insert *sql.Stmt
	id     int
}

func newRaw(b *testing.B) *rawStore {
	path := filepath.Join(b.TempDir(), "raw.db")
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-8192)")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { db.Close() })
	if _, err := db.Exec(current.create); err != nil {
		b.Fatal(err)
	}
	insert, err := db.Prepare("INSERT INTO row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		b.Fatal(err)
	}
	return &rawStore{db: db, insert: insert}
}

func (r *rawStore) append(b *testing.B, rows []Row) {
	tx, err := r.db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	insert := tx.Stmt(r.insert)
	seal := make([]byte, sealSize)
	for _, row := range rows {
		r.id++
		if _, err := insert.Exec(r.id, 1, 1, int64(row.First), int64(row.Last), ordered(row.Low), ordered(row.Top), row.At, 0, seal, row.Raw, append(encodeTexts(row.Texts), seal...)); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkAppend appends batches to ours and to raw SQLite in turn, so that both
// have the same weather, and reports ours as a part of raw speed.
func BenchmarkAppend(b *testing.B) {
	for _, batch := range []int{1, 100} {
		b.Run(fmt.Sprint("batch=", batch), func(b *testing.B) {
			raw, saver := newRaw(b), newSaver()
			d := mustOpen(b, filepath.Join(b.TempDir(), "history.db"), Config{Key: key, Saved: saver.saved})
			rng := rand.New(rand.NewPCG(1, 1))
			var ours, theirs time.Duration
			i, n := uint64(0), uint64(0)
			for b.Loop() {
				rows, changes := make([]Row, batch), make([]Change, batch)
				for j := range rows {
					i++
					rows[j] = benchRow(rng, anna, i)
					changes[j] = Put{rows[j]}
				}
				n++
				begun := time.Now()
				d.Write(n, changes)
				saver.wait(n)
				ours += time.Since(begun)
				begun = time.Now()
				raw.append(b, rows)
				theirs += time.Since(begun)
			}
			b.ReportMetric(theirs.Seconds()/ours.Seconds(), "of-raw-speed")
			b.ReportMetric(float64(ours.Microseconds())/float64(i), "µs/row")
		})
	}
}

// BenchmarkMemoryWrite is what a row costs in memory.
func BenchmarkMemoryWrite(b *testing.B) {
	m := NewMemory(Config{})
	i := uint64(0)
	raw := make([]byte, 260)
	changes := make([]Change, 1)
	for b.Loop() {
		i++
		changes[0] = Put{Row{Key: anna, First: i, Last: i, Low: i, Top: i, Raw: raw}}
		m.Write(i, changes)
	}
}

// million is a database of 1,000,000 messages in 20 conversations of 50 authors,
// half of them in the lobby, with its index; made once, in a directory that the
// first benchmark that asks for it leaves to the others.
var million struct {
	sync.Once
	path string
}

const millions = 1_000_000

func needMillion(b *testing.B) string {
	b.Helper()
	million.Do(func() {
		dir := os.Getenv("TINCAN_BENCH_STORE") // keeps it for the next run
		if dir == "" {
			var err error
			if dir, err = os.MkdirTemp("", "tincan-bench-"); err != nil {
				b.Fatal(err)
			}
			cleanups = append(cleanups, func() { os.RemoveAll(dir) })
		}
		million.path = filepath.Join(dir, "history.db")
		if _, err := os.Stat(million.path); err == nil {
			return
		}
		saver := newSaver()
		d := mustOpen(b, million.path, Config{Key: key, Saved: saver.saved, Keep: Limits{Messages: -1, Bytes: -1}})
		rng, n := rand.New(rand.NewPCG(1, 1)), uint64(0)
		next := make(map[Key]uint64)
		for i := 0; i < millions; {
			var changes []Change
			for range 1000 {
				i++
				conversation := "lobby"
				if c := rng.IntN(40); c < 20 {
					conversation = fmt.Sprint("#", c)
				}
				k := log(conversation, fmt.Sprint("author", rng.IntN(50)))
				next[k]++
				r := benchRow(rng, k, uint64(i))
				r.First, r.Last = next[k], next[k]
				changes = append(changes, Put{r})
			}
			n++
			d.Write(n, changes)
			saver.wait(n)
		}
		begun := time.Now()
		tidy(b, d)
		b.Logf("indexed in %v", time.Since(begun))
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
	})
	return million.path
}

// cleanups are run when all benchmarks have.
var cleanups []func()

func rss(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip(err)
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	n, _ := strconv.Atoi(strings.Fields(after)[0])
	return float64(n) / 1024
}

func BenchmarkTailOfMillion(b *testing.B) {
	d := mustOpen(b, needMillion(b), Config{Key: key})
	const middle = millions / 2 << 16
	for _, c := range []struct {
		name  string
		w     Window
		limit int
		read  func(context.Context, string, Window, int) ([]Row, error)
	}{
		{"newest", Window{}, 1000, d.Tail},
		{"before the middle", Window{To: middle}, 1000, d.Tail},
		{"after the middle", Window{From: middle}, 1000, d.Front},
		{"100 after the middle", Window{From: middle}, 100, d.Front},
	} {
		b.Run(c.name, func(b *testing.B) {
			begun := cpuNow()
			for b.Loop() {
				rows, err := c.read(ctx, "lobby", c.w, c.limit)
				if err != nil || len(rows) < c.limit {
					b.Fatal(len(rows), err)
				}
			}
			reportCPU(b, begun)
		})
	}
}

func BenchmarkFindInMillion(b *testing.B) {
	d := mustOpen(b, needMillion(b), Config{Key: key})
	for _, words := range []string{"word1", "word7", "word77", "word777", "word7777", "word1 word77", "word", "word12345x", "wo word3"} {
		for _, conversation := range []string{"", "#3"} {
			b.Run(fmt.Sprintf("%s/in=%s", strings.ReplaceAll(words, " ", "+"), conversation), func(b *testing.B) {
				n, begun := 0, cpuNow()
				for b.Loop() {
					hits, err := d.Find(ctx, conversation, words, Cursor{}, 50)
					if err != nil {
						b.Fatal(err)
					}
					n = len(hits)
				}
				b.ReportMetric(float64(n), "hits")
				reportCPU(b, begun)
			})
		}
	}
}

// BenchmarkStartWithMillion starts after a clean end and after a kill, for which
// the mark of a clean end is taken away.
func BenchmarkStartWithMillion(b *testing.B) {
	path := needMillion(b)
	for _, clean := range []int64{1, 0} {
		b.Run(fmt.Sprint("clean=", clean), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				cfg := (Config{}).withDefaults()
				c, err := cfg.dial(path, "rw")
				if err != nil {
					b.Fatal(err)
				}
				if err := c.exec("UPDATE state SET value = ? WHERE name = 'clean'", clean); err != nil {
					b.Fatal(err)
				}
				c.close()
				runtime.GC()
				begun := cpuNow()
				b.StartTimer()
				d, err := Open(path, Config{Key: key})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := d.Load(ctx); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				b.ReportMetric(rss(b), "MiB-RSS")
				b.ReportMetric((cpuNow()-begun).Seconds()*1000, "cpu-ms")
				d.Close()
				b.StartTimer()
			}
		})
	}
}

// cpuNow is the processor time that this process has had: on a machine that others
// use too it says more than the time of day.
func cpuNow() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func reportCPU(b *testing.B, begun time.Duration) {
	b.ReportMetric((cpuNow()-begun).Seconds()*1000/float64(b.N), "cpu-ms")
}
