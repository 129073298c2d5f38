package sim

import (
	"slices"
	"time"

	"tincan/behaviour/chat"
)

// keeping is what a node has for what it must not forget.
type keeping uint8

const (
	keepsNothing keeping = iota // all that is said before a core is given a store
	keepsHere                   // a store in memory, which ends with the node
	keepsOnDisk                 // a disk, which outlives it
)

// disk is the store of a node: what it holds is what Past.Apply and book say of the
// changes. A disk has a queue; one commit is under way at a time and takes all that
// is queued when it begins. A node that crashes loses the queue. Of a commit that
// is under way it loses all, nothing, or where writes are torn some of the last
// saves: never a part of one.
type disk struct {
	durable bool
	saves   []chat.Save // durable, in order
	queue   []chat.Save // not durable yet
	flying  int         // how many of queue the commit under way takes; 0: there is none
	why     string      // nothing can be saved, and why
	told    bool        // the core has been told so
	tries   bool        // it tries again later
	retry   time.Duration
	drag    time.Duration // what a commit takes besides
	book    book
}

// commitMin and commitMax are the times that a commit takes: those of a good and a
// tired disk.
const (
	commitMin = 200 * time.Microsecond
	commitMax = 12 * time.Millisecond
)

// retryMin doubles up to retryMax between attempts to save when nothing can be.
const (
	retryMin = time.Second
	retryMax = 30 * time.Second
)

// past is what the durable saves add up to: a core takes it as its own.
func (d *disk) past() *chat.Past {
	p := new(chat.Past)
	for _, s := range d.saves {
		for _, ch := range s.Changes {
			p.Apply(ch)
		}
	}
	return p
}

// save takes what a core wants to be kept.
func (w *world) save(n *node, s chat.Save) {
	d := n.disk
	if d == nil || s.N != n.saves+1 || len(s.Changes) == 0 {
		w.check.fail(0, "%s makes save %d of %d changes after %d", n.nick, s.N, len(s.Changes), n.saves)
		return
	}
	n.saves = s.N
	w.check.saved(n, s)
	if w.o.Break == "leak" && w.chance(0.02) && w.check.secret != nil {
		s.Changes = append(slices.Clone(s.Changes), w.check.secret)
	}
	if !d.durable {
		d.book.add(s)
		return
	}
	d.queue = append(d.queue, s)
	if w.o.Break == "receipt" {
		w.post(n, 0, chat.Saved{Through: s.N})
	}
	if d.flying == 0 && !d.tries {
		w.commit(n)
	}
}

// commit begins to make durable what is queued.
func (w *world) commit(n *node) {
	d := n.disk
	d.flying = len(d.queue)
	life := n.life
	w.after(commitMin+w.upTo(commitMax)+w.upTo(d.drag), func() {
		if n.alive && n.life == life {
			w.committed(n)
		}
	})
}

// committed is the end of a commit: it is durable, or the disk is full.
func (w *world) committed(n *node) {
	d := n.disk
	if d.why != "" {
		d.flying = 0
		if !d.told {
			d.told = true
			w.post(n, 0, chat.Saved{Through: d.queue[len(d.queue)-1].N, Err: d.why})
		}
		w.retryCommit(n)
		return
	}
	d.told, d.retry = false, 0
	through := d.keep(d.flying)
	if w.o.Break == "forget" && w.chance(0.1) {
		d.lose(1)
	}
	w.post(n, 0, chat.Saved{Through: through})
	if len(d.queue) > 0 {
		w.commit(n)
	}
}

func (w *world) retryCommit(n *node) {
	d, life := n.disk, n.life
	d.tries = true
	d.retry = min(max(2*d.retry, retryMin), retryMax)
	w.after(d.retry, func() {
		if n.disk == d && n.life == life {
			d.tries = false
		}
		if n.alive && n.life == life && n.disk == d && d.flying == 0 && len(d.queue) > 0 {
			w.commit(n)
		}
	})
}

// keep makes the first of what is queued durable and returns the last of them.
func (d *disk) keep(count int) (through uint64) {
	for _, s := range d.queue[:count] {
		d.saves = append(d.saves, s)
		d.book.add(s)
		through = s.N
	}
	d.queue = append([]chat.Save(nil), d.queue[count:]...)
	d.flying = 0
	return through
}

// lose takes the last saves back, as a disk does that has lied.
func (d *disk) lose(count int) {
	d.saves = d.saves[:max(0, len(d.saves)-count)]
	d.book = book{}
	for _, s := range d.saves {
		d.book.add(s)
	}
}

// end is what a node leaves on its disk when it ends: in a crash what was durable
// and perhaps some of what was to be, in order; else all, if it can be saved.
func (w *world) endDisk(n *node, op Op, crash bool) {
	d := n.disk
	switch {
	case d == nil || !d.durable:
		return
	case !crash && d.why == "":
		d.keep(len(d.queue))
	case crash && d.flying > 0 && d.why == "":
		most := d.flying
		if !op.Torn && w.chance(0.5) {
			most = 0
		} else if op.Torn {
			most = w.rng.IntN(d.flying + 1)
		}
		d.keep(most)
	}
	d.queue, d.flying, d.told, d.tries, d.retry = nil, 0, false, false, 0
	if op.Lose > 0 {
		d.lose(op.Lose)
	}
}

// fillDisk makes a disk save nothing more, and freeDisk lets it save again.
func (w *world) fillDisk(n *node, why string) {
	if n.disk != nil && n.disk.durable {
		n.disk.why = why
		n.troubled = true
	}
}

func (w *world) freeDisk(n *node) {
	if n.disk != nil {
		n.disk.why = ""
	}
}
