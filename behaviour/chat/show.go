package chat

import "slices"

// show shows a message to the local users who are in a room, except one, and
// counts it as unread where they are elsewhere.
func (c *Core) show(r *room, s Shown, except *user) {
	from := Person{s.From.ID, s.From.Guest}
	for i, u := range r.users {
		if p := r.places[i]; u != except && !u.isAt(p) && !u.ignored[from] {
			p.unread++
		}
	}
	if to := r.hearers(from, except); len(to) > 0 {
		c.do(Notify{For: to, Notification: s})
	}
}

// showMine shows a user what he has said himself: at his other seats as said elsewhere.
func (c *Core) showMine(who Asker, s Shown) {
	u := c.byUser[who.User]
	if u == nil || len(u.seats) < 2 {
		c.answer(who, s)
		return
	}
	c.tellEach(u, who, func(at *seat) word { return word{elsewhere: at.no != who.Seat} }, func(w word) Notification {
		s.Elsewhere = w.elsewhere
		return s
	})
}

// tellOfPerson notifies the local users who are in a room of what somebody does,
// but for those who ignore him.
func (c *Core) tellOfPerson(r *room, who Person, n Notification) {
	if to := r.hearers(who, nil); len(to) > 0 {
		c.do(Notify{For: to, Notification: n})
	}
}

// hearers is the local users in a room, except one, who do not ignore somebody.
func (r *room) hearers(who Person, except *user) []User {
	deaf := func(u *user) bool { return u == except || u.ignored[who] }
	if !slices.ContainsFunc(r.users, deaf) {
		return r.audience()
	}
	var to []User
	for _, u := range r.users {
		if !deaf(u) {
			to = append(to, u.id)
		}
	}
	return to
}

// showTo shows a direct message to the local user whom it is for.
func (c *Core) showTo(u *user, s Shown) {
	from := Person{s.From.ID, s.From.Guest}
	if u.ignored[from] {
		return
	}
	to := c.mask(u)
	s.To = &to
	for _, p := range u.places {
		if p.with == from && !u.isAt(p) {
			p.unread++
		}
	}
	c.do(Notify{For: []User{u.id}, Notification: s})
}
