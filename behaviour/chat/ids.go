package chat

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// PeerID names a peer: the text form of its libp2p peer id, as users see it
// ("12D3KooW…"). To the core it is opaque: compared, never decoded. Empty means none.
type PeerID string

// User is a local user of this node. Guests, who come in through a door, get
// numbers above Owner; numbers are never reused while a node runs.
type User int

// Owner is the user whose key the node's identity is.
const Owner User = 0

// Seat is one of the front ends that a user has at a time: a console, an attached
// terminal, a page in a browser. Each has a current conversation of its own. Numbers are
// above 0 and never reused while a node runs. Seat 0 is whoever does not tell them apart:
// a program that is all there is.
type Seat int

// Asker is who wants something: a local user, at which of his seats, and the ref
// of at most MaxRef bytes that comes back with every answer, if he gave one.
type Asker struct {
	User User
	Seat Seat
	Ref  string
}

// nobody is the user whom an earlier run of the node had as a guest: he is told nothing.
const nobody User = -1

// Conversation names a place where messages go. It is part of what is signed.
type Conversation string

// Person is a user anywhere: the owner of a node (Guest is ""), or a guest of it.
// Guest names are unique on their node while they are there.
type Person struct {
	Peer  PeerID
	Guest string
}

// Lobby is the conversation that every node of a network is in.
const Lobby Conversation = "lobby"

// presence is the beginning of the names under which presence is announced.
const presence = "here/"

// IsChannel says whether c names a channel: "#" and its name.
func (c Conversation) IsChannel() bool { return len(c) > 1 && c[0] == '#' }

// Presence names the announcements of who is in c. They travel like messages of
// c and are not kept: only the last of each node counts.
func (c Conversation) Presence() Conversation { return presence + c }

// OfPresence is the inverse of Presence; ok says that c names announcements.
func (c Conversation) OfPresence() (of Conversation, ok bool) {
	rest, ok := strings.CutPrefix(string(c), presence)
	return Conversation(rest), ok
}

// IsShared says whether c is open to all who join it, or names the presence of
// such a conversation: what travels by gossip.
func (c Conversation) IsShared() bool {
	if of, ok := c.OfPresence(); ok {
		c = of
	}
	return c == Lobby || c.IsChannel()
}

// SessionID names a private session between two peers for ever. It is made by
// who opens it.
type SessionID [8]byte

func (s SessionID) String() string { return hex.EncodeToString(s[:]) }

// Conversation names what is said in the session. It is never on the wire.
func (s SessionID) Conversation() Conversation { return Conversation("session/" + s.String()) }

// DirectWith names the conversation of two peers: "dm/", the lesser id, "/",
// the greater id. Both ends compute the same name.
func DirectWith(a, b PeerID) Conversation {
	if b < a {
		a, b = b, a
	}
	return Conversation("dm/" + string(a) + "/" + string(b))
}

// Parties returns the two peers of a direct conversation, the lesser id first.
func (c Conversation) Parties() (a, b PeerID, ok bool) {
	rest, ok := strings.CutPrefix(string(c), "dm/")
	if !ok {
		return "", "", false
	}
	x, y, ok := strings.Cut(rest, "/")
	return PeerID(x), PeerID(y), ok && x < y && x != "" && !strings.Contains(y, "/")
}

// Kind of conversation as users name it: "lobby", "#name", "dm" or "session".
func (c Conversation) Kind() string {
	switch {
	case strings.HasPrefix(string(c), "dm/"):
		return "dm"
	case strings.HasPrefix(string(c), "session/"):
		return "session"
	}
	return string(c)
}

// LogID tells the lives of a node apart: 8 random bytes made at each start
// without a database. A restarted or copied identity thereby writes a second
// log instead of forking its first.
type LogID [8]byte

func (l LogID) String() string { return hex.EncodeToString(l[:]) }

// LogKey names a log within a conversation.
type LogKey struct {
	Author PeerID
	Log    LogID
}

// less orders logs by author, then by log id.
func (k LogKey) less(o LogKey) bool {
	if k.Author != o.Author {
		return k.Author < o.Author
	}
	return string(k.Log[:]) < string(o.Log[:])
}

// Ref points at one message of a log within a conversation. Seq counts from 1.
type Ref struct {
	LogKey
	Seq uint64
}

// MessageID names one message for ever. Two different messages with one
// MessageID prove that their author equivocates.
type MessageID struct {
	Conversation Conversation
	Ref
}

// String is the id as programs see it: author, log, conversation and seq with
// slashes between them.
func (m MessageID) String() string {
	return string(m.Author) + "/" + m.Log.String() + "/" + string(m.Conversation) + "/" + strconv.FormatUint(m.Seq, 10)
}

// ParseMessageID is the inverse of String; ok says that text is the id of a message.
func ParseMessageID(text string) (id MessageID, ok bool) {
	author, rest, ok1 := strings.Cut(text, "/")
	life, rest, ok2 := strings.Cut(rest, "/")
	at := strings.LastIndexByte(rest, '/')
	if !ok1 || !ok2 || at < 0 || author == "" || len(life) != 2*len(id.Log) {
		return MessageID{}, false
	}
	log, err := hex.DecodeString(life)
	seq, err2 := strconv.ParseUint(rest[at+1:], 10, 63)
	if err != nil || err2 != nil || seq == 0 {
		return MessageID{}, false
	}
	id.Conversation, id.Author, id.Seq = Conversation(rest[:at]), PeerID(author), seq
	copy(id.Log[:], log)
	return id, true
}

// Stamp is a hybrid logical clock reading: 48 bits of Unix milliseconds, then a
// 16-bit counter (Kulkarni et al., "Logical Physical Clocks", 2014). It is at
// least the wall clock and greater than every stamp its author had seen.
type Stamp uint64

// StampAt is the least stamp of the millisecond of t.
func StampAt(t time.Time) Stamp {
	ms := t.UnixMilli()
	if ms < 0 {
		ms = 0
	}
	return Stamp(ms) << 16
}

// Time is the wall-clock part of the stamp.
func (s Stamp) Time() time.Time { return time.UnixMilli(int64(s >> 16)) }
