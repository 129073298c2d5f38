// Package node is one tincan node as a library: keys, a libp2p host, the loop
// that owns the chat, and the hub that tells its users what happens.
//
//	front end ──Do──▶ loop (core) ──effects──▶ behaviour ──▶ libp2p
//	front end ◀─Next── hub ◀──────  loop ◀──events── behaviour ◀── libp2p
//
// New listens, Run works until Quit or the end of its context. The supervisor
// keeps the node connected: it dials the ways in, and comes back to lost
// neighbours.
package node
