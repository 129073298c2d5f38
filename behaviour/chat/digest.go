package chat

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// What was said long ago and comes by sync is held until it is clear how much of
// it there is: little is shown line by line, marked late; of much the users are
// told how much, by whom, and what names them, and the rest is in the history.
// What was said just now comes after that: little is shown before it at once, and
// behind much it waits for the digest, so that all is told in order.

// catchup is what came by sync, and was said long ago, since the last quiet time.
type catchup struct {
	held  []Shown // not shown yet, while they may be few
	count int     // came so far, those included that are shown
	tally tally   // what the users are to be told of in a digest
	fresh []Shown // what is to be shown after that

	since time.Time // when the first came that they were not told of
	last  time.Time // when the last came
	timed bool      // a timer looks whether it has gone quiet
	noted bool      // the store knows of what the users were not told
}

// showOrCount shows a message of a shared conversation that came by some road, or
// holds it back.
func (c *Core) showOrCount(r *room, s Shown, by road) {
	k := &r.catchup
	young := by != bySync || c.now.Sub(s.At) <= digestAge || c.drain.on ||
		slices.ContainsFunc(k.fresh, func(f Shown) bool { return f.ID.LogKey == s.ID.LogKey }) // the order of a log
	switch {
	case young && len(k.tally.list) == 0:
		c.showHeld(r)
		c.show(r, s, nil)
		return
	case young:
		if k.fresh = append(k.fresh, s); len(k.fresh) >= maxFresh {
			c.tellCatchup(r)
			return
		}
	case k.count < digestOver:
		k.count++
		k.held = append(k.held, s)
	default:
		k.count++
		for _, h := range k.held {
			k.tally.add(c, r, h)
		}
		k.held = nil
		k.tally.add(c, r, s)
	}
	if !young {
		k.last = c.now
	}
	if k.since.IsZero() {
		k.since = c.now
	}
	if c.cfg.Keeps && !slices.Contains(c.saving.untold, r) {
		c.saving.untold = append(c.saving.untold, r)
	}
	c.watchCatchup(r)
}

func (c *Core) watchCatchup(r *room) {
	if r.catchup.timed {
		return
	}
	r.catchup.timed = true
	c.after(digestQuiet, func() {
		k := &r.catchup
		k.timed = false
		if c.rooms[r.name] != r {
			return
		}
		quiet := c.now.Sub(k.last) >= digestQuiet && !c.fetching(r)
		if !k.since.IsZero() && (quiet || c.now.Sub(k.since) >= digestMost) {
			c.tellCatchup(r)
		}
		if quiet {
			k.count = 0
		} else {
			c.watchCatchup(r)
		}
	})
}

// fetching says whether a sync about a room is under way that has brought
// something and goes on.
func (c *Core) fetching(r *room) bool {
	return slices.ContainsFunc(c.roster.up, func(id PeerID) bool {
		s := &c.roster.byID[id].sync
		return s.busy && s.turns > 1 && slices.ContainsFunc(s.under, func(u underway) bool { return u.room == r })
	})
}

// tellCatchup tells the users in a room of what came.
func (c *Core) tellCatchup(r *room) {
	c.showHeld(r)
	t := r.catchup.tally
	r.catchup.tally = tally{}
	var alike []User // who are told the same
	for i, u := range r.users {
		d := c.digest(r, &t, u)
		if d.Count == 0 {
			continue
		}
		if p := r.places[i]; !u.isAt(p) {
			p.unread += d.Count
		}
		if len(d.Mentions) == 0 && len(u.ignored) == 0 {
			alike = append(alike, u.id)
			continue
		}
		c.do(Notify{For: []User{u.id}, Notification: d})
	}
	if len(alike) > 0 {
		c.do(Notify{For: alike, Notification: c.digest(r, &t, nil)})
	}
	fresh := r.catchup.fresh
	r.catchup.fresh = nil
	for _, s := range fresh {
		c.show(r, s, nil)
	}
	c.told(r)
}

// showHeld shows what is held and was not counted.
func (c *Core) showHeld(r *room) {
	k := &r.catchup
	if len(k.held) == 0 {
		return
	}
	for _, s := range k.held {
		c.show(r, s, nil)
	}
	k.held = nil
	c.told(r)
}

// told notes that there is nothing left to tell.
func (c *Core) told(r *room) {
	k := &r.catchup
	k.since = time.Time{}
	c.saving.untold = slices.DeleteFunc(c.saving.untold, func(o *room) bool { return o == r })
	if k.noted {
		k.noted = false
		c.change(Noted{noteUntold + string(r.name), nil})
	}
}

// tellCatchups tells of what came everywhere: the node stops.
func (c *Core) tellCatchups() {
	for _, r := range append([]*room{c.lobby}, c.channels...) {
		if !r.catchup.since.IsZero() {
			c.tellCatchup(r)
		}
	}
}

// dropCatchup forgets what came for a room that nobody is in any more.
func (c *Core) dropCatchup(r *room) {
	c.told(r)
	r.catchup = catchup{}
}

// untold is what a later run needs to tell the owner of what he was not told.
type untold struct {
	Count        int
	Since, Until time.Time
	From         []Person
}

// saveUntold notes what the owner is still to be told of, together with what came:
// after a crash it is told as a digest, however little it is.
func (c *Core) saveUntold() {
	for _, r := range c.saving.untold {
		t := r.catchup.tally
		if len(r.catchup.held) > 0 { // and so nothing is counted
			t = tally{}
			for _, s := range r.catchup.held {
				t.count(s)
			}
		}
		d := c.digest(r, &t, c.byUser[Owner])
		n := untold{Count: d.Count, Since: d.Since, Until: d.Until}
		for _, s := range r.catchup.fresh {
			if n.Count++; s.At.After(n.Until) {
				n.Until = s.At
			}
		}
		for _, p := range d.From {
			n.From = append(n.From, Person{p.ID, p.Guest})
		}
		r.catchup.noted = true
		c.note(noteUntold+string(r.name), n)
	}
	c.saving.untold = c.saving.untold[:0]
}

// resumeUntold tells the owner of what came before a crash that he was not told.
func (c *Core) resumeUntold() {
	var names []string
	for name := range c.saving.notes {
		if strings.HasPrefix(name, noteUntold) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		var n untold
		r := c.rooms[Conversation(strings.TrimPrefix(name, noteUntold))]
		if json.Unmarshal(c.saving.notes[name], &n) == nil && r != nil && n.Count > 0 {
			d := Digest{Conversation: r.name, Count: n.Count, Since: n.Since, Until: n.Until}
			for _, p := range n.From {
				d.From = append(d.From, c.portrayed(p))
			}
			if p := c.byUser[Owner].find(r); p != nil {
				if !c.byUser[Owner].isAt(p) {
					p.unread += n.Count
				}
				c.do(Notify{For: owner, Notification: d})
			}
		}
		c.change(Noted{name, nil})
	}
}

// digest is what a user, or one who ignores nobody and is not named, is told of a tally.
func (c *Core) digest(r *room, t *tally, u *user) Digest {
	d := Digest{Conversation: r.name, Logs: t.logs}
	var voices []*voice
	for _, s := range t.list {
		if u != nil && u.ignored[s.who] {
			continue
		}
		voices = append(voices, s)
		d.Count += s.count
		if d.Since.IsZero() || s.since.Before(d.Since) {
			d.Since = s.since
		}
		if s.until.After(d.Until) {
			d.Until = s.until
		}
	}
	slices.SortStableFunc(voices, func(a, b *voice) int { return cmp.Compare(b.count, a.count) })
	for _, s := range voices {
		if len(d.From) < maxDigestPeers && s.who.Peer != "" {
			d.From = append(d.From, c.portrayed(s.who))
		}
	}
	if u != nil {
		for _, m := range t.mentions[u.id] {
			if !u.ignored[Person{m.From.ID, m.From.Guest}] {
				d.Mentions = append(d.Mentions, m)
			}
		}
	}
	return d
}
