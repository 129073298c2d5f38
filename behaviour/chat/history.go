package chat

import (
	"cmp"
	"strings"
	"time"
)

// recalling is a user who waits for what the store remembers.
type recalling struct {
	Asker
	conversation Conversation
	words        string
	window       Window
	first        bool
	n            int          // messages that the user is to be told of
	limit        int          // that the store is asked for
	items        []Remembered // that are his to see, of what it has answered
	seen         int          // messages that it has answered
	rounds       int          // of asking others for what is older
	until        time.Time    // that may take; zero: nobody was asked
	more         bool         // somebody may have more
	waiting      []Memory     // what is not in the store's answer: see unsealed
}

// readHistory answers with a window of a conversation.
func (c *Core) readHistory(who Asker, at *seat, in ReadHistory) {
	conv, code, why := c.conversationMeant(at, in.In)
	if code != "" {
		c.fail(who, code, why)
		return
	}
	window, why := windowMeant(conv, in)
	if why != "" {
		c.fail(who, NoPlace, why)
		return
	}
	if !conv.IsShared() { // what is older is of others who had the asker's name
		window.Since = max(window.Since, at.user.since)
	}
	if window.Empty() { // that nobody else has anything in either
		c.answer(who, History{Conversation: conv, First: in.First})
		return
	}
	c.recall(recalling{Asker: who, conversation: conv, window: window, first: in.First}, in.N)
}

// search answers with the last messages that hold some words.
func (c *Core) search(who Asker, at *seat, in Search) {
	words := strings.TrimSpace(in.Words)
	if words == "" {
		c.fail(who, BadText, "there is nothing to search for; /search takes words")
		return
	}
	var conv Conversation
	if in.In != "" || at.user.id != Owner { // what the owner and other guests have said elsewhere is not a guest's to see
		meant, code, why := c.conversationMeant(at, in.In)
		if code != "" {
			c.fail(who, code, why)
			return
		}
		conv = meant
	}
	c.recall(recalling{Asker: who, conversation: conv, words: words}, in.N)
}

func (c *Core) recall(q recalling, n int) {
	switch {
	case !c.cfg.Keeps:
		c.fail(q.Asker, NoPlace, "this node keeps no history")
		return
	case len(c.recalls)+c.recallsPut >= allowed(q.User, maxRecalls):
		c.fail(q.Asker, Overloaded, "too many questions about history wait for an answer; try again in a moment")
		return
	}
	if n <= 0 {
		n = historyCount
	}
	q.n = min(n, maxHistory)
	q.limit = q.n
	c.recallAgain(q)
}

// recallAgain asks the store.
func (c *Core) recallAgain(q recalling) {
	c.recallsAsked++
	q.waiting = c.unsealed(q)
	c.recalls[c.recallsAsked] = q
	c.do(Recall{N: c.recallsAsked, Conversation: q.conversation, Window: q.window, Limit: q.limit, First: q.first, Words: q.words})
}

func (c *Core) recalled(ev Recalled) {
	q, ok := c.recalls[ev.N]
	delete(c.recalls, ev.N)
	u := c.byUser[q.User]
	if !ok || u == nil {
		return
	}
	if ev.Unknown && q.seen == 0 { // else it has gone while this was looked for
		c.fail(q.Asker, NoPlace, "that message is not kept here; /history tells what is")
		return
	}
	if ev.Err != "" {
		c.fail(q.Asker, Overloaded, "the history cannot be read: "+ev.Err)
		return
	}
	q.withUnsealed(&ev)
	if all := q.seen + len(ev.Items); all < q.n && !ev.More && !ev.Beyond && c.fetchOlder(q, all) {
		return
	}
	more := q.keep(c, u, ev)
	if len(q.items) < q.n && more && q.seen < maxHistory && q.conversation != "" {
		c.recallAgain(q)
		return
	}
	h := History{Conversation: q.conversation, Words: q.words, Items: q.items, First: q.first, More: more || q.more && !q.first}
	if over := len(q.items) - q.n; over > 0 {
		h.More = true
		if q.first {
			h.Items = h.Items[:q.n]
		} else {
			h.Items = h.Items[over:]
		}
	}
	c.answer(q.Asker, h)
}

// keep takes what is the user's to see of what the store has answered, and reports
// whether there may be more in the window, which begins or ends there now. Much may be
// of another user's of this node, or of somebody whom he ignores.
func (q *recalling) keep(c *Core, u *user, ev Recalled) (more bool) {
	var his []Remembered
	for i := range ev.Items {
		if item, ok := c.remembered(u, &ev.Items[i]); ok {
			his = append(his, item)
		}
	}
	q.seen += len(ev.Items)
	q.limit = max(q.n, sieveCount)
	switch n := len(ev.Items); {
	case n == 0:
	case q.first:
		q.items, q.window.After = append(q.items, his...), ev.Items[n-1].ID.Ref
	default:
		q.items, q.window.Before = append(his, q.items...), ev.Items[0].ID.Ref
	}
	return ev.More
}

// remembered is a message of history as a user sees it, if it is for him.
func (c *Core) remembered(u *user, m *Memory) (Remembered, bool) {
	here, his := m.ID.Author == c.cfg.Me, m.Stamp >= u.since
	mine := here && his && m.Guest == u.name
	switch {
	case m.Kind != Text && m.Kind != Action && m.Kind != Hello:
		return Remembered{}, false
	case mine:
	case m.ID.Conversation.IsShared():
	case here, !his, m.To != u.name: // a direct message of another user's of this node
		return Remembered{}, false
	}
	from := c.face(m.ID.Author)
	if m.Guest != "" {
		from.Guest = c.cleanName(m.Guest)
	}
	if u.ignored[Person{from.ID, from.Guest}] {
		return Remembered{}, false
	}
	s := Shown{ID: m.ID, From: from, Kind: m.Kind, Text: m.Body, At: m.Stamp.Time(), Mine: mine}
	if in := u.sessionCalled(m.ID.Conversation); in != nil {
		to := c.mask(u)
		if here {
			to = c.portrayed(in.with)
		}
		s.To, s.Session, s.Side = &to, in.place.n, in.side
	}
	if a, b, ok := m.ID.Conversation.Parties(); ok {
		if m.ID.Author == a {
			a = b
		}
		to := c.portrayed(Person{a, m.To})
		s.To = &to
	}
	return Remembered{Shown: s, State: m.State}, true
}

// conversationMeant is the conversation that a user means: one of his places by the
// name that SayIn and SwitchTo take, or "dm" and whom it is with; "" is the current
// one of his seat. The code is "" if there is one.
func (c *Core) conversationMeant(at *seat, in string) (conv Conversation, code FailCode, why string) {
	u, p := at.user, at.place
	if in != "" {
		if rest, ok := strings.CutPrefix(in, "dm"); ok && len(rest) > 1 && strings.ContainsAny(rest[:1], ": ") && strings.TrimSpace(rest) != "" {
			with, _, code, why := c.meant(u, strings.TrimLeft(rest, ": "))
			if code != "" {
				return "", code, why
			}
			return DirectWith(c.cfg.Me, with.Peer), "", ""
		}
		if p, why = c.placeMeant(u, strings.TrimPrefix(in, "session:")); p == nil {
			return "", NoPlace, cmp.Or(why, "there is no such conversation")
		}
	}
	if p == nil {
		return "", NoPlace, `you are in no conversation; \sessions lists those there are`
	}
	if p.session != nil && !p.session.lasts && c.cfg.Keeps {
		return "", NoPlace, "what is said in a private session of a guest's is not kept"
	}
	return c.placeInfo(nil, p).Conversation, "", ""
}
