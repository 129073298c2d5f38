package behaviour

import "time"

const (
	// maxEvents is how many events may wait for the loop. When it is full the
	// protocols wait, and with them the streams and the peers behind them.
	maxEvents = 1024

	// maxDials bounds how many peers are looked for or dialled at a time; further
	// effects wait for their turn.
	maxDials = 32

	// sendTime bounds an attempt to send a direct message, finding and dialling
	// included; lineTime an attempt to open a line, likewise; syncTime a turn of a
	// sync; findTime looking for a peer that a user named, who waits for the answer,
	// every findAgain while there is nobody to ask, and for findGrace in any case;
	// dialTime a dial that a user asked for.
	sendTime  = 10 * time.Second
	lineTime  = 10 * time.Second
	syncTime  = 20 * time.Second
	findTime  = 1500 * time.Millisecond
	findAgain = 25 * time.Millisecond
	findGrace = 250 * time.Millisecond
	dialTime  = 5 * time.Second

	// recallTime bounds an answer of the history, and maxRecalls how many are looked
	// for at a time: further ones wait for their turn, of which the core asks for few.
	recallTime = 10 * time.Second
	maxRecalls = 2

	// maxRecall is how many messages are read for one answer before it is taken as
	// it is, and maxHits how many a search is asked for at once: the store gives no
	// more.
	maxRecall = 32 << 10
	maxHits   = 10_000

	// meetTime bounds finding and dialling a peer that was announced in a topic.
	meetTime = 10 * time.Second

	// linkPause is how long a peer's first link in a channel's topic, and the first
	// topic in which it is met, wait for its others, of which there may be 128 within
	// a heartbeat: one event for all.
	linkPause = 50 * time.Millisecond

	// publishTime bounds handing an envelope to gossip.
	publishTime = 10 * time.Second

	// pingTime bounds measuring a round trip for the list of peers.
	pingTime = 400 * time.Millisecond

	// watchEvery is the rhythm of the watchdog; a peer that is connected and not
	// in the lobby's topic for watchLimit is disconnected, to be dialled afresh.
	watchEvery = 2 * time.Second
	watchLimit = 6 * time.Second
)
