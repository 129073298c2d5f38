package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// retries lets a test say when saving is tried again, and see after what pause it
// would have been.
type retries struct {
	pauses chan time.Duration
	again  chan time.Time
}

func newRetries() *retries {
	return &retries{make(chan time.Duration, 100), make(chan time.Time)}
}

func (r *retries) after(d time.Duration) <-chan time.Time {
	r.pauses <- d
	return r.again
}

// failing opens a store whose disk fails as asked.
func failing(t *testing.T) (*subject, *tape, *retries) {
	tape, saver, r := useTape(t), newSaver(), newRetries()
	cfg := Config{Key: key, Saved: saver.saved, vfs: tapeName, after: r.after}
	d := mustOpen(t, filepath.Join(t.TempDir(), "history.db"), cfg)
	t.Cleanup(func() { tape.fail(nil) }) // before d is closed
	return &subject{Store: d, t: t, saver: saver}, tape, r
}

func TestDiskFails(t *testing.T) {
	cases := []struct {
		name string
		kind byte
		code int32
	}{
		{"full", 'w', sqlite3.SQLITE_FULL},
		{"broken when writing", 'w', sqlite3.SQLITE_IOERR_WRITE},
		{"broken when syncing", 's', sqlite3.SQLITE_IOERR_FSYNC},
		{"away", 'w', sqlite3.SQLITE_IOERR},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, tape, r := failing(t)
			s.write(Put{row(anna, 1, 1, 1, "one")})
			tape.fail(func(o op) int32 {
				if o.kind == c.kind {
					return c.code
				}
				return 0
			})
			s.Write(2, []Change{Put{row(anna, 2, 1, 2, "two")}})
			if told := s.saver.waitTold(1); told[0] == nil || errors.Is(told[0], ErrGivenUp) {
				t.Fatalf("told %v", told)
			}
			s.Write(3, []Change{Put{row(anna, 3, 1, 3, "three")}, Draft{anna, 4, nil}})
			var pauses []time.Duration
			for range 7 {
				pauses = append(pauses, <-r.pauses)
				if len(pauses) == 7 {
					tape.fail(nil)
				}
				r.again <- time.Time{}
			}
			equal(t, "pauses", fmt.Sprint(pauses), "[1s 2s 4s 8s 16s 30s 30s]")
			s.saver.wait(3)
			if told := s.saver.waitTold(2); len(told) != 2 || told[1] != nil {
				t.Errorf("told %v, want trouble once and its end once", told)
			}
			if stats := s.Stats(); stats.Failing != nil || stats.Queued != 0 || stats.QueuedBytes != 0 || stats.Through != 3 {
				t.Errorf("stats %+v", stats)
			}
			rows, _, err := s.Range(ctx, []Span{{anna, 1, 9}}, 1<<20)
			if err != nil || len(rows) != 3 {
				t.Errorf("%d rows, %v", len(rows), err)
			}
			s.tidy()
			hits, err := s.Find(ctx, "", "t", Cursor{}, 9)
			if err != nil || len(hits) != 2 {
				t.Errorf("%d hits, %v", len(hits), err)
			}
		})
	}
}

// TestChoresFail: what can wait fails silently, and is done later.
func TestChoresFail(t *testing.T) {
	s, tape, _ := failing(t)
	s.write(Put{row(anna, 1, 1, 1, "one")})
	tape.fail(func(o op) int32 { return sqlite3.SQLITE_FULL })
	if err := s.Store.(*DB).await(ctx, s.Store.(*DB).tidy); err == nil {
		t.Error("indexed on a full disk")
	}
	tape.fail(nil)
	s.write(Put{row(anna, 2, 1, 2, "one")})
	s.tidy()
	hits, err := s.Find(ctx, "", "one", Cursor{}, 9)
	if err != nil || len(hits) != 2 || len(s.saver.told) != 0 {
		t.Errorf("%d hits, %v, told %v", len(hits), err, s.saver.told)
	}
}

func TestGivesUp(t *testing.T) {
	s, tape, r := failing(t)
	s.write(Put{row(anna, 1, 1, 1)})
	tape.fail(func(o op) int32 { return sqlite3.SQLITE_FULL })
	big := row(anna, 2, 1, 2)
	big.Raw = make([]byte, 1<<20)
	s.Write(2, []Change{Put{big}})
	s.saver.waitTold(1)
	n := uint64(2)
	for range maxUnsaved>>20 - 1 {
		n++
		s.Write(n, []Change{Put{big}})
	}
	told := s.saver.waitTold(2)
	if told[0] == nil || !errors.Is(told[1], ErrGivenUp) {
		t.Fatalf("told %v", told)
	}
	<-r.pauses
	tape.fail(nil) // too late
	s.Write(n+1, []Change{Put{row(anna, 3, 1, 3)}})
	if stats := s.Stats(); !errors.Is(stats.Failing, ErrGivenUp) || stats.QueuedBytes != 0 {
		t.Errorf("stats %+v", stats)
	}
	if rows, _, err := s.Range(ctx, []Span{{anna, 1, 9}}, 1<<30); err != nil || len(rows) != 1 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if err := s.Close(); !errors.Is(err, ErrGivenUp) || !strings.Contains(err.Error(), fmt.Sprint(maxUnsaved>>20+1, " changes")) {
		t.Errorf("closed with %v", err)
	}
	if s.saver.through != 1 || len(s.saver.told) != 2 {
		t.Errorf("saved through %d, told %v", s.saver.through, s.saver.told)
	}
}

// TestCloseWhileFailing tries once more, and says what was lost.
func TestCloseWhileFailing(t *testing.T) {
	s, tape, _ := failing(t)
	tape.fail(func(o op) int32 { return sqlite3.SQLITE_FULL })
	s.Write(1, []Change{Put{row(anna, 1, 1, 1)}})
	s.saver.waitTold(1)
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "1 changes") {
		t.Errorf("closed with %v", err)
	}
	s, tape, _ = failing(t)
	tape.fail(func(o op) int32 { return sqlite3.SQLITE_FULL })
	s.Write(1, []Change{Put{row(anna, 1, 1, 1)}})
	s.saver.waitTold(1)
	tape.fail(nil)
	if err := s.Close(); err != nil || s.saver.through != 1 {
		t.Errorf("closed with %v, saved through %d", err, s.saver.through)
	}
}

// TestDamageWhileRunning: it is told, and the next start sets the file aside.
func TestDamageWhileRunning(t *testing.T) {
	s, tape, _ := failing(t)
	s.write(Put{row(anna, 1, 1, 1)})
	path := s.Store.(*DB).path
	tape.fail(func(o op) int32 { return sqlite3.SQLITE_CORRUPT })
	s.Write(2, []Change{Put{row(anna, 2, 1, 2)}})
	if told := s.saver.waitTold(1); !errors.Is(told[0], ErrDamaged) {
		t.Fatalf("told %v", told)
	}
	s.Write(3, nil)
	tape.fail(nil)
	if err := s.Close(); !errors.Is(err, ErrDamaged) {
		t.Errorf("closed with %v", err)
	}
	saver := newSaver()
	d := mustOpen(t, path, Config{Key: key, Saved: saver.saved})
	if !strings.Contains(d.Replaced().Why, "while it was in use") {
		t.Errorf("replaced: %+v", d.Replaced())
	}
	works(t, d, saver)
	if r := mustOpen(t, path, Config{Key: key}).Replaced(); r != (Replaced{}) {
		t.Errorf("replaced again: %+v", r)
	}
}

// TestReadsEnd: a read that nobody waits for any more stops.
func TestReadsEnd(t *testing.T) {
	conform(t, Config{}, func(t *testing.T, s *subject) {
		s.write(Put{row(anna, 1, 1, 1, "one")})
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := s.Tail(ended, "lobby", Window{}, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("tail: %v", err)
		}
		if _, err := s.Find(ended, "", "one", Cursor{}, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("find: %v", err)
		}
		if _, err := s.Purge(ended, "", time.Now()); !errors.Is(err, context.Canceled) {
			t.Errorf("purge: %v", err)
		}
	})
}
