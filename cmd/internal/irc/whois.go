package irc

import (
	"strconv"
	"strings"

	"github.com/ergochat/irc-go/ircmsg"

	"tincan/behaviour/chat"
)

// whois is WHOIS: of a client what the door knows, of others what the core does.
func (s *session) whois(m *ircmsg.Message) {
	nick := m.Params[len(m.Params)-1]
	if len(m.Params) > 1 {
		nick = m.Params[1]
	}
	nick, _, _ = strings.Cut(nick, ",")
	end := func(as string) { s.numeric("318", cmp(safeWord(as), "*"), "end of WHOIS") }
	who, client, found := s.door.find(nick)
	if nick == "" {
		s.numeric("431", "no nick was given")
		return
	}
	if client != nil {
		s.tellClient(client)
		end(client.nick)
		return
	}
	to := nick
	if found {
		to = address(who)
	}
	s.askLong(chat.Whois{Who: to}, func(n chat.Notification) bool {
		switch n := n.(type) {
		case chat.Portrait:
			s.tellPortrait(n)
			end(s.door.nickOf(n.Peer))
		case chat.Failed:
			s.numeric("401", safeWord(nick), "nobody is called so")
			end(nick)
		default:
			return false
		}
		return true
	})
}

// tellClient tells of a client of the door, with the channels that both are in.
func (s *session) tellClient(f *face) {
	d := s.door
	d.mu.Lock()
	nick, user, real, away, owner := f.nick, f.user, f.real, f.away, f.owner
	idle, since, at := s.now.Unix()-f.spoke.Unix(), f.since.Unix(), host(f.person.Peer)
	var channels []string
	for conv, r := range d.rooms {
		both := 0
		for _, o := range r.members {
			if o == f || o == s.face {
				both++
			}
		}
		if both == 2 || f == s.face && both == 1 {
			sign := ""
			if r.founder == f.person && f.person.Peer != "" {
				sign = "@"
			}
			channels = append(channels, sign+channelOf(conv))
		}
	}
	d.mu.Unlock()
	s.numeric("311", nick, user, at, "*", real)
	s.tellChannels(nick, channels)
	s.numeric("312", nick, d.Name, "a door of "+Product)
	if away != "" {
		s.numeric("301", nick, visible(away))
	}
	if owner {
		s.numeric("320", nick, "is the owner of this node")
	}
	s.numeric("317", nick, strconv.FormatInt(max(idle, 0), 10), strconv.FormatInt(since, 10), "seconds idle, signon time")
}

func (s *session) tellChannels(nick string, channels []string) {
	const many = 8
	for len(channels) > 0 {
		now := channels[:min(many, len(channels))]
		channels = channels[len(now):]
		s.numeric("319", nick, strings.Join(now, " "))
	}
}

// tellPortrait tells of somebody of another door or node.
func (s *session) tellPortrait(p chat.Portrait) {
	nick, rest, _ := strings.Cut(s.door.mask(p.Peer), "!")
	user, at, _ := strings.Cut(rest, "@")
	s.numeric("311", nick, user, at, "*", visible(p.Peer.Label()))
	var channels []string
	for _, c := range p.In {
		channels = append(channels, channelOf(chat.Conversation(c)))
	}
	s.tellChannels(nick, channels)
	s.numeric("312", nick, s.door.Name, visible(cmp(strings.TrimSpace(p.State+" "+p.Path), "known")))
	if p.Away != "" {
		s.numeric("301", nick, visible(p.Away))
	}
	s.numeric("320", nick, "has the key "+string(p.Peer.ID))
}
