package chat

// Instruction is what a local user asks for. The set is closed.
type Instruction interface{ instruction() }

type (
	// Say sends Text to the user's current conversation (the lobby, unless
	// OpenDirect went elsewhere).
	Say struct{ Text string }

	// Broadcast sends Text to the lobby wherever the user is.
	Broadcast struct{ Text string }

	// Blank is Enter on an empty line: Hello in the lobby, nothing elsewhere.
	Blank struct{}

	// SayHello broadcasts a hello to the lobby.
	SayHello struct{}

	// SendDirect sends Text to the peer that To names. Line is what was typed; it
	// is held if To names nobody, or "" when the asker wants a failure instead.
	SendDirect struct{ To, Text, Line string }

	// OpenDirect makes the direct conversation with the peer that To names the
	// user's current one.
	OpenDirect struct{ To string }

	// OpenLobby makes the lobby the user's current conversation.
	OpenLobby struct{}

	// Hold answers that Line looks like a slip and was not sent.
	Hold struct{ Line, Reason string }

	// Doubt is a line whose first word may be a mistyped "dm": held if To names
	// a peer, else said as text.
	Doubt struct{ Line, To string }

	// ListPeers asks who is here.
	ListPeers struct{}

	// GetStatus asks how the node does.
	GetStatus struct{}

	// Connect dials an address: a multiaddr, or host and port as "host port".
	Connect struct{ Addr string }

	// Quit ends the node when the owner says it: first what was accepted is sent,
	// for DrainTime at most.
	Quit struct{}
)

func (Say) instruction()        {}
func (Broadcast) instruction()  {}
func (Blank) instruction()      {}
func (SayHello) instruction()   {}
func (SendDirect) instruction() {}
func (OpenDirect) instruction() {}
func (OpenLobby) instruction()  {}
func (Hold) instruction()       {}
func (Doubt) instruction()      {}
func (ListPeers) instruction()  {}
func (GetStatus) instruction()  {}
func (Connect) instruction()    {}
func (Quit) instruction()       {}
