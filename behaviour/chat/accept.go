package chat

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"
)

// checkText says why a text cannot be a message, or "".
func checkText(text string) string {
	switch {
	case len(text) > MaxText:
		return fmt.Sprintf("the text has %d bytes and a message takes %d at most; nothing was sent", len(text), MaxText)
	case !utf8.ValidString(text):
		return "the text is not valid UTF-8; nothing was sent"
	case strings.TrimSpace(text) == "":
		return "there is nothing to send but white space"
	}
	return ""
}

// say sends a text to the current conversation of the user's seat.
func (c *Core) say(who Asker, at *seat, text string, kind Kind) {
	if why := checkText(text); why != "" {
		c.fail(who, BadText, why)
		return
	}
	u := at.user
	m := Message{Kind: kind, Guest: u.name, Body: text}
	switch {
	case at.opening != "":
		// What is typed behind "/dm 7" is not for the lobby, whoever 7 may be.
		label := Peer{ID: at.opening, No: c.number(at.opening)}.Label()
		c.seek(at.opening, asked{Asker: who, SendDirect: SendDirect{To: label, Text: text, Line: text}, kind: kind})
	case at.place == nil && at.apart:
		c.fail(who, NoPlace, "this front end is in no conversation; say which one this is for")
	case at.place == nil && len(u.places) > 0:
		c.fail(who, NoPlace, `you are in none of your conversations now; \sessions lists them, \sw leads to one`)
	case at.place == nil:
		c.fail(who, NoPlace, "malformed: join a channel first")
	default:
		if why := c.sweptAway(at); why != "" {
			c.hold(who, text, why+", and this would go to "+c.placeName(at.place))
			return
		}
		c.sayAt(who, u, at.place, m)
	}
}

// sayAt accepts a message for one of the user's conversations.
func (c *Core) sayAt(who Asker, u *user, p *place, m Message) {
	switch {
	case p.room != nil:
		c.sayRoom(who, u, p.room, m)
	case p.session != nil:
		c.saySession(who, p.session, m)
	case !c.stopping(who):
		c.sayTo(who, u, p.with, m)
	}
}

// sayIn sends a text to a conversation that is named.
func (c *Core) sayIn(who Asker, u *user, in, text string, kind Kind) {
	to := strings.TrimPrefix(in, "session:")
	p, why := c.placeNamed(u, to)
	if p == nil || (p.session == nil && p.room == nil) {
		c.fail(who, NoPlace, cmp.Or(why, "say takes the lobby, a channel or a session"))
		return
	}
	if why := checkText(text); why != "" {
		c.fail(who, BadText, why)
		return
	}
	c.sayAt(who, u, p, Message{Kind: kind, Guest: u.name, Body: text})
}

// stopping tells an asker that nothing is accepted any more, if so.
func (c *Core) stopping(who Asker) bool {
	if c.drain.on {
		c.fail(who, Overloaded, "the node is stopping; nothing was sent")
	}
	return c.drain.on
}

func (c *Core) broadcast(who Asker, u *user, text string) {
	if why := checkText(text); why != "" {
		c.fail(who, BadText, why)
		return
	}
	c.sayLobby(who, u, Message{Kind: Text, Guest: u.name, Body: text})
}

// sayLobby is sayRoom for the lobby, where a guest may not be.
func (c *Core) sayLobby(who Asker, u *user, m Message) {
	if u.find(c.lobby) == nil {
		c.fail(who, NoPlace, `malformed: join a channel first, or \lobby`)
		return
	}
	c.sayRoom(who, u, c.lobby, m)
}

// sayRoom accepts a message for a shared conversation that the user is in.
func (c *Core) sayRoom(who Asker, u *user, r *room, m Message) {
	if c.stopping(who) {
		return
	}
	if r.mine.full() {
		c.fail(who, Overloaded, "too much is waiting to be sent; try again in a moment")
		return
	}
	id := c.accept(r, m, origin{Asker: who})
	if m.Kind == Hello {
		c.rememberHello(id.Ref)
	}
	s := Shown{ID: id, From: c.mask(u), Kind: m.Kind, Text: m.Body, At: c.now, Mine: true}
	c.showMine(who, s)
	if len(r.users) > 1 {
		s.Mine = false
		c.show(r, s, u)
	}
	c.stir(r)
	c.flush(r)
}

// placeName is how a place is named to its user.
func (c *Core) placeName(p *place) string {
	switch {
	case p.room != nil && p.room.name == Lobby:
		return "the lobby"
	case p.room != nil:
		return string(p.room.name)
	case p.session != nil:
		return c.portrayed(p.session.with).Label()
	}
	return c.portrayed(p.with).Label()
}
