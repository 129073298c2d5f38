package sim

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"tincan/behaviour/chat"
)

// node is a core with its place in the network. A crash ends a life of it; the
// next one starts with the identity, and with what is on its disk if it has one.
type node struct {
	i       int32
	id      chat.PeerID
	nick    string // what its owner is called at first
	renames int    // how often he has changed that
	clock   ticking
	cost    time.Duration // for each event, when it is slow
	home    []int32       // whom it dials at a start
	dialled []int32       // who has it as home
	group   int           // side of the partition

	alive    bool
	leaving  bool // its owner has quit
	quits    bool // and will not come back
	life     int32
	base     int32 // its database: a life that finds one on its disk goes on with it
	keeps    keeping
	disk     *disk // nil: it keeps nothing
	saves    uint64
	log      chat.LogKey         // of the first log that this database writes
	own      map[chat.LogID]bool // those that it has written
	doubt    bool                // what it has shown may not be on its disk: nothing can be saved
	renamed  int64               // when that was last
	revived  bool                // this life found a database
	excused  bool                // what it had was not all on its disk
	troubled bool                // its disk has been in trouble
	began    int64
	core     *chat.Core
	links    []*link
	seen     bits                        // envelopes that its network layer has seen
	view     *view                       // of its database, other than of channels
	views    map[chat.Conversation]*view // of channels, where they outlive a part in one
	parts    []*part                     // the channels that it is in
	users    []*user                     // the owner first, then guests as they came; those who have gone too
	wires    map[chat.Line]*wire
	busy     int64        // when it has handled what it was given
	alarm    int64        // when its next wake is due, or 0
	lines    []typed      // that wait because the core is saturated, or their user for an answer
	waiting  []chat.Event // what waits because too much is not saved yet

	publishing map[chat.Conversation]bool
	sending    map[chat.PeerID]bool
	syncing    map[chat.PeerID]bool

	second  int64 // the virtual second that effects and calls count
	effects int
	calls   int

	withheld *chat.Notify // Break "order": a message that is to be shown after the next one
}

// start begins a life of a node, with a new disk if wipe says so.
func (w *world) start(n *node, wipe bool) {
	if n.alive {
		return
	}
	n.alive, n.leaving, n.quits, n.life, n.began = true, false, false, n.life+1, w.now
	n.seen, n.links, n.lines, n.busy, n.alarm, n.withheld = nil, nil, nil, 0, 0, nil
	n.parts, n.wires, n.waiting, n.saves, n.doubt = nil, map[chat.Line]*wire{}, nil, 0, false
	n.publishing, n.sending, n.syncing = map[chat.Conversation]bool{}, map[chat.PeerID]bool{}, map[chat.PeerID]bool{}
	n.clock.found = false
	rng := rand.New(rand.NewPCG(w.o.Seed, uint64(n.i)<<32|uint64(n.life)))
	var log chat.LogID
	for i := range log {
		log[i] = byte(rng.Uint32())
	}
	var past *chat.Past
	if n.revived = n.keeps == keepsOnDisk && n.disk != nil && !wipe; n.revived {
		past = n.disk.past()
		w.check.revived(n)
	} else {
		n.begin(w, chat.LogKey{Author: n.id, Log: log})
	}
	n.core = chat.New(chat.Config{
		Me: n.id, Log: log, Keeps: n.disk != nil, Durable: n.keeps == keepsOnDisk, Past: past, Name: n.claimed(), Network: "sim", Expecting: true,
		Number: func(p chat.PeerID) int {
			if peer := w.byID[p]; peer != nil {
				return int(peer.i) + 1
			}
			return 0
		},
		ByNumber: func(no int) (chat.PeerID, bool) {
			if no < 1 || no > len(w.nodes) {
				return "", false
			}
			return w.nodes[no-1].id, true
		},
		Seal: func(e *chat.Envelope) { w.check.seal(n, e) },
		Rand: rng,
	})
	w.feed(n, chat.Started{Addrs: []string{"sim/" + strconv.Itoa(int(n.i))}})
	if n.revived {
		w.ask(n.users[0], chat.ListSessions{}) // he looks where he is
	}
	w.after(w.upTo(500*time.Millisecond), func() { w.dialHome(n) })
	w.repairLater()
}

// begin is the first life with a database, or one without any.
func (n *node) begin(w *world, log chat.LogKey) {
	n.base, n.log, n.own, n.views, n.users = n.life, log, map[chat.LogID]bool{}, nil, nil
	switch n.disk = nil; n.keeps {
	case keepsHere:
		n.disk, n.views = &disk{}, map[chat.Conversation]*view{}
	case keepsOnDisk:
		n.disk, n.views = &disk{durable: true}, map[chat.Conversation]*view{}
	}
	n.view = w.check.begin(n, "")
	w.addUser(n, 0)
}

// vanish ends a life of a node without a word to its core.
func (w *world) vanish(n *node, op Op) {
	if !n.alive {
		return
	}
	links := w.leaveLinks(n)
	w.endDisk(n, op, true)
	w.check.crashed(n, op.Lose > 0)
	for _, l := range links {
		w.sever(l, op.AtOnce)
	}
}

// stop ends a life of a node that has said what it had to say: that arrives.
func (w *world) stop(n *node) {
	links := w.leaveLinks(n)
	w.endDisk(n, Op{}, false)
	w.check.crashed(n, false)
	for _, l := range links {
		other := 1 - l.side(n)
		w.after(10*w.o.Delay+time.Millisecond, func() {
			l.cut = true
			if l.seen[other] != gone {
				w.tellDown(l, other)
			}
		})
	}
}

// leaveLinks ends a node's life and its part in its links, and returns them.
func (w *world) leaveLinks(n *node) []*link {
	links := n.links
	if !n.alive {
		return nil
	}
	n.alive, n.links = false, nil
	for _, l := range links {
		l.seen[l.side(n)] = gone
	}
	w.repairLater()
	return links
}

// meshed counts the gossip neighbours of a node.
func (n *node) meshed() (count int) {
	for _, l := range n.links {
		if l.mesh {
			count++
		}
	}
	return count
}

// post has an event reach a node after a while.
func (w *world) post(n *node, d time.Duration, ev chat.Event) {
	w.queue.push(item{at: w.now + int64(d), what: itemEvent, node: n.i, life: n.life, ev: ev})
}

// feed gives an event to the core: now, or when a slow node comes to it. Only
// happen and what it calls directly may use it, never what carries out effects.
func (w *world) feed(n *node, ev chat.Event) {
	if n.cost == 0 && n.busy <= w.now {
		w.handle(n, ev)
		return
	}
	n.busy = max(n.busy, w.now) + int64(n.cost)
	w.queue.push(item{at: n.busy, what: itemHandle, node: n.i, life: n.life, ev: ev})
}

func (w *world) handle(n *node, ev chat.Event) {
	saved, isSaved := ev.(chat.Saved)
	if !isSaved && (len(n.waiting) > 0 || n.core.Congested()) {
		n.waiting = append(n.waiting, ev)
		return
	}
	w.take(n, ev)
	if isSaved && n.alive {
		w.check.savedUpTo(n, saved)
		for len(n.waiting) > 0 && n.alive && !n.core.Congested() {
			ev := n.waiting[0]
			n.waiting = n.waiting[1:]
			w.take(n, ev)
		}
	}
}

// take gives an event to the core.
func (w *world) take(n *node, ev chat.Event) {
	w.journalEvent(n, ev)
	switch ev := ev.(type) {
	case chat.Published:
		delete(n.publishing, ev.Conversation)
	case chat.SendDone:
		delete(n.sending, ev.To)
	case chat.SyncDone:
		delete(n.syncing, ev.With)
	}
	w.carryOut(n, n.core.HandleEvent(w.clock(n), ev))
	for len(n.lines) > 0 && n.alive && !n.core.Saturated() && !n.lines[0].by.unsure() {
		do := n.lines[0].do
		n.lines = n.lines[1:]
		do()
	}
}

// ring gives the core its Tick if the time that it asked for has come.
func (w *world) ring(n *node, at int64) {
	if n.alarm != at {
		return
	}
	n.alarm = 0
	if wake := n.core.Wake(); !wake.IsZero() && !wake.After(w.clock(n)) {
		w.feed(n, chat.Tick{})
	}
	w.setAlarm(n)
}

func (w *world) setAlarm(n *node) {
	wake := n.core.Wake()
	if wake.IsZero() {
		n.alarm = 0
		return
	}
	at := max(w.now, w.rings(n, wake))
	if n.busy > w.now {
		at = max(at, n.busy) // a slow node rings when it has caught up
	}
	if n.alarm != at {
		n.alarm = at
		w.queue.push(item{at: at, what: itemWake, node: n.i, life: n.life})
	}
}

// carryOut carries out the effects of one call. It never calls the core.
func (w *world) carryOut(n *node, effects []chat.Effect) {
	if second := w.now / int64(time.Second); n.second != second {
		n.second, n.effects, n.calls = second, 0, 0
	}
	n.calls++
	if n.effects += len(effects); n.effects > maxEffects || n.calls > maxCalls {
		w.check.fail(0, "%s made %d effects in %d calls within a second", n.nick, n.effects, n.calls)
		return
	}
	for _, eff := range effects {
		w.do(n, eff)
		if !n.alive {
			return
		}
	}
	w.setAlarm(n)
}

func (w *world) do(n *node, eff chat.Effect) {
	w.journalEffect(n, eff)
	w.check.carried(n, eff)
	switch eff := eff.(type) {
	case chat.Save:
		w.save(n, eff)
	case chat.Recall:
		w.recall(n, eff)
	case chat.Publish:
		w.once(n, n.publishing[eff.Envelope.Conversation], "publish")
		n.publishing[eff.Envelope.Conversation] = true
		w.publish(n, eff.Envelope)
	case chat.Subscribe:
		w.subscribe(n, eff.Conversation)
	case chat.Unsubscribe:
		w.unsubscribe(n, eff.Conversation)
	case chat.OpenLine:
		w.openLine(n, eff)
	case chat.SendFrame:
		w.sendFrame(n, eff)
	case chat.CloseLine:
		w.closeWire(n, eff.Line)
	case chat.Hangup:
		w.hangup(n, eff.Peer)
	case chat.Send:
		w.once(n, n.sending[eff.To], "send")
		n.sending[eff.To] = true
		w.send(n, eff)
	case chat.Sync:
		w.once(n, n.syncing[eff.With], "sync")
		n.syncing[eff.With] = true
		w.sync(n, eff)
	case chat.Answer:
		if x := w.tickets[eff.Ticket]; x != nil {
			w.answer(n, eff.Ticket, x.outcome(eff.Verdict, eff.Last))
			break
		}
		w.answer(n, eff.Ticket, nil)
	case chat.AnswerSync:
		w.answer(n, eff.Ticket, chat.SyncDone{With: n.id, Deltas: n.fill(eff.Deltas)})
	case chat.AskLinks:
		w.askLinks(n, eff)
	case chat.AnswerLinks:
		w.answer(n, eff.Ticket, chat.LinksDone{With: n.id, Links: eff.Links})
	case chat.Find:
		d := w.upTo(time.Second)
		w.after(d, func() {
			peer := w.byID[eff.Peer]
			if n.alive {
				w.post(n, 0, chat.FindDone{Peer: eff.Peer, Found: peer != nil && w.reachable(n, peer)})
			}
		})
	case chat.Dial:
		w.dial(n, eff.Addr)
	case chat.Inspect:
		w.inspect(n)
	case chat.Notify:
		w.show(n, eff)
	case chat.Stop:
		w.stop(n)
	}
}

// once fails the run when the core asks for a second one of what it may have
// one under way.
func (w *world) once(n *node, already bool, what string) {
	if already {
		w.check.fail(0, "%s has two of %s under way at once", n.nick, what)
	}
}

func (w *world) dial(n *node, addr string) {
	life := n.life
	w.after(w.upTo(time.Second), func() {
		if !n.alive || n.life != life {
			return
		}
		no, err := strconv.Atoi(strings.TrimPrefix(addr, "sim/"))
		if err != nil || no < 0 || no >= len(w.nodes) || !w.reachable(n, w.nodes[no]) {
			w.post(n, 0, chat.DialDone{Addr: addr, Err: "nobody there"})
			return
		}
		w.connect(n, w.nodes[no], true)
		w.post(n, 0, chat.DialDone{Addr: addr, Peer: w.nodes[no].id})
	})
}

// hangup closes the connection to a peer, whom the node does not dial again.
func (w *world) hangup(n *node, id chat.PeerID) {
	peer := w.byID[id]
	if peer == nil || peer == n {
		w.check.fail(0, "%s hangs up on %q", n.nick, id)
		return
	}
	n.home = slices.DeleteFunc(n.home, func(i int32) bool { return i == peer.i })
	n.dialled = slices.DeleteFunc(n.dialled, func(i int32) bool { return i == peer.i })
	if l := w.links[pair(n, peer)]; l != nil {
		w.after(0, func() { w.close(l) })
	}
	w.repairLater()
}

func (w *world) inspect(n *node) {
	var links []chat.Link
	for _, l := range n.links {
		if l.seen[l.side(n)] == up {
			links = append(links, chat.Link{Peer: l.other(n).id, Path: "direct", Addr: "sim/" + strconv.Itoa(int(l.other(n).i)), RTTms: 2 * w.o.Delay.Seconds() * 1000})
		}
	}
	w.post(n, 0, chat.Inspected{Links: links})
}
