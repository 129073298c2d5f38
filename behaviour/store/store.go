package store

import (
	"context"
	"time"
)

// A Log is one life of an author, as the wire format names it.
type Log [8]byte

// A Key names one log of one conversation.
type Key struct {
	Conversation string
	Author       string
	Log          Log
}

// A Row is an envelope, or a run of locally recorded messages, as it is kept.
type Row struct {
	Key
	First, Last uint64 // numbers of its messages, 1 to 256 of them; at most 2^63-1
	Low, Top    uint64 // least and greatest stamp in it: what history is ordered by
	At          int64  // Unix milliseconds when it was kept, by this node's clock
	State       uint8  // the caller's; of own direct messages: how far they are
	Open        bool   // it is still to be settled: Load returns it
	Raw         []byte // the exact bytes; who reads them must not change them

	// Texts is what search finds of each of its messages, "" for nothing; nil
	// is nothing at all. It is written and never read back.
	Texts []string
}

// Messages is how many messages the row holds.
func (r *Row) Messages() int { return int(r.Last - r.First + 1) }

// A Span is a part of a log: the messages from First to Last, both included.
type Span struct {
	Key
	First, Last uint64
}

// A Window is a part of history by stamps: those of at least From and less than
// To; zero is no bound.
type Window struct{ From, To uint64 }

// A Cursor is a place in what Find finds, to read on from towards older messages.
// The zero Cursor is after the newest.
type Cursor struct {
	Stamp uint64
	Row   uint64 // tells rows of the same Top apart
}

// A Hit is a message that a search has found.
type Hit struct {
	Row
	Index  int    // which message of the row: its number is First+Index
	Cursor Cursor // Find from here returns what is older than the row
}

// Store is what both implementations do. Every method is safe from any
// goroutine.
//
// What is written can be read once it is saved. A row that was damaged, or made
// by somebody without the Config's Key, is never returned, and never an error:
// it is counted in Stats.
type Store interface {
	// Write queues changes as transaction n: all of them are kept, or none. n grows
	// by 1 each time, and the order is kept. It never blocks; the outcome comes
	// through Config.Saved. The Store owns changes and what is in them from then
	// on. It panics at a change that the documentation of its type rules out.
	Write(n uint64, changes []Change)

	// Load returns what a node needs at its start.
	Load(ctx context.Context) (*Image, error)

	// Tail returns every row with one of the limit newest messages of the
	// conversation in a window, and perhaps a few rows more; rows by Top, newest
	// first. Messages with one and the same stamp stand or fall together. It returns
	// rows of maxTail messages at most.
	Tail(ctx context.Context, conversation string, w Window, limit int) ([]Row, error)

	// Front is Tail from the other end: the limit oldest messages of the window,
	// rows by Top, oldest first.
	Front(ctx context.Context, conversation string, w Window, limit int) ([]Row, error)

	// Range returns the rows that overlap the spans: those of a log by their
	// numbers, and logs merged in the order in which their rows were put. They
	// have budget bytes of Raw at most, unless the first alone has more; more says
	// that there are further ones.
	Range(ctx context.Context, spans []Span, budget int) (rows []Row, more bool, err error)

	// Find returns the limit newest messages of a conversation ("" for all of
	// them) that have all of the words, the last of which may be the beginning of a
	// word; by Top of their rows, newest first. The messages of one row are never
	// torn apart, so there may be up to 255 more. To go on, give the Cursor of
	// the last hit.
	Find(ctx context.Context, conversation, words string, before Cursor, limit int) ([]Hit, error)

	// Purge removes the rows of a conversation ("" for all of them) whose messages
	// are all older than before by their stamps, except open ones and the last one of
	// each log, and says how many messages these were. It may take long.
	Purge(ctx context.Context, conversation string, before time.Time) (messages int, err error)

	// Each calls do with each row of a conversation ("" for all of them) that is
	// there when it begins, in order of Low, until do returns an error, which it
	// returns. do may call the Store.
	Each(ctx context.Context, conversation string, do func(Row) error) error

	// Stats says how the store does.
	Stats() Stats

	// Close saves everything that was queued, or says why that cannot be.
	// Afterwards writes are dropped and reads return ErrClosed.
	Close() error
}

// Image is what Load returns. Empty bytes of heads and drafts are nil in it,
// those of notes are not.
type Image struct {
	Notes  map[string][]byte
	Heads  []Head
	Drafts []Draft // by log, in order of Seq
	Open   []Row   // in the order in which they were put
	Logs   []Kept

	// Damaged are the logs of which a row at the end cannot be read any more: the
	// Last of such a log was greater, nobody knows how much, and it may not be in
	// Logs at all.
	Damaged []Key
}

// Kept says what is kept of one log.
type Kept struct {
	Key
	First, Last uint64 // of its rows, the least First and the greatest Last
	Newest      Row    // the row with that Last
}

// Stats says how a store does.
type Stats struct {
	Queued      int    // changes that wait to be saved
	QueuedBytes int    // what they hold, about
	Through     uint64 // the number of the last transaction that was saved
	Commits     uint64 // transactions of the database that saved something
	Failing     error  // why saving fails just now, or stopped for good
	Damaged     int    // rows, heads, drafts and notes that were not what was written
	Unindexed   int64  // rows, about, that search has to look through one by one
}
