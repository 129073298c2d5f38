package floor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	_ "modernc.org/sqlite" // the driver
)

// Kept is a row of a Store: a message as it was signed, and its words.
type Kept struct {
	Number, Stamp int64
	Raw, Texts    []byte
}

// sealSize is how many bytes the product seals a row with, which a Store has to
// write too.
const sealSize = 16

// Store is SQLite as one uses it from database/sql: prepared statements and the
// settings that outlive a power cut, the table of messages with its indexes, and
// nothing else.
type Store struct {
	db     *sql.DB
	insert *sql.Stmt
	id     int64
}

// open opens a database with the settings of who writes.
func open(path, mode string) (*sql.DB, error) {
	q := url.Values{"mode": {mode}, "_pragma": {"synchronous(full)", "cache_size(-8192)", "busy_timeout(2000)"}}
	if mode == "rwc" {
		q["_pragma"] = append(q["_pragma"], "journal_mode(wal)")
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// NewStore makes a database at path with the tables of messages that the one at
// like has. Close ends it.
func NewStore(ctx context.Context, path, like string) (*Store, error) {
	scheme, err := schemeOf(ctx, like)
	if err != nil {
		return nil, fmt.Errorf("read the scheme of %s: %w", like, err)
	}
	db, err := open(path, "rwc")
	if err != nil {
		return nil, err
	}
	s := &Store{db: db}
	if _, err = db.ExecContext(ctx, scheme); err == nil {
		s.insert, err = db.PrepareContext(ctx, "INSERT INTO row VALUES (?, 1, 1, ?, ?, ?, ?, ?, 0, ?, ?, ?)")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make %s: %w", path, err), db.Close())
	}
	return s, nil
}

// schemeOf is what makes the table of messages and its indexes.
func schemeOf(ctx context.Context, path string) (string, error) {
	db, err := open(path, "ro")
	if err != nil {
		return "", err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, "SELECT sql FROM sqlite_master WHERE tbl_name = 'row' AND sql IS NOT NULL")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return "", err
		}
		all = append(all, one)
	}
	return strings.Join(all, ";\n"), rows.Err()
}

// Append commits rows in one transaction.
func (s *Store) Append(ctx context.Context, rows []Kept) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() // does nothing after Commit
	insert, seal := tx.StmtContext(ctx, s.insert), make([]byte, sealSize)
	for _, r := range rows {
		s.id++
		if _, err := insert.ExecContext(ctx, s.id, r.Number, r.Number, r.Stamp, r.Stamp, r.Number, seal, r.Raw, append(r.Texts[:len(r.Texts):len(r.Texts)], seal...)); err != nil {
			return fmt.Errorf("insert: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// Close ends the use of the database.
func (s *Store) Close() error { return errors.Join(s.insert.Close(), s.db.Close()) }

// Reader reads a database of the product's with plain queries.
type Reader struct {
	db         *sql.DB
	tail, find *sql.Stmt
}

// OpenReader opens the database at path.
func OpenReader(ctx context.Context, path string) (*Reader, error) {
	db, err := open(path, "ro")
	if err != nil {
		return nil, err
	}
	r := &Reader{db: db}
	r.tail, err = db.PrepareContext(ctx, "SELECT raw FROM row WHERE conversation = (SELECT id FROM conversation WHERE name = ?) ORDER BY top DESC LIMIT ?")
	if err == nil {
		r.find, err = db.PrepareContext(ctx, "SELECT raw FROM find CROSS JOIN row r ON r.id = find.rowid >> 8 WHERE find MATCH ? ORDER BY find.rowid DESC LIMIT ?")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), db.Close())
	}
	return r, nil
}

// Tail reads the last limit messages of a conversation and says how many there were.
func (r *Reader) Tail(ctx context.Context, conversation string, limit int) (int, error) {
	return count(r.tail.QueryContext(ctx, []byte(conversation), limit))
}

// Find reads the last limit messages that have words, of which the last may be the
// beginning of one.
func (r *Reader) Find(ctx context.Context, words string, limit int) (int, error) {
	return count(r.find.QueryContext(ctx, `"`+strings.Join(strings.Fields(words), `" AND "`)+`" *`, limit))
}

func count(rows *sql.Rows, err error) (n int, _ error) {
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for ; rows.Next(); n++ {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

// Close ends the use of the database.
func (r *Reader) Close() error { return errors.Join(r.tail.Close(), r.find.Close(), r.db.Close()) }
