package jsonl

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"tincan/behaviour/chat"
)

// AppendInstruction appends an instruction as one object with its newline: [Parse]
// makes the same of it. The error, an *Error, says what cannot be said in JSON: a
// string that is not UTF-8, or a line longer than MaxLine. Then dst is as it was.
func AppendInstruction(dst []byte, ref string, in chat.Instruction) ([]byte, error) {
	begin := len(dst)
	w := writer{dst: append(dst, '{')}
	w.instruction(in)
	w.opt("ref", ref)
	dst = append(w.dst, '}', '\n')
	switch {
	case w.garbled:
		return dst[:begin], &Error{chat.BadText, "the text is not valid UTF-8; nothing was sent"}
	case len(dst)-begin > MaxLine:
		return dst[:begin], &Error{TooLong, fmt.Sprintf("the line has %d bytes – nothing was sent – a message takes %d at most", len(dst)-begin, chat.MaxText)}
	}
	return dst, nil
}

// writer writes the fields of an instruction, and sees what JSON cannot hold.
type writer struct {
	dst     []byte
	garbled bool
}

func (w *writer) do(what string) {
	w.dst = append(w.dst, `"do":`...)
	w.dst = quote(w.dst, what)
}

func (w *writer) str(key, value string) {
	w.garbled = w.garbled || !utf8.ValidString(value)
	w.dst = str(w.dst, key, value)
}

func (w *writer) opt(key, value string) {
	if value != "" {
		w.str(key, value)
	}
}

func (w *writer) count(key string, n int) {
	if n != 0 {
		w.dst = num(w.dst, key, n)
	}
}

// with writes an instruction of strings: pairs of a key and a value, which is left
// out when it is empty.
func (w *writer) with(what string, pairs ...string) {
	w.do(what)
	for i := 0; i < len(pairs); i += 2 {
		w.opt(pairs[i], pairs[i+1])
	}
}

// says writes an instruction that has a text, be it an empty one.
func (w *writer) says(what, text string, pairs ...string) {
	w.with(what, pairs...)
	w.str("text", text)
}

func (w *writer) instruction(in chat.Instruction) {
	switch in := in.(type) {
	case chat.Enter:
		w.with("enter", "name", in.Name)
	case chat.Exit:
		w.do("exit")
	case chat.Attach:
		w.do("attach")
		w.dst = flag(w.dst, "apart", in.Apart)
	case chat.Detach:
		w.do("detach")
	case chat.Say:
		w.says("say", in.Text)
	case chat.SayIn:
		w.says("say", in.Text, "conversation", in.In)
	case chat.Act:
		w.says("act", in.Text)
	case chat.ActIn:
		w.says("act", in.Text, "conversation", in.In)
	case chat.Broadcast:
		w.says("broadcast", in.Text)
	case chat.Blank:
		w.do("blank")
	case chat.SayHello:
		w.do("hello")
	case chat.SendDirect:
		if in.Action {
			w.says("act", in.Text, "conversation", "dm", "to", in.To, "line", in.Line)
		} else {
			w.says("dm", in.Text, "to", in.To, "line", in.Line)
		}
	case chat.OpenDirect:
		w.with("open", "to", in.To)
	case chat.OpenLobby:
		w.do("lobby")
	case chat.Join:
		w.with("join", "channel", in.Channel, "name", in.Name)
	case chat.MayJoin:
		w.with("may-join", "channel", in.Channel, "name", in.Name, "line", in.Line)
	case chat.Part:
		w.with("part", "channel", in.Channel)
	case chat.Fork:
		w.with("fork", "to", in.To)
	case chat.Leave:
		w.do("leave")
	case chat.SwitchTo:
		w.with("switch", "n", in.To)
	case chat.ListSessions:
		w.do("sessions")
	case chat.ListDirects:
		w.do("directs")
	case chat.ListUsers:
		w.with("users", "conversation", in.In)
	case chat.Rename:
		w.with("nick", "name", in.Name)
	case chat.Away:
		w.with("away", "text", in.Text)
	case chat.Back:
		w.do("back")
	case chat.Ignore:
		w.with("ignore", "to", in.Who)
	case chat.Unignore:
		w.with("unignore", "to", in.Who)
	case chat.Whois:
		w.with("whois", "to", in.Who)
	case chat.Hold:
		w.with("hold", "line", in.Line, "reason", in.Reason)
	case chat.Doubt:
		w.with("doubt", "line", in.Line, "to", in.To)
	case chat.ListPeers:
		w.do("ls")
	case chat.GetStatus:
		w.do("status")
	case chat.ShowNetwork:
		w.do("topology")
	case chat.Connect:
		w.with("connect", "addr", in.Addr)
	case chat.Disconnect:
		w.with("disconnect", "to", in.To)
	case chat.ReadHistory:
		w.history(in)
	case chat.Search:
		w.with("search", "conversation", in.In, "words", in.Words)
		w.count("n", in.N)
	case chat.WhoGot:
		w.with("who-got", "id", in.Message)
	case chat.Retry:
		w.with("retry", "to", in.To)
	case chat.Quit:
		w.do("quit")
		w.dst = flag(w.dst, "returning", in.Returning)
	default:
		panic(fmt.Sprintf("jsonl: unknown instruction %T", in))
	}
}

// history says "dm 3" as programs do.
func (w *writer) history(in chat.ReadHistory) {
	conversation, to := in.In, ""
	if who, ok := strings.CutPrefix(in.In, "dm "); ok && who != "" {
		conversation, to = "dm", who
	}
	w.with("history", "conversation", conversation, "to", to, "after", in.After, "before", in.Before,
		"since", instantOf(in.Since), "until", instantOf(in.Until))
	w.count("n", in.N)
	w.dst = flag(w.dst, "first", in.First)
}

// instantOf is a time as instant reads it.
func instantOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// held is a line that looks like a slip.
func (r *request) held() (chat.Instruction, *Error) {
	if r.Line == "" {
		return nil, missing("line")
	}
	return chat.Hold{Line: r.Line, Reason: r.Reason}, nil
}

// doubted is a line that may be a slip.
func (r *request) doubted() (chat.Instruction, *Error) {
	if r.Line == "" {
		return nil, missing("line")
	}
	return r.peer(func(to string) chat.Instruction { return chat.Doubt{Line: r.Line, To: to} })
}

// mayJoin is a line that joins a channel, or is text.
func (r *request) mayJoin() (chat.Instruction, *Error) {
	switch {
	case r.Channel == "":
		return nil, missing("channel")
	case r.Line == "":
		return nil, missing("line")
	}
	return chat.MayJoin{Channel: r.Channel, Name: r.Name, Line: r.Line}, nil
}
