package rendezvous

import (
	"math/rand/v2"
	"time"
)

// The bounds and times of the room.
const (
	// enough connected peers in a topic carry what is said there, even if one goes.
	enough = 3

	// maxConnect bounds the peers of one search that are dialled, maxFound those
	// that are asked for: among them may be some that have gone.
	maxConnect = 3
	maxFound   = 16

	// maxRounds bounds the topics that are announced or searched at a time, and
	// maxDials the dials under way of all rounds. A dial may begin with a lookup of
	// the peer: together they take 6 of the 8 lookups that Kademlia allows, so
	// that a user who looks for somebody need not wait.
	maxRounds = 4
	maxDials  = 4

	// roundTime bounds a round: a search, dials and an announcement.
	roundTime = time.Minute

	// retry is the pause while there is nobody to ask.
	retry = 250 * time.Millisecond

	// firstPause, doubled each time up to lastPause, is how long to wait while
	// nobody else is in a topic; somePause when some are, but not enough.
	// lookEvery is the least pause per topic when there are many: one search a
	// second for all of them together is what being alone may cost.
	firstPause = time.Second
	lastPause  = time.Minute
	somePause  = 5 * time.Minute
	lookEvery  = time.Second

	// announceEvery is well below the time that an announcement is remembered, and
	// short because those who remember it come and go: a newcomer that meets none
	// of them would stay alone so long. announceAgain is for one that failed.
	announceEvery = time.Hour
	announceAgain = time.Minute
)

// A topic is one that was entered. Rendezvous.mu guards what can change.
type topic struct {
	name     string
	busy     bool          // a round is under way
	met      bool          // somebody else was there when it was looked at last
	pause    time.Duration // before it was looked at last, when nobody was there
	look     time.Time     // when to count next who is there
	search   time.Time     // when to search next for more, when some are there
	announce time.Time     // when to announce next
}

// due is when something is to be done next.
func (t *topic) due() time.Time {
	if t.announce.Before(t.look) {
		return t.announce
	}
	return t.look
}

// announced sets when to announce again.
func (t *topic) announced(now time.Time, well bool) {
	again := announceAgain
	if well {
		again = announceEvery
	}
	t.announce = now.Add(vary(again))
}

// looked sets when to look again after n others were there. lonely topics, maybe
// with this one, had none.
func (t *topic) looked(now time.Time, n int, searched bool, lonely int) {
	if searched {
		t.search = now.Add(vary(somePause))
	}
	switch t.met = n > 0; {
	case !t.met:
		t.pause = min(max(2*t.pause, firstPause), lastPause)
		t.look = now.Add(vary(max(t.pause, time.Duration(lonely)*lookEvery)))
	case n < enough:
		t.pause, t.look = 0, t.search
	default:
		t.pause, t.look = 0, now.Add(vary(somePause))
	}
}

// vary is d, or up to half more, so that nodes do not keep step.
func vary(d time.Duration) time.Duration { return d + rand.N(d/2) }
