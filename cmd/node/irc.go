package main

import (
	"context"
	"strings"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/irc"
)

// openIRC listens for IRC clients: guests, and the owner if he shows his token.
func (d *doors) openIRC(ctx context.Context, s *settings) error {
	if s.irc == nil {
		return nil
	}
	if !serverName(s.ircName) {
		return usage("--irc-name is %s – it can have letters, digits, - and . – choose one, for example irc.example", quoted(s.ircName))
	}
	secret, err := d.ownersToken()
	if err != nil {
		return err
	}
	l, err := d.bind(ctx, "irc", *s.irc)
	if err != nil {
		return err
	}
	where := l.Addr().String() + " (with the password " + secret.String() + " a client is you, without one a guest)"
	d.announce("irc", where, l.Addr(), *s.irc, "they talk in this node's name, and unencrypted", "--irc")
	door := irc.New(l, irc.Options{
		Name:   s.ircName,
		Guest:  func() front.Client { return user{d.n.Seat(d.n.NewUser())} },
		Owner:  func() front.Client { return user{d.n.Seat(chat.Owner)} },
		Admits: secret.Admits,
		Log:    d.log,
	})
	d.runs = append(d.runs, door.Run)
	return nil
}

// serverName says whether the door can be called so: clients tell a server from a
// person by that. "" is the product's name.
func serverName(name string) bool {
	const signs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."
	return len(name) <= 63 && strings.Trim(name, signs) == "" && !strings.HasPrefix(name, "-")
}
