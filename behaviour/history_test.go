package behaviour

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tincan/behaviour/chat"
)

// The loop is told the last of what the store said, and the store never waits for it.
func TestSavedIsTheLast(t *testing.T) {
	t.Parallel()
	h := &History{events: make(chan chat.Event, 1)}
	next := func() chat.Event {
		select {
		case ev := <-h.Saved():
			return ev
		default:
			return nil
		}
	}
	h.saved(1, nil)
	h.saved(4, nil)
	if ev := next(); ev != (chat.Saved{Through: 4}) {
		t.Errorf("after two: %+v", ev)
	}
	if ev := next(); ev != nil {
		t.Errorf("and then %+v", ev)
	}
	h.saved(5, nil)
	h.saved(7, errors.New("no room"))
	if ev := next(); ev != (chat.Saved{Through: 7, Err: "no room"}) {
		t.Errorf("failing: %+v", ev)
	}
	h.saved(7, nil)
	if ev := next(); ev != (chat.Saved{Through: 7}) {
		t.Errorf("saving again: %+v", ev)
	}
}

// Nobody waits for a history that ends with the node.
func TestMemoryIsNotDurable(t *testing.T) {
	t.Parallel()
	h := inMemory(t)
	defer h.Close()
	if h.Durable() || h.Saved() != nil {
		t.Error("a history in memory says that it is durable")
	}
}

// alter changes the database of a history that is closed.
func alter(t *testing.T, path, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r, err := db.Exec(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s: %d rows, %v", query, n, err)
	}
}

// What was altered on disk is never believed: what is signed may prove itself, the
// rest is gone, and its owner knows.
func TestAlteredHistory(t *testing.T) {
	t.Parallel()
	const flipped = "substr(raw, 1, length(raw) - 70) || x'00' || substr(raw, length(raw) - 68)" // in the last text
	lobby, session := chat.Lobby, chat.SessionID{1}.Conversation()
	for _, c := range []struct {
		name, query string
		lobby       int    // how many of the 3 messages in the lobby are left
		session     int    // of 1 in the session
		head        uint64 // of this node's log in the lobby
		damaged     bool   // that log
		notice      string // how it begins
	}{
		{name: "nothing", query: "UPDATE state SET value = value", lobby: 3, session: 1, head: 2},
		{name: "a seal of what is signed", query: "UPDATE row SET seal = zeroblob(16) WHERE first = 2", lobby: 3, session: 1, head: 2},
		{name: "when it was kept", query: "UPDATE row SET at = at + 1 WHERE first = 2", lobby: 3, session: 1, head: 2},
		{name: "its number", query: "UPDATE row SET first = 3, last = 3 WHERE first = 2", lobby: 2, session: 1, head: 1, damaged: true, notice: "1 entry of"},
		{name: "its text", query: "UPDATE row SET raw = " + flipped + " WHERE first = 2", lobby: 2, session: 1, head: 1, damaged: true, notice: "1 entry of"},
		{name: "an earlier text", query: "UPDATE row SET raw = " + flipped + " WHERE id = (SELECT min(id) FROM row)", lobby: 2, session: 1, head: 2},
		{name: "whose it is", query: "UPDATE log SET author = CAST('somebody else' AS BLOB) WHERE id = 1", lobby: 1, session: 1, notice: "2 entries of"},
		{name: "where it was said", query: "UPDATE conversation SET name = CAST('#go' || 'x' AS BLOB) WHERE name = CAST('lobby' AS BLOB)", session: 1, notice: "3 entries of"},
		{name: "a seal of what nobody signed", query: "UPDATE row SET seal = zeroblob(16) WHERE conversation = (SELECT id FROM conversation WHERE name = CAST('" + string(session) + "' AS BLOB))", lobby: 3, head: 2, notice: "1 entry of"},
		{name: "a note", query: "UPDATE note SET value = x'00'", lobby: 3, session: 1, head: 2, notice: "1 entry of"},
		{name: "a mark", query: "UPDATE head SET head = 9", lobby: 3, session: 1, head: 2, notice: "1 entry of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "history.db")
			h := onDisk(t, path)
			l := newLife(t, 8)
			me, other := chat.LogKey{Author: l.by[0].ID()}, chat.LogKey{Author: l.by[1].ID()}
			m := chat.Message{Kind: chat.Text, Stamp: 7, Body: "between us"}
			h.saves(t, 1,
				chat.Kept{Envelope: l.envelope(lobby, l.by[0], me, 1, 1, strings.Repeat("x", 99)), At: l.now},
				chat.Kept{Envelope: l.envelope(lobby, l.by[0], me, 2, 1, strings.Repeat("y", 99)), At: l.now},
				chat.Kept{Envelope: l.envelope(lobby, l.by[1], other, 1, 1, strings.Repeat("z", 99)), At: l.now},
				chat.Recorded{ID: chat.MessageID{Conversation: session, Ref: chat.Ref{LogKey: other, Seq: 1}}, Message: &m, At: l.now},
				chat.Moved{Conversation: "#go", LogMark: chat.LogMark{LogKey: other, Head: 3}},
				chat.Noted{Name: "life", Value: []byte("mine")})
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			alter(t, path, c.query)
			h = onDisk(t, path)
			defer h.Close()
			past := pastOf(t, h)
			mine := new(chat.PastLog)
			if r := past.Rooms[lobby]; r != nil && r.Logs[me] != nil {
				mine = r.Logs[me]
			}
			if mine.Head != c.head || mine.Damaged != c.damaged {
				t.Errorf("the log of this node: head %d, damaged %v; want %d, %v", mine.Head, mine.Damaged, c.head, c.damaged)
			}
			if n := h.Notices(); c.notice == "" && len(n) != 0 || c.notice != "" && (len(n) != 1 || !strings.HasPrefix(n[0], c.notice)) {
				t.Errorf("notices %q, want one that begins with %q", n, c.notice)
			}
			for conv, want := range map[chat.Conversation]int{lobby: c.lobby, session: c.session} {
				got, err := h.Recall(t.Context(), chat.Recall{Conversation: conv, Limit: 10})
				if err != nil || len(got.Items) != want {
					t.Errorf("%s has %d messages, %v; want %d", conv, len(got.Items), err, want)
				}
				for _, m := range got.Items {
					if b := strings.Trim(m.Body, "0123456789"); b != "between us" && strings.Trim(b, "x") != "" && strings.Trim(b, "y") != "" && strings.Trim(b, "z") != "" {
						t.Errorf("what nobody said: %q", m.Body)
					}
				}
			}
		})
	}
}

// With another identity's file, only what is signed and public is believed.
func TestHistoryOfAnotherIdentity(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history.db")
	l := newLife(t, 9)
	theirs, err := OpenHistory(path, HistoryConfig{Network: "test", Key: keyNo(t, 2)})
	if err != nil {
		t.Fatal(err)
	}
	key := chat.LogKey{Author: l.by[1].ID()}
	theirs.saves(t, 1,
		chat.Kept{Envelope: l.envelope(chat.Lobby, l.by[1], key, 1, 1, "public "), At: l.now},
		chat.Kept{Envelope: l.envelope(chat.DirectWith(l.by[1].ID(), l.by[2].ID()), l.by[1], key, 1, 1, "secret "), At: l.now, Open: true},
		chat.Noted{Name: "life", Value: []byte("theirs")})
	if err := theirs.Close(); err != nil {
		t.Fatal(err)
	}
	h := onDisk(t, path)
	defer h.Close()
	past := pastOf(t, h)
	if len(past.Rooms) != 1 || past.Rooms[chat.Lobby] == nil || len(past.Notes) != 0 {
		t.Errorf("the past is\n%s", described(past))
	}
}

func TestFilesThatAreNotTouched(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "directory"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenHistory(filepath.Join(dir, "directory"), HistoryConfig{Network: "test", Key: keyNo(t, 1)}); !errors.Is(err, ErrNotRegular) {
		t.Errorf("a directory: %v", err)
	}
	path := filepath.Join(dir, "history.db")
	if err := onDisk(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	alterVersion(t, path)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenHistory(path, HistoryConfig{Network: "test", Key: keyNo(t, 1)}); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer one: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("it was touched (%v)", err)
	}
	// What is no history is set aside, and the owner is told where.
	if err := os.WriteFile(path, []byte("not a database at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := OpenHistory(path, HistoryConfig{Network: "test", Key: keyNo(t, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	kept, _ := filepath.Glob(path + ".bad-*")
	if n := h.Notices(); len(kept) != 1 || len(n) != 1 || !strings.Contains(n[0], kept[0]) {
		t.Errorf("kept as %q, notices %q", kept, n)
	}
}

// alterVersion makes a database one of a version to come.
func alterVersion(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("PRAGMA user_version = 1000"); err != nil {
		t.Fatal(err)
	}
}

// Reading from outside changes nothing and is not kept up by who writes.
func TestReadHistory(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history.db")
	c := HistoryConfig{Network: "test", Key: keyNo(t, 1)}
	if _, err := ReadHistory(path, c); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("where there is none: %v", err)
	}
	h := onDisk(t, path)
	defer h.Close()
	l := newLife(t, 10)
	h.saves(t, 1, chat.Kept{Envelope: l.envelope(chat.Lobby, l.by[0], chat.LogKey{Author: l.by[0].ID()}, 1, 2, "said "), At: l.now})
	r, err := ReadHistory(path, c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := r.Recall(t.Context(), chat.Recall{Conversation: chat.Lobby, Limit: 5}); err != nil || len(got.Items) != 2 {
		t.Errorf("%d messages, %v", len(got.Items), err)
	}
}
