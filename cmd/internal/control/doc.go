// Package control is a running node's door for its own user: a socket in the file
// system, by which a terminal or a script takes part in what the node's console
// does. It speaks JSON, one object a line, as package jsonl has it.
//
//	socket ──lines, jsonl.Parse──▶ Client.Do               (Server, a goroutine a connection)
//	       ◀──jsonl.Append── Subscription.Next             (Server, another one)
//
//	Client.Do ──jsonl.AppendInstruction──▶ socket          (Client: a front.Client elsewhere)
//	Subscription.Next ◀──jsonl.ParseNotification── socket
//
// Each connection is a seat of the owner's: what it asks for it is answered alone, and
// it has a queue of its own, so that one that does not read holds up nobody. It is in the
// lobby, unless it says attach with "apart": true (see chat.Attach). The
// first that it is told is "ready". "quit" and "detach" end the connection and leave
// the node as it is; what was asked before is answered first, but for what waits for
// others. Who closes only his half goes on listening.
//
// # Who comes in
//
// Nobody but the user whom the node belongs to. The socket is his alone (mode 0600),
// in a directory that nobody else can write to; of whoever connects the system is
// asked who it is (SO_PEERCRED), by the node and by its client alike. A path at which
// somebody put something else is refused. The socket of a node that has died is
// replaced; that of one that lives is not.
package control
