package rendezvous

import (
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// during lets time pass in an imaginary network and wants to hear of so many
// announcements, searches and dials in it.
func during(t *testing.T, w *world, d time.Duration, announce, search, connect int) {
	t.Helper()
	time.Sleep(d)
	synctest.Wait()
	want := make(map[string]int)
	for kind, n := range map[string]int{"announce": announce, "search": search, "connect": connect} {
		if n > 0 {
			want[kind] = n
		}
	}
	at := time.Since(w.began)
	if got := w.asked(); !maps.Equal(got, want) {
		t.Errorf("until %v: asked for %v, want %v", at, got, want)
	}
}

// play runs a conversation with an imaginary network in virtual time.
func play(t *testing.T, name string, talk func(t *testing.T, w *world, r *Rendezvous)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			r := New(w.config())
			defer r.Close()
			talk(t, w, r)
		})
	})
}

func TestRendezvous(t *testing.T) {
	play(t, "no topic, nothing to do", func(t *testing.T, w *world, r *Rendezvous) {
		during(t, w, time.Hour, 0, 0, 0)
	})
	play(t, "alone: 1, 2, 4 … 60 s and up to half more, announced every hour", func(t *testing.T, w *world, r *Rendezvous) {
		r.Enter("a")
		r.Enter("a")
		during(t, w, 0, 1, 1, 0)
		during(t, w, 999*time.Millisecond, 0, 0, 0)
		during(t, w, 501*time.Millisecond, 0, 1, 0)
		during(t, w, 3*time.Second, 0, 1, 0)
		time.Sleep(5 * time.Minute)
		if n := w.asked(); n["search"] < 5 || n["search"] > 9 {
			t.Errorf("in the 5 minutes after: %v, want 5 to 9 searches", n)
		}
		time.Sleep(time.Hour)
		if n := w.asked(); n["search"] < 39 || n["search"] > 61 || n["announce"] > 1 {
			t.Errorf("in an hour alone: %v, want 40 to 60 searches", n)
		}
		r.Leave("a")
		during(t, w, time.Hour, 0, 0, 0)
	})
	play(t, "enough are found at once", func(t *testing.T, w *world, r *Rendezvous) {
		w.add("a", 10)
		r.Enter("a")
		during(t, w, 0, 1, 1, 3)
		during(t, w, 59*time.Minute, 0, 0, 0)
		during(t, w, 31*time.Minute, 1, 0, 0)
	})
	play(t, "enough are there already", func(t *testing.T, w *world, r *Rendezvous) {
		w.add("a", 3)
		w.set(func() { w.connected["a0"], w.connected["a1"], w.connected["a2"] = true, true, true })
		r.Enter("a")
		during(t, w, 59*time.Minute, 1, 0, 0)
	})
	play(t, "some, but not enough: every 5 min and up to half more", func(t *testing.T, w *world, r *Rendezvous) {
		w.add("a", 1)
		r.Enter("a")
		during(t, w, 299*time.Second, 1, 1, 1)
		during(t, w, 151*time.Second, 0, 1, 0) // who is connected is not dialled again
		w.set(func() { w.announced["a"] = append(w.announced["a"], "new", "newer") })
		during(t, w, 451*time.Second, 0, 1, 2)
		during(t, w, 30*time.Minute, 0, 0, 0)
	})
	play(t, "those who are found are gone", func(t *testing.T, w *world, r *Rendezvous) {
		w.add("a", 2)
		w.set(func() { w.gone["a0"], w.gone["a1"] = true, true })
		r.Enter("a")
		during(t, w, 0, 1, 1, 2)
		during(t, w, 1500*time.Millisecond, 0, 1, 2)
		w.set(func() { clear(w.gone) })
		during(t, w, 3*time.Second, 0, 1, 2)
		during(t, w, 4*time.Minute, 0, 0, 0)
	})
	play(t, "the last one leaves", func(t *testing.T, w *world, r *Rendezvous) {
		w.add("a", 3)
		r.Enter("a")
		r.Enter("b") // nobody is there, and nobody's leaving changes that
		during(t, w, 0, 2, 2, 3)
		r.Leave("b")
		w.set(func() { delete(w.connected, "a0") })
		r.Left()
		during(t, w, 4*time.Minute, 0, 0, 0) // some are there, and were looked for lately
		w.set(func() { clear(w.connected) })
		r.Left()
		r.Left()
		during(t, w, 1500*time.Millisecond, 0, 1, 3)
	})
	play(t, "nobody to ask yet", func(t *testing.T, w *world, r *Rendezvous) {
		w.set(func() { w.empty = true })
		w.add("a", 1)
		r.Enter("a")
		during(t, w, time.Hour, 0, 0, 0)
		w.set(func() { w.empty = false })
		during(t, w, retry, 1, 1, 1)
	})
	play(t, "announcements fail: again after a minute and up to half more", func(t *testing.T, w *world, r *Rendezvous) {
		w.fails = true
		w.add("a", 3)
		w.set(func() { w.connected["a0"], w.connected["a1"], w.connected["a2"] = true, true, true })
		r.Enter("a")
		during(t, w, 59*time.Second, 1, 0, 0)
		during(t, w, 31*time.Second, 1, 0, 0)
	})
	play(t, "a topic is left while it is searched", func(t *testing.T, w *world, r *Rendezvous) {
		w.slow = 10 * time.Second
		r.Enter("a")
		during(t, w, 15*time.Second, 1, 1, 0)
		r.Leave("a")
		r.Enter("a") // anew, while the round of its former life is under way
		during(t, w, 15*time.Second, 1, 1, 0)
		r.Leave("a")
		during(t, w, time.Hour, 0, 0, 0)
	})
}

// However many topics are entered and however slow the network is, only so much
// is under way at a time.
func TestBounds(t *testing.T) {
	play(t, "many topics, many peers", func(t *testing.T, w *world, r *Rendezvous) {
		w.slow = 20 * time.Second
		for i := range 128 {
			topic := fmt.Sprint("topic", i, "/")
			w.add(topic, 20)
			w.set(func() {
				for _, p := range w.announced[topic] {
					w.gone[p] = true
				}
			})
			r.Enter(topic)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		n := w.asked()
		if n["announce"] < 128 || n["search"] < 128 || n["connect"] > maxConnect*n["search"] {
			t.Errorf("asked for %v", n)
		}
		if w.most["announce"]+w.most["search"] < 2 || w.most["announce"] > maxRounds || w.most["search"] > maxRounds || w.most["connect"] > maxDials {
			t.Errorf("under way at a time: %v", w.most)
		}
	})
	play(t, "alone in many topics: one search a second for all", func(t *testing.T, w *world, r *Rendezvous) {
		for i := range 128 {
			r.Enter(fmt.Sprint(i))
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := w.asked(); n["search"] > 3600+128 || n["search"] < 2400-128 {
			t.Errorf("asked for %v", n)
		}
	})
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.slow = roundTime / 4
		w.add("a", 20)
		for _, p := range w.announced["a"] {
			w.gone[p] = true
		}
		for pause := range 4 {
			r := New(w.config())
			r.Enter("a")
			time.Sleep(time.Duration(pause) * w.slow)
			synctest.Wait()
			before := time.Now()
			r.Close()
			if took := time.Since(before); took > 0 {
				t.Errorf("closed after %v", took)
			}
			r.Enter("b")
			r.Left()
			r.Leave("b")
			r.Close()
		}
		w.asked()
		during(t, w, time.Hour, 0, 0, 0)
	})
}

// Not the same peers each time: what is found first may be gone.
func TestWhoIsDialledIsRandom(t *testing.T) {
	play(t, "16 of 16", func(t *testing.T, w *world, r *Rendezvous) {
		w.add("a", maxFound)
		dialled := make(map[peer.ID]bool)
		for range 100 {
			r.Enter("a")
			synctest.Wait()
			r.Leave("a")
			w.set(func() { maps.Copy(dialled, w.connected); clear(w.connected) })
		}
		if len(dialled) != maxFound {
			t.Errorf("%d of %d were dialled in 100 searches", len(dialled), maxFound)
		}
	})
}
