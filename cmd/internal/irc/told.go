package irc

import (
	"fmt"
	"strings"

	"tincan/behaviour/chat"
)

// notified tells the client of what is no answer to it.
func (s *session) notified(n chat.Notification) {
	if !s.registered {
		return
	}
	switch n := n.(type) {
	case chat.Shown:
		s.show(n)
	case chat.Delivery:
		s.undelivered(n)
	case chat.PeerCame:
		s.came(chat.Lobby, n.Peer)
	case chat.PeerLeft:
		s.left(chat.Lobby, n.Peer, true)
	case chat.MemberCame:
		s.came(n.Conversation, n.Who)
	case chat.MemberLeft:
		s.left(n.Conversation, n.Who, false)
	case chat.Joined:
		s.arrived(n.Conversation, append([]chat.UserInfo{{Peer: s.me, Me: true}}, n.Who...))
	case chat.Parted:
		s.parted(n.Conversation, "")
	case chat.Renamed:
		s.otherRenamed(n)
	case chat.AwayChanged:
		s.otherAway(n)
	case chat.SessionChanged:
		s.sessionChanged(n)
	case chat.Digest:
		s.digest(n)
	case chat.GapSeen:
		s.gap(n)
	case chat.Equivocated:
		s.emitNotice(s.door.nickOf(n.Who) + " signed two different messages under one number: nothing more of that log is shown")
	case chat.Notice:
		s.emitNotice(n.Text)
	case chat.Warning:
		s.emitNotice("warning: " + n.Text)
	case chat.Failed:
		s.emitNotice(n.Text)
	case chat.Lagged: // what was lost may have been an answer that is waited for
		s.quit = fmt.Sprintf("too much at once: %d things could not be told", n.Lost)
		s.end(s.quit)
	case chat.Ended:
		s.quit = "the node has stopped"
		s.end(s.quit)
	case chat.Ready, chat.Switched, chat.Entered, chat.PlaceList, chat.DirectList, chat.UserList, chat.PeerList,
		chat.Portrait, chat.StatusReport, chat.Topology, chat.History, chat.Holders:
		// answers to questions that were not asked, or are asked no more
	default:
		panic(fmt.Sprintf("irc: notification %T is not handled", n))
	}
}

// came is that somebody is in a channel now.
func (s *session) came(conv chat.Conversation, who chat.Peer) {
	person := personOf(who)
	if s.joined[conv] == nil || person == s.face.person {
		return
	}
	if person == s.quitter {
		s.quitter = chat.Person{}
	}
	mask, real, away := s.door.mask(who), "", ""
	s.door.mu.Lock()
	if f := s.door.faceOf(person); f != nil {
		real, away = f.real, f.away
	}
	s.door.mu.Unlock()
	s.door.counted(s.face, conv, person, 1)
	s.emit(s.joinLine(mask, channelOf(conv), who, real))
	if away != "" && s.has(capAway) {
		s.emit(s.awayLineOf(mask, away))
	}
	nick, _, _ := strings.Cut(mask, "!")
	s.seen(nick, mask, true)
}

// left is that somebody is in a channel no more; all says that his node is gone.
func (s *session) left(conv chat.Conversation, who chat.Peer, all bool) {
	person := personOf(who)
	if s.joined[conv] == nil || person == s.face.person {
		return
	}
	s.door.counted(s.face, conv, person, -1)
	if person == s.quitter {
		return // he left everything, as was told
	}
	why, mask, quit := s.door.wordsOf(person, conv)
	if mask == "" {
		mask = s.door.mask(who)
	}
	nick, _, _ := strings.Cut(mask, "!")
	if !quit && !all {
		s.emit(partLine(mask, channelOf(conv), why))
		return
	}
	s.quitter = person
	l := by(mask, "QUIT", cmp(why, "gone"))
	l.ForceTrailing()
	s.emit(l)
	if all {
		s.seen(nick, mask, false)
	}
}

// otherRenamed is that somebody is called something else now.
func (s *session) otherRenamed(n chat.Renamed) {
	if n.Mine || personOf(n.Was) == s.face.person {
		s.renamed(n)
		return
	}
	was, now := s.door.wasCalled(n.Was), s.door.nickOf(n.Now)
	if s.door.isClient(n.Was) || s.door.isClient(n.Now) { // whether it knows already or not
		was, now = base(n.Was), base(n.Now)
	}
	_, at, _ := strings.Cut(s.door.mask(n.Now), "!")
	s.talks.rename(personOf(n.Was), personOf(n.Now), now)
	if was != now {
		s.emit(by(was+"!"+at, "NICK", now))
	}
}

func (s *session) otherAway(n chat.AwayChanged) {
	if s.has(capAway) && personOf(n.Who) != s.face.person {
		s.emit(s.awayLineOf(s.door.mask(n.Who), n.Why))
	}
}

// awayLineOf is AWAY of somebody.
func (s *session) awayLineOf(mask, why string) *line {
	if why == "" {
		return by(mask, "AWAY")
	}
	l := by(mask, "AWAY", visible(why))
	l.ForceTrailing()
	return l
}

// digest tells of what came late and is in the history.
func (s *session) digest(n chat.Digest) {
	if s.joined[n.Conversation] == nil {
		return
	}
	l := s.server("NOTICE", channelOf(n.Conversation), fmt.Sprintf("%d messages have come that were sent between %s and %s",
		n.Count, stampOf(n.Since), stampOf(n.Until)))
	l.ForceTrailing()
	s.emit(l)
	for _, m := range n.Mentions {
		s.show(m)
	}
}

func (s *session) gap(n chat.GapSeen) {
	text := "%d messages from %s have not arrived yet"
	if n.Lost {
		text = "%d messages from %s are not to be had"
	}
	s.emitNotice(fmt.Sprintf(text, n.Missing, s.door.nickOf(n.From)))
}
