package store

import "fmt"

// applicationID stands in the header of our databases: "tcan".
const applicationID = 0x7463616e

// A scheme is what a database looks like, and how an older one comes to look
// like that.
type scheme struct {
	version int
	create  string
	// migrate[v] turns version v into v+1, within the transaction that also says
	// so. Versions that are not in it were never released.
	migrate map[int]func(*conn) error
}

// current is the scheme of this program. See the documentation of the package for
// what the columns are and what the indexes cost.
var current = scheme{
	version: 1,
	create: `
CREATE TABLE state (
	name  TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE conversation (
	id       INTEGER PRIMARY KEY,
	name     BLOB UNIQUE,
	messages INTEGER NOT NULL,
	bytes    INTEGER NOT NULL,
	seal     BLOB NOT NULL
);
CREATE TABLE log (
	id           INTEGER PRIMARY KEY,
	conversation INTEGER NOT NULL,
	author       BLOB NOT NULL,
	log          BLOB NOT NULL,
	UNIQUE (conversation, author, log)
);
CREATE TABLE row (
	id           INTEGER PRIMARY KEY,
	log          INTEGER NOT NULL,
	conversation INTEGER NOT NULL,
	first        INTEGER NOT NULL,
	last         INTEGER NOT NULL,
	low          INTEGER NOT NULL,
	top          INTEGER NOT NULL,
	at           INTEGER NOT NULL,
	state        INTEGER NOT NULL,
	seal         BLOB NOT NULL,
	raw          BLOB NOT NULL,
	texts        BLOB
);
CREATE INDEX row_log ON row (log, first, last);
CREATE INDEX row_top ON row (conversation, top, low);
CREATE INDEX row_long ON row (conversation, top, low) WHERE top - low > 65536000;
CREATE INDEX row_open ON row (log, last) WHERE state >= 256;
CREATE TABLE head (
	log   INTEGER PRIMARY KEY,
	low   INTEGER NOT NULL,
	head  INTEGER NOT NULL,
	extra BLOB NOT NULL,
	seal  BLOB NOT NULL
);
CREATE TABLE draft (
	log  INTEGER NOT NULL,
	seq  INTEGER NOT NULL,
	raw  BLOB NOT NULL,
	seal BLOB NOT NULL,
	PRIMARY KEY (log, seq)
) WITHOUT ROWID;
CREATE TABLE note (
	name  BLOB PRIMARY KEY,
	value BLOB NOT NULL,
	seal  BLOB NOT NULL
) WITHOUT ROWID;
` + createIndex + `;
INSERT INTO state VALUES ('clean', 1), ('indexed', 0);`,
}

// createIndex makes the index of words. It has no texts of its own, nor where in a
// text a word stands; its rowids are id<<8 | which message of the row.
const createIndex = "CREATE VIRTUAL TABLE find USING fts5 (words, content='', contentless_delete=1, detail=none, tokenize='ascii')"

// longSpan is the span of stamps beyond which a row is in the index row_long: one
// second. Tail and Front look that far behind an edge for rows that reach across it.
const longSpan = 1000 << 16

// begin, commit and rollback of a transaction that writes.
func (c *conn) begin() error  { return c.exec("BEGIN IMMEDIATE") }
func (c *conn) commit() error { return c.exec("COMMIT") }

// rollback ends a transaction that has failed; SQLite may have ended it by itself.
func (c *conn) rollback() { _ = c.exec("ROLLBACK") }

// transact does all of it or nothing.
func (c *conn) transact(do func() error) error {
	if err := c.begin(); err != nil {
		return err
	}
	if err := do(); err != nil {
		c.rollback()
		return err
	}
	if err := c.commit(); err != nil {
		c.rollback()
		return err
	}
	return nil
}

// bring migrates the database to s, one transaction for each step, so that a cut
// leaves a whole version.
func (s scheme) bring(c *conn) error {
	for {
		v, err := c.number("PRAGMA user_version")
		if err != nil {
			return err
		}
		if int(v) == s.version {
			return nil
		}
		step := s.migrate[int(v)]
		if step == nil {
			return &damage{why: fmt.Sprintf("it says that it is of version %d, which never was", v)}
		}
		err = c.transact(func() error {
			if err := step(c); err != nil {
				return err
			}
			return c.script(fmt.Sprintf("PRAGMA user_version = %d", v+1))
		})
		if err != nil {
			return fmt.Errorf("bring from version %d to %d: %w", v, v+1, err)
		}
	}
}
