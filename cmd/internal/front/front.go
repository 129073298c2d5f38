// Package front is what a front end needs of a node: to ask and to be told.
package front

import (
	"context"

	"tincan/behaviour/chat"
)

// Client is one local user's way into a node, running in this process or
// elsewhere. It is safe from any goroutine.
type Client interface {
	// Do hands over an instruction. It blocks while the node is saturated and
	// returns as soon as the instruction is taken, not when it is carried out:
	// outcomes come as notifications, with ref as it was. The error says that the
	// instruction was not taken: ctx has ended or the node has.
	Do(ctx context.Context, ref string, in chat.Instruction) error

	// Subscribe makes a Subscription that gets every notification for the user
	// from now on. The caller closes it.
	Subscribe() Subscription
}

// Subscription is a queue of notifications. One goroutine reads it.
type Subscription interface {
	// Next waits for notifications and returns all that are there, in order. The
	// slice belongs to the caller until the next call. After [chat.Ended] it
	// returns io.EOF. A reader who is too slow gets [chat.Lagged].
	Next(ctx context.Context) ([]chat.Notify, error)

	// Close ends the subscription. It is safe from any goroutine and may be called twice.
	Close()
}
