package chat

import "time"

// Every bound of the core, with its reason and what happens there.
const (
	// MaxText is the length of a message's body in bytes of UTF-8. Longer text is
	// refused with its size, never cut.
	MaxText = 64 << 10

	// MaxName bounds the names that a message claims, in bytes. wire refuses more.
	MaxName = 128

	// MaxDeps bounds the deps of a message: four heads say nearly all that a
	// vector clock would, for 60 bytes each. wire refuses more.
	MaxDeps = 4

	// MaxBatch and MaxEnvelope bound an envelope, in messages and in bytes of
	// Raw: one message of MaxText always fits, and with its frame it stays below
	// the gossip limit of 96 KiB. wire refuses more.
	MaxBatch    = 256
	MaxEnvelope = 80 << 10

	// MaxRef bounds the asker's ref in bytes; longer ones are cut off.
	MaxRef = 64

	// MaxConversation bounds a conversation's name in bytes. wire refuses more.
	MaxConversation = 256

	// maxLogs bounds the logs of a conversation. Each restart of a node makes
	// one. Beyond it the longest silent is retired: of the last maxRetired it is
	// remembered how far they were shown, so that nothing is shown twice.
	maxLogs    = 8192
	maxRetired = 16 << 10

	// maxFloors bounds the logs that a newcomer hears of and has met nothing of.
	// Of further ones it asks for all there is.
	maxFloors = 4096

	// maxLogsOfAuthor keeps one author from using them all up. Envelopes of a
	// further log of the author are dropped and counted.
	maxLogsOfAuthor = 1024

	// maxDirectLogs bounds the lives of one peer that are told apart in a direct
	// conversation, and those retired of which it is remembered how far they were
	// shown. Only the peer itself could repeat what it said before them.
	maxDirectLogs = 64

	// maxKept and maxKeptBytes bound what is kept for others, per conversation.
	// Beyond it the oldest envelopes go; sync then says that they are gone.
	// Where a store holds it all, memory holds a part.
	maxKept      = 64 << 10
	maxKeptBytes = 32 << 20
	maxHot       = 8 << 10
	maxHotBytes  = 4 << 20

	// maxEarly bounds envelopes of one log that wait for earlier ones, and
	// maxEarlyBytes those of all logs of a conversation. Beyond it they are
	// dropped: sync brings them again. What fills a gap always finds room.
	maxEarly      = 512
	maxEarlyBytes = 16 << 20

	// maxChannelsKept and maxChannelsEarly bound the same of all channels together.
	// Beyond the first the channel that keeps most lets go of a quarter.
	maxChannelsKept  = 128 << 20
	maxChannelsEarly = 64 << 20

	// maxChannels bounds the channels that this node is in, and maxPlaces the
	// conversations of one guest, with what is refused beyond. The owner is bounded
	// by the former alone.
	maxChannels = 16 << 10
	maxPlaces   = 64

	// maxGuests bounds the guests of this node; further ones are turned away.
	maxGuests = 2048

	// maxSeats bounds the seats that one user has at a time, at some 100 bytes each:
	// the doors let fewer in, and one that forgets to detach must not fill the memory.
	// What is asked for at a further one is refused as Overloaded, but for Detach, Exit
	// and Quit.
	maxSeats = 128

	// maxIgnored bounds whom one user ignores.
	maxIgnored = 1024

	// maxSessions bounds the private sessions of this node's users, of which one
	// user has maxSessionsOfUser and one peer maxSessionsWith at most. Of a user's,
	// one peer opens maxSessionsAsked, and others together half of what he may have,
	// or of a guest's maxPlaces: nobody fills up another. What goes beyond is refused
	// as Overloaded, or CloseBusy.
	maxSessions       = 4096
	maxSessionsOfUser = 256
	maxSessionsWith   = 256
	maxSessionsAsked  = 16

	// maxNumber bounds the numbers of places, and how far a session may be ahead of
	// what is kept of it, that are taken from the store: no sum of them overflows.
	maxNumber = 1 << 30

	// maxLeaving bounds sessions that have ended here and of which the other end
	// does not know it. Beyond it the oldest is forgotten: its other end hears that
	// there is no such session.
	maxLeaving = 256

	// maxSessionsBytes bounds what is accepted for all sessions and not
	// acknowledged, on top of maxQueue and maxQueueBytes for each.
	maxSessionsBytes = 64 << 20

	// frameMessages and frameBytes bound a frame of a session; the last message may
	// go beyond the bytes. windowMessages and windowBytes bound what is on a line
	// and not acknowledged: enough for the longest ways, and little to send again.
	// One message always goes.
	frameMessages  = 64
	frameBytes     = 64 << 10
	windowMessages = 256
	windowBytes    = 256 << 10

	// maxPending bounds accepted messages that are not yet in an envelope.
	// Core.Saturated tells the loop to take no more instructions. To peers only the
	// owner's count, and not those to one who cannot be reached or is slower than
	// lagTime: they must not stop the others.
	maxPending = 1024

	// maxDirectsBytes bounds what is accepted for all peers and has not arrived.
	// What goes beyond is refused as Overloaded. Of this, of maxSessionsBytes and of
	// maxFinds guests together have half.
	maxDirectsBytes = 64 << 20

	// maxQueue and maxQueueBytes are the hard bounds on the same, per
	// conversation: what goes beyond is refused as Overloaded.
	maxQueue      = 16 << 10
	maxQueueBytes = 8 << 20

	// maxPeers bounds the roster, at some 300 bytes each: a lobby of 10,000 finds
	// room in it. Beyond it peers that are not here are forgotten, the longest
	// silent first.
	maxPeers = 16 << 10

	// maxMembers bounds the nodes of one room that are told apart, and maxHeld the
	// entries of nodes and of people in all rooms, at some 130 bytes each. What
	// further ones announce is dropped and counted: whoever is known stays. Of one
	// node a room takes maxGuests and the owner.
	maxMembers = 16 << 10
	maxHeld    = 128 << 10

	// maxAlike bounds the people of a like name of whom a portrait tells.
	maxAlike = 32

	// maxDirects bounds direct conversations that are kept in memory. Beyond it
	// the longest idle one that has nothing to send is forgotten, if it was idle
	// for directIdle: by then a peer that missed an answer has asked again. Where
	// the peer never said anything there is nothing to wait for.
	maxDirects = 4096
	directIdle = 2 * retryLast

	// maxFinds bounds users' questions that wait for a peer to be found.
	maxFinds = 256

	// MaxLinks bounds the links that a node tells of itself: a node of ordinary size
	// has some 200. Of more the first by id count. MaxMesh bounds the conversations that are
	// named with each. wire refuses more.
	MaxLinks = 256
	MaxMesh  = 64

	// maxSurveyed bounds the neighbours who are asked for their links when a user wants
	// to see the network, maxNodes the nodes that he is shown, and maxMaps the users who
	// wait for that; further ones are refused as Overloaded. maxCharted bounds the
	// conversations that are named at all links together, and at all nodes; further
	// ones are left out. maxCallers bounds the
	// neighbours who wait for this node's links; further ones are told of none.
	maxSurveyed = 32
	maxNodes    = 1024
	maxMaps     = 256
	maxCharted  = 16 << 10
	maxCallers  = 64

	// maxDirectList bounds the conversations that an answer to ListDirects names, some
	// 100 bytes each: more than a front end shows.
	maxDirectList = 256

	// maxShelf bounds the conversations of earlier times that are not open. Beyond it
	// the oldest in which only others have said anything is forgotten, on disk too.
	maxShelf = 16 << 10

	// maxHeldBack bounds what waits in a room for somebody's word on how far this
	// node's log is; with more it goes out.
	maxHeldBack = maxPending / 2

	// maxProofs and maxProofsBytes bound the proofs of equivocation that this node
	// can show; identities cost nothing. Beyond it the oldest goes: its log stays
	// frozen, and others find out by themselves.
	maxProofs      = 1024
	maxProofsBytes = 16 << 20

	// maxDays bounds the days of a log that are told apart: a newcomer is given
	// recentAge.
	maxDays = 8

	// historyCount is how much of the history is told unless the asker says how much,
	// and maxHistory the most, in messages; so many are looked at, too, when not all are
	// the asker's to see, sieveCount at a time. maxRecalls bounds the questions about it
	// that wait; guests have half.
	historyCount = 20
	maxHistory   = 10_000
	sieveCount   = 256
	maxRecalls   = 64

	// olderLeast is the least that is asked for of a log that goes back further than
	// it is kept here, in messages; maxWants bounds the logs that one turn asks for
	// (wire refuses more), maxOlderBytes what is put aside of what came until it
	// goes up to what is kept. olderHolders bounds who is asked for one question.
	// olderStep is what is asked for first, in messages, of a window that begins at a
	// time: a screen or two; each further round doubles it.
	olderLeast    = 16
	olderStep     = 128
	maxWants      = 256
	maxOlderBytes = 4 << 20
	olderHolders  = 3

	// maxDigestPeers and maxMentions bound what a digest names.
	maxDigestPeers = 8
	maxMentions    = 20

	// digestOver is how many messages of long ago may come in one go and still be
	// shown one by one: as many as a screen shows beside what is said now.
	digestOver = 20

	// maxTally bounds the people of a digest who are told apart, further ones count
	// as one nobody; and the ranges of messages that it names.
	maxTally = 1024

	// maxFresh bounds the messages that wait for a digest; with more it does not wait
	// any longer.
	maxFresh = 256

	// syncBytes bounds the envelopes of one turn of a sync, and syncRooms the
	// conversations that it is about.
	syncBytes = 256 << 10
	syncRooms = 16

	// maxFlying bounds the turns of syncs about one room under way.
	maxFlying = 4

	// maxClock is how far ahead of this node's clock a stamp may be. Messages from
	// further in the future are dropped and counted: one bad clock must not pull
	// everybody's along.
	maxClock = 10 * time.Minute

	// recent is how far back a newcomer's history reaches: recentCount messages,
	// and whatever is younger than recentAge. What is older is brought on demand.
	recentCount = 1000
	recentAge   = 7 * 24 * time.Hour

	// newFor is how long after its first sync a node is a newcomer: those whom it
	// meets at once may be as new as itself.
	newFor = 5 * time.Second
)

// The times of the core.
const (
	// syncEvery is the rhythm of sync with a random neighbour, ±20 %.
	syncEvery = 30 * time.Second

	// hedgeTime is how long a turn of a sync may take before another peer is asked too.
	hedgeTime = 2 * time.Second

	// gapPatience is how long a gap may last before the user is told. gapLimit is
	// how long before a message is shown without what it depends on, and before a
	// message is given up that a neighbour past it has dropped. gapHopeless is how
	// long before a message is given up of which there is no word: longer than
	// networks stay apart.
	gapPatience = 2 * time.Second
	gapLimit    = 15 * time.Second
	gapHopeless = 2 * time.Hour

	// gapRetry is the pause between attempts to fill a gap.
	gapRetry = 700 * time.Millisecond

	// digestAge is how old a message that comes by sync is before it may be counted
	// rather than shown. digestQuiet is how long nothing of the kind may come before
	// what came is told, and digestMost how long it is told at the latest.
	digestAge   = time.Minute
	digestQuiet = 300 * time.Millisecond
	digestMost  = 3 * time.Second

	// olderTime is how long a user waits at most for what others know of older history.
	olderTime = 4 * time.Second

	// surveyFresh is how long it is good enough what links there were: so often, at most,
	// others can make this node measure its round trips.
	surveyFresh = 2 * time.Second

	// ackJitter spreads the answers to a hello; ackPause is the least time between
	// two answers to the same peer; ackSample is how many answers a hello gets in
	// a large lobby; ackAge is how old a hello may be and still be answered.
	ackJitter = time.Second
	ackPause  = 10 * time.Second
	ackSample = 32
	ackAge    = time.Minute

	// wordAge is how old a message may be and still show that its author is here.
	wordAge = time.Minute

	// retryFirst doubles up to retryLast between attempts to send to a peer, ±20 %.
	retryFirst = time.Second
	retryLast  = 5 * time.Minute

	// DirectExpiry is how long a direct message is tried; AckExpiry the same for a
	// hello-ack, which nobody wants later.
	DirectExpiry = 14 * 24 * time.Hour
	AckExpiry    = 30 * time.Second

	// answerTime is how long the other end of a session has to say hello: to one who
	// forks, from then on; later, on each line.
	answerTime = 10 * time.Second

	// parkTime is how long a line is set aside that may be one too many: longer
	// than it takes the other end to see that and close it.
	// doubtTime is the same for one that came with another session than the one
	// there is, if the other end does not say meanwhile what has become of that.
	parkTime  = time.Second
	doubtTime = answerTime / 2

	// cutGrace is how long a session is without a line before its user is told.
	cutGrace = 300 * time.Millisecond

	// reopenFirst doubles up to reopenLast between attempts to open a new line, ±20 %.
	// It begins anew when a line has lasted for steadyTime.
	reopenFirst = 250 * time.Millisecond
	reopenLast  = 30 * time.Second
	steadyTime  = 10 * time.Second

	// leaveTime is how long after its end a session's last words, and that it has
	// ended, are brought to an other end that cannot be reached; leaveGrace is how
	// long that takes at most where there is a line.
	leaveTime  = 10 * time.Minute
	leaveGrace = DrainTime

	// nameTime is how long a peer who has come is not spoken of while his name is
	// not known: his first announcement is on its way.
	nameTime = 500 * time.Millisecond

	// sweptGrace is how long after a session's end the next line of its user is held
	// rather than sent to where that took him.
	sweptGrace = 3 * time.Second

	// lagTime is how long what a user has said may wait for its turn and hold up what
	// he says next. Whoever takes maxPending in that time is no slower for him than
	// others; of one who does not, only the bounds of the queue hold.
	lagTime = 2 * time.Second

	// DrainTime is how long Quit waits for what was accepted to be sent.
	DrainTime = 5 * time.Second
)

// The rhythm of presence.
const (
	// announceRate bounds the announcements of all members of a room together, per
	// second, and announceMin is the least mean time between two of one member.
	// From 240 members on the former counts.
	announceRate = 8
	announceMin  = 30 * time.Second

	// announceMissed is how many intervals a member may be silent.
	announceMissed = 5

	// announceSoon is how long who has a reason to announce himself takes for it
	// in a room of up to smallRoom members: everybody has answered a newcomer
	// within a second.
	announceSoon = 250 * time.Millisecond
	smallRoom    = 10

	// newcomersPart: of many who come at once, all first announcements together
	// take one in so many of announceRate.
	newcomersPart = 4

	// crowd is the number of members from which on who leaves says so only if it
	// is his turn anyway.
	crowd = 50

	// lonelyLast is the greatest pause between announcements where nobody else is
	// known. It doubles from announceMin.
	lonelyLast = time.Hour

	// nodeRate and nodeBurst bound the envelopes with announcements of this node, per
	// second over all rooms: the rooms of a node in 10,000 channels have their turn
	// one after the other. Rooms in which nobody else is known count double.
	nodeRate  = 4
	nodeBurst = 64

	// fewChannels is up to how many channels are all announced on a new link, or when
	// a peer was met, where that peer is not known to be there, but not within linkPause
	// of the last time.
	fewChannels = 64
	linkPause   = 5 * time.Second

	// syncStrangers is how many members of a channel are asked for its history
	// although there is no connection to them, when there is none to any.
	syncStrangers = 2
)
