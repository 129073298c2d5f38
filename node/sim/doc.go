// Package sim runs many cores of the chat over an imaginary network in one
// goroutine and virtual time, and checks the promises of package chat on what
// they show.
//
// A run is a function of its [Options]: the seed draws a [Schedule] of lines
// and faults, the delays and losses of the network, and each core's random
// numbers. The same options give the same journal, bit for bit; its hash is
// in the [Result].
//
//	Schedule ──▶ world (heap of items by time) ──▶ cores
//	               ▲   links, gossip, exchanges      │ effects
//	               └─────────────────────────────────┘
//	                        seals, notifications ──▶ checker
//
// A node has nothing to keep things in, a store in memory that ends with it, or a
// disk that it finds again when it comes back (see disk): a disk has a queue, commits
// what has gathered, is slow, full, read-only or new, loses in a crash what was not
// durable, and now and then its end, which was. What it keeps is what [chat.Past.Apply]
// makes of the changes. Clocks go wrong by seconds, or drift, are off by up to an
// hour, and are set by an hour or a year and back while nodes run.
//
// What is modelled besides is what libp2p does around a core, as the core sees it:
// connections that end unnoticed, a gossip mesh that forms after the
// connection and does not carry what was said before, requests whose answer is
// lost, lines of private sessions that break with their connection. Channels
// share a few topics, so that nodes have gossip of channels that they are not in;
// repair joins the pieces of a topic, as rendezvous does. Bytes, keys, signatures
// and streams are not modelled; package localnet and the tests of the protocols
// have them.
//
// The rules are numbered as in the test programme: 1 validity, 2 no
// duplication, 3 durability, 4 honest receipt, 5 agreement, 6 author order,
// 7 causality, 8 convergence, 9 privacy, 10 liveness of direct messages and of private
// sessions. They hold for each conversation by itself; of a channel, from when a
// node comes into it until it leaves. Rule 0 is the contract between core and
// network: one publish, send and sync at a time, each ticket answered once, no
// endless loop of effects, no warning without cause. Rule 11 is presence: when all
// is quiet, whoever asks who is in a conversation hears of everybody who is, and
// of nobody who has been gone for long.
//
// What a node has is what it has shown, or has in its store: much that came late is
// shown as a number only. When a node with a disk ends, all that it has shown, sent
// and signed for must be on the disk, and what its owner was told to be accepted in the
// history or the outbox; after it has started the owner is where he was. Not so when
// the disk had said that it saves nothing, or has lost its end: then the node may
// forget, but says nothing wrong, and goes on in new logs when it finds out. At
// the end all histories are read and compared. A node whose clock is wrong and that
// cannot know it, and what it says, are left out of agreement; so is presence where
// clocks are wrong, as it goes by them.
//
// Privacy is checked three times over: where a user's words go by what he was
// told of where he is, whom they are shown to, and whatever a core hands to the
// network or a disk, in which words for two carry a canary.
//
// # What was found
//
// Each is a fault of the core that a run has found in the work on disks and clocks, and
// what repeats the run: with the fault put back, the rule breaks again. The options are
// in testdata/regress/seeds.txt, with those of earlier finds and what was wrong then;
// S stands for "go run ./cmd/lab sim $(grep -- '--seed N ' node/sim/testdata/regress/seeds.txt)".
//
//	fault                                                   rule  repeat
//	a channel that was left came into the history twice     2     S, N = 248
//	a log was told out of order around a digest             6     S, N = 12
//	an owner was told of his guests' words as of his own    9     S, N = 35
//	stamps went back when a wrong clock was found           8     S, N = 107
//	stamps went back over a restart                         8     S, N = 418
//	a member who came back gave newcomers no history        7     S, N = 21
//	words for a session that was over went to the lobby     9     go test ./behaviour/chat
//	while a slow disk held back that it was over                  -run NothingGoesAstray
package sim
