package sim

import (
	"math/rand/v2"
	"time"

	"tincan/behaviour/chat"
)

// maxSkew is how far good clocks go wrong.
const maxSkew = 3 * time.Second

// ticking is a clock: how far it is ahead of virtual time, and how fast it gains. It
// has no monotonic reading: that it is set ahead looks to a core like a machine that
// has slept.
type ticking struct {
	skew  time.Duration // at since
	since int64
	drift float64 // seconds gained in a second
	odd   bool    // it is or was far from right
	found bool    // its node has told its owner so
}

// maxDrift is how fast a clock gains or loses that nobody corrects: 100 ppm is a bad
// quartz.
const maxDrift = 100e-6

// oddSkew is from where on a stamp may be too far ahead for others to take it: they
// allow ten minutes and may be wrong themselves, and who is less than that ahead pulls
// the stamps of all along.
const oddSkew = time.Minute

// wrongClocks makes the clocks of a run wrong, those of a quarter of the nodes by up
// to an hour.
func (w *world) wrongClocks() {
	if w.o.Clock == "good" {
		return
	}
	r := rand.New(rand.NewPCG(w.o.Seed, 0x636c6f636b))
	for _, n := range w.nodes {
		n.clock.drift = maxDrift * (2*r.Float64() - 1)
		if w.o.Clock != "jump" && r.IntN(4) == 0 {
			n.clock.skew += time.Duration(r.Int64N(int64(2*time.Hour))) - time.Hour
			n.clock.odd = true
		}
	}
}

// ahead is how far the clock is ahead.
func (k *ticking) ahead(now int64) time.Duration {
	return k.skew + time.Duration(k.drift*float64(now-k.since))
}

// jump sets the clock.
func (k *ticking) jump(now int64, by time.Duration) {
	k.skew, k.since, k.odd = k.ahead(now)+by, now, true
}

// clock is the node's own time.
func (w *world) clock(n *node) time.Time {
	return epoch.Add(time.Duration(w.now) + n.clock.ahead(w.now))
}

// rings is when the clock of a node will show a time.
func (w *world) rings(n *node, wake time.Time) int64 {
	k := &n.clock
	if k.drift == 0 {
		return int64(wake.Sub(epoch) - k.skew)
	}
	ahead := float64(int64(wake.Sub(epoch)-k.skew) - k.since)
	return k.since + int64(ahead/(1+k.drift)) + 1
}

// early says whether others may not take a message, as it is stamped too far ahead: not
// all of them know it of the same clock at the same time.
func (m *message) early() bool {
	return m.author.clock.odd || m.author.clock.found || m.Stamp.Time().Sub(epoch)-time.Duration(m.sealed) > oddSkew
}

// mistaken says whether a node goes by a wrong clock: its own, which it can know to
// be wrong only where several peers who are right are connected to it, and then it
// says so; or that of several who are not.
func (k *ticking) mistaken() bool { return k.odd != k.found }

// jumped lets the alarm of a node follow its clock.
func (w *world) jumped(n *node, by time.Duration) {
	n.clock.jump(w.now, by)
	if !n.alive {
		return
	}
	w.post(n, 0, chat.Tick{})
}
