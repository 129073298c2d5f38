package chat

import (
	"cmp"
	"slices"
	"time"
)

// session is one end of a private session between a local user and somebody
// else. It has one line at a time, over which both ends say what they have to
// say; when the line breaks the session goes on with the next.
type session struct {
	id   SessionID
	user *user
	with Person
	side Side
	twin *session // the other end when it is this node's too: there is no line then

	alias   SessionID // what the other end asked for at the same time, if aliased: while it may not know of id
	aliased bool

	place  *place
	back   *place // where the user's seat was when he forked
	asker  Asker  // who forked
	agreed bool   // the other end knows of the session and wants it

	leaving CloseReason // the user is out; what he has said is still being sent, for a while
	leaveBy time.Time   // until when
	over    bool        // nobody knows of it any more; timers and attempts that come late ask for it

	flow
	memory

	line    *line  // over which both ends have said hello, or nil
	own     *line  // opened by this end and not answered yet, or nil
	attempt uint64 // to open a line, or 0
	spare   *offer // what the other end opened while it was not wanted, or nil
	tries   uint64 // attempts at all, to tell old timers from new ones
	cuts    uint64 // lines lost so far, likewise
	cut     time.Time
	delay   time.Duration // before the next attempt
	told    bool          // the user knows that there is no line
}

// sessions are all of this node's.
type sessions struct {
	open     int                   // ends that have a place
	byPeer   map[PeerID][]*session // of those over lines, in the order in which they came
	leaving  []*session            // likewise
	watching bool                  // a timer looks at the first of leaving
	lines    map[Line]*line        // until they are reported closed
	attempts map[uint64]*session   // until they are reported done
	asked    uint64                // attempts so far
	pending  int                   // messages that are accepted and not acknowledged, where there is a line
	waiting  int                   // the same, wherever
	bytes    int                   // of waiting
	lost     int                   // given up when the time to drain was over
	unsafe   []*session            // that have taken in what is not known to be durable, in the order of nextIn
}

func newSessions() sessions {
	return sessions{
		byPeer:   make(map[PeerID][]*session),
		lines:    make(map[Line]*line),
		attempts: make(map[uint64]*session),
	}
}

// undelivered counts messages that the other ends are not known to have.
func (s *sessions) undelivered() int { return s.waiting + s.lost }

// lasting counts what waits in sessions, for other ends that are not there, and is in
// the store; and what waits or is lost in those that are nowhere but here.
func (s *sessions) lasting() (held, fleeting int) {
	fleeting = s.lost
	for _, list := range s.byPeer {
		for _, x := range list {
			switch {
			case !x.lasts:
				fleeting += len(x.queue)
			case x.interrupted():
				held += len(x.queue)
			}
		}
	}
	return held, fleeting
}

// interrupted says whether there is no line at the moment.
func (s *session) interrupted() bool { return s.agreed && s.line == nil && s.twin == nil }

// newSession gives a user one more session and a place for it.
func (c *Core) newSession(u *user, with Person, id SessionID, side Side) *session {
	s := &session{id: id, user: u, with: with, side: side}
	s.place = u.open(&place{session: s})
	s.lasts = c.cfg.Keeps && u.id == Owner && with.Peer != c.cfg.Me
	c.touch(s)
	c.sessions.open++
	if with.Peer != c.cfg.Me {
		c.sessions.byPeer[with.Peer] = append(c.sessions.byPeer[with.Peer], s)
	}
	return s
}

// sessionOf returns the session that a user has with somebody, or nil.
func (u *user) sessionOf(with Person) *session {
	for _, p := range u.places {
		if p.session != nil && p.session.with == with {
			return p.session
		}
	}
	return nil
}

// sessionCalled returns the session of a user that is the conversation, or nil.
func (u *user) sessionCalled(conv Conversation) *session {
	if conv.Kind() != "session" {
		return nil
	}
	for _, s := range u.sessions() {
		if s.id.Conversation() == conv {
			return s
		}
	}
	return nil
}

// tellOf tells a session's user what happened to it, unless he is out: at each seat in
// its words, where they differ; nil: nowhere.
func (c *Core) tellOf(s *session, by Asker, n SessionChanged, words func(*seat) word) {
	if s.leaving != 0 || c.byUser[s.user.id] != s.user {
		return
	}
	if words == nil {
		words = func(*seat) word { return word{} }
	}
	n.N, n.With, n.Side = s.place.n, c.portrayed(s.with), s.side
	c.tellEach(s.user, by, words, func(w word) Notification {
		n := n
		n.Elsewhere = w.elsewhere
		if w.back != nil {
			back := c.placeInfo(w.back, w.back)
			n.Back = &back
		}
		return n
	})
}

// unseat takes a session's place away and says so to its user: at each seat that was
// there, where that is now. If n is Mine, it is by's wish.
func (c *Core) unseat(s *session, by Asker, n SessionChanged) {
	u := s.user
	c.sessions.open--
	moved := u.close(s.place)
	for _, at := range moved {
		if !s.agreed && at.no == s.asker.Seat && slices.Contains(u.places, s.back) {
			at.turnTo(s.back)
		}
		if at.place == nil && !at.apart { // a guest who was never in the lobby
			if i := slices.IndexFunc(u.places, func(p *place) bool { return p.room != nil }); i >= 0 {
				at.goTo(u.places[i])
			}
		}
		if !n.Mine || at.no != by.Seat {
			at.swept, at.lost = c.now, ""
		}
	}
	n.Event = Closed
	c.tellOf(s, by, n, func(at *seat) (w word) {
		if slices.Contains(moved, at) {
			w.back = at.place
		}
		w.elsewhere = n.Mine && at.no != by.Seat
		return w
	})
}

// finish is the end of a session that its user did not wish for.
func (c *Core) finish(s *session, why string) {
	if s.leaving == 0 {
		var by Asker
		if !s.agreed {
			by = s.asker
		}
		c.unseat(s, by, SessionChanged{Reason: why})
	}
	c.bury(s, why)
}

// bury forgets a session. What the other end does not have is lost.
func (c *Core) bury(s *session, why string) {
	s.over = true
	c.forgetSession(s, why)
	c.dropQueue(s, why)
	c.dropLines(s)
	peer := s.with.Peer
	isIt := func(o *session) bool { return o == s }
	if c.sessions.byPeer[peer] = slices.DeleteFunc(c.sessions.byPeer[peer], isIt); len(c.sessions.byPeer[peer]) == 0 {
		delete(c.sessions.byPeer, peer)
	}
	c.sessions.leaving = slices.DeleteFunc(c.sessions.leaving, isIt)
	c.freeSpare(s)
}

// closeHeard is the other end's word that the session is over.
func (c *Core) closeHeard(s *session, l *line, why CloseReason) {
	sp := s.spare
	c.shut(l)
	switch {
	case sp != nil && sp.line == l && sp.hello.Session != s.id:
		s.spare = nil // it has thought better of another session
	case why == CloseBusy && s.agreed, !s.agreed && sp != nil && sp.line != l:
		c.lineGone(s, l, "their node is busy")
	default:
		c.finish(s, c.closeWords(s, why))
	}
}

// closeWords says why the other end closed a session.
func (c *Core) closeWords(s *session, why CloseReason) string {
	with := c.portrayed(s.with).Label()
	switch why {
	case CloseRefused:
		return with + " takes no private session from you"
	case CloseUnknown:
		return "their node was started anew"
	case CloseNobody:
		return cmp.Or(s.with.Guest, with) + " is not there"
	case CloseBusy:
		return "their node has as many private sessions as it takes; try again later"
	case CloseBroken:
		return "their node could not make sense of what this one sent"
	}
	return with + " has left"
}
