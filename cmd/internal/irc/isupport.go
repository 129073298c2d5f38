package irc

import "strconv"

// userModes and channelModes are the letters of 004: what clients ask about, and
// nobody can change. Clients take a server for broken that knows "o" and not "v".
const (
	userModes    = "i"
	channelModes = "bnotv"
)

// isupport is what 005 says.
func isupport() []string {
	n := strconv.Itoa
	return []string{
		"CASEMAPPING=ascii", "UTF8ONLY", "NETWORK=" + Product,
		"CHANTYPES=#", "PREFIX=(ov)@+", "CHANMODES=b,,,nt", "MODES=1", "CHANLIMIT=#:" + n(maxPlaces), "MAXLIST=b:0",
		"NICKLEN=" + n(nickLength), "USERLEN=" + n(userLength), "NAMELEN=" + n(realLength),
		"CHANNELLEN=" + n(channelLength), "TOPICLEN=" + n(topicLength), "AWAYLEN=" + n(awayLength),
		"TARGMAX=NAMES:" + n(maxTargets) + ",LIST:1,KICK:1,WHOIS:1,PRIVMSG:" + n(maxTargets) + ",NOTICE:" + n(maxTargets) +
			",TAGMSG:" + n(maxTargets) + ",JOIN:" + n(maxTargets) + ",PART:" + n(maxTargets) + ",MONITOR:" + n(maxMonitor),
		"MAXTARGETS=" + n(maxTargets), "MONITOR=" + n(maxMonitor),
		"WHOX", "ELIST=MNU", "SAFELIST", "STATUSMSG=",
		"CHATHISTORY=" + n(maxPage), "MSGREFTYPES=msgid,timestamp",
	}
}

// support sends what the server can do, thirteen tokens a line.
func (s *session) support() {
	const a = 13
	for tokens := isupport(); len(tokens) > 0; {
		now := tokens[:min(a, len(tokens))]
		tokens = tokens[len(now):]
		s.numeric("005", append(append([]string(nil), now...), "are supported by this server")...)
	}
}
