package main

import (
	"context"

	"tincan/cmd/internal/front"
	"tincan/cmd/internal/gateway"
)

// openGateway listens for guests who speak lines of text.
func (d *doors) openGateway(ctx context.Context, s *settings) error {
	if s.gateway == nil {
		return nil
	}
	l, err := d.listen(ctx, "gateway", *s.gateway, "they talk in this node's name, and unencrypted", "--gateway")
	if err != nil {
		return err
	}
	g := gateway.New(l, func() front.Client { return user{d.n.Seat(d.n.NewUser())} }, d.log)
	g.Echo = s.echo
	d.runs = append(d.runs, g.Run)
	return nil
}
