package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
)

// Memory is a Store that ends with the process: for nodes that are to leave
// nothing on disk. What is written is there when Write returns, and Saved, if
// there is one, has been called by then, on the caller's goroutine. It keeps the
// slices of Raw that it is given, and hands them out.
type Memory struct {
	cfg Config

	mu            sync.RWMutex // guards all below
	conversations map[string]*shelf
	notes         map[string][]byte
	through       uint64
	nextRow       uint64
	closed        bool
}

// A shelf is a conversation in memory.
type shelf struct {
	rows     []*stored // by Top, then by when they were put
	logs     map[Key]*volume
	messages int64
	bytes    int64
}

// A volume is a log in memory.
type volume struct {
	rows   []*stored // by First, then by Last, then by when they were put
	drafts []Draft   // by Seq
	head   *Head
}

// stored is a row and its place in the order of Put.
type stored struct {
	Row
	id   uint64
	gone bool // it is being removed
}

// NewMemory makes an empty one. Of cfg it uses Saved, Keep and Now.
func NewMemory(cfg Config) *Memory {
	cfg.Keep = cfg.Keep.or(Limits{keepMemoryMessages, keepMemoryBytes, keepAge})
	return &Memory{cfg: cfg.withWorld(), conversations: make(map[string]*shelf), notes: make(map[string][]byte)}
}

// Write implements Store.
func (m *Memory) Write(n uint64, changes []Change) {
	for _, c := range changes {
		c.check()
	}
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return
	}
	for _, c := range changes {
		m.apply(c)
	}
	m.through = n
	m.mu.Unlock()
	m.cfg.Saved(n, nil)
}

func (m *Memory) apply(c Change) {
	switch c := c.(type) {
	case Put:
		_, v := m.volume(c.Key)
		v.dropDrafts(c.Last)
		m.put(c.Row)
	case Add:
		m.put(c.Row)
	case Head:
		_, v := m.volume(c.Key)
		c.Extra = orNil(c.Extra)
		v.head = &c
	case Draft:
		_, v := m.volume(c.Key)
		c.Raw = orNil(c.Raw)
		at, there := slices.BinarySearchFunc(v.drafts, c.Seq, func(d Draft, seq uint64) int { return cmp.Compare(d.Seq, seq) })
		if there {
			v.drafts[at] = c
		} else {
			v.drafts = slices.Insert(v.drafts, at, c)
		}
	case Settle:
		m.settle(c)
	case Note:
		if c.Value == nil {
			delete(m.notes, c.Name)
		} else {
			m.notes[c.Name] = c.Value
		}
	case Forget:
		delete(m.conversations, c.Conversation)
	default:
		panic(fmt.Sprintf("store: change %T", c))
	}
}

func (m *Memory) volume(k Key) (*shelf, *volume) {
	s := m.conversations[k.Conversation]
	if s == nil {
		s = &shelf{logs: make(map[Key]*volume)}
		m.conversations[k.Conversation] = s
	}
	v := s.logs[k]
	if v == nil {
		v = &volume{}
		s.logs[k] = v
	}
	return s, v
}

func (m *Memory) put(r Row) {
	s, v := m.volume(r.Key)
	for i := v.from(r.First); i < len(v.rows) && v.rows[i].First == r.First; i++ {
		if v.rows[i].Last == r.Last && string(v.rows[i].Raw) == string(r.Raw) {
			return
		}
	}
	r.Raw = notNil(r.Raw)
	m.nextRow++
	row := &stored{Row: r, id: m.nextRow}
	s.rows = insert(s.rows, row, func(a, b *stored) int { return cmp.Compare(a.Top, b.Top) })
	v.rows = insert(v.rows, row, func(a, b *stored) int { return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last)) })
	s.messages += int64(r.Messages())
	s.bytes += int64(len(r.Raw))
	if m.cfg.Keep.over(s.messages, s.bytes) {
		m.trim(s)
	}
}

// insert puts row behind all that are not greater: nearly always at the end.
func insert(rows []*stored, row *stored, compare func(a, b *stored) int) []*stored {
	if n := len(rows); n == 0 || compare(rows[n-1], row) <= 0 {
		return append(rows, row)
	}
	at, _ := slices.BinarySearchFunc(rows, row, func(a, b *stored) int {
		if compare(a, b) <= 0 {
			return -1
		}
		return 1
	})
	return slices.Insert(rows, at, row)
}

// from is where rows with a First of at least that begin.
func (v *volume) from(first uint64) int {
	if n := len(v.rows); n == 0 || v.rows[n-1].First < first {
		return n
	}
	at, _ := slices.BinarySearchFunc(v.rows, first, func(r *stored, first uint64) int {
		if r.First < first {
			return -1
		}
		return 1
	})
	return at
}

func (v *volume) dropDrafts(last uint64) {
	n := 0
	for n < len(v.drafts) && v.drafts[n].Seq <= last {
		n++
	}
	if n > 0 {
		v.drafts = slices.Delete(v.drafts, 0, n)
	}
}

func (m *Memory) settle(c Settle) {
	s := m.conversations[c.Conversation]
	if s == nil || s.logs[c.Key] == nil {
		return
	}
	v := s.logs[c.Key]
	v.dropDrafts(c.Last)
	for _, r := range v.rows {
		if r.First > c.Last {
			break
		}
		if r.Open && r.Last <= c.Last {
			r.Open, r.State = false, c.State
		}
	}
}

// trim brings a conversation under its limits, with an eighth to spare, so that
// not each Put trims.
func (m *Memory) trim(s *shelf) {
	k := m.cfg.Keep
	k.Messages -= k.Messages / 8
	k.Bytes -= k.Bytes / 8
	s.remove(func(*stored) (remove, more bool) { more = k.over(s.messages, s.bytes); return more, more })
}

// remove takes away, oldest first, the rows that pick says, until it wants no
// more; but neither open rows nor the last one of a log. It returns how many
// messages they had.
func (s *shelf) remove(pick func(*stored) (remove, more bool)) int64 {
	had, left := s.messages, s.rows[:0]
	touched := make(map[*volume]bool)
	for i, r := range s.rows {
		remove, more := pick(r)
		if !more {
			left = append(left, s.rows[i:]...)
			break
		}
		v := s.logs[r.Key]
		if !remove || r.Open || v.rows[len(v.rows)-1].First <= r.Last {
			left = append(left, r)
			continue
		}
		r.gone, touched[v] = true, true
		s.messages -= int64(r.Messages())
		s.bytes -= int64(len(r.Raw))
	}
	clear(s.rows[len(left):])
	s.rows = left
	for v := range touched {
		v.rows = slices.DeleteFunc(v.rows, func(r *stored) bool { return r.gone })
	}
	return had - s.messages
}

// Close implements Store.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.conversations, m.notes = nil, nil
	return nil
}

// Stats implements Store.
func (m *Memory) Stats() Stats {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return Stats{Through: m.through}
}

// read runs do while nothing is written.
func (m *Memory) read(ctx context.Context, do func()) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return ErrClosed
	}
	do()
	return ctx.Err()
}
