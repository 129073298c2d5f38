package sim

import (
	"slices"

	"tincan/behaviour/chat"
)

// wire is a line of private sessions as the network sees it: a stream on a link,
// with the frames that are on the way to each end. It lives no longer than the
// link does for its ends.
type wire struct {
	link  *link
	name  [2]chat.Line // at each end; 0: not told of it yet, or not any more
	ended [2]bool      // by this end: it hears nothing more
	queue [2][]*chat.Frame
	due   [2]int64  // when the last of queue arrives
	shift [2]uint64 // Break "session": by how much the numbers of messages to each end are off
}

// openLine opens a line: the hello is the first frame on its way.
func (w *world) openLine(n *node, eff chat.OpenLine) {
	life := n.life
	fail := func(why string) {
		if n.alive && n.life == life {
			w.post(n, 0, chat.LineDone{Attempt: eff.Attempt, Err: why})
		}
	}
	to := w.byID[eff.To]
	if to == nil || to == n || eff.Hello == nil || eff.Hello.Kind != chat.FrameHello {
		w.check.fail(0, "%s opens a line to %q, or without a hello", n.nick, eff.To)
		return
	}
	l := w.links[pair(n, to)]
	known := l != nil && l.seen[l.side(n)] == up
	switch {
	case known && l.cut && w.chance(0.5), w.reachable(n, to) && w.chance(w.o.Loss/10):
		w.after(answerMax, func() { fail("timeout") })
		return
	case !known && !w.reachable(n, to):
		w.after(w.upTo(dialMax), func() { fail("cannot be reached") })
		return
	}
	d := w.delay()
	if !known {
		d += 3 * w.delay()
		w.connect(n, to, n.meshed() < maxMesh && to.meshed() < maxMesh)
	}
	w.after(d, func() {
		if !n.alive || n.life != life {
			return
		}
		l := w.links[pair(n, to)]
		if l == nil || l.seen[l.side(n)] != up || l.life[l.side(n)] != life {
			fail("the connection is gone")
			return
		}
		x := &wire{link: l}
		l.wires = append(l.wires, x)
		s := l.side(n)
		w.nameWire(x, s)
		w.tell(l, s, chat.LineDone{Attempt: eff.Attempt, Line: x.name[s]})
		w.pushFrame(x, 1-s, eff.Hello)
	})
}

func (w *world) nameWire(x *wire, s int) {
	w.lastLine++
	x.name[s] = w.lastLine
	x.link.end[s].wires[x.name[s]] = x
}

// sendFrame puts a frame on a line, unless it is gone.
func (w *world) sendFrame(n *node, eff chat.SendFrame) {
	x := n.wires[eff.Line]
	if x == nil {
		return
	}
	s := x.link.side(n)
	if x.ended[s] {
		return
	}
	f := eff.Frame
	if w.o.Break == "session" {
		if f = x.tamper(w, 1-s, f); f == nil {
			return
		}
	}
	w.pushFrame(x, 1-s, f)
}

// tamper is Break "session": a frame is lost or comes twice, and the numbers
// behind it are made to fit, so that no core can notice.
func (x *wire) tamper(w *world, to int, f *chat.Frame) *chat.Frame {
	forged := *f
	forged.Ack -= x.shift[1-to]
	if f.Kind == chat.FrameData {
		forged.First += x.shift[to]
		n := uint64(len(f.Messages))
		switch {
		case w.chance(0.1):
			x.shift[to] -= n
			return nil
		case w.chance(0.1):
			x.shift[to] += n
			w.pushFrame(x, to, &forged)
			again := forged
			again.First += n
			return &again
		}
	}
	return &forged
}

// closeWire is one end's wish to close a line: the other end hears of it when
// it has had the frames before.
func (w *world) closeWire(n *node, line chat.Line) {
	x := n.wires[line]
	if x == nil {
		return
	}
	s := x.link.side(n)
	if x.ended[s] {
		return
	}
	x.ended[s] = true
	w.pushFrame(x, 1-s, nil)
	w.after(w.delay(), func() { w.tellClosed(x, s, "") })
}

// pushFrame puts a frame on its way to an end; nil says that there are no more.
func (w *world) pushFrame(x *wire, to int, f *chat.Frame) {
	x.queue[to] = append(x.queue[to], f)
	x.due[to] = max(x.due[to], w.now+int64(w.delay()))
	w.queue.push(item{at: x.due[to], what: itemDo, do: func() { w.popFrame(x, to) }})
}

// popFrame brings the next frame to an end, unless the link is cut.
func (w *world) popFrame(x *wire, to int) {
	l := x.link
	if l.cut || l.seen[to] == gone || len(x.queue[to]) == 0 {
		return
	}
	f := x.queue[to][0]
	x.queue[to] = x.queue[to][1:]
	switch {
	case x.ended[to]:
	case f == nil:
		w.tellClosed(x, to, "")
	case x.name[to] == 0 && f.Kind != chat.FrameHello: // it was closed here
	default:
		if x.name[to] == 0 {
			if l.seen[to] != up { // the connection comes first
				l.seen[to] = up
				w.tell(l, to, chat.PeerUp{Peer: l.end[1-to].id})
			}
			w.nameWire(x, to)
		}
		w.tell(l, to, chat.FrameReceived{Line: x.name[to], From: l.end[1-to].id, Frame: f})
	}
}

// tellClosed is the last that an end hears of a line.
func (w *world) tellClosed(x *wire, s int, why string) {
	name := x.name[s]
	if name == 0 {
		return
	}
	x.name[s], x.ended[s] = 0, true
	n := x.link.end[s]
	if n.alive && n.life == x.link.life[s] {
		delete(n.wires, name)
	}
	w.tell(x.link, s, chat.LineClosed{Line: name, Err: why})
	if x.name[1-s] == 0 {
		x.link.wires = slices.DeleteFunc(x.link.wires, func(o *wire) bool { return o == x && len(x.queue[1-s]) == 0 })
	}
}

// cutWires ends all lines over a link for one end.
func (w *world) cutWires(l *link, s int) {
	for _, x := range slices.Clone(l.wires) {
		w.tellClosed(x, s, "the connection is gone")
	}
}

// resumeWires brings the frames that a link held while it was cut.
func (w *world) resumeWires(l *link) {
	for _, x := range l.wires {
		for to := range x.queue {
			for range x.queue[to] {
				x.due[to] = max(x.due[to], w.now+int64(w.delay()))
				w.queue.push(item{at: x.due[to], what: itemDo, do: func() { w.popFrame(x, to) }})
			}
		}
	}
}

// snap breaks the connections of a node that have lines: what is on the way is lost.
func (w *world) snap(n *node, atOnce bool) {
	if !n.alive {
		return
	}
	for _, l := range slices.Clone(n.links) {
		if len(l.wires) > 0 && l.whole() {
			w.sever(l, atOnce)
		}
	}
	w.repairLater()
}
