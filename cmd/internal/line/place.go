package line

import (
	"fmt"
	"strconv"
	"strings"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

// maxChannel is how many characters of a channel's name are shown.
const maxChannel = 64

// maxNamed is how many people a line names; the rest is counted.
const maxNamed = 20

// back tells how to leave a conversation with one peer for the lobby.
const back = `(\lobby leads back)`

// place is a conversation as it stands in brackets: "lobby", "#name", "dm".
func place(c chat.Conversation) string {
	if c == chat.Lobby {
		return string(c)
	}
	if name, ok := strings.CutPrefix(string(c), "#"); ok {
		return "#" + quote(name, maxChannel)
	}
	if kind := c.Kind(); kind != string(c) {
		return kind
	}
	return quote(string(c), maxChannel)
}

// in is a conversation in a sentence: "the lobby", "#name".
func in(c chat.Conversation) string {
	switch c.Kind() {
	case string(chat.Lobby):
		return "the lobby"
	case "session":
		return "your private session"
	case "dm":
		return "your direct conversation"
	}
	return place(c)
}

// goesTo tells who reads what the user types now.
func goesTo(p chat.Place) string {
	s := "what you type now goes to "
	switch {
	case p.With == nil:
		s += in(p.Conversation)
	case p.Conversation.Kind() != "session":
		s += label(*p.With) + " alone " + back
	case p.Interrupted:
		s += label(*p.With) + " alone, in session " + strconv.Itoa(p.N) + ", when it is resumed " + back
	default:
		s += label(*p.With) + " alone, in session " + strconv.Itoa(p.N) + " " + back
	}
	return s + unread(p.Unread, "; ")
}

func unread(n int, before string) string {
	if n == 0 {
		return ""
	}
	return before + strconv.Itoa(n) + " unread"
}

func joined(n chat.Joined) string {
	s := fmt.Sprintf("you are in %s now, conversation %d; ", in(n.Conversation), n.N)
	if n.Elsewhere {
		s = fmt.Sprintf(`you have joined %s elsewhere, conversation %d: \sw %[2]d leads there; `, in(n.Conversation), n.N)
	}
	if len(n.Who) == 0 {
		return s + "nobody else is there yet, as far as is known"
	}
	names := make([]string, 0, maxNamed)
	for _, u := range n.Who[:min(len(n.Who), maxNamed)] {
		names = append(names, user(u))
	}
	s += "also there: " + strings.Join(names, ", ")
	if more := len(n.Who) - maxNamed; more > 0 {
		s += fmt.Sprintf(` and %d more, \users lists them`, more)
	}
	return s
}

// session tells what happens to a private session, and where the user is after
// its end.
func session(n chat.SessionChanged) string {
	with, number := label(n.With), strconv.Itoa(n.N)
	s := "session " + number + " with " + with
	why := ""
	if n.Reason != "" {
		why = ": " + safe.Line(n.Reason)
	}
	switch n.Event {
	case chat.Opened:
		if n.Side == chat.SideB {
			return with + " has opened private session " + number + ` with you: \sw ` + number + ` to answer, \leave there to end it`
		}
		if n.Elsewhere {
			return s + ` is open: you asked for it elsewhere, \sw ` + number + ` leads there`
		}
		return s + " is open; what you type now goes to " + with + " alone " + back
	case chat.Interrupted:
		return s + " is interrupted" + why + "; what you type there waits"
	case chat.Resumed:
		return s + " is resumed"
	case chat.Closed:
		if n.Mine {
			s = "you have ended " + s
			if n.Elsewhere {
				s += " elsewhere"
			}
		} else {
			s += " has ended" + why
		}
		if n.Back != nil {
			s += "; " + goesTo(*n.Back)
		}
		return s
	}
	panic(fmt.Sprintf("line: unknown session event %d", n.Event))
}

// places answers \sessions: one line a conversation, a star before the current
// one.
func places(out []byte, n chat.PlaceList) []byte {
	if len(n.Places) == 0 {
		return own(out, "you are in no conversation – join <#channel> <name> leads into one")
	}
	out = own(out, `your conversations (\sw <number> leads there):`)
	var rows [][]string
	for _, p := range n.Places {
		mark := " "
		if p.Current {
			mark = "*"
		}
		state := unread(p.Unread, "")
		if p.Interrupted {
			state = strings.TrimPrefix(state+", interrupted", ", ")
		}
		rows = append(rows, []string{mark, strconv.Itoa(p.N), title(p), state})
	}
	return table(out, rows)
}

// title is a conversation in the list of the user's: "lobby", "#name",
// "dm with bobby", "private with bobby (P->)".
func title(p chat.Place) string {
	switch {
	case p.With == nil:
		return place(p.Conversation)
	case p.Conversation.Kind() != "session":
		return "dm with " + label(*p.With)
	case p.Side == chat.SideB:
		return "private with " + label(*p.With) + " (P~>)"
	}
	return "private with " + label(*p.With) + " (P->)"
}
