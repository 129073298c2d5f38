package store

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWords(t *testing.T) {
	cases := []struct{ text, words string }{
		{"Hello, World!", "hello world"},
		{"", ""},
		{" ... ", ""},
		{"naïve Ångström", "naive angstrom"},
		{"it's 5:30", "it s 5 30"},
		{"東京 タワー", "東 京 タ ワ ー"},
		{"fine 🍣🎉", "fine 🍣 🎉"},
		{"a\x00b\xffc", "a b c"},
		{"\xf2Ǎ", "a"},
		{"\u202eright", "right"},
		{strings.Repeat("x", 100), strings.Repeat("x", 64)},
		{strings.Repeat("ж", 100), strings.Repeat("ж", 32)},
		{"Ⅷ ﬁne", "viii fine"},
	}
	for _, c := range cases {
		if got := indexed(c.text); got != c.words {
			t.Errorf("%q has the words %q, want %q", c.text, got, c.words)
		}
	}
}

// FuzzWords: what the index is fed has only what its tokenizer takes for parts of
// words, and a text is found by its own words.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"Hello, World!", "東京 🍣", "a\x00\xff\u202e\u0301", "ﷺ \u1100\u1161"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words := indexed(text)
		if !utf8.ValidString(words) {
			t.Fatalf("%q", words)
		}
		for _, r := range words {
			if r < utf8.RuneSelf && r != ' ' && (r < '0' || r > '9') && (r < 'a' || r > 'z') {
				t.Fatalf("%q has %q", words, r)
			}
		}
		if again := indexed(words); again != words {
			t.Fatalf("%q again is %q", words, again)
		}
		if s := parse(text); len(s) > 0 && !s.matches(text) {
			t.Fatalf("%q is not found by itself: %q", text, s)
		}
	})
}
