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
// What is modelled is what libp2p does around a core, as the core sees it:
// connections that end unnoticed, a gossip mesh that forms after the
// connection and does not carry what was said before, requests whose answer is
// lost, lines of private sessions that break with their connection. Channels
// share a few topics, so that nodes have gossip of channels that they are not in;
// repair joins the pieces of a topic, as rendezvous does. Bytes, keys, signatures
// and streams are not modelled; package localnet and the tests of the protocols
// have them.
//
// The rules are numbered as in the test programme: 1 validity, 2 no
// duplication, 4 honest receipt, 5 agreement, 6 author order, 7 causality,
// 8 convergence, 9 privacy, 10 liveness of direct messages and of private
// sessions. They hold for each conversation by itself; of a channel, from when a
// node comes into it until it leaves. Rule 0 is the contract between core and
// network: one publish, send and sync at a time, each ticket answered once, no
// endless loop of effects, no warning without cause. Rule 11 is presence: when all
// is quiet, whoever asks who is in a conversation hears of everybody who is, and
// of nobody who has been gone for long.
//
// Privacy is checked three times over: where a user's words go by what he was
// told of where he is, whom they are shown to, and whatever a core hands to the
// network, in which words for two carry a canary.
package sim
