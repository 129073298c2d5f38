package console

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front/fronttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	me    = chat.Peer{ID: "12D3KooWme", No: 2}
	peer3 = chat.Peer{ID: "12D3KooWp3", No: 3}
	ready = chat.Notify{Notification: chat.Ready{Me: me, Network: "demo", Addrs: []string{"/ip4/127.0.0.1/tcp/63002"}}}
	ended = chat.Notify{Notification: chat.Ended{}}
)

const readyLine = "* ready: you are peer 2 [demo] 12D3KooWme on /ip4/127.0.0.1/tcp/63002\n"

// newNode answers as a node does that knows only peer 3.
func newNode() *fronttest.Client {
	c := new(fronttest.Client)
	c.Answer = func(a fronttest.Asked) []chat.Notify { return answer(c, a) }
	return c
}

func answer(c *fronttest.Client, a fronttest.Asked) []chat.Notify {
	one := func(n chat.Notification) []chat.Notify { return []chat.Notify{{Ref: a.Ref, Notification: n}} }
	switch in := a.In.(type) {
	case chat.Quit:
		if a.Ref != "" {
			return append(one(chat.Notice{Text: "the node is stopping"}), ended)
		}
		return []chat.Notify{ended}
	case chat.Hold:
		return one(chat.Delivery{Text: in.Line, State: chat.Held, Reason: in.Reason})
	case chat.SendDirect:
		if in.To == "3" {
			return append(one(chat.Shown{From: me, To: &peer3, Kind: chat.Text, Text: in.Text, Mine: true}),
				one(chat.Delivery{To: &peer3, Text: in.Text, State: chat.Delivered})...)
		}
		if in.Line == "" {
			return one(chat.Failed{Code: chat.UnknownPeer, Text: "nobody is " + in.To})
		}
		return one(chat.Delivery{Text: in.Line, State: chat.Held, Reason: "nobody is " + in.To})
	case chat.OpenDirect:
		if in.To == "3" {
			return one(chat.Notice{Text: "what you type now goes to peer 3 alone"})
		}
		return one(chat.Failed{Code: chat.UnknownPeer, Text: "nobody is " + in.To})
	case chat.Fork:
		if in.To == "3" { // the second answer later, as in life
			go c.Tell(one(chat.SessionChanged{Event: chat.Opened, N: 1, With: peer3, Side: chat.SideA})...)
		} else {
			go c.Tell(one(chat.Failed{Code: chat.Unreachable, Text: in.To + " cannot be reached"})...)
		}
		return one(chat.Notice{Text: "asking " + in.To})
	case chat.SwitchTo:
		if in.To == "0" {
			return one(chat.Switched{To: chat.Place{Conversation: chat.Lobby}})
		}
		return one(chat.Failed{Code: chat.NoPlace, Text: "you have no conversation " + in.To})
	case chat.Join:
		return one(chat.Joined{Conversation: chat.Conversation(in.Channel), N: 1})
	case chat.Connect:
		go c.Tell(one(chat.Failed{Code: chat.Unreachable, Text: "nobody answers at " + in.Addr})...) // later, as in life
		return one(chat.Notice{Text: "connecting to " + in.Addr})
	case chat.Say:
		return one(chat.Shown{From: me, Kind: chat.Text, Text: in.Text, Mine: true})
	}
	return one(chat.Notice{Text: "done"})
}

// talk runs a console over the whole of input and returns what came of it.
func talk(t *testing.T, c *fronttest.Client, o Options, input string) (out, err string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var stdout, stderr bytes.Buffer
	o.In, o.Out, o.Err = strings.NewReader(input), &stdout, &stderr
	if o.Now == nil {
		o.Now = func() time.Time { return time.Unix(0, 0) }
	}
	if o.Begin == nil {
		o.Begin = func() { c.Tell(ready) }
	}
	code = Run(ctx, c, o)
	if ctx.Err() != nil {
		t.Fatal("the console did not end")
	}
	return stdout.String(), stderr.String(), code
}

func instructions(c *fronttest.Client) []chat.Instruction {
	var ins []chat.Instruction
	for _, a := range c.Asked(context.Background(), 0) {
		ins = append(ins, a.In)
	}
	return ins
}

// astray is the line that was meant for a conversation that is not open.
func astray(line string) chat.Instruction {
	return chat.Hold{Line: line, Reason: "the conversation that it was meant for is not open"}
}

func heldAstray(lines ...string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString("held: " + l + " – the conversation that it was meant for is not open – it was not sent; /help tells the exact form\n")
	}
	return b.String()
}

func TestOnce(t *testing.T) {
	for _, c := range []struct {
		name, input string
		asked       []chat.Instruction // without the Quit at the end
		out, err    string
		code        int
	}{
		{"nothing", "", nil, "", "", OK},
		{"text", "good morning\n", []chat.Instruction{chat.Say{Text: "good morning"}}, "", "", OK},
		{"no newline at the end", "good morning", []chat.Instruction{chat.Say{Text: "good morning"}}, "", "", OK},
		{"lines of another system", "\ufeffone\r\ntwo\r\n", []chat.Instruction{chat.Say{Text: "one"}, chat.Say{Text: "two"}}, "", "", OK},
		{"Enter", "\n", []chat.Instruction{chat.Blank{}}, "* done\n", "", OK},
		{"dm", "dm 3 foo  bar\n", []chat.Instruction{chat.SendDirect{To: "3", Text: "foo  bar", Line: "dm 3 foo  bar"}},
			"[dm] to peer 3: foo  bar — delivered\n", "", OK},
		{"continued", "one \\\n two\\\n\\\nthree\n", []chat.Instruction{chat.Say{Text: "one \n two\n\nthree"}}, "", "", OK},
		{"continued to the end", "one\\\n", []chat.Instruction{chat.Say{Text: "one"}}, "", "", OK},
		{"braces are text", "{\"do\":\"quit\"}\n", []chat.Instruction{chat.Say{Text: `{"do":"quit"}`}}, "", "", OK},
		{"held", "dm\n\n", []chat.Instruction{chat.Hold{Line: "dm", Reason: "dm needs a peer and a text"}, chat.Blank{}},
			"* done\n", "held: dm – dm needs a peer and a text – it was not sent; /help tells the exact form\n", NotSent},
		{"nobody is 9", "dm 9 hi\n", []chat.Instruction{chat.SendDirect{To: "9", Text: "hi", Line: "dm 9 hi"}},
			"", "held: dm 9 hi – nobody is 9 – it was not sent; /help tells the exact form\n", NotSent},
		{"nobody is 9, commanded", "/dm 9 hi\n", []chat.Instruction{chat.SendDirect{To: "9", Text: "hi"}}, "", "error: nobody is 9\n", NotSent},
		{"unknown command", "/statsu\n", nil, "",
			"error: /statsu is not a command – nothing was sent – did you mean /status? /help lists the commands, //statsu sends it as text\n", Failed},
		{"help", "/help ls\n", nil, "* /ls, /peers: who is here: number, id, state, path, round trip\n", "", OK},
		{"a megabyte", strings.Repeat("x", 1<<20) + "\nafter\n", []chat.Instruction{chat.Say{Text: "after"}}, "",
			"error: the line has 1048576 bytes – nothing was sent – a message takes 65536 at most\n", Failed},
		{"a megabyte without end", strings.Repeat("x", 1<<20), nil, "",
			"error: the line has 1048576 bytes – nothing was sent – a message takes 65536 at most\n", Failed},
		{"a megabyte of continued lines", strings.Repeat(strings.Repeat("x", 1022)+"\\\n", 1024) + "end\nafter\n", []chat.Instruction{chat.Say{Text: "after"}}, "",
			"error: the line has 1047555 bytes – nothing was sent – a message takes 65536 at most\n", Failed},
		{"how a connection goes", "/connect 127.0.0.1 1\n", []chat.Instruction{chat.Connect{Addr: "127.0.0.1 1"}},
			"* connecting to 127.0.0.1 1\n", "error: nobody answers at 127.0.0.1 1\n", Failed},
		{"what follows an unopened conversation", "/dm 9\nsecret\n\\lobby\nhi\n",
			[]chat.Instruction{chat.OpenDirect{To: "9"}, chat.Hold{Line: "secret", Reason: "the conversation that it was meant for is not open"}, chat.OpenLobby{}, chat.Say{Text: "hi"}},
			"* done\n", "error: nobody is 9\nheld: secret – the conversation that it was meant for is not open – it was not sent; /help tells the exact form\n", NotSent},
		{"what follows an opened one", "/dm 3\nsecret\n", []chat.Instruction{chat.OpenDirect{To: "3"}, chat.Say{Text: "secret"}},
			"* what you type now goes to peer 3 alone\n", "", OK},
		{"what follows a fork", "\\fork 3\nsecret\n", []chat.Instruction{chat.Fork{To: "3"}, chat.Say{Text: "secret"}},
			"* asking 3\n* session 1 with peer 3 is open; what you type now goes to peer 3 alone (\\lobby leads back)\n", "", OK},
		{"what follows a fork that fails", "\\fork 9\nsecret\n/me hides\n\\leave\n/part\njoin the party\ndn anna secret\n/part #ops\n\\sw 0\nhi\n",
			[]chat.Instruction{chat.Fork{To: "9"}, astray("secret"), astray("/me hides"), astray("\\leave"), astray("/part"), astray("join the party"), astray("dn anna secret"),
				chat.Part{Channel: "#ops"}, chat.SwitchTo{To: "0"}, chat.Say{Text: "hi"}},
			"* asking 9\n* done\n* what you type now goes to the lobby\n", "error: 9 cannot be reached\n" + heldAstray("secret", "/me hides", "\\leave", "/part", "join the party", "dn anna secret"), NotSent},
		{"what follows a private channel, which there is not", "/join #ops hunter2\nsecret\n/join #ops\nhi\n",
			[]chat.Instruction{astray("secret"), chat.Join{Channel: "#ops"}, chat.Say{Text: "hi"}}, "* you are in #ops now, conversation 1; nobody else is there yet, as far as is known\n",
			"error: a second word is the secret of a private channel, which this version has not – nothing was joined – /join <#channel> joins an open one, join <#channel> <name> under a name\n" + heldAstray("secret"), NotSent},
		{"what follows a switch to nowhere", "\\sw 7\nsecret\n", []chat.Instruction{chat.SwitchTo{To: "7"}, astray("secret")},
			"", "error: you have no conversation 7\n" + heldAstray("secret"), NotSent},
		{"what follows a join", "/join #ops\nhi\njoin #dev anna\n", []chat.Instruction{chat.Join{Channel: "#ops"}, chat.Say{Text: "hi"}, chat.Join{Channel: "#dev", Name: "anna"}},
			"* you are in #ops now, conversation 1; nobody else is there yet, as far as is known\n* you are in #dev now, conversation 1; nobody else is there yet, as far as is known\n", "", OK},
		{"64 KiB", strings.Repeat("x", chat.MaxText) + "\n", []chat.Instruction{chat.Say{Text: strings.Repeat("x", chat.MaxText)}}, "", "", OK},
		{"64 KiB in many lines", strings.Repeat(strings.Repeat("x", 63)+"\\\n", 1023) + strings.Repeat("x", 64) + "\n",
			[]chat.Instruction{chat.Say{Text: strings.Repeat(strings.Repeat("x", 63)+"\n", 1023) + strings.Repeat("x", 64)}}, "", "", OK},
		{"a direct message of many lines", "dm 3 one\\\ntwo\n", []chat.Instruction{chat.SendDirect{To: "3", Text: "one\ntwo", Line: "dm 3 one\ntwo"}},
			"[dm] to peer 3: one\\ntwo — delivered\n", "", OK},
		{"a megabyte that goes on", "/dm 3 " + strings.Repeat("x", 1<<20) + "\\\nsecret\\\ntoo\nafter\n", []chat.Instruction{chat.Say{Text: "after"}}, "",
			"error: the line has 1048593 bytes – nothing was sent – a message takes 65536 at most\n", Failed},
		{"a megabyte that ends in two backslashes", strings.Repeat("x", 1<<20) + "\\\\\nafter\n", []chat.Instruction{chat.Say{Text: "after"}}, "",
			"error: the line has 1048578 bytes – nothing was sent – a message takes 65536 at most\n", Failed},
		{"a line as long as a terminal's", strings.Repeat("x", maxTerminal) + "\n", []chat.Instruction{chat.Say{Text: strings.Repeat("x", maxTerminal)}}, "", "", OK},
		{"ok twice", "ok\nok\n", []chat.Instruction{chat.Say{Text: "ok"}, chat.Say{Text: "ok"}}, "", "", OK},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newNode()
			out, err, code := talk(t, client, Options{Once: true}, c.input)
			if want := append(c.asked, chat.Quit{}); !reflect.DeepEqual(instructions(client), want) {
				t.Errorf("asked\n %#v\nwant\n %#v", instructions(client), want)
			}
			if out != readyLine+c.out || err != c.err || code != c.code {
				t.Errorf("\n got %d, stdout %q\n stderr %q\nwant %d, stdout %q\n stderr %q", code, out, err, c.code, readyLine+c.out, c.err)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	const at = `"ts":"1970-01-01T00:00:00.000000000Z"`
	const first = `{"v":1,"type":"ready",` + at + `,"id":"12D3KooWme","peer_no":2,"name":"","network":"demo","addrs":["/ip4/127.0.0.1/tcp/63002"]}` + "\n"
	const last = `{"v":1,"type":"notice",` + at + `,"text":"the node has ended","code":"ended"}` + "\n"
	for _, c := range []struct {
		name, input string
		asked       []fronttest.Asked // without the Quit at the end
		out         string
		code        int
	}{
		{"an instruction", `{"do":"hello","ref":"h"}` + "\n", []fronttest.Asked{{Ref: "h", In: chat.SayHello{}}},
			`{"v":1,"type":"notice",` + at + `,"text":"done","ref":"h"}` + "\n", OK},
		{"quit", `{"do":"quit","ref":"q"}` + "\n", []fronttest.Asked{{Ref: "q", In: chat.Quit{}}},
			`{"v":1,"type":"notice",` + at + `,"text":"the node is stopping","ref":"q"}` + "\n", OK},
		{"text among objects", "/status\n", []fronttest.Asked{{In: chat.GetStatus{}}}, `{"v":1,"type":"notice",` + at + `,"text":"done"}` + "\n", OK},
		{"an object that ends in a backslash", "{\\\n", nil,
			`{"v":1,"type":"error",` + at + `,"text":"the line is not a JSON object – nothing was done – invalid character '\\\\' looking for beginning of object key string","code":"bad-json"}` + "\n", Failed},
		{"unknown", `{"do":"explode","ref":"x"}` + "\n", nil,
			`{"v":1,"type":"error",` + at + `,"text":"\"explode\" is not an instruction – nothing was done – there are act, away, back, broadcast, connect, directs, disconnect, dm, fork, hello, history, ignore, join, leave, ls, nick, part, quit, retry, say, search, sessions, status, switch, topology, unignore, users, who-got, whois","ref":"x","code":"unknown"}` + "\n", Failed},
		{"to nobody", `{"do":"dm","to":"9","text":"hi","ref":"d"}` + "\n", []fronttest.Asked{{Ref: "d", In: chat.SendDirect{To: "9", Text: "hi"}}},
			`{"v":1,"type":"error",` + at + `,"text":"nobody is 9","ref":"d","code":"unknown-peer"}` + "\n", NotSent},
		{"too long", "{" + strings.Repeat(" ", 1<<20) + "}\n", nil,
			`{"v":1,"type":"error",` + at + `,"text":"the line has 1048578 bytes – nothing was sent – a message takes 65536 at most","code":"too-long"}` + "\n", Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newNode()
			out, err, code := talk(t, client, Options{Once: true, JSON: true}, c.input)
			want := append(c.asked, fronttest.Asked{In: chat.Quit{}})
			if got := client.Asked(t.Context(), len(want)); !reflect.DeepEqual(got, want) {
				t.Errorf("asked\n %#v\nwant\n %#v", got, want)
			}
			if out != first+c.out+last || err != "" || code != c.code {
				t.Errorf("\n got %d, stderr %q, stdout\n%swant %d, stdout\n%s", code, err, out, c.code, first+c.out+last)
			}
		})
	}
}

func TestExitCodes(t *testing.T) {
	end := func(n int) chat.Notify { return chat.Notify{Notification: chat.Ended{Undelivered: n}} }
	came := chat.Notify{Notification: chat.PeerCame{Peer: peer3}}
	for _, c := range []struct {
		name string
		told []chat.Notify
		o    Options
		code int
	}{
		{"all delivered", []chat.Notify{came, end(0)}, Options{}, OK},
		{"nothing to send, nobody there", []chat.Notify{end(0)}, Options{}, OK},
		{"nobody there", []chat.Notify{end(2)}, Options{}, NoPeer},
		{"somebody there", []chat.Notify{came, end(2)}, Options{}, Undelivered},
		{"refused by the peer", []chat.Notify{came, {Notification: chat.Delivery{To: &peer3, State: chat.SendFailed}}, end(0)}, Options{}, Undelivered},
		{"held", []chat.Notify{{Notification: chat.Delivery{State: chat.Held}}, end(2)}, Options{}, NotSent},
		{"held from a person", []chat.Notify{{Notification: chat.Delivery{State: chat.Held}}, end(0)}, Options{Interactive: true}, OK},
		{"unreachable", []chat.Notify{{Notification: chat.Failed{Code: chat.Unreachable}}, end(0)}, Options{}, Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := &fronttest.Client{}
			c.o.Begin = func() { client.Tell(append([]chat.Notify{ready}, c.told...)...) }
			if _, _, code := talk(t, client, c.o, ""); code != c.code {
				t.Errorf("got %d, want %d", code, c.code)
			}
		})
	}
}

// A batch is one write, however many lines it has.
func TestBatchIsOneWrite(t *testing.T) {
	counter := &countingWriter{}
	client := &fronttest.Client{}
	var batch []chat.Notify
	for range 1000 {
		batch = append(batch, chat.Notify{Notification: chat.PeerCame{Peer: peer3}})
	}
	Run(t.Context(), client, Options{In: strings.NewReader(""), Out: counter, Err: io.Discard,
		Begin: func() { client.Tell(append(append([]chat.Notify{ready}, batch...), ended)...) }})
	if counter.writes != 1 || counter.lines != 1001 {
		t.Errorf("%d writes of %d lines", counter.writes, counter.lines)
	}
}

type countingWriter struct{ writes, lines int }

func (c *countingWriter) Write(p []byte) (int, error) {
	c.writes++
	c.lines += bytes.Count(p, []byte{'\n'})
	return len(p), nil
}

// 200,000 lines are taken in order and none is left out.
func TestManyLines(t *testing.T) {
	const n = 200_000
	var in strings.Builder
	for i := range n {
		fmt.Fprintf(&in, "line %d\n", i)
	}
	client := &fronttest.Client{Answer: func(a fronttest.Asked) []chat.Notify {
		if _, ok := a.In.(chat.Quit); ok {
			return []chat.Notify{ended}
		}
		return nil
	}}
	in.WriteString("\\quit\n")
	if _, _, code := talk(t, client, Options{}, in.String()); code != OK {
		t.Errorf("exit code %d", code)
	}
	got := instructions(client)
	if len(got) != n+1 {
		t.Fatalf("%d instructions", len(got))
	}
	for i, in := range got[:n] {
		if in != (chat.Say{Text: fmt.Sprintf("line %d", i)}) {
			t.Fatalf("instruction %d is %#v", i, in)
		}
	}
}

// FuzzInput holds that lines end, that none is longer than allowed, and that
// what a line goes on with never comes as a line of its own.
func FuzzInput(f *testing.F) {
	for _, s := range []string{"", "a\nb", "a\\\nb\\", "\\\n\\\n", "\ufeff\r\n", "{\\\n", strings.Repeat("x", 70), strings.Repeat("x", 70) + "\\\nb\nc"} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, json bool) {
		const max = 64
		in := newInput(bytes.NewReader(data), max, json, false)
		total := 0
		for {
			text, wrong, err := in.next()
			if err != nil {
				break
			}
			if len(text) > max || text != "" && wrong != "" {
				t.Fatalf("%q lets a line of %d bytes through: %q, %q", data, len(text), text, wrong)
			}
			if total++; total > len(data)+1 {
				t.Fatalf("%q has no end", data)
			}
		}
		if whole := strings.TrimPrefix(string(data), "\ufeff"); !json && total > 0 && !bytes.Contains(data, []byte{'\r'}) {
			if want := logical(whole); total != want {
				t.Fatalf("%q is %d lines, want %d", data, total, want)
			}
		}
	})
}

// logical counts the lines of plain text that do not go on.
func logical(text string) int {
	n := 0
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		if (len(l)-len(strings.TrimRight(l, `\`)))%2 == 0 {
			n++
		}
	}
	last := text[strings.LastIndexByte(strings.TrimSuffix(text, "\n"), '\n')+1:]
	last = strings.TrimSuffix(last, "\n")
	if (len(last)-len(strings.TrimRight(last, `\`)))%2 == 1 {
		n++ // the end of the input ends it
	}
	return n
}
