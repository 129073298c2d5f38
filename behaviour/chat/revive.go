package chat

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// noteNumbers is the name of the note that says how the owner's places are numbered.
const noteNumbers = "numbers"

// savedNumbers is that note, as JSON.
type savedNumbers struct {
	Last int `json:"last"` // the greatest number given to a place
	At   int `json:"at"`   // the session that the owner's home was in, or 0
}

// saveNumbers notes what the next place is called, and where the owner's home is if
// that is a session: a line typed for a session must not go elsewhere after a restart.
func (c *Core) saveNumbers() {
	u := c.byUser[Owner]
	if c.started.IsZero() {
		return
	}
	is := savedNumbers{Last: u.last}
	if at := u.home(); at != nil && at.place != nil && at.place.session != nil && at.place.session.lasts {
		is.At = at.place.n
	}
	if is == c.saving.numbers {
		return
	}
	c.saving.numbers = is
	note, err := json.Marshal(is)
	if err != nil {
		panic("chat: the numbers of places cannot be noted: " + err.Error())
	}
	c.changeSoon(Noted{noteNumbers, note})
}

// resumeSessions takes up the owner's private sessions of the last run as they
// were, but for the lines: each end opens one by itself. What cannot be taken up is
// told and goes.
func (c *Core) resumeSessions(u *user) {
	var numbers savedNumbers
	if json.Unmarshal(c.saving.notes[noteNumbers], &numbers) == nil && numbers.Last <= maxNumber {
		c.saving.numbers = numbers
		u.last = max(u.last, numbers.Last)
	}
	notes, damaged := sessionNotes(c.saving.notes)
	var all []*session
	for _, n := range notes {
		if n.Over != "" {
			with := c.portrayed(Person{n.With, n.Guest})
			if n.Leaving == 0 {
				c.answer(Asker{User: Owner}, SessionChanged{Event: Closed, N: n.N, With: with, Side: n.Side, Reason: n.Over})
			}
			c.changeAfter(Noted{Name: n.name})
			c.loseSession(n.id.Conversation(), &with, n.Over)
			continue
		}
		s, err := c.rebuilt(u, n)
		if err != nil {
			damaged = append(damaged, n.name)
			continue
		}
		all = append(all, s)
		c.revive(s)
	}
	for _, name := range damaged {
		c.warn("a private session cannot be gone on with: what is kept of it is damaged; the other one hears that it is over")
		c.changeAfter(Noted{Name: name})
	}
	for _, conv := range slices.Clone(c.shelf.list) {
		if conv.Kind() == "session" {
			c.loseSession(conv, nil, "the private session could not be gone on with after the restart")
		}
	}
	slices.SortStableFunc(u.places, func(a, b *place) int { return cmp.Compare(a.n, b.n) })
	for _, s := range all {
		c.rejoin(s)
	}
	if slices.ContainsFunc(all, func(s *session) bool { return s.agreed && s.leaving == 0 }) {
		c.answer(Asker{User: Owner}, Notice{"your private sessions go on as before the restart; /history in one shows what was said"})
	}
}

// sessionNote is a note of a session that can be read.
type sessionNote struct {
	name string
	raw  []byte
	id   SessionID
	savedSession
	alias, was SessionID
}

// sessionNotes reads the notes of sessions, in the order of their numbers, and
// names those that cannot be read.
func sessionNotes(notes map[string][]byte) (good []sessionNote, bad []string) {
	for name, raw := range notes {
		if Conversation(name).Kind() != "session" {
			continue
		}
		n := sessionNote{name: name, raw: raw}
		if n.read() != nil {
			bad = append(bad, name)
			continue
		}
		good = append(good, n)
	}
	slices.Sort(bad)
	slices.SortFunc(good, func(a, b sessionNote) int {
		return cmp.Or(cmp.Compare(a.N, b.N), strings.Compare(a.name, b.name))
	})
	return good, bad
}

func (n *sessionNote) read() error {
	if err := json.Unmarshal(n.raw, &n.savedSession); err != nil {
		return err
	}
	if err := readSessionID(&n.id, strings.TrimPrefix(n.name, "session/")); err != nil || string(n.id.Conversation()) != n.name {
		return errors.Join(err, errors.New("it is called otherwise"))
	}
	return errors.Join(readSessionID(&n.alias, n.Alias), readSessionID(&n.was, n.Was))
}

// readSessionID reads what SessionID.String wrote; "" is the zero id.
func readSessionID(id *SessionID, text string) error {
	if text == "" {
		return nil
	}
	raw, err := hex.DecodeString(text)
	if err == nil && (len(raw) != len(id) || hex.EncodeToString(raw) != text) {
		err = errors.New("not the id of a session")
	}
	copy(id[:], raw)
	return err
}

// rebuilt makes of what is kept of a session what it was, or says what is wrong with it.
func (c *Core) rebuilt(u *user, n sessionNote) (*session, error) {
	with := Person{n.With, n.Guest}
	switch {
	case n.With == "" || n.With == c.cfg.Me || len(n.With) > MaxName || len(n.Guest) > MaxName,
		n.Side != SideA && n.Side != SideB, n.Leaving > CloseBroken, n.WasLast > 0 && n.Was == "",
		n.N < 1 || n.N > maxNumber:
		return nil, errors.New("its note makes no sense")
	case n.Leaving == 0 && (u.sessionOf(with) != nil || slices.ContainsFunc(u.places, func(p *place) bool { return p.n == n.N })):
		return nil, errors.New("there is another in its place")
	case n.Leaving == 0 && (c.sessions.open >= maxSessions || len(u.sessions()) >= maxSessionsOfUser),
		n.Leaving != 0 && len(c.sessions.leaving) >= maxLeaving, len(c.sessions.byPeer[n.With]) >= maxSessionsWith:
		return nil, errors.New("there are too many")
	}
	s := &session{
		id: n.id, user: u, with: with, side: n.Side, alias: n.alias, aliased: n.Alias != "",
		asker: Asker{User: Owner}, agreed: n.Agreed, leaving: n.Leaving,
		memory: memory{lasts: true, noted: string(n.raw), revived: true},
		cut:    c.now, delay: reopenFirst,
	}
	s.place = &place{n: n.N, session: s}
	s.was, s.wasLast = n.was, n.WasLast
	if cut := time.UnixMilli(n.Cut); n.Cut > 0 && cut.Before(c.now) {
		s.cut = cut
	}
	return s, c.refill(s)
}

// refill brings back how far both ends of a session are, and what the other one has
// not acknowledged, which may have been sent.
func (c *Core) refill(s *session) error {
	conv := s.id.Conversation()
	own := []LogKey{{c.cfg.Me, LogID(s.id)}}
	if s.wasLast > 0 {
		own = []LogKey{{c.cfg.Me, LogID(s.was)}, own[0]}
	}
	s.last = s.wasLast
	var drafts []Draft
	if past := c.shelf.rooms[conv]; past != nil {
		for _, k := range own {
			if l := past.Logs[k]; l != nil {
				s.last = max(s.last, l.Head)
			}
			for _, d := range past.Drafts {
				if d.ID.LogKey == k {
					drafts = append(drafts, d)
				}
			}
		}
		if l := past.Logs[LogKey{s.with.Peer, LogID(s.id)}]; l != nil {
			s.got = l.Head
		}
	}
	if n := uint64(len(drafts)); n > 0 {
		s.last = max(s.last, drafts[n-1].ID.Seq)
		s.acked = s.last - min(s.last, n)
	} else {
		s.acked = s.last
	}
	for i, d := range drafts {
		if d.ID.Seq != s.acked+uint64(i)+1 {
			return errors.New("a part of what was said in it is missing")
		}
		q := said{Asker: s.asker, stamp: d.Message.Stamp, kind: d.Message.Kind, body: d.Message.Body}
		s.queue = append(s.queue, q)
		s.bytes += q.size()
	}
	s.sent, s.top, s.safe = s.acked, s.last, s.got
	c.shelf.take(conv)
	return nil
}

// revive makes a session of before the restart one of this node's again.
func (c *Core) revive(s *session) {
	c.meet(s.with.Peer)
	c.sessions.byPeer[s.with.Peer] = append(c.sessions.byPeer[s.with.Peer], s)
	c.sessions.waiting += len(s.queue)
	c.sessions.bytes += s.bytes
	if s.leaving != 0 {
		s.leaveBy = c.now.Add(leaveTime)
		c.sessions.leaving = append(c.sessions.leaving, s)
		c.watchLeaving()
		return
	}
	c.sessions.open++
	s.user.places = append(s.user.places, s.place)
	s.user.last = max(s.user.last, s.place.n)
}

// rejoin tells the owner of a session of before the restart, and opens a line for it.
func (c *Core) rejoin(s *session) {
	if s.agreed && s.leaving == 0 {
		s.told = true
		c.tellOf(s, Asker{}, SessionChanged{Event: Interrupted, Reason: "this node was restarted"}, nil)
	}
	if at := s.user.home(); at != nil && s.leaving == 0 && s.place.n == c.saving.numbers.At {
		c.settleIn(s.asker, at, s.place)
	}
	c.touchSoon(s)
	c.openLine(s)
	if s.agreed {
		return
	}
	// The other end may know of it. It has to be there for that, and may be starting too.
	c.awaitAnswer(s, leaveTime)
	if s.leaving == 0 {
		c.answer(s.asker, Notice{fmt.Sprintf("%s is asked again for the private session %d", c.portrayed(s.with).Label(), s.place.n)})
	}
}

// loseSession drops what is kept of a session that nobody goes on with, and tells
// what of it has not arrived. with is nil where nobody knows.
func (c *Core) loseSession(conv Conversation, with *Peer, why string) {
	if past := c.shelf.take(conv); past != nil {
		for _, d := range past.Drafts {
			c.answer(Asker{User: Owner}, Delivery{ID: d.ID, To: with, Text: d.Message.Body, State: SendFailed, Reason: why})
		}
	}
	c.changeAfter(Forgotten{conv})
}

// catchUp is the word of the other end that it has more than this end has sent, up to
// the number n: a lie, unless this is the first line after a restart, and it was said
// while nothing could be saved. Then that has arrived and the session goes on behind it,
// or ends, if the numbers are those of something else by now. It reports whether it goes on.
func (c *Core) catchUp(s *session, l *line, n uint64) bool {
	switch {
	case !s.revived || n-s.top > maxNumber:
		l.s = s
		c.broken(l, "acknowledgement of what was not sent")
		return false
	case s.top < s.last:
		c.reject(l, CloseUnknown)
		c.finish(s, "what was said in it before the restart could not be saved, and there is no going on behind it")
		return false
	}
	c.acknowledged(s, s.last)
	s.acked, s.sent, s.top, s.last = n, n, n, n
	c.change(Moved{s.id.Conversation(), LogMark{LogKey: c.keptAs(s, n).LogKey, Head: n}})
	return true
}
