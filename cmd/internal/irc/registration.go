package irc

import (
	"strings"
	"time"

	"github.com/ergochat/irc-go/ircmsg"
	"github.com/ergochat/irc-go/ircutils"

	"tincan/behaviour/chat"
)

// registration is how far a client is with saying who it is.
type registration struct {
	nick        string // asked for, and not refused
	user        string
	real        string
	negotiating bool // CAP END is to come
	caps302     bool
	sasl        *ircutils.SASLBuffer // of the exchange under way; nil: there is none
	owner       bool                 // it has shown the token
	refused     bool                 // it has shown a wrong one

	reserved   string // the nick that the door keeps for it
	contested  <-chan struct{}
	entering   bool // the core has been asked
	entered    bool // the core knows the guest, maybe under another name
	welcoming  bool
	registered bool
}

// pass is PASS: the owner's token, and nothing else.
func (s *session) pass(m *ircmsg.Message) {
	switch {
	case s.registered:
		s.numeric("462", "you have registered already")
	case s.door.admits(m.Params[len(m.Params)-1]):
		s.owner = true
	default:
		s.refused = true
	}
}

// admits says whether a client's secret is the token; clients may put a name and a
// colon before it.
func (d *Door) admits(secret string) bool {
	if d.Admits == nil {
		return false
	}
	_, after, ok := strings.Cut(secret, ":")
	return d.Admits(secret) || ok && d.Admits(after)
}

func (s *session) userLine(m *ircmsg.Message) {
	switch {
	case s.registered:
		s.numeric("462", "you have registered already")
	case m.Params[0] == "" || m.Params[3] == "":
		s.numeric("461", "USER", "the user name or the real name is empty")
	default:
		s.user = "~" + cut(nickable(m.Params[0]), userLength)
		s.real = cut(visible(m.Params[3]), realLength)
		s.registerIfReady()
	}
}

// registerIfReady goes on when all that is needed has been said.
func (s *session) registerIfReady() {
	if s.registered || s.entering || s.negotiating || s.nick == "" || s.user == "" {
		return
	}
	if s.refused && !s.owner {
		s.numeric("464", "that is not the token of this node; connect without a password to be a guest")
		s.end("wrong password")
		return
	}
	if s.owner {
		s.entering = true
		s.face.owner = true
		s.ask(chat.Attach{Apart: true}, s.attached)
		return
	}
	ok, freed := s.door.reserve(s.face, s.nick)
	if !ok {
		s.contested = freed
		return
	}
	s.enter()
}

// contend goes on with a nick that somebody else had; freed says that he has gone.
func (s *session) contend(now time.Time, freed bool) {
	s.now, s.contested = now, nil
	ok, again := s.door.reserve(s.face, s.nick)
	if !ok && freed {
		s.contested = again
		return
	}
	c := &command{}
	s.current, s.at = c, c
	if ok {
		s.enter()
	} else {
		s.refuseNick("433", s.nick, "somebody else is called that")
	}
	s.at = nil
	s.settle()
}

// refuseNick says why the nick cannot be had. Another may be asked for.
func (s *session) refuseNick(code, nick, why string) {
	if !s.registered {
		s.nick = ""
	}
	s.numeric(code, cmp(safeWord(nick), "*"), why)
}

// enter makes the guest known, or renames one who could not have the last nick.
func (s *session) enter() {
	s.entering, s.reserved = true, s.nick
	if s.entered {
		s.ask(chat.Rename{Name: s.nick}, func(n chat.Notification) bool {
			switch n := n.(type) {
			case chat.Renamed:
				s.named(n.Now)
			case chat.Failed:
				s.unnamed("432", n.Text)
			default:
				return false
			}
			return true
		})
		return
	}
	s.ask(chat.Enter{Name: s.nick}, func(n chat.Notification) bool {
		switch n := n.(type) {
		case chat.Entered:
			s.entered = true
			s.named(n.Me)
		case chat.Failed:
			s.end(n.Text)
		default:
			return false
		}
		return true
	})
}

// named is the core's word of what the guest is called.
func (s *session) named(me chat.Peer) {
	s.me = me
	switch {
	case me.Guest == s.nick:
		s.face.nick = s.nick
		s.welcome()
	case strings.HasPrefix(me.Guest, s.nick+"_"):
		s.unnamed("433", "another guest of this node is called that")
	default:
		s.unnamed("432", "that cannot be a name here")
	}
}

// unnamed gives up a nick that the core does not take.
func (s *session) unnamed(code, why string) {
	s.entering = false
	s.door.release(s.face, s.reserved)
	nick := s.nick
	s.refuseNick(code, nick, why)
}

// attached is the core's answer to a seat of the owner's.
func (s *session) attached(n chat.Notification) bool {
	ready, ok := n.(chat.Ready)
	if !ok {
		if f, failed := n.(chat.Failed); failed {
			s.end(f.Text)
			return true
		}
		return false
	}
	s.me = ready.Me
	if ready.Me.Name != "" {
		s.ownerNick(ready.Me)
		return true
	}
	s.ask(chat.Rename{Name: s.nick}, func(n chat.Notification) bool {
		switch n := n.(type) {
		case chat.Renamed:
			s.me = n.Now
		case chat.Failed:
		default:
			return false
		}
		s.ownerNick(s.me)
		return true
	})
	return true
}

// ownerNick gives the owner the nick of his name, whatever his client asked for.
func (s *session) ownerNick(me chat.Peer) {
	nick := base(me)
	if ok, _ := s.door.reserve(s.face, nick); !ok {
		nick = tagged(me)
		if ok, _ = s.door.reserve(s.face, nick); !ok {
			s.end("somebody else is called " + nick)
			return
		}
	}
	s.face.nick = nick
	s.welcome()
}
