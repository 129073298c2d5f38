package chat

// show shows a message to the local users who are in a room, except one, and
// counts it as unread where they are elsewhere.
func (c *Core) show(r *room, s Shown, except *user) {
	from := Person{s.From.ID, s.From.Guest}
	all := except == nil
	for i, u := range r.users {
		switch seat := r.seats[i]; {
		case u.ignored[from]:
			all = false
		case u != except && u.at != seat:
			seat.unread++
		}
	}
	if all {
		c.tellRoom(r, s)
		return
	}
	var to []User
	for _, u := range r.users {
		if u != except && !u.ignored[from] {
			to = append(to, u.id)
		}
	}
	if len(to) > 0 {
		c.do(Notify{For: to, Notification: s})
	}
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
		if p != u.at && p.with == from {
			p.unread++
		}
	}
	c.do(Notify{For: []User{u.id}, Notification: s})
}
