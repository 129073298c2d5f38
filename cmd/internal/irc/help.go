package irc

import (
	"strings"

	"github.com/ergochat/irc-go/ircmsg"
)

// helpIndex is what HELP says of the whole, and helpOn what it says of commands.
var (
	helpIndex = []string{
		"#lobby is where everybody is; JOIN #name makes or enters a channel",
		"PRIVMSG to a nick is a direct message, which arrives even if the other is away for days",
		"FORK nick opens a private session, a query of its own; PART of it ends it",
		"people of other nodes have the nicks that NAMES shows",
	}
	helpOn = map[string]string{
		"PRIVMSG":     "PRIVMSG <channel or nick>,… <text>: says something",
		"NOTICE":      "NOTICE <channel or nick>,… <text>: says something that nobody answers by himself",
		"TAGMSG":      "TAGMSG <channel or nick>,…: passes the tags of the line on",
		"JOIN":        "JOIN <channel>,…: enters channels, and makes those that are not",
		"PART":        "PART <channel>,… [<text>]: leaves channels, or a private session for both",
		"NAMES":       "NAMES <channel>,…: who is in channels that you are in",
		"TOPIC":       "TOPIC <channel> [<text>]: tells or sets what a channel is about, for clients of this door",
		"LIST":        "LIST [<mask>, !<mask>, <n or >n]: the channels of this door",
		"MODE":        "MODE <channel or nick>: nobody has power over others here; there is little to set",
		"KICK":        "KICK <channel> <nick>: nobody may",
		"INVITE":      "INVITE <nick> <channel>: asks somebody to come",
		"NICK":        "NICK <nick>: another name",
		"QUIT":        "QUIT [<text>]: ends the connection",
		"WHO":         "WHO <channel, nick or mask> [%<fields>]: who is there",
		"WHOIS":       "WHOIS <nick>: who that is",
		"WHOWAS":      "WHOWAS <nick> [<n>]: who that was",
		"USERHOST":    "USERHOST <nick> …: the masks of five",
		"ISON":        "ISON <nick> …: which of them are here",
		"AWAY":        "AWAY [<text>]: away with a text, back without",
		"SETNAME":     "SETNAME <text>: another real name",
		"MONITOR":     "MONITOR + <nick>,… or - <nick>,… or C, L, S: tells you who comes and goes",
		"CHATHISTORY": "CHATHISTORY LATEST, BEFORE, AFTER, BETWEEN, AROUND or TARGETS: what was said",
		"MARKREAD":    "MARKREAD <channel or nick> [timestamp=…]: up to where you have read",
		"FORK":        "FORK <nick>: opens a private session",
	}
)

// help is HELP.
func (s *session) help(m *ircmsg.Message) {
	if len(m.Params) == 0 || m.Params[0] == "" || strings.EqualFold(m.Params[0], "index") {
		s.tellHelp("index", helpIndex)
		return
	}
	topic := safeWord(m.Params[0])
	text := helpOn[strings.ToUpper(topic)]
	if text == "" {
		s.numeric("524", topic, "there is no help on that")
		return
	}
	s.tellHelp(topic, []string{text, "HELP alone tells of the whole"})
}

// tellHelp says two lines or more.
func (s *session) tellHelp(topic string, lines []string) {
	code := "704"
	for i, l := range lines {
		if i == len(lines)-1 {
			code = "706"
		}
		s.numeric(code, topic, l)
		code = "705"
	}
}
