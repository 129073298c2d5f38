package sim

import (
	"slices"
	"time"

	"tincan/behaviour/chat"
)

// link is a connection between two nodes. Each end learns of its beginning and
// its end at its own time.
type link struct {
	end   [2]*node
	life  [2]int32
	seen  [2]ending
	flow  [2]uint32 // topics of which gossip from this end reaches the other
	mesh  bool      // gossip flows or is going to
	cut   bool      // nothing gets through, whether or not the ends know
	held  []held    // what was sent while it was cut
	wires []*wire   // the lines over it
}

// ending is what an end of a link knows of it.
type ending uint8

const (
	coming ending = iota // not told yet
	up                   // PeerUp
	gone                 // PeerDown, or never to be told
)

// held is an envelope in the queue of a cut link.
type held struct {
	to  *node
	env int32
}

func pair(a, b *node) [2]int32 { return [2]int32{min(a.i, b.i), max(a.i, b.i)} }

// side is 0 or 1: which end of the link n is.
func (l *link) side(n *node) int {
	if l.end[0] == n {
		return 0
	}
	return 1
}

func (l *link) other(n *node) *node { return l.end[1-l.side(n)] }

// whole says that both ends live and take the link for usable.
func (l *link) whole() bool {
	for s, n := range l.end {
		if !n.alive || n.life != l.life[s] || l.seen[s] == gone {
			return false
		}
	}
	return !l.cut
}

func (w *world) reachable(a, b *node) bool { return a.alive && b.alive && a.group == b.group }

// connect makes a link, unless there is one, and has gossip form on it if mesh
// says so. A link of which an end is gone, or that belongs to an earlier life,
// is replaced.
func (w *world) connect(a, b *node, mesh bool) {
	if a == b || !w.reachable(a, b) {
		return
	}
	l := w.links[pair(a, b)]
	if l != nil && !l.whole() {
		w.close(l)
		l = nil
	}
	if l == nil {
		l = &link{end: [2]*node{a, b}, life: [2]int32{a.life, b.life}}
		w.links[pair(a, b)] = l
		a.links, b.links = append(a.links, l), append(b.links, l)
		for s := range l.end {
			w.after(w.delay(), func() { w.tellUp(l, s) })
		}
	}
	if mesh && !l.mesh {
		l.mesh = true
		for topic := range topics {
			if a.follows(topic) && b.follows(topic) {
				w.formLater(l, topic)
			}
		}
	}
}

func (w *world) tellUp(l *link, s int) {
	if l.seen[s] == coming {
		l.seen[s] = up
		w.tell(l, s, chat.PeerUp{Peer: l.end[1-s].id})
	}
}

// tellDown ends a link for one of its ends.
func (w *world) tellDown(l *link, s int) {
	if l.seen[s] == up {
		w.cutWires(l, s)
		w.tell(l, s, chat.PeerDown{Peer: l.end[1-s].id})
	}
	l.seen[s], l.flow[s] = gone, 0
	l.held = nil
	n := l.end[s]
	if i := slices.Index(n.links, l); i >= 0 {
		n.links = slices.Delete(n.links, i, i+1)
	}
	if l.seen[1-s] == gone && w.links[pair(l.end[0], l.end[1])] == l {
		delete(w.links, pair(l.end[0], l.end[1]))
	}
}

// tell brings an event to an end of a link, if that life still runs.
func (w *world) tell(l *link, s int, ev chat.Event) {
	if n := l.end[s]; n.alive && n.life == l.life[s] {
		w.post(n, 0, ev)
	}
}

// close ends a link for both ends now.
func (w *world) close(l *link) {
	w.tellDown(l, 0)
	w.tellDown(l, 1)
}

// sever cuts a link; its ends notice at once or within noticeMax.
func (w *world) sever(l *link, atOnce bool) {
	l.cut = true
	for s := range l.end {
		var d time.Duration
		if !atOnce {
			d = w.upTo(noticeMax)
		}
		w.after(d, func() {
			if l.cut && l.seen[s] != gone {
				w.tellDown(l, s)
			}
		})
	}
}

// partition puts the nodes of set apart from all others.
func (w *world) partition(set []int, atOnce bool) {
	for _, i := range set {
		w.nodes[i].group = 1
	}
	for _, n := range w.nodes {
		for _, l := range slices.Clone(n.links) {
			if l.end[0] == n && l.whole() && l.end[0].group != l.end[1].group {
				w.sever(l, atOnce)
			}
		}
	}
	w.repairLater()
}

// heal ends a partition. A link of which neither end has noticed works on and
// brings what it held; the others are made again.
func (w *world) heal() {
	for _, n := range w.nodes {
		n.group = 0
	}
	for _, n := range w.nodes {
		for _, l := range slices.Clone(n.links) {
			if !l.cut || l.end[0] != n && l.seen[0] != gone {
				continue
			}
			l.cut = false
			switch {
			case l.whole():
				for _, h := range l.held {
					w.hopAfter(l, l.other(h.to), h.env, w.delay())
				}
				l.held = nil
				w.resumeWires(l)
			case l.end[0].alive && l.life[0] == l.end[0].life && l.end[1].alive && l.life[1] == l.end[1].life:
				w.close(l) // the end that had noticed resets it
			default:
				l.cut = true // its other end has died
			}
		}
		w.after(w.upTo(repairMax), func() { w.dialHome(n) })
	}
	w.repairLater()
}

// dialHome connects a node to those that it knows.
func (w *world) dialHome(n *node) {
	for _, h := range n.home {
		w.connect(n, w.nodes[h], true)
	}
	for _, g := range n.dialled {
		w.connect(n, w.nodes[g], true)
	}
}
