package store

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Both the index and the search without one see a text as its words: runs of
// letters and digits, in lower case and without accents. A letter of a script that
// does not part words by spaces, and a symbol such as an emoji, is a word of its
// own. The index is fed these words, parted by spaces, so that it has no
// opinion of what a word is.

// eachWord calls do with the words of text, until it returns false.
func eachWord(text string, do func(word string) bool) {
	if !isASCII(text) {
		text = strings.Map(fold, norm.NFKD.String(strings.ToValidUTF8(text, " ")))
	} else {
		text = strings.ToLower(text)
	}
	start := -1
	for i, r := range text {
		switch kind := kindOf(r); {
		case kind == letter && start < 0:
			start = i
		case kind == letter:
		default:
			if start >= 0 && !do(cutWord(text[start:i])) {
				return
			}
			start = -1
			if kind == alone && !do(text[i:i+utf8.RuneLen(r)]) {
				return
			}
		}
	}
	if start >= 0 {
		do(cutWord(text[start:]))
	}
}

const (
	between = iota
	letter
	alone
)

func kindOf(r rune) int {
	switch {
	case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
		return letter
	case r < utf8.RuneSelf || r == utf8.RuneError:
		return between
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
		return alone
	case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
		return letter
	case unicode.Is(unicode.So, r):
		return alone
	}
	return between
}

// fold makes what is looked for alike: no case, no accents.
func fold(r rune) rune {
	if unicode.Is(unicode.Mn, r) {
		return -1
	}
	return unicode.ToLower(r)
}

func cutWord(word string) string {
	if len(word) <= maxWord {
		return word
	}
	n := maxWord
	for !utf8.RuneStart(word[n]) {
		n--
	}
	return word[:n]
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// A search is what Find looks for: all of these words, the last one by its
// beginning.
type search []string

// parse never fails: what is no word in it is passed over.
func parse(words string) search {
	var s search
	eachWord(words, func(word string) bool {
		s = append(s, word)
		return len(s) < maxWords
	})
	return s
}

// matches says whether text has the words. The empty search matches nothing.
func (s search) matches(text string) bool {
	if len(s) == 0 || text == "" {
		return false
	}
	last := len(s) - 1
	var seen uint32 // maxWords bits
	eachWord(text, func(word string) bool {
		for i, want := range s {
			if word == want || i == last && strings.HasPrefix(word, want) {
				seen |= 1 << i
			}
		}
		return seen != 1<<len(s)-1
	})
	return seen == 1<<len(s)-1
}

// expressions are the search in the language of FTS5, which find all that matches:
// with the whole words alone, if there are any, and with the beginning of a word too.
// Words have letters and digits only, so nothing in them can be taken for syntax.
func (s search) expressions() []string {
	var quoted []string
	for _, word := range s {
		quoted = append(quoted, `"`+word+`"`)
	}
	all := strings.Join(quoted, " AND ") + " *"
	if len(quoted) == 1 {
		return []string{all}
	}
	return []string{strings.Join(quoted[:len(quoted)-1], " AND "), all}
}

// indexed is what the index is fed of a text.
func indexed(text string) string {
	var b strings.Builder
	eachWord(text, func(word string) bool {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
		return true
	})
	return b.String()
}
