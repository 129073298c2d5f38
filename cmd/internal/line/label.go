package line

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

// tagLen is how much of a peer's id follows its claimed name. Names are free
// for anybody to claim; the tag tells two of a name apart.
const tagLen = 4

// label is how a peer is called, safe to show: "peer 3", or a claimed name with
// the number or the end of the id, which nobody can claim, after it.
func label(p chat.Peer) string {
	switch {
	case p.Name == "":
		return safe.Line(p.Label())
	case p.No > 0:
		return quoteName(p.Name) + "#" + strconv.Itoa(p.No)
	}
	id := string(p.ID)
	return quoteName(p.Name) + "#" + safe.Line(id[max(0, len(id)-tagLen):])
}

// quoteName makes a name safe to show, and puts it in quotes if it has anything but
// letters, digits and a few signs: a peer called "peer 1: pay me" shall not read as peer 1.
func quoteName(name string) string {
	name = safe.Name(name)
	if name != "" && strings.IndexFunc(name, odd) < 0 {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `'`) + `"`
}

func odd(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.So) && !strings.ContainsRune("-_.…'", r)
}

// self is how the node's owner is told who he is: with his number if everybody
// can derive his key.
func self(p chat.Peer) string {
	s := label(chat.Peer{ID: p.ID, No: p.No})
	if p.Name != "" {
		s += " (" + quoteName(p.Name) + ")"
	}
	if p.No > 0 {
		s += " [demo]"
	}
	return s
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
