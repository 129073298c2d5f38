// Package jsonl is the chat as JSON, one object a line: what a program asks
// for, and what it is told.
//
// [Parse] reads an instruction, [Append] writes a notification. Both are pure.
//
// # Objects told
//
// Every object begins with "v" (1), "type" and "ts" (RFC 3339 with nanoseconds,
// UTC). ts is the time of telling; of a message it is the time of
// sending by its author's clock. A peer is {"id", "peer_no"?, "name"}.
// Characters that could act on a terminal are written as \u escapes, so the
// text is exact for a program and harmless on a screen.
//
//	ready     id, peer_no?, name, network, addrs
//	peer      event ("up", "down"), peer
//	message   id, conversation, kind, from (with guest?), to?, text, late?, mine?
//	delivery  ref, id, to?, state, reason?, peers?
//	peers     ref, peers: [{id, peer_no?, name, state, path, rtt_ms?, addr}]
//	status    ref, id, peer_no?, name, network, addrs, up_s, peers, messages, outbox, counters
//	gap       conversation, from, missing, lost?
//	notice    text, ref?, code?
//	error     text, ref?, code?
//	lagged    lost
//
// The end of the node is a notice with code "ended", or an error with code
// "undelivered".
//
// # Instructions
//
// An object with "do" and, if an answer is to be told apart, "ref": a string of at most
// 64 bytes that is given back as it was. Unknown fields are ignored.
//
//	broadcast  text
//	dm         to, text
//	say        conversation? ("lobby"; without it the current one), text
//	hello, ls, status, quit
//	connect    addr (a multiaddr, or "host port")
package jsonl
