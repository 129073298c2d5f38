package line

import (
	"slices"
	"strings"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

// maxWhy is how many characters are shown of why somebody is away.
const maxWhy = 80

// entered greets a guest under the name that he got.
func entered(n chat.Entered) string {
	name, asked := n.Me.Guest, strings.Trim(n.Asked, blanks)
	s := "you are " + quoteName(name)
	switch {
	case name == asked:
	case asked == "":
		s += ", for you gave no name"
	case numbered(name, asked):
		s += ", not " + quoteName(asked) + ": another guest here is called that already"
	default:
		s += ", not " + quoteName(asked) + ": not all of that can be in a name"
	}
	return s + "; others see " + label(n.Me) + `; the lobby is conversation 0, \lobby leads there`
}

// numbered tells whether name is asked with a number behind it.
func numbered(name, asked string) bool {
	rest, ok := strings.CutPrefix(name, asked)
	return ok && rest != strings.TrimRight(rest, "0123456789")
}

// user is a row of a list of people.
func user(u chat.UserInfo) string {
	s := label(u.Peer)
	if u.Me {
		s += " (you)"
	}
	if u.Away != "" {
		s += " (away: " + safe.Short(u.Away, maxWhy) + ")"
	}
	return s
}

// users answers \users: one line a person.
func users(out []byte, n chat.UserList) []byte {
	out = own(out, plural(len(n.Users), "person", "people")+" in "+in(n.Conversation)+colon(len(n.Users)))
	for _, u := range n.Users {
		out = own(out, "  "+user(u))
	}
	return out
}

// directs answers what there is in direct conversations: one line a peer.
func directs(out []byte, n chat.DirectList) []byte {
	out = own(out, plural(len(n.With), "direct conversation", "direct conversations")+colon(len(n.With)))
	for _, p := range n.With {
		out = own(out, "  "+label(p))
	}
	return out
}

func colon(rows int) string {
	if rows == 0 {
		return ""
	}
	return ":"
}

func renamed(n chat.Renamed) string {
	switch {
	case n.Mine && n.Now.Name == "" && n.Now.Guest == "":
		return "you have no name now: others see " + label(n.Now)
	case n.Mine:
		return "you are called " + label(n.Now) + " now"
	}
	return label(n.Was) + " is called " + label(n.Now) + " now"
}

func awayChanged(n chat.AwayChanged) string {
	if n.Why == "" {
		return label(n.Who) + " is back"
	}
	return label(n.Who) + " is away: " + safe.Short(n.Why, maxWhy)
}

// portrait answers /whois and /whoami: who it is, then what is known.
func portrait(out []byte, n chat.Portrait) []byte {
	switch {
	case n.Me && n.Peer.Guest == "":
		out = own(out, "you are "+self(n.Peer)+" "+string(n.Peer.ID))
	case n.Me:
		out = own(out, "you are "+label(n.Peer)+" "+string(n.Peer.ID))
	default:
		out = own(out, fullLabel(n.Peer)+" "+string(n.Peer.ID))
		out = detail(out, "", n.State, n.Path, n.Addr)
	}
	out = detail(out, "away: ", safe.Short(n.Away, maxWhy))
	rooms := make([]string, 0, len(n.In))
	for _, c := range n.In {
		rooms = append(rooms, place(chat.Conversation(c)))
	}
	out = detail(out, "in ", rooms...)
	others := make([]string, 0, len(n.Others))
	for _, p := range n.Others {
		others = append(others, fullLabel(p))
	}
	out = detail(out, "others of that name, or one that looks like it: ", others...)
	if n.Ignored {
		out = detail(out, "", "ignored: nothing of this peer is shown to you – /unignore ends that")
	}
	return out
}

// detail appends a line of those values that are not empty, if there are any.
func detail(out []byte, head string, values ...string) []byte {
	values = slices.DeleteFunc(values, func(v string) bool { return v == "" })
	if len(values) == 0 {
		return out
	}
	return own(out, "  "+head+safe.Line(strings.Join(values, ", ")))
}
