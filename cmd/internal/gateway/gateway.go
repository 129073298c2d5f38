package gateway

import (
	"context"
	"log/slog"
	"net"
	"sync"

	"tincan/cmd/internal/entrance"
	"tincan/cmd/internal/front"
)

// Gateway lets guests in.
type Gateway struct {
	// Echo shows guests their own messages too, as others see them, once the node
	// has them. It is set before Run, if at all.
	Echo bool

	entrance *entrance.Entrance
	newUser  func() front.Client
	rooms    sync.Pool // of *[]byte, to write from
}

// New makes a gateway that takes its guests from l, which it will close.
// newUser makes each a user of the node who was never there before.
func New(l net.Listener, newUser func() front.Client, log *slog.Logger) *Gateway {
	e := entrance.New(l, "gateway", log)
	e.Most, e.MostFromOne, e.Whom = maxGuests, maxFromOne, "guests"
	e.Refusal = func(why string) []byte { return []byte("error: " + why + "\n") }
	return &Gateway{
		entrance: e,
		newUser:  newUser,
		rooms:    sync.Pool{New: func() any { return new([]byte) }},
	}
}

// Run serves guests until ctx ends, and returns when all connections are closed:
// what is told already is written for goodbyeTime at most. It may be called once.
func (g *Gateway) Run(ctx context.Context) { g.entrance.Run(ctx, g.serve) }
