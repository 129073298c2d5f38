package irc

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/ergochat/irc-go/ircmsg"
)

// monitor is MONITOR (ircv3.net, monitor): whose coming and going a client is told of.
func (s *session) monitor(m *ircmsg.Message) {
	var targets []string
	if len(m.Params) > 1 {
		targets = strings.Split(m.Params[1], ",")
	}
	switch m.Params[0] {
	case "+":
		s.monitorMore(targets)
	case "-":
		for _, nick := range targets {
			s.unmonitor(fold(nick))
		}
	case "C", "c":
		s.unmonitorAll()
	case "L", "l":
		s.listed("732", s.monitored())
		s.numeric("733", "end of the list")
	case "S", "s":
		s.tellStates(s.monitored())
	}
}

func (s *session) monitored() (nicks []string) {
	for _, nick := range s.monitors {
		nicks = append(nicks, nick)
	}
	slices.Sort(nicks)
	return nicks
}

func (s *session) monitorMore(nicks []string) {
	var added []string
	for i, nick := range nicks {
		key := fold(nick)
		if !validNick(nick) || s.monitors[key] != "" {
			continue
		}
		if len(s.monitors) >= maxMonitor {
			s.numeric("734", strconv.Itoa(maxMonitor), strings.Join(nicks[i:], ","), "the monitor list is full")
			break
		}
		if s.monitors == nil {
			s.monitors = make(map[string]string)
		}
		s.monitors[key] = nick
		s.door.watch(s.face, key, true)
		added = append(added, nick)
	}
	s.tellStates(added)
}

func (s *session) unmonitor(key string) {
	if s.monitors[key] != "" {
		delete(s.monitors, key)
		s.door.watch(s.face, key, false)
	}
}

func (s *session) unmonitorAll() {
	for key := range s.monitors {
		s.unmonitor(key)
	}
}

// tellStates says who of those is here.
func (s *session) tellStates(nicks []string) {
	var on, off []string
	for _, nick := range nicks {
		if mask, here := s.door.here(nick); here {
			on = append(on, mask)
		} else {
			off = append(off, nick)
		}
	}
	s.listed("730", on)
	s.listed("731", off)
}

// listed is a list in as many lines as it takes.
func (s *session) listed(code string, items []string) {
	for chunk := ""; len(items) > 0; chunk = "" {
		n := 0
		for n < len(items) && (n == 0 || len(chunk)+1+len(items[n]) <= 400) {
			if n > 0 {
				chunk += ","
			}
			chunk += items[n]
			n++
		}
		items = items[n:]
		s.numeric(code, chunk)
	}
}

// watch enters a client with whom it monitors, or takes it out.
func (d *Door) watch(f *face, key string, on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watched[key] = slices.DeleteFunc(d.watched[key], func(o *face) bool { return o == f })
	if on {
		d.watched[key] = append(d.watched[key], f)
	}
	if len(d.watched[key]) == 0 {
		delete(d.watched, key)
	}
}

// watchers are the clients that monitor a nick.
func (d *Door) watchers(nick string) []*face {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.watched[fold(nick)])
}

// here is the mask of who is called so, if he is known to be here.
func (d *Door) here(nick string) (mask string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.nicks[fold(nick)]; f != nil && len(d.faces[f.person]) > 0 {
		return f.mask(), true
	}
	who, known := d.others.byNick[fold(nick)]
	if !known || !d.others.byPerson[who].here {
		return "", false
	}
	return d.others.byPerson[who].nick + "!peer@" + host(who.Peer), true
}

// tellWatchers tells who monitors a nick that it is here (730) or not (731).
func (s *session) tellWatchers(code, nick, as string) {
	for _, f := range s.door.watchers(nick) {
		s.post(f, func(s *session) { s.watchedChanged(code, as) })
	}
}

func (s *session) watchedChanged(code, as string) {
	at := s.at
	s.at = nil
	s.numeric(code, as)
	s.at = at
}

// offline tells who monitors a nick that its client is gone.
func (d *Door) offline(ctx context.Context, nick string) {
	for _, f := range d.watchers(nick) {
		f.poster.post(ctx, func(s *session) { s.watchedChanged("731", nick) })
	}
}

// seen is that somebody who is no client of this door has come or gone.
func (s *session) seen(nick, mask string, here bool) {
	s.door.mark(nick, here)
	if s.monitors[fold(nick)] == "" {
		return
	}
	if here {
		s.watchedChanged("730", mask)
	} else {
		s.watchedChanged("731", nick)
	}
}

// mark notes whether somebody of another node is here.
func (d *Door) mark(nick string, here bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if who, ok := d.others.byNick[fold(nick)]; ok {
		d.others.byPerson[who].here = here
	}
}
