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
		{"connect to this machine", "connect localhost 63001", Typed{Do: chat.Connect{Addr: "localhost 63001"}}},
		{"connect to this machine, port 0", "connect localhost 0", held("connect localhost 0", "0 is not a port, ports are 1 to 65535")},
		{"connect by name", "connect example.org 63001", say("connect example.org 63001")},
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
		{"graph", `\graph`, Typed{Do: chat.ShowNetwork{}}},
		{"history", "/history", Typed{Do: chat.ReadHistory{}}},
		{"more history", `\history 100`, Typed{Do: chat.ReadHistory{N: 100}}},
		{"history of another place", "/history #ops 20", Typed{Do: chat.ReadHistory{In: "#ops", N: 20}}},
		{"history with a peer", "/history dm anna 20", Typed{Do: chat.ReadHistory{In: "dm anna", N: 20}}},
		{"history with peer 3", "/history dm 3", Typed{Do: chat.ReadHistory{In: "dm 3"}}},
		{"a little of it", "/history dm 3 5", Typed{Do: chat.ReadHistory{In: "dm 3", N: 5}}},
		{"search", "/search deploy  done ", Typed{Do: chat.Search{Words: "deploy  done"}}},
		{"who got the last", "/who-got", Typed{Do: chat.WhoGot{}}},
		{"who got the one before", "/who-got 2", Typed{Do: chat.WhoGot{Message: "2"}}},
		{"retry", "/retry", Typed{Do: chat.Retry{}}},
		{"retry one", "/retry anna", Typed{Do: chat.Retry{To: "anna"}}},
		{"quit", `\quit`, Typed{Do: chat.Quit{}}},
		{"slash quit", "/quit", Typed{Do: chat.Quit{}}},
		{"lobby", `\lobby`, Typed{Do: chat.OpenLobby{}}},
		{"lob", `\lob`, Typed{Do: chat.OpenLobby{}}},
		{"switch 0", `\sw 0`, Typed{Do: chat.SwitchTo{To: "0"}}},
		{"switch in full", `\switch 12`, Typed{Do: chat.SwitchTo{To: "12"}}},
		{"switch by name", `\sw bobby`, Typed{Do: chat.SwitchTo{To: "bobby"}}},
		{"switch to a channel", `/sw #ops `, Typed{Do: chat.SwitchTo{To: "#ops"}}},
		{"switch to no such number", `\sw 999`, Typed{Do: chat.SwitchTo{To: "999"}}},
		{"switch less than nothing", `\sw -1`, Typed{Do: chat.SwitchTo{To: "-1"}}},
		{"switch without argument", `\switch`, Typed{Do: chat.ListSessions{}}},
		{"sw without argument", `\sw  `, Typed{Do: chat.ListSessions{}}},
		{"sessions", `\sessions`, Typed{Do: chat.ListSessions{}}},
		{"ss", `\ss`, Typed{Do: chat.ListSessions{}}},
		{"slash ss", `/SS`, Typed{Do: chat.ListSessions{}}},
		{"slash lob", `/lob`, Typed{Do: chat.OpenLobby{}}},
		{"leave", `\leave`, Typed{Do: chat.Leave{}}},
		{"exit", "/exit", Typed{Do: chat.Quit{}}},
		{"bare exit is text", "exit", say("exit")},
		{"bare quit is text", "quit", say("quit")},
		{"bare users is text", "users", say("users")},
		{"bare leave is text", "leave", say("leave")},

		{"users", `\users`, Typed{Do: chat.ListUsers{}}},
		{"names", "/names", Typed{Do: chat.ListUsers{}}},
		{"names of a channel", "/names #ops", Typed{Do: chat.ListUsers{In: "#ops"}}},
		{"fork", `\fork bobby`, Typed{Do: chat.Fork{To: "bobby"}}},
		{"fork by number", `/fork 3`, Typed{Do: chat.Fork{To: "3"}}},
		{"fork a name with blanks", `\fork  mary ann `, Typed{Do: chat.Fork{To: "mary ann"}}},
		{"fork with a tag", `\fork anna#k3f9`, Typed{Do: chat.Fork{To: "anna#k3f9"}}},
		{"fork a guest", `\fork alice@peer 1`, Typed{Do: chat.Fork{To: "alice@peer 1"}}},
		{"fork self is the core's to refuse", `\fork self`, Typed{Do: chat.Fork{To: "self"}}},
		{"bare fork is text", "fork bobby", say("fork bobby")},

		{"join", "join #ops anna", Typed{Do: chat.Join{Channel: "#ops", Name: "anna"}}},
		{"join in capitals", "JOIN #ops anna", Typed{Do: chat.Join{Channel: "#ops", Name: "anna"}}},
		{"join with blanks", "Join \t #ops  anna ", Typed{Do: chat.Join{Channel: "#ops", Name: "anna"}}},
		{"join without #", "join ops anna", Typed{Do: chat.MayJoin{Channel: "ops", Name: "anna", Line: "join ops anna"}}},
		{"join without # in capitals", "JOIN ops  anna", Typed{Do: chat.MayJoin{Channel: "ops", Name: "anna", Line: "JOIN ops  anna"}}},
		{"a sentence that may be a join", "join the party", Typed{Do: chat.MayJoin{Channel: "the", Name: "party", Line: "join the party"}}},
		{"a sentence with join", "join the party now", say("join the party now")},
		{"join alone", "join", say("join")},
		{"join and a channel", "join #ops", say("join #ops")},
		{"joining", "joining #ops anna", say("joining #ops anna")},
		{"join of two lines", "join #ops\nanna", say("join #ops\nanna")},
		{"space before join", " join #ops anna", held(" join #ops anna", "it starts with a space before join")},
		{"space before a sentence with join", " join the party", say(" join the party")},
		{"slash join", "/join #ops", Typed{Do: chat.Join{Channel: "#ops"}}},
		{"slash join without #", "/join ops", Typed{Do: chat.Join{Channel: "ops"}}},
		{"slash join with a slash", "/join #a/b", Typed{Do: chat.Join{Channel: "#a/b"}}},
		{"slash join an emoji", "/join #🦊", Typed{Do: chat.Join{Channel: "#🦊"}}},
		{"slash join what looks like the lobby", "/join #lоbby", Typed{Do: chat.Join{Channel: "#lоbby"}}},
		{"slash join no-break space", "/join #a\u00a0b", Typed{Do: chat.Join{Channel: "#a\u00a0b"}}},
		{"slash join 10 kB", "/join #" + strings.Repeat("x", 10<<10), Typed{Do: chat.Join{Channel: "#" + strings.Repeat("x", 10<<10)}}},
		{"join a name of 10 kB", "join #ops " + strings.Repeat("x", 10<<10), Typed{Do: chat.Join{Channel: "#ops", Name: strings.Repeat("x", 10<<10)}}},
		{"join a bidi name", "join #ops an\u202ena", Typed{Do: chat.Join{Channel: "#ops", Name: "an\u202ena"}}},
		{"part", "/part", Typed{Do: chat.Part{}}},
		{"part a channel", "/part #ops ", Typed{Do: chat.Part{Channel: "#ops"}}},

		{"nick", "/nick anna", Typed{Do: chat.Rename{Name: "anna"}}},
		{"nick with blanks inside", "/nick  mary  ann ", Typed{Do: chat.Rename{Name: "mary  ann"}}},
		{"nick that has a suffix already", "/nick anna_2", Typed{Do: chat.Rename{Name: "anna_2"}}},
		{"away", "/away", Typed{Do: chat.Away{}}},
		{"away and why", "/away  at lunch  ", Typed{Do: chat.Away{Text: "at lunch"}}},
		{"back", "/back", Typed{Do: chat.Back{}}},
		{"me", "/me waves  twice ", Typed{Do: chat.Act{Text: "waves  twice "}}},
		{"me of several lines", "/me waves\nand goes", Typed{Do: chat.Act{Text: "waves\nand goes"}}},
		{"ignore", "/ignore mallory", Typed{Do: chat.Ignore{Who: "mallory"}}},
		{"unignore", "/unignore mallory", Typed{Do: chat.Unignore{Who: "mallory"}}},
		{"whois", "/whois anna", Typed{Do: chat.Whois{Who: "anna"}}},
		{"whois oneself", "/whois", Typed{Do: chat.Whois{}}},
		{"whoami", "/whoami", Typed{Do: chat.Whois{}}},
		{"disconnect", "/disconnect 3", Typed{Do: chat.Disconnect{To: "3"}}},
		{"what was a separator once", "**@#@", say("**@#@")},
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
		{"/xyz", "/xyz is not a command – nothing was sent – /help lists the commands, //xyz sends it as text"},
		{"/foo", "/foo is not a command – nothing was sent – /help lists the commands, //foo sends it as text"},
		{`\frok anna`, `\frok is not a command – nothing was sent – did you mean \fork? /help lists the commands, \\frok sends it as text`},
		{"/jion #ops", "/jion is not a command – nothing was sent – did you mean /join? /help lists the commands, //jion sends it as text"},
		{`\sesions`, `\sesions is not a command – nothing was sent – did you mean \sessions? /help lists the commands, \\sesions sends it as text`},
		{"/whomai", "/whomai is not a command – nothing was sent – did you mean /whoami? /help lists the commands, //whomai sends it as text"},
		{"/history 0", "/history takes a number of messages from 1 – nothing was asked – /history 100"},
		{"/history 99999999999999999999", "/history takes a number of messages from 1 – nothing was asked – /history 100"},
		{"/history #ops #dev 3", "/history takes a conversation and a number – nothing was asked – /history #ops 100, /history dm anna"},
		{"/search  ", "/search needs words – nothing was asked – /search deploy done"},
		{"/who-got 1\n2", "/who-got takes one message – nothing was asked – /who-got, or /who-got 2 for the one before your last"},
		{"/retry 1\n2", "a peer stands on one line – nothing was tried – /retry [peer]"},
		{"/doctor", "/doctor is not in this version – nothing was done – /help lists the commands"},
		{"/invite", "/invite is not in this version – nothing was done – /help lists the commands"},
		{"/verify anna", "/verify is not in this version – nothing was done – /help lists the commands"},
		{"/name anna sister", "/name is not in this version – nothing was done – /help lists the commands"},
		{"/dm", "/dm needs a peer – nothing was sent – /dm <peer> [text]; /ls lists the peers"},
		{`\fork`, "this command needs a peer – nothing was opened – /ls lists the peers"},
		{"\\fork anna\nsecret", "a peer stands on one line – nothing was opened – /ls lists the peers"},
		{"/ignore ", "this command needs a peer – nothing was changed – /ls lists the peers"},
		{"/unignore", "this command needs a peer – nothing was changed – /ls lists the peers"},
		{"/disconnect", "this command needs a peer – nothing was closed – /ls lists the peers"},
		{"/whois anna\nbobby", "a peer stands on one line – nothing was asked – /ls lists the peers"},
		{"/nick  ", "/nick needs a name – nothing changed – /nick <name>; /whoami tells the present one"},
		{"/nick an\nna", "a name stands on one line – nothing changed – /nick <name>"},
		{"/me", "/me needs what you do – nothing was sent – /me waves"},
		{"/me \n ", "/me needs what you do – nothing was sent – /me waves"},
		{"/join", "/join needs a channel – nothing was joined – /join <#channel>"},
		{"/join \t", "/join needs a channel – nothing was joined – /join <#channel>"},
		{"/join #ops hunter2", "a second word is the secret of a private channel, which this version has not – nothing was joined – /join <#channel> joins an open one, join <#channel> <name> under a name"},
		{"/join #ops two words", ""},
		{"/part #ops #dev", "/part takes one channel – nothing was left – /part [#channel]"},
		{`\users #ops #dev`, `\users takes one channel – nothing was asked – \users [#channel]`},
		{"\\sw 1\n2", `\switch takes a number or a name on one line – nothing changed – \sessions lists your conversations`},
		{`\lobby now`, "this command takes nothing after it – nothing was sent – /help lists the commands"},
		{`\leave 2`, ""},
		{`\ss x`, ""},
		{"/back x", ""},
		{"/whoami x", ""},
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

func TestWhatFollowsAWrongCommandMayBeAstray(t *testing.T) {
	for line, want := range map[string]bool{
		"/join #ops hunter2": true, "/join": true, `\fork`: true, "/dm": true, "\\sw 1\n2": true,
		"/join #ops": false, `\fork anna`: false, `\sw`: false, "/nick": false, "/statsu": false, "/part #a #b": false, `\leave 2`: false, "/history": false,
	} {
		if got := Parse(line).Astray; got != want {
			t.Errorf("Parse(%q).Astray is %v", line, got)
		}
	}
	for _, name := range leading {
		if _, ok := find(name); !ok {
			t.Errorf("there is no %s", name)
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
	for _, s := range []string{"", "ls", "dm 3 foo  bar", " /dm a b", "//x", `\sw 0`, "dn anna secret", "connect 1.2.3.4 5", "a\xff\x00", "/help dm", "dm 3\nx", "join #a b", "JOIN a b", " join #a b"} {
		f.Add(s)
	}
	for _, v := range verbs() {
		f.Add(v.names[0] + " a  b\nc")
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
		case chat.Act:
			if !strings.HasSuffix(s, in.Text) || in.Text == "" {
				t.Fatalf("Parse(%q) = %#v", s, in)
			}
		case chat.MayJoin:
			if in.Line != s || in.Channel == "" || in.Channel[0] == '#' || in.Name == "" {
				t.Fatalf("Parse(%q) = %#v", s, in)
			}
		case chat.Fork:
			if in.To == "" || strings.Contains(in.To, "\n") {
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

// L-20: a command means the same wherever the user is, because Parse does not
// know where that is; and every command that is there is not sent as text.
func TestEveryCommandIsOneInBothSpellings(t *testing.T) {
	for _, v := range verbs() {
		for _, name := range v.names {
			for _, args := range []string{"", " x", " #x", " x y"} {
				slash, back := Parse("/"+name[1:]+args), Parse(`\`+strings.ToUpper(name[1:])+args)
				if !reflect.DeepEqual(slash, back) {
					t.Errorf("/%s%s is %#v, \\ of it %#v", name[1:], args, slash, back)
				}
				if _, said := slash.Do.(chat.Say); said {
					t.Errorf("/%s%s is sent as text", name[1:], args)
				}
			}
		}
	}
	for _, name := range later {
		if _, ok := find(name); ok {
			t.Errorf("/%s is there and is said not to be", name)
		}
	}
}
