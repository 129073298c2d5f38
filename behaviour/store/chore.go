package store

import (
	"context"
	"time"
)

// A chore is work that can wait, done in steps that each take a few
// milliseconds and that writes pass by.
type chore func() (more bool, err error)

// chore does one step of what can wait, and says whether it did anything: first
// what somebody waits for, then, when nothing was written for a while, what
// nobody waits for.
func (d *DB) chore() bool {
	if len(d.asked) > 0 {
		a := d.asked[0]
		var more bool
		var err error
		if d.over {
			err = d.failing
		} else if more, err = a.step(); err != nil {
			d.choreFailed(err)
		}
		if !more || err != nil {
			a.done <- err
			d.asked = d.asked[1:]
		}
		return true
	}
	if !d.idle && !d.w.trimming.urgent || d.failing != nil || d.closing.Load() {
		return false
	}
	more, err := d.tidy()
	if err != nil {
		d.choreFailed(err)
	}
	if d.idle = more && err == nil; !d.idle && d.cfg.Keep.Age > 0 {
		d.quiet.Reset(ageEvery)
	}
	return d.idle
}

// choreFailed: what can wait can wait longer. It is tried again after the next
// write. A broken file is another matter.
func (d *DB) choreFailed(err error) {
	d.w.forget() // what it had counted did not happen
	if isDamage(err) {
		d.broken(err)
		return
	}
	d.cfg.Log.Warn("history is not kept tidy", "error", err)
}

// tidy does one step of the first chore that has anything to do.
func (d *DB) tidy() (more bool, err error) {
	for _, c := range []chore{d.w.removeGone, d.w.trim, d.w.index} {
		if more, err := c(); more || err != nil {
			d.noteIndex()
			return more, err
		}
	}
	d.noteIndex()
	return false, nil
}

// An asked is a chore that somebody waits for.
type asked struct {
	step chore
	done chan error // of capacity 1
}

// await has the writer do a chore, and waits for its end.
func (d *DB) await(ctx context.Context, step chore) error {
	a := asked{step, make(chan error, 1)}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-d.done:
		return ErrClosed
	case d.ask <- a:
	}
	select {
	case err := <-a.done:
		return err
	case <-d.done:
		return ErrClosed
	}
}

// Purge implements Store.
func (d *DB) Purge(ctx context.Context, conversation string, before time.Time) (messages int, err error) {
	d.image.Store(nil)
	p := purge{before: ordered(stampOf(before))}
	var n int64
	err = d.await(ctx, func() (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		more, removed, err := d.w.purge(conversation, &p)
		n += removed
		return more, err
	})
	return int(n), err
}
