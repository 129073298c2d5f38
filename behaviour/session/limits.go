package session

import "time"

// Every bound of the lines, with its reason and what happens there.
const (
	// frameTime is how long a peer may take to say its first frame, how long any
	// frame may take from its first byte to its last, and how long writeSize bytes
	// may take to leave. Slower lines are reset. It allows 96 KiB at 10 KB/s.
	frameTime = 10 * time.Second

	// endTime is how long End waits for what is queued to leave and for the peer
	// to close its side. Then the line is reset.
	endTime = 10 * time.Second

	// linesPerPeer bounds the lines that a peer has opened here, and those opened
	// to it: each its own bound, so that nobody can use up the other's. Two peers
	// need one line per session of their users, of whom there are many behind a
	// gateway, and one more while it is replaced.
	linesPerPeer = 256

	// linesTotal bounds the lines that others have opened here, and those that
	// this node has. A silent one costs a goroutine and a read buffer of 4 KiB.
	linesTotal = 1024

	// maxQueue and maxQueued bound what waits to be written to a line, in bytes
	// and in frames. A line on which more waits is reset: the peer does not read.
	maxQueue  = 1 << 20
	maxQueued = 8192

	// writeSize is how much of the queue is written at a time: what has to leave
	// within frameTime.
	writeSize = 64 << 10

	// A frame of at most promptSize bytes is written by its sender, who waits for
	// promptTime at most, if the peer spoke last or the line was quiet for
	// quietTime. Once a connection had no room for one, nobody does so for
	// cloggedTime: so peers that do not read cost their senders a hundredth of
	// their time, however many they are.
	promptSize  = 4 << 10
	promptTime  = 10 * time.Millisecond
	quietTime   = time.Millisecond
	cloggedTime = time.Second

	// keptQueue is the largest queue that an idle line keeps for the next frame.
	keptQueue = 4 << 10

	// A line may say idleBurst frames that carry nothing, idleRate more each
	// second, and one more for every frame that it was sent, which it may have to
	// acknowledge. One that says more is reset.
	idleBurst = 4000
	idleRate  = 2000
)

// bounds are those that tests cannot wait for or reach.
type bounds struct {
	frameTime, endTime       time.Duration
	linesPerPeer, linesTotal int
}

var standard = bounds{frameTime, endTime, linesPerPeer, linesTotal}
