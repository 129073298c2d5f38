package chat

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// room is the state of one conversation: its logs, and what is kept for others.
type room struct {
	name   Conversation
	shared bool     // the lobby or a channel: what is said travels by gossip and is kept for others
	mine   outgoing // of this node's own log

	users   []*user  // local users who are in it
	places  []*place // of each of users, what it is to him
	told    []User   // the same, for Notify
	people  attendance
	own     announcing // how this node tells of who of it is in it
	closing bool       // the last local user has left; what he said is on its way out

	holders   map[PeerID]uint64 // how far peers have this node's log, as they say; at most maxMembers
	confirmed uint64            // up to here somebody else holds this node's log
	waiting   []unsent          // what gossip had nobody to give to
	spread    spreading
	flying    int       // turns of syncs about the room under way
	feeder    PeerID    // who gives much: a turn is under way that will not be the last
	queue     []PeerID  // whose turn about the room has to wait
	met       bool      // somebody's vector was heard
	settled   time.Time // when this node ceases to be a newcomer here; zero: not known yet
	active    time.Time // when something was last said
	catchup   catchup
	older     *older // nil: nobody wants to read further back

	logs map[LogKey]*log
	list []*log         // the same, in the order in which they were met
	by   map[PeerID]int // logs of each author, of a shared conversation

	kept      []kept // what is held for others, in the order in which it was shown
	keptCount int    // messages
	keptBytes int

	earlyBytes int
	early      *int              // the same of all channels together; nil if the room is none
	blocked    map[LogKey][]*log // by the log that they wait for
	floors     floors            // where logs begin for this node that it has met nothing of
	retired    retired           // how far logs were shown that are not among logs any more
	stuck      []*log            // logs that were stuck at the last look or got stuck since
	watching   bool              // a timer looks after stuck

	fresh []LogKey // logs that moved since this node's last message; the latest last, at most MaxDeps
}

type kept struct {
	envelope *Envelope
	at       time.Time // when it was kept
	gossiped bool      // it came by gossip or was given to it
}

// log is what is known of one log.
type log struct {
	key   LogKey
	head  uint64    // everything up to here was shown or is not to be shown
	moved time.Time // when something was last shown
	heard bool      // head is what one neighbour said; nothing of the log was shown
	tail  []*Envelope
	sum   Hash        // of the message head; zero: not known
	low   uint64      // the first that the store holds; 0: nothing
	stamp Stamp       // the greatest of what the store holds; 0: nothing
	days  []Day       // where the last days began
	early []*Envelope // what cannot be shown yet, by First

	frozen    bool   // its author equivocated: nothing more is shown
	forkedAt  uint64 // where it did; 0: not known
	isStuck   bool
	listed    bool      // in room.stuck
	since     time.Time // when it got stuck
	told      bool      // the user was told of this gap
	gone      uint64    // somebody who is past the gap has dropped the messages up to here; 0: no such word
	waits     Ref       // the dep that the next message waits for; Seq 0: a number is missing
	blockedOn LogKey    // where it stands in room.blocked
	skipDeps  bool      // the next message is shown without its deps
}

func newRoom(name Conversation, me LogKey) *room {
	r := &room{name: name, shared: name.IsShared(), logs: make(map[LogKey]*log, 1)}
	if r.shared {
		r.by = make(map[PeerID]int, 1)
	}
	r.mine.log = r.add(me)
	return r
}

// admit and dismiss keep the list of local users.
func (r *room) admit(u *user, p *place) {
	r.users = append(r.users, u)
	r.places = append(r.places, p)
	r.told = nil
}

func (r *room) dismiss(u *user) {
	i := slices.Index(r.users, u)
	r.users = slices.Delete(r.users, i, i+1)
	r.places = slices.Delete(r.places, i, i+1)
	r.told = nil
}

// audience is the local users who are in the room, for Notify.
func (r *room) audience() []User {
	if r.told == nil {
		r.told = make([]User, 0, len(r.users))
		for _, u := range r.users {
			r.told = append(r.told, u.id)
		}
	}
	return r.told
}

func (r *room) add(k LogKey) *log {
	l := &log{key: k}
	l.head, l.heard = r.floors.take(k)
	if head, ok := r.retired.take(k); ok {
		l.head, l.heard = head, false
	}
	r.logs[k] = l
	r.list = append(r.list, l)
	if r.shared {
		r.by[k.Author]++
	}
	return l
}

// full says whether the author has no place for one more log.
func (r *room) full(author PeerID) bool { return r.by[author] >= maxLogsOfAuthor }

// makePlace retires logs while there are limit of them or more. First go those
// of which nothing was shown, then those longest silent.
func (r *room) makePlace(limit int) {
	for len(r.list) >= limit {
		oldest := -1
		for i, l := range r.list {
			if l != r.mine.log && (oldest < 0 || l.moved.Before(r.list[oldest].moved)) {
				oldest = i
			}
		}
		r.retire(oldest)
	}
}

// retire forgets all of a log but how far it was shown.
func (r *room) retire(i int) {
	l := r.list[i]
	r.giveUp(l)
	delete(r.logs, l.key)
	if r.shared {
		r.by[l.key.Author]--
	}
	r.list = slices.Delete(r.list, i, i+1)
	r.fresh = slices.DeleteFunc(r.fresh, func(k LogKey) bool { return k == l.key })
	limit := maxRetired
	if !r.shared {
		limit = maxDirectLogs
	}
	r.retired.set(l.key, l.head, limit)
}

// has says whether the message was shown or is not to be waited for.
func (r *room) has(ref Ref) bool {
	if l := r.logs[ref.LogKey]; l != nil {
		return l.frozen || l.head >= ref.Seq
	}
	return max(r.floors.head[ref.LogKey], r.retired.head[ref.LogKey]) >= ref.Seq
}

// keep holds an envelope for others and lets go of the oldest when there is too
// much: in the room, or in all channels together, where the fattest room gives.
func (c *Core) keep(r *room, l *log, e *Envelope, by road) {
	before := r.keptBytes
	r.keep(c.now, l, e, by)
	if c.cfg.Durable {
		r.trim(maxHot, maxHotBytes)
	} else {
		r.trim(maxKept, maxKeptBytes)
	}
	if r == c.lobby {
		return
	}
	if c.keptBytes += r.keptBytes - before; c.keptBytes <= maxChannelsKept {
		return
	}
	fattest := slices.MaxFunc(c.channels, func(a, b *room) int { return cmp.Compare(a.keptBytes, b.keptBytes) })
	before = fattest.keptBytes
	fattest.trim(maxKept, before-before/4)
	c.keptBytes += fattest.keptBytes - before
}

func (r *room) keep(now time.Time, l *log, e *Envelope, by road) {
	l.tail = append(l.tail, e)
	r.kept = append(r.kept, kept{e, now, by == byGossip})
	r.keptCount += len(e.Messages)
	r.keptBytes += len(e.Raw)
}

// trim lets go of the oldest beyond so many messages and bytes, the last excepted.
func (r *room) trim(messages, bytes int) {
	for len(r.kept) > 1 && (r.keptCount > messages || r.keptBytes > bytes) {
		old := r.kept[0].envelope
		r.kept[0] = kept{}
		r.kept = r.kept[1:]
		r.keptCount -= len(old.Messages)
		r.keptBytes -= len(old.Raw)
		if ol := r.logs[old.Key()]; ol != nil && len(ol.tail) > 0 && ol.tail[0] == old { // else it was retired
			ol.tail[0] = nil
			ol.tail = ol.tail[1:]
		}
	}
}

// end is the number of the last message that can be given to others.
func (l *log) end() uint64 {
	if len(l.tail) == 0 {
		return l.head
	}
	return l.tail[len(l.tail)-1].Last()
}

// putEarly adds e to what waits. It reports false when there is no room. What
// can be shown at once needs none; what comes next and has to wait for others
// takes the place of what is further behind in its log.
func (r *room) putEarly(l *log, e *Envelope) bool {
	i := sort.Search(len(l.early), func(i int) bool { return l.early[i].First >= e.First })
	if i < len(l.early) && l.early[i].First == e.First && l.early[i].Last() >= e.Last() {
		return true
	}
	for len(l.early) >= maxEarly || !r.roomFor(len(e.Raw)) {
		if e.First <= l.head+1 && r.ready(l, e) {
			break
		}
		last := len(l.early) - 1
		if e.First > l.head+1 || last < i {
			return false
		}
		r.waits(-len(l.early[last].Raw))
		l.early = slices.Delete(l.early, last, last+1)
	}
	l.early = slices.Insert(l.early, i, e)
	r.waits(len(e.Raw))
	return true
}

// roomFor says whether n more bytes may wait, and waits keeps account of them.
func (r *room) roomFor(n int) bool {
	return r.earlyBytes+n <= maxEarlyBytes && (r.early == nil || *r.early+n <= maxChannelsEarly)
}

func (r *room) waits(n int) {
	r.earlyBytes += n
	if r.early != nil {
		*r.early += n
	}
}

// ready says whether nothing in e has to wait for other logs.
func (r *room) ready(l *log, e *Envelope) bool {
	for i := range e.Messages {
		if _, missing := r.missing(l, e.Messages[i].Deps); missing {
			return false
		}
	}
	return true
}

func (r *room) popEarly(l *log) *Envelope {
	e := l.early[0]
	l.early[0] = nil
	l.early = l.early[1:]
	if len(l.early) == 0 {
		l.early = nil
	}
	r.waits(-len(e.Raw))
	return e
}

// giveUp drops what waits in l, so that l waits for nothing any more.
func (r *room) giveUp(l *log) {
	for len(l.early) > 0 {
		r.popEarly(l)
	}
	l.isStuck, l.waits = false, Ref{}
	r.block(l, LogKey{})
}

// block makes l wait for the log on, or for none. A log stands in the book of
// those who wait at most once.
func (r *room) block(l *log, on LogKey) {
	if l.blockedOn == on {
		return
	}
	if was := l.blockedOn; was != (LogKey{}) {
		i := slices.Index(r.blocked[was], l)
		if r.blocked[was] = slices.Delete(r.blocked[was], i, i+1); len(r.blocked[was]) == 0 {
			delete(r.blocked, was)
		}
	}
	if l.blockedOn = on; on != (LogKey{}) {
		if r.blocked == nil {
			r.blocked = make(map[LogKey][]*log)
		}
		r.blocked[on] = append(r.blocked[on], l)
	}
}

// moved remembers that the author of the next message has seen l.
func (r *room) moved(k LogKey) {
	if n := len(r.fresh); n > 0 && r.fresh[n-1] == k {
		return
	}
	if i := slices.Index(r.fresh, k); i >= 0 {
		r.fresh = slices.Delete(r.fresh, i, i+1)
	} else if len(r.fresh) == MaxDeps {
		r.fresh = slices.Delete(r.fresh, 0, 1)
	}
	r.fresh = append(r.fresh, k)
}

// heads are the deps of the next message of this node's own.
func (r *room) heads() []Ref {
	if len(r.fresh) == 0 {
		return nil
	}
	deps := make([]Ref, 0, len(r.fresh))
	for _, k := range r.fresh {
		deps = append(deps, Ref{k, r.logs[k].head})
	}
	r.fresh = r.fresh[:0]
	return deps
}
