package chat

import (
	"strconv"
	"time"
)

// Notification is what local users are told. The set is closed. Front ends
// turn it into words; every text that comes from others is as it came, so a
// front end makes it safe to show.
type Notification interface{ notification() }

// Peer is how a peer is shown.
type Peer struct {
	ID   PeerID
	No   int    // demo number, or 0
	Name string // claimed display name, or ""
}

// Label is the short name of a peer: its claimed name, else "peer N", else the
// end of its id.
func (p Peer) Label() string {
	switch {
	case p.Name != "":
		return p.Name
	case p.No > 0:
		return "peer " + strconv.Itoa(p.No)
	case len(p.ID) > 8:
		return "peer …" + string(p.ID[len(p.ID)-8:])
	}
	return "peer " + string(p.ID)
}

type (
	// Ready says that the node listens and that lines can be typed: whatever is
	// accepted from now on reaches everyone who is there or comes soon.
	Ready struct {
		Me      Peer
		Network string
		Addrs   []string
	}

	// PeerCame says that a peer connected; PeerLeft that it is gone.
	PeerCame struct{ Peer Peer }
	PeerLeft struct{ Peer Peer }

	// Shown is a message to show. It comes once per message and node.
	Shown struct {
		ID    MessageID
		From  Peer
		Guest string // the guest of From who wrote it, or ""
		To    *Peer  // in a direct conversation: the recipient
		Kind  Kind
		Text  string
		At    time.Time     // when it was sent, by its author's clock
		After time.Duration // HelloAck: since the hello
		Late  bool          // shown although something that it follows is missing, or long after it was sent
		Mine  bool
	}

	// Delivery tells how far a message of the user's own is.
	Delivery struct {
		ID     MessageID // zero when State is Failed or Held before it became a message
		To     *Peer     // in a direct conversation
		Text   string    // of the message
		State  State
		Reason string // for Queued, Failed and Held, in words
		Peers  int    // for Sent: neighbours that it was handed to
	}

	// PeerList answers ListPeers.
	PeerList struct{ Peers []PeerInfo }

	// StatusReport answers GetStatus.
	StatusReport struct {
		Me       Peer
		Network  string
		Addrs    []string
		Up       time.Duration
		Peers    int // connected
		Messages int // held, all conversations
		Outbox   int // direct messages on their way
		Counters map[string]uint64
	}

	// GapSeen says that Missing messages of a peer have not arrived although later
	// ones have. When Lost is set they are not to be had and will not come.
	GapSeen struct {
		Conversation Conversation
		From         Peer
		Missing      uint64
		Lost         bool
	}

	// Notice is a line for the user that is nobody's message.
	Notice struct{ Text string }

	// Warning is trouble that the node has, or that the user may run into.
	Warning struct{ Text string }

	// Failed says that the user cannot have what was asked.
	Failed struct {
		Code FailCode
		Text string // what, why and what to do next
	}

	// Lagged says that Lost notifications could not be kept for this subscriber.
	// It is made by the hub, not by the core.
	Lagged struct{ Lost int }

	// Ended says that the node has stopped. It is the last notification.
	Ended struct{ Undelivered int }
)

// PeerInfo is a row of PeerList.
type PeerInfo struct {
	Peer  Peer
	State string // "here", "gone" or "heard of"
	Path  string // "direct", "relayed", "gossip" or ""
	RTT   time.Duration
	Addr  string
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
	BadText       FailCode = "bad-text"       // empty, too long or not UTF-8
	UnknownPeer   FailCode = "unknown-peer"   // nobody by that name
	AmbiguousPeer FailCode = "ambiguous-peer" // several by that name
	SelfPeer      FailCode = "self"           // that is the user's own node
	BadAddress    FailCode = "bad-address"
	Unreachable   FailCode = "unreachable"
	Overloaded    FailCode = "overloaded" // a bound was reached; try again later
)

func (Ready) notification()        {}
func (PeerCame) notification()     {}
func (PeerLeft) notification()     {}
func (Shown) notification()        {}
func (Delivery) notification()     {}
func (PeerList) notification()     {}
func (StatusReport) notification() {}
func (GapSeen) notification()      {}
func (Notice) notification()       {}
func (Warning) notification()      {}
func (Failed) notification()       {}
func (Lagged) notification()       {}
func (Ended) notification()        {}
