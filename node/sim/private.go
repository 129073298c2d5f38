package sim

import (
	"slices"
	"strings"
	"time"

	"tincan/behaviour/chat"
)

// canary is in every text that is for two people only.
const canary = "psst:"

// end is one user's end of a private session.
type end struct {
	u     *user
	with  chat.Person
	from  spot  // where he was then
	asked int64 // when he asked for it or was told of it
	n     int   // its number at the user's, once known

	open    bool // at some time
	closed  bool
	mine    bool    // closed by the user himself
	leaving bool    // he has asked to leave
	said    []int32 // lines, in their order
	heard   int     // how many of the other's were shown
	other   *end    // whose lines those are
}

// carried checks that what a core hands to the network is for those whom it
// reaches. What is in an envelope was checked when it was sealed.
func (c *checker) carried(n *node, eff chat.Effect) {
	switch eff := eff.(type) {
	case chat.Publish:
		c.left[eff.Envelope] = true
		if of, ok := eff.Envelope.Conversation.OfPresence(); ok {
			c.announced(n, of, eff.Envelope)
		}
		if !eff.Envelope.Conversation.IsShared() {
			c.fail(9, "%s publishes %s", n.nick, envelopeWords(eff.Envelope))
		}
	case chat.Send:
		c.left[eff.Envelope] = true
		if eff.Envelope.Conversation != chat.DirectWith(n.id, eff.To) {
			c.fail(9, "%s sends %s to %s", n.nick, envelopeWords(eff.Envelope), short(eff.To))
		}
	case chat.Answer:
		c.receipted(n, eff)
	case chat.Sync:
		c.carriedDeltas(n, eff.Deltas)
	case chat.AnswerSync:
		c.carriedDeltas(n, eff.Deltas)
	case chat.SendFrame:
		if x := n.wires[eff.Line]; x != nil {
			c.carriedFrame(n, x.link.other(n), eff.Frame)
		}
	}
}

func (c *checker) carriedDeltas(n *node, deltas []chat.Delta) {
	for _, d := range deltas {
		if _, presence := d.Conversation.OfPresence(); presence || !d.Conversation.IsShared() {
			c.fail(9, "%s syncs %s", n.nick, d.Conversation)
		}
		for _, e := range d.Envelopes {
			if e.Author == n.id {
				c.left[e] = true
			}
			if e.Conversation != d.Conversation {
				c.fail(9, "%s syncs %s as of %s", n.nick, envelopeWords(e), d.Conversation)
			}
		}
	}
}

// carriedFrame checks that the words in a frame were said to who is at the other
// end of the line.
func (c *checker) carriedFrame(from, to *node, f *chat.Frame) {
	for i := range f.Messages {
		l, ok := c.byText[f.Messages[i].Body]
		if !ok || !c.lines[l].in.session || c.lines[l].author != from || c.lines[l].to != to {
			c.fail(9, "%s tells %s in a session %.40q", from.nick, to.nick, f.Messages[i].Body)
		}
	}
}

// sealedPrivacy checks that no field of what is open to many has words for two.
func (c *checker) sealedPrivacy(n *node, e *chat.Envelope) {
	if !e.Conversation.IsShared() {
		return
	}
	for i := range e.Messages {
		m := &e.Messages[i]
		for _, s := range []string{m.Body, m.Name, m.Guest, m.To} {
			if strings.Contains(s, canary) {
				c.fail(9, "%s sealed for %s what is for two: %.40q", n.nick, e.Conversation, s)
			}
		}
	}
}

// addressed checks that a notification is for people who are there, and that
// words for two do not come in what is not a message.
func (c *checker) addressed(n *node, eff chat.Notify) bool {
	if _, farewell := eff.Notification.(chat.Ended); farewell {
		return true
	}
	for _, id := range eff.For {
		if n.keeps == keepsOnDisk && id > 0 && int(id) < len(n.users) && n.users[id].gone {
			continue // it waited for the disk, and nobody listens any more
		}
		if id < 0 || int(id) >= len(n.users) || n.users[id].gone {
			c.fail(9, "%s told user %d, who is not there, %T", n.nick, id, eff.Notification)
			return false
		}
	}
	text := ""
	switch note := eff.Notification.(type) {
	case chat.Failed:
		text = note.Text
	case chat.Notice:
		text = note.Text
	case chat.Warning:
		n.clock.found = n.clock.found || strings.Contains(note.Text, "your clock is")
		if n.troubled || c.odd() {
			break
		}
		c.fail(0, "%s warned: %s", n.nick, note.Text)
	case chat.Delivery:
		if len(eff.For) != 1 {
			c.fail(9, "%s told %v how far a line is", n.nick, eff.For)
			return false
		}
		if l, ok := c.byText[note.Text]; ok && c.lines[l].by != n.users[eff.For[0]] && !n.users[eff.For[0]].gone {
			c.fail(9, "%s told %s how far a line of another is: %.40q", n.nick, n.users[eff.For[0]], note.Text)
		}
	}
	if strings.Contains(text, canary) && len(eff.For) != 1 {
		c.fail(9, "%s told %v %.60q", n.nick, eff.For, text)
	}
	return c.broken == nil
}

// private checks a message that nobody seals, at the moment at which it is shown:
// of a session, or between two users of a node.
func (c *checker) private(n *node, eff chat.Notify, s chat.Shown) {
	if len(eff.For) != 1 {
		c.fail(9, "%s showed %.40q to %v", n.nick, s.Text, eff.For)
		return
	}
	u := n.users[eff.For[0]]
	i, ok := c.byText[s.Text]
	if !ok || s.Kind != chat.Text {
		c.fail(1, "%s showed %s %s %.40q, which nobody said", n.nick, u, s.Kind, s.Text)
		return
	}
	l := &c.lines[i]
	from, session := chat.Person{Peer: s.From.ID, Guest: s.From.Guest}, s.ID.Conversation.Kind() == "session"
	switch {
	case s.To == nil || l.in.session != session || l.in.room != "" || s.From.ID != l.author.id || from.Guest != l.by.name || s.Mine != (u == l.by):
		c.fail(9, "%s showed %s %.40q as %s of %s (mine: %t)", n.nick, u, s.Text, s.ID.Conversation.Kind(), s.From.Label(), s.Mine)
	case !s.Mine && u.person() != l.in.with:
		c.fail(9, "%s showed %s line %d, which is for %s", n.nick, u, i, l.in.with)
	case s.Mine && l.accepted:
		c.fail(2, "%s accepted line %d twice", n.nick, i)
	case s.Mine && (chat.Person{Peer: s.To.ID, Guest: s.To.Guest}) != l.in.with:
		c.fail(9, "%s sends line %d of %s to %s", n.nick, i, u, s.To.Label())
	case s.Mine:
		c.acceptedPrivately(u, i, s)
	case l.shown && session && l.end != nil && c.loose(l.end):
	case l.shown:
		c.fail(2, "%s showed %s line %d twice", n.nick, u, i)
	case session:
		c.heard(u, i, s)
	default:
		l.shown = true
	}
}

func (c *checker) acceptedPrivately(u *user, i int32, s chat.Shown) {
	l := &c.lines[i]
	l.accepted = true
	c.accepted++
	c.toldOf(l)
	if !l.in.session {
		return
	}
	e := u.session(l.in.with)
	if e != nil && c.loose(e) {
		e.n = s.Session
	}
	if e == nil || (e.n != 0 && e.n != s.Session) {
		c.fail(9, "%s took line %d of %s for session %d, which he does not know", u.n.nick, i, u, s.Session)
		return
	}
	e.n, l.end = s.Session, e
	e.said = append(e.said, i)
}

// heard checks that the other's lines are shown one after the other.
func (c *checker) heard(u *user, i int32, s chat.Shown) {
	l := &c.lines[i]
	e := u.numbered(s.Session)
	if e != nil && c.loose(e) {
		l.shown = true
		return
	}
	switch {
	case e == nil || !e.open || e.closed || l.end == nil:
		c.fail(5, "%s showed %s line %d in session %d, which is not open", u.n.nick, u, i, s.Session)
		return
	case e.other == nil && l.end.other == nil:
		e.other, l.end.other = l.end, e
	case e.other != l.end && e.other != nil || l.end.other != e && l.end.other != nil:
		c.fail(9, "%s showed %s line %d, which was said in another session", u.n.nick, u, i)
		return
	}
	e.other, l.end.other = l.end, e
	if at := slices.Index(l.end.said, i); at > e.heard && u.n.revived && c.allShown(l.end.said[e.heard:at]) {
		e.heard = at // what was kept in the last moment of an earlier life
	}
	if e.heard >= len(l.end.said) || l.end.said[e.heard] != i {
		c.fail(6, "%s showed %s line %d out of turn: %d of %v are shown", u.n.nick, u, i, e.heard, l.end.said)
		return
	}
	e.heard++
	l.shown = true
	c.w.stats.Deliveries++
	c.w.stats.Private++
	c.latency.add(time.Duration(c.w.now - l.at))
}

func (c *checker) allShown(lines []int32) bool {
	return !slices.ContainsFunc(lines, func(i int32) bool { return !c.lines[i].shown })
}

func (u *user) numbered(n int) *end {
	i := slices.IndexFunc(u.ends, func(e *end) bool { return e.n == n })
	if i < 0 {
		return nil
	}
	return u.ends[i]
}

// sessionChanged takes down what a user is told of a session.
func (c *checker) sessionChanged(u *user, ref string, note chat.SessionChanged) {
	with := chat.Person{Peer: note.With.ID, Guest: note.With.Guest}
	e := u.numbered(note.N)
	if e == nil { // the first that is heard of what he has asked for, or of what another has
		e = u.anEnd(0, func(e *end) bool { return e.with == with && e.n == 0 })
	}
	if e == nil {
		e = &end{u: u, with: with, asked: c.w.now}
		u.ends = append(u.ends, e)
		if (note.Event != chat.Opened || note.Side != chat.SideB) && !u.n.revived {
			c.fail(0, "%s was told that session %d with %s is %s, of which he does not know", u, note.N, with, note.Event)
		}
	}
	if c.loose(e) && note.Event != chat.Closed {
		e.closed, e.open = false, true
	}
	e.n = note.N
	if ref != "" {
		c.answered(u.n, ref)
	}
	switch {
	case e.with != with || e.closed:
		c.fail(0, "%s was told that session %d with %s is %s, which was with %s (over: %t)", u, note.N, with, note.Event, e.with, e.closed)
	case note.Event == chat.Opened:
		c.sessionOpened(u, e)
	case note.Event == chat.Closed:
		c.sessionClosed(u, e, note)
	case !e.open && u.n.revived: // it was opened, and the node ended before it could tell
		e.open = true
	case !e.open:
		c.fail(0, "%s was told that session %d is %s before it was open", u, note.N, note.Event)
	}
}

func (c *checker) sessionOpened(u *user, e *end) {
	for _, o := range u.ends {
		if o != e && o.with == e.with && !o.closed && !c.loose(e) {
			c.fail(5, "%s has two sessions with %s", u, e.with)
		}
	}
	if e.open && !c.loose(e) {
		c.fail(2, "%s was told twice that session %d is open", u, e.n)
	}
	e.open = true
	c.w.stats.Sessions++
}

func (c *checker) sessionClosed(u *user, e *end, note chat.SessionChanged) {
	e.closed, e.mine = true, note.Mine
	here := spot{with: e.with, session: true}
	switch {
	case u.at != here && note.Back != nil:
		c.fail(0, "%s was taken elsewhere by the end of session %d, in which he was not", u, e.n)
	case u.at == here && u.session(e.with) == nil: // else he has asked for another already
		u.at = spot{}
		if note.Back != nil {
			u.at = spotOf(note.Back)
		}
		if !note.Mine {
			u.swept = c.w.now
		}
	}
	if !note.Mine && !c.mayEnd(e) {
		c.fail(10, "%s lost session %d with %s without cause: %s", u, e.n, e.with, note.Reason)
	}
}

// mayEnd says whether there is a reason for the end of a session that its user
// did not wish for.
func (c *checker) mayEnd(e *end) bool {
	n := c.w.byID[e.with.Peer]
	v := c.w.find(e.with)
	switch {
	case v == nil || n.leaving || v.came > e.asked || c.loose(e):
		return true
	case !e.open && (c.w.troubled() || c.w.o.Loss > 0 || !c.w.reachable(e.u.n, n)):
		return true
	}
	return slices.ContainsFunc(v.ends, func(o *end) bool { return o.with == e.u.person() && o.closed })
}

// loose says whether a session is of a node that has forgotten a part of it: it may
// come back to what it was before, or end.
func (c *checker) loose(e *end) bool {
	other := c.w.byID[e.with.Peer]
	return e.u.n.excused || other != nil && other.excused
}

// sessionsAgree checks, when everything has had time to settle, that both ends of
// a session are open or neither is, and that all that was said in open ones has
// arrived.
func (c *checker) sessionsAgree() {
	for _, n := range c.w.nodes {
		for _, u := range n.users {
			if !u.here() {
				continue
			}
			for _, e := range u.ends {
				other := c.w.byID[e.with.Peer]
				if e.closed || c.loose(e) || !other.alive || !c.w.reachable(n, other) {
					continue
				}
				v := c.w.find(e.with)
				switch {
				case !e.open:
					c.fail(10, "%s has had no answer to his fork to %s of %.3fs", u, e.with, float64(e.asked)/1e9)
				case v == nil || v.session(u.person()) == nil:
					c.fail(5, "%s has session %d with %s, who has none with him", u, e.n, e.with)
				}
			}
		}
	}
}

func spotOf(p *chat.Place) spot {
	switch p.Conversation.Kind() {
	case "session":
		return spot{with: chat.Person{Peer: p.With.ID, Guest: p.With.Guest}, session: true}
	case "dm":
		return spot{with: chat.Person{Peer: p.With.ID, Guest: p.With.Guest}}
	}
	return spot{room: p.Conversation}
}
