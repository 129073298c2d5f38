package irc

import (
	"time"

	"tincan/behaviour/chat"
)

// Every bound of the door, with its reason and what happens there.
const (
	// maxClients bounds the connections that are open, and maxFromOne those of one
	// address other than this machine's. Who comes beyond is sent away with ERROR.
	maxClients = 1024
	maxFromOne = 64

	// lineSize bounds a line without its tags, in bytes with its end (RFC 1459, 2.3):
	// a longer one is refused with 417, never cut. readSize is how much may come
	// without the end of a line, tags included; with more the connection ends.
	lineSize = 512
	readSize = 16 << 10

	// linesPerSecond and lineBurst bound how fast a client is read: what a client
	// sends at once when it connects goes through, a flood waits in its own socket.
	linesPerSecond = 20
	lineBurst      = 100

	// lineBytes is how many bytes count as one line more.
	lineBytes = 4 << 10

	// sendSize bounds what is written for a client and not read by it, in bytes: a
	// NAMES of a lobby of 10,000 fits. Who lets more gather is dropped.
	sendSize = 1 << 20

	// nickLength bounds a nick in characters, as package names does names.
	nickLength = 32

	// taggedLength bounds, in bytes, a name in a nick that says more than the name. So a
	// mask and a nick leave room for text in a line.
	taggedLength = 80

	// userLength, realLength, awayLength and topicLength bound what clients say of
	// themselves and of channels, in bytes. What is longer is cut at a character.
	// awayLength is what the core keeps.
	userLength  = 20
	realLength  = 150
	awayLength  = chat.MaxName
	topicLength = 307

	// wordLength bounds what of a client's word is given back in an answer, in bytes: the
	// longest name of a channel and more, and less than a line.
	wordLength = 200

	// channelLength bounds the name of a channel with its "#", in bytes.
	channelLength = 65

	// maxTargets bounds what one PRIVMSG, JOIN, PART, NAMES or WHOIS names.
	maxTargets = 20

	// maxMonitor bounds whom one client monitors. Beyond it 734 answers.
	maxMonitor = 100

	// maxPage bounds the messages of one answer to CHATHISTORY, and replayed is how
	// many a client is shown after JOIN that cannot ask for them.
	maxPage  = 100
	replayed = 50

	// maxLines and maxBytes bound a message of several lines (draft/multiline).
	maxLines = 100
	maxBytes = 16 << 10

	// maxOthers bounds the people of other nodes whose nicks are remembered. Beyond
	// it some are forgotten: they get theirs again when they are heard of.
	maxOthers = 32 << 10

	// maxRecent bounds the messages of which it is remembered what IRC alone knows of
	// them, and maxFarewells those who left and what they said.
	maxRecent    = 1024
	maxFarewells = 256

	// maxPast bounds those of whom WHOWAS tells.
	maxPast = 100

	// maxTalks, maxTalk and maxTalkBytes bound what one client's private conversations
	// with others of this node leave in memory: conversations, messages of each, and
	// bytes of texts in all.
	maxTalks     = 32
	maxTalk      = 100
	maxTalkBytes = 256 << 10

	// maxPosted bounds what other clients have for one and the core has not let
	// through yet. Beyond it what comes is dropped.
	maxPosted = 4096

	// maxMarkers bounds the read markers of one client.
	maxMarkers = 256

	// maxWaits bounds a client's questions that are answered when somebody is found.
	maxWaits = 256
)

const (
	// registerTime is how long a connection may take to register.
	registerTime = time.Minute

	// idleTime is how long a client may be silent before it is asked with PING whether
	// it is there, and again before it is given up.
	idleTime = 90 * time.Second

	// nickTime is how long a nick is waited for whose holder has just closed his
	// connection: that is noticed on another goroutine.
	nickTime = 100 * time.Millisecond

	// writeTime is how long a client may take to read what is written at once.
	writeTime = 30 * time.Second

	// goodbyeTime is how long a connection is kept for its last lines to be written.
	goodbyeTime = time.Second
)
