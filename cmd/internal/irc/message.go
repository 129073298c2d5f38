package irc

import (
	"strings"

	"github.com/ergochat/irc-go/ircmsg"

	"tincan/behaviour/chat"
)

// utterance is something that the client says, to one target.
type utterance struct {
	verb   string
	target string
	text   string
	tags   map[string]string
	pieces []piece // of several lines; text is then what they make
}

// privmsg is PRIVMSG and NOTICE. A NOTICE earns no error.
func (s *session) privmsg(m *ircmsg.Message) {
	notice := m.Command == "NOTICE"
	switch {
	case len(m.Params) == 0 || m.Params[0] == "":
		if !notice {
			s.numeric("411", "no recipient was given")
		}
		return
	case len(m.Params) < 2 || m.Params[1] == "":
		if !notice {
			s.numeric("412", "there is no text to send")
		}
		return
	}
	s.toEach(m, func(target string) {
		s.utter(utterance{verb: m.Command, target: target, text: m.Params[1], tags: clientTags(m)})
	})
}

// toEach calls send for each target of a command, once.
func (s *session) toEach(m *ircmsg.Message, send func(target string)) {
	seen := make(map[string]bool)
	for _, target := range strings.Split(m.Params[0], ",") {
		key := fold(target)
		if target == "" || seen[key] {
			continue
		}
		if len(seen) >= maxTargets {
			if m.Command != "NOTICE" {
				s.numeric("407", safeWord(target), "too many recipients at once")
			}
			return
		}
		seen[key] = true
		send(target)
	}
}

// clientTags are the tags that are passed on.
func clientTags(m *ircmsg.Message) map[string]string { return m.ClientOnlyTags() }

// utter says something to one target.
func (s *session) utter(u utterance) {
	s.door.touch(s.face, s.now)
	known := &side{verb: u.verb, tags: u.tags, pieces: u.pieces, text: u.text}
	if action, ok := actionOf(u); ok {
		known.text, known.verb = action, ""
	}
	in, ok := s.instruct(u, known)
	if !ok {
		return
	}
	s.door.saying(s.face, known)
	s.ask(in, s.taken(u, known)).late = true
}

// taken waits for the core's word that it has a message, or has not.
func (s *session) taken(u utterance, known *side) func(chat.Notification) bool {
	return func(n chat.Notification) bool {
		switch n := n.(type) {
		case chat.Shown:
			if !n.Mine {
				return false
			}
			if in := s.joined[n.ID.Conversation]; in != nil && in.replaying {
				in.shown[n.ID] = true // it knows its own words
			}
			s.door.said(s.face, n.ID, known)
			s.keepTalk(&n)
			if s.has(capEcho) {
				s.say(s.view(&n), s.put)
			}
			return true
		case chat.Failed:
			s.door.unsaid(s.face, known)
			if u.verb != "NOTICE" {
				s.unsaid(u.target, n)
			}
			return true
		case chat.Delivery:
			if n.State != chat.Held {
				return false
			}
			s.door.unsaid(s.face, known)
			s.unsaid(u.target, chat.Failed{Text: n.Reason})
			return true
		}
		return false
	}
}

// instruct finds what is to be asked of the core. It says itself what is in the way,
// and what needs no core.
func (s *session) instruct(u utterance, known *side) (chat.Instruction, bool) {
	complain := func(code, why string) (chat.Instruction, bool) {
		if u.verb != "NOTICE" {
			s.numeric(code, safeWord(u.target), why)
		}
		return nil, false
	}
	in := ""
	if u.target[0] == '#' {
		conv, ok := s.channelMeant(u.target)
		if !ok {
			if s.door.exists(u.target) {
				return complain("404", "you are not in that channel")
			}
			return complain("403", "there is no such channel")
		}
		in, known.conv = string(conv), conv
	}
	if n, ok := s.sessionCalled(u.target); ok {
		in = sessionPlace(n)
		known.conv = "session"
	}
	to := u.target
	if in == "" {
		who, _, found := s.door.find(u.target)
		switch {
		case found && who == s.face.person:
			s.tellSelf(u, known)
			return nil, false
		case found:
			to = address(who)
		}
		if f := s.door.awayOf(u.target); f != "" && u.verb != "NOTICE" {
			s.numeric("301", safeWord(u.target), f)
		}
	}
	action, acts := actionOf(u)
	switch {
	case in != "" && acts:
		return chat.ActIn{In: in, Text: action}, true
	case in != "":
		return chat.SayIn{In: in, Text: u.text}, true
	case acts:
		return chat.SendDirect{To: to, Text: action, Action: true}, true
	}
	return chat.SendDirect{To: to, Text: u.text}, true
}

// actionOf is what "/me" says (CTCP ACTION).
func actionOf(u utterance) (action string, ok bool) {
	rest, ok := strings.CutPrefix(u.text, "\x01ACTION ")
	if !ok || u.verb != "PRIVMSG" || u.pieces != nil {
		return "", false
	}
	return strings.TrimSuffix(rest, "\x01"), true
}

// unsaid tells why a message was not taken.
func (s *session) unsaid(target string, n chat.Failed) {
	switch n.Code {
	case chat.UnknownPeer, chat.AmbiguousPeer, chat.SelfPeer:
		s.numeric("401", safeWord(target), visible(n.Text))
	default:
		s.numeric("404", safeWord(target), visible(n.Text))
	}
}

// undelivered tells of a direct message that was taken and did not arrive.
func (s *session) undelivered(n chat.Delivery) {
	if n.State != chat.SendFailed || n.To == nil {
		return
	}
	s.emitNotice("not delivered to " + s.door.nickOf(*n.To) + " – " + n.Reason + " – " + cut(n.Text, 80))
}

// tellSelf is a message of the client's to itself: the core knows none.
func (s *session) tellSelf(u utterance, known *side) {
	m := chat.Shown{
		ID:   chat.MessageID{Conversation: chat.DirectWith(s.me.ID, s.me.ID), Ref: chat.Ref{LogKey: chat.LogKey{Author: s.me.ID}, Seq: s.door.nextSelf()}},
		From: s.me, To: &s.me, Kind: chat.Text, Text: u.text, At: s.now, Mine: true,
	}
	if action, ok := actionOf(u); ok {
		m.Kind, m.Text = chat.Action, action
	}
	s.door.said(s.face, m.ID, known)
	s.keepTalk(&m)
	if s.has(capEcho) {
		s.say(s.view(&m), s.put)
	}
	s.say(s.view(&m), s.emitLater)
}

// tagmsg is TAGMSG: tags without a text. They go to clients of this door.
func (s *session) tagmsg(m *ircmsg.Message) {
	if !s.has(capTags) {
		s.numeric("421", "TAGMSG", "it needs the capability message-tags")
		return
	}
	tags := clientTags(m)
	if len(tags) == 0 {
		return
	}
	id := s.batchRef() + "-" + s.face.nick
	mask, now := s.mask(), s.now
	tell := func(target string) *line {
		l := by(mask, "TAGMSG", target)
		l.at = now
		l.SetTag("msgid", id)
		for name, value := range tags {
			l.SetTag(name, value)
		}
		return l
	}
	s.toEach(m, func(target string) {
		var faces []*face
		if target[0] == '#' {
			conv, ok := s.channelMeant(target)
			if !ok {
				s.numeric("404", safeWord(target), "you are not in that channel")
				return
			}
			faces, target = s.door.members(conv), channelOf(conv)
		} else {
			who, client, found := s.door.find(target)
			if !found {
				s.numeric("401", safeWord(target), "nobody is called so")
				return
			}
			if client != nil {
				faces, target = s.door.of(who), client.nick
			}
		}
		if s.has(capEcho) {
			s.put(tell(target))
		}
		for _, f := range faces {
			if f == s.face && target[0] == '#' {
				continue
			}
			s.post(f, func(to *session) {
				if to.has(capTags) {
					to.emit(tell(target))
				}
			})
		}
	})
}

// emitNotice is notice past the command under way.
func (s *session) emitNotice(text string) {
	at := s.at
	s.at = nil
	s.notice(text)
	s.at = at
}

// emitLater is emit behind what the command is answered.
func (s *session) emitLater(l *line) { s.at.after = append(s.at.after, l) }
