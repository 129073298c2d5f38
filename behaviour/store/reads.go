package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
)

// readers is how many reads go on at once: one that takes long, such as a
// search, does not keep others waiting.
const readers = 3

// reads are the connections that read, and what they share. They see what is
// committed, and never wait for the writer.
type reads struct {
	free  chan *reader // taken out for good by disconnect
	made  int
	ended chan struct{} // closed by disconnect
	end   sync.Once
	cfg   Config

	mu      sync.Mutex // guards told
	told    map[string]bool
	damaged atomic.Int64

	forgets atomic.Int64 // how often conversations were forgotten, after they were
}

// A reader is one of these connections.
type reader struct {
	*conn
	of    *reads
	seal  *sealer
	names map[int64]Key // of logs; absent: not looked up yet
	seen  int64         // of forgets, when names was known to hold
}

// connect opens the connections of a database that is there.
func (r *reads) connect(path string, cfg Config) error {
	r.cfg = cfg
	r.free = make(chan *reader, readers)
	r.ended = make(chan struct{})
	r.told = make(map[string]bool)
	for range readers {
		c, err := cfg.dial(path, "ro", "cache_size(-4096)")
		if err != nil {
			r.disconnect()
			return err
		}
		r.free <- r.reader(c)
		r.made++
	}
	return nil
}

func (r *reads) reader(c *conn) *reader {
	return &reader{conn: c, of: r, seal: newSealer(r.cfg.Key), names: make(map[int64]Key)}
}

// disconnect waits for reads that go on.
func (r *reads) disconnect() {
	r.end.Do(func() {
		close(r.ended)
		for ; r.made > 0; r.made-- {
			(<-r.free).close()
		}
	})
}

// with lends a connection to do.
func (r *reads) with(ctx context.Context, do func(*reader) error) error {
	select {
	case <-r.ended:
		return ErrClosed
	default:
	}
	select {
	case <-r.ended:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	case c := <-r.free:
		if now := r.forgets.Load(); now != c.seen { // some of names are gone
			clear(c.names)
			c.seen = now
		}
		err := do(c)
		r.free <- c
		if isDamage(err) {
			err = fmt.Errorf("%w: %w", ErrDamaged, err) // of one line
		}
		return err
	}
}

// count counts what was not what was written, once each.
func (r *reads) count(what string, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := what + " " + id
	if r.told[key] {
		return
	}
	if len(r.told) == 0 {
		r.cfg.Log.Warn("damaged history is left out", "what", what)
	}
	if len(r.told) < maxTold {
		r.told[key] = true
	}
	r.damaged.Add(1)
}

// columns are what a row is read from, by scan, in this order.
const columns = "id, log, first, last, low, top, at, state, seal, raw"

// present leaves out the rows of conversations that were forgotten. It is for
// queries that do not begin with the name of a conversation: what scan remembers
// of names may be older. The plus keeps SQLite from looking for rows by it.
const present = "+conversation IN (SELECT id FROM conversation WHERE name IS NOT NULL)"

// scan makes a Row of columns. It returns false for one that is damaged, and
// counts it, and for one of a conversation that was forgotten.
func (r *reader) scan(v []driver.Value) (row Row, id int64, ok bool) {
	id = asInt(v[0])
	row = Row{
		First: uint64(asInt(v[2])), Last: uint64(asInt(v[3])),
		Low: stamp(asInt(v[4])), Top: stamp(asInt(v[5])),
		At: asInt(v[6]), Raw: notNil(asBytes(v[9])),
	}
	state := asInt(v[7])
	row.State, row.Open = uint8(state), state >= openState
	key, known, err := r.key(asInt(v[1]))
	if err == nil && known && key.Conversation == "" {
		return Row{}, 0, false
	}
	row.Key = key
	sound := known && state >= 0 && state < 2*openState &&
		row.First > 0 && row.First <= row.Last && row.Last-row.First < maxMessages && row.Low <= row.Top
	if sound && string(r.seal.row(&row)) == string(asBytes(v[8])) {
		return row, id, true
	}
	if sound && r.of.cfg.Verify != nil && r.of.cfg.Verify(row) == nil {
		return row, id, true
	}
	r.of.count("row", formatID(id))
	return Row{}, 0, false
}

// key is the Key of a log; its Conversation is empty if that was forgotten.
func (r *reader) key(log int64) (k Key, known bool, err error) {
	if k, ok := r.names[log]; ok {
		return k, true, nil
	}
	err = r.each(context.Background(), "SELECT c.name, l.author, l.log FROM log l JOIN conversation c ON c.id = l.conversation WHERE l.id = ?",
		[]driver.Value{log}, func(v []driver.Value) error {
			k, known = keyOf(v), true
			return nil
		})
	if err == nil && known && k.Conversation != "" {
		if len(r.names) >= maxNames {
			clear(r.names)
		}
		r.names[log] = k
	}
	return k, known, err
}

// keyOf takes a conversation's name, an author and a log.
func keyOf(v []driver.Value) Key {
	k := Key{Conversation: asString(v[0]), Author: asString(v[1])}
	copy(k.Log[:], asBytes(v[2]))
	return k
}

// conversation is the id of one, 0 if there is none.
func (r *reader) conversation(name string) (int64, error) {
	return r.number("SELECT id FROM conversation WHERE name = ?", []byte(name))
}

// ordered and stamp turn stamps into numbers that SQLite, which has signed ones
// only, orders in the same way; and back.
func ordered(stamp uint64) int64 { return int64(stamp ^ 1<<63) }
func stamp(ordered int64) uint64 { return uint64(ordered) ^ 1<<63 }

// clamp makes a message number one that SQLite has.
func clamp(n uint64) int64 { return int64(min(n, math.MaxInt64)) }
