// Package behaviour joins the protocols of tincan on one libp2p host: one field
// per protocol, events out, effects in. It has no opinion: what to do is decided
// in package chat, how to do it in the protocols.
//
// behaviour.go puts it together, events.go turns what the protocols report into
// chat's events, effects.go carries out chat's effects, lines.go does both for
// private sessions, topics.go makes the node a part of the gossip of its channels and
// brings it together with others who are in them, names.go lends the judge of names
// to those who may not import it, tickets.go keeps remote requests waiting for their
// answers, history.go opens what the node does not forget, saving.go turns chat's
// changes into rows of the store, with marks.go, and rows.go, past.go, recall.go,
// stored.go and archive.go turn them back: to be checked, at the start, for users, for
// syncs and for those outside. reach.go finds and dials peers, links.go asks
// them whom they are connected to, cause.go says why that failed,
// watchdog.go mends connections over which gossip does not flow.
package behaviour
