package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A damage is why a file cannot be used.
type damage struct {
	why string
	err error // may be nil
}

func (d *damage) Error() string {
	if d.err != nil {
		return d.why + ": " + d.err.Error()
	}
	return d.why
}

func (d *damage) Unwrap() error        { return d.err }
func (d *damage) Is(target error) bool { return target == ErrDamaged }

// suffixes of the files that make up a database; suspect is a mark that damage
// was met while it was in use.
var suffixes = []string{"", "-wal", "-shm"}

const suspect = ".damaged"

// examine looks at the files of a database before SQLite does. It returns
// fs.ErrNotExist if there is none, and the version that its header claims.
//
// It must not be called while this process has the database open: closing a file
// gives up the locks that SQLite has on it.
func examine(path string) (version int, err error) {
	sizes := make(map[string]int64)
	for _, s := range suffixes {
		info, err := os.Lstat(path + s)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return 0, err
		case !info.Mode().IsRegular():
			return 0, fmt.Errorf("%s %w", path+s, ErrNotRegular)
		}
		sizes[s] = info.Size()
	}
	size, ok := sizes[""]
	if !ok {
		if sizes["-wal"] > 0 {
			return 0, &damage{why: "there is a write-ahead log without its database"}
		}
		return 0, fs.ErrNotExist
	}
	if _, err := os.Lstat(path + suspect); err == nil {
		return 0, &damage{why: "damage was met while it was in use"}
	}
	return readHeader(path, size, sizes["-wal"] > 0)
}

// pageSize is that of our databases: SQLite's own default since 2016.
const pageSize = 4096

// readHeader checks what https://www.sqlite.org/fileformat.html says of the first
// 100 bytes, as far as it tells our databases from other files.
func readHeader(path string, size int64, logged bool) (version int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var h [100]byte
	if _, err := io.ReadFull(f, h[:]); err == io.EOF || err == io.ErrUnexpectedEOF {
		return 0, &damage{why: fmt.Sprintf("it has %d bytes", size)}
	} else if err != nil {
		return 0, err
	}
	at := binary.BigEndian
	switch {
	case string(h[:16]) != "SQLite format 3\x00":
		return 0, &damage{why: "it is no database"}
	case at.Uint32(h[68:]) != applicationID:
		return 0, &damage{why: "it is a database of another program"}
	case at.Uint16(h[16:]) != pageSize || h[18] != 2 || h[19] != 2:
		return 0, &damage{why: "its header is wrong"}
	}
	if pages := int64(at.Uint32(h[28:])); !logged && size != pages*pageSize {
		return 0, &damage{why: fmt.Sprintf("it has %d bytes instead of %d", size, pages*pageSize)}
	}
	return int(at.Uint32(h[60:])), nil
}

// setAside gives the files of a database names under which they are kept, and
// returns that of the database.
func setAside(path string, now time.Time) (kept string, err error) {
	kept = path + ".bad-" + now.UTC().Format("20060102T150405Z")
	for n := 2; exists(kept); n++ {
		kept = fmt.Sprintf("%s.bad-%s-%d", path, now.UTC().Format("20060102T150405Z"), n)
	}
	// The mark comes first and goes last: if power fails in between, what is left
	// is set aside at the next start.
	mark, err := os.Create(path + suspect)
	if err != nil {
		return "", err
	}
	if err := errors.Join(mark.Close(), syncDir(path)); err != nil {
		return "", err
	}
	for _, s := range suffixes {
		if err := os.Rename(path+s, kept+s); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	if err := os.Remove(path + suspect); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return kept, syncDir(path)
}

func exists(path string) bool {
	for _, s := range suffixes {
		if _, err := os.Lstat(path + s); err == nil {
			return true
		}
	}
	return false
}

// create makes an empty database under another name first, so that there is either
// none or a whole one.
func (c *Config) create(path string, s scheme) error {
	made := path + ".new"
	for _, end := range append(suffixes, "-journal") {
		if err := os.Remove(made + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	f, err := os.OpenFile(made, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) // not whatever umask would have
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := c.fill(made, s); err != nil {
		return fmt.Errorf("create %s: %w", path, err)
	}
	if err := os.Remove(path + "-shm"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(made, path); err != nil {
		return err
	}
	return syncDir(path)
}

func (cfg *Config) fill(path string, s scheme) (err error) {
	c, err := cfg.dial(path, "rw", fmt.Sprintf("page_size(%d)", pageSize), "journal_mode(wal)", "synchronous(full)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	return c.transact(func() error {
		return c.script(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", applicationID, s.version) + s.create)
	})
}

// syncDir makes the names in the directory of path durable.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
