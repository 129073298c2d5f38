package store

import (
	"errors"
	"fmt"
	"path/filepath"
)

// A Reader reads a database that another process may be writing to. Its methods
// are those of Store: Tail, Front, Range, Find and Each.
type Reader struct{ reads }

// OpenReader opens the database at path. It never creates, migrates, mends or
// renames anything: one that is missing is fs.ErrNotExist, a damaged one
// ErrDamaged, one of a later version ErrNewer. Of cfg it uses Key, Verify, NoSearch
// and Log.
func OpenReader(path string, cfg Config) (*Reader, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	r := &Reader{}
	if err := r.start(path, cfg); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return r, nil
}

func (r *Reader) start(path string, cfg Config) error {
	version, err := examine(path)
	if err != nil {
		return err
	}
	if version > current.version {
		return ErrNewer
	}
	cfg = cfg.withDefaults()
	f, err := cfg.look(path, current)
	if err != nil {
		return err
	}
	if f.version < current.version {
		return errors.New("it is of an older version: start the node once, which brings it up to date")
	}
	return r.connect(path, cfg)
}

// Close waits for reads that go on.
func (r *Reader) Close() error {
	r.disconnect()
	return nil
}
