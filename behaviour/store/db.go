package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A DB is a Store in an SQLite database. Saved is durable: it outlives a power
// cut.
type DB struct {
	reads
	path     string
	replaced Replaced
	queue    queue
	image    atomic.Pointer[Image] // as of Open, for the first Load, until something changes

	wake    chan struct{} // of capacity 1: there is something to do
	ask     chan asked
	checked chan error    // of capacity 1: what is wrong with the structure of the file
	done    chan struct{} // closed when the writing goroutine has ended
	closing atomic.Bool

	statsMu sync.Mutex // guards stats
	stats   Stats

	// The writing goroutine's own, until done.
	w       *writer
	taken   []batch          // being saved, or to be tried again
	failing error            // why they could not be
	retry   <-chan time.Time // when they will be tried again; nil is at once
	pause   time.Duration    // before that
	over    bool             // it was told that nothing is saved any more
	why     error            // what is broken
	quiet   *time.Timer      // runs out when nothing was written for a while
	idle    bool             // it has
	asked   []asked

	once        sync.Once // guards what follows
	closed      error
	endChecking func()
}

// Replaced tells of a history file that was found damaged and set aside when the
// store was opened. It is zero if there was none.
type Replaced struct {
	Path string // where the file is kept
	Why  string
}

// Open opens the database at path, or makes one. What is no database of ours, or a
// damaged one, is set aside, and a fresh one begun: see Replaced. A database that a
// later version made is ErrNewer, a path that is no regular file ErrNotRegular;
// neither is touched. The caller sees to it that no other process opens it so.
func Open(path string, cfg Config) (*DB, error) { return open(path, cfg, current) }

func open(path string, cfg Config, s scheme) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	d := &DB{
		path: path, wake: make(chan struct{}, 1), ask: make(chan asked), checked: make(chan error, 1), done: make(chan struct{}),
		quiet: time.NewTimer(0), endChecking: func() {},
	}
	d.cfg = cfg.withDefaults()
	err = d.start(s)
	var damaged *damage
	if errors.As(err, &damaged) {
		kept, err := setAside(path, d.cfg.Now())
		if err != nil {
			return nil, fmt.Errorf("set %s aside, which is damaged: %w", path, err)
		}
		d.replaced = Replaced{kept, damaged.Error()}
		if err := d.start(s); err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
	} else if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	go d.run() // Close ends it
	return d, nil
}

// Replaced says whether Open found the file damaged.
func (d *DB) Replaced() Replaced { return d.replaced }

// start opens what is there, checks it, and leaves the connections open; its error
// is a damage if the file is at fault.
//
// Until all is found in order it reads only: a connection that may write would tidy
// up as it is closed, and the file that is set aside is to be as it was found.
func (d *DB) start(s scheme) (err error) {
	version, err := examine(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		version, err = s.version, d.cfg.create(d.path, s)
	}
	if err != nil {
		return err
	}
	if version > s.version {
		return ErrNewer
	}
	defer func() {
		if isForeign(err) {
			err = &damage{"it cannot be read", err}
		}
	}()
	found, err := d.cfg.look(d.path, s)
	if err != nil {
		return err
	}
	if found.version < s.version {
		if err := d.cfg.migrate(d.path, s); err != nil {
			return err
		}
	}
	if err := d.connect(d.path, d.cfg); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			d.disconnect()
		}
	}()
	image, err := d.load(context.Background())
	if err != nil {
		return err
	}
	c, err := d.cfg.dialWriter(d.path)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	if err := c.exec("UPDATE state SET value = 0 WHERE name = 'clean'"); err != nil {
		return err
	}
	if d.w, err = newWriter(c, &d.reads); err != nil {
		return err
	}
	d.image.Store(image)
	if !found.checked {
		d.checking()
	}
	return nil
}

// dialWriter opens the connection that writes.
func (c *Config) dialWriter(path string) (*conn, error) {
	return c.dial(path, "rw", "synchronous(full)", fmt.Sprintf("wal_autocheckpoint(%d)", c.pages),
		"journal_size_limit(16777216)", "cache_size(-8192)", "secure_delete(fast)")
}

// migrate brings an older database up to s.
func (c *Config) migrate(path string, s scheme) error {
	w, err := c.dialWriter(path)
	if err != nil {
		return err
	}
	return errors.Join(s.bring(w), w.close())
}

// found tells what look has found.
type found struct {
	version int
	checked bool // its structure is in order
}

// look reads what a database, with its write-ahead log, says of itself, and checks
// it if it is small or was not closed; it changes nothing.
func (cfg *Config) look(path string, s scheme) (f found, err error) {
	c, err := cfg.dial(path, "ro")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	id, err := c.number("PRAGMA application_id")
	if err != nil {
		return f, err
	}
	if id != applicationID {
		return f, &damage{why: "it is a database of another program"}
	}
	version, err := c.number("PRAGMA user_version")
	if err != nil {
		return f, err
	}
	if f.version = int(version); f.version > s.version {
		return f, ErrNewer
	}
	if f.version < s.version {
		f.checked = true // it is migrated, which reads it
		return f, nil
	}
	clean, err := c.number("SELECT value FROM state WHERE name = 'clean'")
	if err != nil {
		return f, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return f, err
	}
	limit := cfg.atOnce
	if f.checked = clean == 1; f.checked {
		limit /= 4 // nothing is wrong, unless the disk is
	}
	if info.Size() <= limit {
		how := "quick_check"
		if info.Size() <= cfg.atOnce/4 {
			how = "integrity_check"
		}
		err, f.checked = check(context.Background(), c, how), true
	}
	return f, err
}

// checkAtOnce is the size in bytes up to which a database that was not closed is
// checked before it is used: 64 MiB take a quarter of a second. A larger one is
// used at once, under the protection of its seals, and checked meanwhile. One that was
// closed is checked up to a quarter of that.
const checkAtOnce = 64 << 20

// check looks at the structure of the whole database: quick_check at its pages,
// integrity_check at its indexes too, which takes four times as long.
func check(ctx context.Context, c *conn, how string) error {
	return c.each(ctx, "PRAGMA "+how+"(1)", nil, func(v []driver.Value) error {
		if said := asString(v[0]); said != "ok" {
			_, found, _ := strings.Cut(said, "\n") // the first line is a heading
			return &damage{why: cmp.Or(found, said)}
		}
		return nil
	})
}
