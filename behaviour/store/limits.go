package store

import "time"

// Every bound of the store, with its reason and what happens there.
const (
	// maxMessages bounds the messages of a row: those of an envelope. Put panics at
	// more. Reads rely on it: what holds number n begins at n-255 at the earliest.
	maxMessages = 256

	// maxUnsaved bounds, in bytes, what waits to be saved: a minute and more of
	// the busiest conversation while a disk is full. Beyond it saving stops
	// (ErrGivenUp), rather than that memory fills up.
	maxUnsaved = 32 << 20

	// maxTransaction and maxTransactionBytes bound what is committed at once, but
	// for a single Write that is larger: about 50 ms, so that what comes next does
	// not wait long.
	maxTransaction      = 2048
	maxTransactionBytes = 4 << 20

	// maxTail bounds the messages that one Tail asks for.
	maxTail = 64 << 10

	// maxFind bounds the hits that one Find asks for.
	maxFind = 10_000

	// keepMessages, keepBytes and keepAge are the Limits of a database: a million
	// messages is what start and search are measured with; a GiB of one
	// conversation is some 4 million ordinary messages, or one that is abused. No
	// age: history does not go because a clock was wrong.
	keepMessages = 1_000_000
	keepBytes    = 1 << 30
	keepAge      = -1

	// keepMemoryMessages and keepMemoryBytes are those in memory: what a core
	// keeps for others, and thereby what a restart could not lose anyway.
	keepMemoryMessages = 64 << 10
	keepMemoryBytes    = 32 << 20

	// maxWords and maxWord bound a search: further words do not count, and of a
	// longer word its first 64 bytes do, in texts as in searches.
	maxWords = 16
	maxWord  = 64

	// maxNames bounds each cache of conversations and logs by their ids; at the
	// bound it begins anew. It is the number of logs that one conversation may
	// have, twice.
	maxNames = 16 << 10

	// maxTold bounds the damaged rows that are told apart in order to count them
	// once; beyond it some may count twice.
	maxTold = 4096

	// retryFirst and retryMost: after a failure, saving is tried again after 1, 2,
	// 4 … 30 s. A full disk is freed by hand.
	retryFirst = time.Second
	retryMost  = 30 * time.Second

	// checkpointPages is when a commit moves the write-ahead log into the database:
	// every 4 MiB, which holds up that commit by some 10 ms. The log is no longer than
	// that and what one transaction brings, unless a Reader is at it just then.
	checkpointPages = 1000

	// maxStatements bounds the prepared statements of a connection; all of them
	// are constants, this is a guard against one that is not.
	maxStatements = 128
)
