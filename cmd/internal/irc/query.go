package irc

import (
	"strconv"
	"strings"

	"github.com/ergochat/irc-go/ircmsg"

	"tincan/behaviour/chat"
)

// A private session is a query: "session1/anna" is the first of the user's, with
// anna. No person can be called so.

// sessionNick is what a session is called, and remembers it.
func (s *session) sessionNick(n int, with chat.Peer) string {
	if s.sessions[n] == "" {
		s.sessions[n] = "session" + strconv.Itoa(n) + "/" + s.door.nickOf(with)
	}
	return s.sessions[n]
}

// sessionCalled is the number of the session that a query is named for.
func (s *session) sessionCalled(target string) (n int, ok bool) {
	for n, name := range s.sessions {
		if fold(name) == fold(target) {
			return n, true
		}
	}
	return 0, false
}

// sessionPlace is what the core calls a session in instructions.
func sessionPlace(n int) string { return "session:" + strconv.Itoa(n) }

// fork is FORK: it opens a private session. What comes of it the core tells all of
// the user's clients.
func (s *session) fork(m *ircmsg.Message) {
	to := m.Params[0]
	if who, _, found := s.door.find(to); found {
		to = address(who)
	}
	s.ask(chat.Fork{To: to}, func(n chat.Notification) bool {
		if f, failed := n.(chat.Failed); failed {
			s.numeric("401", safeWord(m.Params[0]), visible(f.Text))
			return true
		}
		s.notified(n)
		return true
	})
}

// leaveSession ends a session for both.
func (s *session) leaveSession(n int) {
	s.ask(chat.SwitchTo{To: strconv.Itoa(n)}, func(answer chat.Notification) bool {
		if _, ok := answer.(chat.Switched); !ok {
			return false
		}
		s.ask(chat.Leave{}, func(answer chat.Notification) bool {
			s.notified(answer)
			return true
		})
		return true
	})
}

// sessionChanged tells of a session, in its query.
func (s *session) sessionChanged(n chat.SessionChanged) {
	if n.N == 0 {
		return
	}
	query := s.sessionNick(n.N, n.With)
	text := "this private session is " + n.Event.String()
	switch n.Event {
	case chat.Opened:
		text = "this private session with " + s.door.nickOf(n.With) + " is open; what is said here only the two of you see, and PART " + query + " ends it"
	case chat.Closed:
		delete(s.sessions, n.N)
	}
	if n.Reason != "" {
		text += ": " + n.Reason
	}
	l := by(query+"!session@"+host(n.With.ID), "NOTICE", s.face.nick, strings.TrimSpace(visible(text)))
	l.ForceTrailing()
	s.emit(l)
}
