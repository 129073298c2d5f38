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
	base   int32
	in     chat.Conversation // the channel, or ""
	over   bool              // the node has left the channel
	deaf   int64             // until when nobody was there to be shown anything, where there is no store
	began  int64
	came   bits                        // envelopes that gossip has brought
	shown  bits                        // messages
	kept   bits                        // messages, where there is a store
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
	v := &view{n: n, life: n.life, base: n.base, in: in, began: c.w.now, digest: map[chat.Conversation]int64{}, credit: map[gapOwner]uint64{}, told: map[gapOwner]bool{}}
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

// enter is the view of a node that comes into a channel: where there is a store it
// goes on with what it has.
func (c *checker) enter(n *node, in chat.Conversation) *view {
	if n.disk == nil {
		return c.begin(n, in)
	}
	v := c.viewFor(n, in)
	v.over = false
	return v
}

// viewFor is viewOf where a node may write before it is told that it is in a channel.
func (c *checker) viewFor(n *node, in chat.Conversation) *view {
	if n.disk == nil || !in.IsChannel() {
		return n.viewOf(in)
	}
	v := n.views[in]
	if v == nil {
		v = c.begin(n, in)
		v.over = true
		n.views[in] = v
	}
	return v
}

// has says whether a node has a message: kept or shown, or where there is no
// store written.
func (c *checker) has(v *view, m int32) bool {
	return v.shown.has(m) || v.kept.has(m) || v.n.disk == nil && c.messages[m].view == v
}

// owns says whether this life of a node writes a log: the first, and those that
// it counts up from there for what it comes back to.
func (n *node) owns(k chat.LogKey) bool {
	first, log := binary.BigEndian.Uint64(n.log.Log[:]), binary.BigEndian.Uint64(k.Log[:])
	return k.Author == n.id && (log-first < 1<<32 || n.own[k.Log])
}
