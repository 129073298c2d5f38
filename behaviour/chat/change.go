package chat

import "time"

// Change is a part of what a node must not forget. The set is closed. What the
// changes of a life add up to is Past.Apply.
type Change interface{ change() }

type (
	// Kept adds an envelope to the history of its conversation, and takes the
	// place of the drafts of its log up to its last number. Open says that it is
	// this node's own and has not reached its recipient.
	Kept struct {
		Envelope *Envelope
		At       time.Time // by this node's clock
		Open     bool
	}

	// Recorded adds a message of a private session, which nobody has signed, to
	// the history of the session.
	Recorded struct {
		ID      MessageID
		Message *Message
		At      time.Time // by this node's clock
	}

	// Drafted keeps a message of this node's that is accepted and not yet in an
	// envelope, or in a session not yet acknowledged.
	Drafted struct {
		ID      MessageID
		Message *Message
	}

	// Settled says what became of this node's messages of a log up to Last: they
	// need not be sent any more.
	Settled struct {
		Conversation Conversation
		LogKey
		Last  uint64
		State State
	}

	// Moved says how far a log is, where its envelopes do not say it.
	Moved struct {
		Conversation Conversation
		LogMark
	}

	// Proved keeps two envelopes that contradict each other: the proof that their
	// author equivocates. One is nil when it is the envelope of the history that
	// holds the last message of the log; Other is never nil.
	Proved struct{ One, Other *Envelope }

	// Noted keeps a small fact under a name; a nil Value forgets it.
	Noted struct {
		Name  string
		Value []byte
	}

	// Forgotten drops everything of a conversation.
	Forgotten struct{ Conversation Conversation }
)

func (Kept) change()      {}
func (Recorded) change()  {}
func (Drafted) change()   {}
func (Settled) change()   {}
func (Moved) change()     {}
func (Proved) change()    {}
func (Noted) change()     {}
func (Forgotten) change() {}

// LogMark is how far a log is, apart from what is kept of it.
type LogMark struct {
	LogKey
	Head   uint64 // nothing up to here is to be shown (again)
	Heard  bool   // Head is what a neighbour said; nothing of the log was shown
	Frozen bool   // its author equivocated
	Days   []Day  // where the last days began, the oldest first; at most maxDays
}

// Day says that First is the first number of a log that was kept on a day.
type Day struct {
	Day   int64 // since 1970-01-01 UTC, by this node's clock
	First uint64
}

// Range is the messages of a log from First to Last.
type Range struct {
	LogKey
	First, Last uint64
}
