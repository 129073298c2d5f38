package safe

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "good morning", "good morning"},
		{"empty", "", ""},
		{"other scripts", "доброе утро, 早上好, שלום, नमस्ते", "доброе утро, 早上好, שלום, नमस्ते"},
		{"newline stays", "a\nb", "a\nb"},
		{"tab", "if x {\n\treturn", "if x {\n    return"},
		{"clear screen", "\x1b[2J", `\x1b[2J`},
		{"clipboard", "\x1b]52;c;cm0gLXJm\x07", `\x1b]52;c;cm0gLXJm\x07`},
		{"carriage return", "harmless\rrm -rf", `harmless\x0drm -rf`},
		{"NUL", "a\x00b", `a\x00b`},
		{"DEL", "a\x7fb", `a\x7fb`},
		{"8-bit CSI", "a\u009b2Jb", `a\x9b2Jb`},
		{"lone C1 byte", "a\x9b2Jb", `a\x9b2Jb`},
		{"next line", "a\u0085b", `a\x85b`},
		{"right-to-left override", "a\u202egnp.exe", `a\u202egnp.exe`},
		{"isolate", "\u2066x\u2069", `\u2066x\u2069`},
		{"mark that turns", "\u200fx\u061cy", `\u200fx\u061cy`},
		{"zero width", "pa\u200by\u2060pal\ufeff", `pa\u200by\u2060pal\ufeff`},
		{"joiners in a row", "a\u200d\u200d\u200d", `a\u200d\u200d\u200d`},
		{"line separator", "a\u2028b\u2029c", `a\u2028b\u2029c`},
		{"tags", "a\U000e0041\U000e007f", `a\U000e0041\U000e007f`},
		{"hidden selectors", "a\ufe0fb\U000e0101", `a\ufe0fb\U000e0101`},
		{"blank letters", "\u3164\u2800\uffa0", `\u3164\u2800\uffa0`},
		{"non-characters", "\ufdd0\uffff\U0010ffff", `\ufdd0\uffff\U0010ffff`},
		{"not UTF-8", "a\xffb\xc3", `a\xffb\xc3`},
		{"replacement sign", "a\ufffdb", "a\ufffdb"},
		{"accents", "e\u0301", "e\u0301"},
		{"emoji of several", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f467"},
		{"coloured heart", "\u2764\ufe0f", "\u2764\ufe0f"},
		{"keycap", "1\ufe0f\u20e3", "1\ufe0f\u20e3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Text(c.in); got != c.want {
				t.Errorf("Text(%q)\n got %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}

func TestMarksAreBounded(t *testing.T) {
	got := Text("a" + strings.Repeat("\u0301", 10_000) + "b")
	want := "a" + strings.Repeat("\u0301", MaxMarks) + strings.Repeat(`\u0301`, 10_000-MaxMarks) + "b"
	if got != want {
		t.Errorf("%d raw marks, want %d", strings.Count(got, "\u0301"), MaxMarks)
	}
}

func TestName(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"anna", "anna"},
		{"anna\n[lobby] bob: hi", `anna\n[lobby] bob: hi`},
		{strings.Repeat("x", MaxName), strings.Repeat("x", MaxName)},
		{strings.Repeat("x", MaxName+1), strings.Repeat("x", MaxName-1) + "…"},
		{strings.Repeat("ä", 10_000), strings.Repeat("ä", MaxName-1) + "…"},
		{strings.Repeat("a\u0308", MaxName), strings.Repeat("a\u0308", MaxName)},
	} {
		if got := Name(c.in); got != c.want {
			t.Errorf("Name(%.40q)\n got %q\nwant %q", c.in, got, c.want)
		}
	}
}

func FuzzSafe(f *testing.F) {
	for _, s := range []string{"", "a\nb", "\x1b[2J", "\u202e\u200d\ufe0f", "1\ufe0f\u20e3", "\U0001f468\u200d\U0001f469",
		"e\u0301\u0302\u0303", "\xff\x9b", "\u009b", "a" + strings.Repeat("\u0301", 20), strings.Repeat("\U0001f468\u200d", 40),
		"\x01\ufe0f\u0301", "\t\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, shape := range map[string]func(string) string{"Text": Text, "Line": Line, "Name": Name} {
			got := shape(s)
			if !utf8.ValidString(got) {
				t.Fatalf("%s(%q) is not UTF-8: %q", name, s, got)
			}
			if again := shape(got); again != got {
				t.Fatalf("%s(%q) = %q, again %q", name, s, got, again)
			}
			run := 0
			for _, r := range got {
				newline := r == '\n' && name == "Text"
				if r < 0x20 && !newline || r >= 0x7f && r < 0xa0 || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
					t.Fatalf("%s(%q) = %q lets %U through", name, s, got, r)
				}
				if run++; !unicode.Is(unicode.M, r) {
					run = 0
				}
				if run > MaxMarks {
					t.Fatalf("%s(%q) = %q has %d marks on one character", name, s, got, run)
				}
			}
		}
		if n := utf8.RuneCountInString(strings.Map(func(r rune) rune {
			if unicode.Is(unicode.M, r) {
				return -1
			}
			return r
		}, Name(s))); n > MaxName {
			t.Fatalf("Name(%q) has %d characters", s, n)
		}
	})
}

func BenchmarkTextPlain(b *testing.B) {
	s := strings.Repeat("good morning ", 8)
	b.ReportAllocs()
	for b.Loop() {
		Text(s)
	}
}

func BenchmarkTextHostile(b *testing.B) {
	s := strings.Repeat("\x1b[2Jä\u202e", 12)
	b.ReportAllocs()
	for b.Loop() {
		Text(s)
	}
}
