package control

import "time"

// Every bound of the door, with its reason and what happens there. Who comes in is
// the user himself: the bounds are against his mistakes.
const (
	// maxFrontEnds bounds the connections that are open: more than terminals and
	// scripts of one user, and at 64 MiB of unread lines each (package node) not
	// more than a machine has. Beyond it new ones are told so and closed.
	maxFrontEnds = 64

	// maxOwed bounds the questions whose answers are waited for when a front end goes;
	// of more than that some may go unanswered then.
	maxOwed = 1024

	// chunk is how many bytes are written at once, and what of the room for them is
	// kept.
	chunk = 16 << 10

	// maxBatch is how many notifications the client hands on at once.
	maxBatch = 256
)

const (
	// writeTime is how long a front end may take to read one chunk. Then its
	// connection is closed. Meanwhile the node's queue for it is bounded: it is told
	// as "lagged" what did not fit.
	writeTime = 30 * time.Second

	// settleTime is how long one that goes waits for the answers to what it asked:
	// some need the disk, or a peer.
	settleTime = 5 * time.Second

	// readyTime is how long the client waits for the first word of a node, which has a
	// busy machine perhaps, and takes less than a millisecond on an idle one.
	readyTime = 5 * time.Second

	// goodbyeTime is how long the last lines may take when the node ends.
	goodbyeTime = time.Second

	// checkTime is how often one that has closed its half is looked after: nothing
	// else tells that it has gone.
	checkTime = time.Second
)
