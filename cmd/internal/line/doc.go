// Package line is the chat as lines of text: what a line that somebody typed
// asks for, and which lines a notification is shown as.
//
// [Parse] and [Formatter] are pure: no I/O, no clock. Every face that shows
// text uses them, so a command means the same everywhere. [Opens] and [NeedsPlace]
// tell a face which lines lead to another conversation and which mean the one
// where the user is: what is typed behind a conversation that does not open is
// held, not said elsewhere.
//
// # The grammar
//
// A line that starts with '/' or '\' is a command; a doubled first character
// sends the line as text without the first of the two. An unknown command is
// never sent. Every command works in every conversation. A bare word is a
// command only if the whole line has its exact shape: "ls", "peers",
// "dm <peer> <text>", "connect <ip> <port>", "connect <multiaddr>",
// "join <#channel> <name>". Everything else is text for the current
// conversation, unless it looks like a slip; then the core is asked to hold it.
// "join <channel> <name>" without '#' is a command only to a user who is in no
// conversation; the core knows.
//
// # The lines
//
// Conversation goes to stdout, trouble to stderr ([Out], [Err]). A line of
// conversation starts with the place in brackets, or of a private session with
// "P-> " (opened by the user) or "P~> " (by the other); a line of the node with "* ".
// Further lines of the same message are indented, so nothing that a stranger writes
// begins a line. All foreign text passes package safe.
package line
