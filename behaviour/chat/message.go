package chat

// Kind tells what a message is for. Kinds from the future are ordered, kept and
// passed on like any other, and not shown.
type Kind uint32

// The kinds of version 1. The numbers are on the wire.
const (
	Text     Kind = 1 // Body is what the author typed
	Hello    Kind = 2 // a census: everybody who hears it answers
	HelloAck Kind = 3 // the answer to Hello, in a direct conversation; Re names the hello
	Action   Kind = 4 // Body is what the author does: "/me waves" says "waves"
	Here     Kind = 5 // presence: who Name or Guest says is in the conversation; Body is why he is away, or ""
	Gone     Kind = 6 // presence: who Name or Guest says is not in the conversation any more
)

func (k Kind) String() string {
	switch k {
	case Text:
		return "text"
	case Hello:
		return "hello"
	case HelloAck:
		return "hello-ack"
	case Action:
		return "action"
	case Here:
		return "here"
	case Gone:
		return "gone"
	}
	return "unknown"
}

// Message is one entry of a log. Its number is its envelope's First plus its
// place there.
type Message struct {
	Stamp Stamp
	Kind  Kind
	Deps  []Ref  // heads of other logs of the conversation that the author saw since its last message; at most MaxDeps
	Re    *Ref   // the message that this one answers, or nil
	Name  string // display name that the author claims; not checked, not made safe
	Guest string // the author's guest who wrote it, or ""
	To    string // in a direct conversation: the recipient's guest whom it is for, or ""
	Body  string // UTF-8, at most MaxText bytes; not made safe to show
	Hash  Hash   // over the exact message and its place; set by who seals or opens the envelope
}

// Hash is the SHA-256 of a message with its place (package wire says of which bytes).
type Hash [32]byte

// Envelope is a run of consecutive messages of one log under one signature: the
// unit that is signed, gossiped, sent, synced and verified. Whoever hands one
// to the core has verified it. An envelope is immutable once sealed or opened.
type Envelope struct {
	Conversation Conversation
	Author       PeerID // from the verified signature
	Log          LogID
	First        uint64 // number of Messages[0]; at least 1
	Prev         Hash   // of the message First-1, zero if there is none: the log is a chain
	Messages     []Message
	Raw          []byte // the exact bytes that are signed, with the signature; opaque here
}

// Key is the log that the envelope belongs to.
func (e *Envelope) Key() LogKey { return LogKey{e.Author, e.Log} }

// Last is the number of the last message.
func (e *Envelope) Last() uint64 { return e.First + uint64(len(e.Messages)) - 1 }

// ID names the i-th message of the envelope.
func (e *Envelope) ID(i int) MessageID {
	return MessageID{e.Conversation, Ref{e.Key(), e.First + uint64(i)}}
}

// Placed is a message with its id: what history is made of.
type Placed struct {
	ID MessageID
	Message
}

// Less is the order on which all nodes agree that hold the same messages: by
// stamp, which follows causes, then by author, log and number.
func Less(a, b Placed) bool {
	if a.Stamp != b.Stamp {
		return a.Stamp < b.Stamp
	}
	if a.ID.LogKey != b.ID.LogKey {
		return a.ID.LogKey.less(b.ID.LogKey)
	}
	return a.ID.Seq < b.ID.Seq
}

// LogState is one entry of a state vector: the sender has the messages up to
// Head of the log, or does not want them. To a newcomer it would give those
// from From on; From = Head+1 means none.
type LogState struct {
	LogKey
	From, Head uint64
	Sum        uint64 // the first 8 bytes, big-endian, of the hash of the message Head; 0: not known
	Forked     bool   // the sender holds the proof that the log's author equivocates
}

// Delta is one turn of a sync about one conversation: what the sender holds,
// and envelopes that the receiver is known to lack. More says that the sender
// has further envelopes for the receiver than fitted.
type Delta struct {
	Conversation Conversation
	Vector       []LogState
	Envelopes    []*Envelope
	More         bool
	Want         []Range // history from before the sender's Vector began that it asks for
	Newcomer     bool    // of logs that are not in Vector, the sender wants only what is recent

	// Not on the wire: whoever carries the turn out puts in front of Envelopes what
	// the store holds of Stored, of each log in the order of its numbers and the logs
	// against each other as they were kept, as much as goes into Budget bytes
	// together with them, one envelope at least. What does not fit is left out from
	// the end, and More set.
	Stored []Range
	Budget int
}

// Verdict is the answer to a direct envelope.
type Verdict uint8

// The verdicts. The numbers are on the wire.
const (
	NoVerdict Verdict = 0 // nothing came back
	Stored    Verdict = 1 // the recipient holds it; comes with a signed receipt
	Busy      Verdict = 2 // try again later
	Refused   Verdict = 3 // do not try again
	Malformed Verdict = 4 // the recipient could not make sense of it
	Forked    Verdict = 5 // the recipient holds something else under a number of the log; do not try again in this log
)

func (v Verdict) String() string {
	switch v {
	case Stored:
		return "stored"
	case Busy:
		return "busy"
	case Refused:
		return "refused"
	case Malformed:
		return "malformed"
	case Forked:
		return "forked"
	}
	return "no answer"
}
