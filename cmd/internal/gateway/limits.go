package gateway

import (
	"time"

	"tincan/behaviour/chat"
)

// Every bound of the door, with its reason and what happens there. Who is sent
// away is told why.
const (
	// maxGuests bounds the connections that are open. Beyond it new ones are sent away.
	maxGuests = 1024

	// maxFromOne bounds those of one address, so that one machine cannot keep all
	// others out. This machine itself is exempt: its users share one address.
	maxFromOne = 64

	// maxLine bounds a line in bytes: the longest message and the command before
	// it. A longer one is counted, not kept, and refused with its size.
	maxLine = chat.MaxText + 4<<10

	// linesPerSecond and lineBurst bound how fast a guest is read: a paste goes
	// through at once, a flood waits in his own socket. Nothing is lost.
	linesPerSecond = 20
	lineBurst      = 100

	// lineBytes is how many bytes count as one line more.
	lineBytes = 4 << 10

	// chunk is how many bytes are written at once, and what of the room for them
	// is kept.
	chunk = 16 << 10
)

const (
	// idleTime is how long a connection may last that has asked for nothing.
	idleTime = 2 * time.Minute

	// writeTime is how long a guest may take to read one chunk. Then he is gone.
	writeTime = 30 * time.Second

	// answerTime is how long the next line waits for the answer that decides where
	// it goes: a peer that has to be found takes a dial and a lookup.
	answerTime = 10 * time.Second

	// partTime is how long who has said all waits for what he asked for, and then
	// for his last lines to be written.
	partTime = 5 * time.Second

	// goodbyeTime is how long a connection is kept for its other end to read what
	// was said last, when the node ends.
	goodbyeTime = time.Second
)
