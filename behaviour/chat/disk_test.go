package chat

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"
)

// disk is the store of one core of a script, as Past.Apply defines stores: it
// makes Saves durable, answers Recall, and adds what a turn of a sync carries from
// disk. It outlives the core: a core that joins anew, keeping the same disk, goes
// on where the last one was. What is not durable when a core crashes is lost.
//
//	d := s.disk("a")
//	s.join("a", keeping(d))
//	…
//	s.crash("a")
//	s.restart("a")
type disk struct {
	s       *script
	changes []Change // durable, in order
	rows    []diskRow
	lives   byte
	asked   []Save // not durable yet

	slow   bool                  // saves wait for sync
	broken string                // why nothing can be saved, or ""
	crash  func(after bool) bool // asked before and after each save becomes durable whether the node crashes there
}

// diskRow is an envelope, or a message that nobody has signed.
type diskRow struct {
	envelope *Envelope
	one      Placed
	state    State
}

// disk makes an empty disk for a core.
func (s *script) disk(who string) *disk {
	d := &disk{s: s}
	s.disks[who] = d
	return d
}

// keeping is the config of the next life of the core that a disk belongs to.
func keeping(d *disk) func(*Config) {
	return func(cfg *Config) {
		d.lives++
		d.asked = nil
		cfg.Keeps, cfg.Durable = true, true
		cfg.Log = LogID{d.lives}
		cfg.Past = d.past()
		d.s.disks[string(cfg.Me)] = d
	}
}

// newKeptScript is newScript with a disk for each core, and all of them started.
func newKeptScript(t *testing.T, names ...string) *script {
	s := newScript(t)
	for _, n := range names {
		s.join(n, keeping(s.disk(n)))
		s.play(n, Started{})
	}
	s.forget()
	return s
}

// past is what the durable changes add up to.
func (d *disk) past() *Past {
	p := new(Past)
	for _, ch := range d.changes {
		p.Apply(ch)
	}
	return p
}

// save takes a Save of the core, and makes it durable unless the disk is slow.
func (d *disk) save(who string, e Save) {
	d.asked = append(d.asked, e)
	if !d.slow {
		d.sync(who)
	}
}

// sync makes durable what was asked for.
func (d *disk) sync(who string) {
	if len(d.asked) == 0 {
		return
	}
	through := d.asked[len(d.asked)-1].N
	if d.broken != "" {
		d.s.happen(who, Saved{Through: through, Err: d.broken})
		return
	}
	for len(d.asked) > 0 {
		if d.crash != nil && d.crash(false) {
			d.s.crash(who)
			return
		}
		d.apply(d.asked[0])
		d.asked = d.asked[1:]
		if d.crash != nil && d.crash(true) {
			d.s.crash(who)
			return
		}
	}
	d.s.happen(who, Saved{Through: through})
}

func (d *disk) apply(save Save) {
	for _, ch := range save.Changes {
		d.changes = append(d.changes, ch)
		switch ch := ch.(type) {
		case Kept:
			row := diskRow{envelope: ch.Envelope}
			if ch.Open {
				row.state = Queued
			}
			d.rows = append(d.rows, row)
		case Recorded:
			d.rows = append(d.rows, diskRow{one: Placed{ch.ID, *ch.Message}})
		case Settled:
			for i := range d.rows {
				if e := d.rows[i].envelope; e != nil && e.Conversation == ch.Conversation && e.Key() == ch.LogKey && e.Last() <= ch.Last && d.rows[i].state == Queued {
					d.rows[i].state = ch.State
				}
			}
		case Forgotten:
			d.rows = slices.DeleteFunc(d.rows, func(r diskRow) bool { return r.conversation() == ch.Conversation })
		}
	}
}

func (r *diskRow) conversation() Conversation {
	if r.envelope != nil {
		return r.envelope.Conversation
	}
	return r.one.ID.Conversation
}

// messages are the messages of a row, placed.
func (r *diskRow) messages() []Placed {
	if r.envelope == nil {
		return []Placed{r.one}
	}
	var all []Placed
	for i := range r.envelope.Messages {
		all = append(all, Placed{r.envelope.ID(i), r.envelope.Messages[i]})
	}
	return all
}

// recall answers a question about history.
func (d *disk) recall(e Recall) Recalled {
	var items []Memory
	var after, before *Placed
	for i := range d.rows {
		r := &d.rows[i]
		if e.Conversation != "" && r.conversation() != e.Conversation {
			continue
		}
		for _, m := range r.messages() {
			switch m.ID.Ref {
			case e.After:
				after = &m
			case e.Before:
				before = &m
			}
			if hasWords(m.Body, e.Words) {
				items = append(items, Memory{Placed: m, State: r.state})
			}
		}
	}
	slices.SortFunc(items, func(a, b Memory) int {
		if Less(a.Placed, b.Placed) {
			return -1
		}
		return 1
	})
	if e.After.Seq != 0 && after == nil || e.Before.Seq != 0 && before == nil {
		return Recalled{N: e.N, Unknown: true}
	}
	beyond := after != nil || slices.ContainsFunc(items, func(m Memory) bool { return m.Stamp < e.Since })
	items = slices.DeleteFunc(items, func(m Memory) bool { return !e.Window.Has(m.Placed, after, before) })
	more := len(items) > e.Limit
	switch {
	case more && e.First:
		items = items[:e.Limit]
	case more:
		items = items[len(items)-e.Limit:]
	}
	return Recalled{N: e.N, Items: items, More: more, Beyond: beyond}
}

func hasWords(body, words string) bool {
	for _, w := range strings.Fields(words) {
		if !strings.Contains(body, w) {
			return false
		}
	}
	return true
}

// fill puts into the turns of a sync what they carry from disk: of each log in the
// order of its numbers, the logs against each other as they were kept.
func (d *disk) fill(deltas []Delta) []Delta {
	deltas = slices.Clone(deltas)
	for i := range deltas {
		delta := &deltas[i]
		if len(delta.Stored) == 0 {
			continue
		}
		all := append(d.read(delta.Conversation, delta.Stored), delta.Envelopes...)
		size, n := 0, 0
		for n < len(all) && (n == 0 || size+len(all[n].Raw) <= delta.Budget) {
			size += len(all[n].Raw)
			n++
		}
		delta.Envelopes, delta.More = all[:n], delta.More || n < len(all)
		delta.Stored, delta.Budget = nil, 0
	}
	return deltas
}

// read merges the rows of some ranges.
func (d *disk) read(conv Conversation, ranges []Range) (all []*Envelope) {
	type run struct{ rows []int }
	var runs []run
	for _, g := range ranges {
		var r run
		for i := range d.rows {
			if e := d.rows[i].envelope; e != nil && e.Conversation == conv && e.Key() == g.LogKey && e.First <= g.Last && e.Last() >= g.First {
				r.rows = append(r.rows, i)
			}
		}
		slices.SortStableFunc(r.rows, func(a, b int) int { return cmp.Compare(d.rows[a].envelope.First, d.rows[b].envelope.First) })
		if len(r.rows) > 0 {
			runs = append(runs, r)
		}
	}
	for len(runs) > 0 {
		next := 0
		for i := range runs {
			if runs[i].rows[0] < runs[next].rows[0] {
				next = i
			}
		}
		all = append(all, d.rows[runs[next].rows[0]].envelope)
		if runs[next].rows = runs[next].rows[1:]; len(runs[next].rows) == 0 {
			runs = slices.Delete(runs, next, next+1)
		}
	}
	return all
}

// crash ends a core at once: what is not durable and what is under way is lost.
// Those who were connected to it notice.
func (s *script) crash(who string) {
	s.t.Helper()
	if s.cores[who] == nil {
		s.t.Fatalf("%s is down already", who)
	}
	peers := slices.Clone(s.links[who])
	s.torn[who] = peers
	s.cores[who] = nil
	s.work = slices.DeleteFunc(s.work, func(j job) bool { return j.by == who })
	s.links[who] = nil
	for _, p := range peers {
		s.links[p] = slices.DeleteFunc(s.links[p], func(x string) bool { return x == who })
	}
	for _, near := range slices.Sorted(maps.Keys(s.lines[who])) {
		far := s.lines[who][near]
		delete(s.lines[who], near)
		delete(s.lines[far.who], far.line)
		s.happen(far.who, LineClosed{far.line, "reset"})
	}
	for _, n := range slices.Sorted(maps.Keys(s.asks)) {
		if q := s.asks[n]; q.of == who {
			delete(s.asks, n)
			q.answer(nil)
		}
	}
	for _, p := range peers {
		s.happen(p, PeerDown{PeerID(who)})
	}
}

// restart brings a core back that crashed, with its disk and the links that it had.
func (s *script) restart(who string) {
	s.t.Helper()
	s.join(who, keeping(s.disks[who]))
	s.play(who, Started{})
	for _, p := range s.torn[who] {
		if s.cores[p] != nil && !slices.Contains(s.links[who], p) {
			s.link(who, p)
		}
	}
}
