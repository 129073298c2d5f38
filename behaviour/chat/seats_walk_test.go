package chat

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// Three front ends of one user go about as they please, and so do others; at times the
// disk is slow, so that all hear later of what the others do. A line goes where the seat
// that typed it was told that it is, or it is held, or refused where it is nowhere.
func TestALineGoesWhereItsSeatWasToldToBe(t *testing.T) {
	lines := 0
	for seed := range uint64(300) {
		w := newWalk(t, rand.New(rand.NewPCG(seed, 3)))
		for range 40 {
			w.step()
		}
		lines += w.arrived
	}
	if lines < 10_000 {
		t.Errorf("only %d lines went anywhere", lines)
	}
}

// walk follows the seats of a user by what they are told alone.
type walk struct {
	*script
	r       *rand.Rand
	user    User
	seats   []Seat
	now     map[Seat]Conversation   // where each was told to be
	typed   map[string]Conversation // where each line was for
	arrived int                     // lines
	trace   []string
}

func newWalk(t *testing.T, r *rand.Rand) *walk {
	t.Helper()
	w := &walk{r: r, user: User(r.IntN(2)), seats: []Seat{1, 2, 3}, now: make(map[Seat]Conversation), typed: make(map[string]Conversation)}
	w.script = newKeptScript(t, "a", "b", "c")
	w.heard = w.follow
	for _, who := range w.names {
		w.play(who, Started{})
	}
	w.link("a", "b")
	w.link("a", "c")
	if w.user == Owner {
		for _, no := range w.seats {
			w.now[no] = Lobby
		}
	} else {
		w.ask(1, Enter{"guest"})
		w.ask(1, Join{Channel: "#x"})
	}
	for _, no := range w.seats[1:] {
		w.ask(no, Attach{})
	}
	return w
}

func (w *walk) ask(no Seat, in Instruction) {
	w.trace = append(w.trace, fmt.Sprintf("%d: %T%v", no, in, in))
	w.play("a", sits{Asker{User: w.user, Seat: no}, in})
}

// follow takes down what the seats are told.
func (w *walk) follow(who string, n Notify) {
	if who != "a" || (n.For != nil && !slices.Contains(n.For, w.user)) {
		return
	}
	for _, no := range w.seats {
		if n.Reaches(no) {
			w.trace = append(w.trace, fmt.Sprintf("   %d: %s", no, notificationText(n.Notification)))
			w.followAt(no, n.Notification)
		}
	}
	if m, ok := n.Notification.(Shown); ok && m.Mine {
		w.arrived++
		if meant := w.typed[m.Text]; m.ID.Conversation != meant {
			w.t.Fatalf("%s was for %q and goes to %q:\n%s", m.Text, meant, m.ID.Conversation, list(w.trace))
		}
	}
}

func (w *walk) followAt(no Seat, n Notification) {
	switch n := n.(type) {
	case Joined:
		if !n.Elsewhere {
			w.now[no] = n.Conversation
		}
	case Switched:
		w.now[no] = n.To.Conversation
	case Parted: // in the lobby, if it is not told otherwise
		if w.now[no] == n.Conversation {
			if w.now[no] = ""; w.cores["a"].byUser[w.user].lobby() != nil {
				w.now[no] = Lobby
			}
		}
	case SessionChanged:
		switch {
		case n.Event == Closed && n.Back != nil:
			w.now[no] = n.Back.Conversation
		case n.Event == Opened && n.Side == SideA && !n.Elsewhere:
			w.now[no] = w.cores["a"].byUser[w.user].sessionOf(Person{n.With.ID, n.With.Guest}).id.Conversation()
		}
	}
}

// step has one seat do something, and all of them say a line: who has just moved, when
// it was told.
func (w *walk) step() {
	some := func(list ...string) string { return list[w.r.IntN(len(list))] }
	disk, mover := w.disks["a"], w.seats[w.r.IntN(len(w.seats))]
	disk.slow = w.r.IntN(2) == 0
	if w.r.IntN(6) == 0 { // the other ends of sessions have their say
		w.play(some("b", "c"), []Instruction{Fork{"a"}, SwitchTo{"1"}, Leave{}}[w.r.IntN(3)])
	}
	w.ask(mover, []Instruction{
		Join{Channel: some("#x", "#y")}, Part{some("#x", "#y", "")}, OpenLobby{}, SwitchTo{some("0", "#x", "b", "c")},
		Fork{some("b", "c", "nobody")}, Leave{}, OpenDirect{some("b", "c")}, Ignore{some("b", "c")}, Unignore{some("b", "c")},
	}[w.r.IntN(9)])
	if w.r.IntN(4) == 0 {
		w.pass(sweptGrace)
	}
	for _, no := range w.seats {
		if no != mover {
			w.line(no)
		}
	}
	disk.slow = false
	disk.sync("a")
	w.settle()
	w.line(mover)
}

func (w *walk) line(no Seat) {
	text := fmt.Sprintf("line %d of %d", len(w.typed), no)
	w.typed[text] = w.now[no]
	w.ask(no, Say{text})
}
