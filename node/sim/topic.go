package sim

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tincan/behaviour/chat"
)

// topics is how many topics there are: that of the lobby, and shards that
// channels share, so that a node gets gossip of channels that it is not in.
const topics = 3

// topicOf is the topic in which gossip of a conversation travels.
func topicOf(c chat.Conversation) int {
	if of, ok := c.OfPresence(); ok {
		c = of
	}
	no, err := strconv.Atoi(strings.TrimPrefix(string(c), "#c"))
	if err != nil {
		return 0
	}
	return 1 + no%(topics-1)
}

// part is a node's part in a channel, from Subscribe to Unsubscribe.
type part struct {
	channel chat.Conversation
	view    *view
}

// partIn returns the node's part in a channel, or nil.
func (n *node) partIn(c chat.Conversation) *part {
	for _, p := range n.parts {
		if p.channel == c {
			return p
		}
	}
	return nil
}

// follows says whether a node takes gossip of a topic.
func (n *node) follows(topic int) bool {
	return topic == 0 || slices.ContainsFunc(n.parts, func(p *part) bool { return topicOf(p.channel) == topic })
}

// subscribe makes a node a part of a channel. Gossip of its topic forms on the
// links that there are; repair finds others.
func (w *world) subscribe(n *node, c chat.Conversation) {
	if n.partIn(c) != nil || !c.IsChannel() {
		w.check.fail(0, "%s subscribed to %s, twice or wrongly", n.nick, c)
		return
	}
	topic := topicOf(c)
	had := n.follows(topic)
	n.parts = append(n.parts, &part{c, w.check.enter(n, c)})
	if !had {
		for _, l := range n.links {
			if l.mesh && l.other(n).follows(topic) {
				w.formLater(l, topic)
			}
		}
	}
	w.repairLater()
}

func (w *world) unsubscribe(n *node, c chat.Conversation) {
	p := n.partIn(c)
	if p == nil {
		w.check.fail(0, "%s unsubscribed from %s, where it was not", n.nick, c)
		return
	}
	p.view.over = true
	n.parts = slices.DeleteFunc(n.parts, func(o *part) bool { return o == p })
	if topic := topicOf(c); !n.follows(topic) {
		for _, l := range n.links {
			l.flow[0] &^= 1 << topic
			l.flow[1] &^= 1 << topic
		}
	}
	w.repairLater()
}

// formLater has gossip of a topic form on a link.
func (w *world) formLater(l *link, topic int) {
	for s := range l.end {
		w.after(2*w.o.Delay+w.upTo(formMax-2*w.o.Delay%formMax), func() { w.tellFormed(l, s, topic) })
	}
}

func (w *world) tellFormed(l *link, s, topic int) {
	switch {
	case l.seen[s] == coming:
		w.after(w.o.Delay+time.Millisecond, func() { w.tellFormed(l, s, topic) })
	case l.seen[s] == up && l.flow[s]&(1<<topic) == 0 && l.end[0].follows(topic) && l.end[1].follows(topic):
		l.flow[s] |= 1 << topic
		w.tell(l, s, chat.LinkFormed{Peer: l.end[1-s].id})
	}
}

// repair is what discovery and the redialling of lost peers come to: it joins
// the pieces into which the gossip of a topic has fallen, as far as they can
// reach each other.
func (w *world) repair() {
	for topic := range topics {
		w.repairTopic(topic)
	}
}

func (w *world) repairTopic(topic int) {
	root := make([]int32, len(w.nodes))
	for i := range root {
		root[i] = int32(i)
	}
	find := func(i int32) int32 {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	for _, n := range w.nodes {
		for _, l := range n.links {
			if l.mesh && l.whole() && l.end[0].follows(topic) && l.end[1].follows(topic) {
				root[find(l.end[0].i)] = find(l.end[1].i)
			}
		}
	}
	joined := map[int][]*node{} // by side of the partition; those of a side are one piece
	for _, n := range w.nodes {
		if !n.alive || !n.follows(topic) {
			continue
		}
		near := joined[n.group]
		joined[n.group] = append(near, n)
		if len(near) == 0 || find(near[0].i) == find(n.i) {
			continue
		}
		peer := near[w.rng.IntN(len(near))]
		root[find(n.i)] = find(peer.i)
		w.connect(n, peer, true)
	}
}

// repairLater has repair run within repairMax, once for faults that come together.
func (w *world) repairLater() {
	if w.repairAt < w.now+int64(repairMax/2) {
		w.repairAt = w.now + int64(repairMax)
		w.after(repairMax, w.repair)
	}
}
