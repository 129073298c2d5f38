package irc

import (
	"bytes"
	"strings"

	"github.com/ergochat/irc-go/ircmsg"
	"github.com/ergochat/irc-go/ircutils"

	"tincan/cmd/internal/token"
)

// maxSASL bounds an answer of SASL in bytes, decoded.
const maxSASL = 1 << 10

// ownerName is the name under which nobody but the owner is let in.
const ownerName = "owner"

// authenticate is AUTHENTICATE PLAIN (RFC 4616). The token makes the owner; any
// other pair names a guest, whose name is not reserved thereby, unless it looks as
// if it were meant to be the owner's.
func (s *session) authenticate(m *ircmsg.Message) {
	word := m.Params[0]
	switch {
	case s.registered:
		s.numeric("907", "you have registered already")
	case word == "*":
		s.sasl = nil
		s.numeric("906", "SASL authentication aborted")
	case s.sasl == nil && !strings.EqualFold(word, "PLAIN"):
		s.plain("908", "PLAIN", "are available SASL mechanisms")
		s.numeric("904", "SASL authentication failed: there is no such mechanism")
	case s.sasl == nil:
		s.sasl = ircutils.NewSASLBuffer(maxSASL)
		s.put(s.server("AUTHENTICATE", "+"))
	default:
		done, answer, err := s.sasl.Add(word)
		switch {
		case err == ircutils.ErrSASLTooLong:
			s.sasl = nil
			s.numeric("905", "SASL message too long")
		case err != nil:
			s.sasl = nil
			s.numeric("904", "SASL authentication failed: that is no base64")
		case done:
			s.sasl = nil
			s.authenticated(answer)
		}
	}
}

// authenticated judges the three fields of PLAIN.
func (s *session) authenticated(answer []byte) {
	fields := bytes.Split(answer, []byte{0})
	if len(fields) != 3 || len(fields[1]) == 0 {
		s.numeric("904", "SASL authentication failed: PLAIN takes a name and a password")
		return
	}
	as, name, secret := string(fields[0]), string(fields[1]), string(fields[2])
	_, looksLikeOne := token.Parse(secret)
	switch {
	case s.door.admits(secret):
		s.owner = true
	case as != "" && as != name, looksLikeOne, strings.EqualFold(name, ownerName):
		s.numeric("904", "SASL authentication failed: that is not the token of this node")
		return
	}
	mask := cmp(s.nick, "*") + "!" + cmp(s.user, "*") + "@" + s.door.Name
	account := nickable(cut(name, 64))
	s.numeric("900", mask, account, "you are now logged in as "+account)
	s.numeric("903", "SASL authentication successful")
}
