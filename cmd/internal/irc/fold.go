package irc

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tincan/behaviour/chat"
)

// fold is a nick or channel in the form in which it is compared (CASEMAPPING=ascii).
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// notInNicks are the characters that have a meaning in addresses, masks, lists or
// modes, or that the core keeps out of names.
const notInNicks = " !@:,*?.#&+%~$/\\`\"'"

func inNick(r rune) bool {
	return r > ' ' && r != utf8.RuneError && !unicode.IsControl(r) && !unicode.IsSpace(r) &&
		!strings.ContainsRune(notInNicks, r)
}

// validNick says whether a client may ask for a nick. Whether it is a name that
// nobody else could be taken for is the core's to say.
func validNick(s string) bool {
	if s == "" || utf8.RuneCountInString(s) > nickLength || s[0] == '-' || '0' <= s[0] && s[0] <= '9' {
		return false
	}
	for _, r := range s {
		if !inNick(r) {
			return false
		}
	}
	return true
}

// nickable is a name that somebody has elsewhere as a nick: what cannot be in one
// becomes "_". No name of the core's is too long.
func nickable(name string) string {
	nick := strings.Map(func(r rune) rune {
		if inNick(r) {
			return r
		}
		return '_'
	}, cut(strings.ToValidUTF8(name, "_"), chat.MaxName))
	if nick == "" || nick[0] == '-' || '0' <= nick[0] && nick[0] <= '9' {
		nick = "_" + nick
	}
	return nick
}

// cut is the beginning of s, n bytes at most, at the end of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// matches says whether s fits a mask, in which "*" is any text and "?" any character.
func matches(mask, s string) bool {
	m, t := []rune(fold(mask)), []rune(fold(s))
	i, j, star, back := 0, 0, -1, 0
	for j < len(t) {
		switch {
		case i < len(m) && m[i] == '*':
			star, back = i, j
			i++
		case i < len(m) && (m[i] == '?' || m[i] == t[j]):
			i++
			j++
		case star >= 0:
			back++
			i, j = star+1, back
		default:
			return false
		}
	}
	for i < len(m) && m[i] == '*' {
		i++
	}
	return i == len(m)
}
