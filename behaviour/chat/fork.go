package chat

import (
	"encoding/binary"
	"fmt"
	"time"
)

// fork opens a session with whom the user names. He has his place in it at once,
// so that what he types next reaches nobody else, and hears that it is open when
// the other end agrees.
func (c *Core) fork(who Asker, at *seat, to string) {
	if c.stopping(who) {
		return
	}
	u := at.user
	with, code, why := c.forkable(u, to)
	if code == "" && with.Peer == c.cfg.Me {
		code, why = c.forkHere(who, at, with)
	}
	if code != "" {
		c.fail(who, code, why)
		at.swept, at.lost = c.now, "" // what is typed behind it is not for where the seat still is
		return
	}
	if with.Peer == c.cfg.Me {
		return
	}
	c.meet(with.Peer)
	s := c.newSession(u, with, c.newSessionID(), SideA)
	s.asker, s.back = who, at.place
	at.turnTo(s.place)
	c.openLine(s)
	c.awaitAnswer(s, answerTime)
}

// awaitAnswer gives up asking for a session when nobody answers for d.
func (c *Core) awaitAnswer(s *session, d time.Duration) {
	c.after(d, func() {
		if !s.over && !s.agreed {
			c.forkFailed(s, c.portrayed(s.with).Label()+" does not answer")
		}
	})
}

// forkable finds with whom a user wants a session, or says why he cannot have it.
func (c *Core) forkable(u *user, to string) (with Person, code FailCode, why string) {
	if with, _, code, why = c.meant(u, to); code != "" {
		return with, code, why
	}
	if s := u.sessionOf(with); s != nil {
		return with, Twice, fmt.Sprintf(`you have a private session with %s already: \sw %d`, c.portrayed(with).Label(), s.place.n)
	}
	if why := c.crowded(u, with.Peer, SideA); why != "" {
		return with, Overloaded, why
	}
	return with, "", ""
}

func (c *Core) newSessionID() (id SessionID) {
	binary.BigEndian.PutUint64(id[:], c.cfg.Rand.Uint64())
	return id
}

// forkFailed is the end of a session to which the other end has said nothing.
func (c *Core) forkFailed(s *session, why string) {
	if s.leaving != 0 {
		c.bury(s, why)
		return
	}
	c.forgetSession(s, why)
	c.unseat(s, s.asker, SessionChanged{Reason: why})
	c.dropQueue(s, why)
	c.takeLeave(s, CloseLeft)
}

// crowded says why a user cannot have one more session with somebody of a peer,
// or "". Of those that others open, one peer gets few with one user, and all of
// them no more than half of what there may be: the rest is for his own.
func (c *Core) crowded(u *user, peer PeerID, side Side) string {
	mine, asked, theirs := 0, 0, 0
	for _, s := range u.sessions() {
		mine++
		if s.side == SideB {
			asked++
			if s.with.Peer == peer {
				theirs++
			}
		}
	}
	all, most := maxSessions, maxSessionsOfUser
	if u.id != Owner {
		most = maxPlaces
	}
	if side == SideB {
		all /= 2
	}
	switch {
	case c.sessions.open >= all:
		return "this node has as many private sessions as it takes; try again later"
	case mine >= maxSessionsOfUser, u.id != Owner && len(u.places) >= maxPlaces, side == SideB && asked >= most/2:
		return "you are in as many conversations as can be; leave one first"
	case len(c.sessions.byPeer[peer]) >= maxSessionsWith, side == SideB && theirs >= maxSessionsAsked:
		return "there are as many private sessions with that node as can be; leave one first"
	}
	return ""
}

// forkAsked is a peer's wish to begin a session.
func (c *Core) forkAsked(l *line, f *Frame) {
	u := c.local(f.To)
	with := Person{l.peer, c.cleanName(f.From)}
	switch {
	case u == nil:
		c.reject(l, CloseNobody)
		return
	case f.From != "" && with.Guest == "", u.ignored[with]:
		c.reject(l, CloseRefused)
		return
	case c.drain.on:
		c.reject(l, CloseBusy)
		return
	}
	c.meet(l.peer)
	c.rename(l.peer, f.Name, 0)
	s := c.sessionWith(u, with)
	switch {
	case s == nil:
	case !s.agreed && l.peer < c.cfg.Me:
		c.become(s, f.Session)
		c.agreeTo(s, l, f)
		return
	case !s.agreed:
		c.park(s, l, f, parkTime)
		return
	default:
		// Either this is from before the other end knew of s, or it knows of s no
		// more: asked on a line of its own, it tells.
		c.park(s, l, f, doubtTime)
		if s.attempt == 0 && s.own == nil {
			c.openLine(s)
		}
		return
	}
	if c.crowded(u, l.peer, SideB) != "" {
		c.reject(l, CloseBusy)
		return
	}
	c.agreeTo(c.newSession(u, with, f.Session, SideB), l, f)
}

// sessionWith returns the session that a user has with somebody else's user, or
// has left before that one knew of it, or nil.
func (c *Core) sessionWith(u *user, with Person) *session {
	for _, s := range c.sessions.byPeer[with.Peer] {
		if s.user == u && s.with == with && (s.leaving == 0 || !s.agreed) {
			return s
		}
	}
	return nil
}

// opened tells that both ends agree.
func (c *Core) opened(s *session) {
	s.agreed, s.back = true, nil
	c.touch(s)
	c.tellOf(s, s.asker, SessionChanged{Event: Opened}, func(at *seat) word {
		return word{elsewhere: s.side == SideA && at.no != s.asker.Seat && at.place != s.place}
	})
	s.asker.Ref = ""
}

// forkHere opens a session between two users of this node, or says why not.
func (c *Core) forkHere(who Asker, at *seat, with Person) (code FailCode, why string) {
	u := at.user
	o, me := c.local(with.Guest), c.person(u)
	switch {
	case o == nil:
		return UnknownPeer, "nobody here is called " + with.Guest + " now"
	case o.ignored[me]:
		return SessionRefused, c.portrayed(with).Label() + " takes no private session from you"
	case c.crowded(o, c.cfg.Me, SideB) != "":
		return Overloaded, c.portrayed(with).Label() + " is in as many private sessions as can be; try again later"
	}
	id := c.newSessionID()
	s, t := c.newSession(u, with, id, SideA), c.newSession(o, me, id, SideB)
	s.twin, t.twin = t, s
	s.asker = who
	at.turnTo(s.place)
	c.opened(s)
	c.opened(t)
	return "", ""
}
