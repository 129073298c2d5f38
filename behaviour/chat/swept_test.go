package chat

import (
	"strings"
	"testing"
	"time"
)

// While a slow disk holds back that a session is over, nothing that its user types
// goes where he does not know to be.
func TestNothingGoesAstrayBehindASlowDisk(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	s.link("a", "b")
	s.play("a", Fork{"b"})
	s.pass(time.Second)
	s.forget()
	s.disks["a"].slow = true
	s.play("a", Broadcast{"anything"}) // is not durable, so all that follows waits
	s.play("b", SwitchTo{"1"})
	s.play("b", Leave{})
	s.pass(sweptGrace + time.Second)
	s.play("a", Say{"secret"})
	s.play("a", Say{"secret"})
	s.disks["a"].slow = false
	s.disks["a"].sync("a")
	s.play("a", Say{"secret"}) // he has just been told
	s.play("a", Say{"hi"})
	s.pass(time.Second)
	var closed, held int
	for _, line := range s.told["a"] {
		switch {
		case strings.HasPrefix(line, `held "secret"`):
			if held++; closed == 0 {
				t.Error("a line is held before the user is told why")
			}
		case strings.Contains(line, "closed"):
			closed++
		}
	}
	if closed != 1 || held != 3 {
		t.Errorf("a is told %q", s.told["a"])
	}
	if got := strings.Join(s.told["b"], "\n"); strings.Contains(got, "secret") || !strings.Contains(got, `"hi"`) {
		t.Errorf("b is told %q", got)
	}
}
