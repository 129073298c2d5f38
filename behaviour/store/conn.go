package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// A conn is one connection to a database, with its prepared statements. It goes
// to the driver without the pool of database/sql: who has which connection when is
// the point of this package. It is for one goroutine at a time.
type conn struct {
	raw        driver.Conn
	statements map[string]driver.Stmt
	args       []driver.NamedValue
}

// dial opens a database that is there; mode is "rw" or "ro". The pragmas are those
// of every connection: see that pages are as they must be, and let a file have no
// say in what is run.
func (c *Config) dial(path, mode string, pragmas ...string) (*conn, error) {
	q := url.Values{"mode": {mode}, "_defensive": {"1"}}
	if c.vfs != "" {
		q.Set("vfs", c.vfs)
	}
	q["_pragma"] = append([]string{"busy_timeout(2000)", "trusted_schema(0)", "cell_size_check(1)", "temp_store(2)"}, pragmas...)
	connector, err := sqlite.NewConnector("file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode())
	if err != nil {
		return nil, err
	}
	raw, err := connector.Connect(context.Background())
	if err != nil {
		return nil, err
	}
	return &conn{raw: raw, statements: make(map[string]driver.Stmt)}, nil
}

func (c *conn) close() error {
	for _, s := range c.statements {
		s.Close()
	}
	return c.raw.Close()
}

func (c *conn) prepare(query string) (driver.Stmt, error) {
	if s := c.statements[query]; s != nil {
		return s, nil
	}
	s, err := c.raw.Prepare(query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name(query), err)
	}
	if len(c.statements) < maxStatements {
		c.statements[query] = s
		return s, nil
	}
	return nil, errors.Join(errors.New("too many statements"), s.Close())
}

func (c *conn) named(args []driver.Value) []driver.NamedValue {
	c.args = c.args[:0]
	for i, a := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return c.args
}

// exec runs a statement that returns nothing.
func (c *conn) exec(query string, args ...driver.Value) error {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	if _, err := s.(driver.StmtExecContext).ExecContext(context.Background(), c.named(args)); err != nil {
		return fmt.Errorf("%s: %w", name(query), err)
	}
	return nil
}

// script runs statements that are needed once.
func (c *conn) script(queries string) error {
	_, err := c.raw.(driver.ExecerContext).ExecContext(context.Background(), queries, nil)
	return err
}

// errEnough ends each early, without an error.
var errEnough = errors.New("enough")

// each calls do with every row that the query returns; values are good during
// the call, bytes for ever.
func (c *conn) each(ctx context.Context, query string, args []driver.Value, do func(v []driver.Value) error) (err error) {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(ctx, c.named(args))
	if err != nil {
		return fmt.Errorf("%s: %w", name(query), err)
	}
	defer func() {
		if e := rows.Close(); err == nil && e != nil {
			err = e
		}
	}()
	values := make([]driver.Value, len(rows.Columns()))
	for {
		if err := rows.Next(values); err == io.EOF {
			return nil
		} else if err != nil {
			return errors.Join(ctx.Err(), fmt.Errorf("%s: %w", name(query), err))
		}
		if err := do(values); err == errEnough {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// number returns the number that the query returns, 0 for none.
func (c *conn) number(query string, args ...driver.Value) (n int64, err error) {
	err = c.each(context.Background(), query, args, func(v []driver.Value) error {
		n = asInt(v[0])
		return errEnough
	})
	return n, err
}

// name is the beginning of a query, for errors.
func name(query string) string {
	words := strings.Fields(query)
	return strings.TrimRight(strings.Join(words[:min(3, len(words))], " "), ",(")
}

// asInt and asBytes take what a column holds. A damaged file may hold anything
// anywhere: what is of the wrong type is as good as empty, and the seal will tell.
func asInt(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}

func asBytes(v driver.Value) []byte {
	switch v := v.(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	}
	return nil
}

// notNil and orNil are how empty bytes come back: of rows and notes as empty, of
// heads and drafts as nil.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func orNil(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

func asString(v driver.Value) string {
	switch v := v.(type) {
	case []byte:
		return string(v)
	case string:
		return v
	}
	return ""
}

// isDamage says whether an error means that the file is broken, as opposed to
// the disk being full, or away, or not ours to write.
func isDamage(err error) bool {
	code, ok := codeOf(err)
	return ok && (code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB || code == sqlite3.SQLITE_CONSTRAINT)
}

// isForeign says the same of one that was not used yet: then a table that is not
// there is the file's fault, and later it would be ours.
func isForeign(err error) bool {
	code, ok := codeOf(err)
	return isDamage(err) || ok && (code == sqlite3.SQLITE_ERROR || code == sqlite3.SQLITE_FORMAT ||
		code == sqlite3.SQLITE_MISMATCH || code == sqlite3.SQLITE_SCHEMA)
}

// codeOf is the primary result code of SQLite in err.
func codeOf(err error) (code int, ok bool) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	return e.Code() & 0xff, true
}
