package irc

import (
	"strconv"
	"strings"
	"time"

	"github.com/ergochat/irc-go/ircmsg"

	"tincan/behaviour/chat"
)

// reference is a place in a history: a message, a time, or neither ("*").
type reference struct {
	msgid string
	at    time.Time
}

// parseReference reads "msgid=…", "timestamp=…" or "*".
func parseReference(word string) (r reference, ok bool) {
	kind, value, _ := strings.Cut(word, "=")
	switch strings.ToLower(kind) {
	case "*":
		return r, word == "*"
	case "msgid":
		_, ok = chat.ParseMessageID(value)
		return reference{msgid: value}, ok
	case "timestamp":
		t, err := time.Parse(time.RFC3339, value)
		return reference{at: t}, err == nil
	}
	return r, false
}

func (r reference) none() bool { return r.msgid == "" && r.at.IsZero() }

// before and after bound a window by a reference, which is not in it.
func (r reference) before(w *chat.ReadHistory) { w.Before, w.Until = r.msgid, r.at }

func (r reference) after(w *chat.ReadHistory) {
	if w.After = r.msgid; !r.at.IsZero() {
		w.Since = r.at.Truncate(time.Millisecond).Add(time.Millisecond)
	}
}

// pages is what CHATHISTORY asks for, in questions to the core.
type pages struct {
	first chat.ReadHistory
	skip  bool // first is asked only to know where the next begins
	n     int  // messages in all

	// next is the question after the first, when that had items; nil: there is none.
	next func(items []chat.Shown) *chat.ReadHistory
}

// pagesOf reads what is asked for: code and why say what is wrong with it.
func pagesOf(sub string, params []string) (p pages, code, why string) {
	const invalid = "INVALID_PARAMS"
	count := 2
	if sub == "BETWEEN" {
		count = 3
	}
	if len(params) < count {
		return p, invalid, "parameters are missing"
	}
	n, err := strconv.Atoi(params[count-1])
	if err != nil || n < 0 {
		return p, invalid, "the limit is no number"
	}
	if n = min(n, maxPage); n == 0 {
		n = maxPage
	}
	var refs [2]reference
	for i, word := range params[:count-1] {
		var ok bool
		if refs[i], ok = parseReference(word); !ok || refs[i].none() && sub != "LATEST" {
			return p, invalid, "that is no msgid= or timestamp= that is known here"
		}
	}
	p.n, p.first.N = n, n
	switch sub {
	case "LATEST":
		refs[0].after(&p.first)
	case "BEFORE":
		refs[0].before(&p.first)
	case "AFTER":
		refs[0].after(&p.first)
		p.first.First = true
	case "BETWEEN":
		p.between(refs[0], refs[1])
	case "AROUND":
		p.around(refs[0])
	default:
		return p, invalid, "there is no such subcommand"
	}
	return p, "", ""
}

// between reads from one reference to the other: the first of them from the earlier
// one on, or the last of them if the later comes first. Which is which of two messages
// the window tells that is empty.
func (p *pages) between(a, b reference) {
	p.first.First = true
	a.after(&p.first)
	b.before(&p.first)
	p.next = func(items []chat.Shown) *chat.ReadHistory {
		if len(items) > 0 {
			return nil
		}
		turned := chat.ReadHistory{N: p.n}
		b.after(&turned)
		a.before(&turned)
		return &turned
	}
}

// around reads what lies before a reference, and from it on.
func (p *pages) around(r reference) {
	half := (p.n - 1) / 2
	p.first.N, p.skip = max(half, 1), half == 0
	r.before(&p.first)
	p.next = func(items []chat.Shown) *chat.ReadHistory {
		rest := chat.ReadHistory{N: p.n - len(items), First: true, Since: r.at}
		if p.skip {
			rest.N = p.n
		}
		if r.msgid != "" && len(items) > 0 {
			rest.After = items[len(items)-1].ID.String()
		}
		return &rest
	}
}

// chathistory is CHATHISTORY (ircv3.net, draft/chathistory).
func (s *session) chathistory(m *ircmsg.Message) {
	const verb = "CHATHISTORY"
	sub, target := "*", ""
	if len(m.Params) > 0 {
		sub = strings.ToUpper(cmp(safeWord(m.Params[0]), "*"))
	}
	if sub == "TARGETS" {
		s.historyTargets(m.Params[1:])
		return
	}
	if len(m.Params) < 3 {
		s.fail(verb, "INVALID_PARAMS", sub, "parameters are missing")
		return
	}
	target = m.Params[1]
	p, code, why := pagesOf(sub, m.Params[2:])
	if code != "" {
		s.fail(verb, code, sub, why)
		return
	}
	conv, channel := s.channelMeant(target)
	who, _, found := s.door.find(target)
	n, query := s.sessionCalled(target)
	in := ""
	switch {
	case channel:
		in, target = string(conv), channelOf(conv)
	case query:
		in = sessionPlace(n)
	case strings.HasPrefix(target, "#"), target == "":
	case found && who.Peer == s.me.ID:
		s.tellHistory(target, s.talks.read(who, p))
		return
	case found:
		in = "dm " + address(who)
	default:
		in = "dm " + target
		if items := s.talks.readNick(target, p); len(items) > 0 {
			s.tellHistory(target, items)
			return
		}
	}
	if in == "" {
		s.fail(verb, "INVALID_TARGET", sub, cmp(safeWord(target), "*"), "its history is not yours to read")
		return
	}
	s.readPages(in, p, func(items []chat.Shown, f *chat.Failed) {
		switch {
		case f == nil:
			s.tellHistory(target, items)
		case f.Code == chat.NoPlace || f.Code == chat.UnknownPeer:
			s.fail(verb, "INVALID_TARGET", sub, cmp(safeWord(target), "*"), visible(f.Text))
		default:
			s.fail(verb, "MESSAGE_ERROR", sub, cmp(safeWord(target), "*"), visible(f.Text))
		}
	})
}

// readPages asks the core for pages of a conversation's history, one after the other.
func (s *session) readPages(in string, p pages, then func([]chat.Shown, *chat.Failed)) {
	p.first.In = in
	s.readPage(p.first, func(items []chat.Shown, f *chat.Failed) {
		if f != nil || p.next == nil {
			then(items, f)
			return
		}
		next := p.next(items)
		if p.skip {
			items = nil
		}
		if next == nil || next.N <= 0 {
			then(items, nil)
			return
		}
		next.In = in
		s.readPage(*next, func(more []chat.Shown, f *chat.Failed) { then(append(items, more...), f) })
	})
}

func (s *session) readPage(q chat.ReadHistory, then func([]chat.Shown, *chat.Failed)) {
	s.askLong(q, func(n chat.Notification) bool {
		switch n := n.(type) {
		case chat.History:
			items := make([]chat.Shown, 0, len(n.Items))
			for _, item := range n.Items {
				items = append(items, item.Shown)
			}
			then(items, nil)
		case chat.Failed:
			then(nil, &n)
		default:
			return false
		}
		return true
	})
}

// tellHistory answers with messages, in a batch where that is granted.
func (s *session) tellHistory(target string, items []chat.Shown) {
	ref := ""
	if s.has(capBatch) {
		ref = s.batchRef()
		s.put(s.server("BATCH", "+"+ref, "chathistory", target))
	}
	for i := range items {
		w := s.view(&items[i])
		w.batch = ref
		s.say(w, s.put)
	}
	if ref != "" {
		s.put(s.server("BATCH", "-"+ref))
	}
}

// replay shows a client that cannot ask for it what was said last in a channel that
// it has come to. It is not waited for: others may have to be asked.
func (s *session) replay(conv chat.Conversation) {
	in := s.joined[conv]
	in.replaying, in.shown = true, make(map[chat.MessageID]bool)
	w := s.ask(chat.ReadHistory{In: string(conv), N: replayed}, func(n chat.Notification) bool {
		h, ok := n.(chat.History)
		if _, failed := n.(chat.Failed); !ok && !failed {
			return false
		}
		for i := range h.Items {
			if m := &h.Items[i].Shown; s.joined[conv] == in && !in.shown[m.ID] {
				s.say(s.view(m), s.emit)
			}
		}
		in.replaying, in.shown = false, nil
		return true
	})
	w.late, w.command = true, nil
}

// historyTargets is CHATHISTORY TARGETS: with whom there was a private conversation
// between two times.
func (s *session) historyTargets(params []string) {
	const verb = "CHATHISTORY"
	if len(params) < 3 {
		s.fail(verb, "INVALID_PARAMS", "TARGETS", "parameters are missing")
		return
	}
	from, ok1 := parseReference(params[0])
	to, ok2 := parseReference(params[1])
	n, err := strconv.Atoi(params[2])
	if !ok1 || !ok2 || err != nil || from.at.IsZero() || to.at.IsZero() {
		s.fail(verb, "INVALID_PARAMS", "TARGETS", "that takes two timestamps and a limit")
		return
	}
	if to.at.Before(from.at) {
		from, to = to, from
	}
	ref := ""
	if s.has(capBatch) {
		ref = s.batchRef()
		s.put(s.server("BATCH", "+"+ref, "draft/chathistory-targets"))
	}
	for _, t := range s.talks.between(from.at, to.at, n) {
		l := s.server(verb, "TARGETS", t.nick, stampOf(t.last()))
		l.SetTag("batch", ref)
		s.put(l)
	}
	if ref != "" {
		s.put(s.server("BATCH", "-"+ref))
	}
}
