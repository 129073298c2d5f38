package node

import (
	"context"

	"tincan/behaviour/chat"
)

// Seat is one front end of a local user's who may have several: what it asks for is
// answered to it alone, and it has a current conversation of its own. Its methods are
// safe from any goroutine.
type Seat struct {
	node *Node
	user chat.User
	no   chat.Seat
}

// Seat makes one more front end for a user. At a running node its first instruction
// should be [chat.Attach], and its last [chat.Detach]. The node's own console, which is
// there from the start, does not attach: the first of the owner's seats that asks for
// something else goes on where the last run ended. A node that has no console lets go of
// that place with [chat.Detach] by [Node.Do].
func (n *Node) Seat(user chat.User) Seat {
	return Seat{n, user, chat.Seat(n.seats.Add(1))}
}

// Do is [Node.Do] for the seat: only it is given the ref back.
func (s Seat) Do(ctx context.Context, ref string, in chat.Instruction) error {
	return s.node.ask(ctx, chat.Asker{User: s.user, Seat: s.no, Ref: ref}, in)
}

// Subscribe gives what the seat is told from now on: all that its user is, but for
// what is for other seats alone.
func (s Seat) Subscribe() *Subscription { return s.node.hub.subscribe(s.user, s.no) }
