package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"tincan/cmd/lab/internal/floor"
	"tincan/cmd/lab/internal/report"
)

func TestTextCarriesItsNumbers(t *testing.T) {
	for _, want := range [][2]int{{0, 0}, {3, 14}, {999999, 99999999}} {
		s := text(want[0], want[1])
		round, n, ok := parseText(s)
		if len(s) != floor.TextSize || !ok || round != want[0] || n != want[1] {
			t.Errorf("text%v = %q, read back as %d, %d, %v", want, s, round, n, ok)
		}
	}
	good := text(1, 2)
	for _, bad := range []string{"", "hello", good[1:], good + ".", "x" + good[1:], good[:7] + "-" + good[8:]} {
		if _, _, ok := parseText(bad); ok {
			t.Errorf("%q was read as a text", bad)
		}
	}
}

func TestTallyCountsWhatWentWrong(t *testing.T) {
	tally := newTally(7, 3, 4)
	for _, h := range []struct{ node, round, n int }{
		{0, 7, 0}, {0, 7, 1}, {0, 7, 2}, {0, 7, 3}, // the author
		{1, 7, 1}, {1, 7, 0}, {1, 7, 1}, // out of order, then twice
		{2, 7, 1}, {2, 6, 2}, {2, 7, 4}, // another round, and one that was not said
	} {
		tally.hear(h.node, text(h.round, h.n))
	}
	got := [5]int64{tally.full.Load(), tally.heard.Load(), tally.own.Load(), tally.twice.Load(), tally.disorder.Load()}
	if want := [5]int64{1, 3, 4, 1, 1}; got != want {
		t.Errorf("full, heard, own, twice, disorder: got %v, want %v", got, want)
	}
}

// fakeMesh delivers to nodes 1 and up what keep lets through.
type fakeMesh struct {
	queues []chan string
	keep   func(n int) bool
	close  sync.Once
}

func (m *fakeMesh) Publish(_ context.Context, s string) error {
	_, n, _ := parseText(s)
	for node, q := range m.queues {
		if node == 0 || m.keep(n) {
			q <- s
		}
	}
	return nil
}

func (m *fakeMesh) Next(ctx context.Context, node int, heard []string) ([]string, error) {
	select {
	case s, ok := <-m.queues[node]:
		if !ok {
			return heard, errors.New("closed")
		}
		return append(heard, s), nil
	case <-ctx.Done():
		return heard, ctx.Err()
	}
}

func (m *fakeMesh) Refused() int { return 0 }

func (m *fakeMesh) Close() error {
	m.close.Do(func() {
		for _, q := range m.queues {
			close(q)
		}
	})
	return nil
}

func TestPushSeesLoss(t *testing.T) {
	for _, c := range []struct {
		name string
		keep func(int) bool
		lost int
	}{
		{"all arrive", func(int) bool { return true }, 0},
		{"every tenth is lost on two nodes", func(n int) bool { return n%10 != 0 }, 10 * 2},
	} {
		m := &fakeMesh{keep: c.keep}
		for range 3 {
			m.queues = append(m.queues, make(chan string, 4))
		}
		b := broadcaster{audience: newAudience(m, 3), texts: 100}
		_, _, lost, err := b.push(t.Context(), 0, 50*time.Millisecond)
		if err != nil || lost != c.lost {
			t.Errorf("%s: lost %d, %v; want %d", c.name, lost, err, c.lost)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestFloorsDoTheirWork(t *testing.T) {
	for _, kind := range []floor.TripKind{{}, {Fresh: true}, {Signed: true}, {Fresh: true, Signed: true}} {
		trip, err := floor.NewTrip(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 3 {
			if err := trip.Go(t.Context(), text(0, n)); err != nil {
				t.Errorf("%+v: %v", kind, err)
			}
		}
		if err := trip.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestChooseBenches(t *testing.T) {
	if all, err := chooseBenches(nil); err != nil || len(all) != len(benches) {
		t.Errorf("no names: %d benchmarks, %v", len(all), err)
	}
	if two, err := chooseBenches([]string{"join", "dm"}); err != nil || len(two) != 2 || two[0].name != "join" || two[1].name != "dm" {
		t.Errorf("join dm: %v, %v", two, err)
	}
	if _, err := chooseBenches([]string{"dm", "joyn"}); err == nil {
		t.Error("joyn was taken for a benchmark")
	}
}

func TestFloorLineDoesItsWork(t *testing.T) {
	l, err := floor.NewLine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := errors.Join(l.Echo(t.Context()), l.Deliver(t.Context()), l.Push(t.Context(), 10)); err != nil {
			t.Error(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := l.Echo(t.Context()); err == nil {
		t.Error("a closed line echoes")
	}
}

// A session does what its bench asks for: both ends hear, and no answer is taken
// for another.
func TestTalkDoesItsWork(t *testing.T) {
	if testing.Short() {
		t.Skip("two nodes settle")
	}
	s, err := newProductTalk(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := errors.Join(s.Echo(t.Context()), s.Deliver(t.Context()), s.Push(t.Context(), 10)); err != nil {
			t.Error(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestCrowd lets ten guests hear each door, as the process of the guests does.
func TestCrowd(t *testing.T) {
	for _, c := range []struct {
		name, speech string
		open         func(context.Context) (door, error)
	}{
		{"raw lines", "lines", openFloorDoor},
		{"raw web", "web", openFloorWeb},
		{"web", "web", openProductWeb},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := c.open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			hearing(t, c.speech, d)
		})
	}
}

func hearing(t *testing.T, speech string, d door) {
	const guests = 10
	door, speakers := d.Doors()
	orders, order := io.Pipe()
	answers, answer := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- runCrowd(t.Context(), guests, speech, door, speakers, orders, answer) }() // ends with orders
	in := bufio.NewReader(answers)
	says := func() string {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(line)
	}
	if got := says(); got != crowdReady {
		t.Fatalf("the crowd says %q", got)
	}
	fmt.Fprintln(order, "latency 1")
	h := host{byGuest: make([]report.Sample, guests)}
	var times crowdTimes
	if err := json.Unmarshal([]byte(says()), &times); err != nil || len(times.Heard) != guests {
		t.Fatalf("%d guests have heard, %v", len(times.Heard), err)
	}
	h.add(times)
	for i, s := range h.byGuest {
		if s.Len() != crowdTexts || s.At(0) <= 0 {
			t.Errorf("guest %d has heard %d texts, the first after %v", i, s.Len(), s.At(0))
		}
	}
	if h.first.At(0.5) > h.last.At(0.5) {
		t.Errorf("the first has it after %v, the last after %v", h.first.At(0.5), h.last.At(0.5))
	}
	fmt.Fprintln(order, "push", pushRound, 20)
	if got := says(); got != crowdReady {
		t.Errorf("before a push the crowd says %q", got)
	}
	for n := range 20 {
		if err := d.Say(t.Context(), text(pushRound, n)); err != nil {
			t.Error(err)
		}
	}
	if got := says(); got != crowdAll {
		t.Errorf("after a push the crowd says %q", got)
	}
	order.Close()
	if err := errors.Join(<-done, d.Close()); err != nil {
		t.Error(err)
	}
}
