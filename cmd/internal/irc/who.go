package irc

import (
	"strconv"
	"strings"

	"github.com/ergochat/irc-go/ircmsg"

	"tincan/behaviour/chat"
)

// whoRow is a line of the answer to WHO.
type whoRow struct {
	channel, user, host, nick, flags, real string
	idle                                   int64 // seconds
}

// who is WHO, for a channel, a nick or a mask, in its old form and as WHOX.
func (s *session) who(m *ircmsg.Message) {
	mask, fields := "*", ""
	if len(m.Params) > 0 && m.Params[0] != "" {
		mask = m.Params[0]
	}
	if len(m.Params) > 1 {
		if _, f, ok := strings.Cut(m.Params[1], "%"); ok {
			fields = f
		}
	}
	end := func() {
		shown := mask
		if strings.Contains(mask, " ") || mask[0] == ':' {
			shown = "*"
		}
		s.numeric("315", shown, "end of WHO")
	}
	if conv, ok := s.channelMeant(mask); ok {
		s.usersOf(conv, func(users []chat.UserInfo) {
			for _, u := range users {
				row := s.rowOf(u)
				row.channel = channelOf(conv)
				row.flags += s.prefix(conv, u.Peer)
				s.tellRow(row, fields)
			}
			end()
		})
		return
	}
	if !strings.HasPrefix(mask, "#") {
		for _, row := range s.door.rows(mask, s.now.Unix()) {
			s.tellRow(row, fields)
		}
	}
	end()
}

// rowOf is somebody in a channel.
func (s *session) rowOf(u chat.UserInfo) whoRow {
	nick, rest, _ := strings.Cut(s.door.mask(u.Peer), "!")
	user, at, _ := strings.Cut(rest, "@")
	row := whoRow{user: user, host: at, nick: nick, flags: "H", real: visible(u.Peer.Label())}
	if u.Away != "" {
		row.flags = "G"
	}
	s.door.mu.Lock()
	defer s.door.mu.Unlock()
	if f := s.door.faceOf(personOf(u.Peer)); f != nil {
		row.real = cmp(f.real, row.real)
		row.idle = s.now.Unix() - f.spoke.Unix()
		if f.away != "" {
			row.flags = "G"
		}
	}
	return row
}

// rows are those whose nick fits a mask: clients of the door, or who is called just so.
func (d *Door) rows(mask string, now int64) (rows []whoRow) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, fs := range d.faces {
		f := fs[0]
		at := host(f.person.Peer)
		if !matches(mask, f.nick) && !matches(mask, f.nick+"!"+f.user+"@"+at) {
			continue
		}
		row := whoRow{user: f.user, host: at, nick: f.nick, flags: "H", real: f.real, idle: now - f.spoke.Unix()}
		if f.away != "" {
			row.flags = "G"
		}
		rows = append(rows, row)
	}
	if who, ok := d.others.byNick[fold(mask)]; ok {
		o := d.others.byPerson[who]
		rows = append(rows, whoRow{user: "peer", host: host(who.Peer), nick: o.nick, flags: "H", real: o.nick})
	}
	return rows
}

// tellRow answers WHO or, where fields are asked for, WHOX.
func (s *session) tellRow(r whoRow, fields string) {
	channel := cmp(r.channel, "*")
	if fields == "" {
		s.numeric("352", channel, r.user, r.host, s.door.Name, r.nick, r.flags, "0 "+r.real)
		return
	}
	fields, token, _ := strings.Cut(fields, ",")
	params := []string{}
	add := func(field byte, value string) {
		if strings.IndexByte(fields, field) >= 0 {
			params = append(params, value)
		}
	}
	add('t', cmp(safeWord(token), "0"))
	add('c', channel)
	add('u', r.user)
	add('i', "255.255.255.255")
	add('h', r.host)
	add('s', s.door.Name)
	add('n', r.nick)
	add('f', r.flags)
	add('d', "0")
	add('l', strconv.FormatInt(max(r.idle, 0), 10))
	add('a', "0")
	add('o', "n/a")
	if strings.IndexByte(fields, 'r') >= 0 {
		s.numeric("354", append(params, cmp(r.real, "*"))...)
		return
	}
	s.plain("354", params...)
}

// userhost is USERHOST: up to five nicks.
func (s *session) userhost(m *ircmsg.Message) {
	var found []string
	for _, nick := range m.Params[:min(len(m.Params), 5)] {
		if mask, ok := s.door.here(nick); ok {
			name, at, _ := strings.Cut(mask, "!")
			sign := "+"
			if s.door.awayOf(nick) != "" {
				sign = "-"
			}
			found = append(found, name+"="+sign+at)
		}
	}
	s.numeric("302", strings.Join(found, " "))
}

// ison is ISON: which of those are here.
func (s *session) ison(m *ircmsg.Message) {
	var found []string
	for _, nick := range strings.Fields(strings.Join(m.Params, " ")) {
		if mask, ok := s.door.here(nick); ok && len(found) < maxTargets {
			name, _, _ := strings.Cut(mask, "!")
			found = append(found, name)
		}
	}
	s.numeric("303", strings.Join(found, " "))
}
