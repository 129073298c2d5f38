package store

import (
	"context"
	"database/sql/driver"
	"math"
	"slices"
	"time"
)

// A spot is how far a sweep over a conversation has come, in the index row_top.
type spot struct{ top, low, id int64 }

// start of every sweep.
var start = spot{math.MinInt64, math.MinInt64, math.MinInt64}

// sweep removes rows of a conversation, oldest first, from s on, while more says
// so, as one transaction. It returns what it removed, and whether it came to the
// end. Open rows stay, and the last row of each log: what is beyond its Last is
// unknown.
func (w *writer) sweep(k *kept, s *spot, bound int64, more func() bool) (removed int64, end bool, err error) {
	type candidate struct {
		spot
		messages int64
		stays    bool
	}
	var all []candidate
	err = w.each(context.Background(), `SELECT top, low, id, last - first + 1,
			state >= 256 OR NOT EXISTS (SELECT 1 FROM row n WHERE n.log = r.log AND n.first > r.last)
		FROM row r WHERE conversation = ? AND (top, low, id) > (?, ?, ?) AND top < ? ORDER BY top, low, id LIMIT ?`,
		[]driver.Value{k.id, s.top, s.low, s.id, bound, int64(sweepRows)},
		func(v []driver.Value) error {
			all = append(all, candidate{spot{asInt(v[0]), asInt(v[1]), asInt(v[2])}, asInt(v[3]), asInt(v[4]) != 0})
			return nil
		})
	if err != nil {
		return 0, false, err
	}
	end = len(all) < sweepRows
	err = w.transact(func() error {
		for _, c := range all {
			if !more() {
				end = true
				break
			}
			if removed >= sweepMessages {
				end = false
				break
			}
			*s = c.spot
			if c.stays {
				continue
			}
			removed += c.messages
			if err := w.remove(c.id, k); err != nil {
				return err
			}
		}
		return w.count()
	})
	return removed, end, err
}

// sweepRows and sweepMessages bound one step: a few milliseconds.
const (
	sweepRows     = 256
	sweepMessages = 256
)

// A purge is how far a Purge has come.
type purge struct {
	before int64 // stamps, as ordered
	queue  []string
	listed bool
	at     spot
}

// purge does one step.
func (w *writer) purge(conversation string, p *purge) (more bool, removed int64, err error) {
	if !p.listed {
		p.listed, p.at = true, start
		if conversation != "" {
			p.queue = []string{conversation}
		} else if p.queue, err = w.present(); err != nil {
			return false, 0, err
		}
	}
	if len(p.queue) == 0 {
		return false, 0, nil
	}
	k, err := w.existing(p.queue[0])
	if err != nil {
		return false, 0, err
	}
	end := k == nil
	if k != nil {
		removed, end, err = w.sweep(k, &p.at, p.before, func() bool { return true })
	}
	if end {
		p.queue, p.at = p.queue[1:], start
	}
	return true, removed, err
}

// trimming is how far the writer is with keeping conversations within their
// limits.
type trimming struct {
	queue  []string // conversations to look at
	listed bool     // all were listed, once for each start
	at     spot
	aged   time.Time // when rows were last looked at for their age
	ageing *purge
	urgent bool // a conversation is far beyond its limits
}

// over has trim look at a conversation.
func (t *trimming) over(name string) {
	if t.listed && !slices.Contains(t.queue, name) {
		t.queue = append(t.queue, name)
	}
}

// trim does one step of keeping conversations within their limits.
func (w *writer) trim() (more bool, err error) {
	t := &w.trimming
	if !t.listed {
		names, err := w.present()
		if err != nil {
			return false, err
		}
		t.listed, t.queue, t.at = true, names, start
	}
	for len(t.queue) > 0 {
		k, err := w.existing(t.queue[0])
		if err != nil {
			return false, err
		}
		over := func() bool { return w.cfg.Keep.over(k.messages, k.bytes) }
		if k == nil || !over() {
			t.queue, t.at = t.queue[1:], start
			continue
		}
		_, end, err := w.sweep(k, &t.at, math.MaxInt64, over)
		if end {
			t.queue, t.at = t.queue[1:], start
		}
		return true, err
	}
	t.urgent = false
	return w.age()
}

// age does one step of removing what is too old, once in an hour.
func (w *writer) age() (more bool, err error) {
	t := &w.trimming
	keep, now := w.cfg.Keep.Age, w.cfg.Now()
	if keep <= 0 {
		return false, nil
	}
	if t.ageing == nil {
		if !t.aged.IsZero() && now.Sub(t.aged) < ageEvery {
			return false, nil
		}
		t.aged, t.ageing = now, &purge{before: ordered(stampOf(now.Add(-keep)))}
	}
	more, _, err = w.purge("", t.ageing)
	if !more {
		t.ageing = nil
	}
	return more, err
}

// ageEvery is how often rows are looked at for their age.
const ageEvery = time.Hour

// removeGone does one step of removing what conversations hold that were
// forgotten.
func (w *writer) removeGone() (more bool, err error) {
	if !w.goneSome {
		return false, nil
	}
	conv, err := w.number("SELECT id FROM conversation WHERE name IS NULL")
	if err != nil {
		return false, err
	}
	if conv == 0 {
		w.goneSome = false
		return false, nil
	}
	var ids []int64
	err = w.each(context.Background(), "SELECT id FROM row WHERE conversation = ? LIMIT ?", []driver.Value{conv, int64(goneRows)},
		func(v []driver.Value) error {
			ids = append(ids, asInt(v[0]))
			return nil
		})
	if err != nil {
		return false, err
	}
	return true, w.transact(func() error {
		for _, id := range ids {
			if err := w.remove(id, nil); err != nil {
				return err
			}
		}
		if len(ids) == goneRows {
			return nil
		}
		for _, query := range []string{
			"DELETE FROM head WHERE log IN (SELECT id FROM log WHERE conversation = ?)",
			"DELETE FROM draft WHERE log IN (SELECT id FROM log WHERE conversation = ?)",
			"DELETE FROM log WHERE conversation = ?",
			"DELETE FROM conversation WHERE id = ?",
		} {
			if err := w.exec(query, conv); err != nil {
				return err
			}
		}
		return nil
	})
}

// goneRows are removed in one step; each may have 256 messages in the index.
const goneRows = 64
