package irc

import (
	"strconv"

	"github.com/ergochat/irc-go/ircmsg"

	"tincan/behaviour/chat"
)

// topic is TOPIC. A topic is this door's: whoever is in the channel may set it, and
// its clients see it.
func (s *session) topic(m *ircmsg.Message) {
	conv, ok := s.channelMeant(m.Params[0])
	switch {
	case !ok && s.door.exists(m.Params[0]):
		s.numeric("442", safeWord(m.Params[0]), "you are not in that channel")
	case !ok:
		s.numeric("403", safeWord(m.Params[0]), "there is no such channel")
	case len(m.Params) < 2:
		s.tellTopic(conv, true)
	default:
		s.setTopic(conv, cut(m.Params[1], topicLength))
	}
}

// tellTopic says what the topic is; of none only if asked for.
func (s *session) tellTopic(conv chat.Conversation, asked bool) {
	s.door.mu.Lock()
	r := s.door.rooms[conv]
	topic, by, at := "", "", int64(0)
	if r != nil && r.topic != "" {
		topic, by, at = r.topic, r.setBy, r.setAt.Unix()
	}
	s.door.mu.Unlock()
	switch {
	case topic != "":
		s.numeric("332", channelOf(conv), topic)
		s.plain("333", channelOf(conv), by, strconv.FormatInt(at, 10))
	case asked:
		s.numeric("331", channelOf(conv), "no topic is set")
	}
}

func (s *session) setTopic(conv chat.Conversation, topic string) {
	d, mask, now := s.door, s.mask(), s.now
	d.mu.Lock()
	same := true
	if r := d.rooms[conv]; r != nil {
		same = r.topic == topic
		r.topic, r.setBy, r.setAt = topic, mask, now
	}
	d.mu.Unlock()
	if same {
		return
	}
	id := s.batchRef() + "-" + s.face.nick
	tell := func() *line {
		l := by(mask, "TOPIC", channelOf(conv), topic)
		l.ForceTrailing()
		l.SetTag("msgid", id)
		l.at = now
		return l
	}
	s.put(tell())
	for _, f := range d.members(conv) {
		if f != s.face {
			s.post(f, func(s *session) { s.emit(tell()) })
		}
	}
}
