package sim

import (
	"fmt"
	"strings"
	"time"

	"tincan/behaviour/chat"
)

var ruleNames = [...]string{
	0: "contract", 1: "validity", 2: "no duplication", 4: "honest receipt", 5: "agreement",
	6: "author order", 7: "causality", 8: "convergence", 9: "privacy", 10: "liveness",
}

// checker knows every line that a user typed and every message that a core
// sealed, and compares with them what the cores show.
type checker struct {
	w        *world
	lines    []line
	byText   map[string]int32
	messages []message
	byID     map[chat.MessageID]int32
	asked    []question
	own      map[chat.MessageID]chat.Shown // shown to their author and not sealed yet
	logs     map[logName]int32
	tops     []top // by log
	views    []*view
	latency  histogram
	accepted int
	lastShow time.Duration
	broken   *Violation
}

// line is what a user typed.
type line struct {
	at       int64
	author   *node
	life     int32
	to       *node // nil: the lobby
	toLife   int32 // its life at the time, 0 when it was away
	message  int32 // or -1
	refused  bool  // and the user knows
	shown    bool  // at the recipient
	received bool  // and the author knows
}

// question is what a user asked of the node itself.
type question struct {
	at       int64
	n        *node
	life     int32
	answered bool
}

// message is what a core sealed.
type message struct {
	chat.Placed
	author   *node
	life     int32
	at       int64 // when its line was accepted, else when it was sealed
	log      int32
	line     int32   // or -1
	deps     []int32 // messages
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

// view is what one life of a node has shown.
type view struct {
	n      *node
	life   int32
	log    chat.LogKey // that this life writes
	began  int64
	shown  bits                // messages
	texts  bits                // lines
	heads  []uint64            // last shown number, by log
	told   map[gapOwner]bool   // of a gap
	credit map[gapOwner]uint64 // how many messages were declared lost and have not been skipped yet
}

type gapOwner struct {
	conversation chat.Conversation
	author       chat.PeerID
}

func newChecker(w *world) *checker {
	return &checker{w: w, byText: map[string]int32{}, byID: map[chat.MessageID]int32{}, own: map[chat.MessageID]chat.Shown{}, logs: map[logName]int32{}}
}

// fail keeps the first broken rule; the run stops there.
func (c *checker) fail(rule int, format string, args ...any) {
	if c.broken == nil {
		c.broken = &Violation{At: time.Duration(c.w.now), Rule: rule, Text: fmt.Sprintf(format, args...)}
	}
}

// begin opens the view of a new life.
func (c *checker) begin(n *node, log chat.LogID) *view {
	v := &view{n: n, life: n.life, log: chat.LogKey{Author: n.id, Log: log}, began: c.w.now, credit: map[gapOwner]uint64{}, told: map[gapOwner]bool{}}
	c.views = append(c.views, v)
	return v
}

func (v *view) alive() bool { return v.n.alive && v.n.life == v.life }

// has says whether a message is in the view: shown, or written in that life.
func (c *checker) has(v *view, m int32) bool {
	return v.shown.has(m) || c.messages[m].author == v.n && c.messages[m].life == v.life
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
func (c *checker) line(n *node, op Op) (ref, text string) {
	i := int32(len(c.lines))
	ref, text = fmt.Sprintf("line%d", i), fmt.Sprintf("%s says %d", n.name, i)
	if pad := op.Size - len(text); pad > 0 {
		text += strings.Repeat(".", pad)
	}
	l := line{at: c.w.now, author: n, life: n.life, message: -1}
	if op.Do == Direct {
		l.to = c.w.nodes[op.Peer]
		if l.to.alive {
			l.toLife = l.to.life
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
		c.fail(0, "%s sealed %s of %d messages", n.name, envelopeWords(e), len(e.Messages))
		return
	}
	size := 100
	for i := range e.Messages {
		size += 30 + 60*len(e.Messages[i].Deps) + len(e.Messages[i].Body) + len(e.Messages[i].Name)
	}
	if size > chat.MaxEnvelope {
		c.fail(0, "%s sealed %s of %d bytes", n.name, envelopeWords(e), size)
		return
	}
	e.Raw = zeros[:size:size]
	if _, ok := e.Conversation.OfPresence(); ok {
		return // announcements are no messages: nobody keeps, orders or misses them
	}
	log := c.log(logName{e.Conversation, e.Key()})
	for i := range e.Messages {
		e.Messages[i].Hash = hashOf(e, i)
		c.sealed(n, e, i, log)
	}
}

var zeros [chat.MaxEnvelope]byte

func (c *checker) sealed(n *node, e *chat.Envelope, i int, log int32) {
	msg := &e.Messages[i]
	m := message{Placed: chat.Placed{ID: e.ID(i), Message: *msg}, author: n, life: n.life, at: c.w.now, log: log, line: -1, envelope: e}
	index := int32(len(c.messages))
	end := &c.tops[log]
	if m.ID.Seq != end.seq+1 {
		c.fail(6, "%s sealed number %d after %d of %s", n.name, m.ID.Seq, end.seq, refWords(m.ID.Conversation, m.ID.Ref))
	}
	if m.Stamp <= end.stamp && end.seq > 0 {
		c.fail(8, "%s: the stamp of %s is not above that of the message before", n.name, refWords(m.ID.Conversation, m.ID.Ref))
	}
	end.seq, end.stamp = m.ID.Seq, m.Stamp
	if len(m.Deps) > chat.MaxDeps {
		c.fail(0, "%s: %s has %d deps", n.name, refWords(m.ID.Conversation, m.ID.Ref), len(m.Deps))
	}
	for _, dep := range m.Deps {
		d, ok := c.byID[chat.MessageID{Conversation: e.Conversation, Ref: dep}]
		if !ok {
			c.fail(1, "%s: dep %s was never sealed", n.name, refWords(e.Conversation, dep))
			return
		}
		if c.messages[d].Stamp >= m.Stamp {
			c.fail(8, "%s: the stamp of %s is not above that of its dep %s", n.name, refWords(m.ID.Conversation, m.ID.Ref), refWords(e.Conversation, dep))
		}
		m.deps = append(m.deps, d)
	}
	if m.Kind == chat.Text {
		l, ok := c.byText[m.Body]
		if !ok || c.lines[l].message >= 0 || c.lines[l].author != n || c.lines[l].life != n.life {
			c.fail(1, "%s sealed %.40q that its user did not say, or not twice", n.name, m.Body)
			return
		}
		m.line, m.at = l, c.lines[l].at
		c.lines[l].message = index
		c.accepted++
	}
	if own, ok := c.own[m.ID]; ok {
		if own.Text != m.Body || own.Kind != m.Kind {
			c.fail(1, "%s sealed %s as %s %.40q, but had shown %s %.40q to its user", n.name, refWords(m.ID.Conversation, m.ID.Ref), m.Kind, m.Body, own.Kind, own.Text)
		}
		n.view.shown.add(index)
		delete(c.own, m.ID)
	}
	c.byID[m.ID] = index
	c.messages = append(c.messages, m)
}

// notified takes down what the users of a node are told.
func (c *checker) notified(n *node, eff chat.Notify) {
	switch note := eff.Notification.(type) {
	case chat.Shown:
		c.shown(n, note)
	case chat.Delivery:
		c.delivery(n, eff.Ref, note)
	case chat.PeerList, chat.StatusReport:
		c.answered(n, eff.Ref)
	case chat.Ended:
		c.ended(n, note.Undelivered)
	case chat.Failed:
		c.refused(n, eff.Ref, note.Text)
	case chat.GapSeen:
		n.view.told[gapOwner{note.Conversation, note.From.ID}] = true
		if note.Lost {
			n.view.credit[gapOwner{note.Conversation, note.From.ID}] += note.Missing
			c.w.stats.Gaps += int(note.Missing)
		}
	}
}

func (c *checker) delivery(n *node, ref string, note chat.Delivery) {
	switch note.State {
	case chat.SendFailed, chat.Held:
		c.refused(n, ref, note.Reason)
	case chat.Delivered:
		m, ok := c.byID[note.ID]
		if !ok {
			c.fail(4, "%s was told that %s is delivered, which does not exist", n.name, note.ID)
			return
		}
		if l := c.messages[m].line; l >= 0 {
			if !c.lines[l].shown {
				c.fail(4, "%s was told that %s is delivered, which was not shown", n.name, refWords(note.ID.Conversation, note.ID.Ref))
			}
			c.lines[l].received = true
		}
	}
}

// refused marks a line as one that its user knows to have failed. A direct
// message may only fail when there was trouble.
func (c *checker) refused(n *node, ref, why string) {
	var i int
	if _, err := fmt.Sscanf(ref, "line%d", &i); err != nil || i >= len(c.lines) {
		return
	}
	l := &c.lines[i]
	l.refused = true
	calm := c.w.now-c.w.faultAt > int64(time.Minute)
	if l.to == nil && !n.leaving || l.to != nil && calm && l.toLife == l.to.life && c.w.reachable(n, l.to) {
		c.fail(10, "%s was refused line %d without cause: %s", n.name, i, why)
	}
}

// ask notes a question and returns the ref to ask it under.
func (c *checker) ask(n *node) (ref string) {
	c.asked = append(c.asked, question{at: c.w.now, n: n, life: n.life})
	return fmt.Sprintf("ask%d", len(c.asked)-1)
}

func (c *checker) answered(n *node, ref string) {
	var i int
	if _, err := fmt.Sscanf(ref, "ask%d", &i); err != nil || i >= len(c.asked) || c.asked[i].n != n || c.asked[i].answered {
		c.fail(10, "%s answered %q, which nobody asked, or twice", n.name, ref)
		return
	}
	c.asked[i].answered = true
}

// ended checks the word of a node that stops: when it says that nothing is left
// undelivered, each of its lines is with somebody else.
func (c *checker) ended(n *node, undelivered int) {
	if !n.leaving {
		c.fail(10, "%s stopped and nobody had asked it to", n.name)
	}
	for i := range c.messages {
		m := &c.messages[i]
		if undelivered > 0 || m.author != n || m.life != n.life || m.Kind == chat.HelloAck {
			continue
		}
		switch {
		case m.ID.Conversation != chat.Lobby:
			if m.line >= 0 && !c.lines[m.line].shown {
				c.fail(4, "%s stopped with nothing undelivered, but %s was not shown", n.name, refWords(m.ID.Conversation, m.ID.Ref))
			}
		case !c.elsewhere(int32(i), n):
			c.fail(4, "%s stopped with nothing undelivered, but nobody else has %s", n.name, refWords(m.ID.Conversation, m.ID.Ref))
		}
	}
}

// elsewhere says whether anybody but n has shown a message.
func (c *checker) elsewhere(m int32, n *node) bool {
	for _, v := range c.views {
		if v.n != n && v.shown.has(m) {
			return true
		}
	}
	return false
}
