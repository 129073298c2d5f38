package main

import (
	"context"
	"net/netip"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/token"
	"tincan/cmd/internal/web"
)

// openWeb listens for browsers: the owner's on this machine, and guests'.
func (d *doors) openWeb(ctx context.Context, s *settings) error {
	if s.web == nil {
		return nil
	}
	secret, err := d.ownersToken()
	if err != nil {
		return err
	}
	l, err := d.bind(ctx, "web", *s.web)
	if err != nil {
		return err
	}
	door, err := web.New(l, web.Options{
		Token: secret,
		Owner: func() front.Client { return user{d.n.Seat(chat.Owner)} },
		Guest: func() front.Client { return user{d.n.Seat(d.n.NewUser())} },
		Log:   d.log,
	})
	if err != nil {
		return fail(exitOther, "the web door cannot be opened – %v – leave --web out", err)
	}
	d.link = pageLink(netip.MustParseAddrPort(l.Addr().String()), secret)
	d.announce("web", d.link, l.Addr(), *s.web, "they talk in this node's name, and unencrypted", "--web")
	d.runs = append(d.runs, door.Run)
	return nil
}

// pageLink is where the owner finds the page, with his token in the part that browsers
// tell nobody. He comes in from this machine only: at an address that is not of it
// there is the page for guests.
func pageLink(at netip.AddrPort, secret token.Token) string {
	switch ip := at.Addr().Unmap(); {
	case ip.IsUnspecified():
		at = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), at.Port())
	case !ip.IsLoopback():
		return "http://" + at.String() + "/"
	}
	return "http://" + at.String() + "/#" + secret.String()
}
