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
// Each line is a fault of the core that a run has found, and what repeats the run
// where the fault is put back: "lab sim" with the options of testdata/regress/seeds.txt.
// Those before are described there.
//
//	what was typed behind the end of a session went to the lobby, while a slow disk held
//	back that it was over                                       --vary --seed 6   rule 9
//	the messages of a log before and behind a digest were told out of order
//	                                                            --vary --seed 12  rule 6
//	who had a wrong clock was told of what his guests had said, as of his own words
//	                                                            --vary --seed 35  rule 9
//	the stamps of a log went back after a wrong clock was found --vary --seed 107 rule 8
//	and after a restart                                         --vary --seed 418 rule 8
//	a channel that was left went on waiting, and its messages came into the
//	history a second time                                       --vary --seed 248 rule 2
//	members gave newcomers nothing of what was said before they left and came back
//	                                                            --vary --seed 21  rule 7
package sim
