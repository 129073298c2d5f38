package behaviour

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

// asked waits on a ticket and says how that went.
type asked struct {
	answer chat.Answer
	err    error
}

func ask(ctx context.Context, b *Behaviour) <-chan asked {
	done := make(chan asked, 1)
	go func() { // ends with the answer, ctx or b
		a, err := b.directs.await(ctx, b, func(k chat.Ticket) chat.Event { return chat.DirectReceived{Ticket: k} }, nil)
		done <- asked{a, err}
	}()
	return done
}

func ticket(b *Behaviour) chat.Ticket { return (<-b.events).(chat.DirectReceived).Ticket }

func waitingFor(b *Behaviour) int {
	b.directs.mu.Lock()
	defer b.directs.mu.Unlock()
	return len(b.directs.waiting)
}

func TestTickets(t *testing.T) {
	cases := []struct {
		name string
		play func(b *Behaviour, k chat.Ticket, hangUp context.CancelFunc, done <-chan asked) asked
		want asked
	}{
		{"answered", func(b *Behaviour, k chat.Ticket, _ context.CancelFunc, done <-chan asked) asked {
			b.Do(chat.Answer{Ticket: k, Verdict: chat.Stored, Last: 7})
			return <-done
		}, asked{answer: chat.Answer{Ticket: 1, Verdict: chat.Stored, Last: 7}}},
		{"answered twice: the first counts", func(b *Behaviour, k chat.Ticket, _ context.CancelFunc, done <-chan asked) asked {
			b.Do(chat.Answer{Ticket: k, Verdict: chat.Busy})
			b.Do(chat.Answer{Ticket: k, Verdict: chat.Stored})
			return <-done
		}, asked{answer: chat.Answer{Ticket: 1, Verdict: chat.Busy}}},
		{"another ticket is answered", func(b *Behaviour, k chat.Ticket, hangUp context.CancelFunc, done <-chan asked) asked {
			b.Do(chat.Answer{Ticket: k + 1, Verdict: chat.Stored})
			b.Do(chat.Answer{Verdict: chat.Stored})
			hangUp()
			return <-done
		}, asked{err: context.Canceled}},
		{"the asker hangs up, the answer comes late", func(b *Behaviour, k chat.Ticket, hangUp context.CancelFunc, done <-chan asked) asked {
			hangUp()
			a := <-done
			b.Do(chat.Answer{Ticket: k, Verdict: chat.Stored})
			return a
		}, asked{err: context.Canceled}},
		{"the behaviour ends", func(b *Behaviour, k chat.Ticket, _ context.CancelFunc, done <-chan asked) asked {
			b.cancel()
			a := <-done
			b.Do(chat.Answer{Ticket: k, Verdict: chat.Stored})
			return a
		}, asked{err: context.Canceled}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			b, end := bare(1)
			defer end()
			ctx, hangUp := context.WithCancel(t.Context())
			defer hangUp()
			done := ask(ctx, b)
			got := tc.play(b, ticket(b), hangUp, done)
			if got.answer.Verdict != tc.want.answer.Verdict || got.answer.Last != tc.want.answer.Last || !errors.Is(got.err, tc.want.err) {
				t.Errorf("got  %+v\nwant %+v", got, tc.want)
			}
			if n := waitingFor(b); n != 0 {
				t.Errorf("%d tickets are still waited for", n)
			}
		})
	}
}

func TestTicketsAreNeverReused(t *testing.T) {
	b, end := bare(100)
	defer end()
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() { <-ask(t.Context(), b) })
	}
	seen := make(map[chat.Ticket]bool)
	for range 100 {
		k := ticket(b)
		if k == 0 || seen[k] {
			t.Errorf("ticket %d comes twice or is none", k)
		}
		seen[k] = true
		b.Do(chat.Answer{Ticket: k})
	}
	all.Wait()
}

func TestTicketForALoopThatDoesNotListen(t *testing.T) {
	b, end := bare(0)
	defer end()
	ctx, hangUp := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer hangUp()
	if a := <-ask(ctx, b); !errors.Is(a.err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the end of the asker's context", a.err)
	}
	if n := waitingFor(b); n != 0 {
		t.Errorf("%d tickets are still waited for", n)
	}
}

func TestPostWaitsAtItsBound(t *testing.T) {
	b, end := bare(2)
	for i := range 2 {
		if err := b.post(t.Context(), chat.PeerUp{Peer: chat.PeerID(fmt.Sprint(i))}); err != nil {
			t.Fatal(err)
		}
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := b.post(short, chat.Tick{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("at the bound: %v, want the end of its context", err)
	}
	third := make(chan error, 1)
	go func() { third <- b.post(context.Background(), chat.PeerUp{Peer: "2"}) }() // ends when there is a place
	for i := range 3 {
		if ev := <-b.events; ev != (chat.PeerUp{Peer: chat.PeerID(fmt.Sprint(i))}) {
			t.Errorf("event %d is %v", i, ev)
		}
	}
	if err := <-third; err != nil {
		t.Errorf("once there is a place: %v", err)
	}
	for range 2 {
		b.report(chat.Tick{})
	}
	go func() { third <- b.post(context.Background(), chat.Tick{}) }() // ends with b
	end()
	if err := <-third; !errors.Is(err, context.Canceled) {
		t.Errorf("at the end of the behaviour: %v", err)
	}
	b.report(chat.Tick{}) // does not wait for ever
}

func TestCounters(t *testing.T) {
	var c counters
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				c.add("this")
			}
			c.add("that")
		})
	}
	all.Wait()
	m := map[string]uint64{"that": 1}
	c.into(m)
	if m["this"] != 8000 || m["that"] != 9 || len(m) != 2 {
		t.Errorf("%v", m)
	}
}
