package chat

import "slices"

// shelf holds how far the logs of conversations are that are not open, so that
// one that is opened again goes on where it was: nothing is shown twice and no
// number used twice.
type shelf struct {
	rooms map[Conversation]*PastRoom
	list  []Conversation // its keys: those of earlier runs by name, then as they came
}

// take removes what is known of a conversation and returns it, or nil.
func (s *shelf) take(name Conversation) *PastRoom {
	r := s.rooms[name]
	if r != nil {
		delete(s.rooms, name)
		i := slices.Index(s.list, name)
		s.list = slices.Delete(s.list, i, i+1)
	}
	return r
}

// shelve remembers how far a room was that is closed. Without a store there is no
// memory to remember it in, and the next log of this node's there is a new one.
func (c *Core) shelve(r *room) {
	if !c.cfg.Keeps {
		if r.mine.next > 0 {
			c.gone++
		}
		return
	}
	past := &PastRoom{Logs: make(map[LogKey]*PastLog, len(r.list))}
	for _, l := range r.list {
		if l.head > 0 || l.frozen {
			past.Logs[l.key] = &PastLog{LogMark: l.mark(), Low: l.low, Sum: l.sum, Stamp: l.stamp}
		}
	}
	for _, k := range r.retired.list {
		past.Logs[k] = &PastLog{LogMark: LogMark{LogKey: k, Head: r.retired.head[k]}}
	}
	for _, k := range r.floors.list {
		if head, ok := r.floors.head[k]; ok {
			past.Logs[k] = &PastLog{LogMark: LogMark{LogKey: k, Head: head, Heard: true}}
		}
	}
	if len(past.Logs) == 0 {
		return
	}
	for _, e := range r.mine.log.tail {
		if len(r.waiting) > 0 && e.Last() >= r.waiting[0].id.Seq && e.Last() <= r.mine.open {
			past.Open = append(past.Open, e)
		}
	}
	if c.shelf.rooms == nil {
		c.shelf.rooms = make(map[Conversation]*PastRoom)
	}
	c.shelf.rooms[r.name] = past
	c.shelf.list = append(c.shelf.list, r.name)
	c.clearShelf()
}

// clearShelf forgets the oldest conversations that only others have said anything
// in, when there are too many: identities cost nothing, and whoever makes many must
// not fill the disk. If there is none, it forgets the oldest.
func (c *Core) clearShelf() {
	for len(c.shelf.list) > maxShelf {
		i := slices.IndexFunc(c.shelf.list, func(name Conversation) bool {
			for k := range c.shelf.rooms[name].Logs {
				if k.Author == c.cfg.Me {
					return false
				}
			}
			return !name.IsShared()
		})
		if i < 0 {
			i = 0
			c.gone++
			c.saveLife()
		}
		name := c.shelf.list[i]
		c.shelf.take(name)
		c.change(Forgotten{name})
	}
}

// mark is how far a log is, for the store.
func (l *log) mark() LogMark {
	return LogMark{LogKey: l.key, Head: l.head, Heard: l.heard, Frozen: l.frozen, Days: l.days}
}

// moved notes how far a log is, where no envelope says it.
func (c *Core) moved(r *room, l *log) {
	c.change(Moved{r.name, l.mark()})
}

// passing says whether nobody wants to know of the envelope later: it brings
// answers to a hello. Whoever says hello under many names shall not fill the disk.
func (e *Envelope) passing() bool {
	return !slices.ContainsFunc(e.Messages, func(m Message) bool { return m.Kind != HelloAck })
}

// kept notes that an envelope is part of the history.
func (c *Core) kept(r *room, l *log, e *Envelope, open bool) {
	if !c.cfg.Keeps {
		return
	}
	if e.passing() {
		c.moved(r, l)
		return
	}
	if l.low == 0 {
		l.low = e.First
	}
	l.stamp = max(l.stamp, e.Messages[len(e.Messages)-1].Stamp)
	c.change(Kept{Envelope: e, At: c.now, Open: open})
	if day := c.now.Unix() / (24 * 60 * 60); r.shared && (len(l.days) == 0 || l.days[len(l.days)-1].Day != day) {
		days := append(slices.Clone(l.days), Day{day, e.First})
		l.days = days[max(0, len(days)-maxDays):]
		c.changeSoon(Moved{r.name, l.mark()})
	}
}
