// Package store keeps what a node must not forget: the envelopes that it has
// taken in, what it has still to send, how far it is, and a few notes of its own.
//
// It knows neither the chat nor the wire format: it keeps rows, which the
// composition makes and reads. There are two of it, with one contract ([Store])
// and the same tests: [DB], a file, and [Memory], for nodes that leave nothing
// behind. A [Reader] reads the file of a node that runs.
//
//	Write ──▶ queue ──▶ the goroutine that writes ──▶ history.db   one connection
//	  Saved ◀─ one commit, one fsync: all that was queued
//	Tail, Front, Range, Find, Each, Load ◀── 3 connections that read; they never wait for it
//
// # Writing
//
// What is queued while a commit runs is the next commit. Nothing waits in order
// to be more: a single write is one fsync, a thousand at once are one too. Saved
// means durable: WAL and synchronous=FULL; with NORMAL it would be a lie.
//
// When it cannot be saved (disk full, away, read-only), all stays queued, Saved
// tells it once, and it is tried again after 1, 2, 4 … 30 s. At 32 MiB saving
// stops until the next start ([ErrGivenUp]): to go on later would leave a hole that
// nobody sees. A broken file stops it too ([ErrDamaged]).
//
// When nothing was written for a tenth of a second the same goroutine does its
// chores, in steps of some milliseconds that writes pass by: it removes what was
// forgotten, then what is beyond the [Limits], and brings the index up to date.
//
// # The file
//
//	state         clean: it was closed; indexed: rows up to this id are in the index
//	conversation  id, name (none: it was forgotten), what it holds
//	log           id, conversation, author, log
//	row           an envelope: log, numbers, stamps, state, seal, raw, texts
//	  row_log     (log, first, last): by number; Range, the ends of logs, what is there twice
//	  row_top     (conversation, top, low): by stamp; Tail, Front, searches, limits
//	  row_long    the same for rows that span over a second: a window's edge may be inside
//	  row_open    (log, last) of open rows: nothing for all others
//	head, draft, note
//	find          FTS5: the words of each message, rowid = row<<8 | which message
//
// A row costs its place in the table and in two indexes, all of which grow at
// their end. That it is there already is asked only if its number is not beyond all
// others of its log, which the writer knows without asking. The index of words is
// made later: it costs as much as the row. Until then searches read rows.
//
// Numbers are at most 2^63-1 as on the wire. Stamps use all 64 bits; the highest is
// turned over in the file, as SQLite orders signed numbers.
//
// # What can be relied upon
//
// All or nothing of a transaction, in the order of Write, whatever happens to power
// or process (PROMISES 5.4).
//
// Never a wrong row. SQLite has no checksums, a third of random damage goes by
// unnoticed (PROMISES, finding 5); so every row, head, draft and note has a seal
// over all its fields with the node's key, 0.6 µs each where a signature takes 50.
// What is damaged or forged is left out and counted; a row that comes again takes
// its place. What is found by its words is held against its texts: the index is
// sealed by nothing.
//
// A start in 2 s with a million messages: of each log only its ends are read. A file
// that is small is checked first, and one that was not closed while it is used if not.
// One that is damaged is kept beside, byte for byte, and a fresh one begun
// ([DB.Replaced]).
//
// The newest messages of a window, or its oldest, exactly, though the store cannot
// see the stamps within a row: see cut.go and front.go.
//
// What is missing: a row's Raw is stored in the clear; pages are zeroed when rows go
// (secure_delete), but what was synced to a disk once may stay on it. The last row of
// each log and its head stay for ever, so who bounds logs bounds these.
//
// # Bugs found this way
//
//	forgotten rows still returned by           TestSameAsMemory, seeds 0 to 7
//	connections that remembered names            go test -run TestSameAsMemory
//	Load gave what was there at Open, after    TestSameAsMemory, seeds 0 to 7
//	writes                                       go test -run TestSameAsMemory
//	the file set aside was not as found: its   TestTruncated
//	log had been moved into it                   go test -run TestTruncated
//	the retry at Close never happened          TestCloseWhileFailing
//	                                             go test -run TestCloseWhileFailing
//	Purge hung while the disk was full         TestSmallDisk
//	                                             go test -run TestSmallDisk (as root)
//	the index was refused for a wrong query,   BenchmarkFindInMillion; TestIndexIsUsed
//	and reading everything made up for it        go test -run TestIndexIsUsed
//	starts read the whole table for open rows  BenchmarkStartWithMillion; TestPlans
//	                                             go test -run TestPlans
//	accents stayed on after invalid UTF-8      FuzzWords
//	                                             go test -run TestWords
//
// Ten thousand power cuts: TINCAN_TEST_SOAK=1 go test -run PowerCuts.
package store
