// Package names judges what people call themselves and their channels.
//
// A name is a claim that anybody can make. Clean makes a stranger's fit to be
// compared and shown, Check tells a user why his own cannot be, Channel does the
// same for a channel, and Skeleton tells names that look alike.
package names

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// MaxName is the length of a name in characters, combining marks not counted:
	// longer ones push the text off the screen. MaxBytes is the same in bytes of
	// UTF-8, which the wire bounds.
	MaxName  = 32
	MaxBytes = 128

	// maxMarks is how many combining marks a character may carry. No living script
	// needs more; without a bound a few bytes cover the lines above and below.
	maxMarks = 4

	// maxTyped is how many bytes are looked at: nothing longer can become a name,
	// whatever is taken out of it, and a megabyte must not cost its cleaning.
	maxTyped = 1 << 10
)

// Clean makes a name that somebody claims fit to be compared and shown: in NFC,
// without what cannot be seen and the signs of addresses, "_" for white space,
// at most MaxName characters and MaxBytes. It is "" when nothing is left, or
// when the name would pass for a label of somebody else ("7", "peer 7") or for
// the lobby. Clean(Clean(s)) == Clean(s).
func Clean(name string) string {
	if plain(name) {
		return name
	}
	return clean(name)
}

// plain tells at a glance that there is nothing to do for a name, as for most. It
// begins with none of the letters that "lobby" and "peer" could begin with.
func plain(name string) bool {
	if name == "" || len(name) > MaxName || strings.IndexByte("iIlLpP", name[0]) >= 0 || !letter(name[0]) {
		return false
	}
	for i := range len(name) {
		if c := name[i]; !letter(c) && (c < '0' || '9' < c) && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func clean(name string) string {
	if len(name) > maxTyped {
		name = name[:maxTyped]
	}
	name = norm.NFC.String(strings.ToValidUTF8(name, ""))
	var b strings.Builder
	marks, base, gap := 0, false, false
	for _, r := range name {
		switch {
		case unicode.IsSpace(r):
			gap, base = b.Len() > 0, false
		case hidden(r) || sign(r) || quote(r):
		case unicode.Is(unicode.M, r):
			if marks++; base && marks <= maxMarks {
				b.WriteRune(r)
			}
		default:
			if gap {
				b.WriteByte('_')
			}
			b.WriteRune(r)
			marks, base, gap = 0, true, false
		}
	}
	name = cut(norm.NFC.String(b.String()))
	if reserved(name) != "" {
		return ""
	}
	return name
}

// Check judges the name that a user has chosen for himself. It changes nothing
// that he would notice: either clean is what he meant, or why says what is wrong
// with it, in words to put after "cannot use this name – ".
func Check(name string) (clean, why string) {
	if why := readable(name, "name", MaxBytes); why != "" {
		return "", why
	}
	name = norm.NFC.String(unglue(strings.TrimSpace(name)))
	first, marks, chars := true, 0, 0
	for _, r := range name {
		switch {
		case unicode.IsSpace(r):
			return "", "a name has no space in it" + instead(name)
		case hidden(r):
			return "", fmt.Sprintf("it has a character in it that cannot be seen (%U)", r)
		case sign(r) || quote(r):
			return "", fmt.Sprintf("a name has no %c in it", r) + instead(name)
		case unicode.Is(unicode.M, r):
			if marks++; first || marks > maxMarks {
				return "", tooManyMarks(first)
			}
		default:
			marks = 0
			chars++
		}
		first = false
	}
	if chars > MaxName {
		return "", fmt.Sprintf("the name has %d characters and may have %d", chars, MaxName)
	}
	if len(name) > MaxBytes {
		return "", fmt.Sprintf("the name has %d bytes and may have %d", len(name), MaxBytes)
	}
	if why := reserved(name); why != "" {
		return "", why
	}
	return name, ""
}

// readable says what is wrong with text before one looks at its characters. may
// is how many bytes it may have in the end.
func readable(s, what string, may int) string {
	switch {
	case len(s) > maxTyped:
		return fmt.Sprintf("the %s has %d bytes and may have %d", what, len(s), may)
	case !utf8.ValidString(s):
		return fmt.Sprintf("the %s is not valid UTF-8", what)
	case strings.TrimSpace(s) == "":
		return fmt.Sprintf("the %s is empty", what)
	}
	return ""
}

func tooManyMarks(first bool) string {
	if first {
		return "it begins with an accent that has no letter"
	}
	return fmt.Sprintf("one of its characters has more than %d accents", maxMarks)
}

// instead proposes what Clean would make of it.
func instead(name string) string {
	if clean := Clean(name); clean != "" {
		return " – " + clean + " would do"
	}
	return ""
}

// cut keeps the beginning that is within the bounds.
func cut(name string) string {
	chars := 0
	for i, r := range name {
		if !unicode.Is(unicode.M, r) {
			chars++
		}
		if chars > MaxName || i+utf8.RuneLen(r) > MaxBytes {
			return name[:i]
		}
	}
	return name
}

// reserved says what a name would be taken for, or "". "lobby" and "peer" are
// skeletons themselves.
func reserved(name string) string {
	if name != "" && strings.TrimFunc(norm.NFKC.String(name), unicode.IsNumber) == "" {
		return "a name of digits only looks like a peer number"
	}
	skeleton := Skeleton(name)
	if skeleton == lobby {
		return "it looks like the lobby"
	}
	rest, ok := strings.CutPrefix(skeleton, "peer")
	rest = strings.TrimLeft(rest, "_-.:")
	digit := func(r rune) bool { return unicode.IsNumber(r) || r == 'o' || r == 'l' } // skeletons have these for 0 and 1
	if ok && rest != "" && strings.TrimFunc(rest, digit) == "" {
		return "it looks like the label of a peer with a number"
	}
	return ""
}
