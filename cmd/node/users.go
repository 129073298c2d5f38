package main

import (
	"context"
	"slices"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/node"
)

// user is the node as a seat of one of its users sees it.
type user struct{ node.Seat }

func (u user) Subscribe() front.Subscription { return u.Seat.Subscribe() }

// owner is the node as the user sees it whose key it has. When it is ready he is
// told what the program has to say besides; when he takes another name, it is
// kept.
type owner struct {
	user
	rename func(name string) error // nil: names are not kept
	notes  []chat.Notification
}

func (o owner) Subscribe() front.Subscription {
	return &ownerSubscription{o.user.Subscribe(), o.rename, o.notes}
}

type ownerSubscription struct {
	front.Subscription
	rename func(name string) error
	notes  []chat.Notification // still to be told
}

// Next implements front.Subscription.
func (o *ownerSubscription) Next(ctx context.Context) ([]chat.Notify, error) {
	batch, err := o.Subscription.Next(ctx)
	for i := 0; i < len(batch); i++ {
		var more []chat.Notification
		switch n := batch[i].Notification.(type) {
		case chat.Ready:
			more, o.notes = o.notes, nil
		case chat.Renamed:
			if n.Mine && o.rename != nil {
				if err := o.rename(n.Now.Name); err != nil {
					more = []chat.Notification{chat.Warning{Text: "the name is not kept – " + err.Error()}}
				}
			}
		}
		for _, n := range more {
			i++
			batch = slices.Insert(batch, i, chat.Notify{Notification: n})
		}
	}
	return batch, err
}
