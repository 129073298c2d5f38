package chat

import (
	"slices"
	"time"
)

// A user has a seat for each front end that he has at a time, and each has a current
// conversation of its own: where one goes, the others stay, and a line goes where the
// seat that typed it was told that it is. What holds for the user (his conversations,
// his name, whom he ignores) holds at all seats.
//
// A seat is taken by Attach, or by asking for anything, and is in the lobby then, if its
// user is. The owner has one from the start, which is where the last run of the node left
// it: it is that of the first who asks without having attached, as the node's own console
// does. Whoever attaches has just come, and never typed for what was before the restart.
// A guest's first is that at which he entered.
//
// A seat may be apart: of a front end that only looks, or shows many conversations at
// once and says of each line where it goes. What nobody has before him is unread.

// seat is one of a user's seats.
type seat struct {
	user  *user
	no    Seat
	spare bool   // there from the start, and nobody has asked for anything at it
	apart bool   // it goes nowhere but where it asks to be
	place *place // the current conversation; nil: none

	opening PeerID    // whom the user wants to be alone with here, who is still looked for
	swept   time.Time // when the end of a conversation took it elsewhere, which it may not have seen yet
	lost    string    // how that is told if it was no private session, or ""
}

// seatNo returns a seat of the user's, or nil.
func (u *user) seatNo(no Seat) *seat {
	for _, at := range u.seats {
		if at.no == no {
			return at
		}
	}
	return nil
}

// home is the seat whose place outlives the node: the one there longest that is not
// apart. nil: none is.
func (u *user) home() *seat {
	for _, at := range u.seats {
		if !at.apart {
			return at
		}
	}
	return nil
}

// seatOf returns the seat of an asker, or nil if he has given it up or is gone.
func (c *Core) seatOf(who Asker) *seat {
	if u := c.byUser[who.User]; u != nil {
		return u.seatNo(who.Seat)
	}
	return nil
}

// sit returns the seat of an asker, who takes it if he has not. nil: there are too
// many, and he has been told.
func (c *Core) sit(who Asker, u *user, in Instruction) *seat {
	if at := u.seatNo(who.Seat); at != nil {
		at.spare = false
		return at
	}
	come, comes := in.(Attach)
	if !comes && len(u.seats) > 0 && u.seats[0].spare {
		u.seats[0].no, u.seats[0].spare = who.Seat, false
		return u.seats[0]
	}
	if len(u.seats) >= maxSeats {
		c.fail(who, Overloaded, "you have as many front ends at this node as it takes; close one first")
		return nil
	}
	at := &seat{user: u, no: who.Seat, apart: come.Apart}
	if !at.apart {
		at.place = u.lobby()
	}
	u.seats = append(u.seats, at)
	return at
}

// attach answers a front end that has come to the running node with who this is.
func (c *Core) attach(who Asker, at *seat, apart bool) {
	if apart {
		*at = seat{user: at.user, no: at.no, apart: true}
	}
	c.answer(who, Ready{Me: c.me, Network: c.cfg.Network, Addrs: c.addrs})
}

// detach lets a front end go. What it has asked for goes on.
func (c *Core) detach(who Asker, u *user) {
	u.seats = slices.DeleteFunc(u.seats, func(at *seat) bool { return at.no == who.Seat })
	c.acknowledge(who, "detached")
}

// goTo makes a place the current one of a seat.
func (at *seat) goTo(p *place) {
	at.place = p
	at.opening = ""
	at.swept, at.lost = time.Time{}, ""
	p.unread = 0
}

// turnTo is goTo for a place that the user has come to by asking for something else,
// which leaves a seat that is apart where it is.
func (at *seat) turnTo(p *place) {
	if !at.apart {
		at.goTo(p)
	}
}

// isAt says whether the user has a place before him at one of his seats.
func (u *user) isAt(p *place) bool {
	return slices.ContainsFunc(u.seats, func(at *seat) bool { return at.place == p })
}

// word is what the seats of a user may be told differently of one thing.
type word struct {
	back      *place // where the seat was taken by it
	elsewhere bool   // another seat asked for it
}

// tellEach tells a user what one of his seats has asked for, or what has happened: at
// each seat in its words. One of those that did not ask shares its Notify with all who
// are told the same, and with whoever listens and has no seat yet.
func (c *Core) tellEach(u *user, by Asker, words func(*seat) word, say func(word) Notification) {
	var lead *seat
	if len(u.seats) > 0 {
		lead = u.seats[0]
	}
	if i := slices.IndexFunc(u.seats, func(at *seat) bool { return at.no != by.Seat }); i >= 0 {
		lead = u.seats[i]
	}
	if at := u.seatNo(0); at != nil {
		lead = at // to this one alone nothing can be told
	}
	all := Notify{For: []User{u.id}, Seat: by.Seat, Ref: by.Ref}
	var common word
	if lead != nil {
		common = words(lead)
	}
	var alone []Effect
	for _, at := range u.seats {
		w := words(at)
		if w == common {
			continue
		}
		n := Notify{For: all.For, Seat: at.no, Alone: true, Notification: say(w)}
		if at.no == by.Seat {
			n.Ref, all.Seat, all.Ref = by.Ref, 0, ""
		}
		all.But = append(all.But, at.no)
		alone = append(alone, n)
	}
	all.Notification = say(common)
	c.do(all)
	c.out = append(c.out, alone...)
}

// tellWhere tells a seat, and no other, that its place is its current conversation.
func (c *Core) tellWhere(at *seat, ref string) { c.tellOfPlace(at, at.place, ref) }

// tellOfPlace tells a seat, and no other, of a place that it has asked for: its current
// conversation, unless it is apart.
func (c *Core) tellOfPlace(at *seat, p *place, ref string) {
	n := Notify{For: []User{at.user.id}, Seat: at.no, Alone: true, Ref: ref, Notification: Switched{c.placeInfo(at.place, p)}}
	if at.no == 0 { // whom nothing can be told alone
		for _, o := range at.user.seats {
			if o != at {
				n.But = append(n.But, o.no)
			}
		}
	}
	c.do(n)
}

// takenAway tells seats that were in a conversation which another seat has closed where
// they are now. What is typed there at once was meant for it; lost says so.
func (c *Core) takenAway(moved []*seat, by Asker, lost string) {
	for _, at := range moved {
		if at.no == by.Seat {
			continue
		}
		at.swept, at.lost = c.now, lost
		if at.place != nil {
			c.tellWhere(at, "")
		}
	}
}
