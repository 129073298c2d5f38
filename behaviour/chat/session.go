package chat

// session is a private session between a local user and somebody else.
type session struct {
	user  *user
	place *place
	with  Person
	id    SessionID
	side  Side
}

// sessions are all of this node's.
type sessions struct {
	pending int // messages that are accepted and not acknowledged
}

func (s *sessions) undelivered() int { return 0 }

// interrupted says whether there is no line at the moment.
func (s *session) interrupted() bool { return false }

// fork opens a session with whom the user names.
func (c *Core) fork(who asker, u *user, to string) {}

// saySession accepts a message for a session.
func (c *Core) saySession(who asker, s *session, m Message) {}

// endSession is the user's wish to end a session.
func (c *Core) endSession(who asker, s *session) {}

// hangUp ends a session at this end without telling its user, who is gone.
func (c *Core) hangUp(s *session, why CloseReason) {}

// closeSessions ends all sessions since the node ends.
func (c *Core) closeSessions() {}

// sessionsMay tries to resume what was interrupted: the peer is here again.
func (c *Core) sessionsMay(id PeerID) {}

func (c *Core) lineDone(ev LineDone)           {}
func (c *Core) frameReceived(ev FrameReceived) {}
func (c *Core) lineClosed(ev LineClosed)       {}
