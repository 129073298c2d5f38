package irc

import (
	"strings"
	"time"
	"unicode/utf8"

	"tincan/behaviour/chat"
)

const concatTag = "draft/multiline-concat"

// How text is shown: what could end a line or is no character goes; formatting
// (bold 02, colour 03 and their like) stays, and 01, which clients give a meaning to
// at the beginning, stays there alone.
func textLine(text string) string {
	if plainText(text) {
		return text
	}
	var b strings.Builder
	ctcp := strings.HasPrefix(text, "\x01")
	for i, r := range strings.ToValidUTF8(text, "\ufffd") {
		switch {
		case r == 1 && (i == 0 || ctcp && i == len(text)-1):
		case r == 2, r == 3, r == 4, r == 0xf, r == 0x11, r == 0x16, r == 0x1d, r == 0x1e, r == 0x1f:
		case r == '\t':
		case r < ' ', 0x7f <= r && r < 0xa0:
			r = utf8.RuneError
		}
		b.WriteRune(r)
	}
	return b.String()
}

func plainText(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// shown makes the lines of a message.
type shown struct {
	mask, target string
	m            *chat.Shown
	side         *side
	batch        string // that the lines stand in, or ""
}

// verb is how the message is said.
func (w *shown) verb() string {
	switch {
	case w.side != nil && w.side.verb != "":
		return w.side.verb
	case w.m.Kind == chat.Hello || w.m.Kind == chat.HelloAck:
		return "NOTICE"
	}
	return "PRIVMSG"
}

// text is what the message says.
func (w *shown) text() string {
	switch w.m.Kind {
	case chat.Hello:
		return "says hello"
	case chat.HelloAck:
		return "hello (" + w.m.After.Round(time.Millisecond).String() + ")"
	}
	return w.m.Text
}

// parts are the lines of the message, each short enough.
func (s *session) parts(w *shown) (parts []piece) {
	// ":mask VERB target :text\r\n", and the other end may see a longer mask than we do
	room := lineSize - len(":  :\r\n") - len(w.mask) - 1 - len(w.verb()) - len(w.target)
	add := func(text string, concat bool) {
		for i, part := range pieces(textLine(text), room) {
			parts = append(parts, piece{part, concat || i > 0})
		}
	}
	switch {
	case w.m.Kind == chat.Action:
		room -= len("\x01ACTION \x01")
		for _, text := range strings.Split(w.text(), "\n") {
			for _, part := range pieces(strings.Trim(textLine(text), "\x01"), room) {
				parts = append(parts, piece{"\x01ACTION " + part + "\x01", false})
			}
		}
	case w.side != nil && w.side.pieces != nil:
		for _, p := range w.side.pieces {
			add(p.text, p.concat)
		}
	default:
		text := strings.ReplaceAll(w.text(), "\r\n", "\n")
		for _, text := range strings.Split(strings.Trim(text, "\n"), "\n") {
			add(text, false)
		}
	}
	return parts
}

// say writes a message: in one line, or in a batch of several where that is granted.
func (s *session) say(w *shown, put func(*line)) {
	parts := s.parts(w)
	msgid := w.m.ID.String()
	tag := func(l *line, first bool) *line {
		l.at = w.m.At
		if first {
			l.SetTag("msgid", msgid)
		}
		if w.side != nil {
			for name, value := range w.side.tags {
				l.SetTag(name, value)
			}
		}
		return l
	}
	if len(parts) == 1 || !s.has(capMultiline) || !s.has(capBatch) || w.m.Kind == chat.Action {
		for i, p := range parts {
			if p.text == "" && len(parts) > 1 {
				continue
			}
			l := tag(s.said(w, p), i == 0 || parts[0].text == "" && i == 1)
			if w.batch != "" {
				l.SetTag("batch", w.batch)
			}
			put(l)
		}
		return
	}
	ref := s.batchRef()
	open := tag(by(w.mask, "BATCH", "+"+ref, "draft/multiline", w.target), true)
	if w.batch != "" {
		open.SetTag("batch", w.batch)
	}
	put(open)
	for _, p := range parts {
		l := s.said(w, p)
		l.bare = true
		l.SetTag("batch", ref)
		if p.concat {
			l.SetTag(concatTag, "")
		}
		put(l)
	}
	end := s.server("BATCH", "-"+ref)
	end.bare = true
	put(end)
}

func (s *session) said(w *shown, p piece) *line {
	l := by(w.mask, w.verb(), w.target, p.text)
	l.ForceTrailing()
	return l
}

// view is how the client sees a message: who says it, and where.
func (s *session) view(m *chat.Shown) *shown {
	w := &shown{mask: s.door.mask(m.From), m: m, side: s.door.sideOf(m)}
	if m.Mine {
		w.mask = s.mask()
	}
	switch conv := m.ID.Conversation; {
	case conv.IsShared():
		w.target = channelOf(conv)
	case m.Session != 0:
		query := s.sessions[m.Session]
		if m.To != nil && query == "" {
			with := m.From
			if m.Mine {
				with = *m.To
			}
			query = s.sessionNick(m.Session, with)
		}
		w.target = s.face.nick
		if m.Mine {
			w.target = query
		} else {
			w.mask = query + "!session@" + host(m.From.ID)
		}
	case m.Mine && m.To != nil:
		w.target = s.door.nickOf(*m.To)
	default:
		w.target = s.face.nick
	}
	return w
}

// show tells the client of a message that is no answer to it.
func (s *session) show(m chat.Shown) {
	conv := m.ID.Conversation
	if conv.IsShared() {
		in := s.joined[conv]
		switch {
		case in == nil:
			return
		case in.replaying && len(in.shown) < maxRecent:
			in.shown[m.ID] = true
		}
	}
	s.keepTalk(&m)
	// What the user said elsewhere. A client that does not expect its own words takes
	// those in a query for the other's.
	if m.Mine && !conv.IsShared() && !s.has(capEcho) && !s.has(capSelf) {
		return
	}
	s.say(s.view(&m), s.emit)
}
