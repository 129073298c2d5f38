// Package irc is a door for IRC clients (RFC 1459, RFC 2812, ircv3.net): each that
// connects is a guest of this node, or its owner if it shows the node's token.
//
//	conn ──▶ reader ──▶ ┌─────────┐ ──▶ Client.Do
//	                    │ session │
//	     ◀── writer ◀── └─────────┘ ◀── Subscription.Next
//
// Channels are channels, #lobby is the lobby, PRIVMSG to a nick is a direct
// message, and a private session is a query that is named for it
// ("session1/anna"). JOIN, PART, QUIT, NICK and AWAY are the presence that the core
// tells of.
//
// A session is a grammar: a line becomes instructions, a notification lines. It is a
// machine without goroutines or I/O; conn.go is what drives it. It holds only what
// IRC alone knows: capabilities, nicks, topics, labels, batches.
//
// # Order
//
// PING is a fence: what a command is answered precedes the PONG of a later PING,
// and so does what others of this node did before. The core carries out one
// instruction after the other, so a session sends an [chat.Attach] behind its
// instructions and takes the next line when that is answered ([session.settle]). What
// clients tell each other past the core, TAGMSG and TOPIC, goes through the core's
// queue in the same way ([face.post]).
//
// What the answer of another node takes is not waited for: its label comes late.
//
// # Nicks
//
// A guest's nick is his name. People of other nodes have theirs made of their label
// (people.go): "anna", or "anna|k3f9" if somebody here is called that.
//
// # The files
//
//   - carrying: door (the shared state), conn, session, reply (labels, batches), told
//     (notifications)
//   - coming in: registration, caps, sasl, nick, isupport, welcome, help
//   - talking: message, multiline, show (a message becomes lines), side (what only IRC
//     knows of a message), history, talks, marker
//   - channels: join, names, topic, mode, list, invite
//   - people: people, who, whois, whowas, away, monitor
//
// Bounds: limits.go.
package irc
