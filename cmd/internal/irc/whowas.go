package irc

import (
	"slices"
	"strconv"

	"github.com/ergochat/irc-go/ircmsg"
)

// past are those who left the door or a nick, the last one first.
type past []whoRow

// add notes who somebody was. The caller holds Door.mu.
func (p *past) add(f *face) {
	row := whoRow{user: f.user, host: host(f.person.Peer), nick: f.nick, real: f.real}
	*p = slices.Insert(*p, 0, row)
	if len(*p) > maxPast {
		*p = (*p)[:maxPast]
	}
}

// whowas is WHOWAS: who had a nick at this door.
func (s *session) whowas(m *ircmsg.Message) {
	nick, most := m.Params[0], maxPast
	if len(m.Params) > 1 {
		if n, err := strconv.Atoi(m.Params[1]); err == nil && n > 0 {
			most = n
		}
	}
	var found []whoRow
	s.door.mu.Lock()
	for _, row := range s.door.past {
		if fold(row.nick) == fold(nick) && len(found) < most {
			found = append(found, row)
		}
	}
	s.door.mu.Unlock()
	if len(found) == 0 {
		s.numeric("406", safeWord(nick), "there was nobody of that name, as far as this door remembers")
	}
	for _, row := range found {
		s.numeric("314", row.nick, row.user, row.host, "*", row.real)
	}
	s.numeric("369", safeWord(nick), "end of WHOWAS")
}
