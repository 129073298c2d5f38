package chat

// Event is what network, disk or clock report. The set is closed. Outcomes of
// effects come back as events.
type Event interface{ event() }

// Ticket names a remote request that waits for an answer. Tickets are made by
// whoever reports the request and are never reused.
type Ticket uint64

type (
	// Started says that the node listens on Addrs.
	Started struct{ Addrs []string }

	// Tick says that the time of Core.Wake has come.
	Tick struct{}

	// PeerUp says that a peer that speaks tincan is connected. At most one PeerUp
	// comes before the PeerDown of the same peer.
	PeerUp struct{ Peer PeerID }

	// PeerDown says that the last connection to a peer is gone.
	PeerDown struct{ Peer PeerID }

	// LinkFormed says that gossip of some conversation now flows on the link to
	// Peer; what was said before did not.
	LinkFormed struct{ Peer PeerID }

	// PeerMet says that Peer, which has just come or entered, can be in the channels
	// In, which are this node's: it is where their gossip flows, with that of other
	// channels. Sorted by name.
	PeerMet struct {
		Peer PeerID
		In   []Conversation
	}

	// Lost says that gossip to (Peer set) or from (Peer empty) others was dropped
	// because a queue was full.
	Lost struct{ Peer PeerID }

	// EnvelopeReceived brings an envelope by gossip. From is the last hop, not the author.
	EnvelopeReceived struct {
		From     PeerID
		Envelope *Envelope
	}

	// Published is the outcome of Publish. Peers counts the direct neighbours that
	// it was handed to.
	Published struct {
		Conversation Conversation
		Last         uint64
		Peers        int
		Err          string // "" or why it could not be published
	}

	// DirectReceived brings an envelope straight from the peer From, authenticated
	// by the connection. It waits for Answer. Messages before Floor are not coming.
	DirectReceived struct {
		Ticket   Ticket
		From     PeerID
		Envelope *Envelope
		Floor    uint64
	}

	// SendDone is the outcome of Send. Verdict Stored comes only with a valid
	// signed receipt; Held is how far the recipient has the log, as it says.
	SendDone struct {
		To      PeerID
		Last    uint64
		Held    uint64
		Verdict Verdict
		Err     string // what went wrong, in words, when Verdict is NoVerdict
	}

	// SyncRequested brings a peer's turn of a sync. It waits for AnswerSync.
	SyncRequested struct {
		Ticket Ticket
		From   PeerID
		Deltas []Delta
	}

	// SyncDone is the outcome of Sync.
	SyncDone struct {
		With   PeerID
		Deltas []Delta // nil with Err
		Err    string
	}

	// LineDone is the outcome of OpenLine. Line is set unless Err is. It comes before
	// anything else of the line.
	LineDone struct {
		Attempt uint64
		Line    Line
		Err     string // why there is no line, in words
	}

	// FrameReceived brings a frame of a private session from the peer at the other
	// end of a line, authenticated by the connection. The first of a line that the
	// peer opened is a FrameHello.
	FrameReceived struct {
		Line  Line
		From  PeerID
		Frame *Frame
	}

	// LineClosed says that a line is gone, whoever closed it. It is the last that
	// is heard of the line, and comes for every line once.
	LineClosed struct {
		Line Line
		Err  string // in words; "" when the other end closed it
	}

	// Saved is the outcome of all Saves up to Through: they are durable. With Err
	// nothing can be saved at present, and the store tries again, or says there that
	// it does not.
	Saved struct {
		Through uint64
		Err     string
	}

	// Recalled is the outcome of Recall: the messages in the order of Less, each
	// verified. More says that there are further ones in the window, older than Items
	// or, with First, later. Beyond says that something is kept from before the
	// window; it need not be said of one that is not exhausted. Unknown says that there
	// is no answer, as a message that the window names is not kept.
	Recalled struct {
		N            uint64
		Items        []Memory
		More, Beyond bool
		Unknown      bool
		Err          string
	}

	// FindDone is the outcome of Find.
	FindDone struct {
		Peer  PeerID
		Found bool
	}

	// DialDone is the outcome of Dial. Peer is whom the dial reached, and Already
	// says that it was connected before.
	DialDone struct {
		Addr    string
		Peer    PeerID
		Already bool
		Err     string // "" or why not, in words
	}

	// Inspected is the outcome of Inspect.
	Inspected struct {
		Links    []Link
		Counters map[string]uint64 // what was dropped or refused, by reason
	}

	// LinksAsked says that a connected peer asks whom this node is connected to. It
	// waits for AnswerLinks.
	LinksAsked struct {
		Ticket Ticket
		From   PeerID
	}

	// LinksDone is the outcome of AskLinks: what With says of its own links. None of it
	// is proven, and no address is in it.
	LinksDone struct {
		With  PeerID
		Links []Link // at most MaxLinks, each peer once
		Err   string
	}

	// Warned carries trouble of the node itself that the owner should read:
	// what happened, why, what to do.
	Warned struct{ Text string }
)

// Memory is a message as history has it.
type Memory struct {
	Placed
	State State // of one's own direct messages
}

// Link is what the network knows of a connected peer.
type Link struct {
	Peer  PeerID
	Path  string // "direct" or "relayed"
	Addr  string // remote address
	RTTms float64
	Mesh  []Conversation // in whose gossip the two are neighbours, sorted
}

func (Started) event()          {}
func (Tick) event()             {}
func (PeerUp) event()           {}
func (PeerDown) event()         {}
func (LinkFormed) event()       {}
func (PeerMet) event()          {}
func (Lost) event()             {}
func (EnvelopeReceived) event() {}
func (Published) event()        {}
func (DirectReceived) event()   {}
func (SendDone) event()         {}
func (SyncRequested) event()    {}
func (SyncDone) event()         {}
func (LineDone) event()         {}
func (FrameReceived) event()    {}
func (LineClosed) event()       {}
func (Saved) event()            {}
func (Recalled) event()         {}
func (FindDone) event()         {}
func (DialDone) event()         {}
func (Inspected) event()        {}
func (LinksAsked) event()       {}
func (LinksDone) event()        {}
func (Warned) event()           {}
