package sim

import "time"

const (
	// maxEffects bounds the effects of one core in a virtual second, and maxCalls
	// the calls into it. A core that goes beyond is in a loop: the run fails.
	maxEffects = 100_000
	maxCalls   = 50_000

	// maxHeld bounds the envelopes that a cut link keeps for when it works again,
	// like the queue of a connection. Beyond it they are lost.
	maxHeld = 1024

	// maxMesh is the number of gossip neighbours from which a node takes no further
	// ones on links that were made for a direct message.
	maxMesh = 12

	// maxCompared bounds the nodes whose order is compared: it is the same function
	// of the same sets.
	maxCompared = 64

	// maxLoss is the share of hops that may be lost and leave presence complete.
	maxLoss = 0.1

	// maxNodes, maxDuration and maxLines bound a run so that a mistyped option does
	// not fill the machine.
	maxNodes    = 5000
	maxDuration = 24 * time.Hour
	maxLines    = 200_000
)

// The times of the network.
const (
	// noticeMax is how long a connection may look alive after its other end is gone.
	noticeMax = 30 * time.Second

	// repairMax is how long it takes until links are made again after a fault.
	repairMax = 15 * time.Second

	// formMax is the longest time from a connection to its gossip.
	formMax = 1500 * time.Millisecond

	// answerMax is the patience with a request.
	answerMax = 10 * time.Second

	// publishMax is how long a publish may take when the node is busy.
	publishMax = 500 * time.Millisecond

	// dialMax is how long a dial that cannot succeed may take.
	dialMax = 5 * time.Second

	// joinGrace is how long after a line was accepted a node may join and still show it.
	joinGrace = time.Minute

	// sweptMax is how long after the end of a session what its user types may be held,
	// by a clock that may drift.
	sweptMax = 3*time.Second + 50*time.Millisecond

	// replyMax is how long a line may be without any answer to its user.
	replyMax = 30 * time.Second

	// presenceMin, presenceRate and presenceMissed are the least mean time between
	// two announcements of a node in a room, the rate of all of them together a
	// second, and how many may be missing before it is taken to be gone.
	presenceMin    = 30 * time.Second
	presenceRate   = 8
	presenceMissed = 5
)

// lingers is how long who has gone without a word may be named as present in a
// room of so many nodes: the time-out, until somebody looks, and the road.
func lingers(nodes int) time.Duration {
	mean := max(presenceMin, time.Duration(nodes)*time.Second/presenceRate)
	return presenceMissed*mean + presenceMin + noticeMax
}
