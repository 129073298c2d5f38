package irc

import (
	"strconv"
	"strings"

	"github.com/ergochat/irc-go/ircmsg"
)

// multiline is a message of several lines that the client is sending
// (ircv3.net, draft/multiline).
type multiline struct {
	ref    string
	label  string
	target string
	verb   string // of the lines; "" before the first
	tags   map[string]string
	pieces []piece
	bytes  int
}

// batch is BATCH from a client: the beginning or the end of a message of several lines.
func (s *session) batch(m *ircmsg.Message) {
	sign, ref := m.Params[0], ""
	if len(sign) > 0 {
		sign, ref = sign[:1], sign[1:]
	}
	switch {
	case !s.has(capMultiline) || !s.has(capBatch):
		s.fail("BATCH", "UNKNOWN_TYPE", "multiline messages were not asked for")
	case sign == "+" && s.partial == nil && ref != "" && len(m.Params) == 3 && m.Params[1] == "draft/multiline":
		s.partial = &multiline{ref: ref, label: s.current.label, target: m.Params[2], tags: clientTags(m)}
		s.current.label = "" // the message will have it
	case sign == "-" && s.partial != nil && s.partial.ref == ref:
		p := s.partial
		s.partial = nil
		s.current.label = p.label
		s.sayPartial(p)
	default:
		s.partial = nil
		s.fail("BATCH", "MULTILINE_INVALID", "that is no batch that is open, or none that can be opened")
	}
}

// sayPartial says a message of which all lines have come.
func (s *session) sayPartial(p *multiline) {
	var text strings.Builder
	blank := true
	for i, line := range p.pieces {
		if i > 0 && !line.concat {
			text.WriteByte('\n')
		}
		text.WriteString(line.text)
		blank = blank && line.text == ""
	}
	switch {
	case blank:
		s.fail("BATCH", "MULTILINE_INVALID", "there is nothing in the batch")
	case strings.Contains(p.target, ","):
		s.fail("BATCH", "MULTILINE_INVALID_TARGET", p.target, "one batch has one target")
	default:
		s.utter(utterance{verb: p.verb, target: p.target, text: text.String(), tags: p.tags, pieces: p.pieces})
	}
}

// inMultiline takes a line of a message of several lines; false says that it is none.
// Until the batch is closed nothing else may come but what keeps the connection alive.
func (s *session) inMultiline(m *ircmsg.Message) bool {
	has, ref := m.GetTag("batch")
	p := s.partial
	switch {
	case p == nil && has && m.Command != "BATCH":
		s.fail("BATCH", "MULTILINE_INVALID", "that batch is not open")
		return true
	case p == nil || m.Command == "BATCH" || m.Command == "PING" || m.Command == "PONG" || m.Command == "QUIT":
		return false
	}
	concat := m.HasTag(concatTag)
	refuse := func(code string, rest ...string) bool {
		s.partial = nil
		s.fail("BATCH", code, rest...)
		return true
	}
	switch {
	case ref != p.ref || (m.Command != "PRIVMSG" && m.Command != "NOTICE") || p.verb != "" && p.verb != m.Command,
		len(m.Params) < 2 || fold(m.Params[0]) != fold(p.target):
		return refuse("MULTILINE_INVALID", "that is no line of the batch")
	case concat && (m.Params[1] == "" || len(p.pieces) == 0):
		return refuse("MULTILINE_INVALID", "there is nothing to join")
	case len(p.pieces) >= maxLines:
		return refuse("MULTILINE_MAX_LINES", strconv.Itoa(maxLines), "the batch has too many lines")
	case p.bytes+len(m.Params[1])+1 > maxBytes:
		return refuse("MULTILINE_MAX_BYTES", strconv.Itoa(maxBytes), "the batch is too long")
	}
	p.verb = m.Command
	p.bytes += len(m.Params[1]) + 1
	p.pieces = append(p.pieces, piece{m.Params[1], concat})
	return true
}
