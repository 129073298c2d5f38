package web

import "time"

// Every bound of the door, with its reason and what happens there.
const (
	// maxConns bounds the connections that are open; a browser makes up to seven. Beyond it
	// new ones are answered with 503.
	maxConns = 4096

	// keptForUs is how many of these, and of the visitors, are for this machine only, so
	// that strangers cannot keep the owner out.
	keptForUs = 256

	// maxFromOne bounds the connections of one address. This machine itself is exempt: its
	// users share one address.
	maxFromOne = 128

	// maxDismissed bounds the connections beyond these, which are kept until they have been
	// answered. Others are closed at once.
	maxDismissed = 256

	// maxVisitors bounds those who talk, or are about to say who they are. Beyond it they
	// are answered with 503.
	maxVisitors = 1024 + keptForUs

	// maxHeader bounds the head of a request in bytes; net/http adds 4 KiB for itself. A
	// browser's has less than 2 KiB. Beyond it the answer is 431.
	maxHeader = 4 << 10

	// maxFirst bounds the first frame of a visitor and maxFrame those of a guest, in bytes: the
	// default of the library, and PROMISES 4. The owner's are bounded by jsonl.MaxLine, since a
	// text of 64 KiB may be three quarters escapes. Beyond them he is sent away.
	maxFirst = 4 << 10
	maxFrame = 32 << 10

	// framesPerSecond and frameBurst bound how fast a guest's frames, and his pings, are read:
	// a page that begins goes through at once, a flood waits in its own socket.
	framesPerSecond = 20
	frameBurst      = 100

	// bytesPerSecond and byteBurst bound in the same way whatever comes on a connection that
	// is not the owner's: requests, and frames without end that carry nothing.
	bytesPerSecond = 128 << 10
	byteBurst      = 512 << 10

	// frameSize is how many bytes a frame to a visitor has before it is sent, and what is kept
	// of the room for it.
	frameSize = 64 << 10

	// sendBuffer is the room that the system has for what a visitor has not read yet, in bytes,
	// and lastBuffer the same for the reason why he is sent away.
	sendBuffer = 64 << 10
	lastBuffer = 3 * sendBuffer

	// chunk is what is written at once, in bytes.
	chunk = 16 << 10
)

const (
	// headTime is how long the head of a request may take, and idleTime how long a connection
	// may be kept for another one.
	headTime = 5 * time.Second
	idleTime = 15 * time.Second

	// enterTime is how long a visitor may take to say who he is.
	enterTime = 5 * time.Second

	// frameTime is how long one frame may take, or a text in several, once it has begun.
	frameTime = 10 * time.Second

	// writeTime is how long a visitor may take to read one chunk. Then he is gone, with the
	// reason behind what he has not read.
	writeTime = 10 * time.Second

	// pingEvery is how often a visitor is asked whether he is there, and pongTime how long he
	// may then be silent.
	pingEvery = 20 * time.Second
	pongTime  = 20 * time.Second

	// lingerTime is how long a connection is kept for its other end to read what was said
	// last, and goodbyeTime the same when the node ends.
	lingerTime  = time.Second
	goodbyeTime = time.Second
)
