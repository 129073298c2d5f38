package chat

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// crowdTest is many cores in the lobby on an imaginary network that brings every
// announcement to everybody after delay. It counts announcements.
type crowdTest struct {
	now   time.Time
	cores []*Core
	wakes wakes
	onWay []arrival // in the order of their times
	sent  []time.Time
	quit  map[int]bool
}

type arrival struct {
	at time.Time
	by int
	e  *Envelope
}

type wake struct {
	at time.Time
	of int
}

type wakes []wake

func (w wakes) Len() int           { return len(w) }
func (w wakes) Less(i, j int) bool { return w[i].at.Before(w[j].at) }
func (w wakes) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *wakes) Push(x any)        { *w = append(*w, x.(wake)) }
func (w *wakes) Pop() any {
	x := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return x
}

const crowdDelay = 50 * time.Millisecond

func (s *crowdTest) join(n int) {
	for range n {
		i := len(s.cores)
		c := New(Config{
			Me: PeerID(fmt.Sprint("n", i)), Log: LogID{1}, Network: "demo",
			Seal: func(*Envelope) {},
			Rand: rand.New(rand.NewPCG(5, uint64(i))),
		})
		s.cores = append(s.cores, c)
		s.do(i, c.HandleEvent(s.now, Started{}))
		s.do(i, c.HandleEvent(s.now, PeerUp{"entry"}))
	}
}

func (s *crowdTest) do(i int, effects []Effect) {
	var done []Event
	for _, e := range effects {
		switch e := e.(type) {
		case Publish:
			s.sent = append(s.sent, s.now)
			s.onWay = append(s.onWay, arrival{s.now.Add(crowdDelay), i, e.Envelope})
			done = append(done, Published{e.Envelope.Conversation, e.Envelope.Last(), 1, ""})
		case Sync:
			done = append(done, SyncDone{With: e.With})
		}
	}
	for _, ev := range done {
		s.do(i, s.cores[i].HandleEvent(s.now, ev))
	}
	if w := s.cores[i].Wake(); !w.IsZero() {
		heap.Push(&s.wakes, wake{w, i})
	}
}

func (s *crowdTest) run(d time.Duration) {
	end := s.now.Add(d)
	for {
		next := end
		if len(s.wakes) > 0 && s.wakes[0].at.Before(next) {
			next = s.wakes[0].at
		}
		if len(s.onWay) > 0 && s.onWay[0].at.Before(next) {
			next = s.onWay[0].at
		}
		if next.After(s.now) {
			s.now = next
		}
		switch {
		case next.Equal(end):
			return
		case len(s.onWay) > 0 && s.onWay[0].at.Equal(next):
			a := s.onWay[0]
			s.onWay = s.onWay[1:]
			for i := range s.cores {
				if i != a.by && !s.quit[i] {
					s.do(i, s.cores[i].HandleEvent(s.now, EnvelopeReceived{"entry", a.e}))
				}
			}
		default:
			w := heap.Pop(&s.wakes).(wake)
			if s.quit[w.of] || !s.cores[w.of].Wake().Equal(w.at) {
				continue
			}
			s.do(w.of, s.cores[w.of].HandleEvent(s.now, Tick{}))
		}
	}
}

// most is the greatest number of announcements in any announceMin from a time on.
func (s *crowdTest) most(from time.Time) int {
	most, first := 0, 0
	for i, at := range s.sent {
		for at.Sub(s.sent[first]) >= announceMin || s.sent[first].Before(from) {
			if first++; first > i {
				break
			}
		}
		most = max(most, i-first+1)
	}
	return most
}

// bound is what announceRate allows in announceMin, with the tolerance of the rhythm.
var bound = int(1.3 * announceRate * announceMin.Seconds())

func TestManyWhoComeAtOnceKeepTheRate(t *testing.T) {
	s := &crowdTest{now: noon, quit: make(map[int]bool)}
	s.join(2000)
	s.run(announceSoon)
	if n := len(s.sent); n > 100 {
		t.Errorf("%d announcements before anybody could know how many they are", n)
	}
	s.run(time.Minute)
	if n := s.most(noon); n > bound {
		t.Errorf("%d announcements in %v, want %d at most", n, announceMin, bound)
	}
	if n := s.cores[0].lobby.people.others(); n < 100 {
		t.Errorf("after a minute a member knows of %d others", n)
	}
}

func TestCrowdKeepsTheRateAndForgetsWhoLeft(t *testing.T) {
	const all, stay = 350, 20
	s := &crowdTest{now: noon, quit: make(map[int]bool)}
	s.join(all)
	s.run(5 * time.Minute)
	lobby := s.cores[0].lobby
	if n := lobby.people.others(); n != all-1 {
		t.Fatalf("after five minutes a member knows of %d others, want %d", n, all-1)
	}
	steady := s.now
	s.run(2 * time.Minute)
	if n := s.most(steady); n > bound || n < bound/3 {
		t.Errorf("%d announcements in %v, want %d at most and not much less", n, announceMin, bound)
	}
	if n := lobby.people.others(); n != all-1 {
		t.Errorf("of those who are there a member knows of %d, want %d", n, all-1)
	}

	flash := s.now
	for i := stay; i < all; i++ {
		s.do(i, s.cores[i].HandleInstruction(s.now, Asker{}, Quit{}))
		s.quit[i] = true
	}
	s.run(2 * silence(all))
	if n := s.most(flash); n > bound {
		t.Errorf("%d announcements in %v as most leave, want %d at most", n, announceMin, bound)
	}
	if n := lobby.people.others(); n != stay-1 {
		t.Errorf("a member takes %d others to be there, want %d", n, stay-1)
	}
	after := len(s.sent)
	s.run(4 * announceMin)
	if n := len(s.sent) - after; n < 2*stay || n > 8*stay {
		t.Errorf("those who stayed announced themselves %d times in %v, want about %d", n, 4*announceMin, 4*stay)
	}
}

func TestIntervals(t *testing.T) {
	for _, w := range []struct {
		members            int
		interval, gap, all time.Duration
	}{
		{1, 30 * time.Second, 250 * time.Millisecond, 150 * time.Second},
		{smallRoom, 30 * time.Second, 250 * time.Millisecond, 150 * time.Second},
		{50, 30 * time.Second, 5 * time.Second, 150 * time.Second},
		{240, 30 * time.Second, 28750 * time.Millisecond, 150 * time.Second},
		{8000, 1000 * time.Second, 998750 * time.Millisecond, 5000 * time.Second},
	} {
		if i, g, s := interval(w.members), gap(w.members), silence(w.members); i != w.interval || g != w.gap || s != w.all {
			t.Errorf("%d members: interval %v, gap %v, silence %v; want %v, %v, %v", w.members, i, g, s, w.interval, w.gap, w.all)
		}
	}
}

func TestDrawsAreWithinTheirBounds(t *testing.T) {
	c := newScript(t, "a").cores["a"]
	sum, late := time.Duration(0), 0
	const n = 10_000
	for range n {
		d := c.draw(1000)
		if low, high := time.Duration(0.41*float64(interval(1000))), time.Duration(1.24*float64(interval(1000))); d < low || d > high {
			t.Fatalf("drew %v, want %v to %v", d, low, high)
		}
		sum += d
		x := c.spread(3)
		if x < 0 || x > announceSoon {
			t.Fatalf("spread by %v, want %v at most", x, announceSoon)
		}
		if x > announceSoon/2 {
			late++
		}
	}
	if mean := sum / n; mean < interval(1000)*80/100 || mean > interval(1000)*84/100 {
		t.Errorf("drew %v in the mean, want %v / (e - 3/2)", mean, interval(1000))
	}
	if late < n*95/100 {
		t.Errorf("%d of %d are late, want nearly all", late, n)
	}
}

func TestAllowance(t *testing.T) {
	var a allowance
	now := noon
	for i := range nodeBurst {
		if w := a.wait(now); w != 0 {
			t.Fatalf("number %d of a burst waits %v", i, w)
		}
		a.take(1)
	}
	if w := a.wait(now); w != time.Second/nodeRate {
		t.Errorf("after a burst one waits %v, want %v", w, time.Second/nodeRate)
	}
	now = now.Add(time.Second / nodeRate)
	if w := a.wait(now); w != 0 {
		t.Errorf("after that one waits %v more", w)
	}
	now = now.Add(time.Hour)
	a.wait(now)
	a.take(nodeBurst + 3)
	if w := a.wait(now); w != 4*time.Second/nodeRate {
		t.Errorf("after too many one waits %v", w)
	}
}
