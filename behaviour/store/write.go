package store

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// Write implements Store.
func (d *DB) Write(n uint64, changes []Change) {
	size := 0
	for _, c := range changes {
		c.check()
		size += c.size()
	}
	d.image.Store(nil)
	d.queue.put(batch{n, changes, size})
	d.poke()
}

// poke wakes the writer.
func (d *DB) poke() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// run is the goroutine that writes; Close ends it.
//
// Group commit comes by itself: what arrives while a commit runs is the next
// commit.
func (d *DB) run() {
	defer close(d.done)
	for {
		if _, over := d.queue.state(); over != nil && over != ErrClosed {
			d.tellOver(over)
		}
		switch {
		case d.retry == nil && d.save():
		case d.chore():
		case !d.closing.Load():
			d.rest()
		case d.retry == nil:
			return // all is saved, or never will be
		default:
			// One more attempt; what fails now is lost, and Close says so.
			d.retry = nil
			if d.save(); d.retry != nil {
				return
			}
		}
	}
}

// rest waits for something to do.
func (d *DB) rest() {
	select {
	case <-d.wake:
	case <-d.retry:
		d.retry = nil
	case a := <-d.ask:
		d.asked = append(d.asked, a)
	case <-d.quiet.C:
		d.idle = true
	case err := <-d.checked:
		d.broken(err)
	}
}

// save commits what is queued, and says whether there was anything.
func (d *DB) save() bool {
	if len(d.taken) == 0 {
		d.taken = d.queue.take()
	}
	if len(d.taken) == 0 {
		return false
	}
	if err := d.w.write(d.taken); err != nil {
		d.fail(err)
		return true
	}
	through := d.taken[len(d.taken)-1].n
	d.queue.saved(d.taken)
	d.taken = nil
	d.failing, d.pause = nil, 0
	d.note(func(s *Stats) { s.Failing, s.Through = nil, through; s.Commits++ })
	d.noteIndex()
	d.idle = false
	d.quiet.Reset(quietTime)
	d.cfg.Saved(through, nil)
	return true
}

// fail keeps what could not be saved, and tries again later; unless the database
// is broken, which no time mends.
func (d *DB) fail(err error) {
	if isDamage(err) {
		d.broken(err)
		return
	}
	d.pause = min(max(2*d.pause, retryFirst), retryMost)
	d.retry = d.cfg.after(d.pause)
	if d.failing != nil {
		return
	}
	d.failing = err
	d.note(func(s *Stats) { s.Failing = err })
	last, _ := d.queue.state()
	d.cfg.Log.Info("history is not saved", "error", err)
	d.cfg.Saved(last, err)
}

// broken stops saving, and sees to it that the next Open sets the file aside.
func (d *DB) broken(err error) {
	d.queue.stop(ErrDamaged)
	if mark, e := os.Create(d.path + suspect); e == nil {
		err = errors.Join(err, mark.Close())
	}
	d.why = err
	d.tellOver(ErrDamaged)
}

// tellOver tells once that nothing will be saved any more.
func (d *DB) tellOver(over error) {
	if d.over {
		return
	}
	d.over, d.taken, d.retry = true, nil, nil
	err := over
	if d.why != nil {
		err = fmt.Errorf("%w: %w", over, d.why)
	} else if d.failing != nil {
		err = fmt.Errorf("%w: %w", over, d.failing)
	}
	d.failing = err
	d.note(func(s *Stats) { s.Failing = err })
	last, _ := d.queue.state()
	d.cfg.Log.Info("history is not saved any more", "error", err)
	d.cfg.Saved(last, err)
}

// quietTime is how long nothing must have been written before the writer turns to
// its chores: they are not to slow down who writes.
const quietTime = 100 * time.Millisecond

// note changes the figures.
func (d *DB) note(change func(*Stats)) {
	d.statsMu.Lock()
	defer d.statsMu.Unlock()
	change(&d.stats)
}

func (d *DB) noteIndex() {
	behind := d.w.nextRow - d.w.indexed
	d.note(func(s *Stats) { s.Unindexed = behind })
}
