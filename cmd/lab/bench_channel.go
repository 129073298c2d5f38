package main

import (
	"cmp"
	"context"
	"errors"

	"tincan/cmd/lab/internal/report"
)

// channelRounds is more than those of broadcast: what is compared differs by
// less than the rounds do.
const channelRounds = 9

// benchInChannel holds a channel against the lobby, which is its floor: of another
// ten nodes, so that neither is in the other's way.
func benchInChannel(ctx context.Context, o options) (table report.Table, err error) {
	all, err := newChannelBroadcasters(ctx, o)
	defer func() { err = errors.Join(err, closeAll(all)) }()
	if err != nil {
		return table, err
	}
	return broadcastTable(ctx, "channel", all, cmp.Or(o.rounds, channelRounds))
}

// newChannelBroadcasters returns those that it could make with its error.
func newChannelBroadcasters(ctx context.Context, o options) (all []*broadcaster, err error) {
	for _, c := range []struct {
		name    string
		product bool
		skip    bool
		make    func(context.Context, int) (mesh, error)
	}{
		{"tincan, lobby", false, o.productOnly, newLobbyMesh},
		{"tincan, channel", true, o.floorsOnly, newChannelMesh},
	} {
		if c.skip {
			continue
		}
		m, err := c.make(ctx, benchNodes)
		if err != nil {
			return all, err
		}
		all = append(all, &broadcaster{audience: newAudience(m, benchNodes), name: c.name, product: c.product, texts: productTexts})
	}
	return all, nil
}
