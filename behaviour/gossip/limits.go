package gossip

import "time"

// Every bound of the room, with its reason and what happens there.
const (
	// MaxTopics bounds the topics that a peer may be subscribed to, and those
	// that this node joins, since its peers would ignore the others. A node of ours
	// has 129 at most, the lobby and 128 shards of channels; a later version that
	// shares channels out anew needs as many again while both are in use. A
	// peer's further subscriptions are ignored and counted. Without this bound,
	// 34 MiB of made-up subscriptions cost 0.8 GB.
	MaxTopics = 256

	// MaxTopic bounds a topic's name in bytes. Subscriptions to longer names, or
	// to names with control characters, are ignored and counted.
	MaxTopic = 128

	// maxSubscriptions bounds the entries of one RPC: pubsub tells a new peer of all
	// its topics in one. An RPC with more is dropped whole and counted.
	maxSubscriptions = 512

	// maxSubscribers bounds the peers whose subscriptions are remembered: with the
	// bounds above, 32 MiB if all of them are hostile.
	maxSubscribers = 1024

	// overhead is what an RPC with one message may be longer than its data: the
	// topic's name and some tags.
	overhead = MaxTopic + 64

	// maxControl bounds the control part of an RPC in bytes. The largest of ours
	// is an IHAVE of maxIHave ids; pubsub splits what is longer.
	maxControl = 64 << 10

	// maxIHave bounds the ids of one IHAVE, and what one peer can make this node
	// ask for within a heartbeat.
	maxIHave = 1000

	// outboundQueue bounds what waits for one peer, in RPCs. They share their
	// messages, so a slow peer costs pointers; the messages of a burst are held
	// once. At the bound RPCs are dropped and Lost is called.
	outboundQueue = 1024

	// validateQueue bounds messages that wait for Validate: 96 MiB if all are of
	// full size, which needs a burst of that size from connected peers within the
	// time of checking it. At the bound messages are dropped, not marked as seen,
	// and Lost is called.
	validateQueue = 1024

	// receivedQueue and receivedBytes bound what waits for Received, of all topics
	// together. At the bound messages are dropped and Lost("") is called.
	receivedQueue = 1024
	receivedBytes = 16 << 20

	// maxNotices bounds the notices that wait for Met, Grafted and Lost: a link in
	// each of MaxTopics with 8 peers who come at the same time. At the bound all further
	// ones become one Lost("").
	maxNotices = 16 * MaxTopics

	// exchangedPeers bounds the addresses taken from one PRUNE; connectors and
	// connectTime bound the dials that follow, pendingDials those that wait.
	exchangedPeers = 16
	connectors     = 2
	connectTime    = 10 * time.Second
	pendingDials   = 32
)

// The shape of the mesh and its times.
const (
	// degree is how many neighbours pass a message on: every one above two sends
	// one copy more of everything. Own messages go to all peers in the topic at
	// once, so in a small room, where everyone is a neighbour, the mesh is a
	// second path and not the first.
	degree, degreeLow, degreeHigh = 4, 3, 5
	// degreeOut of them are peers that this node has dialled, which nobody who
	// dials it can crowd out.
	degreeOut = 1

	// lazy is how many others are told at each heartbeat what there is to be had:
	// it is what reaches the leaves of a star beyond degreeHigh. Those in the mesh
	// are not told, so one that has just been grafted misses what went before.
	lazy = 8

	// firstHeartbeat is short because until then there is no mesh, and a message
	// published into no mesh reaches neighbours only. heartbeat is how long a peer
	// that has just come waits for it.
	firstHeartbeat = 5 * time.Millisecond
	heartbeat      = 250 * time.Millisecond

	// kept and told are heartbeats: for how long messages can be asked for, and
	// for how long others are told of them.
	kept = 20 // 5 s
	told = 8  // 2 s

	// pruneBackoff and leaveBackoff keep a pair from grafting and pruning by
	// turns; short, so that a node that is restarted at once is taken back. They
	// travel as whole seconds, at least 1.
	pruneBackoff = 3 * time.Second
	leaveBackoff = time.Second

	// largeMessage is the size from which neighbours are told not to send what has
	// just come: below, a copy costs no more than saying so.
	largeMessage = 4 << 10

	// seenTime is how long a message is known; a copy that comes later is new.
	seenTime = 2 * time.Minute
)

// The score of a peer is never above 0 and nothing but its own deeds lowers it;
// in particular not how many share its address, nor how little it says.
const (
	// invalidWeight and invalidDecay (per second): ten invalid messages within a
	// minute reach gray.
	invalidWeight = -1
	invalidDecay  = 0.99
	// odd counts GRAFTs that came too early and promises that were not kept. An
	// honest peer whose queues overflow breaks up to 4 promises a second, which
	// settles at 40. One that leaves 129 topics and is back within a second grafts
	// too early in all of them, and pubsub counts that twice: 258, and once more
	// if it does it again.
	oddWeight = -1
	oddFree   = 600
	oddDecay  = 0.9

	quiet   = -10  // no gossip to or from it below this
	shunned = -50  // own messages are not sent to it
	gray    = -100 // nothing is taken from it

	scoreKept = 2 * time.Minute  // for a peer that has gone
	copiesFor = 10 * time.Second // a message's senders are known that long
)
