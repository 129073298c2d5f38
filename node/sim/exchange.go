package sim

import (
	"time"

	"tincan/behaviour/chat"
)

// exchange is a request with its answer: a Send, a Sync or AskLinks.
type exchange struct {
	from, to *node
	fromLife int32
	toLife   int32
	envelope *chat.Envelope // of a Send
	request  func(chat.Ticket) chat.Event
	failure  func(why string) chat.Event
	outcome  func(chat.Verdict, uint64) chat.Event // of a Send
	arrived  bool
	answered bool // by the other core
	done     bool // told to the asking core
}

// begin carries out a request. It ends with exactly one event at the asking node:
// the outcome, or a failure within answerMax and a little.
func (w *world) begin(x *exchange) {
	w.after(answerMax, func() {
		if x.arrived && !x.answered && x.to.alive && x.to.life == x.toLife && x.to.cost == 0 && x.to.busy <= w.now {
			w.check.fail(0, "%s left a ticket without an answer for %s", x.to.nick, answerMax)
		}
		w.finish(x, x.failure("timeout"))
	})
	l := w.links[pair(x.from, x.to)]
	connected := l != nil && l.seen[l.side(x.from)] == up
	if connected && !w.reachable(x.from, x.to) {
		return // nobody has noticed yet; it ends by timeout
	}
	if !w.reachable(x.from, x.to) {
		w.after(w.upTo(dialMax), func() { w.finish(x, x.failure("cannot be reached")) })
		return
	}
	d := w.delay()
	if l == nil || !l.whole() {
		d += 3 * w.delay()
		mesh := x.from.meshed() < maxMesh && x.to.meshed() < maxMesh
		w.connect(x.from, x.to, mesh)
	}
	x.toLife = x.to.life
	if w.chance(w.o.Loss / 10) {
		return
	}
	w.after(d, func() {
		if !w.reachable(x.from, x.to) || x.to.life != x.toLife || x.from.life != x.fromLife {
			return
		}
		x.arrived = true
		w.lastTicket++
		w.tickets[w.lastTicket] = x
		w.post(x.to, 0, x.request(w.lastTicket))
	})
}

// answer brings a core's answer back to the asker, unless it is lost.
func (w *world) answer(n *node, t chat.Ticket, outcome chat.Event) {
	x := w.tickets[t]
	if x == nil || x.to != n || x.toLife != n.life {
		w.check.fail(0, "%s answered ticket %d that it does not have", n.nick, t)
		return
	}
	delete(w.tickets, t)
	x.answered = true
	if w.chance(w.o.Loss / 10) {
		return
	}
	w.after(w.delay(), func() {
		if w.reachable(x.from, x.to) {
			w.finish(x, outcome)
		}
	})
}

// finish tells the asking core the outcome, once and in the life that asked.
func (w *world) finish(x *exchange, ev chat.Event) {
	if x.done {
		return
	}
	x.done = true
	if x.from.alive && x.from.life == x.fromLife {
		w.post(x.from, 0, ev)
	}
}

func (w *world) send(n *node, eff chat.Send) {
	x := &exchange{from: n, fromLife: n.life, envelope: eff.Envelope,
		request: func(t chat.Ticket) chat.Event {
			return chat.DirectReceived{Ticket: t, From: n.id, Envelope: eff.Envelope, Floor: eff.Floor}
		},
		failure: func(why string) chat.Event {
			return chat.SendDone{To: eff.To, Last: eff.Envelope.Last(), Err: why}
		},
		outcome: func(v chat.Verdict, last uint64) chat.Event {
			if v == chat.Stored && last < eff.Envelope.Last() {
				return chat.SendDone{To: eff.To, Last: eff.Envelope.Last(), Err: "the receipt is for less"}
			}
			return chat.SendDone{To: eff.To, Last: eff.Envelope.Last(), Held: last, Verdict: v}
		},
	}
	if w.o.Break == "stall" && n.i%3 == 0 {
		return
	}
	if x.to = w.byID[eff.To]; x.to == nil || x.to == n {
		w.check.fail(0, "%s sends to %q", n.nick, eff.To)
		return
	}
	w.begin(x)
}

func (w *world) sync(n *node, eff chat.Sync) {
	deltas := n.fill(eff.Deltas)
	x := &exchange{from: n, fromLife: n.life,
		request: func(t chat.Ticket) chat.Event {
			return chat.SyncRequested{Ticket: t, From: n.id, Deltas: deltas}
		},
		failure: func(why string) chat.Event { return chat.SyncDone{With: eff.With, Err: why} },
	}
	if x.to = w.byID[eff.With]; x.to == nil || x.to == n {
		w.check.fail(0, "%s syncs with %q", n.nick, eff.With)
		return
	}
	if w.o.Break == "repair" {
		w.after(time.Second, func() { w.finish(x, x.failure("swallowed")) })
		return
	}
	w.begin(x)
}

func (w *world) askLinks(n *node, eff chat.AskLinks) {
	x := &exchange{from: n, fromLife: n.life,
		request: func(t chat.Ticket) chat.Event { return chat.LinksAsked{Ticket: t, From: n.id} },
		failure: func(why string) chat.Event { return chat.LinksDone{With: eff.With, Err: why} },
	}
	if x.to = w.byID[eff.With]; x.to == nil || x.to == n {
		w.check.fail(0, "%s asks %q for its links", n.nick, eff.With)
		return
	}
	w.begin(x)
}
