package line

import (
	"slices"
	"strings"
	"unicode"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

// label is how a person is called, safe to show: "peer 3", a claimed name, or
// one with the tag of his key, which nobody can claim, if he is not the only one
// of that name; of a guest, his name, "@" and the label of his host.
func label(p chat.Peer) string {
	host := p
	host.Guest = ""
	switch {
	case p.Guest != "":
		return quoteName(p.Guest) + "@" + label(host)
	case p.Name == "":
		return safe.Line(p.Label())
	case p.Tagged:
		return tagged(p)
	}
	return quoteName(p.Name)
}

func tagged(p chat.Peer) string { return quoteName(p.Name) + "#" + safe.Line(p.Tag()) }

// fullLabel is the label in answers about people: with all that a user may
// call the person by.
func fullLabel(p chat.Peer) string {
	switch {
	case p.Name == "" || p.Guest != "":
		return label(p)
	case p.No > 0:
		return label(p) + " (" + label(chat.Peer{ID: p.ID, No: p.No}) + ")"
	}
	return tagged(p)
}

// quoteName makes a name safe to show, and puts it in quotes if it has anything but
// letters, digits and a few signs, or is a word of ours: a peer called "peer 1: pay me"
// shall not read as peer 1, nor one called "lobby" as the lobby.
func quoteName(name string) string {
	if ours(name) {
		return `"` + name + `"`
	}
	return quote(name, safe.MaxName)
}

// quote makes a name of at most n characters safe to show, in quotes if it has
// anything but letters, digits and a few signs.
func quote(name string, n int) string {
	name = safe.Short(name, n)
	if name != "" && strings.IndexFunc(name, odd) < 0 {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `'`) + `"`
}

func odd(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.So) && !strings.ContainsRune("-_.…'+", r)
}

// ours tells whether a name is what the node calls something itself: the lobby,
// the user, or a peer by its number.
func ours(name string) bool {
	return strings.EqualFold(name, string(chat.Lobby)) || strings.EqualFold(name, "you") || len(name) < safe.MaxName && digits(name)
}

// self is how the node's owner is told who he is: with his number and a mark if
// everybody can derive his key, else with the tag by which he can be told from
// others of the name.
func self(p chat.Peer) string {
	if p.No == 0 {
		return fullLabel(p)
	}
	s := label(chat.Peer{ID: p.ID, No: p.No})
	if p.Name != "" {
		s += " (" + quoteName(p.Name) + ")"
	}
	return s + " [demo]"
}

// shortID is the beginning of an id, enough to compare with one's notes.
func shortID(id chat.PeerID) string {
	const n = 12
	if len(id) <= n {
		return safe.Line(string(id))
	}
	return safe.Line(string(id[:n])) + "…"
}

// inNetwork names the network unless it is the usual one.
func inNetwork(n chat.Ready) string {
	if n.Network == "" || n.Network == "main" || n.Network == "demo" && n.Me.No > 0 {
		return ""
	}
	return " in network " + quoteName(n.Network)
}

// on lists addresses. QUIC on the number of a TCP address goes without saying.
func on(addrs []string) string {
	var shown []string
	for _, a := range addrs {
		if tcp, ok := strings.CutSuffix(a, "/quic-v1"); ok && slices.Contains(addrs, strings.Replace(tcp, "/udp/", "/tcp/", 1)) {
			continue
		}
		shown = append(shown, safe.Line(a))
	}
	if len(shown) == 0 {
		return ""
	}
	return " on " + strings.Join(shown, ", ")
}
