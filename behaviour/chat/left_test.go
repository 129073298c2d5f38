package chat

import "testing"

// What waited in a channel when it was left does not come into its history a second
// time when it is taken in after the return.
func TestWhatWaitedWhereANodeHasLeftIsGone(t *testing.T) {
	s := newKeptScript(t, "a")
	s.up("a", "x")
	forge := func(seq uint64, deps []Ref, text string) *Envelope {
		e := s.forge("x", 1, seq, text)
		e.Conversation, e.Messages[0].Deps = "#c", deps
		return e
	}
	early := forge(1, []Ref{{LogKey{"y", LogID{1}}, 1}}, "early")
	s.play("a", Join{Channel: "#c"})
	s.play("a", EnvelopeReceived{"x", early})
	s.play("a", Part{Channel: "#c"})
	s.play("a", Join{Channel: "#c"})
	s.pass(gapLimit / 2)
	s.play("a", EnvelopeReceived{"x", early})
	s.pass(2 * gapLimit)
	n := 0
	for _, r := range s.disks["a"].rows {
		if r.envelope == early {
			n++
		}
	}
	if n != 1 {
		t.Errorf("it is in the history %d times", n)
	}
}
