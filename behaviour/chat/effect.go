package chat

// Effect is something for somebody else to carry out, without blocking the
// core. The set is closed. Effects are carried out in the order given.
type Effect interface{ effect() }

type (
	// Publish gossips an envelope. Outcome: Published. At most one per
	// conversation is under way.
	Publish struct{ Envelope *Envelope }

	// Send brings an envelope to one peer, finding it if needed. Outcome:
	// SendDone. At most one per peer is under way. Floor is the lowest number of
	// the log that is still on its way.
	Send struct {
		To       PeerID
		Envelope *Envelope
		Floor    uint64
	}

	// Answer answers DirectReceived. Last is the highest number of the log that
	// is held without a gap; the receipt names it.
	Answer struct {
		Ticket  Ticket
		Verdict Verdict
		Last    uint64
	}

	// Sync takes a turn of a sync with a peer. Outcome: SyncDone. At most one per
	// peer is under way.
	Sync struct {
		With   PeerID
		Deltas []Delta
	}

	// AnswerSync answers SyncRequested.
	AnswerSync struct {
		Ticket Ticket
		Deltas []Delta
	}

	// Find looks whether a peer can be reached. Outcome: FindDone.
	Find struct{ Peer PeerID }

	// Dial connects to an address, without regard to back-off. Outcome: DialDone.
	Dial struct{ Addr string }

	// Inspect asks for the state of all links. Outcome: Inspected.
	Inspect struct{}

	// Notify tells local users something.
	Notify struct {
		For          []User // nil: every local user
		Ref          string // the asker's, given back as it was; "" when nobody asked
		Notification Notification
	}

	// Stop ends the node: nothing more is to be waited for.
	Stop struct{}
)

func (Publish) effect()    {}
func (Send) effect()       {}
func (Answer) effect()     {}
func (Sync) effect()       {}
func (AnswerSync) effect() {}
func (Find) effect()       {}
func (Dial) effect()       {}
func (Inspect) effect()    {}
func (Notify) effect()     {}
func (Stop) effect()       {}
