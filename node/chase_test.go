package node

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// The first who is back brings the turn of all others forward, and one who comes
// and goes does not do so all the time.
func TestWhoIsBackHurriesTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := &supervisor{ctx: ctx, hurry: make(chan struct{})}
		type rest struct {
			took         time.Duration
			hurry, again bool
		}
		rests := make(chan rest, 1)
		begin := func(d time.Duration) {
			began := time.Now()
			_, _, news := s.where(new(neighbour))
			go func() { // ends with ctx at the latest
				hurry, again := s.rest(d, news)
				rests <- rest{time.Since(began), hurry, again}
			}()
			synctest.Wait()
		}
		up := func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.hurryUp()
		}
		begin(time.Hour)
		up()
		if r := <-rests; !r.hurry || !r.again || r.took > 2*retryFirst {
			t.Errorf("hurried: %+v, want it within %v", r, 2*retryFirst)
		}
		begin(time.Hour)
		up()
		if r := <-rests; r.hurry || !r.again || r.took < time.Hour {
			t.Errorf("hurried twice within %v: %+v", hurryPause, r)
		}
		begin(time.Hour)
		up()
		if r := <-rests; !r.hurry {
			t.Errorf("not hurried any more: %+v", r)
		}
		_, _, news := s.where(new(neighbour))
		time.Sleep(hurryPause)
		up() // while it is being dialled
		if hurry, again := s.rest(time.Hour, news); !hurry || !again {
			t.Error("not hurried after a dial in vain")
		}
		begin(time.Hour)
		cancel()
		if r := <-rests; r.hurry || r.again {
			t.Errorf("at the end: %+v", r)
		}
	})
}

// Many who are lost are not dialled more often than few.
func TestChasesTakeTurns(t *testing.T) {
	for chases, want := range map[int]time.Duration{1: time.Second / chaseRate, chaseRate: time.Second, maxKnown: maxKnown * time.Second / chaseRate} {
		if got := (&supervisor{chases: chases}).turn(); got != want {
			t.Errorf("one of %d chases pauses %v, want %v", chases, got, want)
		}
	}
}
