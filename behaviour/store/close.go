package store

import (
	"context"
	"errors"
	"fmt"
)

// Close implements Store.
func (d *DB) Close() error {
	d.once.Do(func() {
		d.queue.stop(ErrClosed)
		d.closing.Store(true)
		d.poke()
		<-d.done
		d.endChecking()
		d.disconnect()
		err := d.failing
		if err != nil {
			n, _, lost := d.queue.count()
			err = fmt.Errorf("%d changes of history were not saved: %w", n+lost, err)
		} else {
			err = d.w.exec("UPDATE state SET value = 1 WHERE name = 'clean'")
		}
		d.closed = errors.Join(err, d.w.close())
	})
	return d.closed
}

// Stats implements Store.
func (d *DB) Stats() Stats {
	changes, bytes, _ := d.queue.count()
	d.statsMu.Lock()
	defer d.statsMu.Unlock()
	s := d.stats
	s.Queued, s.QueuedBytes, s.Damaged = changes, bytes, int(d.damaged.Load())
	return s
}

// checking looks at the structure of a large database that was not closed, on a
// connection of its own.
func (d *DB) checking() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	d.endChecking = func() { cancel(); <-ended }
	go func() { // endChecking ends it
		defer close(ended)
		c, err := d.cfg.dial(d.path, "ro")
		if err != nil {
			return
		}
		defer c.close()
		if err := check(ctx, c, "quick_check"); err != nil && ctx.Err() == nil {
			d.checked <- err
		}
	}()
}
