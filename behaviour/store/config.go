package store

import (
	"errors"
	"log/slog"
	"time"
)

// Errors that callers decide on.
var (
	// ErrGivenUp: more could not be saved than is kept in memory (maxUnsaved).
	// Nothing will be saved until the store is opened anew.
	ErrGivenUp = errors.New("too much could not be saved: saving has stopped until the next start")
	// ErrDamaged: the database is broken. Nothing will be saved until the store is
	// opened anew, which begins a fresh one.
	ErrDamaged = errors.New("the history file is damaged")
	// ErrNewer: a later version of the program wrote the file. It was not touched.
	ErrNewer = errors.New("the history file was written by a newer version of the program")
	// ErrNotRegular: the path, or one that goes with it, is no regular file.
	ErrNotRegular = errors.New("is not a regular file")
	// ErrClosed: the store is closed.
	ErrClosed = errors.New("the history is closed")
)

// Config is what a store needs. Its zero value works.
type Config struct {
	// Saved is told of the outcome of Write: all up to through is saved, or, with
	// an error, is not saved for now. An error is told once when saving begins to
	// fail; what is queued is tried again, and nil says that it is saved after
	// all. An error that is ErrGivenUp or ErrDamaged is the last one. Calls come one
	// after the other: of DB from its own goroutine, of Memory from the one that
	// called Write, before Write returns. It must not call Close or Purge.
	Saved func(through uint64, err error)

	// Key seals what is kept: whoever does not have it cannot make up rows. Without
	// one, damage is still noticed.
	Key []byte

	// Verify vouches for a row whose seal is wrong, by its Raw; nil is yes. Without
	// it no one does.
	Verify func(Row) error

	// Keep bounds each conversation.
	Keep Limits

	// NoSearch makes no index: Find reads what there is.
	NoSearch bool

	Log *slog.Logger     // nil discards
	Now func() time.Time // nil is time.Now

	// What tests have their own of.
	after  func(time.Duration) <-chan time.Time // nil is time.After
	vfs    string                               // SQLite's file layer; "" is the ordinary one
	pages  int                                  // of the write-ahead log at which a commit checkpoints; 0 is checkpointPages
	atOnce int64                                // size of what Open checks before it returns; 0 is checkAtOnce
}

// Limits bounds a conversation. Beyond a bound the oldest rows go, by Top, soon
// and in the background, except open ones and the last one of each log. 0 is the
// default, less is no bound.
type Limits struct {
	Messages int
	Bytes    int64         // of Raw
	Age      time.Duration // by the stamps of the messages
}

// withDefaults fills in what is zero, for a database.
func (c Config) withDefaults() Config {
	c.Keep = c.Keep.or(Limits{keepMessages, keepBytes, keepAge})
	return c.withWorld()
}

func (c Config) withWorld() Config {
	if c.Saved == nil {
		c.Saved = func(uint64, error) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.pages == 0 {
		c.pages = checkpointPages
	}
	if c.atOnce == 0 {
		c.atOnce = checkAtOnce
	}
	if c.after == nil {
		c.after = time.After
	}
	return c
}

func (l Limits) or(other Limits) Limits {
	if l.Messages == 0 {
		l.Messages = other.Messages
	}
	if l.Bytes == 0 {
		l.Bytes = other.Bytes
	}
	if l.Age == 0 {
		l.Age = other.Age
	}
	return l
}

// over says whether a conversation of so many messages and bytes is beyond the
// limits.
func (l Limits) over(messages, bytes int64) bool {
	return l.Messages > 0 && messages > int64(l.Messages) || l.Bytes > 0 && bytes > l.Bytes
}

// stampOf is the least stamp of a moment: stamps are hybrid clocks, the Unix
// milliseconds in their upper 48 bits.
func stampOf(t time.Time) uint64 {
	return uint64(max(t.UnixMilli(), 0)) << 16
}
