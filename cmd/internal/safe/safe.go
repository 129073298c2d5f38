// Package safe makes text from others safe to show on a terminal.
//
// It is the one border that every text of a stranger passes before it is
// printed: message, name, address, agent string, error text, path. Whatever could move
// the cursor, colour, hide, reorder or forge comes out as a visible escape
// (`\x1b`, `\u202e`), so that the reader sees that something was there. Nothing
// is silently removed.
package safe

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// MaxMarks is how many combining marks a character may carry. No living script
	// needs more; without a bound a few bytes cover the lines above and below.
	MaxMarks = 8

	// MaxName is how many characters of a name are shown, combining marks not
	// counted: longer names push the text off the screen.
	MaxName = 32

	// tab is what a tab becomes: it keeps pasted code readable.
	tab = "    "
)

// Text returns s with everything that is not plainly visible replaced. Newlines
// stay; the caller indents what follows them. The result is valid UTF-8 without a byte
// below 0x20 except '\n', without C1, DEL, bidi controls or invisible
// characters, and Text(Text(s)) == Text(s).
func Text(s string) string { return clean(s, true) }

// Line is Text for what must stay on one line: newlines are escaped too.
func Line(s string) string { return clean(s, false) }

// Name is Line for names: cut after MaxName characters, with "…" for the rest.
func Name(s string) string { return Short(s, MaxName) }

// Short is Line cut to at most n characters, combining marks not counted; "…"
// is the last of them if something is missing. n is at least 1.
func Short(s string, n int) string {
	// No character needs more bytes than this; do not clean a megabyte to show a word.
	const maxBytes = utf8.UTFMax * (MaxMarks + 1)
	cut := len(s) > (n+1)*maxBytes
	if cut {
		s = s[:(n+1)*maxBytes]
	}
	s = clean(s, false)
	count, last := 0, 0
	for i, r := range s {
		if unicode.Is(unicode.M, r) && i > 0 {
			continue
		}
		if count++; count == n {
			last = i
		}
		if count > n {
			cut = true
			break
		}
	}
	if cut && count >= n {
		return strings.TrimSuffix(s[:last], string(joiner)) + "…"
	}
	return s
}

// Hidden tells whether r must not reach a terminal as it is: controls,
// characters that format or cannot be seen, separators other than spaces, and
// code points that will never be characters.
func Hidden(r rune) bool {
	switch {
	case r < 0x20 || 0x7f <= r && r < 0xa0:
		return true
	case r < 0xa0:
		return false
	case r == utf8.RuneError: // the visible sign for what is missing
		return false
	case r == '\u2800', r >= 0xe0000 && r <= 0xe0fff, r&0xfffe == 0xfffe: // blank, tags and their kin, non-characters
		return true
	}
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Cs,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Noncharacter_Code_Point)
}

func clean(s string, newlines bool) string {
	i := plain(s, newlines)
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:i])
	var (
		marks int  // combining marks on the current character
		prev  rune // the last rune that was kept, or 0
	)
	if i > 0 {
		prev = rune(s[i-1])
	}
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		bad := r == utf8.RuneError && size == 1
		switch {
		case bad:
			hex(&b, 'x', uint32(s[i]), 2)
			prev = 0
		case r == '\n' && newlines:
			b.WriteByte('\n')
			marks, prev = 0, 0
		case r == '\t':
			b.WriteString(tab)
			marks, prev = 0, ' '
		case joins(prev, r, s[i+size:]) && marks < MaxMarks:
			b.WriteString(s[i : i+size])
			marks++
			prev = r
		case Hidden(r):
			escape(&b, r)
			prev = 0
		case unicode.Is(unicode.M, r):
			if marks == MaxMarks {
				escape(&b, r)
				prev = 0
				break
			}
			b.WriteString(s[i : i+size])
			marks++
			prev = r
		default:
			b.WriteString(s[i : i+size])
			marks, prev = 0, r
		}
		i += size
	}
	return b.String()
}

// plain returns the length of the part of s that needs no second look: ASCII
// without controls.
func plain(s string, newlines bool) int {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 0x20 || c >= 0x7f) && (c != '\n' || !newlines) {
			return i
		}
	}
	return len(s)
}

const (
	joiner   = '\u200d' // builds one emoji of several
	asEmoji  = '\ufe0f' // asks for the coloured form of the symbol before it
	asSymbol = '\ufe0e'
)

// joins tells whether r, invisible by itself, does its honest work here: a
// joiner between two emoji, or a choice of form after a symbol.
func joins(prev, r rune, rest string) bool {
	switch r {
	case joiner:
		next, _ := utf8.DecodeRuneInString(rest)
		return (emoji(prev) || prev == asEmoji) && emoji(next)
	case asEmoji, asSymbol:
		return emoji(prev) || prev >= '0' && prev <= '9'
	}
	return false
}

// emoji tells whether r is a pictograph, or the skin colour of one.
func emoji(r rune) bool {
	return r >= 0x1f000 && r <= 0x1faff && !Hidden(r) || r >= 0x2190 && r <= 0x2bff && r != '\u2800' && unicode.Is(unicode.So, r)
}

func escape(b *strings.Builder, r rune) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r < 0x100:
		hex(b, 'x', uint32(r), 2)
	case r < 0x10000:
		hex(b, 'u', uint32(r), 4)
	default:
		hex(b, 'U', uint32(r), 8)
	}
}

func hex(b *strings.Builder, kind byte, v uint32, digits int) {
	s := strconv.FormatUint(uint64(v), 16)
	b.WriteByte('\\')
	b.WriteByte(kind)
	for range digits - len(s) {
		b.WriteByte('0')
	}
	b.WriteString(s)
}
