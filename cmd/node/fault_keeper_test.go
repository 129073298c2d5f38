package main

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// keeper is a demo node that keeps its history, over all its lives. What it has
// told outlives each of them.
type keeper struct {
	t    *testing.T
	no   int
	dir  string
	args []string

	mu    sync.Mutex // guards lives while others type
	lives []*process // the last one runs, unless it was killed
}

// keeps starts a node with --json that keeps its history, and waits until it is ready.
func keeps(t *testing.T, no int, args ...string) *keeper {
	t.Helper()
	k := &keeper{t: t, no: no, dir: t.TempDir()}
	k.args = append([]string{"--json", "-p", fmt.Sprint(no), "--data-dir", k.dir}, args...)
	k.rises()
	return k
}

// life is the one that runs, or the last one.
func (k *keeper) life() *process {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lives[len(k.lives)-1]
}

// starts begins another life, with the same command.
func (k *keeper) starts() *process {
	k.t.Helper()
	p := launch(k.t, k.args...)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lives = append(k.lives, p)
	return p
}

// rises is starts that waits until lines can be typed, and returns how long that took.
func (k *keeper) rises() time.Duration {
	k.t.Helper()
	p := k.starts()
	return p.ready().Sub(p.began)
}

// dies ends the life that runs, as a power cut does.
func (k *keeper) dies() { k.life().kill() }

// tries types a line, which nobody reads if the node is dead. Any goroutine may
// call it.
func (k *keeper) tries(line string) { _, _ = io.WriteString(k.life().in, line+"\n") }

// aloud tries to say a line to everybody.
func (k *keeper) aloud(text string) { k.tries(fmt.Sprintf(`{"do":"broadcast","text":%q}`, text)) }

// told are all events of all lives that are wanted.
func (k *keeper) told(wanted func(event) bool) (all []event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range k.lives {
		all = append(all, p.told(wanted)...)
	}
	return all
}

// kept are the messages of its history as those read it who export it, by id.
func (k *keeper) kept() map[string]event {
	k.t.Helper()
	all, err := k.exported()
	if err != nil {
		k.t.Fatal(err)
	}
	return all
}

func (k *keeper) exported() (map[string]event, error) {
	k.t.Helper()
	cmd := exec.Command(binary, "--data-dir", k.dir, "history", "export", "--json")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("export of node %d: %w, %s", k.no, err, stderr.String())
	}
	all := make(map[string]event)
	for line := range strings.Lines(string(out)) {
		if e := parseEvent(line); e.Type == "message" {
			if _, twice := all[e.ID]; twice {
				k.t.Errorf("node %d keeps %q twice", k.no, e.Text)
			}
			all[e.ID] = e
		}
	}
	return all, nil
}

// accepted are its own messages that it has told to have taken, which it does not
// before they are kept.
func (k *keeper) accepted() []event {
	return k.told(func(e event) bool { return e.Type == "message" && e.Mine })
}

// inDoubt is how long those who have lost nothing may need until all have it: the
// bound after a cut has healed (PROMISES 5.3).
const inDoubt = 30 * time.Second

// slack is how much longer than promised things may take here, where a busy machine
// runs many nodes: what they took is in the log.
const slack = 3

// account holds nodes to what they promise, when all of them live: what was
// accepted is kept by its author, and comes to all who are to have it; what was
// delivered is kept there; and nothing is shown twice. It returns how many messages
// were accepted and how many delivered.
func account(t *testing.T, all ...*keeper) (accepted, delivered int) {
	t.Helper()
	kept := make(map[int]map[string]event)
	for _, k := range all {
		k.shownOnce()
		kept[k.no] = k.kept()
	}
	for _, k := range all {
		for _, e := range k.accepted() {
			accepted++
			if _, ok := kept[k.no][e.ID]; !ok {
				t.Errorf("node %d has accepted %q in %s and does not keep it", k.no, e.Text, e.Conversation)
			}
		}
		for _, e := range k.told(func(e event) bool { return e.Type == "delivery" && e.State == "delivered" }) {
			delivered++
			if _, ok := kept[e.To.No][e.ID]; !ok && kept[e.To.No] != nil {
				t.Errorf("node %d was told that %s is delivered to %d, which does not keep it", k.no, e.ID, e.To.No)
			}
		}
	}
	return accepted, delivered
}

// shownOnce checks that no message was shown twice in any life, under the same id or
// under another.
func (k *keeper) shownOnce() {
	k.t.Helper()
	seen := make(map[string]int)
	for _, e := range k.told(func(e event) bool { return e.Type == "message" && e.Kind == "text" }) {
		seen[e.ID]++
		seen[e.Conversation+": "+e.Text]++
	}
	for what, n := range seen {
		if n > 1 {
			k.t.Errorf("node %d has shown %q %d times", k.no, what, n)
		}
	}
	for _, e := range k.told(func(e event) bool { return e.Type == "lagged" || e.Type == "gap" && e.Lost > 0 }) {
		k.t.Errorf("node %d tells %+v", k.no, e)
	}
}

// everybodyHas waits until all keep the messages of a conversation that any of them
// has accepted, and returns when that was.
func everybodyHas(t *testing.T, conversation string, all ...*keeper) time.Time {
	t.Helper()
	var wanted []event
	for _, k := range all {
		for _, e := range k.accepted() {
			if e.Conversation == conversation {
				wanted = append(wanted, e)
			}
		}
	}
	return keepAll(t, wanted, all...)
}

// keepAll waits until nodes keep messages.
func keepAll(t *testing.T, wanted []event, all ...*keeper) time.Time {
	t.Helper()
	limit := time.Now().Add(inDoubt)
	for _, k := range all {
		missing := k.soonKeeps(limit, func(kept map[string]event) string {
			for _, e := range wanted {
				if _, ok := kept[e.ID]; !ok {
					return fmt.Sprintf("%q of %s", e.Text, e.Conversation)
				}
			}
			return ""
		})
		if missing != "" {
			t.Errorf("node %d does not have %s within %v", k.no, missing, inDoubt)
		}
	}
	return time.Now()
}

// soonKeeps looks at what a node keeps until there is no fault to be found in it, or
// the time is over; it returns the last fault.
func (k *keeper) soonKeeps(limit time.Time, fault func(kept map[string]event) string) string {
	k.t.Helper()
	for {
		found := fault(k.kept())
		if found == "" || time.Now().After(limit) {
			return found
		}
		<-time.After(200 * time.Millisecond)
	}
}

// outboxes waits until all direct messages that nodes have accepted for one another
// are kept by those they are for. Whether each was told to be delivered is another
// matter: a node may be killed between a receipt's being kept and its being told.
func outboxes(t *testing.T, all ...*keeper) {
	t.Helper()
	for _, to := range all {
		var wanted []event
		for _, k := range all {
			for _, e := range k.accepted() {
				if e.Conversation == "dm" && e.To.No == to.no {
					wanted = append(wanted, e)
				}
			}
		}
		keepAll(t, wanted, to)
	}
}

// talk says something all the time.
type talk struct{ stop, done chan struct{} }

// talking calls say with 0, 1, 2, … every so often until hush.
func talking(every time.Duration, say func(i int)) *talk {
	k := &talk{make(chan struct{}), make(chan struct{})}
	go func() { // ends with hush
		defer close(k.done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-tick.C:
				say(i)
			case <-k.stop:
				return
			}
		}
	}()
	return k
}

func (k *talk) hush() {
	close(k.stop)
	<-k.done
}

// spread is the median and the greatest of some durations, for the log.
func spread(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	all = slices.Sorted(slices.Values(all))
	return fmt.Sprintf("median %v, most %v", all[len(all)/2].Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond))
}

// percentile is the duration that p of 100 are not greater than.
func percentile(all []time.Duration, p int) time.Duration {
	all = slices.Sorted(slices.Values(all))
	return all[(len(all)-1)*p/100]
}
