package names

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestClean(t *testing.T) {
	marks := strings.Repeat("\u0301", 10_000)
	for _, c := range []struct{ story, claimed, want string }{
		{"a name", "anna", "anna"},
		{"a name with a digit", "anna_2", "anna_2"},
		{"case is kept", "Anna", "Anna"},
		{"nothing", "", ""},
		{"only spaces", " \t\n ", ""},
		{"spaces around and inside", "  anna \t maria ", "anna_maria"},
		{"decomposed", "Ame\u0301lie", "Am\u00e9lie"},
		{"another script", "Αλέξανδρος", "Αλέξανδρος"},
		{"vowels of Thai", "น้ำ", "น้ำ"},
		{"emoji", "🦊", "🦊"},
		{"a family is its members", "👩\u200d👧", "👩👧"},
		{"the coloured form", "❤\ufe0f", "❤"},
		{"an escape", "a\x1b[2Jb", "a[2Jb"},
		{"an override", "\u202eanna\u202c", "anna"},
		{"isolates", "\u2066anna\u2069", "anna"},
		{"zero width", "an\u200bn\u2060a\ufeff", "anna"},
		{"hangul filler", "\u3164", ""},
		{"blank of braille", "\u2800", ""},
		{"private use", "\ue000anna\U000f0000", "anna"},
		{"tags", "anna\U000e0041", "anna"},
		{"not UTF-8", "an\xffna", "anna"},
		{"signs of addresses", "#anna@home/x\\y,z", "annahomexyz"},
		{"full-width signs", "＃anna＠", "anna"},
		{"division slash", "a∕b⁄c", "abc"},
		{"quotes", `"an'na"` + "`«»“”", "anna"},
		{"accents without a letter", "\u0301anna", "anna"},
		{"an accent on a space", "a \u0301b", "a_b"},
		{"accents without end", "a" + marks, norm.NFC.String("a" + marks[:2*(maxMarks+1)])},
		{"too long", strings.Repeat("x", 10_000), strings.Repeat("x", MaxName)},
		{"many bytes", strings.Repeat("👩", 100), strings.Repeat("👩", MaxName)},
		{"digits", "42", ""},
		{"full-width digits", "４２", ""},
		{"arabic digits", "٤٢", ""},
		{"digits in circles", "①②", ""},
		{"digits behind what is cut", "7\u200b", ""},
		{"digits and more", "4two", "4two"},
		{"the lobby", "lobby", ""},
		{"the lobby in capitals", "LOBBY", ""},
		{"like the lobby", "l0ььу", ""},
		{"label of a peer", "peer7", ""},
		{"label of a peer with a space", "peer 7", ""},
		{"in capitals", "PEER-12", ""},
		{"in Cyrillic", "рееr7", ""},
		{"with letters for digits", "peer l0", ""},
		{"who is a peer", "peer", "peer"},
		{"who is called Peer", "PeerGynt", "PeerGynt"},
		{"who laughs", "lol", "lol"},
	} {
		if got := Clean(c.claimed); got != c.want {
			t.Errorf("%s: Clean(%.60q) = %q, want %q", c.story, c.claimed, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct{ story, name, clean, why string }{
		{"a name", "anna", "anna", ""},
		{"with spaces around", " anna\n", "anna", ""},
		{"decomposed", "Ame\u0301lie", "Am\u00e9lie", ""},
		{"an emoji as keyboards write it", "❤\ufe0f", "❤", ""},
		{"empty", "", "", "the name is empty"},
		{"spaces", "   ", "", "the name is empty"},
		{"a space inside", "anna maria", "", "a name has no space in it – anna_maria would do"},
		{"10 kB", strings.Repeat("x", 10<<10), "", "the name has 10240 bytes and may have 128"},
		{"33 characters", strings.Repeat("x", 33), "", "the name has 33 characters and may have 32"},
		{"many bytes", strings.Repeat("e\u0323\u0302\u0301", 32), "", "the name has 160 bytes and may have 128"},
		{"not UTF-8", "a\xff", "", "the name is not valid UTF-8"},
		{"bidi", "anna\u202e", "", "it has a character in it that cannot be seen (U+202E)"},
		{"zero width", "an\u200bna", "", "it has a character in it that cannot be seen (U+200B)"},
		{"an escape", "a\x1b[2J", "", "it has a character in it that cannot be seen (U+001B)"},
		{"a tag", "anna#k3f9", "", "a name has no # in it – annak3f9 would do"},
		{"quotes", `"anna"`, "", `a name has no " in it – anna would do`},
		{"an accent first", "\u0301a", "", "it begins with an accent that has no letter"},
		{"accents", "x" + strings.Repeat("\u0301", 5), "", "one of its characters has more than 4 accents"},
		{"digits", "42", "", "a name of digits only looks like a peer number"},
		{"the lobby", "Lobby", "", "it looks like the lobby"},
		{"a label", "peer_3", "", "it looks like the label of a peer with a number"},
	} {
		clean, why := Check(c.name)
		if clean != c.clean || why != c.why {
			t.Errorf("%s: Check(%.60q) = %q, %q; want %q, %q", c.story, c.name, clean, why, c.clean, c.why)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"anna", "Anna_2", "rn.", "a b", "e\u0301", "\u202e", "peer 7", "a\u200b\u0301", "\u1100\u200b\u1161", "a\xff", strings.Repeat("👩\u0301", 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if plain(s) && clean(s) != s {
			t.Errorf("clean(%q) = %q, and it is plain", s, clean(s))
		}
		clean := Clean(s)
		visible(t, clean)
		if again := Clean(clean); again != clean {
			t.Errorf("Clean(%q) = %q, and of that %q", s, clean, again)
		}
		if len(clean) > MaxBytes || utf8.RuneCountInString(clean) > MaxName*(maxMarks+1) {
			t.Errorf("Clean(%q) has %d bytes", s, len(clean))
		}
		if strings.ContainsAny(clean, "#@/\\,\"'` ") {
			t.Errorf("Clean(%q) = %q", s, clean)
		}
		if reserved(clean) != "" {
			t.Errorf("Clean(%q) = %q, which passes for another", s, clean)
		}
		chosen, why := Check(s)
		if (why == "") != (chosen != "") {
			t.Errorf("Check(%q) = %q, %q", s, chosen, why)
		}
		if why == "" && Clean(chosen) != chosen {
			t.Errorf("Check(%q) = %q, which others see as %q", s, chosen, Clean(chosen))
		}
	})
}

// visible fails the test unless everything in s can be seen.
func visible(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%q is not UTF-8", s)
	}
	for _, r := range s {
		if hidden(r) {
			t.Errorf("%q has %U in it", s, r)
		}
	}
}
