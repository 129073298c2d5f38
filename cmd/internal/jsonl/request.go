package jsonl

import (
	"bytes"
	"encoding/json"
	"strings"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

// instruction turns a request into what it asks for. Whether names, texts and
// channels are fit is the core's to say; only what is missing is refused here.
func (r *request) instruction() (chat.Instruction, *Error) {
	switch r.Do {
	case "broadcast":
		return r.text(func(text string) chat.Instruction { return chat.Broadcast{Text: text} })
	case "dm":
		return r.direct(false)
	case "say":
		return r.say()
	case "act":
		return r.act()
	case "hello":
		return chat.SayHello{}, nil
	case "ls":
		return chat.ListPeers{}, nil
	case "users":
		return chat.ListUsers{In: r.Conversation}, nil
	case "whois":
		return r.whois()
	case "sessions":
		return chat.ListSessions{}, nil
	case "directs":
		return chat.ListDirects{}, nil
	case "fork":
		return r.peer(func(to string) chat.Instruction { return chat.Fork{To: to} })
	case "switch":
		return name(r.N, "n", func(to string) chat.Instruction { return chat.SwitchTo{To: to} })
	case "leave":
		return chat.Leave{}, nil
	case "join":
		return r.join()
	case "part":
		return chat.Part{Channel: r.Channel}, nil
	case "nick":
		if r.Name == "" {
			return nil, missing("name")
		}
		return chat.Rename{Name: r.Name}, nil
	case "away":
		if r.Text == nil {
			return chat.Away{}, nil
		}
		return chat.Away{Text: *r.Text}, nil
	case "back":
		return chat.Back{}, nil
	case "ignore":
		return r.peer(func(who string) chat.Instruction { return chat.Ignore{Who: who} })
	case "unignore":
		return r.peer(func(who string) chat.Instruction { return chat.Unignore{Who: who} })
	case "connect":
		if r.Addr == "" {
			return nil, missing("addr")
		}
		return chat.Connect{Addr: r.Addr}, nil
	case "disconnect":
		return r.peer(func(to string) chat.Instruction { return chat.Disconnect{To: to} })
	case "status":
		return chat.GetStatus{}, nil
	case "topology":
		return chat.ShowNetwork{}, nil
	case "quit":
		return chat.Quit{Returning: r.Returning}, nil
	case "history":
		return r.history()
	case "search":
		return r.search()
	case "who-got":
		return chat.WhoGot{Message: r.ID}, nil
	case "retry":
		return r.retry()
	case "enter":
		return chat.Enter{Name: r.Name}, nil
	case "exit":
		return chat.Exit{}, nil
	case "attach":
		return chat.Attach{Apart: r.Apart}, nil
	case "detach":
		return chat.Detach{}, nil
	case "blank":
		return chat.Blank{}, nil
	case "open":
		return r.peer(func(to string) chat.Instruction { return chat.OpenDirect{To: to} })
	case "lobby":
		return chat.OpenLobby{}, nil
	case "may-join":
		return r.mayJoin()
	case "hold":
		return r.held()
	case "doubt":
		return r.doubted()
	case "":
		return nil, missing("do")
	}
	return nil, &Error{Unknown, `"` + safe.Short(r.Do, 20) + `" is not an instruction – nothing was done – there are ` +
		"act, away, back, broadcast, connect, directs, disconnect, dm, fork, hello, history, ignore, join, leave, ls, nick, part, quit, retry, say, search, sessions, status, switch, topology, unignore, users, who-got, whois"}
}

func missing(field string) *Error {
	return &Error{BadRequest, `"` + field + `" is missing – nothing was done – add it`}
}

func (r *request) text(in func(string) chat.Instruction) (chat.Instruction, *Error) {
	if r.Text == nil {
		return nil, missing("text")
	}
	return in(*r.Text), nil
}

func (r *request) say() (chat.Instruction, *Error) {
	switch c := r.Conversation; {
	case c == "dm":
		return r.direct(false)
	case c == "":
		return r.text(func(text string) chat.Instruction { return chat.Say{Text: text} })
	case c == string(chat.Lobby):
		return r.text(func(text string) chat.Instruction { return chat.Broadcast{Text: text} })
	case named(c):
		return r.text(func(text string) chat.Instruction { return chat.SayIn{In: c, Text: text} })
	}
	return r.nowhere()
}

// act is say for what the user does.
func (r *request) act() (chat.Instruction, *Error) {
	switch c := r.Conversation; {
	case c == "dm":
		return r.direct(true)
	case c == "":
		return r.text(func(text string) chat.Instruction { return chat.Act{Text: text} })
	case c == string(chat.Lobby), named(c):
		return r.text(func(text string) chat.Instruction { return chat.ActIn{In: c, Text: text} })
	}
	return r.nowhere()
}

// named tells whether a conversation is a channel or a session by its name.
func named(c string) bool { return c[0] == '#' || strings.HasPrefix(c, "session:") }

func (r *request) nowhere() (chat.Instruction, *Error) {
	return nil, &Error{BadRequest, `"` + safe.Short(r.Conversation, 32) + `" is not a conversation – nothing was sent – there are lobby, dm, #name and session:N`}
}

func (r *request) direct(action bool) (chat.Instruction, *Error) {
	if r.Text == nil {
		return nil, missing("text")
	}
	return r.peer(func(to string) chat.Instruction {
		return chat.SendDirect{To: to, Text: *r.Text, Line: r.Line, Action: action}
	})
}

// whois asks for the asker himself without "to".
func (r *request) whois() (chat.Instruction, *Error) {
	if absent(r.To) {
		return chat.Whois{}, nil
	}
	return r.peer(func(who string) chat.Instruction { return chat.Whois{Who: who} })
}

// join refuses what looks like a private channel rather than open a public one.
func (r *request) join() (chat.Instruction, *Error) {
	switch {
	case r.Channel == "":
		return nil, missing("channel")
	case !absent(r.Secret):
		return nil, &Error{Unsupported, "private channels are not supported by this node – nothing was joined – join without a secret joins an open one"}
	}
	return chat.Join{Channel: r.Channel, Name: r.Name}, nil
}

func (r *request) peer(in func(string) chat.Instruction) (chat.Instruction, *Error) {
	return name(r.To, "to", in)
}

// name takes a field as a string, or a number as a number.
func name(raw json.RawMessage, field string, in func(string) chat.Instruction) (chat.Instruction, *Error) {
	if absent(raw) {
		return nil, missing(field)
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		s = string(raw)
		if len(bytes.Trim(raw, "0123456789")) > 0 {
			return nil, &Error{BadRequest, `"` + field + `" has the wrong type – nothing was done – it takes a string, or a number from 0`}
		}
	}
	if s == "" {
		return nil, missing(field)
	}
	return in(s), nil
}

// absent tells whether a field is missing or null.
func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }
