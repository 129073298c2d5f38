package chat

import "slices"

// Effect is something for somebody else to carry out, without blocking the
// core. The set is closed. Effects are carried out in the order given.
type Effect interface{ effect() }

type (
	// Save makes changes durable, all or none of them, after those of every Save
	// before; N counts the saves from 1. Outcome: Saved, when Config.Durable is set.
	// The changes are the receiver's from then on.
	Save struct {
		N       uint64
		Changes []Change
	}

	// Recall asks the store for history: of a conversation ("": of all, which takes
	// Words), the last Limit messages of a window that hold all of Words, or with First
	// the first, which takes no Words. Outcome: Recalled, with the same N.
	Recall struct {
		N            uint64
		Conversation Conversation
		Window
		Limit int
		First bool
		Words string
	}

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

	// Subscribe makes this node a part of a shared conversation's gossip, and of
	// the search for others in it; Unsubscribe ends that. The lobby needs neither.
	Subscribe   struct{ Conversation Conversation }
	Unsubscribe struct{ Conversation Conversation }

	// OpenLine opens a line for a private session to a peer, finding it if needed,
	// with Hello as its first frame. Outcome: LineDone, with the same Attempt.
	OpenLine struct {
		Attempt uint64
		To      PeerID
		Hello   *Frame
	}

	// SendFrame sends a frame down a line. Frames arrive in order; there is no
	// outcome: what the other end acknowledges has arrived. A line that is gone
	// swallows it.
	SendFrame struct {
		Line  Line
		Frame *Frame
	}

	// CloseLine closes a line when the frames before have left.
	CloseLine struct{ Line Line }

	// Find looks whether a peer can be reached. Outcome: FindDone.
	Find struct{ Peer PeerID }

	// Dial connects to an address, without regard to back-off. Outcome: DialDone.
	Dial struct{ Addr string }

	// Hangup closes all connections to a peer and does not come back to it.
	Hangup struct{ Peer PeerID }

	// Inspect asks for the state of all links. Outcome: Inspected.
	Inspect struct{}

	// AskLinks asks a connected peer whom it is connected to. Outcome: LinksDone. At
	// most one per peer is under way.
	AskLinks struct{ With PeerID }

	// AnswerLinks answers LinksAsked: at most MaxLinks links, each with at most
	// MaxMesh conversations and without an address.
	AnswerLinks struct {
		Ticket Ticket
		Links  []Link
	}

	// Notify tells local users something, at all their seats unless Reaches says
	// otherwise.
	Notify struct {
		For          []User // nil: every local user; not to be changed
		Seat         Seat   // which seat of the one user asked: only that one is given Ref; 0: all are
		Alone        bool   // only that seat is told
		But          []Seat // seats of the one user that are not told: they are told in other words; never 0
		Ref          string // the asker's, given back as it was; "" when nobody asked
		Notification Notification
	}

	// Stop ends the node: nothing more is to be waited for.
	Stop struct{}
)

func (Save) effect()        {}
func (Recall) effect()      {}
func (Publish) effect()     {}
func (Send) effect()        {}
func (Answer) effect()      {}
func (Sync) effect()        {}
func (AnswerSync) effect()  {}
func (Subscribe) effect()   {}
func (Unsubscribe) effect() {}
func (OpenLine) effect()    {}
func (SendFrame) effect()   {}
func (CloseLine) effect()   {}
func (Hangup) effect()      {}
func (Find) effect()        {}
func (Dial) effect()        {}
func (Inspect) effect()     {}
func (AskLinks) effect()    {}
func (AnswerLinks) effect() {}
func (Notify) effect()      {}
func (Stop) effect()        {}

// Reaches says whether a seat of a user for whom n is is told. Seat 0 hears all.
func (n Notify) Reaches(seat Seat) bool {
	if n.Alone && n.Seat != 0 && seat != 0 && n.Seat != seat {
		return false
	}
	return !slices.Contains(n.But, seat)
}
