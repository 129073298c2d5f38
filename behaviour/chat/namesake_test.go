package chat

import (
	"reflect"
	"testing"
	"time"
)

// Who takes a name that another guest had does not read what that one wrote and was
// written, whether he comes under it or is called so later; what was said to all is no
// secret, but is not his.
func TestNamesakeReadsNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		before []any
		after  time.Duration
		comes  Instruction
	}{
		{"at once", nil, 0, Enter{"gina"}},
		{"later", nil, time.Minute, Enter{"gina"}},
		{"called so", []any{asks{2, "", Enter{"bob"}}}, 0, Rename{"gina"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t)
			for _, n := range []string{"a", "b"} {
				s.join(n, keeping(s.disk(n)))
				s.play(n, Started{})
			}
			s.link("a", "b")
			for _, in := range c.before {
				s.play("a", in)
			}
			s.converse(1, Enter{"gina"}, "one")
			s.remembers(1, "dm b", "one from mine", "one for")
			s.remembers(1, "lobby", "one to all mine")

			s.play("a", asks{1, "", Exit{}})
			s.pass(c.after)
			s.converse(2, c.comes, "two")
			s.remembers(2, "dm b", "two from mine", "two for")
			s.remembers(2, "lobby", "one to all", "two to all mine")
		})
	}
}

// converse has a guest of a's become gina and talk with b.
func (s *script) converse(user User, becomes Instruction, word string) {
	s.t.Helper()
	for _, in := range []Instruction{becomes, OpenLobby{}, Broadcast{word + " to all"}, SendDirect{To: "b", Text: word + " from"}} {
		s.play("a", asks{user, "", in})
	}
	s.play("b", SendDirect{To: "gina@a", Text: word + " for"})
	s.pass(time.Second)
}

// remembers compares the history that a guest of a's reads.
func (s *script) remembers(user User, in string, want ...string) {
	s.t.Helper()
	var got []string
	for _, e := range s.give("a", asks{user, "", ReadHistory{In: in}}) {
		for _, told := range s.give("a", s.disks["a"].recall(e.(Recall))) {
			for _, m := range told.(Notify).Notification.(History).Items {
				text := m.Text
				if m.Mine {
					text += " mine"
				}
				got = append(got, text)
			}
		}
	}
	if !reflect.DeepEqual(got, want) {
		s.t.Errorf("guest %d reads in %s %q, want %q", user, in, got, want)
	}
}
