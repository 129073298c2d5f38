package main

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"
)

// steady is a small town that talks all the time, five lines a second: to everybody,
// in two channels, in direct messages both ways and in a private session. Its
// members keep their histories. They are called 1, 2, 3 … here; all came in
// through 1, but 5 through 4.
type steady struct {
	t    *testing.T
	all  []*keeper // member i is all[i-1]
	talk *talk
}

// members of a steady town, and in which channel besides #all.
const (
	citizens = 5
	forker   = 2 // has opened a private session with
	forked   = 4

	theSession = "session:3" // at its two ends: #all and #even are 1 and 2
)

// newSteady starts the town over a transport, "tcp" or "quic", and lets it talk.
func newSteady(t *testing.T, transport string) *steady {
	t.Helper()
	s := &steady{t: t}
	n := peerNos(t, citizens)
	for i, no := range n {
		listen := fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", 63000+no)
		if transport == "quic" {
			listen = fmt.Sprintf("/ip4/127.0.0.1/udp/%d/quic-v1", 63000+no)
		}
		args := []string{"--listen", listen}
		switch i {
		case 0:
		case 4:
			args = append(args, "-b", fmt.Sprint(n[3]))
		default:
			args = append(args, "-b", fmt.Sprint(n[0]))
		}
		s.all = append(s.all, keeps(t, no, args...))
	}
	for i, k := range s.all {
		k.tries(`{"do":"join","channel":"#all","ref":"all"}`)
		if i%2 == 1 {
			k.tries(`{"do":"join","channel":"#even","ref":"even"}`)
		}
		k.aloud(fmt.Sprintf("%d is there", i+1))
	}
	for _, k := range s.all {
		for i := range s.all {
			k.life().hears(fmt.Sprintf("%d is there", i+1))
		}
	}
	s.of(forker).tries(fmt.Sprintf(`{"do":"fork","to":%d}`, n[forked-1]))
	for _, i := range []int{forker, forked} {
		s.of(i).life().tells("the session", func(e event) bool { return e.Type == "session" && e.Event == "opened" })
	}
	s.talk = talking(time.Second/5, s.say)
	return s
}

// of is member i.
func (s *steady) of(i int) *keeper { return s.all[i-1] }

// say has one of them say a line somewhere.
func (s *steady) say(i int) {
	who := 1 + i%citizens
	to := 1 + (i+1+i/citizens)%citizens
	line := func(in string) string {
		return fmt.Sprintf(`{"do":"say","conversation":%q,"text":"%d says %d in %s"}`, in, who, i, in)
	}
	switch i / citizens % 4 {
	case 0:
		s.of(who).tries(line("lobby"))
	case 1:
		if who%2 == 0 {
			s.of(who).tries(line("#even"))
		} else {
			s.of(who).tries(line("#all"))
		}
	case 2:
		if who == forker || who == forked {
			s.of(who).tries(line(theSession))
		} else {
			s.of(who).tries(line("#all"))
		}
	case 3:
		if to != who {
			s.of(who).tries(fmt.Sprintf("dm %d %d says %d to %d alone", s.of(to).no, who, i, to))
		}
	}
}

// probe lets a member say a line and waits until others show it, or count it; it
// returns when the last of them did.
func (s *steady) probe(from int, text string, to ...int) (last time.Time) {
	s.t.Helper()
	s.of(from).aloud(text)
	for _, i := range to {
		at := s.of(i).life().hears(text).at
		if at.After(last) {
			last = at
		}
	}
	return last
}

// others are all but one.
func (s *steady) others(i int) []int {
	return slices.DeleteFunc([]int{1, 2, 3, 4, 5}, func(j int) bool { return j == i })
}

// ends lets the town fall silent and holds it to its promises.
func (s *steady) ends() {
	s.t.Helper()
	s.talk.hush()
	silent := time.Now()
	outboxes(s.t, s.all...)
	everybodyHas(s.t, "lobby", s.all...)
	everybodyHas(s.t, "#all", s.all...)
	everybodyHas(s.t, "#even", s.of(2), s.of(4))
	everybodyHas(s.t, theSession, s.of(forker), s.of(forked))
	equal := time.Since(silent)
	accepted, delivered := account(s.t, s.all...)
	s.t.Logf("%d messages accepted, %d delivered, histories equal within %v of the last", accepted, delivered, equal.Round(time.Millisecond))
	for _, k := range s.all {
		k.unharmed()
	}
}

// lags is how long lines that survivors said since a moment took to be shown by
// other survivors.
func (s *steady) lags(since time.Time, without int) (all []time.Duration) {
	for _, i := range s.others(without) {
		for _, said := range s.of(i).told(func(e event) bool { return e.Type == "message" && e.Mine && e.Conversation == "lobby" }) {
			if said.at.Before(since) {
				continue
			}
			for _, j := range s.others(without) {
				for _, heard := range s.of(j).told(func(e event) bool { return e.ID == said.ID && e.Type == "message" && !e.Mine }) {
					all = append(all, max(0, heard.at.Sub(said.at)))
				}
			}
		}
	}
	return all
}

// noGap is how long those who live may be held up by a death (PROMISES 5.3).
const noGap = time.Second

// A member of a town that talks is killed and started again with its key and
// directory, after so long: it hears and is heard soon, the others are not held up,
// and nothing is lost.
func TestKilledInSteadyChat(t *testing.T) {
	t.Parallel()
	downtimes := []time.Duration{0, 2 * time.Second}
	if soak {
		downtimes = append(downtimes, 10*time.Second, 29*time.Second, 31*time.Second, time.Minute)
	}
	for _, transport := range []string{"tcp", "quic"} {
		for what, victim := range map[string]int{"bootstrap": 1, "end of a session": forked} {
			t.Run(transport+" "+what, func(t *testing.T) {
				t.Parallel()
				s := newSteady(t, transport)
				for _, down := range downtimes {
					killed := time.Now()
					s.of(victim).dies()
					if down > 0 {
						<-time.After(down)
					}
					began := s.of(victim).rises()
					ready := time.Now()
					heard := s.probe(victim, fmt.Sprintf("back after %v", down), s.others(victim)...).Sub(ready)
					mid := time.Now()
					var hears time.Duration
					for _, i := range s.others(victim) {
						hears = max(hears, s.probe(i, fmt.Sprintf("%d welcomes who was away for %v", i, down), victim).Sub(mid))
					}
					lags := s.lags(killed, victim)
					t.Logf("away for %v: starts in %v, is heard after %v, hears after %v; others meanwhile: %s",
						down, began.Round(time.Millisecond), heard.Round(time.Millisecond), hears.Round(time.Millisecond), spread(lags))
					if len(lags) > 0 && slices.Max(lags) > slack*noGap {
						t.Errorf("away for %v: a line of one who lives took %v to one who lives, want %v", down, slices.Max(lags), slack*noGap)
					}
					if heard > soon || hears > soon {
						t.Errorf("away for %v: heard after %v, hears after %v, want %v", down, heard, hears, soon)
					}
				}
				s.ends()
			})
		}
	}
}

// asleep is how long a node may need after a stop until it has what was said
// meanwhile (PROMISES 5.3).
const asleep = 15 * time.Second

// A member is stopped and goes on: it catches up.
func TestStopped(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"tcp", "quic"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			stop := 8 * time.Second
			if soak {
				stop = time.Minute
			}
			s := newSteady(t, transport)
			sleeper := s.of(forked)
			sleeper.life().signal(syscall.SIGSTOP)
			<-time.After(stop)
			s.talk.hush()
			sleeper.life().signal(syscall.SIGCONT)
			awake := time.Now()
			took := everybodyHas(t, "lobby", s.all...).Sub(awake)
			everybodyHas(t, "#even", s.of(2), s.of(4))
			t.Logf("caught up %v after a stop of %v", took.Round(time.Millisecond), stop)
			if took > slack*asleep {
				t.Errorf("caught up after %v, want %v", took, slack*asleep)
			}
			s.talk = talking(time.Second/5, func(i int) { s.say(1<<20 + i) })
			s.probe(forked, "awake again", s.others(forked)...)
			s.ends()
		})
	}
}
