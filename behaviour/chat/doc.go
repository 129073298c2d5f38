// Package chat is the business logic of tincan: every rule of the chat, and
// nothing else.
//
// A [Core] is a machine with two inputs and one output:
//
//	Instruction (what a local user asks)          ──▶ ┌──────┐ ──▶ Effect
//	Event (what network, disk or clock report)    ──▶ │ Core │     (for somebody else
//	                                                  └──────┘      to carry out)
//
// It has no goroutine, lock, clock, randomness, log or I/O. Time, random
// numbers and the signing function are handed in, so the same inputs always
// give the same outputs: a test is a conversation, and a thousand cores run in
// one goroutine (package node/sim). It imports the standard library only.
//
// # What it promises
//
// Every message belongs to a log: the messages of one author, made by one life
// of that author's node, in one conversation, numbered 1, 2, 3 …. From that
// numbering follow the rules that the simulator checks:
//
//   - a message is shown at most once, however often and by whatever road it comes;
//   - the messages of a log are shown in their order, none left out silently;
//   - a message is not shown before those that its author had seen (its deps),
//     unless they are not to be had; then it is marked late;
//   - what gossip loses is fetched from whoever has it ([Sync]): on connecting, when a
//     gossip link forms, on an unknown dep, and every 30 s;
//   - what was said long ago and comes many at once is told as a [Digest]: a message
//     is shown or counted there, once, in the order of its log;
//   - nodes that hold the same messages agree on their order ([Less]);
//   - an author who signs two messages under one number is found out, and nothing
//     more of that log is shown by anybody who has seen the proof;
//   - a clock that is wrong delays nobody's words and puts none out of order.
//
// A private session is a conversation of two: its messages go over a line between
// their nodes alone, are numbered each way for the life of the session, and are
// shown once and in order over all the lines that it has had. It ends when one of
// the two leaves it, is gone for good or breaks its rules, and no sooner.
//
// Where there is a store that outlives the node, so does a session of its owner's: each
// end acknowledges only what cannot be lost, and goes on after a crash where it was, once
// both are back. When it has ended nothing of it is kept. What came just before a crash
// may be in the history and not have been shown.
//
// The owner and the guests of a node are its users. A user has a seat for each of his
// front ends, and what is said at one goes to the conversation where that seat is; where
// the end of a conversation has just taken it away from where it was, the next line is
// held and goes nowhere.
//
// # The files
//
// Vocabulary: ids.go, message.go, frame.go, instruction.go, event.go, effect.go,
// notification.go with rows.go. The table of contents: core.go. State: room.go (a shared conversation
// and its logs), floors.go (logs that are known by name only), timers.go.
//
// One rule file a topic:
//
//   - users: users (who comes in and goes), names, seats (a user's front ends, and where
//     each is), places (a user's conversations), swept (what is typed behind an end),
//     channels (joining and parting), whois, quit (draining before the end)
//   - messages: accept (a local user's line becomes a message), outgoing (one
//     envelope in flight, the rest batched), receive (dedup, order, deps, gaps),
//     equivocation (who says two things under one number), newlife (when this node
//     would have to), clock (what time it is), show, hello (the census), hold (lines
//     that look like slips)
//   - catching up: sync with vector (who lacks what), rounds (when), partners (with
//     whom) and hedge (how many at a time, and who else), digest with mention (what
//     came after an absence), older (what was said before one came)
//   - what must not be forgotten: change, past (what changes add up to), save (what
//     waits for them), restore, shelf (conversations that are not open), unsealed (what is said and has no envelope yet), stored (what
//     the store has for others), history, whogot
//   - to one peer: direct with seek (finding whom a user means) and attempt
//     (delivery, retries)
//   - sessions: session (one end of one), fork, flow (what is sent and acknowledged),
//     line with answer and hear (the line that carries it, and what comes over it),
//     reopen (when it breaks), leave, lasting (what is kept of it) with revive (after
//     a restart)
//   - people: peers (who is known) with resolve (who is meant) and peerlist, connect,
//     presence (who says that he is in a room) with attendance (who is), silence (who
//     is not any more) and people (lists of them), announce (when this node tells of its own) with rhythm, tidings and
//     farewell
//   - the node: status, topology (the network as this node knows it) with links (what its
//     neighbours say of theirs)
//
// Bounds: limits.go.
package chat
