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
// lost. Bytes, keys, signatures and streams are not modelled; package localnet
// and the tests of the protocols have them.
//
// The rules are numbered as in the test programme: 1 validity, 2 no
// duplication, 4 honest receipt, 5 agreement, 6 author order, 7 causality,
// 8 convergence, 9 privacy, 10 liveness of direct messages. Rule 0 is the contract
// between core and network: one publish, send and sync at a time, each ticket
// answered once, no endless loop of effects.
package sim
