package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A node is killed again and again while it takes 200 lines a second, every fourth
// a direct message, and so is the one who gets them: what was acknowledged is
// not lost, nothing is shown twice, and no file is damaged. scripts/soak kills
// a thousand times.
func TestKilledWhileWriting(t *testing.T) {
	t.Parallel()
	kills := 20
	if soak {
		kills = 1000
	}
	n := peerNos(t, 2)
	reader := keeps(t, n[1])
	writer := keeps(t, n[0], "-b", fmt.Sprint(n[1]))
	busy := talking(time.Second/200, func(i int) {
		if i%4 == 3 {
			writer.tries(fmt.Sprintf("dm %d direct %d", n[1], i))
		} else {
			writer.tries(fmt.Sprintf("line %d", i))
		}
	})
	var starts []time.Duration
	for round := range kills {
		victim, what := writer, func(e event) bool { return e.Type == "message" && e.Mine }
		if round%4 == 3 {
			victim, what = reader, func(e event) bool { return e.Type == "message" && e.Text != "" }
		}
		left := rand.IntN(60)
		victim.life().tells("so many messages", func(e event) bool {
			if what(e) {
				left--
			}
			return left <= 0
		})
		victim.dies()
		if round%5 == 4 { // while it starts, too
			victim.starts()
			<-time.After(time.Duration(rand.IntN(60)) * time.Millisecond)
			victim.dies()
		}
		starts = append(starts, victim.rises())
	}
	busy.hush()
	outboxes(t, reader, writer)
	everybodyHas(t, "lobby", reader, writer)
	accepted, delivered := account(t, reader, writer)
	if accepted == 0 || delivered == 0 {
		t.Error("nothing was said")
	}
	t.Logf("%d kills: %d messages accepted, %d delivered, starts %s", kills, accepted, delivered, spread(starts))
	for _, k := range []*keeper{reader, writer} {
		k.unharmed()
	}
}

// unharmed checks that no life has complained of more than that others were away.
func (k *keeper) unharmed() {
	k.t.Helper()
	for _, p := range k.lives {
		if got := p.err.text(); got != "" {
			k.t.Errorf("node %d complains: %s", k.no, got)
		}
	}
	for _, e := range k.told(func(e event) bool { return e.Type == "notice" && e.Code == "warning" }) {
		if !strings.HasPrefix(e.Text, "cannot reach peer ") {
			k.t.Errorf("node %d warns: %s", k.no, e.Text)
		}
	}
	if bad, _ := filepath.Glob(filepath.Join(k.dir, "*.bad-*")); len(bad) > 0 {
		k.t.Errorf("node %d has set aside %q", k.no, bad)
	}
}
