package relay

import "time"

// What a node gives to others.
const (
	// maxReservations bounds the peers that can be reached through this node, and
	// those of one address: an office behind one NAT is as welcome as 64 houses.
	maxReservations = 64

	// reservationTime is how long a reservation holds. It ends with the link
	// anyway; this is for links whose end nobody notices.
	reservationTime = 30 * time.Minute

	// maxCircuits bounds the circuits of one peer, in both directions together: a
	// person talks to a handful at a time, and those who meet often find a direct
	// way.
	maxCircuits = 16

	// circuitTime and circuitBytes (each way) bound one circuit. A chat needs
	// neither: 256 MiB are a thousand full turns of a sync. They are there because
	// a circuit without any bound counts as a direct connection in libp2p, and so
	// gossip would go there. What runs on a circuit resumes on the next.
	circuitTime  = 12 * time.Hour
	circuitBytes = 256 << 20

	// pace bounds what all circuits together carry in a second, after a burst: half
	// of what a home's line can send, and a turn of a sync in a quarter of a second.
	pace  = 1 << 20 // bytes
	burst = 1 << 20 // bytes; above buffer

	// buffer is what a circuit may have under way each way. It is taken from the
	// resource manager, whose bound on all circuits together is libp2p's own.
	buffer = 4 << 10
)

// What a node takes.
const (
	// enough is how many relays a node keeps: one dies, one is at its bounds, and
	// the node can still be reached.
	enough = 3

	// maxAddrs bounds the addresses of one relay that are told to others.
	maxAddrs = 4

	// reserveTime bounds asking for a reservation. A relay that says no, or
	// nothing, is asked again after retryFirst, since it may not have heard yet
	// what this node speaks, and then after twice as long each time, to retryLast.
	reserveTime = 3 * time.Second
	retryFirst  = 25 * time.Millisecond
	retryLast   = time.Minute

	// lookEvery is how often the addresses of the relays are looked at when
	// nothing happens.
	lookEvery = 30 * time.Second
)
