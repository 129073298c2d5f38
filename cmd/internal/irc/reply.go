package irc

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ergochat/irc-go/ircmsg"
)

// line is a line for the client.
type line struct {
	ircmsg.Message
	at   time.Time // what its time tag says; zero: the time when it is written
	bare bool      // it has no time tag: its batch has
}

// command is a line of the client's that is being answered.
type command struct {
	label  string
	lines  []*line // the answer so far, if there is a label to put on it
	fences int     // that have not come back
	fresh  bool    // something was asked since the last fence
	holds  int     // answers that it waits for besides
	owes   int     // answers that will come late
	after  []*line // to be written behind the answer
}

// server makes a line of the server's.
func (s *session) server(cmd string, params ...string) *line {
	return &line{Message: ircmsg.MakeMessage(nil, s.door.Name, cmd, params...)}
}

// by makes a line of somebody's.
func by(mask, cmd string, params ...string) *line {
	return &line{Message: ircmsg.MakeMessage(nil, mask, cmd, params...)}
}

// numeric answers with a numeric reply, its last parameter being words.
func (s *session) numeric(code string, params ...string) {
	l := s.server(code, append([]string{s.shownNick()}, params...)...)
	l.ForceTrailing()
	s.put(l)
}

// plain is numeric without words.
func (s *session) plain(code string, params ...string) {
	s.put(s.server(code, append([]string{s.shownNick()}, params...)...))
}

// fail answers with a standard reply (ircv3.net, standard-replies).
func (s *session) fail(cmd, code string, rest ...string) {
	l := s.server("FAIL", append([]string{cmd, code}, rest...)...)
	l.ForceTrailing()
	s.put(l)
}

// notice tells the client something in the server's name.
func (s *session) notice(text string) {
	for _, part := range pieces(visible(text), 400) {
		l := s.server("NOTICE", s.shownNick(), part)
		l.ForceTrailing()
		s.put(l)
	}
}

// shownNick is what the client is called in numerics.
func (s *session) shownNick() string {
	if s.registered || s.welcoming {
		return s.face.nick
	}
	if s.nick != "" {
		return s.nick
	}
	return "*"
}

// put answers the command under way; without one it is emit.
func (s *session) put(l *line) {
	if s.at != nil && s.at.label != "" {
		s.at.lines = append(s.at.lines, l)
		return
	}
	s.emit(l)
}

// finish sends what a command is answered that is not sent yet.
func (s *session) finish(c *command) {
	if c.label != "" {
		s.answer(c)
	}
	for _, l := range c.after {
		s.emit(l)
	}
}

// answer puts the label on an answer: on its line, its batch, or a batch of all lines.
func (s *session) answer(c *command) {
	lines := c.lines
	c.lines = nil
	switch {
	case len(lines) == 0 && c.owes > 0:
	case len(lines) == 0:
		l := s.server("ACK")
		l.SetTag("label", c.label)
		s.emit(l)
	case len(lines) == 1 || isBatch(lines):
		lines[0].SetTag("label", c.label)
		for _, l := range lines {
			s.emit(l)
		}
	default:
		ref := s.batchRef()
		open := s.server("BATCH", "+"+ref, "labeled-response")
		open.SetTag("label", c.label)
		s.emit(open)
		for _, l := range lines {
			if !l.HasTag("batch") && (l.Command != "BATCH" || strings.HasPrefix(l.Params[0], "+")) {
				l.SetTag("batch", ref)
			}
			s.emit(l)
		}
		s.emit(s.server("BATCH", "-"+ref))
	}
}

// isBatch says whether lines are one batch and nothing else.
func isBatch(lines []*line) bool {
	first, last := lines[0], lines[len(lines)-1]
	if first.Command != "BATCH" || last.Command != "BATCH" || len(last.Params) == 0 {
		return false
	}
	return strings.TrimPrefix(first.Params[0], "+") == strings.TrimPrefix(last.Params[0], "-") && first.Params[0] != last.Params[0]
}

func (s *session) batchRef() string {
	s.batches++
	return "b" + strconv.FormatUint(s.batches, 36)
}

// emit writes a line, with the tags that the client wants.
func (s *session) emit(l *line) {
	if s.closing {
		return
	}
	if s.caps&(capTags|capTime|capBatch|capLabels) == 0 {
		for tag := range l.AllTags() {
			l.DeleteTag(tag)
		}
	} else {
		s.trim(l)
	}
	out, err := l.LineBytesStrict(false, lineSize)
	if err != nil && err != ircmsg.ErrorBodyTooLong {
		return // a parameter that cannot stand there: it is nothing that we wrote
	}
	s.out = append(s.out, out...)
}

// trim takes away what the client has not asked for.
func (s *session) trim(l *line) {
	for tag := range l.AllTags() {
		keep := s.has(capTags)
		switch {
		case tag == "label":
			keep = s.has(capLabels)
		case tag == "batch", tag == concatTag:
			keep = s.has(capBatch)
		}
		if !keep {
			l.DeleteTag(tag)
		}
	}
	if s.has(capTime) && !l.bare {
		at := l.at
		if at.IsZero() {
			at = s.now
		}
		l.SetTag("time", stampOf(at))
	}
}

// stampOf is a time as tags have it (ISO 8601, milliseconds, UTC).
func stampOf(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// end says goodbye: nothing is written any more.
func (s *session) end(why string) {
	if s.closing {
		return
	}
	l := &line{Message: ircmsg.MakeMessage(nil, "", "ERROR", "Closing link: "+visible(why))}
	l.ForceTrailing()
	l.bare = true
	s.emit(l)
	s.closing = true
}

// safeWord is what a client said as a parameter in the middle of a line.
func safeWord(w string) string {
	if w == "" || w[0] == ':' || strings.ContainsAny(w, " \r\n\x00") {
		return "*"
	}
	return cut(w, wordLength)
}

// visible is a text of the node's, or of somebody's who is no client, on one line.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case r < ' ' || 0x7f <= r && r < 0xa0:
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}

// pieces cuts a text at the ends of characters, and of words where that is not far.
func pieces(text string, size int) (parts []string) {
	for len(text) > size {
		part := cut(text, size)
		if part == "" {
			part = text[:size]
		}
		if i := strings.LastIndexByte(part, ' '); i >= len(part)*3/4 && i > 0 {
			part = part[:i+1]
		}
		parts = append(parts, part)
		text = text[len(part):]
	}
	return append(parts, text)
}
