package sim

import (
	"slices"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

// TestDisk has saves made durable, or not.
func TestDisk(t *testing.T) {
	note := func(n uint64) chat.Save {
		return chat.Save{N: n, Changes: []chat.Change{chat.Noted{Name: string(rune('a' + n)), Value: []byte{1}}}}
	}
	durable := func(d *disk) (all []uint64) {
		for _, s := range d.saves {
			all = append(all, s.N)
		}
		return all
	}
	for _, c := range []struct {
		story string
		play  func(w *world, n *node)
		want  []uint64
	}{
		{"what is queued behind a commit goes with the next", func(w *world, n *node) {
			for i := range uint64(3) {
				w.save(n, note(i+1))
			}
			if n.disk.flying != 1 {
				t.Errorf("%d saves are in the first commit", n.disk.flying)
			}
			w.run(w.now + int64(time.Second))
		}, []uint64{1, 2, 3}},
		{"a crash takes what is queued", func(w *world, n *node) {
			w.save(n, note(1))
			w.run(w.now + int64(time.Second))
			n.disk.queue = []chat.Save{note(2)}
			w.endDisk(n, Op{}, true)
		}, []uint64{1}},
		{"an orderly end does not", func(w *world, n *node) {
			w.save(n, note(1))
			w.save(n, note(2))
			w.endDisk(n, Op{}, false)
		}, []uint64{1, 2}},
		{"of a full disk", func(w *world, n *node) {
			w.fillDisk(n, "full")
			w.save(n, note(1))
			w.save(n, note(2))
			w.endDisk(n, Op{}, false)
		}, nil},
		{"a full disk takes it all when it is freed", func(w *world, n *node) {
			w.fillDisk(n, "full")
			w.save(n, note(1))
			w.run(w.now + int64(10*time.Second))
			w.save(n, note(2))
			w.freeDisk(n)
			w.run(w.now + int64(10*time.Second+retryMax+time.Second))
		}, []uint64{1, 2}},
		{"the end of a disk that lied", func(w *world, n *node) {
			w.save(n, note(1))
			w.run(w.now + int64(time.Second))
			w.save(n, note(2))
			w.run(w.now + int64(2*time.Second))
			w.endDisk(n, Op{Lose: 1}, true)
		}, []uint64{1}},
	} {
		o := Default()
		o.Nodes, o.Disk = 2, "disk"
		w := newWorld(o, starts(2), nil)
		n := w.nodes[0]
		w.start(n, false)
		w.run(int64(100 * time.Millisecond)) // what the core saves at a start
		n.disk.saves, n.saves = nil, 0
		n.core = chat.New(chat.Config{Me: n.id, Seal: func(*chat.Envelope) {}}) // it has nothing to save
		c.play(w, n)
		if got := durable(n.disk); !slices.Equal(got, c.want) || w.check.broken != nil {
			t.Errorf("%s: %v are durable, not %v (%v)", c.story, got, c.want, w.check.broken)
		}
	}
}

// TestTornCommit has a crash in the middle of a commit: what is durable of it is its
// beginning.
func TestTornCommit(t *testing.T) {
	lengths := map[int]bool{}
	o := Default()
	w := newWorld(o, nil, nil)
	for range 100 {
		d := &disk{durable: true, flying: 3}
		for i := range uint64(4) {
			d.queue = append(d.queue, chat.Save{N: i + 1})
		}
		w.endDisk(&node{disk: d}, Op{Torn: true}, true)
		for i, s := range d.saves {
			if s.N != uint64(i+1) {
				t.Fatalf("the saves %v are durable", d.saves)
			}
		}
		lengths[len(d.saves)] = true
	}
	for n := range 5 {
		if lengths[n] != (n <= 3) {
			t.Errorf("%d saves of a commit of 3 are durable: %t", n, lengths[n])
		}
	}
}

// TestClocksRing checks that an alarm rings when a clock shows the time, and not
// before.
func TestClocksRing(t *testing.T) {
	w := newWorld(Default(), starts(2), nil)
	n := w.nodes[0]
	for _, drift := range []float64{0, maxDrift, -maxDrift} {
		n.clock = ticking{skew: time.Hour, since: int64(time.Minute), drift: drift}
		for _, d := range []time.Duration{time.Nanosecond, time.Second, time.Hour, 100 * time.Hour} {
			w.now = int64(time.Minute)
			wake := w.clock(n).Add(d)
			w.now = w.rings(n, wake)
			if late := w.clock(n).Sub(wake); late < 0 || late > time.Microsecond {
				t.Errorf("with a drift of %g an alarm after %s is %s late", drift, d, late)
			}
		}
		n.clock.jump(w.now, -time.Hour)
		if ahead := n.clock.ahead(w.now); ahead.Abs() > time.Minute || !n.clock.odd {
			t.Errorf("after it is set the clock is %s ahead", ahead)
		}
	}
}
