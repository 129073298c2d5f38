// Package node is one tincan node as a library: keys, a libp2p host, the loop
// that owns the chat, and the hub that tells its users what happens.
//
//	front end ──Do──▶ loop (core) ──effects──▶ behaviour ──▶ libp2p
//	front end ◀─Next── hub ◀──────  loop ◀──events── behaviour ◀── libp2p
//
// New listens, Run works until Quit or the end of its context. The identity is a
// number's, which anybody can derive, or one made here, which OpenProfile keeps in a
// directory; nodes of the one kind and of the other never meet. OpenDerivedProfile
// is for those of the first kind that keep other things.
//
// What is said is kept in the profile's directory, if there is one, and nobody hears
// of it before it is durable there; else in memory, as long as the node runs. An
// Archive reads a history without a node.
//
// The node has an owner, and may have guests: NewUser names one, who asks with Do
// and is told through Subscribe like the owner.
//
// The supervisor keeps the node connected: it dials the ways in and the members,
// listens for others on the local network, and comes back to lost neighbours. It
// remembers whom it has met, in its Config's directory across starts, and turns to
// them when the ways in are dead. Who cannot be dialled is reached through relays,
// and who can is one.
package node
