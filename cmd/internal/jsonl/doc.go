// Package jsonl is the chat as JSON, one object a line: what a program asks
// for, and what it is told.
//
// [Parse] reads an instruction, [Append] writes a notification: a node's end.
// [AppendInstruction] and [ParseNotification] are their inverses, for a front end
// elsewhere. All are pure.
//
// # Objects told
//
// Every object begins with "v" (1), "type" and "ts" (RFC 3339 with nanoseconds,
// UTC). ts is the time of telling; of a message it is the time of
// sending by its author's clock. A peer is {"id", "peer_no"?, "name", "guest"?,
// "tag"?}: guest names a guest of that peer, and tag is there while others claim
// the same name, which is then shown as "name#tag". Characters that could act on a
// terminal are written as \u escapes, so the text is exact for a program and
// harmless on a screen. What answers an instruction has its ref.
//
//	ready     ref?, id, peer_no?, name, guest?, tag?, network, addrs
//	peer      ref?, event ("up", "down"), peer
//	message   ref?, id, conversation ("lobby", "#name", "dm", "session:N"), kind, from, to?, text, after_ms? (of a hello-ack, since the hello), side?, late?, mine?, elsewhere?
//	delivery  ref, id, to?, text? (of the message), state, reason?, peers?
//	session   ref?, event ("opened", "interrupted", "resumed", "closed"), n, peer, side ("A": the user opened it, "B"), reason?, mine?, elsewhere?, back?: place
//	channel   ref?, event ("joined", "parted"), channel; peer: who did; without it the user himself, and when he joined also n, users (the others there), elsewhere?
//	switched  ref?, to: place
//	sessions  ref, sessions: [place]
//	directs   ref, peers: [peer]; whom there are direct conversations with, the latest first
//	users     ref, conversation, users: [peer with away?, me?]
//	entered   ref, me: peer, asked
//	renamed   ref?, was: peer, now: peer, mine?
//	away      ref?, event ("away", "back"), peer, why?
//	whois     ref, peer (with away?, me?), state, path, addr, others: [peer], in: [conversation], ignored?
//	peers     ref, peers: [peer with state, path, rtt_ms?, addr]
//	status    ref, id, peer_no?, name, network, addrs, up_s, peers, messages, outbox, counters
//	topology  ref, nodes: [peer with state, path, rtt_ms?, addr, me?, in: [conversation]], links: [{"a", "b": places in nodes, path, rtt_ms?, mesh: [conversation]}]
//	gap       ref?, conversation, from, missing, lost?
//	history   ref, conversation?, words?, items: [message with ts and state?, without v and type], more?, first?
//	digest    ref?, conversation, count, since, until, from: [peer], logs?: [{"author", "log", "first", "last"}], mentions: [message with ts]
//	holders   ref, id, text?, state, peers: [peer], of
//	equivocation  ref?, conversation, from, seq, texts (two)
//	notice    text, ref?, code?
//	error     text, ref?, code?
//	lagged    ref?, lost
//
// A place is {"n", "conversation", "with"?: peer, "side"?, "interrupted"?,
// "unread", "current"?}. elsewhere says that another front end of the same user's asked
// for it: this one's current conversation is what it was, or what back says. The end of the node is a notice with code "ended", or an
// error with code "undelivered", and "undelivered" and "kept"? then.
//
// # Instructions
//
// An object with "do" and, if an answer is to be told apart, "ref": a string of at most
// 64 bytes that is given back as it was. Unknown fields are ignored. "to" is a
// string or a peer number, "n" a number or a name.
//
//	broadcast             text
//	dm                    to, text
//	say                   conversation? ("lobby", "#name", "session:N", "dm"; without it the current one), to? (of "dm"), text
//	act                   as say; what the user does
//	hello, ls, sessions, directs, leave, back, status, topology, quit
//	users                 conversation?
//	fork, ignore, unignore, disconnect  to
//	whois                 to? (without it the asker)
//	switch                n
//	join                  channel, name?
//	part                  channel? (without it the current one)
//	nick                  name
//	away                  text?
//	connect               addr (a multiaddr, or "host port")
//	history               conversation? (as of say), to? (of "dm"), n?, after?, before?, since?, until?, first?
//	search                words, conversation?, n?
//	who-got               id? (without it the last)
//	retry                 to?
//
// History is answered with the last n messages of a window, the oldest first, or with
// "first": true with the first n of it; "more" says that there are further ones where it
// was cut: older ones, or with "first" later ones. The window is what lies after the
// message after and before the message before, both ids, and was sent at since or later
// and before until, both of RFC 3339 and by the ts of the messages, which are in the
// order in which all nodes have them. To read on, name the last id as after, or the
// first as before; what lies around a message is two questions: the last before it,
// and the first after those.
//
// For consoles, which pass on what a person typed:
//
//	attach, detach        of a front end that comes to a running node, and goes. apart? of attach: it is in no
//	                      conversation and counts as nobody who reads one; it says where each line goes
//	enter                 name?; a guest's first. exit is his last
//	blank                 an empty line
//	open                  to: what is said without a conversation is for that peer from now on
//	lobby                 the same for the lobby
//	may-join              channel, name?, line (said as text to who is somewhere already)
//	hold                  line, reason?
//	doubt                 line, to
//	dm                    also line: what is held if "to" is nobody
//	quit                  also returning?: the node will be back
package jsonl
