package names

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// signs have a meaning in addresses and commands: anna#k3f9, alice@…, lists,
// paths. The second line has those that look like them and are no compatibility
// forms of them.
const signs = "#@/\\," +
	"\u2044\u2215\u29f8\u29f9\u2216\u2571\u2572"

// hidden tells whether a character cannot be seen, moves others, means nothing
// to anybody else, or is not known yet. White space other than the space is
// hidden too; whoever wants to say so looks for it first.
func hidden(r rune) bool {
	switch {
	case r == ' ':
		return false
	case r == '\u2800', r == '\ufffc', r == utf8.RuneError: // a blank, an object that is missing, a character that is
		return true
	case unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return true
	}
	return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S)
}

// sign tells whether a character is one of the signs, in any of its forms.
func sign(r rune) bool {
	if r >= utf8.RuneSelf {
		plain := norm.NFKC.String(string(r))
		if one, size := utf8.DecodeRuneInString(plain); size == len(plain) {
			r = one
		}
	}
	return strings.ContainsRune(signs, r)
}

// quote tells whether a character is a quotation mark: names are shown in them.
func quote(r rune) bool { return r == '`' || unicode.Is(unicode.Quotation_Mark, r) }

const (
	joiner   = '\u200d' // builds one emoji of several
	asSymbol = '\ufe0e' // asks for a form of the symbol before it
	asEmoji  = '\ufe0f'
)

// unglue takes out what keyboards put into emoji. Their parts remain, so that
// everybody sees the same and can type it.
func unglue(s string) string {
	var prev rune
	return strings.Map(func(r rune) rune {
		switch {
		case r == asSymbol || r == asEmoji:
			return -1
		case r == joiner && unicode.In(prev, unicode.So, unicode.Sk):
			return -1
		}
		prev = r
		return r
	}, s)
}
