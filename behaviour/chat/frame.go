package chat

// Line names a stream of a private session while it is open, at this node.
// Lines are named by whoever reports them, never 0 and never reused.
type Line uint64

// Frame is what the two ends of a line say to each other. It is authenticated
// by the connection and signed by nobody: nobody can prove to a third what was
// said in a session.
//
// Each end numbers its messages of a session 1, 2, 3 … for the life of the
// session, over all its lines. Ack is in every frame.
type Frame struct {
	Kind FrameKind
	Ack  uint64 // the messages of the other end up to here have been taken in, and are not lost in a crash

	// Of a FrameHello:
	Session SessionID
	Fresh   bool   // the session begins; else it goes on on a new line
	From    string // the guest who asks, or "" for the owner
	To      string // the guest who is asked for, or ""
	Name    string // what the owner of the sending node is called

	// Of a FrameData: Messages[0] has the number First. Of a Message only Stamp,
	// Kind and Body count; Kind is Text or Action, or one from the future.
	First    uint64
	Messages []Message

	Reason CloseReason // of a FrameClose
}

// FrameKind tells what a frame is for.
type FrameKind uint8

// The kinds of frames. The numbers are on the wire; frames of other kinds are
// passed over.
const (
	FrameHello FrameKind = 1 // the first each way: whoever opens the line asks, the other end agrees (or closes)
	FrameData  FrameKind = 2
	FrameAck   FrameKind = 3
	FrameClose FrameKind = 4 // the session is over, or never began
)

// CloseReason tells why a session ends.
type CloseReason uint8

// The reasons. The numbers are on the wire; others count as CloseLeft.
const (
	CloseLeft    CloseReason = 1 // its user has left
	CloseRefused CloseReason = 2 // its user takes no session from this one
	CloseUnknown CloseReason = 3 // there is no such session to go on with
	CloseNobody  CloseReason = 4 // there is no such guest here
	CloseBusy    CloseReason = 5 // too many sessions; try again later
	CloseBroken  CloseReason = 6 // a frame did not make sense
)
