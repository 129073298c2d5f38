package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// life is a story that three nodes go through, one of which may crash.
type life struct {
	*script
	said  map[string]string   // what was accepted, by what its author was shown: the text by the id
	seen  map[string][]string // ids that the users of a core were shown, of all its lives
	sent  map[MessageID]Hash  // what has left a node
	trace []string
}

var lifeStory = []struct {
	who string
	do  any
}{
	{"a", Join{Channel: "#c"}},
	{"b", Join{Channel: "#c"}},
	{"c", Join{Channel: "#c"}},
	{"", "settle"},
	{"a", SayIn{"#c", "one"}},
	{"b", SayIn{"#c", "two"}},
	{"c", Broadcast{"three"}},
	{"a", SendDirect{To: "b", Text: "four"}},
	{"b", SendDirect{To: "a", Text: "five"}},
	{"a", SendDirect{To: "c", Text: "six"}},
	{"b", "alone"},
	{"b", SayIn{"#c", "seven"}},
	{"b", Broadcast{"eight"}},
	{"b", SendDirect{To: "a", Text: "nine"}},
	{"a", SayIn{"#c", "ten"}},
	{"c", SayIn{"#c", "eleven"}},
	{"b", SendDirect{To: "a", Text: "twelve"}},
	{"b", "together"},
	{"a", Broadcast{"thirteen"}},
	{"b", Part{"#c"}},
	{"c", SayIn{"#c", "fourteen"}},
	{"b", Join{Channel: "#c"}},
	{"", "settle"},
	{"b", SayIn{"#c", "fifteen"}},
	{"c", Act{"is the last"}},
}

// TestCrashAtEverySaveOfALife tells the story once for every Save of every node: the node
// crashes before or after that is durable, and is there again with the next thing that it
// has to do. Whatever was accepted is with everybody in the end, nobody was shown anything
// twice, and no number stands for two messages.
func TestCrashAtEverySaveOfALife(t *testing.T) {
	runs := 0
	for _, who := range []string{"a", "b", "c"} {
		for n := 1; ; n++ {
			before := tellLife(t, who, n, false)
			tellLife(t, who, n, true)
			runs += 2
			if !before {
				break
			}
			if n > 1000 {
				t.Fatal("the story has no end")
			}
		}
	}
	t.Logf("%d crashes", runs)
}

// tellLife tells the story with a crash at the n-th Save of a node, and reports
// whether there was one.
func tellLife(t *testing.T, who string, n int, after bool) (crashed bool) {
	x := &life{newScript(t), make(map[string]string), make(map[string][]string), make(map[MessageID]Hash), nil}
	x.carried = x.leaves
	saves := 0
	for _, name := range []string{"a", "b", "c"} {
		d := x.disk(name)
		if name == who {
			d.crash = func(durable bool) bool {
				if !durable {
					saves++
				}
				crashed = crashed || (saves == n && durable == after)
				return saves == n && durable == after
			}
		}
		x.join(name, keeping(d))
		x.play(name, Started{})
	}
	for _, l := range [][2]string{{"a", "b"}, {"b", "c"}, {"a", "c"}} {
		x.alive()
		x.link(l[0], l[1])
	}
	for _, step := range lifeStory {
		x.note()
		x.alive()
		x.trace = append(x.trace, fmt.Sprintf("%v %s: %T%v", x.now.Sub(noon), step.who, step.do, step.do))
		switch step.do {
		case "settle":
			x.pass(2 * time.Second)
		case "alone":
			for _, p := range slices.Clone(x.links[step.who]) {
				x.unlink(step.who, p)
			}
			x.torn[step.who] = nil
		case "together":
			for _, p := range []string{"a", "c"} {
				x.link(step.who, p)
			}
		default:
			x.play(step.who, step.do)
			if _, ok := step.do.(Join); ok && (x.cores[step.who] == nil || x.cores[step.who].rooms["#c"] == nil) {
				x.alive() // nobody told the user that he was in
				x.play(step.who, step.do)
			}
		}
	}
	x.note()
	x.alive()
	x.pass(2 * time.Minute)
	x.note()
	x.check(fmt.Sprintf("%s crashed at save %d, durable: %v", who, n, after), who)
	return crashed
}

// alive brings back who has crashed.
func (x *life) alive() {
	for _, name := range x.names {
		if x.cores[name] == nil {
			x.trace = append(x.trace, "     "+name+" starts again")
			x.restart(name)
		}
	}
	x.note()
}

// note takes down what users were shown.
func (x *life) note() {
	for _, name := range x.names {
		for _, line := range x.told[name] {
			x.trace = append(x.trace, "     "+name+" < "+line)
			words := strings.Fields(strings.Replace(line, "late ", "", 1))
			if words[0] != "shown" {
				continue
			}
			id, text := words[1], strings.Join(words[2:], " ")
			if id == "mine" {
				id, text = words[2], strings.Join(words[3:], " ")
				x.said[id] = text
			}
			x.seen[name] = append(x.seen[name], id+" "+text)
		}
		x.told[name] = nil
	}
}

// leaves notes what leaves a node.
func (x *life) leaves(deltas []Delta) {
	for _, d := range deltas {
		for _, e := range d.Envelopes {
			for i := range e.Messages {
				id := e.ID(i)
				if was, ok := x.sent[id]; ok && was != e.Messages[i].Hash {
					x.fail("%s stands for two messages", idText(id))
				}
				x.sent[id] = e.Messages[i].Hash
			}
		}
	}
}

func (x *life) fail(format string, args ...any) {
	x.t.Helper()
	x.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), strings.Join(x.trace, "\n"))
}

func (x *life) check(where, who string) {
	x.t.Helper()
	for _, name := range x.names {
		seen := slices.Sorted(slices.Values(x.seen[name]))
		for i := 1; i < len(seen); i++ {
			if seen[i] == seen[i-1] {
				x.fail("%s: %s was shown %s twice", where, name, seen[i])
			}
		}
		holds := make(map[string]bool)
		for _, row := range x.disks[name].rows {
			for _, m := range row.messages() {
				body := short(m.Body)
				if m.Kind == Action {
					body = "* " + body
				}
				holds[idText(m.ID)+" "+body] = true
			}
		}
		for id, text := range x.said {
			direct := strings.Contains(id, ">")
			if direct && !strings.Contains(id, name) {
				continue
			}
			if !holds[id+" "+text] {
				x.fail("%s: %s does not have %s %s", where, name, id, text)
			}
			if name != who && !slices.Contains(x.seen[name], id+" "+text) {
				x.fail("%s: %s was never shown %s %s", where, name, id, text)
			}
		}
	}
	if n := x.missing("#c", Lobby); n > 0 {
		x.fail("%s: %d messages are missing in the end", where, n)
	}
}
