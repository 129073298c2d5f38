package chat

import (
	"fmt"
	"slices"
	"strconv"
)

// place is one of a user's conversations: room, session and with exclude each other.
type place struct {
	n       int
	room    *room    // the lobby or a channel
	session *session // a private session
	with    Person   // of a direct conversation
	unread  int
}

// find returns the user's place for a shared conversation, or nil.
func (u *user) find(r *room) *place {
	if i := slices.Index(r.users, u); i >= 0 {
		return r.places[i]
	}
	return nil
}

// open gives the user one more place. Numbers count up and are not used again:
// what is typed for one conversation shall not reach another.
func (u *user) open(p *place) *place {
	u.last++
	p.n = u.last
	u.places = append(u.places, p)
	return p
}

// lobby is the user's place there, or nil.
func (u *user) lobby() *place {
	if len(u.places) > 0 && u.places[0].n == 0 {
		return u.places[0]
	}
	return nil
}

// close takes a place away. The seats for which it was the current one, which it
// returns, are in the lobby then, or nowhere if the user was never there or they are
// apart.
func (u *user) close(p *place) (moved []*seat) {
	u.places = slices.DeleteFunc(u.places, func(o *place) bool { return o == p })
	for _, at := range u.seats {
		if at.place != p {
			continue
		}
		moved = append(moved, at)
		at.place = nil
		if lobby := u.lobby(); lobby != nil {
			at.turnTo(lobby)
		}
	}
	return moved
}

// vacate ends a user's part in one of his conversations, and returns the seats that
// were in it.
func (c *Core) vacate(u *user, p *place) (moved []*seat) {
	switch {
	case p.session != nil:
		c.hangUp(p.session, CloseLeft)
	case p.room != nil:
		moved = u.close(p)
		if u.id == Owner {
			c.savePlace(p.room.name, 0)
		}
		c.depart(u, p.room)
	default:
		moved = u.close(p)
	}
	return moved
}

// placeInfo is a place as its user is told of it at a seat that is in the place here.
func (c *Core) placeInfo(here, p *place) Place {
	info := Place{N: p.n, Unread: p.unread, Current: here == p}
	switch {
	case p.room != nil:
		info.Conversation = p.room.name
	case p.session != nil:
		with := c.portrayed(p.session.with)
		info.Conversation, info.With = p.session.id.Conversation(), &with
		info.Side, info.Interrupted = p.session.side, p.session.interrupted()
	default:
		with := c.portrayed(p.with)
		info.Conversation, info.With = DirectWith(c.cfg.Me, p.with.Peer), &with
	}
	return info
}

func (c *Core) listSessions(who Asker, at *seat) {
	list := make([]Place, 0, len(at.user.places))
	for _, p := range at.user.places {
		list = append(list, c.placeInfo(at.place, p))
	}
	c.answer(who, PlaceList{list})
}

// switchTo makes the place that the user names the current one of his seat.
func (c *Core) switchTo(who Asker, at *seat, to string) {
	p, why := c.placeNamed(at.user, to)
	if p == nil {
		c.fail(who, NoPlace, why)
		return
	}
	c.settleIn(who, at, p)
}

func (c *Core) settleIn(who Asker, at *seat, p *place) {
	at.goTo(p)
	c.tellWhere(at, who.Ref)
}

// placeNamed finds the place that a user means: its number, the name of a shared
// conversation, or whom a session or direct conversation is with.
func (c *Core) placeNamed(u *user, to string) (*place, string) {
	if n, err := strconv.Atoi(to); err == nil && strconv.Itoa(n) == to {
		for _, p := range u.places {
			if p.n == n {
				return p, ""
			}
		}
		if n == 0 {
			return nil, `you are not in the lobby; \lobby goes there`
		}
		return nil, fmt.Sprintf(`you have no conversation %d; \sessions lists those there are`, n)
	}
	if conv, why := c.cleanChannel(to); why == "" && (conv == Lobby || to[0] == '#') {
		for _, p := range u.places {
			if p.room != nil && p.room.name == conv {
				return p, ""
			}
		}
		return nil, fmt.Sprintf("you are not in %s; /join %s first", conv, conv)
	}
	with, _, code, why := c.meant(u, to)
	if code != "" {
		return nil, why
	}
	for _, p := range u.places {
		if (p.session != nil && p.session.with == with) || (p.room == nil && p.session == nil && p.with == with) {
			return p, ""
		}
	}
	return nil, "you have no conversation with " + c.portrayed(with).Label() + `; \fork opens a private session`
}
