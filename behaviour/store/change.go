package store

import (
	"fmt"
	"math"
)

// A Change is one of Put, Add, Head, Draft, Settle, Note and Forget.
type Change interface {
	change()
	check()    // panics at what the documentation rules out
	size() int // what it holds in memory, about, in bytes
}

// Put appends a row. A second Put with the same Key, First, Last and Raw
// changes nothing about rows. Drafts of the log with Seq ≤ Last go.
type Put struct{ Row }

// Add is Put for a row that does not stand in the place of drafts: they stay.
type Add struct{ Row }

// Head keeps how far a log is, apart from what its rows say; it replaces the one
// before. Extra is the caller's, and small.
type Head struct {
	Key
	Low, Head uint64 // at most 2^63-1
	Extra     []byte
}

// Draft keeps a message of one's own that is accepted and not yet in an
// envelope; it replaces one of the same Seq.
type Draft struct {
	Key
	Seq uint64 // at most 2^63-1
	Raw []byte
}

// Settle closes the open rows of a log whose Last is at most Last, and gives
// them State. Drafts of the log with Seq ≤ Last go.
type Settle struct {
	Key
	Last  uint64 // at most 2^63-1
	State uint8
}

// Note keeps a small fact under a name; a nil Value deletes it.
type Note struct {
	Name  string
	Value []byte
}

// Forget removes everything of a conversation.
type Forget struct{ Conversation string }

func (Put) change()    {}
func (Add) change()    {}
func (Head) change()   {}
func (Draft) change()  {}
func (Settle) change() {}
func (Note) change()   {}
func (Forget) change() {}

func (c Put) check() { c.Row.check() }
func (c Add) check() { c.Row.check() }

func (c *Row) check() {
	switch n := len(c.Texts); {
	case c.Conversation == "":
		panic("store: row of no conversation")
	case c.First == 0 || c.Last < c.First || c.Last-c.First >= maxMessages || c.Last > math.MaxInt64:
		panic(fmt.Sprintf("store: row of the messages %d to %d", c.First, c.Last))
	case c.Low > c.Top || c.First == c.Last && c.Low != c.Top:
		panic(fmt.Sprintf("store: row of the stamps %d to %d", c.Low, c.Top))
	case n != 0 && n != c.Messages():
		panic(fmt.Sprintf("store: %d texts for %d messages", n, c.Messages()))
	}
}

func (c Head) check()   { c.Key.check(c.Low, c.Head) }
func (c Draft) check()  { c.Key.check(c.Seq) }
func (c Settle) check() { c.Key.check(c.Last) }
func (Note) check()     {}
func (Forget) check()   {}

func (k Key) check(numbers ...uint64) {
	if k.Conversation == "" {
		panic("store: log of no conversation")
	}
	for _, n := range numbers {
		if n > math.MaxInt64 {
			panic(fmt.Sprintf("store: message number %d", n))
		}
	}
}

// overhead is what a change takes besides its bytes, about.
const overhead = 256

func (k Key) size() int { return overhead + len(k.Conversation) + len(k.Author) }

func (c Put) size() int { return c.Row.size() }
func (c Add) size() int { return c.Row.size() }

func (c *Row) size() int {
	n := c.Key.size() + len(c.Raw)
	for _, t := range c.Texts {
		n += 16 + len(t)
	}
	return n
}

func (c Head) size() int   { return c.Key.size() + len(c.Extra) }
func (c Draft) size() int  { return c.Key.size() + len(c.Raw) }
func (c Settle) size() int { return c.Key.size() }
func (c Note) size() int   { return overhead + len(c.Name) + len(c.Value) }
func (c Forget) size() int { return overhead + len(c.Conversation) }
