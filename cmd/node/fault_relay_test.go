package main

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// otherWay is how long a private session whose relay has died may need to go on by
// another way (PROMISES 5.3).
const otherWay = 15 * time.Second

// Two who cannot be dialled talk privately, by way of others. Each of these is killed
// in turn: the session goes on by the other, and nothing is lost.
func TestRelayKilled(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 4)
	relays := []*keeper{keeps(t, n[0]), keeps(t, n[1], "-b", fmt.Sprint(n[0]))}
	hidden := func(no int) *keeper {
		t.Helper()
		return keeps(t, no, "--no-listen", "-b", fmt.Sprint(n[0]), "-b", fmt.Sprint(n[1]))
	}
	anna, bob := hidden(n[2]), hidden(n[3])
	for _, k := range []*keeper{anna, bob} {
		for _, r := range slices.Concat(relays, []*keeper{anna, bob}) {
			if r == k {
				continue
			}
			k.life().tells("the others", func(e event) bool { return e.Type == "peer" && e.Event == "up" && e.Peer.No == r.no })
		}
	}
	anna.tries(fmt.Sprintf(`{"do":"fork","to":%d}`, n[3]))
	for _, k := range []*keeper{anna, bob} {
		k.life().tells("the session", func(e event) bool { return e.Type == "session" && e.Event == "opened" })
	}
	says := func(from, to *keeper, text string) time.Time {
		t.Helper()
		from.tries(fmt.Sprintf(`{"do":"say","conversation":"session:1","text":%q}`, text))
		return to.life().tells(text, func(e event) bool { return e.Type == "message" && e.Conversation == "session:1" && e.Text == text }).at
	}
	says(anna, bob, "before")
	says(bob, anna, "likewise")
	path := ""
	for _, p := range anna.life().asks("ls", "ls", "peers").Peers {
		if p.No == n[3] {
			path = p.Path
		}
	}
	if path != "relayed" {
		t.Errorf("the path to who cannot be dialled is %q", path)
	}
	for i, r := range relays {
		r.dies()
		killed := time.Now()
		there := says(anna, bob, fmt.Sprintf("%d is dead", i)).Sub(killed)
		back := says(bob, anna, fmt.Sprintf("so it is, %d", i)).Sub(killed)
		t.Logf("relay %d killed: there after %v, back after %v", i, there.Round(time.Millisecond), back.Round(time.Millisecond))
		if max(there, back) > otherWay {
			t.Errorf("the session goes on after %v, want %v", max(there, back), otherWay)
		}
		r.rises()
		for _, k := range []*keeper{anna, bob} {
			ups := 0
			k.life().tells("the relay again", func(e event) bool {
				if e.Type == "peer" && e.Event == "up" && e.Peer.No == r.no {
					ups++
				}
				return ups == 2
			})
		}
	}
	account(t, anna, bob)
}
