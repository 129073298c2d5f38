package client

import (
	"fmt"
	"testing"

	"tincan/behaviour/chat"
)

func TestStanding(t *testing.T) {
	type in = []chat.Instruction
	join := func(c string) chat.Instruction { return chat.Join{Channel: c} }
	for _, c := range []struct {
		name string
		in   in
		want string
		lost bool // text is held on the next connection
	}{
		{"nothing", in{chat.Say{Text: "hi"}}, "[]", false},
		{"a name", in{chat.Rename{Name: "anna"}, chat.Rename{Name: "anne"}}, "[/nick anne]", false},
		{"channels", in{chat.Join{Channel: "#a", Name: "anna"}, join("b"), join("#a")}, "[/nick anna /join #b /join #a]", false},
		{"the lobby, then away from it", in{chat.OpenLobby{}, join("#a"), chat.SwitchTo{To: "0"}}, `[/join #a \lobby]`, false},
		{"a channel by its name", in{join("#a"), join("#b"), chat.SwitchTo{To: "#a"}}, "[/join #b /join #a]", false},
		{"may join, and does", in{chat.MayJoin{Channel: "ops", Name: "anna"}}, "[/nick anna /join #ops]", false},
		{"may join, and talks", in{join("#a"), chat.MayJoin{Channel: "the", Name: "party"}}, "[/join #a]", false},
		{"one channel less", in{join("#a"), join("#b"), chat.Part{Channel: "a"}}, "[/join #b]", false},
		{"the last channel", in{join("#a"), chat.Part{}}, "[]", false},
		{"the current channel of two", in{join("#a"), join("#b"), chat.Part{}}, "[/join #a]", true},
		{"leave", in{join("#a"), join("#b"), chat.Leave{}}, "[/join #a]", true},
		{"a direct conversation", in{join("#a"), chat.OpenDirect{To: "3"}}, "[/join #a typed]", false},
		{"a session", in{chat.OpenLobby{}, chat.Fork{To: "3"}}, `[\lobby]`, true},
		{"a number", in{chat.OpenLobby{}, chat.SwitchTo{To: "2"}}, `[\lobby]`, true},
		{"back from a session", in{chat.OpenLobby{}, chat.Fork{To: "3"}, chat.OpenLobby{}}, `[\lobby]`, false},
	} {
		var s standing
		for _, in := range c.in {
			s.note(in, "typed")
		}
		if s.astray("hi") != "" {
			t.Errorf("%s: text is held although the connection is there", c.name)
		}
		s.lose()
		if got := fmt.Sprint(s.back()); got != c.want || (s.astray("hi") != "") != c.lost || s.astray("/ls") != "" {
			t.Errorf("%s: %s, held %q; want %s, %v", c.name, got, s.astray("hi"), c.want, c.lost)
		}
		s.lose()
		if s.note(chat.OpenLobby{}, ""); s.astray("hi") != "" {
			t.Errorf("%s: in the lobby text is held", c.name)
		}
	}
}

func TestHear(t *testing.T) {
	var s standing
	for _, c := range []struct {
		text string
		quit bool
		want string
	}{
		{`\lobby`, false, `[\lobby]`},
		{`one of two lines \`, false, `[\lobby]`},
		{`\quit`, false, `[\lobby]`},
		{`\quit`, true, `[\lobby]`},
	} {
		if quit := s.hear(c.text); quit != c.quit || fmt.Sprint(s.back()) != c.want {
			t.Errorf("%q: quit %v, back %s", c.text, quit, s.back())
		}
	}
}

func TestManyChannels(t *testing.T) {
	var s standing
	for i := range 2 * maxChannels {
		s.note(chat.Join{Channel: fmt.Sprint("#", i)}, "")
	}
	if back := s.back(); len(back) != maxChannels || back[0] != fmt.Sprint("/join #", maxChannels) {
		t.Errorf("%d lines, the first %q", len(back), back[0])
	}
}
