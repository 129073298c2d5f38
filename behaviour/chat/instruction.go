package chat

import "time"

// Instruction is what a local user asks for. The set is closed.
type Instruction interface{ instruction() }

type (
	// Enter makes the asker, a guest, known under Name. It is a guest's first
	// instruction; whoever opens the door takes a fresh User for each guest. What
	// another guest here is called already gets a number behind it.
	Enter struct{ Name string }

	// Exit says that a guest is gone. Nothing of him is asked or told any more.
	Exit struct{}

	// Attach takes the asker's seat, a front end that comes to a running node: it is in
	// the lobby if the user is, else nowhere. It is answered by Ready, for that seat
	// alone; at one that is taken it does nothing else. A seat that asks for something
	// else first is taken too (see seats.go). Detach gives it up; nothing of the user's
	// ends with it, and what it has asked for goes on. A user may have maxSeats.
	//
	// An Apart seat is in no conversation, and so does not count as somebody who reads
	// one: what it joins and forks does not take it there, nor does the end of another
	// conversation. It says where each line goes. Only SwitchTo, OpenLobby and OpenDirect
	// lead it somewhere, and Apart again leads it out: a seat that is taken becomes apart.
	Attach struct{ Apart bool }
	Detach struct{}

	// Say sends Text to the current conversation of the asker's seat: where that went
	// last, at first the lobby for the owner and none for a guest.
	Say struct{ Text string }

	// SayIn sends Text to the conversation that In names ("lobby", "#name" or
	// "session:N") wherever the user is.
	SayIn struct{ In, Text string }

	// Act says what the user does ("/me waves"), in the current conversation.
	Act struct{ Text string }

	// ActIn is Act in the conversation that In names, as SayIn does.
	ActIn struct{ In, Text string }

	// Broadcast sends Text to the lobby wherever the user is.
	Broadcast struct{ Text string }

	// Blank is Enter on an empty line: Hello in the lobby, nothing elsewhere.
	Blank struct{}

	// SayHello broadcasts a hello to the lobby.
	SayHello struct{}

	// SendDirect sends Text to whom To names. Line is what was typed; it is held
	// if To names nobody, or "" when the asker wants a failure instead. Action says that
	// it is what the user does.
	SendDirect struct {
		To, Text, Line string
		Action         bool
	}

	// OpenDirect makes the direct conversation with whom To names the current one.
	OpenDirect struct{ To string }

	// OpenLobby makes the lobby the current conversation; here and below: of the seat
	// that asks, where each of the user's has its own.
	OpenLobby struct{}

	// Join makes the user a member of a channel, which becomes the current
	// conversation. Name, if not "", is what he wants to be called.
	Join struct{ Channel, Name string }

	// MayJoin is Join for a user who is in no conversation, else Line is said as
	// text: "join the party" is a sentence to whoever can be heard.
	MayJoin struct{ Channel, Name, Line string }

	// Part leaves a channel; "" means the current one.
	Part struct{ Channel string }

	// Fork opens a private session with whom To names and goes there.
	Fork struct{ To string }

	// Leave leaves the current conversation for good: a session ends for both.
	Leave struct{}

	// SwitchTo makes another of the user's conversations the current one: To is
	// its number, "lobby", "#name", or whom a session is with.
	SwitchTo struct{ To string }

	// ListSessions asks for the user's conversations.
	ListSessions struct{}

	// ListDirects asks with whom there are direct conversations of which something is
	// kept, be they open or not.
	ListDirects struct{}

	// ListUsers asks who is in a conversation; "" means the current one.
	ListUsers struct{ In string }

	// Rename changes what the user is called.
	Rename struct{ Name string }

	// Away tells others that the user does not read, and why; Back that he does.
	Away struct{ Text string }
	Back struct{}

	// Ignore shows the user nothing more of whom Who names; Unignore ends that.
	Ignore   struct{ Who string }
	Unignore struct{ Who string }

	// Whois asks what is known of whom Who names, "" being the user himself.
	Whois struct{ Who string }

	// Hold answers that Line looks like a slip and was not sent.
	Hold struct{ Line, Reason string }

	// Doubt is a line whose first word may be a mistyped "dm": held if To names
	// a peer, else said as text.
	Doubt struct{ Line, To string }

	// ListPeers asks who is here.
	ListPeers struct{}

	// GetStatus asks how the node does.
	GetStatus struct{}

	// ShowNetwork asks for the network as this node knows it.
	ShowNetwork struct{}

	// Connect dials an address: a multiaddr, or host and port as "host port".
	// Disconnect closes the connection to the peer that To names. Both are the
	// owner's.
	Connect    struct{ Addr string }
	Disconnect struct{ To string }

	// ReadHistory asks for the last N messages of a window of a conversation, or with
	// First for the first N of it. In calls the conversation as SayIn does, or "dm" and
	// whom To names; "" means the current one. N is at most 10,000, 0 means 20.
	//
	// The window is what lies after the message After and before the message Before,
	// both ids, in the order of Less; and what was sent at Since or later and before
	// Until, by the time that is shown with a message: its author's, to the
	// millisecond. What is empty, or zero, is no bound; a window may be empty. So who
	// reads on from either end names the last that he has read, and what lies around a
	// message is two questions: the last before it, and the first after those.
	//
	// When less than N is kept here, others are asked for what was said before, but
	// not for what a window with After or Since leaves out.
	ReadHistory struct {
		In            string
		N             int
		After, Before string
		Since, Until  time.Time
		First         bool
	}

	// Search asks for messages that hold all of Words, in all of the user's
	// conversations or the one that In names, the last N of them.
	Search struct {
		In, Words string
		N         int
	}

	// WhoGot asks who is known to have a message of the user's: its id, or the
	// how-manieth last of his in the current conversation ("1" and "" are the last).
	WhoGot struct{ Message string }

	// Retry tries at once what waits for a peer, or for all with To "".
	Retry struct{ To string }

	// Quit ends the node when the owner says it: first what was accepted is sent,
	// for DrainTime at most. From a guest it is Exit, answered by Ended. Returning says
	// that the node is to come back: the owner's private sessions, which else end, then
	// go on, if the store is Durable.
	Quit struct{ Returning bool }
)

func (Enter) instruction()        {}
func (Exit) instruction()         {}
func (Attach) instruction()       {}
func (Detach) instruction()       {}
func (Say) instruction()          {}
func (SayIn) instruction()        {}
func (Act) instruction()          {}
func (ActIn) instruction()        {}
func (Broadcast) instruction()    {}
func (Blank) instruction()        {}
func (SayHello) instruction()     {}
func (SendDirect) instruction()   {}
func (OpenDirect) instruction()   {}
func (OpenLobby) instruction()    {}
func (Join) instruction()         {}
func (MayJoin) instruction()      {}
func (Part) instruction()         {}
func (Fork) instruction()         {}
func (Leave) instruction()        {}
func (SwitchTo) instruction()     {}
func (ListSessions) instruction() {}
func (ListDirects) instruction()  {}
func (ListUsers) instruction()    {}
func (Rename) instruction()       {}
func (Away) instruction()         {}
func (Back) instruction()         {}
func (Ignore) instruction()       {}
func (Unignore) instruction()     {}
func (Whois) instruction()        {}
func (Hold) instruction()         {}
func (Doubt) instruction()        {}
func (ListPeers) instruction()    {}
func (GetStatus) instruction()    {}
func (ShowNetwork) instruction()  {}
func (Connect) instruction()      {}
func (Disconnect) instruction()   {}
func (ReadHistory) instruction()  {}
func (Search) instruction()       {}
func (WhoGot) instruction()       {}
func (Retry) instruction()        {}
func (Quit) instruction()         {}
