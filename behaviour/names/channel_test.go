package names

import (
	"strings"
	"testing"
)

func TestChannel(t *testing.T) {
	for _, c := range []struct{ story, typed, name, why string }{
		{"a channel", "#go", "#go", ""},
		{"without its sign", "go", "#go", ""},
		{"in capitals", "#Go", "#go", ""},
		{"full fold", "#STRASSE", "#strasse", ""},
		{"full fold of a small letter", "#straße", "#strasse", ""},
		{"decomposed", "#cafe\u0301", "#caf\u00e9", ""},
		{"signs that are allowed", "#go-libp2p_v0.51!", "#go-libp2p_v0.51!", ""},
		{"an emoji", "#🦊", "#🦊", ""},
		{"an emoji as keyboards write it", "#❤\ufe0f", "#❤", ""},
		{"digits", "42", "#42", ""},
		{"the lobby", "lobby", "lobby", ""},
		{"the lobby as a channel", " #LOBBY ", "lobby", ""},
		{"64 bytes", strings.Repeat("x", 64), "#" + strings.Repeat("x", 64), ""},
		{"65 bytes", strings.Repeat("x", 65), "", "the channel name has 65 bytes and may have 64"},
		{"10 kB", "#" + strings.Repeat("x", 10<<10), "", "the channel name has 10240 bytes and may have 64"},
		{"that grows when folded", strings.Repeat("ŉ", 32), "", "the channel name has 96 bytes and may have 64"},
		{"empty", "", "", "the channel name is empty"},
		{"only its sign", "#", "", "the channel name is empty"},
		{"spaces", "   ", "", "the channel name is empty"},
		{"sign and space", "# ", "", "the channel name is empty"},
		{"a space", "#a b", "", "a channel name has no space in it"},
		{"a space after the sign", "# a", "", "a channel name has no space in it"},
		{"a slash", "#a/b", "", "a channel name has no / in it"},
		{"up and away", "../../x", "", "a channel name has no / in it"},
		{"a backslash", `#a\b`, "", `a channel name has no \ in it`},
		{"a comma", "#a,#b", "", "a channel name has no , in it"},
		{"two signs", "##a", "", "a channel name has no # in it"},
		{"a person", "#a@b", "", "a channel name has no @ in it"},
		{"bidi", "#a\u202eb", "", "the channel name has a character in it that cannot be seen (U+202E)"},
		{"zero width", "#lob\u200bby", "", "the channel name has a character in it that cannot be seen (U+200B)"},
		{"not UTF-8", "#a\xff", "", "the channel name is not valid UTF-8"},
		{"like the lobby", "#l0bby", "", "it looks like the lobby"},
		{"like the lobby in Cyrillic", "#lоbbу", "", "it looks like the lobby"},
		{"like the lobby with an accent", "#lóbby", "", "it looks like the lobby"},
		{"only an accent", "#\u0301", "", "it begins with an accent that has no letter"},
	} {
		name, why := Channel(c.typed)
		if name != c.name || why != c.why {
			t.Errorf("%s: Channel(%.60q) = %q, %q; want %q, %q", c.story, c.typed, name, why, c.name, c.why)
		}
	}
}

func FuzzChannel(f *testing.F) {
	for _, s := range []string{"#go", "lobby", "ẞ", "\u0345\u0301", "ΐ", "#İ", "#a\u200d", "ﬁ", "\u1100\u1161"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, why := Channel(s)
		if (why == "") != (name != "") {
			t.Errorf("Channel(%q) = %q, %q", s, name, why)
		}
		if why != "" {
			return
		}
		visible(t, name)
		if name != lobby && (name[0] != '#' || len(name) > MaxChannel+1 || strings.ContainsAny(name[1:], "#@/\\, ")) {
			t.Errorf("Channel(%q) = %q", s, name)
		}
		if again, why := Channel(name); again != name {
			t.Errorf("Channel(%q) = %q, and of that %q, %q", s, name, again, why)
		}
	})
}
