package chat

import (
	"slices"
	"testing"
	"time"
)

func TestTimersRunInTheOrderOfTheirTimesThenOfSetting(t *testing.T) {
	c := newScript(t, "a").cores["a"]
	c.now = noon
	var ran []int
	for i, d := range []time.Duration{2, 1, 2, 1, 2, 1, 0, 2, 1, 2} {
		c.after(d*time.Second, func() { ran = append(ran, i) })
	}
	if want := noon; !c.Wake().Equal(want) {
		t.Errorf("it wants to be woken at %v, want %v", c.Wake(), want)
	}
	c.HandleEvent(noon.Add(2*time.Second), Tick{})
	if want := []int{6, 1, 3, 5, 8, 0, 2, 4, 7, 9}; !slices.Equal(ran, want) {
		t.Errorf("ran %v, want %v", ran, want)
	}
	if !c.Wake().IsZero() {
		t.Error("it waits for something")
	}
}

func TestTimerSetByATimer(t *testing.T) {
	c := newScript(t, "a").cores["a"]
	c.now = noon
	ran := 0
	var again func()
	again = func() { ran++; c.after(time.Second, again) }
	c.after(time.Second, again)
	c.HandleEvent(noon.Add(time.Hour), Tick{}) // however late, from now on
	if ran != 1 || !c.Wake().Equal(noon.Add(time.Hour+time.Second)) {
		t.Errorf("ran %d times and then wants to be woken at %v", ran, c.Wake())
	}
}

func TestJitter(t *testing.T) {
	c := newScript(t, "a").cores["a"]
	least, most := time.Hour, time.Duration(0)
	for range 10_000 {
		d := c.jitter(time.Second)
		least, most = min(least, d), max(most, d)
	}
	if least < 800*time.Millisecond || most > 1200*time.Millisecond || most-least < 390*time.Millisecond {
		t.Errorf("from %v to %v, want 1 s ±20 %%", least, most)
	}
}
