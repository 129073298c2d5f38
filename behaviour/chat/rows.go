package chat

import "time"

// What notifications are made of: rows, places, sides, states and codes.

// Remembered is a row of History.
type Remembered struct {
	Shown
	State State // of one's own direct messages
}

// PeerInfo is a row of PeerList.
type PeerInfo struct {
	Peer  Peer
	State string // "here", "gone" or "heard of"
	Path  string // "direct", "relayed", "gossip" or ""
	RTT   time.Duration
	Addr  string
}

// NodeInfo is a node in a Topology.
type NodeInfo struct {
	PeerInfo
	Me       bool
	Channels []string // the shared conversations that it is known to be in and the asker is too, as users name them
}

// LinkInfo is a connection of two nodes in a Topology.
type LinkInfo struct {
	A, B int           // places in Nodes, A before B
	Path string        // "direct" or "relayed"
	RTT  time.Duration // 0: not known
	Mesh []string      // the shared conversations that A and B are neighbours in the gossip of, as far as known
}

// UserInfo is a row of UserList.
type UserInfo struct {
	Peer Peer
	Away string // why the person does not read, or ""
	Me   bool
}

// Place is one of a user's conversations.
type Place struct {
	N            int // what the user calls it in SwitchTo; the lobby is 0
	Conversation Conversation
	With         *Peer // of a direct conversation or a session
	Side         Side  // of a session
	Interrupted  bool  // of a session: there is no line at the moment
	Unread       int   // messages shown while the user was elsewhere
	Current      bool
}

// Side tells who opened a session: SideA is the user himself, SideB the other.
type Side uint8

// The sides.
const (
	NoSide Side = 0
	SideA  Side = 1
	SideB  Side = 2
)

// SessionEvent is what happens to a session.
type SessionEvent uint8

// The events, in the order of a session's life.
const (
	Opened      SessionEvent = 1
	Interrupted SessionEvent = 2
	Resumed     SessionEvent = 3
	Closed      SessionEvent = 4
)

func (e SessionEvent) String() string {
	return [...]string{"", "opened", "interrupted", "resumed", "closed"}[e]
}

// State of a message on its way.
type State uint8

// The states. Delivered, Failed and Held are final.
const (
	Queued     State = 1 // accepted; not yet handed over
	Sent       State = 2 // handed to the network
	Delivered  State = 3 // the recipient's node signed for it
	SendFailed State = 4
	Held       State = 5 // looks like a slip; not sent
)

func (s State) String() string {
	return [...]string{"", "queued", "sent", "delivered", "failed", "held"}[s]
}

// FailCode classifies a Failed for programs.
type FailCode string

// The codes.
const (
	BadText        FailCode = "bad-text"       // empty, too long or not UTF-8
	UnknownPeer    FailCode = "unknown-peer"   // nobody by that name
	AmbiguousPeer  FailCode = "ambiguous-peer" // several by that name
	SelfPeer       FailCode = "self"           // that is the user's own node
	BadAddress     FailCode = "bad-address"
	Unreachable    FailCode = "unreachable"
	Overloaded     FailCode = "overloaded"  // a bound was reached; try again later
	BadName        FailCode = "bad-name"    // a name that cannot be one, of a person or a channel
	NoPlace        FailCode = "no-place"    // no such conversation, or none at all: "malformed: join a channel first"
	Twice          FailCode = "twice"       // what was asked for is there already
	SessionRefused FailCode = "refused"     // the other one does not want it
	NotAllowed     FailCode = "not-allowed" // that is the owner's
)
