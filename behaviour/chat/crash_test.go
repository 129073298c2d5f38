package chat

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Whatever is written when a node crashes, before or after it is durable, a session
// goes on without losing or repeating a word.
func TestCrashAtEverySaveOfASession(t *testing.T) {
	for _, names := range [][]string{{"a", "b"}, {"a", "b", "c"}} {
		t.Run(strings.Join(names, ""), func(t *testing.T) {
			runs := 0
			for at := 1; ; at++ {
				reached := false
				for _, who := range names {
					for _, durable := range []bool{false, true} {
						runs++
						reached = crashAt(t, names, who, at, durable) || reached
					}
				}
				if !reached {
					break
				}
			}
			t.Logf("%d crashes", runs)
		})
	}
}

// crashAt crashes a core at its save of that number since the sessions are open, and
// reports whether there was one.
func crashAt(t *testing.T, names []string, who string, at int, durable bool) (reached bool) {
	t.Helper()
	x := exploreCrashes(t, inTurn(), names...)
	said := x.conversation(3)
	d := x.disks[who]
	seen, lastN := 0, uint64(0)
	x.watch = func() {
		if reached || len(d.coming) == 0 || d.coming[len(d.coming)-1].N == lastN {
			return
		}
		lastN = d.coming[len(d.coming)-1].N
		if seen++; seen == at {
			reached = true
			n := len(d.coming)
			if !durable {
				n--
			}
			x.crash(who, n)
		}
	}
	x.until(x.calm)
	x.checkCrashed(said)
	return reached
}

// The same with crashes, cuts and time in any order.
func TestCrashesInAnyOrder(t *testing.T) {
	for _, names := range [][]string{{"a", "b"}, {"a", "b", "c"}} {
		someOrders(300, func(choose func(int) int) {
			x := exploreCrashes(t, choose, names...)
			said := x.conversation(3)
			x.left, x.cuts, x.waits = 3, 3, 6
			x.until(x.calm)
			x.checkCrashed(said)
		})
	}
}

// Both fork and talk at once, and nodes crash: what either has said arrives, unless he
// is told that it does not.
func TestCrashesWhileBothFork(t *testing.T) {
	someOrders(1000, func(choose func(int) int) {
		x := exploreCrashes(t, choose, "a", "b")
		for _, pair := range [][2]string{{"a", "b"}, {"b", "a"}} {
			deeds, _ := talk(pair[0], pair[1], 3)
			x.deeds[pair[0]] = append([]Instruction{Fork{pair[1]}}, deeds...)
		}
		x.left, x.cuts, x.waits = 2, 1, 3
		x.until(x.calm)
		for _, who := range x.names {
			x.checkFates(who)
			checkSessions(t, x.cores[who])
			for _, line := range x.told[who] {
				if strings.HasPrefix(line, "warning") || (strings.Contains(line, "anew") && !x.somebodyGaveUp()) {
					x.fail("%s was told %s, and both have their stores", who, line)
				}
			}
		}
		a, b := x.cores["a"].users[0].sessions(), x.cores["b"].users[0].sessions()
		if len(a) != len(b) || len(a) > 1 || (len(a) == 1 && (a[0].id != b[0].id || a[0].side+b[0].side != SideA+SideB)) {
			x.fail("the ends do not fit: %v and %v", a, b)
		}
	})
}

// somebodyGaveUp says whether a fork has failed because the other one was not there.
func (x *crashes) somebodyGaveUp() bool {
	for _, lines := range x.told {
		if slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, "cannot be reached") }) {
			return true
		}
	}
	return false
}

// Both fork, talk and leave, and nodes crash: in the end nothing is kept anywhere, of
// what was delivered the other one knew, and of everything else its author was told.
func TestNothingIsKeptOfWhatIsOver(t *testing.T) {
	someOrders(1000, func(choose func(int) int) {
		x := exploreCrashes(t, choose, "a", "b")
		for _, pair := range [][2]string{{"a", "b"}, {"b", "a"}} {
			deeds, _ := talk(pair[0], pair[1], 2)
			x.deeds[pair[0]] = append(append([]Instruction{Fork{pair[1]}}, deeds...), SwitchTo{pair[1]}, Leave{})
		}
		x.left, x.cuts, x.waits = 2, 2, 4
		x.until(x.calm)
		for _, who := range x.names { // where a crash came before the end
			for _, s := range x.cores[who].users[0].sessions() {
				x.deeds[who] = append(x.deeds[who], SwitchTo{strconv.Itoa(s.place.n)}, Leave{})
			}
		}
		x.until(func() bool {
			return x.calm() && !slices.ContainsFunc(x.names, func(who string) bool { return x.cores[who].sessions.open > 0 })
		})
		for _, who := range x.names {
			if left := x.disks[who].sessionsLeft(); len(left) > 0 {
				x.fail("%s is left with %v", who, left)
			}
			x.checkFates(who)
		}
	})
}

// checkFates fails unless a user knows of all that he was shown as said what became of
// it. That it is delivered he may miss, if his node has crashed before it could say so.
func (x *crashes) checkFates(who string) {
	x.t.Helper()
	fate := make(map[string][]string)
	said := make(map[string]string)
	other := map[string]string{"a": "b", "b": "a"}[who]
	for _, line := range x.told[who] {
		words := strings.Fields(line)
		switch words[0] {
		case "delivered", "failed":
			id := strings.TrimSuffix(words[1], ":")
			fate[id] = append(fate[id], words[0])
		case "shown":
			if words[1] == "mine" {
				said[words[2]] = strings.Trim(words[len(words)-1], `"`)
			}
		}
	}
	for id, text := range said {
		if len(fate[id]) == 0 && (x.disks[who].lives == 1 || !x.disks[other].has(text)) {
			x.fail("%s was never told of %s; of others %v", who, id, slices.Sorted(maps.Keys(fate)))
		}
	}
	for id, told := range fate {
		if i := slices.Index(told, "delivered"); i >= 0 && i < len(told)-1 {
			x.fail("%s was told of %s that it is %v", who, id, told)
		}
	}
}

// checkCrashed fails unless every user has what all others said to him, once and in order.
func (x *crashes) checkCrashed(said map[string][]string) {
	x.t.Helper()
	for _, pair := range slices.Sorted(maps.Keys(said)) {
		from, to := pair[:1], pair[1:]
		texts := x.accepted(from, pair, said[pair])
		if got := startingWith(x.disks[to].texts(from), pair); !slices.Equal(got, texts) {
			x.fail("of what %s said to %s, %v, there has arrived %v", from, to, texts, got)
		}
		x.checkScreen(to, pair, texts)
	}
	for _, who := range x.names {
		checkSessions(x.t, x.cores[who])
		if x.t.Failed() {
			x.fail("the books of %s", who)
		}
		for _, line := range x.told[who] {
			if strings.HasPrefix(line, "failed") || strings.Contains(line, "closed") {
				x.fail("%s was told %s", who, line)
			}
		}
	}
}

// accepted is what of the texts is on the disk of their author: all that he was
// shown as said, in order and once, and what was not shown when his node crashed.
func (x *crashes) accepted(who, prefix string, texts []string) []string {
	x.t.Helper()
	kept := startingWith(x.disks[who].texts(who), prefix)
	for i, text := range kept {
		if !slices.Contains(texts, text) || slices.Contains(kept[:i], text) || (i > 0 && text < kept[i-1]) {
			x.fail("%s has said %v, and kept %v", who, texts, kept)
		}
	}
	for _, line := range x.told[who] {
		if at := strings.Index(line, `"`+prefix); at > 0 && strings.HasPrefix(line, "shown mine") && !slices.Contains(kept, strings.Trim(line[at:], `"`)) {
			x.fail("%s was told %s, and kept %v", who, line, kept)
		}
	}
	return kept
}

func startingWith(texts []string, prefix string) (some []string) {
	for _, text := range texts {
		if strings.HasPrefix(text, prefix) {
			some = append(some, text)
		}
	}
	return some
}

// checkScreen fails unless a user saw what begins with prefix in order and once, and
// all of it but what was kept and not shown when his node crashed.
func (x *crashes) checkScreen(who, prefix string, texts []string) {
	x.t.Helper()
	next := 0
	for _, line := range x.told[who] {
		at := strings.Index(line, `"`+prefix)
		if at < 0 || strings.HasPrefix(line, "shown mine") || !strings.HasPrefix(line, "shown") {
			continue
		}
		text := strings.Trim(line[at:], `"`)
		i := slices.Index(texts[next:], text)
		if i < 0 {
			x.fail("%s was shown %s again, or too late", who, text)
		}
		for _, missed := range texts[next : next+i] {
			if !x.mayHaveMissed(who, missed) {
				x.fail("%s was not shown %s", who, missed)
			}
		}
		next += i + 1
	}
	for _, missed := range texts[next:] {
		if !x.mayHaveMissed(who, missed) {
			x.fail("%s was not shown %s", who, missed)
		}
	}
}

func (x *crashes) mayHaveMissed(who, text string) bool {
	for _, ch := range x.disks[who].durable {
		if r, ok := ch.(Recorded); ok && r.Message.Body == text && x.disks[who].unseen[r.ID] {
			return true
		}
	}
	return false
}
