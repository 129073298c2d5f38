package irc

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ergochat/irc-go/ircmsg"
)

// listed is a channel as LIST shows it.
type listed struct {
	name, topic string
	people      int
}

// list is LIST, with the conditions M (a mask), N (not a mask) and U (how many people).
func (s *session) list(m *ircmsg.Message) {
	var conditions []string
	if len(m.Params) > 0 && m.Params[0] != "" {
		conditions = strings.Split(m.Params[0], ",")
	}
	s.numeric("321", "Channel", "Users  Name")
	for _, c := range s.door.channels() {
		if meets(c, conditions) {
			s.numeric("322", c.name, strconv.Itoa(c.people), c.topic)
		}
	}
	s.numeric("323", "end of LIST")
}

// meets says whether a channel is one of those asked for: all conditions on it hold,
// and one of the names or masks fits if there is any.
func meets(c listed, conditions []string) bool {
	named, fits := false, false
	for _, cond := range conditions {
		n, err := strconv.Atoi(strings.TrimLeft(cond, "<>"))
		switch {
		case cond == "":
		case cond[0] == '<' && err == nil:
			if c.people >= n {
				return false
			}
		case cond[0] == '>' && err == nil:
			if c.people <= n {
				return false
			}
		case cond[0] == '!':
			if matches(cond[1:], c.name) {
				return false
			}
		default:
			named = true
			fits = fits || matches(cond, c.name)
		}
	}
	return !named || fits
}

// channels are those that a client of the door is in.
func (d *Door) channels() (all []listed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for conv, r := range d.rooms {
		all = append(all, listed{channelOf(conv), r.topic, max(r.people, len(r.members))})
	}
	slices.SortFunc(all, func(a, b listed) int { return strings.Compare(a.name, b.name) })
	return all
}
