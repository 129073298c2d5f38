package line

import (
	"reflect"
	"strings"
	"testing"

	"tincan/behaviour/chat"
)

func TestParse(t *testing.T) {
	say := func(s string) Typed { return Typed{Do: chat.Say{Text: s}} }
	dm := func(to, text, line string) Typed { return Typed{Do: chat.SendDirect{To: to, Text: text, Line: line}} }
	held := func(line, reason string) Typed { return Typed{Do: chat.Hold{Line: line, Reason: reason}} }
	for _, c := range []struct {
		name, line string
		want       Typed
	}{
		{"Enter", "", Typed{Do: chat.Blank{}}},
		{"only spaces", "  \t ", Typed{Do: chat.Blank{}}},
		{"text", "good morning", say("good morning")},
		{"text keeps its spaces", "  a   b ", say("  a   b ")},
		{"text that is not UTF-8 is the core's to refuse", "a\xffb", say("a\xffb")},
		{"NUL inside", "a\x00b", say("a\x00b")},
		{"several lines", "one\ntwo", say("one\ntwo")},

		{"ls", "ls", Typed{Do: chat.ListPeers{}}},
		{"peers", "peers", Typed{Do: chat.ListPeers{}}},
		{"a word that begins with ls", "lsof is nice", say("lsof is nice")},
		{"ls with more", "ls -l", say("ls -l")},
		{"ls in capitals", "LS", say("LS")},
		{"ls with a space", "ls ", held("ls ", "it is ls with spaces around it")},
		{"space before ls", " ls", held(" ls", "it is ls with spaces around it")},

		{"dm", "dm 3 foo bar", dm("3", "foo bar", "dm 3 foo bar")},
		{"dm keeps inner spaces", "dm 3  foo   bar ", dm("3", "foo   bar ", "dm 3  foo   bar ")},
		{"dm to a name", "dm anna#k3f9 hi", dm("anna#k3f9", "hi", "dm anna#k3f9 hi")},
		{"dm to nobody", "dm 300000 hi", dm("300000", "hi", "dm 300000 hi")},
		{"dm to a path", "dm ../../x hi", dm("../../x", "hi", "dm ../../x hi")},
		{"dm of several lines", "dm 3 a\n  b", dm("3", "a\n  b", "dm 3 a\n  b")},
		{"dm alone", "dm", held("dm", "dm needs a peer and a text")},
		{"dm and blanks", "dm  ", held("dm  ", "dm needs a peer and a text")},
		{"dm without text", "dm 3", held("dm 3", "dm needs a text after the peer")},
		{"dm with blank text", "dm 3  ", held("dm 3  ", "dm needs a text after the peer")},
		{"space before dm", " dm 3 secret", held(" dm 3 secret", "it starts with a space before dm")},
		{"a name that begins with dm", "dmitri says hi", say("dmitri says hi")},
		{"mistyped dm", "dn anna secret", Typed{Do: chat.Doubt{Line: "dn anna secret", To: "anna"}}},
		{"swapped dm", "md 3 secret", Typed{Do: chat.Doubt{Line: "md 3 secret", To: "3"}}},
		{"doubled dm", "dmm 3 secret", Typed{Do: chat.Doubt{Line: "dmm 3 secret", To: "3"}}},
		{"capital dm", "Dm 3 secret", Typed{Do: chat.Doubt{Line: "Dm 3 secret", To: "3"}}},
		{"a short word of its own", "do you know", Typed{Do: chat.Doubt{Line: "do you know", To: "you"}}},
		{"two words are no dm", "do it", say("do it")},
		{"far from dm", "hi anna there", say("hi anna there")},

		{"connect", "connect 127.0.0.1 63001", Typed{Do: chat.Connect{Addr: "127.0.0.1 63001"}}},
		{"connect IPv6", "connect ::1 63001", Typed{Do: chat.Connect{Addr: "::1 63001"}}},
		{"connect multiaddr", "connect /ip4/127.0.0.1/tcp/63001", Typed{Do: chat.Connect{Addr: "/ip4/127.0.0.1/tcp/63001"}}},
		{"connect in a sentence", "connect the dots", say("connect the dots")},
		{"connect by name", "connect localhost 63001", say("connect localhost 63001")},
		{"connect port 0", "connect 127.0.0.1 0", held("connect 127.0.0.1 0", "0 is not a port, ports are 1 to 65535")},
		{"connect port 65536", "connect 127.0.0.1 65536", held("connect 127.0.0.1 65536", "65536 is not a port, ports are 1 to 65535")},
		{"connect alone", "connect", say("connect")},

		{"slash twice", "//usr/bin", say("/usr/bin")},
		{"backslash twice", `\\o/`, say(`\o/`)},
		{"slash dm", "/dm 3 foo  bar", dm("3", "foo  bar", "")},
		{"slash msg", "/msg 3 hi", dm("3", "hi", "")},
		{"backslash dm", `\dm 3 hi`, dm("3", "hi", "")},
		{"capital command", "/DM 3 hi", dm("3", "hi", "")},
		{"open a direct conversation", "/query 3", Typed{Do: chat.OpenDirect{To: "3"}}},
		{"space before a command", " /dm anna secret", held(" /dm anna secret", "it starts with a space before a command")},
		{"slash ls", "/ls", Typed{Do: chat.ListPeers{}}},
		{"slash ls and a space", "/ls ", Typed{Do: chat.ListPeers{}}},
		{"slash peers", "/peers", Typed{Do: chat.ListPeers{}}},
		{"status", "/status", Typed{Do: chat.GetStatus{}}},
		{"quit", `\quit`, Typed{Do: chat.Quit{}}},
		{"slash quit", "/quit", Typed{Do: chat.Quit{}}},
		{"lobby", `\lobby`, Typed{Do: chat.OpenLobby{}}},
		{"lob", `\lob`, Typed{Do: chat.OpenLobby{}}},
		{"switch 0", `\sw 0`, Typed{Do: chat.OpenLobby{}}},
		{"switch 0 in full", `\switch 0`, Typed{Do: chat.OpenLobby{}}},
		{"slash connect", "/connect 127.0.0.1 63001", Typed{Do: chat.Connect{Addr: "127.0.0.1 63001"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Parse(c.line); !reflect.DeepEqual(got, c.want) {
				t.Errorf("Parse(%q)\n got %#v\nwant %#v", c.line, got, c.want)
			}
		})
	}
}

func TestWrongCommandsSayWhatToDo(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"/statsu", "/statsu is not a command – nothing was sent – did you mean /status? /help lists the commands, //statsu sends it as text"},
		{`\quti`, `\quti is not a command – nothing was sent – did you mean \quit? /help lists the commands, \\quti sends it as text`},
		{"/usr/bin/env", "/usr/bin/env is not a command – nothing was sent – /help lists the commands, //usr/bin/env sends it as text"},
		{"/\x1b[2J", `/\x1b[2j is not a command – nothing was sent – /help lists the commands, //\x1b[2j sends it as text`},
		{"/", "/ is not a command – nothing was sent – /help lists the commands, // sends it as text"},
		{"/join #ops", ""},
		{`\fork anna`, ""},
		{`\ss`, ""},
		{"/nick anna", ""},
		{"/history", ""},
		{"/dm", "/dm needs a peer – nothing was sent – /dm <peer> [text]; /ls lists the peers"},
		{`\sw 999`, `there is no conversation with that number – nothing changed – \switch 0 is the lobby`},
		{`\sw`, `there is no conversation with that number – nothing changed – \switch 0 is the lobby`},
		{"/connect", "/connect needs an address – nothing was dialled – /connect <ip> <port>, or /connect /ip4/…"},
		{"/connect ::1 99999", "99999 is not a port, ports are 1 to 65535 – nothing was dialled – /connect <ip> <port>, or /connect /ip4/…"},
		{"/quit now", "this command takes nothing after it – nothing was sent – /help lists the commands"},
		{"/help nonsense", "/nonsense is not a command – nothing was sent – /help lists the commands, //nonsense sends it as text"},
		{"/" + strings.Repeat("x", 1<<20), ""},
	} {
		got := Parse(c.line)
		if got.Do != nil || got.Help != "" || got.Wrong == "" {
			t.Errorf("Parse(%.40q) = %#v, want only Wrong", c.line, got)
		}
		if c.want != "" && got.Wrong != c.want {
			t.Errorf("Parse(%q)\n got %s\nwant %s", c.line, got.Wrong, c.want)
		}
		if len(got.Wrong) > 300 || strings.ContainsAny(got.Wrong, "\n\x1b") {
			t.Errorf("Parse(%.40q): %q is not one short line", c.line, got.Wrong)
		}
	}
}

func TestHelp(t *testing.T) {
	all := Parse("/help").Help
	for _, v := range verbs() {
		for _, name := range v.names {
			if !strings.Contains(all, name) {
				t.Errorf("/help does not name %s", name)
			}
			for _, line := range []string{"/help " + name, "/help " + name[1:], `\help ` + name} {
				if got := Parse(line); got.Help != v.synopsis()+"\n" {
					t.Errorf("Parse(%q) = %#v", line, got)
				}
			}
			if v.read == nil {
				continue
			}
			if got := Parse(name); got.Do == nil && got.Wrong == "" {
				t.Errorf("Parse(%q) = %#v", name, got)
			}
		}
	}
}

func TestContinues(t *testing.T) {
	for _, c := range []struct {
		line, head string
		more       bool
	}{
		{"", "", false},
		{"a", "a", false},
		{`a\`, "a", true},
		{`\`, "", true},
		{`a\\`, `a\\`, false},
		{`a\\\`, `a\\`, true},
		{`\quit`, `\quit`, false},
	} {
		if head, more := Continues(c.line); head != c.head || more != c.more {
			t.Errorf("Continues(%q) = %q, %v; want %q, %v", c.line, head, more, c.head, c.more)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"dm", "dm", 0}, {"dn", "dm", 1}, {"md", "dm", 1}, {"d", "dm", 1}, {"dmm", "dm", 1}, {"ab", "dm", 2}, {"quti", "quit", 1}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// FuzzParse holds that text goes through unchanged, whatever it is.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "ls", "dm 3 foo  bar", " /dm a b", "//x", `\sw 0`, "dn anna secret", "connect 1.2.3.4 5", "a\xff\x00", "/help dm", "dm 3\nx"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Parse(s)
		set := 0
		for _, is := range []bool{got.Do != nil, got.Help != "", got.Wrong != ""} {
			if is {
				set++
			}
		}
		if set != 1 {
			t.Fatalf("Parse(%q) = %#v", s, got)
		}
		switch in := got.Do.(type) {
		case chat.Say:
			if in.Text != s && "/"+in.Text != s && `\`+in.Text != s {
				t.Fatalf("Parse(%q) says %q", s, in.Text)
			}
		case chat.SendDirect:
			if !strings.HasSuffix(s, in.Text) || in.Line != "" && in.Line != s || in.To == "" {
				t.Fatalf("Parse(%q) = %#v", s, in)
			}
		case chat.Hold:
			if in.Line != s || in.Reason == "" {
				t.Fatalf("Parse(%q) = %#v", s, in)
			}
		case chat.Doubt:
			if in.Line != s || in.To == "" {
				t.Fatalf("Parse(%q) = %#v", s, in)
			}
		}
		if s != "" && (s[0] == '/' || s[0] == '\\') {
			if again := Parse(s[:1] + s); again.Do != (chat.Say{Text: s}) {
				t.Fatalf("doubling the first of %q gives %#v", s, again)
			}
		}
	})
}
