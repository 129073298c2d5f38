package sim

import (
	"encoding/binary"
	"slices"

	"tincan/behaviour/chat"
)

// view is what one life of a node has shown: of a channel, since it came into it;
// of everything else, in a view of its own.
type view struct {
	n      *node
	life   int32
	in     chat.Conversation // the channel, or ""
	over   bool              // the node has left the channel
	began  int64
	came   bits                        // envelopes that gossip has brought
	shown  bits                        // messages
	texts  bits                        // lines
	heads  []uint64                    // last shown number, by log
	told   map[gapOwner]bool           // of a gap
	digest map[chat.Conversation]int64 // when the users were last told of a digest
	credit map[gapOwner]uint64         // how many messages were declared lost and have not been skipped yet
}

type gapOwner struct {
	conversation chat.Conversation
	author       chat.PeerID
}

// begin opens the view of a new life, or of a new part in a channel.
func (c *checker) begin(n *node, in chat.Conversation) *view {
	v := &view{n: n, life: n.life, in: in, began: c.w.now, credit: map[gapOwner]uint64{}, told: map[gapOwner]bool{}, digest: map[chat.Conversation]int64{}}
	c.views = append(c.views, v)
	return v
}

// view is where messages of a conversation are shown at a node, or nil.
func (n *node) viewOf(in chat.Conversation) *view {
	if !in.IsChannel() {
		return n.view
	}
	if p := n.partIn(in); p != nil {
		return p.view
	}
	return nil
}

// brought notes that gossip has handed an envelope to a core.
func (c *checker) brought(n *node, env int32) {
	in := c.w.envelopes[env].Conversation
	if v := n.viewOf(in); v != nil && slices.ContainsFunc(n.users, func(u *user) bool { _, ok := u.stays(in); return ok }) {
		v.came.add(env)
	}
}

func (v *view) alive() bool { return v.n.alive && v.n.life == v.life && !v.over }

// shows says whether a view is of a conversation.
func (v *view) shows(in chat.Conversation) bool {
	return v.in == in || v.in == "" && !in.IsChannel()
}

// has says whether a message is in the view: shown, or written in it.
func (c *checker) has(v *view, m int32) bool {
	return v.shown.has(m) || c.messages[m].view == v
}

// owns says whether this life of a node writes a log: the first, and those that
// it counts up from there for what it comes back to.
func (n *node) owns(k chat.LogKey) bool {
	first, log := binary.BigEndian.Uint64(n.log.Log[:]), binary.BigEndian.Uint64(k.Log[:])
	return k.Author == n.id && log-first < 1<<32
}
