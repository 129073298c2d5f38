package sim

import (
	"fmt"
	"strings"
	"time"

	"tincan/behaviour/chat"
)

var ruleNames = [...]string{
	0: "contract", 1: "validity", 2: "no duplication", 3: "durability", 4: "honest receipt", 5: "agreement",
	6: "author order", 7: "causality", 8: "convergence", 9: "privacy", 10: "liveness", 11: "presence",
}

// checker knows every line that a user typed and every message that a core
// sealed, and compares with them what the cores show.
type checker struct {
	w         *world
	lines     []line
	byText    map[string]int32
	messages  []message
	byID      map[chat.MessageID]int32
	asked     []question
	own       map[chat.MessageID]chat.Shown // shown to their author and not sealed yet
	logs      map[logName]int32
	tops      []top // by log
	views     []*view
	latency   histogram
	accepted  int
	lastShow  time.Duration
	histories []remembered
	lastSeal  int64
	secret    chat.Change             // Break "leak": what some node keeps of a private session
	left      map[*chat.Envelope]bool // own ones of which somebody may know
	forked    map[int32][]int32       // what was sealed a second time, by log
	lossy     bool                    // a node has forgotten what it has said
	roll      *chat.UserList          // the last answer to the roll call
	broken    *Violation
}

// line is what a user typed.
type line struct {
	at       int64
	by       *user
	author   *node // of by
	base     int32 // of author
	in       spot
	to       *node          // of a direct message or a session
	toBase   int32          // its database at the time, 0 when it was away
	toUser   *user          // at the time, or nil
	end      *end           // of a session, once accepted
	message  int32          // or -1
	envelope *chat.Envelope // with it, or nil
	accepted bool           // and the user knows
	refused  bool           // and the user knows
	echoed   bool           // shown to the other users of the node
	shown    bool           // at the recipient
	received bool           // and the author knows
	told     bool           // its user has seen that it is accepted
	promised bool           // and it may not be lost
	dropped  bool           // its node has ended, and nobody has seen it
}

// question is what a user asked of the node itself.
type question struct {
	at       int64
	u        *user
	answered bool
	moves    bool // it takes the user elsewhere
	fork     *end // it asks for a session
}

// message is what a core sealed.
type message struct {
	chat.Placed
	author   *node
	base     int32
	void     bool // its node has ended, and nobody has seen it
	lost     bool // its node has forgotten it
	resaid   bool // its node has said it before
	again    bool // its node has said it again in a new log
	sealed   int64
	at       int64 // when its line was accepted, else when it was sealed
	log      int32
	line     int32   // or -1
	deps     []int32 // messages
	view     *view   // of its author at the time
	envelope *chat.Envelope
}

type logName struct {
	conversation chat.Conversation
	chat.LogKey
}

// top is the end of a log as its author made it.
type top struct {
	seq   uint64
	stamp chat.Stamp
}

func newChecker(w *world) *checker {
	return &checker{w: w, byText: map[string]int32{}, byID: map[chat.MessageID]int32{}, own: map[chat.MessageID]chat.Shown{}, logs: map[logName]int32{}, left: map[*chat.Envelope]bool{}, forked: map[int32][]int32{}}
}

// fail keeps the first broken rule; the run stops there.
func (c *checker) fail(rule int, format string, args ...any) {
	if c.broken == nil {
		c.broken = &Violation{At: time.Duration(c.w.now), Rule: rule, Text: fmt.Sprintf(format, args...)}
	}
}

func (c *checker) log(name logName) int32 {
	i, ok := c.logs[name]
	if !ok {
		i = int32(len(c.tops))
		c.logs[name] = i
		c.tops = append(c.tops, top{})
	}
	return i
}

// line makes up what a user types: a text that no other line has.
func (c *checker) line(u *user, in spot, size int) (ref, text string) {
	i := int32(len(c.lines))
	ref, text = fmt.Sprintf("line%d", i), fmt.Sprintf("%s says %d", u, i)
	if in.room == "" {
		text = fmt.Sprintf("%s %s %d", canary, u, i)
	}
	if pad := size - len(text); pad > 0 {
		text += strings.Repeat(".", pad)
	}
	l := line{at: c.w.now, by: u, author: u.n, base: u.n.base, in: in, message: -1}
	if in.room == "" {
		l.to = c.w.byID[in.with.Peer]
		if l.to.alive {
			l.toBase, l.toUser = l.to.base, l.to.called(in.with.Guest)
		}
	}
	c.lines = append(c.lines, l)
	c.byText[text] = i
	return ref, text
}

// seal is the signing function of the cores: it stands in for keys and
// encoding, and takes down what was made.
func (c *checker) seal(n *node, e *chat.Envelope) {
	if e.Author != n.id || len(e.Messages) == 0 || len(e.Messages) > chat.MaxBatch || e.First == 0 {
		c.fail(0, "%s sealed %s of %d messages", n.nick, envelopeWords(e), len(e.Messages))
		return
	}
	size := 100
	for i := range e.Messages {
		size += 30 + 60*len(e.Messages[i].Deps) + len(e.Messages[i].Body) + len(e.Messages[i].Name)
	}
	if size > chat.MaxEnvelope {
		c.fail(0, "%s sealed %s of %d bytes", n.nick, envelopeWords(e), size)
		return
	}
	e.Raw = zeros[:size:size]
	c.sealedPrivacy(n, e)
	if _, ok := e.Conversation.OfPresence(); ok {
		for i := range e.Messages {
			e.Messages[i].Hash = hashOf(e, i)
		}
		return
	}
	log := c.log(logName{e.Conversation, e.Key()})
	for i := range e.Messages {
		e.Messages[i].Hash = hashOf(e, i)
		c.sealed(n, e, i, log)
	}
}

var zeros [chat.MaxEnvelope]byte

// uneasy says whether a node may begin a new life, as what it had was not all on its
// disk or its clock was wrong.
func (c *checker) uneasy(n *node) bool { return n.excused || n.clock.odd || c.w.o.Clock != "good" }

// odd says whether anything in a run may make cores warn their owners.
func (c *checker) odd() bool { return c.lossy || c.w.o.Clock != "good" }

// which is the message of an id, of several that its node has sealed after it had
// forgotten the first, that which says text.
func (c *checker) which(id chat.MessageID, text string) (int32, bool) {
	i, ok := c.byID[id]
	if !ok || c.messages[i].Body == text {
		return i, ok
	}
	for _, j := range c.forked[c.messages[i].log] {
		if c.messages[j].ID == id && c.messages[j].Body == text {
			return j, true
		}
	}
	return i, !c.messages[i].lost
}

func (c *checker) sealed(n *node, e *chat.Envelope, i int, log int32) {
	msg := &e.Messages[i]
	m := message{Placed: chat.Placed{ID: e.ID(i), Message: *msg}, author: n, base: n.base, view: c.viewFor(n, e.Conversation), at: c.w.now, sealed: c.w.now, log: log, line: -1, envelope: e}
	index := int32(len(c.messages))
	if m.view == nil {
		c.fail(9, "%s sealed %s, where it is not", n.nick, refWords(m.ID.Conversation, m.ID.Ref))
		return
	}
	n.own[e.Log] = true
	end := &c.tops[log]
	if m.ID.Seq != end.seq+1 {
		c.fail(6, "%s sealed number %d after %d of %s", n.nick, m.ID.Seq, end.seq, refWords(m.ID.Conversation, m.ID.Ref))
	}
	if m.Stamp <= end.stamp && end.seq > 0 {
		c.fail(8, "%s: the stamp of %s is not above that of the message before", n.nick, refWords(m.ID.Conversation, m.ID.Ref))
	}
	end.seq, end.stamp = m.ID.Seq, m.Stamp
	if len(m.Deps) > chat.MaxDeps {
		c.fail(0, "%s: %s has %d deps", n.nick, refWords(m.ID.Conversation, m.ID.Ref), len(m.Deps))
	}
	for _, dep := range m.Deps {
		d, ok := c.byID[chat.MessageID{Conversation: e.Conversation, Ref: dep}]
		if !ok {
			c.fail(1, "%s: dep %s was never sealed", n.nick, refWords(e.Conversation, dep))
			return
		}
		if c.messages[d].Stamp >= m.Stamp && c.w.o.Clock == "good" {
			c.fail(8, "%s: the stamp of %s is not above that of its dep %s", n.nick, refWords(m.ID.Conversation, m.ID.Ref), refWords(e.Conversation, dep))
		}
		m.deps = append(m.deps, d)
	}
	if m.Kind == chat.Text {
		l, ok := c.byText[m.Body]
		if again := ok && c.lines[l].message >= 0 && c.uneasy(n); again { // in a new life it says again what nobody holds
			c.messages[c.lines[l].message].again, m.resaid = true, true
			c.lines[l].message = -1
		}
		if !ok || c.lines[l].message >= 0 || c.lines[l].author != n || c.lines[l].base != n.base {
			c.fail(1, "%s sealed %.40q that its user did not say, or not twice", n.nick, m.Body)
			return
		}
		in := c.lines[l].in
		if e.Conversation != in.room && (in.session || e.Conversation != chat.DirectWith(n.id, in.with.Peer) || m.To != in.with.Guest) || m.Guest != c.lines[l].by.name {
			c.fail(9, "%s sealed for %s and %q line %d of %s, which is for %s%s", n.nick, e.Conversation, m.To, l, c.lines[l].by, in.room, in.with)
			return
		}
		if _, shown := c.own[m.ID]; c.lines[l].told && !shown && c.uneasy(n) {
			m.resaid = true
		}
		m.line, m.at = l, c.lines[l].at
		if !c.lines[l].accepted {
			c.accepted++
		}
		c.lines[l].message, c.lines[l].envelope, c.lines[l].accepted = index, e, true
	}
	if own, ok := c.own[m.ID]; ok {
		if own.Text != m.Body || own.Kind != m.Kind {
			c.fail(1, "%s sealed %s as %s %.40q, but had shown %s %.40q to its user", n.nick, refWords(m.ID.Conversation, m.ID.Ref), m.Kind, m.Body, own.Kind, own.Text)
		}
		m.view.shown.add(index)
		delete(c.own, m.ID)
	}
	if before, ok := c.byID[m.ID]; ok {
		if !n.excused {
			c.fail(6, "%s sealed %s twice", n.nick, refWords(m.ID.Conversation, m.ID.Ref))
		}
		c.forked[log] = append(c.forked[log], before)
	}
	c.byID[m.ID] = index
	c.lastSeal = c.w.now
	c.messages = append(c.messages, m)
}

// notified takes down what the users of a node are told.
func (c *checker) notified(n *node, eff chat.Notify) {
	if !c.addressed(n, eff) {
		return
	}
	if len(eff.For) == 1 && (!n.users[eff.For[0]].gone || n.keeps != keepsOnDisk) {
		c.told(n.users[eff.For[0]], eff)
	}
	switch note := eff.Notification.(type) {
	case chat.Shown:
		c.shown(n, eff, note)
	case chat.Digest:
		c.counted(n, note)
	case chat.Delivery:
		c.delivery(n, eff.Ref, note)
	case chat.PeerList, chat.StatusReport:
		c.answered(n, eff.Ref)
	case chat.Ended:
		if eff.For == nil { // else of a guest
			c.ended(n, note.Undelivered)
		}
	case chat.Failed:
		c.refused(n, eff.Ref, note.Text)
	case chat.Equivocated:
		if who := c.w.byID[note.Who.ID]; who == nil || !who.excused {
			c.fail(2, "%s says that %s equivocates", n.nick, note.Who.Label())
		}
	case chat.GapSeen:
		v := n.viewOf(note.Conversation)
		if v == nil {
			break
		}
		v.told[gapOwner{note.Conversation, note.From.ID}] = true
		if note.Lost {
			v.credit[gapOwner{note.Conversation, note.From.ID}] += note.Missing
			c.w.stats.Gaps += int(note.Missing)
		}
	}
}

func (c *checker) delivery(n *node, ref string, note chat.Delivery) {
	switch note.State {
	case chat.SendFailed, chat.Held:
		if l, ok := c.byText[note.Text]; ok && ref == "" && n.revived { // who asked is forgotten
			ref = fmt.Sprintf("line%d", l)
		}
		c.refused(n, ref, note.Reason)
	case chat.Delivered:
		l, ok := c.byText[note.Text]
		if !ok {
			c.fail(4, "%s was told that %.40q is delivered, which nobody said", n.nick, note.Text)
			return
		}
		if !c.arrived(&c.lines[l]) {
			c.fail(4, "%s was told that line %d is delivered, which was not shown", n.nick, l)
		}
		c.lines[l].received = true
	}
}

// refused marks a line as one that its user knows to have failed.
func (c *checker) refused(n *node, ref, why string) {
	var i int
	if _, err := fmt.Sscanf(ref, "line%d", &i); err != nil || i >= len(c.lines) {
		return
	}
	l := &c.lines[i]
	l.refused = true
	if !c.mayFail(n, l) {
		c.fail(10, "%s was refused line %d without cause: %s", n.nick, i, why)
	}
}

// mayFail says whether there is a reason for the failure of a line.
func (c *checker) mayFail(n *node, l *line) bool {
	switch {
	case n.leaving, !l.accepted && l.at-l.by.swept <= int64(sweptMax):
		return true
	case l.in.session:
		return l.by.n.excused || l.to.excused || l.end != nil && l.end.closed || l.end == nil && l.by.session(l.in.with) == nil
	case l.in.room != "":
		return false
	}
	there := l.toBase == l.to.base && c.w.reachable(n, l.to) && l.toUser != nil && l.toUser.here()
	return !there || l.to != n && c.w.troubled()
}

// ended checks the word of a node that stops: when it says that nothing is left
// undelivered, each of its lines is with somebody else.
func (c *checker) ended(n *node, undelivered int) {
	if !n.leaving {
		c.fail(10, "%s stopped and nobody had asked it to", n.nick)
	}
	if undelivered > 0 {
		return
	}
	for i := range c.lines {
		l := &c.lines[i]
		if l.in.room == "" && l.author == n && l.base == n.base && l.accepted && !c.arrived(l) && !l.refused && !l.dropped {
			c.fail(4, "%s stopped with nothing undelivered, but line %d was not shown", n.nick, i)
		}
	}
	for i := range c.messages {
		m := &c.messages[i]
		// Of a channel a node may not know yet that somebody else is in it.
		if m.author == n && m.base == n.base && !m.void && !m.again && !m.early() && m.ID.Conversation == chat.Lobby && !c.elsewhere(int32(i), n) {
			c.fail(4, "%s stopped with nothing undelivered, but nobody else has %s", n.nick, refWords(m.ID.Conversation, m.ID.Ref))
		}
	}
}

// elsewhere says whether anybody but n has shown a message.
func (c *checker) elsewhere(m int32, n *node) bool {
	for _, v := range c.views {
		if v.n != n && (v.shown.has(m) || v.kept.has(m)) {
			return true
		}
	}
	return false
}
