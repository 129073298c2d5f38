package jsonl

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, line string
		ref        string
		in         chat.Instruction
		code       chat.FailCode
	}{
		{"broadcast", `{"do":"broadcast","text":"hi","ref":"a"}`, "a", chat.Broadcast{Text: "hi"}, ""},
		{"unknown fields are ignored", `{"do":"broadcast","text":"hi","color":{"r":[1]}}`, "", chat.Broadcast{Text: "hi"}, ""},
		{"empty text is the core's to refuse", `{"do":"broadcast","text":""}`, "", chat.Broadcast{}, ""},
		{"escapes", `{"do":"broadcast","text":"\u001b[2J\n\ud83d\ude00"}`, "", chat.Broadcast{Text: "\x1b[2J\n😀"}, ""},
		{"dm", `{"do":"dm","to":"anna#k3f9","text":"a  b"}`, "", chat.SendDirect{To: "anna#k3f9", Text: "a  b"}, ""},
		{"dm by number", `{"do":"dm","to":3,"text":"hi"}`, "", chat.SendDirect{To: "3", Text: "hi"}, ""},
		{"say where one is", `{"do":"say","text":"hi"}`, "", chat.Say{Text: "hi"}, ""},
		{"say in the lobby", `{"do":"say","conversation":"lobby","text":"hi"}`, "", chat.Broadcast{Text: "hi"}, ""},
		{"say to a peer", `{"do":"say","conversation":"dm","to":"3","text":"hi"}`, "", chat.SendDirect{To: "3", Text: "hi"}, ""},
		{"say in a channel", `{"do":"say","conversation":"#ops","text":"hi","ref":"r"}`, "r", chat.SayIn{In: "#ops", Text: "hi"}, ""},
		{"say in a session", `{"do":"say","conversation":"session:2","text":"hi"}`, "", chat.SayIn{In: "session:2", Text: "hi"}, ""},
		{"say in no session is the core's to refuse", `{"do":"say","conversation":"session:x","text":"hi"}`, "", chat.SayIn{In: "session:x", Text: "hi"}, ""},
		{"say nowhere", `{"do":"say","conversation":"ops","text":"hi","ref":"r"}`, "r", nil, BadRequest},
		{"say nothing in a channel", `{"do":"say","conversation":"#ops"}`, "", nil, BadRequest},
		{"act", `{"do":"act","text":"waves"}`, "", chat.Act{Text: "waves"}, ""},
		{"act in the lobby", `{"do":"act","conversation":"lobby","text":"waves"}`, "", chat.ActIn{In: "lobby", Text: "waves"}, ""},
		{"act in a session", `{"do":"act","conversation":"session:2","text":"waves"}`, "", chat.ActIn{In: "session:2", Text: "waves"}, ""},
		{"act to a peer", `{"do":"act","conversation":"dm","to":3,"text":"waves"}`, "", chat.SendDirect{To: "3", Text: "waves", Action: true}, ""},
		{"act to nobody", `{"do":"act","conversation":"dm","text":"waves"}`, "", nil, BadRequest},
		{"act nowhere", `{"do":"act","conversation":"ops","text":"waves"}`, "", nil, BadRequest},
		{"attach apart", `{"do":"attach","apart":true}`, "", chat.Attach{Apart: true}, ""},
		{"directs", `{"do":"directs"}`, "", chat.ListDirects{}, ""},
		{"act without text", `{"do":"act"}`, "", nil, BadRequest},
		{"users", `{"do":"users","ref":"u"}`, "u", chat.ListUsers{}, ""},
		{"users of a channel", `{"do":"users","conversation":"#ops"}`, "", chat.ListUsers{In: "#ops"}, ""},
		{"sessions", `{"do":"sessions"}`, "", chat.ListSessions{}, ""},
		{"fork", `{"do":"fork","to":"bobby"}`, "", chat.Fork{To: "bobby"}, ""},
		{"fork by number", `{"do":"fork","to":3}`, "", chat.Fork{To: "3"}, ""},
		{"fork nobody", `{"do":"fork","ref":"f"}`, "f", nil, BadRequest},
		{"fork null", `{"do":"fork","to":null}`, "", nil, BadRequest},
		{"switch by number", `{"do":"switch","n":2}`, "", chat.SwitchTo{To: "2"}, ""},
		{"switch to the lobby", `{"do":"switch","n":0}`, "", chat.SwitchTo{To: "0"}, ""},
		{"switch by a number in a string", `{"do":"switch","n":"2"}`, "", chat.SwitchTo{To: "2"}, ""},
		{"switch by name", `{"do":"switch","n":"#ops"}`, "", chat.SwitchTo{To: "#ops"}, ""},
		{"switch nowhere", `{"do":"switch"}`, "", nil, BadRequest},
		{"switch to a fraction", `{"do":"switch","n":1.5}`, "", nil, BadRequest},
		{"switch to less than nothing", `{"do":"switch","n":-1}`, "", nil, BadRequest},
		{"leave", `{"do":"leave"}`, "", chat.Leave{}, ""},
		{"join", `{"do":"join","channel":"#ops"}`, "", chat.Join{Channel: "#ops"}, ""},
		{"join under a name", `{"do":"join","channel":"#ops","name":"anna","secret":null}`, "", chat.Join{Channel: "#ops", Name: "anna"}, ""},
		{"join a private channel", `{"do":"join","channel":"#ops","secret":"hunter2","ref":"j"}`, "j", nil, Unsupported},
		{"join a private channel with an empty secret", `{"do":"join","channel":"#ops","secret":""}`, "", nil, Unsupported},
		{"join nothing", `{"do":"join"}`, "", nil, BadRequest},
		{"channel of a strange type", `{"do":"join","channel":7,"ref":"j"}`, "j", nil, BadRequest},
		{"part", `{"do":"part","channel":"#ops"}`, "", chat.Part{Channel: "#ops"}, ""},
		{"part where one is", `{"do":"part"}`, "", chat.Part{}, ""},
		{"nick", `{"do":"nick","name":"anna"}`, "", chat.Rename{Name: "anna"}, ""},
		{"nick without name", `{"do":"nick"}`, "", nil, BadRequest},
		{"away", `{"do":"away","text":"lunch"}`, "", chat.Away{Text: "lunch"}, ""},
		{"away without why", `{"do":"away"}`, "", chat.Away{}, ""},
		{"back", `{"do":"back"}`, "", chat.Back{}, ""},
		{"ignore", `{"do":"ignore","to":"mallory"}`, "", chat.Ignore{Who: "mallory"}, ""},
		{"unignore", `{"do":"unignore","to":9}`, "", chat.Unignore{Who: "9"}, ""},
		{"ignore nobody", `{"do":"ignore"}`, "", nil, BadRequest},
		{"whois", `{"do":"whois","to":"anna"}`, "", chat.Whois{Who: "anna"}, ""},
		{"whoami", `{"do":"whois"}`, "", chat.Whois{}, ""},
		{"disconnect", `{"do":"disconnect","to":3}`, "", chat.Disconnect{To: "3"}, ""},
		{"hello", `{"do":"hello","ref":"h"}`, "h", chat.SayHello{}, ""},
		{"ls", `{"do":"ls"}`, "", chat.ListPeers{}, ""},
		{"status", `{"do":"status"}`, "", chat.GetStatus{}, ""},
		{"quit", `{"do":"quit"}`, "", chat.Quit{}, ""},
		{"connect", `{"do":"connect","addr":"127.0.0.1 63001"}`, "", chat.Connect{Addr: "127.0.0.1 63001"}, ""},

		{"history", `{"do":"history","conversation":"#ops","n":3,"before":"p/0/1","ref":"r"}`, "r", chat.ReadHistory{In: "#ops", N: 3, Before: "p/0/1"}, ""},
		{"history with a peer", `{"do":"history","conversation":"dm","to":3}`, "", chat.ReadHistory{In: "dm 3"}, ""},
		{"history of a window", `{"do":"history","after":"p/0/1","before":"p/0/9","since":"2026-11-21T07:00:00.5+01:00","until":"2026-11-21T07:00:00Z","first":true}`, "",
			chat.ReadHistory{After: "p/0/1", Before: "p/0/9", Since: time.Date(2026, 11, 21, 6, 0, 0, 5e8, time.UTC), Until: time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC), First: true}, ""},
		{"history not of its beginning", `{"do":"history","first":false,"since":null}`, "", chat.ReadHistory{}, ""},
		{"history since yesterday", `{"do":"history","since":"yesterday","ref":"r"}`, "r", nil, BadRequest},
		{"history since a number", `{"do":"history","since":1763704800}`, "", nil, BadRequest},
		{"history until nothing", `{"do":"history","until":""}`, "", nil, BadRequest},
		{"history first of all", `{"do":"history","first":"yes","ref":"r"}`, "r", nil, BadRequest},
		{"history after a number", `{"do":"history","after":3,"ref":"r"}`, "r", nil, BadRequest},
		{"history with nobody", `{"do":"history","conversation":"dm"}`, "", nil, BadRequest},
		{"history of minus one", `{"do":"history","n":-1}`, "", nil, BadRequest},
		{"history of a million millions", `{"do":"history","n":1e12}`, "", nil, BadRequest},
		{"search", `{"do":"search","words":"deploy done","n":5}`, "", chat.Search{Words: "deploy done", N: 5}, ""},
		{"search for nothing", `{"do":"search"}`, "", nil, BadRequest},
		{"who got it", `{"do":"who-got","id":"p/0/lobby/1","ref":"r"}`, "r", chat.WhoGot{Message: "p/0/lobby/1"}, ""},
		{"retry", `{"do":"retry"}`, "", chat.Retry{}, ""},
		{"retry one", `{"do":"retry","to":"anna"}`, "", chat.Retry{To: "anna"}, ""},
		{"unknown", `{"do":"explode","ref":"r"}`, "r", nil, Unknown},
		{"no do", `{"ref":"r"}`, "r", nil, BadRequest},
		{"no text", `{"do":"broadcast","ref":"r"}`, "r", nil, BadRequest},
		{"null text", `{"do":"broadcast","text":null}`, "", nil, BadRequest},
		{"no to", `{"do":"dm","text":"hi","ref":"r"}`, "r", nil, BadRequest},
		{"empty to", `{"do":"dm","to":"","text":"hi"}`, "", nil, BadRequest},
		{"to of a strange type", `{"do":"dm","to":[3],"text":"hi","ref":"r"}`, "r", nil, BadRequest},
		{"to less than nothing", `{"do":"dm","to":-3,"text":"hi"}`, "", nil, BadRequest},
		{"no addr", `{"do":"connect"}`, "", nil, BadRequest},
		{"text of a strange type", `{"do":"broadcast","text":7,"ref":"r"}`, "r", nil, BadRequest},
		{"ref of a strange type", `{"do":"ls","ref":7}`, "", nil, BadRequest},
		{"ref of 64 bytes", `{"do":"ls","ref":"` + strings.Repeat("r", 64) + `"}`, strings.Repeat("r", 64), chat.ListPeers{}, ""},
		{"ref of 65 bytes", `{"do":"ls","ref":"` + strings.Repeat("r", 65) + `"}`, "", nil, BadRequest},
		{"cut off", `{"do":"ls"`, "", nil, BadJSON},
		{"a list", `[{"do":"ls"}]`, "", nil, BadJSON},
		{"a number", `7`, "", nil, BadJSON},
		{"two objects", `{"do":"ls"}{"do":"ls"}`, "", nil, BadJSON},
		{"a number without end", `{"do":"ls","x":1e999}`, "", chat.ListPeers{}, ""},
		{"not UTF-8", "{\"do\":\"broadcast\",\"text\":\"\xff\"}", "", nil, BadJSON},
		{"deep", `{"do":"ls","x":` + strings.Repeat("[", MaxLine/2), "", nil, BadJSON},
		{"prototype names", `{"do":"ls","__proto__":{"do":"quit"}}`, "", chat.ListPeers{}, ""},
		{"too long", `{"do":"broadcast","text":"` + strings.Repeat("x", MaxLine) + `"}`, "", nil, TooLong},
		{"the longest text with every byte escaped", `{"do":"broadcast","text":"` + strings.Repeat(`\u0041`, chat.MaxText) + `"}`, "",
			chat.Broadcast{Text: strings.Repeat("A", chat.MaxText)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ref, in, err := Parse([]byte(c.line))
			var bad *Error
			if errors.As(err, &bad) != (c.code != "") || bad != nil && bad.Code != c.code {
				t.Fatalf("error %v, want code %q", err, c.code)
			}
			if ref != c.ref || in != c.in {
				t.Errorf("Parse(%.80s) = %q, %#v; want %q, %#v", c.line, ref, in, c.ref, c.in)
			}
			if bad != nil && (strings.ContainsAny(bad.Text, "\n\x1b") || len(bad.Text) > 300 || strings.Count(bad.Text, " – ") != 2) {
				t.Errorf("%q is not one line of what, why and what to do", bad.Text)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"do":"broadcast","text":"hi","ref":"a"}`, `{"do":"dm","to":3,"text":"\ud800"}`, `{"do":7}`, `{`, `{"ref":"x","do":"join"}`, `{"do":"switch","n":1e3}`, `{"do":"say","conversation":"#x","text":""}`, "{\"text\":\"\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		ref, in, err := Parse(line)
		if (in == nil) != (err != nil) {
			t.Fatalf("Parse(%q) = %#v and %v", line, in, err)
		}
		if len(ref) > chat.MaxRef {
			t.Fatalf("Parse(%q) lets a ref of %d bytes through", line, len(ref))
		}
		var bad *Error
		if err != nil && (!errors.As(err, &bad) || bad.Code == "" || bad.Text == "") {
			t.Fatalf("Parse(%q): %#v", line, err)
		}
		if b, ok := in.(chat.Broadcast); ok { // what is sent can be said again
			quoted := `{"do":"broadcast","text":` + string(quote(nil, b.Text)) + `}`
			if _, again, err := Parse([]byte(quoted)); again != in && len(quoted) <= MaxLine {
				t.Fatalf("%q said again is %#v, %v", quoted, again, err)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	line, _ := json.Marshal(map[string]string{"do": "broadcast", "text": strings.Repeat("good morning ", 8), "ref": "42"})
	b.ReportAllocs()
	for b.Loop() {
		Parse(line)
	}
}
