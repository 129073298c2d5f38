package chat

import (
	"strconv"
	"time"
)

// Notification is what local users are told. The set is closed. Front ends
// turn it into words; every text that comes from others is as it came, so a
// front end makes it safe to show.
type Notification interface{ notification() }

// Peer is how a person is shown: the owner of a node, or a guest of it.
type Peer struct {
	ID     PeerID
	No     int    // demo number, or 0
	Name   string // claimed display name of the owner, or ""
	Guest  string // the guest, if it is one
	Tagged bool   // somebody else claims Name too: it is shown with the tag
}

// Label is how users see and name a person: the owner's claimed name, with the
// tag of his key if he is not the only one of that name ("anna#k3f9"), else
// "peer N", else the end of the id; of a guest, his name, "@" and the owner's label.
func (p Peer) Label() string {
	switch {
	case p.Guest != "":
		return p.Guest + "@" + Peer{ID: p.ID, No: p.No, Name: p.Name, Tagged: p.Tagged}.Label()
	case p.Name != "" && p.Tagged:
		return p.Name + "#" + p.Tag()
	case p.Name != "":
		return p.Name
	case p.No > 0:
		return "peer " + strconv.Itoa(p.No)
	case len(p.ID) > 8:
		return "peer …" + string(p.ID[len(p.ID)-8:])
	}
	return "peer " + string(p.ID)
}

// Tag tells people of one name apart: the last tagSize characters of the id.
func (p Peer) Tag() string { return string(p.ID[max(0, len(p.ID)-tagSize):]) }

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
		To    *Peer // in a direct conversation or a session: the recipient
		Kind  Kind
		Text  string
		At    time.Time     // when it was sent, by its author's clock
		After time.Duration // HelloAck: since the hello
		Late  bool          // shown although something that it follows is missing, or long after it was sent
		Mine  bool

		Elsewhere bool // of Mine: it was said at another of the user's seats

		Session int  // of a session: its number at the user's, else 0
		Side    Side // of a session
	}

	// Delivery tells how far a message of the user's own is.
	Delivery struct {
		ID     MessageID // zero when State is Failed or Held before it became a message
		To     *Peer     // in a direct conversation or a session
		Text   string    // of the message
		State  State
		Reason string // for Queued, Failed and Held, in words
		Peers  int    // for Sent: neighbours that it was handed to
	}

	// Entered answers Enter: Me is the guest as others see him. Asked is the name
	// that he asked for.
	Entered struct {
		Me    Peer
		Asked string
	}

	// MemberCame says that somebody else is in a conversation now: everywhere but
	// in the lobby, where PeerCame tells of the owners of nodes. MemberLeft says
	// that he is not any more.
	MemberCame struct {
		Conversation Conversation
		Who          Peer
	}
	MemberLeft struct {
		Conversation Conversation
		Who          Peer
	}

	// Joined says that the user is in a channel, or a guest in the lobby, under
	// the number N, and that it is his current conversation, unless it is so
	// Elsewhere: at the seat that asked, while this one is where it was. Who are the
	// others there as far as is known. Parted says that he is there no longer; a seat
	// at which it was current and that did not ask for it is told Switched, too.
	Joined struct {
		Conversation Conversation
		N            int
		Who          []UserInfo
		Elsewhere    bool
	}
	Parted struct{ Conversation Conversation }

	// Switched says that To is the current conversation of the seat that is told. To one
	// that is apart (see Attach) it also answers Join of where the user is already, and
	// does not take it there.
	Switched struct{ To Place }

	// SessionChanged tells of a private session of the user's. One that opened on
	// SideA is the current conversation, unless Elsewhere; when the current one
	// closes, Back is where the seat that is told is now.
	SessionChanged struct {
		Event     SessionEvent
		N         int
		With      Peer
		Side      Side
		Reason    string // of Interrupted and Closed, in words
		Mine      bool   // of Closed: the user closed it
		Elsewhere bool   // of Opened and Mine: it was asked for at another of the user's seats
		Back      *Place
	}

	// PlaceList answers ListSessions, in the order of the numbers.
	PlaceList struct{ Places []Place }

	// DirectList answers ListDirects: the peers, at most maxDirectList of them, in whose
	// conversations with this node something was said that is kept, be it by the owners or
	// by guests of either, the one last spoken in first (by the stamps of what was said).
	// Answers to a hello are nothing said. A guest gets none: of what is not in memory
	// nobody knows unread whether it is his.
	DirectList struct{ With []Peer }

	// UserList answers ListUsers.
	UserList struct {
		Conversation Conversation
		Users        []UserInfo
	}

	// Renamed says that somebody is called something else now; Mine that it is the
	// user himself, of whom Was.Name may have been "".
	Renamed struct {
		Was, Now Peer
		Mine     bool
	}

	// AwayChanged says that somebody does not read, and why, or with Why "" that he
	// reads again.
	AwayChanged struct {
		Who Peer
		Why string
	}

	// Portrait answers Whois.
	Portrait struct {
		UserInfo
		State   string   // as in PeerInfo; "guest" of a guest
		Path    string   // as in PeerInfo
		Addr    string   // as in PeerInfo
		Others  []Peer   // who claim the same name, or one that looks like it
		In      []string // the shared conversations that both are in, as users name them
		Ignored bool
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

	// Topology answers ShowNetwork: the network as this node knows it. Nodes has this
	// node first, then the others as PeerList has them; Links names them by their
	// place in Nodes, each pair once.
	Topology struct {
		Nodes []NodeInfo
		Links []LinkInfo
	}

	// History answers ReadHistory and Search, the oldest message first. More says
	// that there are older ones in the window, or, if its First was asked for, later
	// ones.
	History struct {
		Conversation Conversation // "" of a Search in all
		Words        string       // of a Search
		Items        []Remembered
		More, First  bool
	}

	// Digest tells of messages that came late and many at once, after an absence or
	// from before the node came: they are in the history and not shown one by one.
	Digest struct {
		Conversation Conversation
		Count        int
		Since, Until time.Time // when the first and the last of them were sent
		Logs         []Range   // what they are: at most maxTally ranges; after a restart none
		From         []Peer    // who sent them, most first; at most maxDigestPeers
		Mentions     []Shown   // those that name the user, the oldest first; at most maxMentions
	}

	// Holders answers WhoGot: the peers that are known to have the message.
	Holders struct {
		ID    MessageID
		Text  string
		State State
		Who   []Peer
		Of    int // peers that are there
	}

	// GapSeen says that Missing messages of a peer have not arrived although later
	// ones have. When Lost is set they are not to be had and will not come.
	GapSeen struct {
		Conversation Conversation
		From         Peer
		Missing      uint64
		Lost         bool
	}

	// Equivocated says that somebody signed two different messages under one number:
	// nothing more of that log is shown. It is told once.
	Equivocated struct {
		Conversation Conversation
		Who          Peer
		Seq          uint64
		Texts        [2]string // what the two say
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

	// Ended says that the node has stopped. It is the last notification. Kept says
	// that what is not delivered is in the store and is sent after the next start.
	Ended struct {
		Undelivered int
		Kept        bool
	}
)

func (Ready) notification()          {}
func (PeerCame) notification()       {}
func (PeerLeft) notification()       {}
func (Shown) notification()          {}
func (Delivery) notification()       {}
func (PeerList) notification()       {}
func (StatusReport) notification()   {}
func (Topology) notification()       {}
func (History) notification()        {}
func (Digest) notification()         {}
func (Holders) notification()        {}
func (Equivocated) notification()    {}
func (GapSeen) notification()        {}
func (Notice) notification()         {}
func (Warning) notification()        {}
func (Failed) notification()         {}
func (Entered) notification()        {}
func (MemberCame) notification()     {}
func (MemberLeft) notification()     {}
func (Joined) notification()         {}
func (Parted) notification()         {}
func (Switched) notification()       {}
func (SessionChanged) notification() {}
func (PlaceList) notification()      {}
func (DirectList) notification()     {}
func (UserList) notification()       {}
func (Renamed) notification()        {}
func (AwayChanged) notification()    {}
func (Portrait) notification()       {}
func (Lagged) notification()         {}
func (Ended) notification()          {}

// isAnswer says whether n only answers a question, and is of no use to whom did
// not ask.
func isAnswer(n Notification) bool {
	switch n := n.(type) {
	case Ready, PlaceList, DirectList, UserList, Portrait, PeerList, StatusReport, Topology, History, Holders, Notice, Failed:
		return true
	case Delivery:
		return n.ID == (MessageID{}) // it never became a message
	}
	return false
}
