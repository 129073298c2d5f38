package chat

import (
	"fmt"
	"slices"
	"strconv"
)

// freeName is the name, or if another guest than u has it, the name with the
// least number from 2 up behind it that makes it free.
func (c *Core) freeName(name string, u *user) string {
	if name == "" {
		name = "guest"
	}
	free := func(name string) bool {
		holder := c.local(name)
		return holder == nil || holder == u
	}
	if free(name) {
		return name
	}
	for n := 2; ; n++ {
		if s := c.withTail(name, "_"+strconv.Itoa(n)); free(s) {
			return s
		}
	}
}

// withTail is as much of a name as leaves room for a tail, and that: others, who
// clean it, must not read it as another's.
func (c *Core) withTail(name, tail string) string {
	name = truncate(name, MaxName-len(tail))
	for s := name + tail; name != ""; s = name + tail {
		if c.cleanName(s) == s {
			return s
		}
		name = truncate(name, len(name)-1)
	}
	return "guest" + tail
}

// rename changes what a user is called.
func (c *Core) renameUser(who Asker, u *user, asked string) {
	name := c.cleanName(asked)
	if name == "" {
		c.fail(who, BadName, fmt.Sprintf("%s cannot be a name: letters, digits and signs without spaces, and not a number alone", strconv.Quote(truncate(asked, 40))))
		return
	}
	c.call(who, u, name)
}

// call gives a user a clean name and tells everybody who can see it.
func (c *Core) call(who Asker, u *user, name string) {
	was := c.mask(u)
	if u.id == Owner {
		c.rename(c.cfg.Me, name, 0)
	} else {
		name = c.freeName(name, u)
		if name != u.name {
			u.since = c.nextStamp()
		}
		delete(c.byName, u.name)
		u.name, c.byName[name] = name, u
	}
	now := c.mask(u)
	c.answer(who, Renamed{Was: was, Now: now, Mine: true})
	if was.Label() == now.Label() {
		return
	}
	for _, o := range c.neighbours(u) {
		c.do(Notify{For: []User{o.id}, Notification: Renamed{Was: was, Now: now}})
	}
	c.announceUser(u)
}

// neighbours are the other local users who share a conversation with u.
func (c *Core) neighbours(u *user) []*user {
	var others []*user
	for _, o := range c.users {
		if o != u && slices.ContainsFunc(o.places, func(p *place) bool { return p.room != nil && u.find(p.room) != nil }) {
			others = append(others, o)
		}
	}
	return others
}
